"""Tables as people have them: headers, mappings, months across columns; what each column means."""
