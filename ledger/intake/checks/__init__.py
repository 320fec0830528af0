"""Rows held against the catalogue, the registers and each other: faults and doubts."""
