"""Monte Carlo: the same spreads drawn at random, seeded, to check the intervals of the propagation."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from ledger.errors import Misuse
from ledger.inventory.compile import checked_size
from ledger.inventory.uncertainty.assessment import assess_uncertainty, told_digits
from ledger.inventory.uncertainty.distribution import Distribution, fitted
from ledger.inventory.uncertainty.labels import By
from ledger.plain import plain
from ledger.store import Session
from ledger.tabular import Tabular

if TYPE_CHECKING:
    from ledger.inventory.period import Period

SINGLE_ROWS, SINGLE_CELLS = 400, 400
"""How many rows, and how many rows over several months or meters, are drawn each for itself; the largest are."""
FEWEST_DRAWS, MOST_DRAWS = 1_000, 1_000_000
_STEPS = 1 << 53


@dataclass(frozen=True, slots=True)
class DrawnInterval:
    """A figure's 95 % interval as drawn, kg CO2e, beside the propagated one; None where nothing is assessed."""

    label: str
    assessed_kg: float | None
    half_width: float | None
    low_kg: float | None
    high_kg: float | None
    propagated_half_width: float | None


@dataclass(frozen=True, slots=True)
class MonteCarlo(Tabular):
    """The result of drawing: how often, from which seed, and how many rows and meters were drawn as part of a sum."""

    ROWS = "figures"

    draws: int
    seed: int
    figures: tuple[DrawnInterval, ...]
    drawn_rows: int
    summed_rows: int
    summed_meters: int

    def as_json(self) -> dict[str, Any]:
        """The draws as JSON values."""
        made: dict[str, Any] = told_digits(plain(self))
        return made


def drawn_uncertainty(
    s: Session,
    of: Period,
    draws: int,
    seed: int,
    by: By = "scope",
    view: str = "operational_control",
    at: int | None = None,
) -> MonteCarlo:
    """The uncertainty of a period drawn ``draws`` times from ``seed``, beside the propagated one.

    The largest rows are drawn each for itself; of the others those of one key, and small meters and rows over several
    months together, are drawn as one sum with the same mean, variance and skewness. Raises Misuse for a number of
    draws that tells nothing or takes hours.
    """
    if not FEWEST_DRAWS <= draws <= MOST_DRAWS:
        words = "tell nothing" if draws < FEWEST_DRAWS else "take too long"
        raise Misuse(f"{draws} draws {words}", f"take between {FEWEST_DRAWS} and {MOST_DRAWS}, for instance 10000")
    checked_size(s, view, at)
    told = assess_uncertainty(s, of, by, view, at)
    drawn = _Draw(draws, seed)
    deviations, rows, summed, left = _cell_deviations(s, drawn)
    sums = _sums(s, drawn, deviations)
    for label, variance, third in _left(s, deviations) if left else ():
        sums[label] = _added(sums[label], drawn.of(fitted(0.0, variance, third)))
    figures = []
    for figure in told.figures:
        values = sums.get(figure.label)
        if values is None or figure.assessed_kg is None:
            figures.append(DrawnInterval(figure.label, None, None, None, None, None))
            continue
        low, high = _ends(values)
        half_width = (high - low) / 2 / abs(figure.assessed_kg)
        figures.append(
            DrawnInterval(figure.label, figure.assessed_kg, half_width, low, high, figure.half_width)
        )  # fmt: skip
    return MonteCarlo(draws, seed, tuple(figures), rows, summed, left)


class _Draw:
    """Seeded draws; the same seed gives the same numbers on every machine."""

    def __init__(self, draws: int, seed: int) -> None:
        self.draws = draws
        self._bits = random.Random(seed).getrandbits  # noqa: S311 — no secret: a seed that is printed
        self._normal = NormalDist().inv_cdf

    def of(self, shape: Distribution) -> list[float]:
        """As many values of a distribution."""
        bits, normal = self._bits, self._normal
        return [shape.at(normal((bits(53) + 0.5) / _STEPS)) for _ in range(self.draws)]


def _shape(mean: float, shift: float | None, scale: float | None, s: float) -> Distribution:
    """The distribution of value / mean, of one row, meter or factor."""
    if shift is None or scale is None:
        return Distribution(1.0, None, s)
    return Distribution(shift / mean, scale / mean, s)


_LARGEST_ROWS = """
with weight as (select cell, max(pow(kg, 2)) as weight from
    (select label, cell, sum(kg) as kg from cell_line group by all) group by 1)
select r.cell, r.quantity * r.mean as units, r.mean, r.shift, r.scale, r.s, r.variance, r.third
from row_cell r join weight w using (cell)
where not r.is_single and r.variance > 0
order by pow(r.quantity * r.mean, 2) * r.variance * w.weight desc, r.batch_no, r.seq limit $limit
"""
_SINGLE_CELLS = """
with weight as (select cell, max(pow(kg, 2)) as weight from
    (select label, cell, sum(kg) as kg from cell_line group by all) group by 1)
select cell, any_value(r.mean), any_value(r.shift), any_value(r.scale), any_value(r.s)
from row_cell r join weight w using (cell)
where r.is_single and r.variance > 0
group by cell order by max(r.variance * w.weight) desc, cell limit $limit
"""


def _cell_deviations(s: Session, drawn: _Draw) -> tuple[dict[str, list[float]], int, int, int]:
    """Of each cell the deviation from its mean, draw by draw; and how many rows and cells were treated how."""
    made: dict[str, list[float]] = {}
    several = s.rows("select cell, s2, s3 from cell where not is_single and s2 > 0 order by cell")
    rest = {cell: [s2, s3] for cell, s2, s3 in several}
    rows = s.rows(_LARGEST_ROWS, {"limit": SINGLE_ROWS})
    for cell, units, mean, shift, scale, sigma, variance, third in rows:
        values = [units * (value - 1) for value in drawn.of(_shape(mean, shift, scale, sigma))]
        made[cell] = _added(made.get(cell), values)
        rest[cell][0] -= units**2 * variance
        rest[cell][1] -= units**3 * third
    (every,) = s.one("select count(*) from row_cell where not is_single and variance > 0")
    if every > len(rows):
        whole = {cell: s2 for cell, s2, _ in several}
        for cell, (s2, s3) in rest.items():
            if s2 > 1e-12 * whole[cell]:
                made[cell] = _added(made.get(cell), drawn.of(fitted(0.0, s2, s3)))
    single = s.rows(_SINGLE_CELLS, {"limit": SINGLE_CELLS})
    for cell, mean, shift, scale, sigma in single:
        made[cell] = [value - 1 for value in drawn.of(_shape(mean, shift, scale, sigma))]
    (cells,) = s.one("select count(*) from cell where is_single and s2 > 0")
    return made, len(rows) + len(single), int(every) - len(rows), int(cells) - len(single)


def _left(s: Session, deviations: dict[str, list[float]]) -> list[tuple[Any, ...]]:
    """Variance and third moment, by label, of the meters and multi-month rows that were not drawn for themselves."""
    import pyarrow as pa

    with s.given(drawn_cell=pa.table({"cell": pa.array(sorted(deviations), pa.string())})):
        return s.rows(
            "with of_cell as (select label, cell, sum(kg) as kg from cell_line group by all) "
            "select o.label, sum(c.s2 * pow(o.kg, 2)), sum(c.s3 * pow(o.kg, 3)) "
            "from of_cell o join cell c using (cell) "
            "where c.is_single and c.s2 > 0 and o.cell not in (select cell from drawn_cell) group by 1 order by 1"
        )


def _added(one: list[float] | None, other: list[float]) -> list[float]:
    return other if one is None else [a + b for a, b in zip(one, other, strict=True)]


def _sums(s: Session, drawn: _Draw, deviations: dict[str, list[float]]) -> dict[str, list[float]]:
    """Of each label the sum, draw by draw: factor by factor, mean plus deviations of its cells, times the factor."""
    shapes = s.rows(
        "select factor_id, mean, shift, scale, s from spread where factor_id is not null and variance > 0 order by 1"
    )
    factors = {factor_id: drawn.of(_shape(*shape)) for factor_id, *shape in shapes}
    lines: dict[tuple[str, str | None], list[tuple[str, float]]] = {}
    for label, cell, factor_id, kg in s.rows("select label, cell, factor_id, kg from cell_line order by all"):
        if cell in deviations:
            lines.setdefault((label, factor_id), []).append((cell, kg))
    sums: dict[str, list[float]] = {}
    for label, factor_id, kg in s.rows("select label, factor_id, kg from factor_line order by all"):
        values = [kg] * drawn.draws
        for cell, rate in lines.get((label, factor_id), ()):
            values = [a + rate * b for a, b in zip(values, deviations[cell], strict=True)]
        if factor_id in factors:
            values = [a * b for a, b in zip(values, factors[factor_id], strict=True)]
        sums[label] = _added(sums.get(label), values)
    return sums


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """The ends of the middle 95 % of values, between the two nearest where none stands there."""
    ordered = sorted(values)
    return _at(ordered, 0.025), _at(ordered, 0.975)


def _at(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
