"""Files of reports held against the ledger: what a file says of itself, and where it differs."""
