"""Trade-offs before a run: hardware × place by time, cost and carbon, and what is decided within the inputs' ranges."""
