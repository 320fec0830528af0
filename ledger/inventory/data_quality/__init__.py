"""On what data the figures rest: estimates, primary data, origins, datasets, in numbers and words."""
