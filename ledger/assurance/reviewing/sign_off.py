"""Sign-offs as the ledger holds them: conclusions on a period, bound to checkpoint and figures; whether they stand.

A sign-off is void when something that follows it moves the figures it speaks of: their digest, or a total under its
view. It stays on record and says so. The auditor's signature is under a canonical text, kept in evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ledger.inventory.compile import compile_inventory
from ledger.inventory.period import Period
from ledger.inventory.periods.life import span_label
from ledger.inventory.periods.restatement import Difference, differences
from ledger.inventory.periods.sealed import figures_digest
from ledger.store import Session

CONCLUSIONS = ("unmodified", "qualified", "adverse", "disclaimer")
"""What an auditor may conclude."""
TEXT_FORM = "ghg-ledger/sign-off/1"


@dataclass(frozen=True, slots=True)
class SignOffTold:
    """A conclusion on a period: which row, of which engagement, on what, and by whom (a pseudonym).

    ``figures_sha256`` is the digest of the period's figures at ``checkpoint_size``
    (:mod:`ledger.inventory.periods.sealed`), ``checkpoint_root`` the root of the log there, ``signed_sha256`` the
    signed text in evidence, where there is one.
    """

    entry: str
    batch: int
    engagement_id: str
    start: date
    end: date
    view: str
    legal_entity_id: str | None
    level: str
    conclusion: str
    checkpoint_size: int
    checkpoint_root: str
    figures_sha256: str
    open_findings: int
    despite: str | None
    statement: str
    signed_sha256: str | None
    person: str
    role: str
    recorded_at: datetime

    @property
    def period(self) -> Period:
        """Its days, labelled as people write them."""
        return Period(self.start, self.end, span_label(self.start, self.end))


@dataclass(frozen=True, slots=True)
class Mover:
    """A batch that came after a sign-off and has to do with its period: number, kind, person (a pseudonym), why."""

    batch: int
    kind: str
    person: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A sign-off and whether it still stands; where it is void, what moved (kg CO2e, under its view) and by whom."""

    told: SignOffTold
    is_void: bool
    moved: tuple[Difference, ...]
    movers: tuple[Mover, ...]


_SIGN_OFFS = """
select concat('B', o.batch_no, '-', o.seq), o.batch_no, o.engagement_id, o.period_start, o.period_end, o.view,
       o.legal_entity_id, o.level, o.conclusion, o.checkpoint_size, o.checkpoint_root, o.figures_sha256,
       o.open_findings, o.despite, o.statement, o.signed_sha256, b.actor, b.role, b.recorded_at
from sign_off o join batch b using (batch_no)
where o.batch_no <= coalesce($size, o.batch_no)
  and ($first::date is null or (o.period_start <= $last::date and $first::date <= o.period_end))
order by o.batch_no, o.seq
"""
_MOVERS = """
with live as (
    select distinct key_no from period_total where month between $first and $last
),
touched as (
    select batch_no from period_total where month between $first and $last
    union select batch_no from choice where key_no in (from live)
    union select batch_no from period_event where period_start <= $last and period_end >= $first
    union select batch_no from holding union select batch_no from facility union select batch_no from legal_entity
)
select b.batch_no, b.kind, b.actor, b.reason from batch b
where b.batch_no > $size and b.batch_no <= $now and b.batch_no in (from touched) order by 1
"""


def sign_offs(s: Session, of: Period | None = None, size: int | None = None) -> tuple[SignOffTold, ...]:
    """Every sign-off, or those on a period that shares days with one, in order."""
    days = {"first": None if of is None else of.start, "last": None if of is None else of.end}
    return tuple(SignOffTold(*row) for row in s.rows(_SIGN_OFFS, {"size": size, **days}))


def standing(s: Session, told: SignOffTold, now: int) -> Standing:
    """Whether a sign-off still stands at a size (batches); makes temp tables `pin` and `posted` anew."""
    of = told.period
    before = compile_inventory(s, of, told.view, told.checkpoint_size)
    after = compile_inventory(s, of, told.view, now)
    moved = tuple(line for line in differences(before, after) if line.old_kg != line.new_kg)
    same = figures_digest(s, of, told.view, told.legal_entity_id, now) == told.figures_sha256
    is_void = not same or (bool(moved) and told.legal_entity_id is None)
    if not is_void:
        return Standing(told, is_void, (), ())
    given = {"first": of.start, "last": of.end, "size": told.checkpoint_size, "now": now}
    return Standing(told, is_void, moved, tuple(Mover(*row) for row in s.rows(_MOVERS, given)))


def sign_off_text(origin: str, row: dict[str, Any], criteria: str) -> bytes:
    """The text that an auditor signs: one line of canonical JSON (RFC 8785), with a line break after it."""
    import rfc8785

    held: dict[str, Any] = {
        name: row[name]
        for name in ("engagement_id", "view", "legal_entity_id", "level", "conclusion", "checkpoint_size",
                     "checkpoint_root", "figures_sha256", "open_findings", "despite", "statement")
    }  # fmt: skip
    days = {name: row[name].isoformat() for name in ("period_start", "period_end")}
    document = {"form": TEXT_FORM, "ledger": origin, "criteria": criteria, **days, **held}
    return rfc8785.dumps(document) + b"\n"
