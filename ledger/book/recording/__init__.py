"""Files and records on their way into the ledger: read, tried, filled in, posted."""
