"""AI over its life cycle: energy, manufacture, metrics, estimates, and what they rest on."""
