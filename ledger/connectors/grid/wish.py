"""What is asked of a service for grids: of which zone and span, measured or forecast, on which basis."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ledger.errors import Misuse, known_word

ELECTRICITY_MAPS = "electricity-maps"
UK_CARBON_INTENSITY = "uk-carbon-intensity"
SOURCES: Mapping[str, str] = {
    ELECTRICITY_MAPS: "https://api.electricitymaps.com/v3",
    UK_CARBON_INTENSITY: "https://api.carbonintensity.org.uk",
}
"""The services, each with its address."""

SECONDS: Mapping[str, int] = {"5_minutes": 300, "15_minutes": 900, "half_hourly": 1800, "hourly": 3600, "daily": 86_400}
"""Lengths of one value in seconds."""
_OF_SOURCE: Mapping[str, tuple[str, ...]] = {
    ELECTRICITY_MAPS: ("hourly", "5_minutes", "15_minutes", "daily"),
    UK_CARBON_INTENSITY: ("half_hourly",),
}
"""The lengths that a service gives; the first is taken where none is asked for."""
HORIZONS: Mapping[str, tuple[int, ...]] = {ELECTRICITY_MAPS: (6, 24, 48, 72), UK_CARBON_INTENSITY: (24, 48)}
"""How many hours a forecast may reach."""
_ZONE = re.compile(r"[A-Z]{2,3}(-[A-Z0-9]+){0,3}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:?\d{2})")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for.

    Attributes:
        zone: key of the grid's zone as the service has it: `DE`, `US-CAL-CISO`.
        source: one of SOURCES.
        first: first instant of a span of what was measured (UTC); None where no span is asked for.
        after: its end (UTC), exclusive.
        latest: whether the present value is asked for.
        history: whether the last 24 hours are.
        forecast: whether what is to come is.
        hours: how far the forecast shall reach; None for as far as the service has it unasked, or 48 hours in Britain.
        basis: `direct` (generation alone, the basis of Scope 2) or `life_cycle`.
        granularity: length of a value; None for the service's usual one.
        estimates: whether values that the service estimates are wanted.
        shares: whether the carbon-free and the renewable share are asked for too.
    """

    zone: str
    source: str = ELECTRICITY_MAPS
    first: datetime | None = None
    after: datetime | None = None
    latest: bool = False
    history: bool = False
    forecast: bool = False
    hours: int | None = None
    basis: str = "direct"
    granularity: str | None = None
    estimates: bool = True
    shares: bool = False

    @property
    def step(self) -> timedelta:
        """The length of one value."""
        return timedelta(seconds=SECONDS[self.length])

    @property
    def length(self) -> str:
        """The length of one value, by its name."""
        return self.granularity or _OF_SOURCE[self.source][0]


def checked(wish: Wish, now: datetime) -> Wish:
    """The wish itself, its span cut at the present. Raises Misuse for what no service or not this one can give."""
    known_word("source", wish.source, SOURCES)
    known_word("basis", wish.basis, ("direct", "life_cycle"))
    known_word(f"length of values of {wish.source}", wish.length, _OF_SOURCE[wish.source])
    if not _ZONE.fullmatch(wish.zone):
        raise Misuse(f"'{wish.zone}' is no key of a zone", "write it as DE, SE-SE3 or US-CAL-CISO; --zones lists them")
    if not (wish.first or wish.after or wish.latest or wish.history or wish.forecast):
        raise Misuse("nothing is asked for", "give --from and --to, --latest, --history or --forecast")
    if wish.hours is not None:
        _check_horizon(wish)
    if wish.source == UK_CARBON_INTENSITY:
        _check_uk(wish)
    return wish if wish.first is None and wish.after is None else _within(wish, now)


def _check_horizon(wish: Wish) -> None:
    if not wish.forecast:
        raise Misuse("hours are those of a forecast, and none is asked for", "add --forecast, or leave --hours out")
    if wish.hours not in HORIZONS[wish.source]:
        listed = ", ".join(map(str, HORIZONS[wish.source]))
        raise Misuse(f"{wish.source} has no forecast of {wish.hours} hours", f"take one of: {listed}")


def _check_uk(wish: Wish) -> None:
    if wish.zone != "GB":
        raise Misuse(f"{UK_CARBON_INTENSITY} knows zone GB alone, not {wish.zone}", "take --zone GB, or another source")
    unknown = {"life cycle": wish.basis != "direct", "shares": wish.shares, "flags of estimates": not wish.estimates,
               "a history of 24 hours": wish.history}  # fmt: skip
    if asked := [name for name, is_asked in unknown.items() if is_asked]:
        raise Misuse(f"{UK_CARBON_INTENSITY} has no {asked[0]}", "leave it out, or take --source electricity-maps")


def _within(wish: Wish, now: datetime) -> Wish:
    if wish.first is None or wish.after is None:
        raise Misuse("a span has a first and a last day", "give both --from and --to")
    if wish.first.tzinfo is None or wish.after.tzinfo is None:
        raise Misuse("the span has no offset", "give instants in UTC, or with their offset")
    first, after = wish.first.astimezone(UTC), wish.after.astimezone(UTC)
    if first >= after:
        raise Misuse(f"the span ends at {_shown(after)}, before it begins", "give the earlier day with --from")
    if first >= now:
        raise Misuse(f"{_shown(first)} has not come yet", "ask for what is to come with --forecast")
    return replace(wish, first=first, after=min(after, now))


def span(first: str, last: str, timezone: str = "UTC") -> tuple[datetime, datetime]:
    """First instant and end (exclusive, UTC) of what two texts mean.

    A day is that of the timezone, the last one whole: on the two days a year on which clocks change it has 23 or 25
    hours. An instant has an offset, and the last one is the end. Raises Misuse for what is neither.
    """
    try:
        place = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as fault:
        raise Misuse(f"there is no timezone '{timezone}'", "name it as Europe/Berlin, or UTC") from fault
    return _instant(first, place, days=0), _instant(last, place, days=1)


def _instant(text: str, place: ZoneInfo, days: int) -> datetime:
    bare = text.strip()
    try:
        if _INSTANT.fullmatch(bare):
            return datetime.fromisoformat(bare).astimezone(UTC)
        day = date.fromisoformat(bare) + timedelta(days=days)
    except (ValueError, OverflowError) as fault:
        raise Misuse(
            f"'{text}' is neither a day nor an instant with an offset", "write 2026-10-25, or 2026-10-25T02:00Z"
        ) from fault
    return datetime.combine(day, time(), place).astimezone(UTC)


def _shown(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
