"""Trace: a figure down to its postings, factors, activities, batches, files and lines; or one entry, both ways."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from ledger.assurance.reviewing.review import review_lines
from ledger.assurance.tracing.largest import ACTIVITIES, ROWS, make_largest_rows
from ledger.calculation.policy import policy
from ledger.calculation.reasons import gap_in_words, reason_in_words
from ledger.errors import Misuse
from ledger.inventory import Figure, Period, figure, period
from ledger.inventory.compile import GASES, MEASURE_FILTER, checked_size
from ledger.inventory.lines import largest_lines
from ledger.inventory.of_models import CUTS, checked_cuts, model_value, rows_sql
from ledger.inventory.posted import make_posted
from ledger.store import Arrow, Session
from ledger.tabular import Tabular

_COLUMNS = {
    "category": "scope3_category",
    "sub_line": "sub_line",
    "facility": "facility_id",
    "month": "{month}",
    "activity_type": "{activity_type}",
    "source_type": "source_type",
    "energy_source": "energy_source",
    "legal_entity": "entity",
    "iso_category": "iso_category",
    "scope": "scope",
    "country": "{country}",
}
OF_MODELS = set(CUTS)


# What three columns are called where sums are read, where keys are, and where single postings are.
IN_POSTED = {"month": "month", "activity_type": "activity_type", "country": "country"}
IN_KEYS = {"month": "k.month", "activity_type": "k.activity_type", "country": "k.country"}
IN_LINES = {
    "month": "q.month",
    "activity_type": "(select k.activity_type from choice_key k where k.key_no = q.key_no)",
    "country": "(select k.country from choice_key k where k.key_no = q.key_no)",
}


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One posting: the amount, how it was made, and where each of its parts comes from."""

    amount: Decimal | None
    formula: str
    reason: str
    source: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trace(Tabular):
    """A figure or an entry, its largest lines, and what the lines not shown add up to."""

    ROWS = "lines"

    what: str
    value: Decimal | None
    unit: str
    lines: tuple[TraceLine, ...]
    postings: int
    rest: Decimal
    facts: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The trace as JSON values, amounts as plain text."""
        from ledger.plain import plain

        made: dict[str, Any] = plain(self)
        return made


def trace(s: Session, what: str, *, limit: int = 20, first: int = 0) -> Trace:
    """Follow a figure's id (`2026-Q3/operational_control/scope_1@14`) or an entry (`B12-3`).

    The shown lines and the rest add up to the figure exactly; of a figure ``first`` lines, the largest, may be left to
    the rest. Raises Misuse where the text is neither, or where
    the ledger has not reached the size that the figure names.
    """
    from ledger.assurance.tracing.entry import is_entry, traced_entry

    if is_entry(what):
        return traced_entry(s, what, limit)
    return _traced_figure(s, what, limit, first)


def _traced_figure(s: Session, what: str, limit: int, first: int) -> Trace:
    named = figure(what)
    of = period(named.period, policy(s).fiscal_month)
    size = checked_size(s, named.view, named.size).size
    amount, on_choice, on_row, texts = selection(named)
    condition = f"{on_choice} and {on_row}"
    column = f"{amount}_per_unit"
    selected = condition.format(**IN_LINES)
    if OF_MODELS & set(named.cuts):
        value, postings = _value_of_model(s, of, named, size, condition, texts)
        table = largest_lines(s, of, column, selected, texts, limit, by_share=True, first=first)
        return _trace_of(s, what, named, of, size, amount, value, postings, table)
    value, postings, whole = posted_value(s, of, named, size, amount, condition, texts)
    if whole:
        make_largest_rows(s, column, on_choice.format(**IN_KEYS), on_row, texts, first + limit)
        table = largest_lines(
            s, of, column, selected, texts, limit, rows=ROWS, activities=ACTIVITIES, first=first
        )  # fmt: skip
    else:
        table = largest_lines(s, of, column, selected, texts, limit, by_share=True, first=first)
    return _trace_of(s, what, named, of, size, amount, value, postings, table)


def _trace_of(
    s: Session, what: str, named: Figure, of: Period, size: int, amount: str, value: Decimal | None, postings: int,
    table: Arrow,
) -> Trace:  # fmt: skip
    """The figure with its lines; the rest is what they leave of it."""
    lines = tuple(trace_line(row, "kWh" if amount == "energy_kwh" else "kg") for row in table.to_pylist())
    with localcontext() as context:
        context.prec = 60
        shown = sum((line.amount for line in lines if line.amount is not None), Decimal(0))
        rest = (value or Decimal(0)) - shown
    facts = {"period": f"{of.start} to {of.end}", "view": named.view, "measure": named.measure, "checkpoint": size}
    if said := review_lines(s, (what,)):
        facts["review"] = said
    unit = "kWh" if amount == "energy_kwh" else "kg CO2" if amount == "biogenic_co2_kg" else "kg CO2e"
    return Trace(what, value, unit, lines, postings, rest, facts)


def selection(named: Figure) -> tuple[str, str, str, dict[str, str]]:
    """The amount a figure sums, which choices and which rows it takes, and the texts of these conditions by name."""
    amount, condition = "total_co2e_kg", MEASURE_FILTER.get(named.measure, "true")
    if named.measure == "biogenic_co2_kg":
        amount, condition = "biogenic_co2_kg", "method <> 'market'"
    elif named.measure == "energy_kwh":
        amount = "energy_kwh"
    texts, on_row = {}, "true"
    for dimension, value in named.cuts.items():
        if dimension == "gas":
            amount = _gas_amount(value)
            continue
        texts[f"cut_{dimension}"] = value
        if dimension in OF_MODELS:
            continue
        cut = f"coalesce({_COLUMNS[dimension]}::varchar, '') = $cut_{dimension}"
        if dimension == "facility":
            on_row = cut
        else:
            condition += f" and {cut}"
    if OF_MODELS & set(named.cuts):
        checked_cuts(named.measure, named.cuts)
        on_row = rows_sql("q.activity_batch", "q.activity_seq", named.cuts)
    return amount, f"book = 'inventory' and {condition}", on_row, texts


def _gas_amount(gas: str) -> str:
    if gas == "unsplit":
        return "unsplit_co2e_kg"
    if gas not in GASES:
        raise Misuse(f"'{gas}' is not a gas of the report", "gases: " + ", ".join(GASES) + ", unsplit")
    return GASES[gas][1]


def posted_value(
    s: Session, of: Period, named: Figure, size: int, amount: str, condition: str, texts: dict[str, str]
) -> tuple[Decimal | None, int, bool]:
    """The figure from the fold, how many postings stand behind it, and whether all count as they are posted."""
    by_entity = "legal_entity" in named.cuts
    found = make_posted(s, of, named.view, size, by_facility="facility" in named.cuts, by_entity=by_entity)
    row = s.one(
        f"select sum({amount}), coalesce(sum(case when allocated then 1 else abs(n) end) "
        f"filter (where {amount} is not null), 0)::bigint "
        f"from posted where {condition.format(**IN_POSTED)}",
        texts,
    )
    return row[0], int(row[1]), found.is_whole and not by_entity


def _value_of_model(
    s: Session, of: Period, named: Figure, size: int, condition: str, texts: dict[str, str]
) -> tuple[Decimal | None, int]:
    """The figure of a model or stage, and how many postings of its runs stand behind it; certificates are no such."""
    value = model_value(s, of, named.view, size, named.measure, named.cuts)
    counted = s.one(
        "select count(*) from quantity_row q "
        "join pin p on p.month = q.month and p.legal_entity_id is not distinct from q.legal_entity_id "
        "join choice c on c.key_no = q.key_no and c.instrument_id is null and c.batch_no <= p.pin "
        f"where q.quantity_batch <= p.pin and not q.allocated and c.total_co2e_kg_per_unit is not null and {condition}",
        texts,
    )
    return value, int(counted[0])


def trace_line(row: dict[str, Any], unit: str) -> TraceLine:
    """One posting in words: quantity times kg per unit, the reason, and the place it came from."""
    from ledger.plain import plain_amount

    source, told = _source(row), {name: value for name, value in row.items() if value is not None}
    if row["amount"] is None:
        reason = gap_in_words(row["reason_code"])
        return TraceLine(None, f"{plain_amount(row['quantity'])} {row['unit']}, not quantified", reason, source, told)
    sign = "-1 × " if row["sign"] == -1 else ""
    counted = row.get("share", Decimal(1))  # an entry of its own is told whole: its share is a matter of the view
    share = "" if counted == 1 else f" × {plain_amount(counted)}"
    with localcontext() as context:
        context.prec = 80
        exact = row["sign"] * row["quantity"] * row["per_unit"] * counted == row["amount"]
    formula = (
        f"{sign}{plain_amount(row['quantity'])} {row['unit']} × {plain_amount(row['per_unit'])} {unit}/{row['unit']}"
        f"{share} {'=' if exact else '≈'} {plain_amount(row['amount'])} {unit}"
    )
    return TraceLine(
        amount=row["amount"],
        formula=formula,
        reason=reason_in_words(row["reason_code"], row["flags"]),
        source=source,
        details=told,
    )


def _source(row: dict[str, Any]) -> str:
    """File, sheet, line and, of a row made of one cell, its column; or the allocation that moved the quantity."""
    if row["entry"] is None:
        return f"allocation of batch {row['quantity_batch']}"
    if row["source_file"] is None:
        return f"entry {row['entry']}"
    sheet = f", sheet {row['sheet']}" if row["sheet"] else ""
    column = f", column {row['source_column']}" if row.get("source_column") else ""
    return f"{row['source_file']}{sheet}, line {row['source_line']}{column}"


def _share_words(details: dict[str, Any]) -> str:
    """At which share a line counts, and whether the view puts it elsewhere; nothing where it counts whole in place."""
    from ledger.inventory.boundaries.structure import percent

    share, placement = details.get("share", Decimal(1)), details.get("placement", "inside")
    moved = "" if placement == "inside" else ", moved there by the view"
    return (f", counts at {percent(share)}" if share != 1 else "") + moved


def rendered(found: Trace) -> Any:
    """The trace for a terminal: the figure, its largest lines with formula, reason and place, and the rest."""
    from rich.console import Group
    from rich.text import Text

    from ledger.plain import plain, plain_amount

    parts: list[Text] = [Text(found.what, style="bold")]
    if found.value is not None:
        parts.append(Text(f"{plain_amount(found.value)} {found.unit} from {found.postings} postings", style="bold"))
    elif not found.lines:
        parts.append(Text("no amount: not quantified, or an entry that is no activity"))
    if found.value is None:
        parts += [Text(f"  {name}: {plain(value)}", style="dim") for name, value in found.facts.items()]
    for line in found.lines:
        details = line.details
        method = "" if details["method"] == "single" else f" {details['method']}-based,"
        share = _share_words(details)
        category = f" category {details['scope3_category']}," if "scope3_category" in details else ""
        label = f"scope {details['scope']},{method}{category} {details['line'].replace('_', ' ')}{share}"
        parts.append(Text(f"\n  {line.formula}   {label}"))
        parts.append(Text(f"    {details.get('entry', '')} {line.source}", style="dim"))
        factor = details.get("factor_id") or details.get("instrument_id") or "no factor"
        cell = f", cell {details['source_cell']}" if "source_cell" in details else ""
        licence = f", {details['licence']}" if "licence" in details else ""
        parts.append(Text(f"    {factor}{cell}{licence}: {line.reason}", style="dim"))
    if found.value is not None:
        parts += [Text(f"\n  review: {said}") for said in found.facts.get("review", ())]
    hidden = found.postings - len(found.lines)
    if found.value is not None and hidden > 0:
        parts.append(Text(f"\n  {hidden} smaller postings: {plain_amount(found.rest)} {found.unit}"))
    if found.lines and found.value is not None:
        first = found.lines[0].details.get("entry")
        if first:
            parts.append(Text(f"\nNext: ghg trace {first}", style="dim"))
    return Group(*parts)
