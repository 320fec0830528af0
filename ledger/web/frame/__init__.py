"""What every page stands in: who asks and of what, tables and their files, forms, charts, words and faults."""
