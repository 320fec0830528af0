"""What is given on the command line, read: numbers, days, NAME=VALUE, and texts of files."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, overload

from ledger.errors import Misuse

if TYPE_CHECKING:
    from datetime import date

_DIGITS = 23  # before or after the point: a number beyond is a slip, and no number of anybody's


@overload
def amount(text: str, option: str) -> Decimal: ...
@overload
def amount(text: None, option: str) -> None: ...
@overload
def amount(text: str | None, option: str) -> Decimal | None: ...
def amount(text: str | None, option: str) -> Decimal | None:
    """The number of an option, None where it is not given. Raises Misuse for anything but a plain decimal number."""
    if text is None:
        return None
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value.adjusted()) > _DIGITS:
        raise Misuse(f"{option} takes a number, not '{text}'", "write it with a decimal point, like 12.5")
    return value


def day(text: str, option: str) -> date:
    """The day of an option. Raises Misuse for one that is none."""
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Misuse(f"{option} takes a day, not '{text}'", "write it like 2026-01-15") from None


def pairs(texts: Iterable[str] | None, option: str) -> dict[str, str]:
    """NAME=VALUE of an option that may be given more than once. Raises Misuse for another form, or a name twice."""
    made: dict[str, str] = {}
    for text in texts or ():
        name, equals, value = (part.strip() for part in text.rpartition("="))
        if not equals or not name or not value or name in made:
            raise Misuse(f"{option} takes NAME=VALUE, each name once, not '{text}'", f"write {option} 'NAME=1.5'")
        made[name] = value
    return made


def by_name(**columns: Iterable[str] | None) -> dict[str, dict[str, str]]:
    """NAME=VALUE of several options, by name: the value of each option by its key."""
    made: dict[str, dict[str, str]] = {}
    for key, texts in columns.items():
        for name, value in pairs(texts, f"--{key.removesuffix('_w').replace('_', '-')}").items():
            made.setdefault(name, {})[key] = value
    return made


def choices_of(words: Iterable[str]) -> dict[str, str]:
    """What --choose settles, by name; a value may hold a = too. Raises Misuse for one without a value, or twice."""
    made: dict[str, str] = {}
    for word in words:
        name, given, value = (part.strip() for part in word.partition("="))
        if not name or not given or not value or name in made:
            raise Misuse(f"--choose {word} is not read", "write --choose NAME=VALUE, each name once")
        made[name] = value
    return made


def text_of(file: Path) -> str:
    """The text of a file. Raises Misuse for one that is no UTF-8."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Misuse(f"{file.name} is no text in UTF-8", "save it as UTF-8") from None
