"""A moved service in words: here and there a year, what it saves, when that makes up for the move, and every source."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

from ledger.ai.interval import Interval
from ledger.ai.tradeoff.moving import MONTHS
from ledger.ai.worked import ends
from ledger.book.words.compare import UNKNOWN, narrow

if TYPE_CHECKING:
    from ledger.ai.tradeoff.moving import Move, Pays, Target

BASES = ("location", "market")
_SHORT = {"at_once": "at once", "never": "never", "undecided": "undecided"}


def lead(made: Move) -> str:
    """What is moved from where."""
    return f"{made.here.words}; now at {', '.join(made.here.places)}; kWh and kg CO2e a year"


def rows_of(made: Move) -> list[list[str]]:
    """The table, its head first: here, and each place, by the year."""
    head = [
        "place",
        "kWh",
        "kg location",
        "kg market",
        "kg made",
        "kg once",
        "break-even, location",
        "break-even, market",
    ]
    here = [f"here, {', '.join(made.here.places)}", _year(made.kwh), *(_year(made.kg[basis]) for basis in BASES)]
    rows = [head, [*here, _years(made.made_kg), UNKNOWN, UNKNOWN, UNKNOWN]]
    for target in made.targets:
        cells = [target.site.key, _years(target.kwh), *(_years(target.kg[basis]) for basis in BASES)]
        cells += [_years(target.made_kg), narrow(target.start_kg(made.wish.basis))]
        rows.append([*cells, *(pays_cell(made.pays(target, basis)) for basis in BASES)])
    return rows


def _year(value: Decimal) -> str:
    return narrow(Interval(value * MONTHS, value * MONTHS))


def _years(value: Interval | None) -> str:
    return UNKNOWN if value is None else narrow(value * Interval(MONTHS, MONTHS))


def pays_cell(told: Pays) -> str:
    """When the move has made up for itself, as a cell: in months."""
    if told.verdict != "after" or told.low is None or told.high is None:
        return _SHORT[told.verdict]
    return f"{_months(told.low, told.high)} months"


def _months(low: Decimal, high: Decimal) -> str:
    ends_ = (low.quantize(Decimal("0.1"), ROUND_FLOOR), high.quantize(Decimal("0.1"), ROUND_CEILING))
    told = [format(each, "f") for each in ends_]
    near = high - low < Decimal("0.1")
    return told[1] if near else "–".join(told)


def verdicts(made: Move) -> list[str]:
    """What each place saves and when that makes up for the move; where the power emits least."""
    told = []
    for target in made.targets:
        told.append(f"{target.site.key}: {_both([saving_words(made, target, basis) for basis in BASES])}.")
        told += start_words(made, target)
    return [*told, *[f"Least carbon of the power, {basis}-based: {least(made, basis)}." for basis in BASES]]


def saving_words(made: Move, target: Target, basis: str) -> str:
    """What a place saves a year: less, more, or undecided."""
    low, high = (each * MONTHS for each in made.saves(target, basis))
    at_least = "≥ " if low < high else ""
    if low >= 0:
        whole = made.kg[basis] * MONTHS
        part = f" ({at_least}{_percent(low, whole)} %)" if whole else ""
        return f"{narrow(Interval(low, high))} kg less a year{part}" if high else "no kg less a year"
    if high <= 0:
        return f"{narrow(Interval(-high, -low))} kg more a year"
    more, less = narrow(Interval(-low, -low)), narrow(Interval(high, high))
    return f"undecided, from {more} kg more to {less} kg less a year"


def _percent(part: Decimal, whole: Decimal) -> str:
    return format((part * 100 / whole).quantize(Decimal("0.1"), ROUND_FLOOR), "f")


def start_words(made: Move, target: Target) -> list[str]:
    """What is emitted once, and when it is made up for, with the write-off too where one is told."""
    start = target.start_kg(made.wish.basis)
    if start.high == 0 and made.write_off_kg is None:
        return []
    parts = []
    if target.bought_kg is not None:
        parts.append(f"{narrow(target.bought_kg)} kg for {made.wish.bought:f} machines bought")
    if moved := target.transfer_kg.get(made.wish.basis):
        parts.append(f"{narrow(moved)} kg for data moved")
    told = []
    if parts:
        when = _both([pays_words(made.pays(target, basis)) for basis in BASES])
        told.append(f"{target.site.key}, once: {' and '.join(parts)}; break-even {when}{_life(made, target)}.")
    if made.write_off_kg is not None:
        when = _both([pays_words(made.pays(target, basis, with_write_off=True)) for basis in BASES])
        left = f"{narrow(made.write_off_kg)} kg, emitted when they were made"
        told.append(f"{target.site.key}, with what is left of the old machines too ({left}): break-even {when}.")
    return told


def _both(words: list[str]) -> str:
    """What holds by each basis, in one where it is the same."""
    if words[0] == words[1]:
        return f"{words[0]} by both bases"
    return "; ".join(f"{each} {basis}-based" for each, basis in zip(words, BASES, strict=True))


def pays_words(told: Pays) -> str:
    """When, in a sentence."""
    if told.verdict == "after" and told.low is not None and told.high is not None:
        return f"after {_months(told.low, told.high)} months"
    if told.verdict == "undecided" and told.low is not None:
        return f"undecided, after {told.low.quantize(Decimal('0.1'), ROUND_FLOOR):f} months at the soonest, or never"
    return _SHORT[told.verdict]


def _life(made: Move, target: Target) -> str:
    """Whether what is bought serves long enough."""
    told = made.pays(target, made.wish.basis)
    if target.bought_kg is None or told.low is None or told.high is None:
        return ""
    years = made.life_years
    if told.low > years.high * MONTHS:
        return f", longer than the machines serve ({narrow(years)} years)"
    if told.high > years.low * MONTHS:
        return f", which can be longer than the machines serve ({narrow(years)} years)"
    return ""


def least(made: Move, basis: str) -> str:
    """Where the power of the service emits least: the places share its machines, so their order is exact."""
    rates = {target.site.key: target.site.pue * target.site.factors[basis].kg_co2e_per_kwh for target in made.targets}
    low = min(rates.values())
    best = [target for target in made.targets if rates[target.site.key] == low]
    names = " and ".join(target.site.key for target in best)
    here, there = made.kg[basis], best[0].kg[basis]
    if there.high < here:
        return names
    return "here" if there.low >= here else f"undecided between here and {names}"


def sources(made: Move) -> dict[str, list[str]]:
    """What every figure rests on, what is left open, and what to know."""
    told = {name: list(lines) for name, lines in made.sources.items()}
    told["In your accounts"] = [
        f"{target.site.key}: {target.site.scope.removeprefix('in your accounts: ')}" for target in made.targets
    ]
    told["Not quantified"] = list(made.open_points)
    told["To know"] = [
        *made.notes,
        "made is the share of the life of rented machines; one's own were emitted when they were made",
        "machines that are bought count in full at the start; in the region of a cloud none are",
        "market-based here is before certificates are allotted: they go to facilities, not to runs",
        "losses of the grid and upstream of the fuels are in no column; factors are of the service's last month",
    ]  # fmt: skip
    return {name: lines for name, lines in told.items() if lines}


def move_page(made: Move, name: str) -> bytes:
    """The plot or the page of the move, by the ending of the file's name."""
    from ledger.disclosure.charts.move import move_chart
    from ledger.disclosure.documents.charted import Told, charted_file

    table = rows_of(made)
    told = Told("A service moved", lead(made), table, range(1, len(table[0])), verdicts(made), sources(made))
    return charted_file(lambda: move_chart(made), told, name)


def move_json(made: Move) -> dict[str, Any]:
    """The move as JSON: exact amounts a month, what is emitted once, and when it makes up."""
    from ledger.plain import plain

    return {
        "service": made.here.words, "months": made.here.months, "places": list(made.here.places),
        "here": {
            "kwh_month": plain(made.kwh), **{f"{basis}_kg_month": plain(made.kg[basis]) for basis in BASES},
            "made_kg_month": None if made.made_kg is None else ends(made.made_kg),
            "it_kwh": plain(made.here.it_kwh), "kwh": plain(made.here.kwh),
        },
        "energy_ratio": ends(made.generation.energy),
        "write_off_kg": None if made.write_off_kg is None else ends(made.write_off_kg),
        "places_to_go": [_target_json(made, target) for target in made.targets],
        "least": {basis: least(made, basis) for basis in BASES},
        "verdicts": verdicts(made), "not_quantified": list(made.open_points), "sources": sources(made),
    }  # fmt: skip


def _target_json(made: Move, target: Target) -> dict[str, Any]:
    from ledger.plain import plain

    told: dict[str, Any] = {"place": target.site.key, "pue": plain(target.site.pue), "kwh_month": ends(target.kwh)}
    for basis in BASES:
        pays = made.pays(target, basis)
        told[basis] = {
            "kg_month": ends(target.kg[basis]), "saves_kg_month": plain(list(made.saves(target, basis))),
            "once_kg": ends(target.start_kg(basis)), "break_even": plain(pays),
            "break_even_with_write_off": plain(made.pays(target, basis, with_write_off=True)),
        }  # fmt: skip
    told["made_kg_month"] = None if target.made_kg is None else ends(target.made_kg)
    told["bought_kg"] = None if target.bought_kg is None else ends(target.bought_kg)
    return told
