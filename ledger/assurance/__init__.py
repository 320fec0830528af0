"""Whether the ledger holds: verification by statements of its own, and the way from a figure down to its source."""
