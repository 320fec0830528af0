"""Live systems that hand us rows. Each ends in a file whose bytes are evidence, taken in by `Ledger.upload`."""
