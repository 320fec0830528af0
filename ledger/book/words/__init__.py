"""Comparisons and moves in words, and as plots and pages."""
