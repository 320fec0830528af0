"""Claims: figures of others beside ours. A claim is compared and never posted; a control total is one about a file.

Scope 3 Standard, chapter 7, and ISO 14064-3 ask that figures from outside be held against what the inventory has.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import Any

from ledger import units
from ledger.calculation.policy import policy
from ledger.errors import Finding, Misuse
from ledger.intake.checks.thresholds import thresholds
from ledger.intake.checks.unit_errors import ratio_of
from ledger.inventory.codes import told
from ledger.inventory.compile import checked_size
from ledger.inventory.coverage.implied import absurd, national_factor, quotient
from ledger.inventory.figure import MEASURES, Figure, figure
from ledger.inventory.figure_value import entries_value, figure_value
from ledger.inventory.period import Period, period
from ledger.inventory.sentence import sentence
from ledger.plain import plain_amount
from ledger.store import Session
from ledger.tabular import Tabular

VIEW = "operational_control"

_IN_FORCE = """
select claim_id, about_kind, about, measure, claim_method, claim_boundary, value, unit, period_start, period_end,
       facility_id, tolerance_pct, source, concat('B', batch_no, '-', seq) as entry
from claim where batch_no <= ?
qualify row_number() over (partition by claim_id order by batch_no desc, seq desc) = 1 and not withdrawn
order by claim_id
"""

_STANDING = """
select a.batch_no, a.seq from activity a
left join activity_detail d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
where {condition} and a.batch_no <= $size and a.reverses_batch is null
  and (a.period_end >= $first or $first is null) and (a.period_start <= $last or $last is null)
  and not exists (select 1 from activity r
                  where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq and r.batch_no <= $size)
"""
_ABOUT = {"run": "d.run_id = $about", "product": "(d.product = $about or a.model = $about)",
          "activity": "concat('B', a.batch_no, '-', a.seq) = $about"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """Someone else's figure as it is on record; ``entry`` is its own."""

    claim_id: str
    about_kind: str
    about: str
    measure: str
    method: str | None
    boundary: str | None
    value: Decimal
    unit: str
    period_start: date | None
    period_end: date | None
    facility_id: str | None
    tolerance_pct: Decimal | None
    source: str
    entry: str


@dataclass(frozen=True, slots=True)
class ClaimComparison:
    """A claim beside ours, both in the claim's unit; ``difference`` is the claim less ours.

    ``figure`` names ours: a figure's id, an entry or a batch, at ``checkpoint_size``. ``agrees`` is None where ``why``
    says that the two cannot be compared. ``explanations`` are what is on record of either side that may explain a
    difference.
    """

    claim: Claim
    ours: Decimal | None
    figure: str | None
    checkpoint_size: int
    difference: Decimal | None
    difference_pct: Decimal | None
    tolerance_pct: Decimal
    agrees: bool | None
    why: str
    explanations: tuple[str, ...]

    def finding(self) -> Finding | None:
        """The warning of a claim that differs or cannot be compared; None of one that agrees."""
        if self.agrees is None:
            return told("claim-not-comparable", entry=self.claim.entry, claim=self.claim.claim_id, why=self.why)
        if self.agrees:
            return None
        shown = "—" if self.difference_pct is None else plain_amount(self.difference_pct)
        return told(
            "claim-differs", entry=self.claim.entry, claim=self.claim.claim_id, theirs=plain_amount(self.claim.value),
            unit=self.claim.unit, ours=_short(self.ours or Decimal(0)), difference=shown,
            tolerance=plain_amount(self.tolerance_pct), next=self._next(),
        )  # fmt: skip

    def _next(self) -> str:
        """What to look at: the trace of a figure or an entry, the rows of a file, run or product."""
        if self.claim.about_kind in ("upload", "run", "product"):
            return f"hold the rows of {self.figure} against those of {self.claim.source}"
        return f"ghg trace {self.figure}"


@dataclass(frozen=True, slots=True)
class Claims(Tabular):
    """Every claim in force beside ours, and what is to be looked at."""

    ROWS = "comparisons"

    comparisons: tuple[ClaimComparison, ...]
    findings: tuple[Finding, ...]
    checkpoint_size: int


@dataclass(frozen=True, slots=True)
class _Ours:
    """Our value in our unit (kgCO2e, kWh, rows …), and what names it."""

    value: Decimal | None
    unit: str
    name: str


def compare_claims(s: Session, of: Period | None = None, at: int | None = None) -> Claims:
    """The claims in force, all or those that touch a period, compared as the ledger stood at a size (now when None).

    Raises Misuse for a size that the ledger has not reached. What cannot be compared is told, not raised.
    """
    size = checked_size(s, VIEW, at).size
    limits = thresholds(s)
    claims = [claim for row in s.rows(_IN_FORCE, [size]) if _touches(s, claim := Claim(*row), of)]
    compared = tuple(_compared(s, claim, size, limits["claim_tolerance_pct"]) for claim in claims)
    findings = [found for one in compared if (found := one.finding()) is not None]
    findings += _implied(s, compared, size, limits["implied_factor_ratio"])
    return Claims(compared, tuple(findings), size)


def _short(value: Decimal) -> str:
    """At three decimals at most, for a message."""
    whole = value == value.to_integral_value()
    return plain_amount(value if whole else value.quantize(Decimal("0.001")))


def _touches(s: Session, claim: Claim, of: Period | None) -> bool:
    if of is None:
        return True
    span = _span(s, claim)
    return span is None or (span.start <= of.end and span.end >= of.start)


def _span(s: Session, claim: Claim) -> Period | None:
    """The days that a claim is about; None where it names none, or none that is a period of ours."""
    try:
        if claim.period_start and claim.period_end:
            return period(f"{claim.period_start}..{claim.period_end}")
        if claim.about_kind == "period":
            return period(claim.about, policy(s).fiscal_month)
        if claim.about_kind == "figure":
            return period(figure(claim.about).period, policy(s).fiscal_month)
    except Misuse:
        return None
    return None


def _compared(s: Session, claim: Claim, size: int, usual_tolerance: Decimal) -> ClaimComparison:
    tolerance = usual_tolerance if claim.tolerance_pct is None else claim.tolerance_pct
    try:
        ours = _ours(s, claim, size)
        value = None if ours.value is None else _in_unit(ours.value, ours.unit, claim.unit)
    except Misuse as fault:
        return _incomparable(claim, size, tolerance, str(fault))
    if value is None:
        return _incomparable(claim, size, tolerance, sentence("the ledger has nothing quantified for it"), ours.name)
    with localcontext() as context:
        context.prec = 40
        difference = claim.value - value
        share = difference * 100 / value if value else None
    agrees = abs(difference) * 100 <= tolerance * abs(value)
    why = () if agrees else _explanations(s, claim, size)
    shown = None if share is None else share.quantize(Decimal("0.01"))
    return ClaimComparison(claim, value, ours.name, size, difference, shown, tolerance, agrees, "", why)


def _incomparable(claim: Claim, size: int, tolerance: Decimal, why: str, name: str | None = None) -> ClaimComparison:
    return ClaimComparison(claim, None, name, size, None, None, tolerance, None, why, ())


def _ours(s: Session, claim: Claim, size: int) -> _Ours:
    """Our own value of what a claim is about. Raises Misuse, in words for its author, where there is none to name."""
    if claim.about_kind == "upload":
        return _of_upload(s, claim, size)
    if claim.about_kind in _ABOUT:
        return _of_entries(s, claim, size)
    named = figure(claim.about) if claim.about_kind == "figure" else _figure_of(s, claim, size)
    return _Ours(figure_value(s, named), _unit_of(named.measure), str(named))


def _figure_of(s: Session, claim: Claim, size: int) -> Figure:
    """The figure that a claim about a period or a facility means: the measure, cut by the facility."""
    span = _span(s, claim)
    if span is None:
        raise Misuse("it names no period of whole months", "give period_start and period_end")
    facility = claim.about if claim.about_kind == "facility" else claim.facility_id
    if facility and not s.rows("select 1 from facility where facility_id = ? limit 1", [facility]):
        raise Misuse(f"facility '{facility}' is not known", "write the facility's id")
    named = figure(f"{span.label}/{VIEW}/{_known_measure(claim.measure)}@{size}")
    cuts = {**named.cuts, "facility": facility} if facility else named.cuts
    return Figure(named.period, named.view, named.measure, size, cuts)


def _known_measure(text: str) -> str:
    """The measure, with its cuts. Raises Misuse for one that the inventory does not have."""
    if text.split("/", maxsplit=1)[0] not in MEASURES:
        raise Misuse(f"'{text}' is not a measure of the inventory", "take one of: " + ", ".join(MEASURES))
    return text


def _unit_of(measure: str) -> str:
    return "kWh" if measure == "energy_kwh" else "kgCO2e"


def _of_entries(s: Session, claim: Claim, size: int) -> _Ours:
    """Ours of a run, a product or one entry: its quantity, or a measure of the inventory over its rows."""
    entries = _STANDING.format(condition=_ABOUT[claim.about_kind])
    given = {"about": claim.about, "size": size, "first": claim.period_start, "last": claim.period_end}
    if not s.one(f"select count(*) from ({entries})", given)[0]:
        raise Misuse(f"the ledger has no standing row of {claim.about_kind} '{claim.about}'", "check its name")
    if claim.measure == "quantity":
        return _Ours(_quantity_of(s, entries, given, claim.unit), claim.unit, claim.about)
    value = entries_value(s, entries, given, _known_measure(claim.measure), size)
    return _Ours(value, _unit_of(claim.measure), claim.about)


def _of_upload(s: Session, claim: Claim, size: int) -> _Ours:
    """The rows, or the sum of quantities, that a file or batch brought; reversals of it do not change what came."""
    batches = s.rows(
        "select batch_no, control_totals from batch where batch_no <= ? and kind = 'upload' "
        "and (source_name = ? or 'B' || batch_no = ?) order by batch_no desc limit 1",
        [size, claim.about, claim.about],
    )
    if not batches:
        raise Misuse(f"no file '{claim.about}' was uploaded", "name the file as uploaded, or its batch, like B12")
    batch_no, totals = batches[0]
    entries = "select batch_no, seq from activity where batch_no = $batch and reverses_batch is null"
    given = {"batch": batch_no}
    if claim.measure == "rows":
        rows = int(s.one(f"select count(*) from ({entries})", given)[0]) or int(json.loads(totals).get("rows", 0))
        return _Ours(Decimal(rows), claim.unit, f"B{batch_no}")
    if claim.measure != "quantity":
        raise Misuse(f"'{claim.measure}' is not counted of a file", "take rows or quantity")
    return _Ours(_quantity_of(s, entries, given, claim.unit), claim.unit, f"B{batch_no}")


def _quantity_of(s: Session, entries: str, given: Mapping[str, Any], unit: str) -> Decimal | None:
    """The sum of quantities in a unit, over the rows whose unit is of its dimension; None where no row is."""
    code = _code(unit)
    rows = s.rows(
        f"select a.unit_given, sum(a.quantity) from ({entries}) n "
        "join activity a on a.batch_no = n.batch_no and a.seq = n.seq group by 1 order by 1",
        dict(given),
    )
    alike = [(held, amount) for held, amount in rows if units.dimension(held) == units.dimension(code)]
    if not alike:
        return None
    with localcontext() as context:
        context.prec = 60
        return sum((amount * units.conversion(held, code) for held, amount in alike), Decimal(0))


def _code(unit: str) -> str:
    code = units.code_of(unit)
    if code is None:
        raise Misuse(f"its unit '{unit}' is not known", "write a unit of the table, like t, kgCO2e or kWh")
    return code


def _in_unit(value: Decimal, ours: str, theirs: str) -> Decimal:
    """Our value in the claim's unit; a mass is taken for one of CO2e. Raises Misuse for two dimensions."""
    if ours == theirs:
        return value
    code = _code(theirs)
    if ours == "kgCO2e" and units.dimension(code) == "mass":
        ours = "kg"
    with localcontext() as context:
        context.prec = 40
        return value * units.conversion(ours, code)


def _explanations(s: Session, claim: Claim, size: int) -> tuple[str, ...]:
    """What is on record that may explain a difference: method and boundary of the claim, estimates and gaps of ours."""
    found: list[str] = []
    if claim.method and claim.method not in claim.measure:
        found.append(
            sentence(
                "the claim's method is {method}, the measure is {measure}", method=claim.method, measure=claim.measure
            )
        )
    if claim.boundary:
        found.append(sentence("the claim's boundary: {boundary}", boundary=claim.boundary))
    span = _span(s, claim)
    if span is not None and claim.about_kind in ("period", "facility"):
        facility = claim.about if claim.about_kind == "facility" else claim.facility_id
        count = s.one(
            "select count(*) from activity where data_basis in ('estimated', 'proxy') and reverses_batch is null "
            "and batch_no <= ? and period_start <= ? and period_end >= ? and (facility_id = ? or ?::varchar is null)",
            [size, span.end, span.start, facility, facility],
        )[0]
        if count:
            found.append(sentence("{count} of our rows in it are estimates", count=count))
    return tuple(found)


def _implied(s: Session, compared: Iterable[ClaimComparison], size: int, times: Decimal) -> list[Finding]:
    """Claims of emissions and of energy by one source about one thing: the factor between them against ours."""
    listed = list(compared)
    energy = {_about(one.claim): one for one in listed if one.claim.measure == "energy_kwh"}
    found = []
    for one in listed:
        beside = energy.get(_about(one.claim))
        if beside is None or one.claim.measure == "energy_kwh" or one.claim.measure.split("/")[0] not in MEASURES:
            continue
        try:
            kg = _to_ours(one.claim, "kgCO2e")
            kwh = _to_ours(beside.claim, "kWh")
        except Misuse:
            continue
        known = _known_factor(s, one, beside, size)
        if kwh <= 0 or known is None:
            continue
        implied, (kg_per_kwh, whose) = quotient(kg, kwh), known
        low_is_fine = one.claim.measure == "scope_2_market" and implied < kg_per_kwh
        if absurd(implied, kg_per_kwh, times) and not low_is_fine:
            found.append(told(
                "claim-implied-factor", entry=one.claim.entry, claim=one.claim.claim_id, kg=plain_amount(kg),
                kwh=plain_amount(kwh), source=f"claim {beside.claim.claim_id}", implied=plain_amount(implied),
                ratio=plain_amount(ratio_of(implied, kg_per_kwh)), whose=whose, known=plain_amount(kg_per_kwh),
            ))  # fmt: skip
    return found


def _about(claim: Claim) -> tuple[object, ...]:
    return (claim.about_kind, claim.about, claim.period_start, claim.period_end, claim.facility_id, claim.source)


def _to_ours(claim: Claim, ours: str) -> Decimal:
    """The claim's value in our unit."""
    with localcontext() as context:
        context.prec = 40
        return claim.value / _in_unit(Decimal(1), ours, claim.unit)


def _known_factor(
    s: Session, emissions: ClaimComparison, energy: ClaimComparison, size: int
) -> tuple[Decimal, str] | None:
    """Kg CO2e per kWh of ours for the same thing, else of the country's grid; and whose it is, in words."""
    if emissions.ours and energy.ours:
        kg = emissions.ours / _in_unit(Decimal(1), "kgCO2e", emissions.claim.unit)
        kwh = energy.ours / _in_unit(Decimal(1), "kWh", energy.claim.unit)
        return quotient(kg, kwh), "ours"
    claim = emissions.claim
    facility = claim.about if claim.about_kind == "facility" else claim.facility_id
    countries = s.rows("select arg_max(country, (valid_from, batch_no, seq)) from facility where facility_id = ? "
                       "having count(*) > 0", [facility])  # fmt: skip
    if not countries or claim.period_start is None:
        return None
    national = national_factor(s, countries[0][0], claim.period_start.year, size)
    return None if national is None else (national[1], f"the factor of {countries[0][0]}")
