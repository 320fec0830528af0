"""Values as JSON has them: exact amounts as plain text, days as ISO text, records as objects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path
from typing import Any

UNSEEN = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
"""Control characters but tab and line feed, and what turns the direction of text."""
_UNSEEN = re.compile(UNSEEN)
FORMULA_TEXT = "^'*(?:\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\\t\\r\\n])"
"""What a spreadsheet would take for a formula, apostrophes before it or not; in words that RE2 knows too."""
_FORMULA = re.compile(FORMULA_TEXT)
NUMBER_TEXT = r"-?\d+(\.\d+)?"
_NUMBER = re.compile(NUMBER_TEXT)


def plain(value: Any) -> Any:
    """A value as JSON has it: amounts as plain decimal text without trailing zeros, days as ISO text."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return plain_amount(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else value


def plain_amount(value: Decimal) -> str:
    """An amount in plain notation, trailing zeros stripped, every digit kept."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def grouped_amount(value: Decimal | int) -> str:
    """A number without decimals, rounded half away from zero, with thin spaces between thousands, for a sentence."""
    whole = Decimal(value).quantize(Decimal(1), ROUND_HALF_UP)
    return f"{whole:,}".replace(",", "\u202f")


def grouped_places(value: Decimal, places: int) -> str:
    """A number for people at so many decimals, half away from zero: thin spaces between thousands, a true minus."""
    with localcontext(prec=80):
        shown = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{shown:,}".replace(",", "\u202f").replace("-", "\u2212")


def visible(text: str) -> str:
    """Text for a terminal: characters that would move, colour, hide or turn it around are replaced by a mark."""
    return _UNSEEN.sub("\ufffd", text)


def guarded(text: str) -> str:
    """Text for a cell of a CSV: what a spreadsheet would take for a formula has an apostrophe before it.

    Such are the signs = + - @, their full-width twins, and a leading tab or line end; a number is left as it is. An
    upload takes the apostrophe away again, where one of those follows it.
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
