"""From runs and readings to the postings they ask for: which energy counts, once, where it belongs, and why."""
