"""Rows that follow from others: formulas, meters, shared bills, what people have in an activity's place."""
