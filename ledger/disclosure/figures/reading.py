"""What the report reads from the ledger beside the inventories: each query gives one kind of row.

All of it is read at the size of one checkpoint, in a total order, so that the same ledger gives the
same rows on any machine.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from ledger.disclosure.figures.record import Allocation, DatasetUse, FactorUse, Movement
from ledger.disclosure.words import texts
from ledger.disclosure.words.numbers import product
from ledger.disclosure.words.texts import text
from ledger.errors import Finding, Severity
from ledger.inventory.coverage.findings import book_findings
from ledger.inventory.data_centre import METRICS as OF_DATA_CENTRES
from ledger.inventory.instruments import InstrumentRecord, instrument_register
from ledger.inventory.posted import make_posted
from ledger.inventory.registers.intensity import Intensity, intensities
from ledger.store.checkpoint import SIGNER, checkpoints_path, read_notes

if TYPE_CHECKING:
    from ledger.inventory import Inventory, Period
    from ledger.store import Checkpoint, Session

FINDINGS_READ = 500
_MONTHS = """
select count(distinct month) from period_total where month between $first and $last and batch_no <= $size
"""

# Quantities in the base unit of their dimension, so that a bill in MWh and one in kWh compare; money stays as given.
_MOVEMENTS = """
with measure as (select * from unit where batch_no = (select max(batch_no) from unit where batch_no <= $size))
select coalesce(facility_id, ''), activity_type,
       case when scope = '2' then 'scope_2_' || method else 'scope_' || scope end as measure, line,
       case when m.dimension = 'money' then unit_given else coalesce(m.base_unit, unit_given) end as unit,
       case when m.dimension = 'money' then '1' else coalesce(m.to_base, '1') end as to_base,
       sum(sign * quantity)::decimal(38,6), sum(total_co2e_kg)
from posted left join measure m on m.unit = unit_given
where book = 'inventory' and scope in ('1', '2', '3') and total_co2e_kg is not null
group by all order by all
"""

_FACTORS = """
with used as (
    select factor_id, activity_type, method, reason_code, flags, sum(total_co2e_kg) as kg
    from posted where book = 'inventory' and factor_id is not null and total_co2e_kg is not null
    group by all having sum(sign) <> 0
),
factor as (
    select * from emission_factor where batch_no <= $size and factor_id in (select factor_id from used)
    qualify row_number() over (partition by factor_id order by batch_no desc, seq desc) = 1
)
select u.factor_id, u.activity_type, u.method, f.per_unit, f.co2e_published_kg_per_unit, f.dataset, f.edition,
       f.verification, coalesce(f.gwp_set, ''), u.reason_code, u.flags, f.source_cell, u.kg
from used u join factor f using (factor_id)
order by abs(u.kg) desc, u.factor_id, u.activity_type, u.method, u.reason_code, u.flags
"""

_DATASETS = """
select dataset, title, publisher, edition, licence, attribution, caveats from factor_dataset
where batch_no <= $size and list_contains($used, dataset)
qualify row_number() over (partition by dataset, edition order by batch_no desc, seq desc) = 1
order by dataset, edition
"""

_ALLOCATIONS = """
select coalesce(f.name, a.facility_id, ''), a.month, a.instrument_id, sum(a.sign * a.kwh)
from allocation a left join facility_name f using (facility_id)
where a.month between $first and $last and a.batch_no <= $size
group by all having sum(a.sign * a.kwh) <> 0 order by 2, 1, 3
"""
_METRICS = """
select distinct name, product from metric
where batch_no <= $size and period_end >= $first and period_start <= $last and name not like '%:%'
  and name not in ('exchange_rate', 'tax_rate', 'revenue_other', 'revenue_statements')
  and name not like 'energy_produced_%' and not list_contains($of_centres, replace(lower(trim(name)), ' ', '_'))
order by name <> 'revenue', name, product nulls first
"""


def make_facility_names(s: Session, size: int) -> dict[str, tuple[str, str]]:
    """Name and country of each facility, latest version; also temp table `facility_name`."""
    s.run(
        "create or replace temp table facility_name as select facility_id, name, country from facility "
        "where batch_no <= $size "
        "qualify row_number() over (partition by facility_id order by valid_from desc, batch_no desc, seq desc) = 1",
        {"size": size},
    )
    rows = s.rows("select facility_id, name, country from facility_name order by facility_id")
    return {row[0]: (row[1], row[2]) for row in rows}


def activity_names(s: Session, size: int) -> dict[str, str]:
    """The plain name of each activity type as published to this ledger."""
    rows = s.rows(
        "select activity_type, name from activity_type where batch_no <= ? "
        "qualify row_number() over (partition by activity_type order by batch_no desc, seq desc) = 1 order by 1",
        [size],
    )
    return dict(rows)


def recorded_at(s: Session, size: int) -> datetime:
    """When the last batch of a checkpoint was recorded, UTC: the time that documents bear."""
    held: datetime = s.one("select recorded_at from batch where batch_no = ?", [size])[0]
    return held.replace(tzinfo=UTC) if held.tzinfo is None else held.astimezone(UTC)


def signing_key_id(s: Session, checkpoint: Checkpoint) -> str | None:
    """The id of the key that signed a checkpoint, as its note beside the ledger has it: 4 bytes in hex.

    None where the note is not kept, or the file of notes cannot be read.
    """
    path = checkpoints_path(s.path)
    try:
        notes = read_notes(path.read_text(encoding="utf-8")) if path.exists() else []
    except ValueError:
        return None
    signatures = [pair for note in notes if note.checkpoint == checkpoint for pair in note.signatures]
    return next((blob[:4].hex() for name, blob in signatures if name == SIGNER), None)


def movements(s: Session, of: Period, view: str, size: int) -> list[Movement]:
    """Quantity and kg CO2e per facility, activity type, measure, line and unit of a period."""
    make_posted(s, of, view, size, by_facility=True)
    return [
        Movement(facility, activity, measure, line, unit, product(quantity, Decimal(to_base)), kg)
        for facility, activity, measure, line, unit, to_base, quantity, kg in s.rows(_MOVEMENTS, {"size": size})
    ]


def factor_uses(s: Session, of: Period, view: str, size: int) -> tuple[FactorUse, ...]:
    """The factors of a period, those with the largest emissions (kg CO2e) first."""
    make_posted(s, of, view, size, by_facility=False)
    found = []
    for row in s.rows(_FACTORS, {"size": size}):
        reason = choice_words(row[9], row[10])
        found.append(FactorUse(*(*row[:9], reason, *row[11:13])))
    return tuple(found)


def choice_words(code: str, flags: str) -> str:
    """Why a factor was chosen, in words: its reason code and its flags."""
    parts = [texts.text_or_code("choice", part) for part in code.split("-")]
    parts += [_flag_words(flag) for flag in flags.split(";") if flag and flag not in code.split("-")]
    return ", ".join(part for part in parts if part)


def _flag_words(flag: str) -> str:
    """A flag in words; some end in a number or a country."""
    for name in ("edition_age", "proxy", "gwp", "rate_of", "price_index_of"):
        if flag.startswith(name + "_") and f"flag_{flag}" not in texts.catalogue():
            return text(f"flag_{name}", value=flag.removeprefix(name + "_").replace("_", " "))
    return texts.text_or_code("flag", flag)


def datasets(s: Session, used: set[str], size: int) -> tuple[DatasetUse, ...]:
    """The source records of the datasets used."""
    rows = s.rows(_DATASETS, {"size": size, "used": sorted(used)})
    return tuple(DatasetUse(*(*row[:6], _caveats(row[6]))) for row in rows)


def _caveats(held: str) -> tuple[str, ...]:
    """The caveats of a dataset, kept as a JSON list."""
    return tuple(str(words) for words in json.loads(held)) if held else ()


def allocations(s: Session, of: Period, size: int) -> tuple[Allocation, ...]:
    """kWh of each instrument per facility and month."""
    make_facility_names(s, size)
    bounds = {"first": of.months[0], "last": of.months[-1], "size": size}
    return tuple(Allocation(*row) for row in s.rows(_ALLOCATIONS, bounds))


def findings(s: Session, size: int) -> tuple[tuple[Finding, ...], int]:
    """The open findings, largest known effect first, and how many more there are."""
    held = sorted(book_findings(s, open_only=True, at=size), key=lambda one: -abs(one.effect_kg or Decimal(0)))
    shown = tuple(
        Finding(one.code, cast("Severity", one.severity), one.message, one.fix, one.file, one.sheet, one.line,
                one.column, one.value, one.entry, one.effect_kg)
        for one in held[:FINDINGS_READ]
    )  # fmt: skip
    return shown, len(held) - len(shown)


def months_held(s: Session, of: Period, size: int) -> int:
    """How many months of a period hold any activity."""
    bounds = {"first": of.months[0], "last": of.months[-1], "size": size}
    return int(s.one(_MONTHS, bounds)[0])


def instruments(s: Session, of: Period, size: int) -> tuple[InstrumentRecord, ...]:
    """The instruments of the period's vintages, rejected ones too; what was used first."""
    held = [
        record
        for record in instrument_register(s, of, size)
        if record.used_in_period_kwh or (record.vintage_start <= of.end and record.vintage_end >= of.start)
    ]
    return tuple(sorted(held, key=lambda record: (not record.used_in_period_kwh, record.status, record.instrument_id)))


def intensities_of(s: Session, of: Period, view: str, size: int, now: Inventory) -> tuple[Intensity, ...]:
    """Per each measure that users uploaded for days of the period; revenue first."""
    metrics = s.rows(_METRICS, {"size": size, "first": of.start, "last": of.end,
                                "of_centres": list(OF_DATA_CENTRES)})  # fmt: skip
    return tuple(
        intensity
        for name, product in metrics
        for intensity in intensities(s, of, name, view, size, product, inventory=now)
    )
