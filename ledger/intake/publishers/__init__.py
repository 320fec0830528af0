"""Publishers' own workbooks, as a user brings them: recognised by their headers, checked, turned into factor rows."""

from __future__ import annotations

from ledger.intake.publishers.reading import PublishersFile, read_publishers_file

__all__ = ["PublishersFile", "read_publishers_file"]
