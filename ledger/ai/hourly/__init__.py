"""Runs by the hour: their energy laid on the hours of the clock, and what each hour of the grid makes of it."""
