"""Text put into a workbook as what it is: nothing that somebody wrote becomes a formula."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ledger.intake.cells.texts import CONTROL, INPUT_MARKS

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def put_text(sheet: Worksheet, row: int, column: int, text: str | None) -> Any:
    """The cell, with the text in it; text that begins like a formula stays text, also when the cell is edited."""
    cell = sheet.cell(row, column)
    if text:
        cell.value = legal_text(text)
        cell.data_type = "s"
        cell.quotePrefix = text.startswith(INPUT_MARKS)
    return cell


def legal_text(text: str) -> str:
    """Text as XML takes it: control characters are shown as a mark."""
    return re.sub(CONTROL, "\ufffd", text)[:32_000]


def legal_name(text: str) -> str:
    """A name that a sheet may have."""
    return _NOT_IN_A_NAME.sub("_", text).strip("'")[:31] or "Sheet"
