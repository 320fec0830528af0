"""Cells: text to numbers, dates, periods, names and tags, or the finding that a cell makes."""
