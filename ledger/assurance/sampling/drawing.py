"""Drawing from a frame: by chance, by size, by stratum, or by carbon unit; the same seed draws the same everywhere.

The chances come from no library: unit n has the number SHA-256("<seed>:unit:<n>"), and the smallest numbers are
drawn. That is a simple random sample without replacement, since nobody can tell the numbers before the seed is named,
and a larger sample holds the smaller one of the same seed. Systematic selection starts at
1 + floor(SHA-256("<seed>:start") × interval ÷ 2^256), counted in 10^-18 kg.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal, localcontext
from typing import Any

from ledger.assurance.sampling.frame import JOINED, Frame
from ledger.errors import Misuse, known_word
from ledger.inventory.exact import exact_difference, exact_sum
from ledger.store import Session

METHODS = ("random", "value", "stratum", "carbon-unit", "documents")
"""Ways to draw; the last goes from documents to the ledger, the others from the ledger to documents."""
GENERATOR = "sha256-counter-1"
"""The name of this way to make chances; another way would have another name."""
GAPS = 10
"""So many units without a value are drawn where nobody says how many."""
MOST_ITEMS = 5_000
STRATA = {
    "category": "concat('scope ', if(b.scope3_category is not null, '3', c.scope), "
    "' category ' || coalesce(b.scope3_category, c.scope3_category))",
    "facility": "coalesce(p.facility_id, 'no facility')",
    "legal_entity": "coalesce(p.legal_entity_id, 'no company')",
    "activity_type": "k.activity_type",
    "month": "strftime(f.month, '%Y-%m')",
    "source": "coalesce(h.source_name, 'no file')",
}
"""What strata can be made by."""
_EXACT = Decimal("1e-18")
_RANGE = 1 << 256
_PIECE = 4096


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be drawn: a size, or for carbon units an interval in kg (or what it follows from)."""

    method: str
    seed: str
    size: int | None = None
    interval_kg: Decimal | None = None
    performance_materiality_kg: Decimal | None = None
    confidence_factor: Decimal | None = None
    by: str | None = None
    gaps: int = GAPS


@dataclass(frozen=True, slots=True)
class Drawn:
    """A unit that was drawn: which, how (certainty, interval, random, largest, gap), and of which stratum."""

    item: int
    unit_no: int
    selection: str
    stratum: str


@dataclass(frozen=True, slots=True)
class Stratum:
    """A stratum: how many units and how much, without signs, it holds, and how many were drawn of it."""

    name: str
    units: int
    absolute_kg: Decimal
    drawn: int


@dataclass(frozen=True, slots=True)
class Draw:
    """What was drawn; for carbon units with the interval and the start, kg."""

    drawn: tuple[Drawn, ...]
    strata: tuple[Stratum, ...]
    interval_kg: Decimal | None = None
    start_kg: Decimal | None = None


def checked_wish(wish: Wish) -> Wish:
    """The wish, where it can be followed. Raises Misuse where it says too little, too much, or contradicts itself."""
    known_word("method of sampling", wish.method, METHODS)
    if not wish.seed:
        raise Misuse("a sample needs a seed", "give one with --seed; who checks the sample should choose it")
    if wish.by is not None:
        known_word("cut into strata", wish.by, STRATA)
    if wish.by is None and wish.method == "stratum":
        raise Misuse("strata of what?", f"say by what with --by: {', '.join(STRATA)}")
    if wish.by is not None and wish.method != "stratum":
        raise Misuse("strata go with the method stratum", f"give --method stratum --by {wish.by}, or leave --by out")
    _check_interval(wish)
    if wish.size is not None and not 1 <= wish.size <= MOST_ITEMS:
        raise Misuse(f"{wish.size} items cannot be drawn", f"draw between 1 and {MOST_ITEMS}")
    if not 0 <= wish.gaps <= MOST_ITEMS:
        raise Misuse(f"{wish.gaps} gaps cannot be drawn", f"draw between 0 and {MOST_ITEMS}")
    return wish


def _check_interval(wish: Wish) -> None:
    materiality = (wish.performance_materiality_kg, wish.confidence_factor)
    if wish.method == "carbon-unit":
        if sum((wish.size is not None, wish.interval_kg is not None, None not in materiality)) != 1:
            raise Misuse(
                "carbon units are drawn by a size or by an interval",
                "give --size N, or --interval KG, or --performance-materiality KG with --confidence-factor F",
            )
    elif wish.interval_kg is not None or materiality != (None, None):
        raise Misuse("an interval goes with the method carbon-unit", "give --size N, or --method carbon-unit")
    elif wish.size is None:
        raise Misuse("how many items?", "give --size N")
    if any(value is not None and value <= 0 for value in (wish.interval_kg, *materiality)):
        raise Misuse("an interval is more than nothing", "give kg and factors above 0")


def interval_of(performance_materiality_kg: Decimal, confidence_factor: Decimal) -> Decimal:
    """Performance materiality ÷ confidence factor, kg, cut at the 18th decimal.

    The usual interval of monetary-unit sampling where no misstatement is expected; the factor is the auditor's, as
    -ln(1 - confidence) of the Poisson distribution gives it.
    """
    with localcontext() as context:
        context.prec = 60
        return (performance_materiality_kg / confidence_factor).quantize(_EXACT, ROUND_DOWN)


def draw(s: Session, frame: Frame, wish: Wish) -> Draw:
    """Draw from temp table `frame`; items are numbered in the order of the frame, gaps last.

    Raises Misuse where a stratum would get no item, or an interval would draw too many.
    """
    interval = start = None
    if wish.method == "carbon-unit":
        chosen, strata, interval, start = _by_carbon_unit(s, frame, wish)
    elif wish.method == "stratum":
        chosen, strata = _by_stratum(s, wish)
    elif wish.method == "value":
        rows = s.rows("select unit_no from frame where kg is not null order by abs(kg) desc, unit_no limit ?",
                      [wish.size])  # fmt: skip
        chosen, strata = [(row[0], "largest", "all") for row in rows], _one_stratum(frame, len(rows))
    else:
        numbers = _smallest(s, wish.seed, "unit", 1, frame.count, wish.size or 0)
        chosen, strata = [(number, "random", "all") for number in numbers], _one_stratum(frame, len(numbers))
    gaps = _smallest(s, wish.seed, "gap", frame.count + 1, frame.units, wish.gaps)
    without = frame.units - frame.count
    chosen += [(number, "gap", "gaps") for number in gaps]
    if without:
        strata = (*strata, Stratum("gaps", without, Decimal(0), len(gaps)))
    drawn = tuple(Drawn(place, *one) for place, one in enumerate(sorted(chosen), 1))
    return Draw(drawn, strata, interval, start)


def _one_stratum(frame: Frame, drawn: int) -> tuple[Stratum, ...]:
    return (Stratum("all", frame.count, frame.absolute_kg, drawn),)


def chance_sql(seed: str, purpose: str, number: str) -> str:
    """SQL: the number of a unit, 64 hexadecimal digits; named parameter `seed` goes with it."""
    assert seed == "$seed"  # noqa: S101  a seed is a parameter, never text in a statement
    return f"sha256(concat({seed}, ':{purpose}:', {number}))"


def _smallest(s: Session, seed: str, purpose: str, first: int, last: int, count: int) -> list[int]:
    """The ``count`` units from ``first`` to ``last`` with the smallest numbers."""
    rows = s.rows(
        f"select n from range({int(first)}, {int(last) + 1}) r(n) order by {chance_sql('$seed', purpose, 'n')} "
        f"limit {int(count)}",
        {"seed": seed},
    )
    return [int(row[0]) for row in rows]


def _by_stratum(s: Session, wish: Wish) -> tuple[list[tuple[int, str, str]], tuple[Stratum, ...]]:
    """By chance within each stratum; the size is shared out by kg without signs, at least one a stratum."""
    named = STRATA[wish.by or ""]
    s.run(
        f"create or replace temp table stratum_of as select f.unit_no, {named} as stratum, abs(f.kg) as kg "
        f"from {JOINED} join choice_key k on k.key_no = f.key_no left join batch h on h.batch_no = f.activity_batch "
        "where f.kg is not null"
    )
    held = s.rows("select stratum, count(*), sum(kg) from stratum_of group by 1 order by 1")
    if len(held) > (wish.size or 0):
        raise Misuse(
            f"there are {len(held)} strata by {wish.by}, and {wish.size} items to draw",
            f"draw at least {len(held)}, or cut into fewer strata",
        )
    shares = shared_out(wish.size or 0, [(int(count), kg) for _, count, kg in held])
    s.run("create or replace temp table stratum_size (stratum varchar, drawn integer)")
    strata = tuple(Stratum(row[0], row[1], row[2], share) for row, share in zip(held, shares, strict=True))
    for one in strata:
        s.run("insert into stratum_size values (?, ?)", [one.name, one.drawn])
    rows = s.rows(
        "select unit_no, stratum from stratum_of join stratum_size z using (stratum) qualify row_number() over "
        f"(partition by stratum order by {chance_sql('$seed', 'unit', 'unit_no')}) <= z.drawn",
        {"seed": wish.seed},
    )
    return [(row[0], "random", row[1]) for row in rows], strata


def shared_out(size: int, strata: Sequence[tuple[int, Decimal]]) -> list[int]:
    """A size shared out over strata of (units, kg) in proportion to kg: at least one each, at most what it holds.

    Largest remainders take what whole numbers leave; of equal ones the earlier. What a stratum cannot take goes to
    the others.
    """
    shares = [0] * len(strata)
    left = min(size, sum(units for units, _ in strata))
    open_ones = list(range(len(strata)))
    quota: dict[int, Decimal] = {}
    while open_ones:
        total = exact_sum(strata[place][1] for place in open_ones)
        weights = {place: strata[place][1] if total else Decimal(strata[place][0]) for place in open_ones}
        quota = _quotas(left, weights)
        bounded = [place for place in open_ones if quota[place] < 1 or quota[place] > strata[place][0]]
        over = [place for place in bounded if quota[place] > strata[place][0]]
        settled = over or bounded
        if not settled:
            break
        for place in settled:
            shares[place] = strata[place][0] if over else 1
            left -= shares[place]
            open_ones.remove(place)
    for place in open_ones:
        shares[place] = int(quota[place])
    rest = left - sum(shares[place] for place in open_ones)
    for place in sorted(open_ones, key=lambda p: (shares[p] - quota[p], p))[:rest]:
        shares[place] += 1
    return shares


def _quotas(left: int, weights: dict[int, Decimal]) -> dict[int, Decimal]:
    with localcontext() as context:
        context.prec = 60
        total = exact_sum(weights.values())
        return {place: Decimal(left) * weight / total if total else Decimal(0) for place, weight in weights.items()}


def _by_carbon_unit(
    s: Session, frame: Frame, wish: Wish
) -> tuple[list[tuple[int, str, str]], tuple[Stratum, ...], Decimal, Decimal]:
    """Monetary-unit sampling on kg without signs: systematic, with a random start; large units with certainty.

    Every kg has the same chance 1 ÷ interval; a unit of at least an interval is taken with certainty and leaves the
    rest to be drawn from. With a size, certain units count in it and the interval is what the others leave.
    """
    if wish.size is not None:
        largest = s.rows(f"select abs(kg) from frame where kg <> 0 order by abs(kg) desc limit {int(wish.size)}")
        interval = interval_for(frame.absolute_kg, wish.size, [row[0] for row in largest])
    elif wish.interval_kg is not None:
        interval = wish.interval_kg.quantize(_EXACT)
    else:
        interval = interval_of(wish.performance_materiality_kg or Decimal(0), wish.confidence_factor or Decimal(1))
    if interval <= 0:
        return [], (), Decimal(0), Decimal(0)
    certain = s.rows("select unit_no, abs(kg) from frame where abs(kg) >= ?::decimal(38,18)", [interval])
    certain_kg = exact_sum(row[1] for row in certain)
    left = exact_difference(frame.absolute_kg, certain_kg)
    if left / interval > MOST_ITEMS or len(certain) > MOST_ITEMS:
        raise Misuse(f"an interval of {interval} kg would draw more than {MOST_ITEMS} items", "name a larger one")
    start = start_of(wish.seed, interval)
    hits = list(_hits(start, interval, left))
    drawn = _hit(s, hits, interval)
    strata = [Stratum("certainty", len(certain), certain_kg, len(certain))] if certain else []
    strata.append(Stratum("interval", frame.count - len(certain), left, len(drawn)))
    chosen = [(row[0], "certainty", "certainty") for row in certain]
    return [*chosen, *((number, "interval", "interval") for number in drawn)], tuple(strata), interval, start


def interval_for(total: Decimal, size: int, largest: Sequence[Decimal]) -> Decimal:
    """The interval that draws ``size`` items: the total less certain units ÷ the size less their count, kg.

    A unit is certain where it is no smaller than the interval that is left without it; ``largest`` are the units by
    size, the largest first. Rounded up at the 18th decimal.
    """
    left, certain = _whole(total), 0
    for value in map(_whole, largest):
        if certain == size or value * (size - certain) < left:
            break
        left -= value
        certain += 1
    if left and certain < size:
        return _kg(-(-left // (size - certain)))
    return min(largest[:certain], default=Decimal(0))


def start_of(seed: str, interval: Decimal) -> Decimal:
    """Where systematic selection starts: from the first 10^-18 kg of the interval to its last, by chance."""
    chance = int(hashlib.sha256(f"{seed}:start".encode()).hexdigest(), 16)
    return _kg(1 + chance * _whole(interval) // _RANGE)


def _hits(start: Decimal, interval: Decimal, total: Decimal) -> Iterable[Decimal]:
    place = _whole(start)
    while place <= _whole(total):
        yield _kg(place)
        place += _whole(interval)


def _hit(s: Session, hits: list[Decimal], interval: Decimal) -> list[int]:
    """The units in which a hit falls: the first of which the running total reaches it.

    The piece of the frame is found first, and only within it the unit: nothing large is sorted.
    """
    import pyarrow as pa

    s.run(
        "create or replace temp table running as select unit_no, "
        "(sum(abs(kg)) over (order by unit_no rows unbounded preceding))::decimal(38,18) as upto "
        "from frame where kg <> 0 and abs(kg) < ?::decimal(38,18)",
        [interval],
    )
    table: Any = pa.table({"hit": pa.array(hits, pa.decimal128(38, 18))})
    with s.given(given_hit=table):
        rows = s.rows(
            f"with piece as (select unit_no // {_PIECE} as piece_no, max(upto) as upto from running group by 1), "
            "found as (select h.hit, p.piece_no from given_hit h asof join piece p on h.hit <= p.upto), "
            "hit_unit as (select f.hit, min(r.unit_no) as unit_no from found f "
            f"join running r on r.unit_no // {_PIECE} = f.piece_no and r.upto >= f.hit group by 1) "
            "select distinct unit_no from hit_unit order by 1"
        )
    return [int(row[0]) for row in rows]


def _whole(kg: Decimal) -> int:
    """Kg as a count of 10^-18 kg."""
    with localcontext() as context:
        context.prec = 60
        return int(kg.scaleb(18))


def _kg(whole: int) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        return Decimal(whole).scaleb(-18)
