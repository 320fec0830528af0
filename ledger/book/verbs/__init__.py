"""Every verb of the ledger, a few lines each, by theme; `Ledger` joins them."""
