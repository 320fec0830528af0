"""Months before a provider's export arrives: an estimate that says its method, and ends when the export is here."""
