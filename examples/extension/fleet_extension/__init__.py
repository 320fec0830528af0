"""A fleet's fuel cards for ghg-ledger: files alone."""
