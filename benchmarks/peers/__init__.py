"""What else reads the same rows: scripts that run in an environment of their own and share no code with the ledger."""
