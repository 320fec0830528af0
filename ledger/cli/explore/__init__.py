"""Figures and what they rest on: inventory, trace and verification, boundaries, Scope 2 and 3, registers, groups."""
