"""Two reports side by side as tables: what is compared, each figure with its reasons, and the causes one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from ledger.disclosure.comparison.reading import ComparedReports, Side
from ledger.disclosure.figures.record import figure_id
from ledger.disclosure.tables.table import Cell, Column, Row, Table, Unit, difference, number, words
from ledger.disclosure.words import texts
from ledger.disclosure.words.numbers import amount, percent, signed, tonnes
from ledger.disclosure.words.texts import text
from ledger.inventory import Inventory
from ledger.inventory.compared.comparison import UNATTRIBUTED, Act, Cause, ComparedFigure, Stand, Version
from ledger.plain import plain_amount
from schemas.measures import SCOPE_MEASURES

LISTED = 40
"""How many causes the page and the terminal list; the rest is counted, and JSON, CSV and workbook have them all."""
_SMALL = Decimal(50)
"""Kg or kWh that would be printed as 0.0 of a thousand."""
SHOWN_EFFECTS = SCOPE_MEASURES
_KINDS = {"issued": "compare_issued", "file": "compare_file", "size": "compare_size", "now": "compare_now"}
Names = Mapping[str, str]


def comparison_tables(compared: ComparedReports, names: Names | None = None, listed: int | None = LISTED) -> dict[
    str, Table
]:  # fmt: skip
    """The tables by key; ``names`` has the names of persons by pseudonym, where they may be told."""
    made = (sides(compared), figures(compared), causes(compared, names or {}, listed))
    return {table.key: table for table in made}


def sides(compared: ComparedReports) -> Table:
    """What A and B are: how each was named, period, view, size of the ledger, state, and warming potentials."""
    held = (compared.comparison.a, compared.comparison.b)
    rows = [
        ("compare_what", [kind_words(side) for side in compared.sides]),
        ("cover_period", [texts.span(side.period.start, side.period.end) for side in compared.sides]),
        ("cover_boundary", [texts.text_or_code("view", side.view) for side in compared.sides]),
        ("audit_size", [str(side.size) for side in compared.sides]),
        ("audit_root", [one.checkpoint.root[:16] for one in held]),
        ("cover_status", [texts.text_or_code("status", _state(one)) for one in held]),
        ("cover_gwp", [one.gwp_set for one in held]),
        ("compare_gaps", [str(sum(gap.rows for gap in one.not_quantified)) for one in held]),
    ]
    columns = (Column("", "text"), Column(text("compare_a"), "text"), Column(text("compare_b"), "text"))
    made = tuple(Row((words(text(name)), *map(words, values))) for name, values in rows)
    return Table("compared_sides", text("compare_sides"), "", columns, made, notes(compared))


def notes(compared: ComparedReports) -> tuple[str, ...]:
    """What a reader must know of the two sides before a difference says anything."""
    a, b = compared.comparison.a, compared.comparison.b
    told = []
    if a.gwp_set != b.gwp_set:
        told.append(text("compare_other_gwp" if compared.same_period else "compare_other_gwp_periods"))
    if any(one.provisional for one in (a, b)):
        told.append(text("compare_provisional"))
    return tuple(told)


def _state(inventory: Inventory) -> str:
    return inventory.status if inventory.status in ("approved", "closed", "restated") else "draft"


def kind_words(side: Side) -> str:
    """What a side is: an issued report, a file, or the ledger at a size."""
    return text(_KINDS[side.kind], named=side.named, entry=side.entry or "", size=side.size)


def heads(compared: ComparedReports) -> tuple[str, str]:
    """What tells the two sides apart, period, and view and size where they differ."""
    a, b = compared.sides
    made = []
    for side in (a, b):
        parts = [side.period.label]
        if a.view != b.view:
            parts.append(texts.text_or_code("view", side.view).partition(":")[0])
        if a.size != b.size:
            parts.append(text("compare_at", size=side.size))
        made.append(", ".join(parts))
    return made[0], made[1]


def measure_words(measure: str) -> str:
    """A figure's name as people read it."""
    if measure.startswith("scope_3/category="):
        category = measure.rpartition("=")[2]
        return f"{category} {text(f'category_{category}')}"
    if measure == "energy_kwh":
        return f"{text('measure_energy_kwh')}, {text('unit_mwh')}"
    return text(measure.removesuffix("_co2_kg"))


def figures(compared: ComparedReports) -> Table:
    """Each figure in A and in B, its difference, and below it what each reason makes of that difference."""
    named = zip((text("compare_a"), text("compare_b")), heads(compared), strict=True)
    columns = (
        Column(text("column_measure"), "text", "40%"),
        *(Column(f"{letter}: {head}") for letter, head in named),
        Column(text("column_difference")),
    )
    rows: list[Row] = []
    for one in compared.comparison.figures:
        rows.append(_figure_row(compared, one))
        for reason in compared.comparison.reasons:
            if reason in one.reasons:
                value = moved(one.reasons[reason], _unit(one.measure))
                rows.append(Row((words(text(f"compare_reason_{reason}")), words(""), words(""), value), "sub"))
    said = [text("compare_adds_up")]
    if any(UNATTRIBUTED in one.reasons for one in compared.comparison.figures):
        said.append(text("compare_unattributed_note"))
    return Table("compared_figures", text("compare_figures"), text("unit_t"), columns, tuple(rows), tuple(said))


def _figure_row(compared: ComparedReports, one: ComparedFigure) -> Row:
    unit = _unit(one.measure)
    cells = [
        number(value, unit, figure=_id(inventory, one.measure), missing=_missing(inventory, one.measure))
        for value, inventory in ((one.a, compared.comparison.a), (one.b, compared.comparison.b))
    ]
    return Row(
        (words(measure_words(one.measure)), *cells, moved(one.difference, unit)),
        "line" if "category" in one.measure else "total",
    )


def moved(value: Decimal | None, unit: Unit) -> Cell:
    """A cell of a difference; one that a tenth of a tonne does not show has three decimals."""
    cell = difference(value, unit)
    if value and abs(value) < _SMALL:
        return replace(cell, text=signed(tonnes(value, 3)))
    return cell


def _unit(measure: str) -> Unit:
    return "kwh" if measure == "energy_kwh" else "kg"


def _id(inventory: Inventory, measure: str) -> str:
    name, _, category = measure.partition("/category=")
    return figure_id(inventory, name, **({"category": category} if category else {}))


def _missing(inventory: Inventory, measure: str) -> str | None:
    """What stands for a figure that is not there: "not quantified" where activity has no result."""
    scope = measure.removeprefix("scope_")[:1] if measure.startswith("scope_") else None
    category = int(measure.rpartition("=")[2]) if "category" in measure else None
    open_gap = any(
        (scope is None or gap.scope == scope) and category in (None, gap.scope3_category)
        for gap in inventory.not_quantified
    )
    return text("not_quantified") if open_gap else None


def causes(compared: ComparedReports, names: Names, listed: int | None) -> Table:
    """The causes one by one, the largest first: what, by which batch, and what it does to the scopes."""
    shown = compared.comparison.causes if listed is None else compared.comparison.causes[:listed]
    by_acts = any(cause.act is not None for cause in shown)  # between two periods no batch is the cause
    columns = (
        Column(text("compare_cause"), "text", "38%" if by_acts else "56%"),
        *([Column(text("compare_by"), "text", "22%")] if by_acts else []),
        *(Column(text(f"column_{measure}")) for measure in SHOWN_EFFECTS),
    )
    rows = [
        Row(
            (
                words(cause_words(compared, cause), longest=300),
                *([words(act_words(cause, names), longest=160)] if by_acts else []),
                *(moved(cause.effects.get(measure, Decimal(0)), "kg") for measure in SHOWN_EFFECTS),
            )
        )
        for cause in shown
    ]
    more = len(compared.comparison.causes) - len(shown)
    said = (text("compare_more", count=more),) if more else ()
    return Table("compared_causes", text("compare_causes"), text("unit_t"), columns, tuple(rows), said)


def reason_words(cause: Cause) -> str:
    """The reason, and of a restatement what it let count."""
    told = text(f"compare_reason_{cause.reason}")
    if cause.reason != "restatement":
        return told
    return f"{told}: {text(f'compare_reason_{cause.within}')}"


def cause_words(compared: ComparedReports, cause: Cause) -> str:
    """A cause in words: reason, and what it is about: a restatement's reason, a source, a place, two factors."""
    parts = [reason_words(cause)]
    if cause.restated is not None:
        parts.append(text("compare_restated_by", batch=cause.restated.batch, reason=cause.restated.reason or ""))
    about = [compared.facility_names.get(cause.facility_id, cause.facility_id)] if cause.facility_id else []
    if not about and cause.legal_entity_id:
        about.append(cause.legal_entity_id)
    if cause.activity_type:
        about.append(texts.named(compared.activity_names.get(cause.activity_type, cause.activity_type)))
    if cause.line and cause.line != "direct":
        about.append(texts.text_or_code("line", cause.line))
    if cause.method in ("location", "market"):
        about.append(text(cause.method))
    if about:
        parts.append(", ".join(about))
    parts.append(_moved_words(cause))
    return ". ".join(part.rstrip(".") for part in parts if part)


def _moved_words(cause: Cause) -> str:
    """What stood → what stands: two versions of a factor, two places, or words."""
    before, after = cause.before, cause.after
    if isinstance(before, Version) and isinstance(after, Version):
        return _factor_words(before, after, cause.unit or "")
    told = [_stood(what) for what in (before, after)]
    return f"{told[0]} → {told[1]}" if told[0] != told[1] else ""


def _factor_words(before: Version, after: Version, unit: str) -> str:
    """Dataset, edition and kg per unit before and after, said once where they are the same; and the GWP sets."""
    full = before.edition == after.edition and before.version != after.version
    names = [_edition(one, full=full) for one in (before, after)]
    kg = [_kg_words(one) for one in (before, after)]
    gwp = [one.gwp_set or "" for one in (before, after)]
    pair = f"{names[0]}: {kg[0]} → {kg[1]}" if names[0] == names[1] else f"{names[0]}: {kg[0]} → {names[1]}: {kg[1]}"
    told = text("compare_per_unit", moved=pair, unit=unit)
    return told if gwp[0] == gwp[1] or not all(gwp) else f"{told}, {gwp[0]} → {gwp[1]}"


def _kg_words(one: Version) -> str:
    if one.kg_per_unit is None:
        return text("compare_no_result")
    return plain_amount(one.kg_per_unit).replace(".", text("decimal_mark"))


def _edition(one: Version, *, full: bool) -> str:
    """A factor's dataset and edition; with its version where the editions are the same."""
    if one.factor_id is None:
        return text("compare_no_factor")
    parts = [one.dataset or one.factor_id, one.edition or ""]
    if full and one.version:
        parts.append(text("compare_version", version=one.version))
    return " ".join(filter(None, parts))


def _stood(what: Version | tuple[Stand, ...] | str | None) -> str:
    """A place in words: `inside, 60 %`, with its days where it stands otherwise within the period."""
    if isinstance(what, tuple):
        told = [f"{texts.text_or_code('placement', one.placement)}, {percent(one.share, 0)}" for one in what]
        if len(told) == 1:
            return told[0]
        return "; ".join(f"{words} ({one.first} – {one.last})" for words, one in zip(told, what, strict=True))
    return what if isinstance(what, str) else text("not_reported")


def act_words(cause: Cause, names: Names) -> str:
    """Which batch did it, of which kind and file, by whom and when, and the reason it gave."""
    if cause.act is None:
        return ""
    return _act(cause.act, names)


def _act(act: Act, names: Names) -> str:
    what = f"B{act.batch} {act.source_name or act.kind}"
    why = f": {act.reason}" if act.reason else ""
    return f"{what}, {names.get(act.person) or act.person}, {act.recorded_at:%Y-%m-%d}{why}"


def flat_rows(compared: ComparedReports) -> list[dict[str, str]]:
    """The comparison as one row for each figure, reason and cause, with exact amounts: what CSV and workbook hold."""
    made = []
    for one in compared.comparison.figures:
        unit = "kWh" if one.measure == "energy_kwh" else "kg"
        made.append(
            {"figure": one.measure, "unit": unit, "row": "figure", "a": amount(one.a) or "", "b": amount(one.b) or "",
             "difference": amount(one.difference) or ""}
        )  # fmt: skip
        made += [
            {
                "figure": one.measure, "unit": unit, "row": "cause", "reason": cause.reason, "within": cause.within,
                "difference": amount(cause.effects[one.measure]) or "", "cause": cause_words(compared, cause),
                **_act_columns(cause),
            }
            for cause in compared.comparison.causes if cause.effects.get(one.measure)
        ]  # fmt: skip
    return made


FLAT = ("figure", "unit", "row", "a", "b", "difference", "reason", "within", "cause", "batch", "kind", "person",
        "recorded_at", "source_name", "batch_reason", "restatement")  # fmt: skip
"""The columns of :func:`flat_rows`, in order."""


def _act_columns(cause: Cause) -> dict[str, str]:
    told = {} if cause.restated is None else {"restatement": f"B{cause.restated.batch}"}
    act = cause.act
    if act is None:
        return told
    return told | {
        "batch": f"B{act.batch}", "kind": act.kind, "person": act.person,
        "recorded_at": act.recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ"), "source_name": act.source_name or "",
        "batch_reason": act.reason or "",
    }  # fmt: skip
