"""Keeping a ledger: making it, copies of it, checkpoints and keys, people and policies, and serving it."""
