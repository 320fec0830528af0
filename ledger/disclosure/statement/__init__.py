"""Statements by a standard: chapters of tables, charts and people's texts, with an index of what the standard asks."""
