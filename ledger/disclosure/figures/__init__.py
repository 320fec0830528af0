"""What documents are made from: one frozen record of figures, and how it is read from the ledger at one checkpoint."""
