"""Whether everything came that ought to have: gaps, overlaps, outliers, estimates, evidence, figures of others."""
