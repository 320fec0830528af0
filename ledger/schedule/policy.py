"""A policy of when and where jobs may run, read from TOML, and what it says of a job's time."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ledger.errors import Misuse, known_word
from ledger.plain import plain_amount
from ledger.schedule.clock import first_at_or_after
from ledger.schedule.forecast import canonical, utc_text
from ledger.schedule.job import LONGEST_HOURS, YEARS
from ledger.schedule.sites import Site, site_of

PAGE = "see the example in docs/scheduling.md"
_AMOUNTS = (
    "threshold_g_per_kwh", "least_gain_g_per_kwh", "max_delay_hours", "cost_ceiling", "price_per_tonne",
    "unknown_duration_hours", "stale_after_hours",
)  # fmt: skip
_TIMES = ("earliest", "deadline")
_LISTS = ("allowed_regions", "residency")
_BY_NAME = ("price_per_hour", "budget_kg")
_KEYS = ("name", *_AMOUNTS, *_TIMES, *_LISTS, "timezone", "interruptible", "currency")
_TABLES = ("policy", "sites", *_BY_NAME)
STALE_AFTER_HOURS = Decimal(24)
"""Where a policy says nothing: a forecast that comes once a day is at most so old."""

When = datetime | time


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What may be decided for jobs. What is None is no rule.

    Attributes:
        threshold_g_per_kwh: clean enough: the first start at which the mean is no higher is taken.
        least_gain_g_per_kwh: what a later or another place must win over now, per kWh, to be worth it.
        earliest, deadline: an instant, or a time of day of ``timezone``: no start before, no end after.
        max_delay_hours: how long after its submission a job starts at the latest.
        allowed_regions: where portable jobs may run beside their own region.
        residency: countries (ISO 3166-1 alpha-2) that data may lie in; empty: everywhere.
        cost_ceiling: the most that a job may cost, in ``currency``.
        price_per_hour: what a job costs an hour, by region.
        budget_kg: kg CO2e a month, by project.
        price_per_tonne: the price of a tonne of CO2e, in ``currency``: cost and carbon are then one sum.
        interruptible: checkpointable jobs may be cut into the cleanest hours.
        unknown_duration_hours: what a job of unknown duration is taken for.
        stale_after_hours: the age at which a forecast no longer counts.
        sites: places of one's own by name.
    """

    name: str = "policy"
    threshold_g_per_kwh: Decimal | None = None
    least_gain_g_per_kwh: Decimal | None = None
    earliest: When | None = None
    deadline: When | None = None
    timezone: str | None = None
    max_delay_hours: Decimal | None = None
    allowed_regions: tuple[str, ...] = ()
    residency: tuple[str, ...] = ()
    cost_ceiling: Decimal | None = None
    currency: str = ""
    price_per_hour: Mapping[str, Decimal] = field(default_factory=dict)
    budget_kg: Mapping[str, Decimal] = field(default_factory=dict)
    price_per_tonne: Decimal | None = None
    interruptible: bool = False
    unknown_duration_hours: Decimal | None = None
    stale_after_hours: Decimal = STALE_AFTER_HOURS
    sites: Mapping[str, Site] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """The policy as plain JSON, with what it says alone."""
        told: dict[str, Any] = {"name": self.name, "interruptible": self.interruptible}
        told |= {name: plain_amount(getattr(self, name)) for name in _AMOUNTS if getattr(self, name) is not None}
        told |= {name: _when_text(getattr(self, name)) for name in _TIMES if getattr(self, name) is not None}
        told |= {name: getattr(self, name) for name in ("timezone", "currency") if getattr(self, name)}
        told |= {name: list(getattr(self, name)) for name in _LISTS if getattr(self, name)}
        for name in _BY_NAME:
            if amounts := getattr(self, name):
                told[name] = {key: plain_amount(amounts[key]) for key in sorted(amounts)}
        if self.sites:
            told["sites"] = {key: {"zone": site.zone, "country": site.country} for key, site in self.sites.items()}
        return told

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of what the policy says: two files of the same rules have the same."""
        return hashlib.sha256(canonical(self.record())).hexdigest()

    def site(self, region: str) -> Site:
        """The site of a region, the policy's own names first."""
        return site_of(region, self.sites)

    def bounds(self, submitted: datetime) -> tuple[datetime | None, datetime | None]:
        """No start before the first, no end after the second; a time of day is the next one after the submission.

        Where clocks change, a time that there is twice or not at all is taken so that no bound is broken: the deadline
        at its first moment, the earliest start at its last.
        """
        zone = self._zone()
        found = []
        for at, is_latest in ((self.earliest, True), (self.deadline, False)):
            found.append(first_at_or_after(submitted, at, zone, last=is_latest) if isinstance(at, time) else at)
        return found[0], found[1]

    def _zone(self) -> tzinfo:
        return ZoneInfo(self.timezone or "UTC")


def policy_of(source: Path | str) -> Policy:
    """The policy of a TOML file, or of a text with a table [policy].

    Raises Misuse for what is no TOML, a key that is not known (with the nearest), and a value that cannot be meant.
    """
    if isinstance(source, Path):
        try:
            text, name = source.read_text(encoding="utf-8"), source.name
        except (OSError, UnicodeDecodeError) as fault:
            words = fault.strerror if isinstance(fault, OSError) else "it is no text"
            raise Misuse(f"the policy {source} cannot be read: {words}", PAGE) from fault
    else:
        text, name = source, "the policy"
    try:
        told = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, InvalidOperation, RecursionError) as fault:
        raise Misuse(f"{name} is no TOML: {fault}", PAGE) from fault
    for key in told:
        known_word("table in a policy:", key, _TABLES)
    if not isinstance(told.get("policy"), dict):
        raise Misuse(f"{name} has no table [policy]", PAGE)
    return _policy(told, name.removesuffix(".toml"))


def policy_of_record(told: Mapping[str, Any]) -> Policy:
    """The policy that :meth:`Policy.record` wrote."""
    row = dict(told)
    for key in ("earliest", "deadline"):
        if key in row:
            row[key] = datetime.fromisoformat(row[key]) if "T" in row[key] else time.fromisoformat(row[key])
    tables: dict[str, Any] = {key: row.pop(key) for key in ("sites", *_BY_NAME) if key in row}
    return _policy({"policy": row, **tables}, row["name"])


def _policy(told: Mapping[str, Any], name: str) -> Policy:
    row = told["policy"]
    for key in row:
        known_word("key in [policy]:", key, _KEYS)
    amounts = {key: _amount(row[key], f"[policy] {key}") for key in _AMOUNTS if key in row}
    for key in ("max_delay_hours", "unknown_duration_hours", "stale_after_hours"):
        if amounts.get(key, Decimal(0)) > LONGEST_HOURS:
            raise Misuse(f"[policy] {key} is longer than a year: {amounts[key]:f}", "give hours")
    if amounts.get("unknown_duration_hours") == 0:
        raise Misuse(
            "[policy] unknown_duration_hours is zero", "give the hours that a job is taken for, or leave it out"
        )
    policy = Policy(
        name=_text(row, "name") or name,
        **amounts,  # type: ignore[arg-type]
        **_times(row),
        allowed_regions=_words(row, "allowed_regions"),
        residency=_countries(row),
        currency=_text(row, "currency"),
        interruptible=_truth(row, "interruptible"),
        sites=_sites(told.get("sites", {})),
        budget_kg=_by_name(told, "budget_kg"),
        price_per_hour=_by_name(told, "price_per_hour"),
    )
    if (policy.cost_ceiling is not None or policy.price_per_tonne is not None) and not policy.currency:
        raise Misuse("[policy] cost_ceiling and price_per_tonne are in no currency", 'write currency = "EUR"')
    for region in (*policy.allowed_regions, *policy.price_per_hour):
        policy.site(region)
    return policy


def _times(row: Mapping[str, Any]) -> dict[str, Any]:
    zone = _text(row, "timezone") or None
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as fault:
            raise Misuse(
                f"[policy] timezone is not known: {zone}", 'write it like timezone = "Europe/Berlin"'
            ) from fault
    found: dict[str, Any] = {"timezone": zone}
    for key in ("earliest", "deadline"):
        at = row.get(key)
        if at is None:
            continue
        if isinstance(at, datetime) and at.tzinfo is None and zone is None:
            raise Misuse(f"[policy] {key} = {at} has no offset", "write 2026-11-28T06:00:00Z, or give a timezone")
        if isinstance(at, datetime) and at.tzinfo is None:
            at = at.replace(tzinfo=ZoneInfo(str(zone)))
        if isinstance(at, time) and zone is None:
            raise Misuse(f"[policy] {key} = {at} is a time of no zone", 'add timezone = "Europe/Berlin" (or "UTC")')
        if not isinstance(at, datetime | time):
            raise Misuse(
                f"[policy] {key} is no time: {at}", f"write {key} = 06:00:00 or 2026-11-28T06:00:00Z, unquoted"
            )
        if isinstance(at, datetime) and at.year not in YEARS:
            raise Misuse(f"[policy] {key} is in the year {at.year}", f"give {YEARS.start} to {YEARS.stop - 1}")
        found[key] = at
    return found


def _sites(told: Any) -> dict[str, Site]:
    found = {}
    if not isinstance(told, Mapping):
        raise Misuse("[sites] is no table of places", '[sites."our-hall"] with zone = "DE" and country = "DE"')
    for name, row in told.items():
        if not isinstance(row, Mapping) or not isinstance(row.get("zone"), str) or not row["zone"]:
            raise Misuse(f"[sites] {name} has no zone", f'[sites."{name}"] with zone = "DE" and country = "DE"')
        for key in row:
            known_word(f"key of the site {name}:", key, ("zone", "country"))
        country = row.get("country")
        if country is not None and not (isinstance(country, str) and len(country) == 2):
            raise Misuse(f"[sites] {name}: country is no code of two letters: {country}", 'write country = "DE"')
        found[name] = Site(name, row["zone"], country.upper() if country else None)
    return found


def _by_name(told: Mapping[str, Any], key: str) -> dict[str, Decimal]:
    row = told.get(key, {})
    if not isinstance(row, Mapping):
        raise Misuse(f"[{key}] is no table of amounts", f'[{key}]\n"name" = 12.5')
    return {name: _amount(value, f"[{key}] {name}") for name, value in row.items()}


def _amount(value: Any, what: str) -> Decimal:
    try:
        amount = Decimal("NaN") if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0 or abs(amount.adjusted()) > 18 or len(amount.as_tuple().digits) > 28:
        raise Misuse(f"{what} is no amount that can be meant: {value}", "give zero or more, such as 12 or 0.5")
    return amount


def _words(row: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
        raise Misuse(f"[policy] {key} is no list of names", f'write {key} = ["…"]')
    return tuple(value)


def _countries(row: Mapping[str, Any]) -> tuple[str, ...]:
    found = tuple(word.strip().upper() for word in _words(row, "residency"))
    for code in found:
        if not (len(code) == 2 and code.isascii() and code.isalpha()):
            raise Misuse(f"[policy] residency: {code} is no code of a country", 'write residency = ["DE", "FR"]')
    if "residency" in row and not found:
        raise Misuse("[policy] residency names no country, so nothing could run", "name countries, or leave it out")
    return found


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key, "")
    if not isinstance(value, str):
        raise Misuse(f"[policy] {key} is no text: {value}", f'write {key} = "…"')
    return value


def _truth(row: Mapping[str, Any], key: str) -> bool:
    value = row.get(key, False)
    if not isinstance(value, bool):
        raise Misuse(f"[policy] {key} is neither true nor false: {value}", f"write {key} = true")
    return value


def _when_text(at: When) -> str:
    return utc_text(at) if isinstance(at, datetime) else at.isoformat()


def hours(amount: Decimal) -> timedelta:
    """A duration of hours, rounded up to the microsecond: a deadline is never missed by a rounding."""
    return timedelta(microseconds=int((amount * 3_600_000_000).to_integral_value(ROUND_CEILING)))
