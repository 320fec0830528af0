"""The way from a figure down to its source: postings, entries, batches, files and lines."""
