"""Pages from templates: escaped always, nothing left empty unnoticed, figures written as the documents write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ledger.disclosure.words import numbers
from ledger.inventory import Period
from ledger.plain import plain_amount
from ledger.web.frame.tables import NOT_QUANTIFIED, Column, Linked
from ledger.web.frame.words import page_words

_FOLDER = Path(__file__).parent.parent
STATIC = _FOLDER / "static"


@cache
def environment() -> Environment:
    """The templates of the pages; what is given to them is escaped."""
    made = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters.update(
        tonnes=tonnes, card=card, exact=exact, change=change, percent=numbers.percent, day=day, moment=moment,
        words=words, cell=cell, count=count, bytes=file_size, few=few, plain=plain_amount, span=span,
        mwh=numbers.megawatt_hours, page_words=page_words,
    )  # fmt: skip
    made.tests["linked"] = lambda value: isinstance(value, Linked)
    return made


def tonnes(kg: Decimal | None, places: int = 1) -> str:
    """A mass in kg in tonnes; the unknown is said, never zero."""
    return NOT_QUANTIFIED if kg is None else numbers.tonnes(kg, places)


def card(kg: Decimal | None) -> str:
    """A mass in kg in tonnes at three significant figures, for cards."""
    return NOT_QUANTIFIED if kg is None else numbers.card_tonnes(kg)


def few(value: Decimal | None, unknown: str = NOT_QUANTIFIED) -> str:
    """An amount of any size at three significant figures; the unknown is said, never zero."""
    return unknown if value is None else numbers.significant(value)


def exact(kg: Decimal | None) -> str:
    """Every digit of a mass, for tooltips."""
    return NOT_QUANTIFIED if kg is None else f"{plain_amount(kg)} kg CO2e"


def change(now: Decimal | None, before: Decimal | None) -> str:
    """How much more or less than before, in per cent with its sign; empty where it cannot be said."""
    ratio = numbers.change_ratio(now, before)
    return "" if ratio is None else numbers.signed(numbers.percent(ratio))


def day(value: date | None) -> str:
    """A day as ISO 8601 writes it."""
    return "—" if value is None else value.isoformat()[:10]


def span(of: Period) -> str:
    """A period as people say it: its label, or its months where that holds two days."""
    if ".." not in of.label or of.cuts_a_month:
        return of.label
    first, last = of.months[0], of.months[-1]
    if first == last:
        return f"{first:%b %Y}"
    return f"{first:%b}–{last:%b %Y}" if first.year == last.year else f"{first:%b %Y}–{last:%b %Y}"


def moment(value: datetime | None) -> str:
    """A moment in UTC, to the minute."""
    return "—" if value is None else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def words(code: object) -> str:
    """A code of the ledger as words."""
    return _NAMED.get(str(code)) or str(code if code is not None else "").replace("_", " ")


_NAMED = {"esrs_set1": "ESRS, first set", "esrs_revised": "ESRS, revised set"}


def count(value: Decimal | int) -> str:
    """A count with thin spaces between thousands."""
    return numbers.grouped(Decimal(value), 0)


def file_size(size: int) -> str:
    """The size of a file in words, thousands of bytes at a time."""
    if size < 1_000:
        return f"{size} bytes"
    step = 2 if size >= 999_500 else 1
    return f"{numbers.grouped(Decimal(size) / 1_000**step, step - 1)} {('', 'kB', 'MB')[step]}"


def cell(value: Any, column: Column) -> str:
    """A cell of a table: what the page shows, led by its link where it has one, exact in its tooltip."""
    href, bare = (value.href, value.value) if isinstance(value, Linked) else (None, value)
    shown = escape(column.shown(bare))
    if column.numeric and isinstance(bare, Decimal):
        told = column.unit or {"tonnes": "kg CO2e", "mwh": "kWh"}.get(column.kind, "")
        unit = f" {told}" if told else ""
        shown = Markup('<span title="{}">{}</span>').format(plain_amount(bare) + unit, shown)
    if column.kind == "digest" and bare:
        shown = Markup('<span title="{}">{}</span>').format(bare, shown)
    return shown if href is None else Markup('<a href="{}">{}</a>').format(href, shown)
