"""The uncertainty of a period's figures: intervals by propagation, with what they rest on and who contributes most."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.calculation.sql_text import filled
from ledger.inventory.compile import checked_size
from ledger.inventory.posted import make_posted
from ledger.inventory.sentence import sentence
from ledger.inventory.uncertainty.distribution import Distribution, Z, fitted, rank_of
from ledger.inventory.uncertainty.labels import By, make_line_kg
from ledger.inventory.uncertainty.pedigree import pedigree_table
from ledger.plain import plain
from ledger.store import Session
from ledger.tabular import Tabular

if TYPE_CHECKING:
    from ledger.inventory.period import Period

CONTRIBUTORS = 10
RANKED_FROM = 0.95
"""The share of a figure that must be assessed, at least in part, for a rank to speak of the figure."""


@dataclass(frozen=True, slots=True)
class Contributor:
    """What adds to a figure's variance: a shared factor, or the activity data of a type."""

    kind: str
    name: str
    kg: float
    share_of_variance: float


@dataclass(frozen=True, slots=True)
class FigureUncertainty:
    """How sure a figure is. All but ``value_kg`` are estimates (floats), and None where nothing is assessed.

    ``value_kg`` is the inventory's figure. ``assessed_kg`` is the part of it of which something is known; the 95 %
    interval ``low_kg`` to ``high_kg``, and ``half_width`` (half of the interval, relative to ``assessed_kg``), are
    of that part alone. Shares (0 to 1, by absolute kg): ``share_assessed`` activity and factor both, ``share_partly``
    only one of them, so that ``is_lower_bound``.
    """

    label: str
    value_kg: Decimal
    assessed_kg: float | None
    share_assessed: float
    share_partly: float
    share_not_assessed: float
    half_width: float | None
    low_kg: float | None
    high_kg: float | None
    distribution: str | None
    rank: str | None
    is_lower_bound: bool
    contributors: tuple[Contributor, ...]


@dataclass(frozen=True, slots=True)
class Uncertainty(Tabular):
    """The uncertainty of a period: each figure, how many rows say nothing usable, and what the pedigree rests on."""

    ROWS = "figures"

    period: str
    view: str
    checkpoint_size: int
    figures: tuple[FigureUncertainty, ...]
    rows_assessed: int
    rows_not_usable: int
    pedigree_used: bool
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The answer of `ghg uncertainty --json`; estimates have nine digits, the rest is rounding of the machine."""
        made: dict[str, Any] = told_digits(plain(self))
        return made | {"note": "estimates, never posted; shares 0 to 1, intervals 95 %"}

    def figure(self, label: str) -> FigureUncertainty | None:
        """The figure of a label; None where the period has no such sum."""
        return next((figure for figure in self.figures if figure.label == label), None)


def told_digits(value: Any) -> Any:
    """Nested values with every float cut to nine significant digits, in which all machines agree."""
    if isinstance(value, dict):
        return {name: told_digits(item) for name, item in value.items()}
    if isinstance(value, list):
        return [told_digits(item) for item in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


@cache
def _sql(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


def assess_uncertainty(
    s: Session, of: Period, by: By = "scope", view: str = "operational_control", at: int | None = None
) -> Uncertainty:
    """Propagate what is known of rows and factors to every scope and total, and to categories or facilities.

    Sums of independent errors, but rows that share a factor share its error, slices of a row and rows of a meter with
    the same spread share theirs, and one row's error moves all its lines. Nothing is assumed where nothing is known.
    Raises Misuse for an unknown view or size.
    """
    size = checked_size(s, view, at).size
    make_cells(s, of, by, view, size)
    exact = dict(s.rows("select label, sum(exact_kg) from line_kg group by 1"))
    deviations = {row[0]: row[1:] for row in s.rows(_sql("moments"))}
    shares = _contributors(s, {label: row[-2] for label, row in deviations.items()})
    figures = tuple(
        _figure(label, exact[label], deviations[label], shares.get(label, ())) for label in sorted(exact, key=_order)
    )
    usable, given, scored = s.one(
        "select (select count(distinct (batch_no, seq)) from spread where factor_id is null), "
        "(select count(distinct (batch_no, seq)) from given_spread where factor_id is null), "
        "(select count(*) > 0 from spread where by_scores)"
    )
    return Uncertainty(
        of.label, view, size, figures, int(usable), int(given - usable), bool(scored),
        _notes(figures, int(given - usable), bool(scored)),
    )  # fmt: skip


def make_cells(s: Session, of: Period, by: By, view: str, size: int) -> None:
    """Make the temp tables that moments are read from: `spread`, `cell`, `cell_line`, `factor_line`, `covered`.

    Kg are those that count in the view, quantities those of the rows: a share of 40 % is in the kg per unit.
    """
    boundary = make_posted(s, of, view, size, by_facility=by == "facility")
    whole = "posted" if boundary.is_whole else "posted_full"
    make_line_kg(s, by)
    by_facility = by == "facility" or not boundary.is_whole
    words = {"facility": "l.facility_id" if by_facility else "null::varchar", "whole": whole}
    with s.given(pedigree=_pedigree("indicator"), basic=_pedigree("basic")):
        run_statements(s, _sql("spread"), words, {"first": of.months[0], "last": of.months[-1], "z": Z})
    run_statements(s, _sql("cell"), words, {})


def run_statements(s: Session, text: str, words: dict[str, str], values: dict[str, Any]) -> None:
    """Run the statements of a SQL file one after another, places filled, each with the values that it names."""
    for statement in filled(text, words).split(";\n"):
        code = "\n".join(line for line in statement.splitlines() if not line.startswith("--"))
        if code.strip():
            s.run(code, {name: value for name, value in values.items() if f"${name}" in code})


def _pedigree(part: str) -> Any:
    import pyarrow as pa

    rows = [row for row in pedigree_table() if row.part == part]
    return pa.table(
        {
            "name": pa.array([row.name for row in rows], pa.string()),
            "score": pa.array([row.score for row in rows], pa.int32()),
            "factor": pa.array([row.factor for row in rows], pa.float64()),
        }
    )


def _figure(
    label: str, value_kg: Decimal, row: tuple[float, ...], contributors: tuple[Contributor, ...]
) -> FigureUncertainty:
    kg, whole, partly, every, mean, variance, third = row
    share, part = (round(whole / every, 12), round(partly / every, 12)) if every else (0.0, 0.0)
    if not whole + partly or not kg:
        return FigureUncertainty(label, value_kg, None, 0.0, 0.0, 1.0, None, None, None, None, None, False, ())
    told: Distribution = fitted(mean, variance, third)
    low, high = told.interval()
    half_width = (high - low) / 2 / abs(kg)
    return FigureUncertainty(
        label, value_kg, kg, share, part, max(0.0, round(1 - share - part, 12)), half_width, low, high, told.name,
        rank_of(half_width) if share + part >= RANKED_FROM else None, part > 0, contributors,
    )  # fmt: skip


_CONTRIBUTORS = """
with of_cell as (select label, cell, sum(kg) as kg from cell_line group by all),
type_of as (
    select r.cell, any_value(k.activity_type) as name,
           case when any_value(r.is_single) then 1 else sum(r.quantity * r.mean) end as units
    from row_cell r join choice_key k using (key_no) group by 1
),
activity as (
    select o.label, 'activity' as kind, t.name, sum(o.kg * t.units) as kg, sum(c.s2 * pow(o.kg, 2)) as variance
    from of_cell o join cell c using (cell) join type_of t using (cell) group by all
),
part as (
    select * from activity
    union all
    select label, 'factor', factor_id, kg, variance * pow(kg, 2) from factor_line where variance is not null
)
select label, kind, name, kg, variance from part where variance > 0
qualify row_number() over (partition by label order by variance desc, kind, name) <= $limit
order by label, variance desc, kind, name
"""


def _contributors(s: Session, variances: dict[str, float]) -> dict[str, tuple[Contributor, ...]]:
    """Of each sum the largest contributors to its variance, the largest first."""
    made: dict[str, tuple[Contributor, ...]] = {}
    for label, kind, name, kg, own in s.rows(_CONTRIBUTORS, {"limit": CONTRIBUTORS}):
        made[label] = (*made.get(label, ()), Contributor(kind, name, kg, own / variances[label]))
    return made


def _order(label: str) -> tuple[int, str]:
    kind, _, rest = label.partition("_")
    rank = {"scope": 0, "total": 1, "category": 2}.get(kind, 3)
    return rank, rest.zfill(2) if kind == "category" else rest


def _notes(figures: tuple[FigureUncertainty, ...], not_usable: int, scored: bool) -> tuple[str, ...]:
    notes: list[str] = []
    if any(figure.share_not_assessed > 0 for figure in figures):
        notes.append(
            sentence(
                "Where neither a row nor its factor says how sure it is, nothing is assumed, and it is in no interval: "
                "intervals are of the assessed part alone."
            )
        )
    if any(figure.is_lower_bound for figure in figures):
        notes.append(
            sentence(
                "Of some lines only the quantity or only the factor says how sure it is: those intervals are lower "
                "bounds."
            )
        )
    if not_usable:
        notes.append(
            sentence(
                "{count} rows give an interval that does not hold their quantity, or fewer than five scores: "
                "they are not assessed by them.",
                count=not_usable,
            )
        )
    if scored:
        sources = sorted({row.source for row in pedigree_table()})
        notes.append(
            sentence(
                "Scores are turned into intervals by transcribed tables (secondary): {sources}.",
                sources="; ".join(sources),
            )
        )
    if figures:
        notes.append(
            sentence("Global warming potentials are taken as exact; biases and wrong models are in no interval.")
        )
    return tuple(notes)
