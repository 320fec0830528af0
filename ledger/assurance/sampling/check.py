"""Whether recorded samples, their results and the misstatements speak of what the ledger holds."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache, partial
from typing import Any

from ledger.assurance.sampling.drawing import Wish
from ledger.assurance.sampling.redrawn import Gaps, Redrawn, frame_of, redrawn
from ledger.assurance.sampling.sample import make_sample
from ledger.assurance.verification import Faults, tell
from ledger.errors import LedgerError
from ledger.inventory import Period
from ledger.inventory.coverage.completeness import data_gaps
from ledger.store import Session

_RECORDED = """
select r.*, concat('B', r.batch_no, '-', r.seq) as entry from review_sample r
where r.batch_no > $since or r.sample_id in (select sample_id from sample_result where batch_no > $since)
order by r.period_start, r.period_end, r.view, r.measure, r.checkpoint_size, r.batch_no, r.seq
"""


def wish_of(row: dict[str, Any]) -> Wish:
    """What was asked for when a row of `review_sample` was drawn."""
    asked = json.loads(row["parameters"])

    def kg(name: str) -> Decimal | None:
        return None if name not in asked else Decimal(asked[name])

    return Wish(
        row["sampling_method"], row["seed"], asked.get("size"), kg("interval_asked_kg"),
        kg("performance_materiality_kg"), kg("confidence_factor"), asked.get("by"), asked["gaps"],
    )  # fmt: skip


def check_samples(s: Session, since: int, faults: Faults) -> None:
    """Every sample recorded after ``since`` is drawn again; results are about its items and their kg."""
    made: tuple[Any, ...] | None = None
    gaps = cache(partial(data_gaps, s))
    for row in s.arrow(_RECORDED, {"since": since}).to_pylist():
        try:
            found, is_own = _again(s, row, made, gaps)
            made = frame_of(row) if is_own else None
        except (LedgerError, ArithmeticError, KeyError, ValueError) as fault:
            words = f"{row['entry']}: the sample {row['sample_id']} cannot be drawn again: {fault}"
            faults.add("sample-differs", words, entry=row["entry"])
            made = None
            continue
        _compare(row, found, faults)
        _check_results(s, row, found, since, faults)
        if not is_own:
            words = (f"{row['entry']}: the sample {row['sample_id']} was drawn again by the statements that drew it, "
                     "not by others")  # fmt: skip
            faults.add("sample-same-statements", words, severity="info", entry=row["entry"])
    tell(
        s, "sample-result",
        "select r.batch_no, r.seq, r.sample_id from sample_result r where r.batch_no > "
        f"{int(since)} and not exists (select 1 from review_sample w where w.sample_id = r.sample_id "
        "and w.batch_no <= r.batch_no)",
        "it is a result of the sample {}, which is not recorded", faults,
    )  # fmt: skip


def _again(s: Session, row: dict[str, Any], made: tuple[Any, ...] | None, gaps: Gaps) -> tuple[Redrawn, bool]:
    """The sample drawn again, and whether by statements of its own; ``made`` is the frame that was made last."""
    asked = json.loads(row["parameters"])
    if row["sampling_method"] != "documents" and asked["shares"] == "whole":
        return redrawn(s, row, gaps, made=made == frame_of(row)), True
    of = Period(row["period_start"], row["period_end"], "")
    same = make_sample(s, of, row["view"], row["measure"], wish_of(row), row["checkpoint_size"])
    items = tuple((one.about, one.kg) for one in same.items)
    return Redrawn(same.frame.units, same.frame.kg, same.frame.sha256, same.items_sha256, items), False


def _compare(row: dict[str, Any], found: Redrawn, faults: Faults) -> None:
    for name, held, again in (
        ("units in the frame", row["frame_count"], found.frame_count),
        ("kg of the frame", row["frame_kg"], found.frame_kg),
        ("digest of the frame", row["frame_sha256"], found.frame_sha256),
        ("items", row["item_count"], len(found.items)),
        ("digest of the items", row["items_sha256"], found.items_sha256),
    ):
        if held != again:
            words = f"{row['entry']}: drawn again, the sample {row['sample_id']} has as {name} {again}, not {held}"
            faults.add("sample-differs", words, entry=row["entry"])


def _check_results(s: Session, row: dict[str, Any], found: Redrawn, since: int, faults: Faults) -> None:
    rows = s.rows(
        "select batch_no, seq, item, about, recorded_kg from sample_result where sample_id = ? and batch_no > ? "
        "order by batch_no, seq",
        [row["sample_id"], since],
    )
    for batch_no, seq, item, about, recorded in rows:
        entry = f"B{batch_no}-{seq}"
        if not 1 <= item <= len(found.items):
            words = f"{entry}: the sample {row['sample_id']} has no item {item}"
        elif (about, recorded) != found.items[item - 1]:
            words = f"{entry}: item {item} of {row['sample_id']} is {found.items[item - 1][0]} with another kg or name"
        else:
            continue
        faults.add("sample-result", words, entry=entry)
