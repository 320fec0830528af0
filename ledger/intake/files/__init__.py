"""Files as bytes: what they are, what they may hide, and their tables as chunks of text with the line of each row."""
