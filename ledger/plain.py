"""Values as JSON has them: exact amounts as plain text, days as ISO text, records as objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any


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
