"""The tables that explain the figures: changes, quality, findings, gaps, factors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from ledger.disclosure.figures.record import MEASURES, Change, FactorUse, QuarterlyFigures
from ledger.disclosure.tables.measures import open_gaps, period_name
from ledger.disclosure.tables.table import Column, Row, Table, difference, number, words
from ledger.disclosure.words import numbers, texts
from ledger.disclosure.words.texts import text
from ledger.errors import Finding
from ledger.inventory.exact import exact_sum

SHOWN_CHANGES = {"scope_1": 4, "scope_2_location": 3, "scope_2_market": 3, "scope_3": 6}
SHOWN_FACTORS = 20
SHOWN_FINDINGS = 20
SHOWN_GAPS = 40


def changes(figures: QuarterlyFigures) -> Table:
    """The largest changes of each measure, the rest as one row, and their total."""
    rows: list[Row] = []
    for measure in MEASURES:
        found = [change for change in figures.changes if change.measure == measure]
        if not found:
            continue
        shown, rest = found[: SHOWN_CHANGES[measure]], found[SHOWN_CHANGES[measure] :]
        rows.append(Row((words(text(measure)), *([words("")] * 6)), "group"))
        rows += [_change_row(f"{c.facility}: {texts.named(c.activity)}", [c], c.reason) for c in shown]
        if rest:
            rows.append(_change_row(text("changes_other", count=len(rest)), rest, ""))
        rows.append(_whole_change(figures, measure, found))
    now, before = period_name(figures.current), period_name(figures.comparative)
    return Table(
        "changes",
        text("table_changes", now=now, before=before),
        text("unit_t"),
        (
            Column(text("column_source"), "text", "29%"),
            Column(text("column_before", period=before)),
            Column(text("column_after", period=now)),
            Column(text("column_difference")),
            Column(text("column_by_activity")),
            Column(text("column_by_factor")),
            Column(text("column_reason"), "text", "23%"),
        ),
        tuple(rows),
    )


def _change_row(label: str, held: list[Change], reason: str, kind: str = "line") -> Row:
    def total(name: str) -> Decimal:
        return exact_sum(getattr(change, name) for change in held)

    return Row(
        (
            words(label),
            number(total("before_kg"), "kg"),
            number(total("after_kg"), "kg"),
            difference(total("difference_kg"), "kg"),
            difference(total("by_activity_kg"), "kg"),
            difference(total("by_factor_kg"), "kg"),
            words(reason),
        ),
        "total" if kind == "total" else "line",
    )


def _whole_change(figures: QuarterlyFigures, measure: str, held: list[Change]) -> Row:
    """The total of a measure: its ends from the inventories (unmoved sources are in them too)."""
    row = _change_row(text("changes_total"), held, "", "total")
    before = None if figures.comparative is None else getattr(figures.comparative, measure)
    after = getattr(figures.current, measure)
    ends = (number(before, "kg"), number(after, "kg"))
    return Row((row.cells[0], *ends, *row.cells[3:]), "total")


def _more(held: Iterable[object], shown: Iterable[object], name: str) -> tuple[str, ...]:
    count = len(tuple(held)) - len(tuple(shown))
    return (text(name, count=count),) if count else ()


def quality(figures: QuarterlyFigures) -> Table:
    """How much is estimated, how much is primary, what is open."""
    now = figures.current
    rows = [Row((words(text("quality_estimated")), number(now.share_estimated, "ratio")))]
    rows += [
        Row(
            (
                words(text("quality_primary", number=key, name=text(f"category_{key}"))),
                number(now.share_primary[key], "ratio"),
            )
        )
        for key in sorted(now.share_primary, key=int)
    ]
    open_findings = len(figures.findings) + figures.findings_not_shown
    rows += [
        Row((words(text("quality_findings")), number(Decimal(open_findings), "count"))),
        Row(
            (
                words(text("quality_not_quantified")),
                number(Decimal(open_gaps(now, "total")), "count"),
            )
        ),
    ]
    return Table(
        "quality",
        text("table_quality", period=period_name(now)),
        "",
        (Column(text("column_item"), "text", "80%"), Column(text("column_value"))),
        tuple(rows),
    )


def findings(figures: QuarterlyFigures) -> Table:
    """What is wrong, where, what it would change, what to do; largest known effect first."""
    ordered = sorted(
        figures.findings,
        key=lambda f: (-abs(f.effect_kg or Decimal(0)), f.code, f.file or "", f.line or 0),
    )
    shown = ordered[:SHOWN_FINDINGS]
    hidden = len(ordered) - len(shown) + figures.findings_not_shown
    return Table(
        "findings",
        text("table_findings"),
        "",
        (
            Column(text("column_finding"), "text", "30%"),
            Column(text("column_where"), "text", "25%"),
            Column(text("column_effect"), "number", "11%"),
            Column(text("column_fix"), "text"),
        ),
        tuple(
            Row(
                (
                    words(found.message, longest=300),
                    words(where(found), longest=300),
                    number(found.effect_kg, "kg"),
                    words(found.fix, longest=300),
                )
            )
            for found in shown
        ),
        (text("findings_more", count=hidden),) if hidden else (),
    )


def where(found: Finding) -> str:
    """The place of a finding in words: file, sheet, line, column and value."""
    parts = [found.file or ""]
    for name in ("sheet", "line", "column"):
        value = getattr(found, name)
        parts.append("" if value is None else text(f"where_{name}", **{name: value}))
    parts.append("" if found.value is None else texts.quoted(str(found.value)))
    return ", ".join(part for part in parts if part)


def not_quantified(figures: QuarterlyFigures) -> Table:
    """Activity that is in no total, with the reason."""
    gaps = figures.current.not_quantified
    names = figures.activity_names or {}
    shown = gaps[:SHOWN_GAPS]
    return Table(
        "not_quantified",
        text("table_not_quantified", period=period_name(figures.current)),
        "",
        (
            Column(text("column_activity"), "text", "22%"),
            Column(text("column_line"), "text", "22%"),
            Column(text("column_country"), "text", "9%"),
            Column(text("column_lines"), "number", "7%"),
            Column(text("column_quantity"), "number", "12%"),
            Column(text("column_unit"), "text", "8%"),
            Column(text("column_why"), "text"),
        ),
        tuple(
            Row(
                (
                    words(activity_name(names, gap.activity_type)),
                    words(line_name(gap.line, gap.method)),
                    words(gap.country or text("not_reported")),
                    number(Decimal(gap.rows), "count"),
                    number(gap.quantity, "count"),
                    words(texts.unit_name(gap.unit)),
                    words(gap_reason(gap.reason)),
                )
            )
            for gap in shown
        ),
        _more(gaps, shown, "annex_rows_note"),
    )


def line_name(line: str, method: str) -> str:
    """A line in words, with its method where there are two: "energy, market-based"."""
    name = texts.text_or_code("line", line)
    return f"{name}, {text(method)}" if method in {"location", "market"} else name


def gap_reason(code: str) -> str:
    """Why a line of activity has no result, in words."""
    return texts.text_or_code("why", code)


def activity_name(names: Mapping[str, str], code: str) -> str:
    """The name of an activity type, or its code as words: "steam_purchased" → "Steam purchased"."""
    return texts.named(names.get(code) or code.replace("_", " ").capitalize())


def factors(figures: QuarterlyFigures) -> Table:
    """The factors of the period, those with the largest emissions first."""
    names = figures.activity_names or {}
    shown = figures.factors[:SHOWN_FACTORS]

    return Table(
        "factors",
        text("table_factors"),
        "",
        (
            Column(text("column_activity"), "text", "18%"),
            Column(text("column_factor"), "text", "22%"),
            Column(text("column_kg_per_unit"), "number", "11%"),
            Column(text("column_unit"), "text", "8%"),
            Column(text("column_gwp"), "text", "6%"),
            Column(text("column_reason"), "text"),
            Column(text("column_emissions"), "number", "9%"),
        ),
        tuple(
            Row(
                (
                    words(activity_name(names, use.activity_type), longest=80),
                    words(use.factor_id, "code"),
                    number(use.co2e_kg_per_unit, "count", missing=text("by_gas"), shown=factor_digits),
                    words(texts.unit_name(use.per_unit)),
                    words(use.gwp_set),
                    words(_why_chosen(use)),
                    number(use.mass_kg, "kg"),
                )
            )
            for use in shown
        ),
        (*_more(figures.factors, shown, "factors_more"), text("factors_note")),
    )


def _why_chosen(use: FactorUse) -> str:
    """The reason of a choice, led by the method where a factor may serve both."""
    own = f", {texts.text_or_code('verification', 'user')}" if use.verification == "user" else ""
    method = f"{text(use.serves)}: " if use.serves in {"location", "market"} else ""
    return f"{method}{use.reason}{own}"


def factor_digits(value: Decimal) -> str:
    """A factor at six significant figures without trailing zeros; the workbook has every digit."""
    shown = numbers.significant(value, 6)
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def datasets(figures: QuarterlyFigures) -> Table:
    """Where the factors come from, under which licence, with the words it asks for."""
    return Table(
        "datasets",
        text("table_datasets"),
        "",
        (
            Column(text("column_dataset"), "text", "24%"),
            Column(text("column_publisher"), "text", "18%"),
            Column(text("column_edition"), "text", "9%"),
            Column(text("column_licence"), "text", "16%"),
            Column(text("column_attribution"), "text"),
        ),
        tuple(
            Row(
                (
                    words(use.title),
                    words(use.publisher),
                    words(use.edition),
                    words(use.licence),
                    words(use.attribution, longest=400),
                )
            )
            for use in figures.datasets
        ),
        (text("datasets_note"),) if any(use.caveats for use in figures.datasets) else (),
    )
