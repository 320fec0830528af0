"""Issued reports: of approved figures, by a reviewer, kept whole, and with the figures that the ledger gives.

Headline figures are made from rows, slices, allocations and choices as they stood at the report's checkpoint, by
statements of this module and of :mod:`ledger.assurance.checks.periods`. Shares of a view are those that holdings and
leases give (:mod:`ledger.inventory.boundaries.boundary`); what is multiplied by them and summed is our own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from functools import cache, partial
from typing import Any, TypeAlias

from ledger.assurance.checks.periods import Digests, PeriodStep, counted_as_of, period_steps
from ledger.assurance.tracing.read_back import json_figures, readers
from ledger.assurance.verification import Faults
from ledger.inventory.boundaries.boundary import BoundaryPart
from ledger.inventory.period import Period
from ledger.inventory.posted import boundary_at_pins, make_pins
from ledger.plain import plain_amount
from ledger.store import Session
from ledger.store.evidence import evidence_folder

_APPROVED = ("approved", "closed", "restated")
_INVENTORIES = ("current", "comparative", "year_to_date")
"""Inventories of a report that are made again; that of the base year may have the structure of another day."""
_TOLERANCE_KG = Decimal("1e-12")
"""Where a view takes shares each product is rounded at its 18th decimal; without shares nothing may differ."""
_SUMS = """
select q.month, q.legal_entity_id, q.facility_id, c.scope, c.method, c.scope3_category,
       sum((c.sign * q.quantity * c.total_co2e_kg_per_unit::decimal(20,12))::decimal(38,18))
from counted q
join event_pin p on p.month = q.month and p.legal_entity_id is not distinct from q.legal_entity_id
join choice c on c.key_no = q.key_no and c.instrument_id is not distinct from q.instrument_id
where q.batch_no <= if(q.allocated, p.allocation_pin, p.pin)
  and c.batch_no <= if(c.instrument_id is null, p.pin, greatest(p.pin, p.allocation_pin))
  and (not q.allocated or (c.method = 'market' and c.line = 'energy'))
  and c.book = 'inventory' and c.scope in ('1', '2', '3') and c.total_co2e_kg_per_unit is not null
group by all
"""

_Headlines: TypeAlias = tuple[dict[tuple[str, int | None], Decimal | None], bool]
"""Measure and Scope 3 category → kg CO2e, and whether none is shared."""


@dataclass(frozen=True, slots=True)
class _Report:
    """A row of `issued_report` with what its header says."""

    batch_no: int
    seq: int
    start: date
    end: date
    view: str
    size: int
    root: str
    software: str
    template: str
    inputs: str
    files: str
    kind: str
    role: str

    @property
    def entry(self) -> str:
        return f"B{self.batch_no}-{self.seq}"


def check_reports(s: Session, roots: Sequence[str], since: int, faults: Faults) -> None:
    """Every report issued after a batch. ``roots`` are those of the log at every size, hex."""
    reports = [
        _Report(*row)
        for row in s.rows(
            "select r.batch_no, r.seq, r.period_start, r.period_end, r.view, r.checkpoint_size, r.checkpoint_root, "
            "r.software_version, r.template_version, r.inputs_sha256, r.files, coalesce(b.kind, ''), "
            "coalesce(b.role, '') from issued_report r left join batch b using (batch_no) "
            "where r.batch_no > ? order by 1, 2",
            [since],
        )
    ]
    if not reports:
        return
    steps = period_steps(s)
    digests, headlines = Digests(s, steps), cache(partial(headline_figures, s))
    for report in reports:
        _check_approval(s, report, steps, digests, faults)
        documents = _check_files(s, report, roots, faults)
        if documents:
            _check_figures(report, documents, headlines, faults)


def _check_approval(
    s: Session, report: _Report, steps: list[PeriodStep], digests: Digests, faults: Faults
) -> None:
    """At the report's checkpoint its period was approved, with the figures that it had then; a reviewer issued it."""

    def tell(words: str) -> None:
        faults.add("report-unapproved", f"{report.entry}: {words}", entry=report.entry)

    told = f"the report of {report.start} to {report.end} ({report.view})"
    if report.kind != "issue" or report.role != "reviewer":
        tell(f"{told} was issued by a {report.role or 'nobody'}, in an act of kind '{report.kind}'")
    lives: dict[tuple[Any, ...], PeriodStep] = {}
    for step in steps:
        if step.batch_no <= report.size and step.view in (report.view, "all"):
            lives[step.of] = step
    standing = [step for step in lives.values() if step.event in _APPROVED]
    used: dict[str, PeriodStep] = {}
    for month in Period(report.start, report.end, "").months:
        over = [step for step in standing if step.start <= month and _month_end(month) <= step.end]
        missing = _not_covered(s, month, report.size, over)
        if missing is not None:
            tell(f"{told} was issued although {month:%Y-%m}{missing} was not approved at {report.size}")
            return
        used |= {step.entry: step for step in over}
    for step in used.values():
        if digests.of(replace(step, batch_no=report.size, pin=report.size)) != step.digest:
            tell(f"{told} is not of the figures that were {step.event} ({step.entry}): they had moved at {report.size}")


def _not_covered(s: Session, month: date, size: int, over: Iterable[PeriodStep]) -> str | None:
    """Whose month nobody approved; None where it is all approved."""
    entities = {step.entity for step in over}
    if None in entities or not entities:
        return None if entities else ""
    rows = s.rows(
        "select distinct legal_entity_id from activity where month = ? and batch_no <= ? "
        "union select distinct a.legal_entity_id from activity_slice c "
        "join activity a on a.batch_no = c.activity_batch and a.seq = c.activity_seq "
        "where c.month = ? and c.batch_no <= ?",
        [month, size, month, size],
    )
    missing = sorted({row[0] or "" for row in rows} - {entity or "" for entity in entities})
    return (f" of {missing[0]}" if missing[0] else "") if missing else None


def _month_end(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _check_files(s: Session, report: _Report, roots: Sequence[str], faults: Faults) -> dict[str, bytes]:
    """Files and inputs are in evidence and say what the row says; gives the bytes that can be read, by format."""

    def tell(words: str) -> None:
        faults.add("report-files", f"{report.entry}: {words}", entry=report.entry)

    if not 0 < report.size < report.batch_no or report.size >= len(roots) or roots[report.size] != report.root:
        tell(f"its checkpoint of size {report.size} is not one of this ledger before it was issued")
    try:
        files = {str(name): str(sha256) for name, sha256 in json.loads(report.files).items()}
    except (ValueError, AttributeError):
        tell("its list of files cannot be read")
        return {}
    listed = {row[0] for row in s.rows("select sha256 from evidence where batch_no <= ?", [report.batch_no])}
    for name, sha256 in {**files, "inputs": report.inputs}.items():
        if sha256 not in listed:
            tell(f"{name} ({sha256}) is not among the documents that the ledger lists")
    kept = {name.rpartition(".")[2]: _kept(s, sha256) for name, sha256 in files.items()}
    inputs = _kept(s, report.inputs)
    if inputs is not None:
        _check_inputs(report, inputs, tell)
    if "json" not in kept:
        tell("no JSON is among its files, so that its figures cannot be held against the ledger")
    return {name: content for name, content in kept.items() if content is not None}


def _check_inputs(report: _Report, content: bytes, tell: Any) -> None:
    """The inputs say what the row says of them."""
    try:
        held = json.loads(content)
        told = {
            "period": (held["period"]["start"], held["period"]["end"]), "view": held["view"],
            "checkpoint": (held["checkpoint"]["size"], held["checkpoint"]["root"]),
            "software": held["software_version"], "template": held["template"]["version"],
        }  # fmt: skip
    except (ValueError, KeyError, TypeError):
        tell("its inputs cannot be read")
        return
    wanted = {
        "period": (report.start.isoformat(), report.end.isoformat()), "view": report.view,
        "checkpoint": (report.size, report.root), "software": report.software, "template": report.template,
    }  # fmt: skip
    for name, value in wanted.items():
        if told[name] != value:
            tell(f"its inputs name another {name}: {told[name]}, not {value}")


def _kept(s: Session, sha256: str) -> bytes | None:
    """The bytes kept under a digest; None where they are gone or others, which is told with the evidence."""
    path = evidence_folder(s.path) / sha256
    content = path.read_bytes() if path.is_file() else b""
    return content if hashlib.sha256(content).hexdigest() == sha256 else None


def _check_figures(
    report: _Report,
    documents: dict[str, bytes],
    headlines: Callable[[Period, str, int], _Headlines],
    faults: Faults,
) -> None:
    """The headline figures of the JSON against the ledger, and the other documents against the JSON."""

    def tell(code: str, words: str) -> None:
        faults.add(code, f"{report.entry}: {words}", entry=report.entry)

    told: dict[str, str | None] = {}
    if "json" in documents:
        try:
            told = json_figures(documents["json"])
            document = json.loads(documents["json"])
            held = document["checkpoint"]["size"], document["checkpoint"]["root"]
            asked = [one for one in (document["inventories"][name] for name in _INVENTORIES) if one is not None]
            periods = [
                Period(date.fromisoformat(one["period"]["start"]), date.fromisoformat(one["period"]["end"]),
                       one["period"]["label"]) for one in asked
            ]  # fmt: skip
        except (ValueError, KeyError, TypeError) as fault:
            tell("report-files", f"its JSON cannot be read ({fault})")
            return
        if held != (report.size, report.root) or (periods[0].start, periods[0].end) != (report.start, report.end):
            tell("report-files", "its JSON is of another checkpoint or period than its row")
        for of, one in zip(periods, asked, strict=True):
            _check_headlines(headlines(of, report.view, report.size), report, of, (one, told), tell)
    for form, read in readers().items():
        if form in documents:
            _check_agreement(form, read, documents[form], told, tell)


def _check_headlines(
    headlines: _Headlines, report: _Report, of: Period, said: tuple[dict[str, Any], dict[str, str | None]], tell: Any
) -> None:
    """The headline figures of one inventory, as its record and its ids give them, against those made here."""
    inventory, by_id = said
    made, whole = headlines
    for (measure, category), kg in made.items():
        cut = f"/category={category}" if category else ""
        name = f"{of.label}/{report.view}/{measure}{cut}@{report.size}"
        held = inventory["scope_3_categories"].get(str(category)) if category else inventory.get(measure)
        values = [held, by_id[name]] if name in by_id or not category else [held]
        if not category and name not in by_id:
            tell("report-figures", f"{name} is not among the figures of the report")
            values = [held]
        for value in values:
            if not _agree(value, kg, whole=whole):
                now = "not quantified" if kg is None else plain_amount(kg)
                tell("report-figures", f"{name} is {value} in the report, and {now} in the ledger at {report.size}")
                break


def _agree(said: str | None, kg: Decimal | None, *, whole: bool) -> bool:
    if said is None or kg is None:
        return said is None and kg is None
    try:
        return abs(Decimal(said) - kg) <= (0 if whole else _TOLERANCE_KG)
    except ArithmeticError:
        return False


def _check_agreement(form: str, read: Any, content: bytes, told: dict[str, str | None], tell: Any) -> None:
    """What another document says of a figure is what the JSON says."""
    try:
        found = read(content)
    except ValueError as fault:
        tell("report-files", f"its {form.upper()} cannot be read ({fault})")
        return
    for name, values in found.items():
        others = [value for value in values if value != told.get(name)]
        if others:
            tell("report-files", f"{name} is {others[0]} in the {form.upper()}, and {told.get(name)} in the JSON")


def headline_figures(s: Session, of: Period, view: str, size: int) -> _Headlines:
    """Scopes, totals by both methods and Scope 3 categories (measure, category) in kg CO2e, and whether none is shared.

    As the ledger stood at a size; None where nothing has an amount.
    """
    counted_as_of(s, of.start, of.end, view, size)
    rows = s.rows(_SUMS)
    make_pins(s, of, view, size)
    found = boundary_at_pins(s, of, view, size)
    lines = [(scope, method, category, kg) for _, _, _, scope, method, category, kg in rows]
    with localcontext() as context:
        context.prec = 60
        if not found.is_whole:
            lines = _shared(rows, found.parts())
        return _measures(lines), found.is_whole


def _shared(
    rows: Sequence[tuple[Any, ...]], parts: Sequence[BoundaryPart]
) -> list[tuple[str, str, int | None, Decimal]]:
    """Each sum times its share, in the scope and category where the view puts it."""
    by_place: dict[tuple[str | None, str | None], list[BoundaryPart]] = {}
    for part in parts:
        if not part.left_out:
            by_place.setdefault((part.given_entity, part.facility_id), []).append(part)
    made: list[tuple[str, str, int | None, Decimal]] = []
    for month, entity, facility, scope, method, category, kg in rows:
        applies = "own" if scope in ("1", "2") else "upstream" if category == 3 else "other"
        for part in by_place.get((entity, facility), ()):
            if part.applies != applies or not part.first_month <= month <= part.last_month:
                continue
            if part.scope3_category is None:
                made.append((scope, method, category, kg * part.share))
            elif method != "market":
                made.append(("3", "single", part.scope3_category, kg * part.share))
    return made


def _measures(
    lines: Sequence[tuple[str, str, int | None, Decimal]],
) -> dict[tuple[str, int | None], Decimal | None]:
    """The headline figures of lines of scope, method, category and kg."""

    def total(scopes: str, method: str | None = None, category: int | None = None) -> Decimal | None:
        own = [
            kg for scope, how, of, kg in lines
            if scope in scopes and (scope != "2" or how == method) and category in (None, of)
        ]  # fmt: skip
        return sum(own, Decimal(0)) if own else None

    made: dict[tuple[str, int | None], Decimal | None] = {
        ("scope_1", None): total("1"), ("scope_3", None): total("3"),
    }  # fmt: skip
    for method in ("location", "market"):
        made[f"scope_2_{method}", None] = total("2", method)
        made[f"total_{method}", None] = total("123", method)
    return made | {("scope_3", category): total("3", None, category) for category in range(1, 16)}
