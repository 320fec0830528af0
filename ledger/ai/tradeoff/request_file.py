"""A comparison as it is asked for: the keys of a TOML file, or the same from options, into a checked wish."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from ledger.ai.interval import Interval, interval
from ledger.ai.tradeoff.compare import MachineOwn, Wish
from ledger.ai.tradeoff.prices import KINDS, prices_of_text
from ledger.ai.tradeoff.sites import SiteOwn
from ledger.ai.tradeoff.speeds import Work
from ledger.errors import Misuse, known_word

SMALLEST, LARGEST = -9, 30
"""Powers of ten of an amount that can be meant: from a billionth of an hour to more operations than any run had."""
PAGE = "see the example in docs/methods/ai-compare.md"
_TOP = (
    "hardware", "places", "options", "hours", "reference", "flops", "benchmark", "utilisation", "precision", "count",
    "draw", "host_power_w", "life_years", "basis", "carbon_price", "prices", "price_kind", "month", "measured",
    "machine", "place", "start", "series",
)  # fmt: skip
_OF_MACHINE = ("power_w", "host_power_w", "count", "source")
_OF_PLACE = ("pue", "factor", "market_factor", "wue", "source", "zone")

ReadText = Callable[[str], str]
"""The text of a file that a wish names."""


def asked_of_text(text: str, name: str) -> dict[str, Any]:
    """The keys of a TOML text. Raises Misuse for no TOML, or a key that is not known."""
    try:
        told = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, InvalidOperation, RecursionError) as fault:
        raise Misuse(f"{name} is no TOML: {fault}", PAGE) from fault
    _known(told, _TOP, name)
    return told


def wish_of(told: Mapping[str, Any], read: ReadText, today: date) -> Wish:
    """The wish that the keys describe.

    Args:
        told: the keys, amounts as numbers, texts like 0.3-0.5, or [low, high].
        read: answers for the file of prices.
        today: prices of a later day are not taken, and the month is this one where none is named.

    Raises:
        Misuse: an amount that is none, or a word that is not known.
    """
    kind = told.get("price_kind")
    utilisation, draw = _given(told, "utilisation"), _given(told, "draw")
    work = Work(
        _given(told, "flops"), _given(told, "hours"), _text(told, "reference"),
        {name: amount_of(value, f"measured {name}") for name, value in _table(told, "measured").items()} or None,
        _text(told, "benchmark"), utilisation, _text(told, "precision") or "fp16",
    )  # fmt: skip
    file = _text(told, "prices")
    hardware, places, only = _compared(told)
    count = _point(told, "count")
    return Wish(
        hardware, places, work, _month(told.get("month"), today), today,
        Decimal(1) if count is None else count, draw, _given(told, "host_power_w"), _point(told, "life_years"),
        str(told.get("basis", "location")), _point(told, "carbon_price"),
        () if file is None else prices_of_text(read(file), file),
        None if kind is None else known_word("kind of price", str(kind), KINDS),
        {name: _machine(name, row) for name, row in _table(told, "machine").items()},
        places_of(_table(told, "place")), only,
        start=None if told.get("start") is None else _window(told["start"]), series=_text(told, "series"),
    )  # fmt: skip


def _compared(told: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Hardware and places, each with each; or of single options, written like `H100 SXM @ gcp:us-central1`."""
    hardware, places, options = _names(told, "hardware"), _names(told, "places"), _names(told, "options")
    if not options:
        return hardware, places, ()
    if hardware or places:
        raise Misuse("hardware and places are compared each with each, or single options, not both", PAGE)
    only = []
    for text in options:
        part, at, place = (word.strip() for word in text.partition("@"))
        if not at or not part or not place:
            raise Misuse(f"'{text}' is no option", "write it like 'H100 SXM @ gcp:us-central1'")
        only.append((part, place))
    parts, sites = dict.fromkeys(part for part, _ in only), dict.fromkeys(place for _, place in only)
    return tuple(parts), tuple(sites), tuple(only)


def _machine(name: str, row: Any) -> MachineOwn:
    row = _row(row, _OF_MACHINE, f"machine {name}")
    return MachineOwn(
        _given(row, "power_w"), _given(row, "host_power_w"), _point(row, "count"), str(row.get("source", "given"))
    )  # fmt: skip


def places_of(told: Mapping[str, Any]) -> dict[str, SiteOwn]:
    """What is known better of places. Raises Misuse for a key or an amount that is none."""
    return {name: _place(name, row) for name, row in told.items()}


def _place(name: str, row: Any) -> SiteOwn:
    row = _row(row, _OF_PLACE, f"place {name}")
    return SiteOwn(
        _point(row, "pue"), _point(row, "factor"), _point(row, "market_factor"), _point(row, "wue"),
        str(row.get("source", "given")), _text(row, "zone"),
    )  # fmt: skip


def _row(row: Any, keys: tuple[str, ...], where: str) -> Mapping[str, Any]:
    if not isinstance(row, Mapping):
        raise Misuse(f"{where} is no table", PAGE)
    _known(row, keys, where)
    return row


def _table(told: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = told.get(key, {})
    if not isinstance(value, Mapping):
        raise Misuse(f"{key} is no table", PAGE)
    return value


def _known(row: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    for key in row:
        known_word(f"key in {where}:", key, keys)


def _names(told: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = told.get(key, [])
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) and name.strip() for name in value):
        raise Misuse(f"{key} is no list of names", f'write {key} = ["…", "…"]')
    return tuple(value)


def _text(told: Mapping[str, Any], key: str) -> str | None:
    value = told.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise Misuse(f"{key} is no text: {value}", PAGE)
    return value.strip()


def _given(told: Mapping[str, Any], key: str) -> Interval | None:
    return None if told.get(key) is None else amount_of(told[key], key)


def _point(told: Mapping[str, Any], key: str) -> Decimal | None:
    value = _given(told, key)
    if value is None:
        return None
    if not value.is_point:
        raise Misuse(f"{key} is a range", "give one amount")
    return value.low


def amount_of(value: Any, what: str) -> Interval:
    """A number, a text like `0.3` or `0.3-0.5`, or [low, high]. Raises Misuse for anything else."""
    ends = value if isinstance(value, list) else [value]
    if isinstance(value, str):
        ends = value.replace("to", "-").replace("..", "-").split("-") if "-" in value[1:] or "to" in value else [value]
        if "e-" in value.casefold():
            ends = [value]
    numbers = [_number(end) for end in ends]
    if len(numbers) not in (1, 2) or any(number is None for number in numbers):
        raise Misuse(f"{what} is no amount: {value}", "write 0.4, or 0.3-0.5 for a range ([0.3, 0.5] in a file)")
    low, high = numbers[0], numbers[-1]
    if low is None or high is None or low < 0:
        raise Misuse(f"{what} is below zero: {value}", "give an amount of zero or more")
    return interval(low) if len(numbers) == 1 else Interval(low, high)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        number = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation:
        return None
    is_meant = number.is_finite() and len(number.as_tuple().digits) < 40
    return number if is_meant and (not number or SMALLEST <= number.adjusted() <= LARGEST) else None


def _window(value: Any) -> tuple[datetime, datetime]:
    """The first and the last start: of a day, `2026-03-01T00:00Z..2026-03-07T18:00Z`, or from a day to a day.

    A day is one of UTC, all its hours. Raises Misuse for no window, or a time without an offset.
    """
    first, dots, last = str(value).partition("..")
    start, _ = _instants(first.strip())
    _, end = _instants(last.strip() if dots else first.strip())
    if end < start:
        raise Misuse(f"--start ends before it begins: {value}", "give the earlier first")
    return start, end


def _instants(text: str) -> tuple[datetime, datetime]:
    """An instant twice, or the first and the last full hour of a day."""
    try:
        if len(text) == len("2026-03-01"):
            day = datetime.fromisoformat(text).replace(tzinfo=UTC)
            return day, day + timedelta(hours=23)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Misuse(
            f"'{text}' is no start", "write it like 2026-03-01, or 2026-03-01T06:00Z..2026-03-03T18:00Z"
        ) from None
    if at.tzinfo is None:
        raise Misuse(f"{text} has no offset from UTC", "write it like 2026-03-01T06:00Z")
    return at, at


def _month(value: Any, today: date) -> date:
    if value is None:
        return today.replace(day=1)
    try:
        return date.fromisoformat(f"{value}-01")
    except ValueError:
        raise Misuse(f"'{value}' is no month", "write it like 2026-03") from None
