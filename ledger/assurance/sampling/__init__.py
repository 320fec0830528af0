"""Sampling for a verifier: the frame of a total, drawing from it, work papers, results, and what they project.

Everything is a pure function of the ledger at a checkpoint, the seed and the parameters (docs/sampling.md).
"""
