"""Comparisons in words: the options as a table, what is decided and what is not, and every source."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any

from ledger.ai.interval import Interval, rounded_text
from ledger.ai.worked import ends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.ai.tradeoff.compare import Comparison
    from ledger.ai.tradeoff.options import Option
    from ledger.ai.tradeoff.ranking import Flip, Rank

UNKNOWN = "—"
FLIPS_SHOWN = 10
BASES = ("location", "market")
_WHOLE = Context(prec=400, rounding=ROUND_HALF_UP)


def narrow(value: Interval | None) -> str:
    """A range at three digits, both ends with a dash between them; a dash alone for what is not known."""
    if value is None:
        return UNKNOWN
    low, high = _three(value.low), _three(value.high)
    return low if low == high else f"{low}–{high}"


def _three(value: Decimal) -> str:
    if value >= 100:
        return rounded_text(value.quantize(Decimal(1), context=_WHOLE), 60)
    return rounded_text(value, 3)


def criteria(made: Comparison) -> dict[str, str]:
    """What options are ranked by: in words → the measure."""
    named = {"Fastest": "time"}
    if made.has_cost:
        named["Cheapest"] = "cost"
    named |= {f"Least carbon, {basis}-based": basis for basis in BASES}
    if made.has_cost:
        priced = f"with carbon at {made.carbon_price:f} {made.currency}/t"
        named |= {f"Least cost {priced}, {basis}-based": f"{basis}_full" for basis in BASES}
    return named


def verdict(made: Comparison, measure: str) -> str:
    """Who is first by a measure: one, several that are equal, or undecided between some."""
    from ledger.ai.tradeoff.ranking import ranks

    placed = ranks(made.options, measure, made.carbon_price)
    ahead = [(option, rank) for option, rank in zip(made.options, placed, strict=True) if rank.best == 1]
    names = [option.name for option, _ in ahead]
    if all(rank.worst == 1 for _, rank in ahead):
        return names[0] if len(names) == 1 else f"{_listed(names)} alike"
    return f"undecided between {_listed(names)}: it flips inside the range of the inputs"


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def flips(made: Comparison) -> tuple[Flip, ...]:
    """The prices of carbon at which the ranking by full cost changes: of those on the front, each pair."""
    from ledger.ai.tradeoff.ranking import OFF, flip, front

    if not made.has_cost:
        return ()
    standing = front(made.options, ("cost", made.basis))
    left = [option for option, where in zip(made.options, standing, strict=True) if where != OFF]
    return tuple(flip(a, b, made.basis) for at, a in enumerate(left) for b in left[at + 1 :])


def flip_words(told: Flip, currency: str) -> str:
    """A flip as a sentence."""
    if told.low is None:
        return f"{told.first} and {told.second} change places at no price of carbon"
    low = _three(told.low)
    if told.high is None:
        price = f"from {low} {currency}/t upwards or never"
    elif told.low == 0:
        price = f"up to {_three(told.high)} {currency}/t"
    else:
        price = f"{narrow(Interval(told.low, told.high))} {currency}/t"
    if not told.in_every_case:
        return f"undecided: {told.second} overtakes {told.first} at {price}, in some cases of the ranges only"
    return f"{told.first} is ahead below {price}, {told.second} above"


def lead(made: Comparison) -> str:
    """What is compared."""
    work = made.wish.work
    what = "" if work.flops is None else f"{work.flops.low:E} FLOP; "
    if work.hours is not None:
        what = f"{work.hours.text()} accelerator-hours on {work.reference or made.options[0].machine.name}; "
    options = "1 option" if len(made.options) == 1 else f"{len(made.options)} options"
    return f"{what}{options}; carbon by {made.basis} in the front"


def verdicts(made: Comparison) -> list[str]:
    """What is decided, when it would flip, and why there is no cost axis if there is none."""
    told = [*_answer(made), *(f"{words}: {found}." for words, found in _alike(made).items())]
    found = [f"Price of carbon: {flip_words(each, made.currency or '')}." for each in flips(made)]
    told += found[:FLIPS_SHOWN]
    if len(found) > FLIPS_SHOWN:
        told.append(f"{len(found) - FLIPS_SHOWN} more pairs of the front change places too or never: --json has all")
    if not made.has_cost:
        lacking = ", ".join(made.unpriced[:6]) if made.currency else "any option"
        told.append(f"No cost axis: no price is held for {lacking}; give --prices FILE with one for each.")
    return told


def _alike(made: Comparison) -> dict[str, str]:
    """Who is first by each criterion; by both bases in one where that is the same."""
    told: dict[str, str] = {}
    for words, measure in criteria(made).items():
        found, location = verdict(made, measure), words.replace("market-based", "location-based")
        if location != words and told.get(location) == found:
            told[location.replace("location-based", "by both bases")] = told.pop(location)
        else:
            told[words] = found
    return told


def _answer(made: Comparison) -> list[str]:
    """What the cleanest emits less than the cheapest (or fastest) and costs (or takes) more, if both are decided."""
    from ledger.ai.tradeoff.ranking import leaders, ratio

    measure, than = ("cost", "cheapest") if made.has_cost else ("time", "fastest")
    clean, first = leaders(made.options, made.basis), leaders(made.options, measure)
    if len(clean) != 1 or len(first) != 1 or clean[0] is first[0]:
        return []
    carbon, more = ratio(clean[0], first[0], made.basis), ratio(clean[0], first[0], measure)
    if carbon is None or more is None:
        return []
    less = _percents(1 - carbon[1], 1 - carbon[0])
    what, much = ("costs", "much") if made.has_cost else ("takes", "long")
    beside = f"{what} {_percents(more[0] - 1, more[1] - 1)} more"
    if more[1] >= 2:
        beside = f"{what} {narrow(Interval(*more))} times as {much}"
    return [
        f"{clean[0].name} emits {less} less carbon, {made.basis}-based, than the {than}, {first[0].name}, and {beside}."
    ]  # fmt: skip


def _percents(low: Decimal, high: Decimal) -> str:
    ends_ = dict.fromkeys(rounded_text((each * 100).quantize(Decimal(1)), 12) for each in (low, high))
    return f"{'–'.join(ends_)} %"


def rows_of(made: Comparison) -> list[list[str]]:
    """The table, its head first: names in the first column, the front in the last, numbers between."""
    from ledger.ai.tradeoff.ranking import OFF, ON, front

    water = [1] * any(option.water is not None for option in made.options)
    costs, full = [1] * (made.currency is not None), [1] * made.has_cost
    head = ["option", "h", *(f"cost {made.currency}" for _ in costs), "kWh", "kg location", "kg market", "kg made"]
    head += [*("water L" for _ in water), *(f"in full {made.currency}" for _ in full), "front"]
    standing = front(made.options, made.front_measures)
    shown = {ON: "on", OFF: "", "open": "open"}
    rows = [head]
    for option, where in sorted(zip(made.options, standing, strict=True), key=lambda pair: _order(made, pair[0])):
        cells = [narrow(option.duration), *(narrow(option.cost) for _ in costs), narrow(option.kwh)]
        cells += [narrow(option.operational(basis)) for basis in BASES]
        cells += [narrow(option.embodied), *(narrow(option.water) for _ in water)]
        cells += [narrow(option.full_cost(made.basis, made.carbon_price)) for _ in full]
        rows.append([short(option.name), *cells, shown[where]])
    return rows


def page_of(made: Comparison, name: str) -> bytes:
    """The plot or the page of a comparison, by the ending of the file's name."""
    from ledger.disclosure.documents.charted import Told, tradeoff_file

    table = rows_of(made)
    numeric = range(1, len(table[0]) - 1)
    more = []
    if made.starts:
        from ledger.book.words.start import starts_part

        more.append(starts_part(made))
    told = Told("Hardware and places compared", lead(made), table, numeric, verdicts(made), sources(made), more)
    return tradeoff_file(made, told, name)


def _order(made: Comparison, option: Option) -> Decimal:
    value = option.full_cost(made.basis, made.carbon_price) if made.has_cost else option.carbon(made.basis)
    return Decimal(0) if value is None else value.low + value.high


def short(name: str) -> str:
    """An option's name without the maker's."""
    return name.partition("-")[2] or name


def sources(made: Comparison) -> dict[str, list[str]]:
    """What every figure rests on, by kind, and what to know."""
    machines = {option.machine.name: option.machine for option in made.options}
    sites = {option.site.key: option.site for option in made.options}
    told = {"Speed": [made.speeds.source]}
    told["Power and manufacture"] = [
        f"{name}: {machine.it_kw.text(4)} kW, {machine.power_source}; manufacture: {machine.embodied_about}"
        for name, machine in machines.items()
    ]
    told["Places"] = [
        f"{key}: {site.words}; PUE {site.pue:f} ({site.pue_source})"
        + (f"; WUE {site.wue:f} L/kWh ({site.wue_source})" if site.wue is not None else "; WUE not known")
        for key, site in sites.items()
    ]
    told["Factors"] = [
        f"{key}, {basis}: {rounded_text(site.factors[basis].kg_co2e_per_kwh, 4)} kg/kWh, {site.factors[basis].source}"
        f" ({site.factors[basis].reason})"
        for key, site in sites.items()
        for basis in BASES
    ]
    if priced := [f"{option.name}: {option.price.words()}" for option in made.options if option.price is not None]:
        told["Prices"] = priced
    if made.starts:
        told["By the hour"] = list(dict.fromkeys(starts.series.words() for starts in made.starts))
    told["To know"] = [
        *made.notes, *made.speeds.notes,
        "carbon is that of the power"
        + (" and of manufacture (made), by its share of the life" if made.options[0].counts_embodied else "")
        + "; losses of the grid and upstream of the fuels are in no column",
    ]  # fmt: skip
    return told


def comparison_json(made: Comparison) -> dict[str, Any]:
    """The comparison as JSON: every option with exact ends and sources, ranks, front, flips."""
    from ledger.ai.tradeoff.ranking import front, ranks
    from ledger.plain import plain

    measures = criteria(made)
    placed = {measure: ranks(made.options, measure, made.carbon_price) for measure in measures.values()}
    standing = front(made.options, made.front_measures)
    return {
        "options": [
            _option_json(made, option, standing[at], {measure: ranked[at] for measure, ranked in placed.items()})
            for at, option in enumerate(made.options)
        ],
        "verdicts": {measure: verdict(made, measure) for measure in measures.values()},
        "front_of": list(made.front_measures),
        "flips": [plain(each) for each in flips(made)],
        "carbon_price_per_t": plain(made.carbon_price), "currency": made.currency, "basis": made.basis,
        "unpriced": list(made.unpriced), "speeds": {
            "method": made.speeds.method, "source": made.speeds.source,
            "relative_time": {name: ends(time) for name, time in made.speeds.times.items()},
        },
        **_starts_json(made), "sources": sources(made), "notes": [*made.notes, *made.speeds.notes],
    }  # fmt: skip


def _starts_json(made: Comparison) -> dict[str, Any]:
    if not made.starts:
        return {}
    from ledger.book.words.start import starts_json

    return {"starts": starts_json(made)}


def _option_json(made: Comparison, option: Option, standing: str, placed: dict[str, Rank]) -> dict[str, Any]:
    from ledger.plain import plain

    full = {basis: option.full_cost(basis, made.carbon_price) for basis in BASES} if made.has_cost else {}
    amounts: Sequence[tuple[str, Interval | None]] = (
        ("accelerator_hours", option.machine.hours), ("duration_h", option.duration), ("cost", option.cost),
        ("kwh", option.kwh), ("location_kg_co2e", option.operational("location")),
        ("market_kg_co2e", option.operational("market")), ("embodied_kg_co2e", option.embodied),
        ("water_l", option.water), *((f"full_cost_{basis}", value) for basis, value in full.items()),
    )  # fmt: skip
    told: dict[str, Any] = {"option": option.name, "hardware": option.machine.name, "place": option.site.key}
    told |= {name: None if value is None else ends(value) for name, value in amounts}
    told["embodied_counts"] = option.counts_embodied
    told["front"] = standing
    told["ranks"] = {measure: rank.words() for measure, rank in placed.items()}
    told["price"] = None if option.price is None else plain(option.price)
    told["scope"] = option.site.scope
    return told
