"""Tables as all documents show them, a module a subject: each function takes the figures and gives one table."""
