"""Recalculation: every key decided anew, and only where a result differs a reversal and a new choice."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.calculation.allocation import make_instrument_choices, plan_allocations, record_allocations
from ledger.calculation.choices import make_choices
from ledger.calculation.policy import policy
from ledger.calculation.recording import add_calculation, add_period_totals
from ledger.store import Session, Writing
from ledger.store.tables import Choice

_WRITER = ("batch_no", "seq", "calculation_no", "sign", "reverses_batch", "reverses_seq")
_COMPARED = tuple(name for name in Choice.model_fields if name not in _WRITER)


def plan_recalculation(s: Session) -> dict[str, int]:
    """Decide everything anew beside the ledger; gives how much differs, by kind. Nothing is written.

    Temp tables: `desired` (every choice as it ought to be), `stale` and `fresh` (what differs), and those of
    the allocation.
    """
    rules = policy(s)
    s.run("create or replace temp table wanted_key as select * from choice_key")
    allocation = plan_allocations(s)
    make_instrument_choices(s)
    make_choices(s, rules, "select key_no from barred_key")
    columns = ", ".join(_COMPARED)
    own = ", ".join(name for name in _COMPARED if name != "instrument_id")
    s.run(
        f"create or replace temp table desired as select {own}, null::varchar as instrument_id from new_choice "
        f"union all by name select {columns} from instrument_choice"
    )
    return {**_make_differences(s, "true"), **allocation}


def plan_allotment(s: Session, released: Sequence[str]) -> dict[str, int]:
    """Allot instruments anew as a restatement of the ``released`` periods needs it; other decisions stay as they are.

    Temp tables as :func:`plan_recalculation` makes them. Nothing is written.
    """
    allocation = plan_allocations(s, released)
    make_instrument_choices(s)
    columns = ", ".join(_COMPARED)
    s.run(f"create or replace temp table desired as select {columns} from instrument_choice")
    return {**_make_differences(s, "c.instrument_id is not null"), **allocation}


def _make_differences(s: Session, condition: str) -> dict[str, int]:
    """Temp tables `stale` and `fresh`: the standing choices of a condition that `desired` has otherwise, and how."""
    s.run(
        "create or replace temp table live as select c.* from choice c where c.sign = 1 and c.reverses_batch is null "
        "and not exists (select 1 from choice r where r.reverses_batch = c.batch_no and r.reverses_seq = c.seq) "
        f"and {condition}"
    )
    same = " and ".join(f'l."{name}" is not distinct from d."{name}"' for name in _COMPARED)
    s.run(f"create or replace temp table stale as select l.* from live l anti join desired d on {same}")
    s.run(f"create or replace temp table fresh as select d.* from desired d anti join live l on {same}")
    return {
        "choices_reversed": int(s.one("select count(*) from stale")[0]),
        "choices_made": int(s.one("select count(*) from fresh")[0]),
    }


def record_recalculation(writing: Writing, reason: str) -> None:
    """Put the planned differences into a batch of kind `calculation`."""
    s = writing.s
    rules = policy(s)
    number = add_calculation(writing, rules, reason)
    columns = ", ".join(_COMPARED)
    writing.insert(
        Choice,
        f"select {number} as calculation_no, -1 as sign, batch_no as reverses_batch, seq as reverses_seq, {columns} "
        "from stale",
        "reverses_batch, reverses_seq",
    )
    writing.insert(
        Choice,
        f"select {number} as calculation_no, 1 as sign, null::bigint as reverses_batch, null::integer as reverses_seq, "
        f"{columns} from fresh",
        "key_no, line, method, book, instrument_id nulls first",
    )
    record_allocations(writing)
    add_period_totals(writing)
