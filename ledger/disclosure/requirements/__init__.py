"""What standards ask of a report, as data, and how far a ledger and its narrative meet it."""
