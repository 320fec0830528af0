"""The place Home: the figures of the period, what is open, and what to do next."""
