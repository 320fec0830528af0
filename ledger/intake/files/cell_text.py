"""A workbook's cell as text: a number is the 15 significant digits of the double that a spreadsheet shows."""

from __future__ import annotations

import re
from decimal import Decimal

BLANKS = re.compile(r"\s+")


def cell_text(value: object) -> str:
    """The cell as text, trimmed, its blanks single."""
    if value is None:
        return ""
    if isinstance(value, float):
        text = format(Decimal(format(value, ".15g")), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return BLANKS.sub(" ", str(value)).strip()
