"""A seeded sample of postings, multiplied out in Python's Decimal and held against what the view says."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Context, Decimal, Inexact
from typing import Any

from ledger.assurance.verification import Faults
from ledger.store import Session
from ledger.store.tables.choice import AMOUNTS_PER_UNIT

_RANGES, _ROWS = 6, 32
_EXACT = Context(prec=60, traps=[Inexact])
_AMOUNTS = ", ".join(name.removesuffix("_per_unit") for name in AMOUNTS_PER_UNIT)


def check_sample(s: Session, seed: str, since: int, faults: Faults) -> None:
    """Runs of neighbouring activities, and some allocations, drawn by the log's root: every posting of theirs."""
    draw = random.Random(seed)  # noqa: S311 — a sample that anyone can draw again
    held = s.rows(
        f"select batch_no, max(seq) from activity where batch_no > {since} group by batch_no order by batch_no"
    )
    drawn = draw.choices(held, weights=[row[1] for row in held], k=_RANGES) if held else []
    for batch_no, first in sorted({(batch_no, draw.randint(1, max(1, last - _ROWS + 1))) for batch_no, last in drawn}):
        numbers = f"between {first} and {first + _ROWS - 1}"
        quantities = s.rows(
            f"select batch_no, batch_no, seq, key_no, month, null, false, quantity from activity "
            f"where batch_no = {batch_no} and seq {numbers} and month is not null union all "
            f"select batch_no, activity_batch, activity_seq, key_no, month, null, false, quantity from activity_slice "
            f"where activity_batch = {batch_no} and activity_seq {numbers}"
        )
        _compare(s, f"activity_batch = {batch_no} and activity_seq {numbers}", quantities, faults)
    moved = s.rows(f"select distinct batch_no, key_no from allocation where batch_no > {since} order by all")
    for batch_no, key_no in draw.sample(moved, min(len(moved), _RANGES)):
        quantities = [
            (batch_no, None, None, key_no, month, to, True, way * sign * quantity)
            for month, instrument_id, quantity, sign in s.rows(
                "select month, instrument_id, quantity, sign from allocation where batch_no = ? and key_no = ?",
                [batch_no, key_no],
            )
            for to, way in ((instrument_id, 1), (None, -1))
        ]
        _compare(s, f"allocated and quantity_batch = {batch_no} and key_no = {key_no}", quantities, faults)


def _compare(s: Session, where: str, quantities: list[tuple[Any, ...]], faults: Faults) -> None:
    """The postings that the view shows under a condition, and those that the quantities and choices make."""
    keys = sorted({row[3] for row in quantities})
    choices: dict[tuple[int, str | None], list[tuple[Any, ...]]] = {}
    for key_no, instrument_id, *choice in s.rows(
        f"select key_no, instrument_id, method, line, batch_no, seq, sign, {', '.join(AMOUNTS_PER_UNIT)} from choice "
        "where list_contains($keys, key_no)",
        {"keys": keys},
    ):
        choices.setdefault((key_no, instrument_id), []).append(tuple(choice))
    made: Counter[tuple[Any, ...]] = Counter()
    for *place, quantity in quantities:
        for method, line, batch_no, seq, sign, *per_unit in choices.get((place[3], place[5]), ()):
            if not place[6] or (method, line) == ("market", "energy"):
                products = (_product(quantity, sign, amount) for amount in per_unit)
                made[*place, quantity, batch_no, seq, *products] += 1
    shown = Counter(
        s.rows(
            "select quantity_batch, activity_batch, activity_seq, key_no, month, instrument_id, allocated, quantity, "
            f"choice_batch, choice_seq, {_AMOUNTS} from posting where {where}"
        )
    )
    for row in sorted((made - shown) | (shown - made), key=str):
        told = "is not what its quantity and choice make" if row in shown else "is missing"
        entry = f"B{row[1]}-{row[2]}" if row[1] else f"B{row[0]}"
        words = f"a posting of {entry} by choice B{row[8]}-{row[9]} in the view 'posting' {told}"
        faults.add("posting-product", words, entry=entry)


def _product(quantity: Decimal, sign: int, amount: Decimal | None) -> Decimal | None:
    return None if amount is None else _EXACT.multiply(quantity * sign, amount)
