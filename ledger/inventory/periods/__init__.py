"""The life of a period and of the base year: steps, digests, what came late, restatements, effects."""
