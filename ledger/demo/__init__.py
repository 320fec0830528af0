"""The demo company: two years of an invented instrument maker, and the walk from its files to its reports."""

from __future__ import annotations

from ledger.demo.files import DemoFile, write_company

__all__ = ["DemoFile", "write_company"]
