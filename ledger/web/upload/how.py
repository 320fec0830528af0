"""How a file is to be read: what the upload command takes, as fields of a form."""

from __future__ import annotations

from typing import Any

from ledger.errors import Misuse
from ledger.intake.cells.locales import LOCALES
from ledger.intake.named_kinds import named_kinds
from ledger.intake.tables.shapes import PIVOTS
from ledger.web.frame.forms import Form
from schemas.kinds import KINDS

_ORDERS = {None: "", "dmy": ", day first", "mdy": ", month first", "ymd": ", year first"}


def kind_options() -> list[tuple[str, str]]:
    """What a file may hold."""
    return [("", "told by its columns"), *((name, name.replace("_", " ")) for name in (*KINDS, *named_kinds()))]


def locale_options() -> list[tuple[str, str]]:
    """How a file may write numbers and dates."""
    plain = ("", "plain: 1234.5 and 2026-07-31")
    return [plain, *((code, f"{code}: {one.example}{_ORDERS[one.order]}") for code, one in LOCALES.items())]


def pivot_options() -> list[tuple[str, str]]:
    """What may stand across the columns of a wide table."""
    return [("", "one row each"), *((name, f"{name} across the columns") for name in PIVOTS)]


def how_asked(form: Form) -> dict[str, Any]:
    """The options of a form by their names in the upload verb; those not set are left out.

    Raises Misuse for a word that is none of the list, a year that is no year, and a choice that is not NAME=VALUE.
    """
    asked: dict[str, Any] = {
        "kind": form.choice("kind", ("", *KINDS, *named_kinds())), "locale": form.choice("locale", ("", *LOCALES)),
        "pivot": form.choice("pivot", ("", *PIVOTS)), "sheet": form.text("sheet", most=100),
        "encoding": form.text("encoding", most=40), "reason": form.text("reason", most=2_000),
        "year": _year(form.text("year", most=10)), "choices": _choices(form.text("choices", most=4_000)),
        "again": form.is_set("again"), "replace": form.is_set("replace"),
    }  # fmt: skip
    return {name: value for name, value in asked.items() if value}


def _year(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) == 4):
        raise Misuse(f"'{text}' is no year", "write it like 2026")
    return int(text)


def _choices(text: str) -> dict[str, str]:
    made: dict[str, str] = {}
    for line in text.splitlines():
        name, given, value = (part.strip() for part in line.partition("="))
        if not line.strip():
            continue
        if not given or not name or not value or name in made:
            raise Misuse(f"the choice '{line[:60]}' is not read", "write NAME=VALUE, each name once, one a line")
        made[name] = value
    return made
