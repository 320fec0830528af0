"""Live systems and the ledger: what they are asked for, and what is written back to them."""
