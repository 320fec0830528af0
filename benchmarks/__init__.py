"""The speed we claim, measured against bare DuckDB on the same file in the same run: ``make bench``."""
