"""A provider that changes the method of its figures: months by the one and by the other do not compare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ledger.ai.accruals.standing import STATED, provider_word
from ledger.intake.ai_files.statements import version_parts
from ledger.store import Session

if TYPE_CHECKING:
    from ledger.intake.faults import Faults

_BY_METHOD = (
    "coalesce(cloud_provider, supplier) as provider, vendor_model_version, min(period_start), max(period_end), "
    "min(source_line), any_value(sheet)"
)
_GIVEN = f"""
select {_BY_METHOD} from stage where activity_type = '{STATED}' and vendor_model_version is not null group by 1, 2
"""
_HELD = f"""
select {_BY_METHOD} from activity a
join activity_detail d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
where a.activity_type = '{STATED}' and d.vendor_model_version is not null and a.reverses_batch is null
  and not exists (select 1 from activity r where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq)
group by 1, 2
"""


@dataclass(frozen=True, slots=True)
class Stated:
    """Months of a provider by one version of its method."""

    word: str | None
    provider: str
    version: str
    first: date
    last: date
    line: int
    sheet: str | None


def tell_method_change(s: Session, faults: Faults) -> None:
    """Warn where the statements of view `stage` are by another method than those of the ledger, of any months.

    Versions differ in method where their first number does; a later part is taken for an erratum of the same method.
    """
    given = [_stated(row) for row in s.rows(_GIVEN)]
    if not given:
        return
    held = [_stated(row) for row in s.rows(_HELD)]
    for one in sorted(given, key=lambda own: own.line):
        other = [old for old in held if old.word == one.word and _method(old) != _method(one)]
        if not other:
            continue
        days = f"{min(old.first for old in other):%Y-%m} to {max(old.last for old in other):%Y-%m}"
        versions = ", ".join(sorted({old.version for old in other}))
        faults.add("statement-method-changed", sheet=one.sheet, line=one.line, column="vendor_model_version",
                   value=one.version, provider=one.provider, earlier=versions, days=days)  # fmt: skip


def _method(one: Stated) -> int:
    return version_parts(one.version)[0]


def _stated(row: tuple[Any, ...]) -> Stated:
    return Stated(provider_word(row[0]), *row)
