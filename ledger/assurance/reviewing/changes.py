"""What changed between two sizes of the ledger: every batch with its effect on each total, and what was put right.

With a kept checkpoint it is first shown that the ledger is its continuation: the root over as many headers is the one
that was kept. Totals are those of a view; the effect of a batch is the total after it less the total before it, so
that effects add up to the whole difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

from ledger.assurance.checks.chain import check_continued, last_kept, read_log
from ledger.errors import Misuse
from ledger.inventory.compared.sizes import make_moved_choices
from ledger.inventory.compile import MEASURE_FILTER
from ledger.inventory.period import Period
from ledger.inventory.periods.life import span_label
from ledger.inventory.periods.restatement import Difference
from ledger.inventory.posted import make_posted
from ledger.store import Session
from ledger.store.schema import table_name
from ledger.store.tables import ENTRIES
from ledger.store.tables.activity import DETAIL_GIVEN
from ledger.tabular import Tabular

LISTED = 1000
"""How many reversed and corrected entries are told one by one; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of the comparison: a size (batches) with its root, and whether a kept checkpoint was held against it."""

    size: int
    root: str
    proven: bool


@dataclass(frozen=True, slots=True)
class BatchTold:
    """A batch: who did what, from which file, why; how many entries in which tables; what it moved.

    ``effects`` are period label → measure → kg CO2e, what did not move left out.
    """

    batch: int
    kind: str
    person: str
    role: str
    recorded_at: datetime
    source_name: str | None
    reason: str | None
    entries: dict[str, int]
    effects: dict[str, dict[str, Decimal]]


@dataclass(frozen=True, slots=True)
class Revised:
    """An activity that was taken back: by which entry, replaced by which, what differs (column, before, after)."""

    entry: str
    reversed_by: str
    replaced_by: str | None
    reason: str | None
    columns: tuple[tuple[str, Any, Any], ...]


@dataclass(frozen=True, slots=True)
class ChoiceMoved:
    """Choices of one kind that a batch decided anew: from which factor and kg per unit to which, for how many keys."""

    batch: int
    activity_type: str
    line: str
    method: str
    old_factor: str | None
    new_factor: str | None
    old_kg_per_unit: Decimal | None
    new_kg_per_unit: Decimal | None
    keys: int


@dataclass(frozen=True, slots=True)
class Changes(Tabular):
    """Everything between two sizes; totals by period label, in kg CO2e under ``view``."""

    ROWS = "batches"

    start: Bound
    end: Bound
    view: str
    totals: dict[str, tuple[Difference, ...]]
    batches: tuple[BatchTold, ...]
    revised: tuple[Revised, ...]
    revised_count: int
    choices: tuple[ChoiceMoved, ...]
    factors: tuple[dict[str, Any], ...]
    settings: tuple[dict[str, Any], ...]
    periods: tuple[dict[str, Any], ...]


def changes(s: Session, start: str, end: str | None, of: Period | None, view: str) -> Changes:
    """What changed from one size or kept checkpoint to another, or to now.

    Raises Misuse where an end is neither a size nor a checkpoint, or they stand the wrong way round; Damage where the
    ledger is no continuation of a kept checkpoint.
    """
    first, last = bounds(s, start, end)
    periods = [of] if of is not None else _years(s, last.size)
    batches = _batches(s, first.size, last.size)
    totals: dict[str, tuple[Difference, ...]] = {}
    for one in periods:
        before, effects = _effects(s, one, view, first.size, last.size)
        after = totals_at(s, one, view, last.size)
        totals[one.label] = tuple(Difference(measure, before[measure], after[measure]) for measure in MEASURE_FILTER)
        for told in batches:
            if effects.get(told.batch):
                told.effects[one.label] = effects[told.batch]
    revised, count = _revised(s, first.size, last.size)
    return Changes(
        first, last, view, totals, batches, revised, count, _choices(s, first.size, last.size),
        *_beside(s, first.size, last.size),
    )  # fmt: skip


def bounds(s: Session, start: str, end: str | None) -> tuple[Bound, Bound]:
    """Both ends; a kept checkpoint is held against the log first."""
    log = read_log(s)
    made = []
    for text in (start, str(log.size) if end is None else end):
        if text.isdecimal():
            size = int(text)
            if size > log.size:
                raise Misuse(f"this ledger has {log.size} batches, not {size}", "name a size that it has reached")
            made.append(Bound(size, log.roots[size], proven=False))
            continue
        note = last_kept(Path(text))
        check_continued(log, note, Path(text))
        made.append(Bound(note.size, note.root, proven=True))
    if made[0].size > made[1].size:
        raise Misuse(f"size {made[0].size} is after size {made[1].size}", "give the earlier one with --from")
    return made[0], made[1]


def totals_at(s: Session, of: Period, view: str, size: int) -> dict[str, Decimal | None]:
    """Each measure of a period under a view as the ledger stood at a size, kg CO2e; None where no posting tells it."""
    make_posted(s, of, view, size, by_facility=False)
    sums = ", ".join(f"sum(total_co2e_kg) filter (where {condition})" for condition in MEASURE_FILTER.values())
    row = s.one(f"select {sums} from posted where book = 'inventory'")
    return dict(zip(MEASURE_FILTER, row, strict=True))


def _effects(
    s: Session, of: Period, view: str, start: int, end: int
) -> tuple[dict[str, Decimal | None], dict[int, dict[str, Decimal]]]:
    """The totals at the start, and what each batch moved; only batches that can move a total are looked at."""
    first = before = totals_at(s, of, view, start)
    moved: dict[int, dict[str, Decimal]] = {}
    for batch in _movers(s, of, start, end):
        after = totals_at(s, of, view, batch)
        with localcontext() as context:
            context.prec = 60  # differences of 38 digits, whole
            differences = {m: (after[m] or Decimal(0)) - (before[m] or Decimal(0)) for m in MEASURE_FILTER}
        moved[batch] = {measure: kg for measure, kg in differences.items() if kg}
        before = after
    return first, moved


def _movers(s: Session, of: Period, start: int, end: int) -> list[int]:
    rows = s.rows(
        """
        select distinct batch_no from (
            select batch_no from period_total where month between $first and $last
            union all select batch_no from choice
            union all select batch_no from period_event where period_start <= $last and period_end >= $first
            union all select batch_no from holding union all select batch_no from facility
            union all select batch_no from legal_entity)
        where batch_no > $start and batch_no <= $end order by 1
        """,
        {"first": of.months[0], "last": of.months[-1], "start": start, "end": end},
    )
    return [number for (number,) in rows]


def _years(s: Session, size: int) -> list[Period]:
    rows = s.rows(
        "select distinct year(month) from period_total where month is not null and batch_no <= ? order by 1", [size]
    )
    spans = [(date(year, 1, 1), date(year, 12, 31)) for (year,) in rows]
    return [Period(*span, span_label(*span)) for span in spans]


def _batches(s: Session, start: int, end: int) -> tuple[BatchTold, ...]:
    counted: dict[int, dict[str, int]] = {}
    for table in ENTRIES:
        name = table_name(table)
        for number, count in s.rows(
            f"select batch_no, count(*) from {name} where batch_no > ? and batch_no <= ? group by 1", [start, end]
        ):
            counted.setdefault(number, {})[name] = count
    rows = s.rows(
        "select batch_no, kind, actor, role, recorded_at, source_name, reason from batch "
        "where batch_no > ? and batch_no <= ? order by 1",
        [start, end],
    )
    names = ("batch", "kind", "person", "role", "recorded_at", "source_name", "reason")
    told = [dict(zip(names, row, strict=True)) for row in rows]
    return tuple(BatchTold(**one, entries=counted.get(one["batch"], {}), effects={}) for one in told)


def _revised(s: Session, start: int, end: int) -> tuple[tuple[Revised, ...], int]:
    """What was taken back, with its replacement of the same batch where there is one."""
    sql = """
        select r.reverses_batch, r.reverses_seq, r.batch_no, r.seq, n.activity_batch, n.activity_seq, b.reason
        from activity r join batch b using (batch_no)
        left join activity_detail n on n.batch_no = r.batch_no
             and n.replaces = concat('B', r.reverses_batch, '-', r.reverses_seq)
        where r.reverses_batch is not null and r.batch_no > $start and r.batch_no <= $end
    """
    given = {"start": start, "end": end}
    count = s.one(f"select count(*) from ({sql})", given)[0]
    made = []
    for old_batch, old_seq, batch, seq, new_batch, new_seq, reason in s.rows(
        f"{sql} order by 3, 4 limit {LISTED}", given
    ):
        columns: tuple[tuple[str, Any, Any], ...] = ()
        if new_batch is not None:
            columns = tuple(_differing(_given(s, old_batch, old_seq), _given(s, new_batch, new_seq)))
        replaced = None if new_batch is None else f"B{new_batch}-{new_seq}"
        made.append(Revised(f"B{old_batch}-{old_seq}", f"B{batch}-{seq}", replaced, reason, columns))
    return tuple(made), count


_OF_THE_LEDGER = {
    "batch_no", "seq", "key_no", "month", "source_line", "sheet", "reverses_batch", "reverses_seq", "replaces",
    "reason_code", "note", "evidence_sha256", "quantity",
}  # fmt: skip


def _given(s: Session, batch: int, seq: int) -> dict[str, Any]:
    rows = s.arrow(f"select a.*, {DETAIL_GIVEN}", {"batch": batch, "seq": seq}).to_pylist()
    return dict(rows[0]) if rows else {}


def _differing(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Columns that somebody gave and that differ; the quantity by its text, as it was given."""
    for name in {**old, **new}:
        if name not in _OF_THE_LEDGER and old.get(name) != new.get(name):
            yield name, old.get(name), new.get(name)


def _choices(s: Session, start: int, end: int) -> tuple[ChoiceMoved, ...]:
    """Choices taken back and made anew in one batch, by activity type, line, method and factors."""
    make_moved_choices(s, start, end)
    rows = s.rows(
        "select m.batch_no, k.activity_type, m.line, m.method, m.old_factor, m.new_factor, m.old_kg_per_unit, "
        "m.new_kg_per_unit, count(*) from moved_choice m join choice_key k using (key_no) where m.backs > 0 "
        "group by all order by all"
    )
    return tuple(ChoiceMoved(*row) for row in rows)


def _beside(s: Session, start: int, end: int) -> tuple[tuple[dict[str, Any], ...], ...]:
    """Factors that were published, settings that were set, steps of periods."""
    given = {"start": start, "end": end}
    within = "batch_no > $start and batch_no <= $end"
    factors = s.arrow(
        f"select batch_no as batch, dataset, edition, version, count(*) as factors from emission_factor where {within} "
        "group by all order by all",
        given,
    )
    settings = s.arrow(
        "select batch_no as batch, name, before, value, valid_from from ("
        "select batch_no, seq, name, value, valid_from, "
        f"lag(value) over (partition by name order by batch_no, seq) as before from setting) where {within} "
        "and name <> 'signing_key' order by batch_no, seq",
        given,
    )
    periods = s.arrow(
        "select batch_no as batch, period_start, period_end, view, legal_entity_id, event, pin_batch, reason "
        f"from period_event where {within} order by batch_no, seq",
        given,
    )
    return tuple(tuple(table.to_pylist()) for table in (factors, settings, periods))
