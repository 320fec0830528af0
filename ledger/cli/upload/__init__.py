"""What comes in: files and what their headers mean, corrections, and whether everything is there."""
