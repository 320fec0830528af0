"""The register of contractual instruments as a report prints it: what each covers, what is left, and what was rejected.

Scope 2 Guidance (2015), chapter 7: an instrument that is not used is kept, and the report says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ledger.calculation.allocation import make_consumption_groups
from ledger.calculation.instruments import CRITERIA, make_instrument_state, short_certificates
from ledger.inventory.compile import checked_size
from ledger.inventory.period import Period
from ledger.inventory.sentence import sentence
from ledger.plain import grouped_amount
from ledger.store import Session

CRITERION_WORDS = (
    "conveys the emission rate of the generation",
    "is the only instrument with that claim",
    "was retired for the company",
    "was issued and redeemed close to the period of consumption",
    "comes from the market of the consumption",
    "rests on delivered energy and on certificates retired for the customers",
    "passed every claim to the company alone",
    "a residual mix is available, or its absence is disclosed",
)
"""The eight quality criteria of table 7.1, short."""

_WORDS = {
    "withdrawn": "it was withdrawn from the register",
    "own_generation_sold": "it is own generation whose certificates were sold: the buyer claims them",
    "no_energy": "it holds no kWh",
    "vintage_backwards": "its vintage ends before it starts",
    "retired_before_issue": "it was retired before it was issued",
    "unretired": "criterion 3 (was retired for the company) is not met: no day of retirement is given",
    "negative_rate": "its emission rate is negative; avoided emissions are no rate",
    "no_rate": "it states no emission rate",
    "no_consumption_in_market": "nothing of its kind of energy was consumed in its market",
    "facility_outside_market": "its market is {own}, and its facility consumes in the market {other}",
    "no_consumption_in_vintage": "nothing was consumed in its market within its vintage",
    "no_consumption_at_facility": "nothing was consumed at its facility within its vintage",
    "over_covering": "these kWh are more than what was left to cover, and cover nothing",
    "untracked": "no registry or no numbers of its certificates are given: it cannot be looked up",
    "not_allotted": "it has not been allotted since it was entered: run ghg calculate",
}


@dataclass(frozen=True, slots=True)
class InstrumentReason:
    """Why an instrument covers nothing or not all that it holds, or what its claim lacks: a code, and the sentence."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class InstrumentRecord:
    """An instrument of the register, with what it covers.

    ``used_kwh`` is all that stands allotted, ``used_in_period_kwh`` the part of it in the months asked for (None where
    no period was), ``left_kwh`` what covers nothing. ``status`` is used, partly_used, unused or rejected.
    """

    instrument_id: str
    type: str
    type_name: str
    facility_id: str | None
    registry: str | None
    certificate_from: str | None
    certificate_to: str | None
    kwh: Decimal
    used_kwh: Decimal
    used_in_period_kwh: Decimal | None
    left_kwh: Decimal
    technology: str
    energy_source: str
    country: str
    market_boundary: str
    plant: str | None
    commissioned: date | None
    vintage_start: date
    vintage_end: date
    issued: date | None
    retired_on: date | None
    beneficiary: str | None
    bundled: bool
    co2e_kg_per_kwh: Decimal | None
    criteria: tuple[str, ...]
    status: str
    reasons: tuple[InstrumentReason, ...]


def instrument_register(s: Session, of: Period | None = None, at: int | None = None) -> tuple[InstrumentRecord, ...]:
    """Every instrument ever entered, as the ledger stood at a size; with a period, those that may concern it.

    An instrument concerns a period where its vintage meets it or where it covers some of it.
    """
    size = checked_size(s, "operational_control", at).size
    make_instrument_state(s, size)
    make_consumption_groups(s, size)
    first, last = (of.months[0], of.months[-1]) if of else (date.min, date.max)
    criteria = ", ".join(CRITERIA)
    rows = s.arrow(
        f"""
        with used as (
            select instrument_id, sum(sign * kwh)::decimal(38,6) as used_kwh,
                   sum(sign * kwh) filter (where month between $first and $last)::decimal(38,6) as in_period,
                   count(distinct (legal_entity_id, facility_id, month, key_no)) as parts
            from allocation where batch_no <= $size group by 1
        ),
        reach as (
            select i.instrument_id,
                   count(*) filter (where g.month between i.vintage_start and i.vintage_end) as in_vintage,
                   count(*) filter (where g.month between i.vintage_start and i.vintage_end and (
                       i.facility_id is null or g.facility_id = i.facility_id or g.contract_id = i.instrument_id
                   )) as in_reach, count(*) as in_market, max(g.numerator // g.denominator + 1) as kwh_per_unit
            from instrument_state i
            join consumption_group g on g.market_boundary = i.market_boundary and g.carrier = i.carrier
            group by 1
        ),
        abroad as (
            select i.instrument_id, min(g.market_boundary) as other_market
            from instrument_state i
            join consumption_group g on g.facility_id = i.facility_id and g.carrier = i.carrier
                 and g.month between i.vintage_start and i.vintage_end and g.market_boundary <> i.market_boundary
            group by 1
        )
        select i.*, [{criteria}] as criteria, coalesce(u.used_kwh, 0) as used_kwh,
               coalesce(u.in_period, 0) as in_period, coalesce(r.in_market, 0) as in_market,
               coalesce(r.in_vintage, 0) as in_vintage, coalesce(r.in_reach, 0) as in_reach, a.other_market,
               (coalesce(u.parts, 0) * coalesce(r.kwh_per_unit, 1))::decimal(38,0) * 0.000001::decimal(7,6) as rounding,
               i.batch_no > coalesce((select max(batch_no) from batch
                                      where kind = 'calculation' and batch_no <= $size), 0) as is_new
        from instrument_state i left join used u using (instrument_id) left join reach r using (instrument_id)
        left join abroad a using (instrument_id)
        where $every or (i.vintage_start <= last_day($last) and i.vintage_end >= $first)
              or coalesce(u.in_period, 0) <> 0
        order by i.vintage_start, i.instrument_id
        """,
        {"first": first, "last": last, "size": size, "every": of is None},
    ).to_pylist()
    return tuple(_record(row, of) for row in rows)


def instrument_entry(s: Session, instrument_id: str) -> str | None:
    """The entry of the last version of an instrument; None where none of that id was entered."""
    found = s.rows(
        "select 'B' || batch_no || '-' || seq from instrument where instrument_id = $id "
        "order by batch_no desc, seq desc limit 1",
        {"id": instrument_id},
    )
    return None if not found else str(found[0][0])


def _record(row: dict[str, Any], of: Period | None) -> InstrumentRecord:
    same = [name for name in InstrumentRecord.__slots__ if name in row and name not in ("criteria", "used_kwh")]
    used, held = row["used_kwh"], row["kwh"]
    # quantities are rounded down to a millionth of their unit, once for each part that is covered
    is_used_up = used >= held or (used > 0 and held - used < row["rounding"])
    status = "rejected" if row["rejected_for"] else "unused" if not used else "used" if is_used_up else "partly_used"
    return InstrumentRecord(
        **{name: row[name] for name in same},
        registry=row["registry_name"],
        used_kwh=used,
        used_in_period_kwh=row["in_period"] if of else None,
        left_kwh=held - used,
        criteria=tuple(row["criteria"]),
        status=status,
        reasons=tuple(_reasons(row, status)),
    )


def _reasons(row: dict[str, Any], status: str) -> list[InstrumentReason]:
    remarks = _remarks(row)
    if status == "used":
        return remarks
    if status == "rejected":
        told = [InstrumentReason(code, _rejection(code)) for code in row["rejected_for"]]
        if row["used_kwh"]:
            told.append(
                InstrumentReason("still_allotted", sentence("kWh of it still stand allotted: run ghg calculate"))
            )
        return told
    code = (
        "not_allotted" if row["is_new"]
        else "facility_outside_market" if row["other_market"] and not row["in_reach"]
        else "no_consumption_in_market" if not row["in_market"]
        else "no_consumption_in_vintage" if not row["in_vintage"]
        else "no_consumption_at_facility" if not row["in_reach"]
        else "over_covering"
    )  # fmt: skip
    words = sentence(_WORDS[code], own=row["market_boundary"], other=row["other_market"])
    return [InstrumentReason(code, words), *remarks]


def _remarks(row: dict[str, Any]) -> list[InstrumentReason]:
    """What a certificate that may be used lacks as proof: registry and numbers, or enough of them for its kWh."""
    if row["class"] != "certificate":
        return []
    numbers = (row["certificate_from"], row["certificate_to"])
    if row["registry_name"] is None or numbers[0] is None:
        return [InstrumentReason("untracked", sentence(_WORDS["untracked"]))]
    short = short_certificates(row["type"], *numbers, row["kwh"])
    if short is None:
        return []
    words = sentence(
        "its {count} numbers are certificates for {kwh} kWh, less than it holds",
        count=grouped_amount(short[0]),
        kwh=grouped_amount(short[0] * short[1]),
    )
    return [InstrumentReason("too_few_certificates", words)]


def _rejection(code: str) -> str:
    """A rejection in words; the criteria are told by what they ask."""
    if code.startswith("double_claimed:"):
        other = code.partition(":")[2]
        return sentence("its certificate numbers are those of {other}, which was entered first", other=other)
    if code.startswith("criterion_"):
        number, _, answer = code.removeprefix("criterion_").partition("_")
        asked = sentence(CRITERION_WORDS[int(number) - 1])
        said = {"not_met": "answered: not met", "na": "answered: na, but it applies"}.get(answer, "not answered")
        return sentence(
            "criterion {number} ({asked}) is not met ({said})", number=number, asked=asked, said=sentence(said)
        )
    return sentence(_WORDS[code])
