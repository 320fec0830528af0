"""How things are said: the texts of each language, numbers, and the data behind a figure in a sentence."""
