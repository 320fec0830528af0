"""Greenhouse gas accounts as an append-only ledger."""
