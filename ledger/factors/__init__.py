"""Emission factors: shipped datasets, their publication into a ledger, and what a ledger holds."""
