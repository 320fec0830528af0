"""The quarterly report: its tables, its page, and its bytes in each format."""
