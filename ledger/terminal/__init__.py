"""What the commands print: tables without boxes, numbers to the right, findings worst first, and what to do next."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from ledger.plain import grouped_places, plain
from ledger.terminal.table import RuledTable
from schemas.measures import INVENTORY_MEASURES, SCOPE_MEASURES

if TYPE_CHECKING:
    from ledger.assurance.doctor import Check
    from ledger.assurance.verification import Consistency, Proof
    from ledger.assurance.verify import Verification
    from ledger.book.results import UploadResult
    from ledger.errors import Finding, Severity
    from ledger.inventory import Inventory
    from ledger.inventory.periods.late import ReceivedAfterClose

SHOWN_PER_CODE = 10
_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_SEVERITY_STYLE = {"error": "#b3261e", "warning": "#a86a00", "info": "dim"}


def console() -> Console:
    """Standard output; colour only on a terminal."""
    width = None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "120"))
    return Console(width=width, highlight=False)


def safe(text: object) -> Text:
    """Someone's text for the terminal: control characters and escapes taken out, markup not read."""
    return Text(_CONTROL.sub("\ufffd", str(text)))


def tonnes(kg: Decimal | None, places: str = "0.1") -> str:
    """Kg as tonnes at one decimal with thin spaces; "not quantified" for the unknown."""
    if kg is None:
        return "not quantified"
    return grouped(kg.scaleb(-3), places)


def grouped(value: Decimal | int, places: str = "1") -> str:
    """A number with thin spaces between thousands."""
    return grouped_places(Decimal(value), -int(Decimal(places).as_tuple().exponent))


def ruled_table(*columns: tuple[str, bool]) -> RuledTable:
    """A table that loses nothing in a narrow window; a column is (title, whether numbers stand in it)."""
    return RuledTable([(safe(title), numeric) for title, numeric in columns])


def print_upload(done: UploadResult, after: str | None = None) -> None:
    """What became of a file: the verdict, the findings by code, and the next command, ``after`` where it is known."""
    out = console()
    if done.proposed:
        for path in done.proposed:
            named = shlex.quote(str(path))
            out.print(f"Wrote {path}. Fill in its blank cells, then: ghg upload {named}", soft_wrap=True)
        out.print("Nothing was recorded.", style="dim")
        return
    print_findings(out, [finding for finding in done.findings if finding not in done.settled], done.more_findings)
    verdict = Text().append_text(safe(done.source_name)).append(": ")
    if done.status == "refused":
        errors = [finding for finding in done.findings if finding.severity == "error"]
        offered = done.marked is None and all(finding.code.endswith("-offered") for finding in errors)
        said = "not read yet; nothing was recorded." if offered else "refused; nothing was recorded."
        out.print(verdict.append(said, style="bold"))
        if done.marked is not None:
            out.print(f"The faults are marked in {done.marked}: mend them there or in your file, and upload again.")
    elif done.status == "already_recorded":
        batch = "" if done.batch is None else f" as batch {done.batch}"
        out.print(verdict.append(f"already recorded{batch}; nothing was added."))
    elif done.status == "checked":
        words = f"{_counted(done.rows, 'row')} of kind {_kinds(done)} would be accepted. Nothing was written."
        out.print(verdict.append(words))
        for finding in done.settled:
            out.print(safe(finding.message))
    else:
        out.print(verdict.append(_accepted(done)))
        after = after or _AFTER.get((done.kind or "").split("+")[-1], "ghg upload your activity data")
        out.print(Text().append_text(safe(next_words(done.settled, after))), style="dim", soft_wrap=True)


_AFTER = {
    **dict.fromkeys(("activity", "meter_reading", "history"), "ghg calculate, then ghg inventory --period YEAR"),
    **dict.fromkeys(("ai_run", "measurement"), "ghg ai footprint --model NAME"),
    "grid_intensity": "ghg ai footprint --model NAME",
    "hardware_asset": "ghg ai embodied --held",
    "legal_entity": "ghg upload your facilities",
    "instrument": "ghg calculate, once your activity data are there, then ghg instruments --period YEAR",
    "factor": "ghg calculate --check, which says what it would change",
    "expectation": "ghg completeness --period YEAR",
    "scope3_screening": "ghg scope3 --period YEAR",
    "interval": "ghg hourly --period YEAR",
    "claim": "ghg claims",
}
"""The next step after an upload of a kind; after most it is activity data."""


def after_forecast(zones: Sequence[str]) -> str:
    """The next step once forecasts of grids are held: to have them say when a job is to run."""
    zone = shlex.quote(zones[0]) if len(zones) == 1 else "ZONE"
    return f"ghg ai schedule --policy FILE --job RUN_ID --region {zone} --hours HOURS"


def next_words(settled: Sequence[Finding], after: str) -> str:
    """The next step; before it what rows mean for periods that were submitted, approved or closed."""
    return "\n".join([f"Next: {after}", *(f"      {finding.message}" for finding in settled)])


def _counted(count: int, word: str) -> str:
    return f"{grouped(count)} {word}" if count == 1 else f"{grouped(count)} {word}s"


def _kinds(done: UploadResult) -> str:
    """The kind of an upload; of a workbook of several all of them, in the order in which they were taken."""
    return (done.kind or "").replace("+", ", ")


def _accepted(done: UploadResult) -> str:
    words = f"accepted as batch {done.batch}, {_counted(done.rows, 'row')} of kind {_kinds(done)}"
    if done.posted:
        words += f", {_more(done.posted, 'posting')}"
    if done.not_quantified:
        why = " (ghg inventory says why)" if done.not_quantified > 0 else ""
        words += f", {_more(done.not_quantified, 'line')} not quantified{why}"
    return words + "."


def _more(count: int, word: str) -> str:
    """How many more there are; where a bill took back what runs had posted there may be fewer than before."""
    return _counted(count, word) if count > 0 else f"{_counted(-count, word)} fewer"


def print_findings(out: Console, findings: Sequence[Finding], more: Any) -> None:
    """Findings grouped by code, errors first; ten of each are shown and the rest counted."""
    rank = {"error": 0, "warning": 1, "info": 2}
    codes = sorted({(rank[finding.severity], finding.code) for finding in findings})
    for _, code in codes:
        own = [finding for finding in findings if finding.code == code]
        total = len(own) + int(more.get(code, 0))
        severity = own[0].severity
        out.print(Text(f"{severity}: {code}", style=_SEVERITY_STYLE[severity]), f"({total})" if total > 1 else "")
        for finding in own[:SHOWN_PER_CODE]:
            out.print(Text("  ").append_text(_place(finding)).append_text(safe(finding.message)))
        if total > SHOWN_PER_CODE:
            out.print(f"  … and {total - SHOWN_PER_CODE} more")
        fixes = dict.fromkeys(finding.fix for finding in own if finding.fix)  # in the order of what they mend
        for fix in list(fixes)[:3]:
            out.print(Text("  \u2192 ").append_text(safe(fix)))


def _place(finding: Finding) -> Text:
    parts = []
    if finding.sheet:
        parts.append(f"sheet {finding.sheet}")
    if finding.line is not None:
        parts.append(f"line {finding.line}")
    if finding.column:
        parts.append(finding.column)
    if finding.value is not None:
        parts.append(f"'{finding.value[:60]}'")
    return safe(", ".join(parts) + ": " if parts else "")


def print_inventory(figures: Inventory) -> None:
    """The figures of a period, both Scope 2 methods side by side, in tonnes."""
    out = console()
    provisional = ", provisional" if figures.provisional else ""
    out.print(
        Text(f"{figures.period.label}  {figures.view.replace('_', ' ')}  {figures.status}{provisional}", style="bold")
    )
    table = ruled_table(("t CO\u2082e", False), ("location-based", True), ("market-based", True))
    for scope, location, market in (
        ("1", figures.scope_1, figures.scope_1),
        ("2", figures.scope_2_location, figures.scope_2_market),
        ("3", figures.scope_3, figures.scope_3),
    ):
        open_gap = any(gap.scope == scope for gap in figures.not_quantified)
        shown = [tonnes(kg) if kg is not None or open_gap else "\u2014" for kg in (location, market)]
        table.add_row(f"Scope {scope}", *shown)
    for category, kg in figures.scope_3_categories.items():
        if kg is not None:
            table.add_row(f"  category {category}", tonnes(kg), tonnes(kg), style="dim")
    totals = (figures.total_location, figures.total_market)
    if figures.total_location is None and not figures.not_quantified:
        out.print(f"The ledger holds no activity in {figures.period.label}.")
        out.print("Next: ghg upload FILE, or name another period", style="dim")
        return
    table.add_row("Total", *(tonnes(kg) for kg in totals), style="bold")
    table.add_row("Biogenic CO\u2082, apart", tonnes(figures.biogenic_co2_kg), "")
    out.print(table)
    out.print("Location-based and market-based figures are not added.", style="dim")
    if figures.energy_kwh:
        out.print(f"Energy {grouped(figures.energy_kwh['total'] / 1000)} MWh (net calorific value)")
    _print_split(out, figures)
    _print_gaps(out, figures)
    if figures.received_after_close is not None:
        words = f"Received after close: {late_words(figures.received_after_close)}; in no figure until it is restated"
        out.print(Text(words, style=_SEVERITY_STYLE["warning"]))
    for note in figures.notes:
        out.print(Text("Note: ").append_text(safe(note)), style="dim")
    scopes = {"scope_1": figures.scope_1, "scope_2_location": figures.scope_2_location, "scope_3": figures.scope_3}
    first = next((measure for measure, kg in scopes.items() if kg), "scope_1")  # one that has something to show
    out.print(f"Next: ghg trace {figures.period.label}/{figures.view}/{first}@{figures.checkpoint.size}")


def _print_split(out: Console, figures: Inventory) -> None:
    """Scope 1 and 2 of the consolidated group and of other investees, and what is left out with a reason."""
    for part, split in (figures.split or {}).items():
        amounts = (split.scope_1, split.scope_2_location, split.scope_2_market)
        cells = ["\u2014" if kg is None else tonnes(kg) for kg in amounts]
        out.print(
            f"{part.replace('_', ' ').capitalize()}: Scope 1 {cells[0]}, Scope 2 {cells[1]} location-based, {cells[2]} "
            "market-based"
        )
    for left in figures.exclusions:
        sizes = [f"{tonnes(left.stated_kg)} t stated"] if left.stated_kg is not None else []
        sizes += [f"{tonnes(left.computed_kg)} t by its data"] if left.computed_kg is not None else []
        words = f"Left out: {left.facility_id} ({left.name}), {left.reason}; {', '.join(sizes) or 'size not known'}"
        out.print(safe(words), style=_SEVERITY_STYLE["warning"])


def _print_gaps(out: Console, figures: Inventory) -> None:
    """What has no result, and why."""
    if not figures.not_quantified:
        return
    kinds = len(figures.not_quantified)
    told = f"Not quantified: {kinds} {'kind of line' if kinds == 1 else 'kinds of lines'}"
    out.print(Text(told, style=_SEVERITY_STYLE["warning"]))
    for gap in figures.not_quantified[:SHOWN_PER_CODE]:
        rows = _counted(gap.rows, "row")
        out.print(f"  {gap.activity_type} {gap.line} {gap.country or ''}: {gap.reason}, {rows}")
    if len(figures.not_quantified) > SHOWN_PER_CODE:
        out.print(f"  … and {len(figures.not_quantified) - SHOWN_PER_CODE} more (--json lists all)")


def late_words(late: ReceivedAfterClose) -> str:
    """What came after the close, in rows and tonnes of CO₂e with the location-based method."""
    rows = f"{grouped(late.rows)} row{'' if late.rows == 1 else 's'}"
    gaps = f", {grouped(late.not_quantified)} lines not quantified" if late.not_quantified else ""
    return f"{rows}, {tonnes(late.total_location, '0.001')} t{gaps}"


def inventory_json(figures: Inventory) -> dict[str, Any]:
    """The answer of `ghg inventory --json`: kg as text, unknown as null, and the id of each headline figure."""
    made: dict[str, Any] = plain(figures)
    made["period"] = {
        "start": figures.period.start.isoformat(), "end": figures.period.end.isoformat(), "label": figures.period.label,
    }  # fmt: skip
    made["checkpoint"] = {"size": figures.checkpoint.size, "root": figures.checkpoint.root}
    made["unit"] = "kg CO2e"
    unsplit = made["by_gas"].pop("unsplit")["co2e_kg"]
    made["by_gas"]["unsplit"] = unsplit
    made["by_gas_market"]["unsplit"] = made["by_gas_market"].pop("unsplit")["co2e_kg"]
    made["figure_ids"] = {
        name: f"{figures.period.label}/{figures.view}/{name}@{figures.checkpoint.size}" for name in INVENTORY_MEASURES
    }
    return made


def print_breakdown(rows: Sequence[dict[str, Any]], by: str) -> None:
    """The four measures cut by a dimension, in tonnes."""
    table = ruled_table(
        (by, False), ("Scope 1", True), ("Scope 2 location", True), ("Scope 2 market", True), ("Scope 3", True)
    )
    for row in rows:
        label = "\u2014" if row[by] is None else safe(plain(row[by]))
        cells = [
            "\u2014" if row[name] is None else tonnes(row[name])
            for name in SCOPE_MEASURES
        ]
        table.add_row(label, *cells)
    out = console()
    out.print(table)
    out.print("t CO\u2082e; the two Scope 2 columns are not added.", style="dim")


def print_verification(found: Verification) -> None:
    """Whether the ledger holds, and every fault if not."""
    out = console()
    print_findings(out, found.findings, {})
    if found.proof is not None:
        _print_proof(out, found.proof, found.consistency)
    if found.ok:
        held = "anchored in the checkpoint you kept" if found.anchored else "consistent, not anchored"
        held += "" if found.partial is None else f"; a check in part, {found.partial}"
        out.print(f"ok: {grouped(found.entries)} entries in {found.size} batches, root {found.root[:16]}, {held}.")
        for stamp in found.time_stamps:
            checked = "" if stamp.checked else " (not checked against an authority: --timestamp-ca CERTS.pem)"
            words = f"Checkpoint {stamp.size} existed not later than {stamp.stated_at:%Y-%m-%d %H:%M:%S} UTC"
            out.print(safe(f"{words}, says {stamp.authority}{checked}."))
        for name, size in found.cosigned:
            out.print(safe(f"Checkpoint {size} is signed by {name}, as a key that you gave shows."))
        for name, size in found.unchecked:
            out.print(safe(f"Checkpoint {size} carries a line of {name}, not checked (give --public-key)."))
        if not found.anchored:
            out.print(
                "Keep a checkpoint outside (ghg checkpoint export FILE) and verify against it later.", style="dim"
            )
    else:
        told = Counter(finding.severity for finding in found.findings)
        parts = [_counted(told[kind], kind) for kind in _SEVERITIES if told[kind]]
        part = "" if found.partial is None else f" (a check in part, {found.partial})"
        words = f"not ok: {', '.join(parts)} in {found.size} batches{part}."
        out.print(Text(words, style=_SEVERITY_STYLE["error"]))


def _print_proof(out: Any, proof: Proof, consistency: Consistency | None) -> None:
    """The way of an entry up to the root of the log, and from the kept root to this one, hash by hash."""
    steps = [("entry", proof.leaf), *proof.path, ("root of its batch", proof.entries_root),
             ("header", hashlib.sha256(b"\0" + proof.header.encode()).hexdigest()), *proof.log_path,
             ("root of the log", proof.root)]  # fmt: skip
    out.print(safe(f"{proof.entry} ({proof.table}): {proof.text}"), soft_wrap=True)
    if proof.reversed_by:
        out.print(f"{proof.entry} was reversed by {', '.join(proof.reversed_by)}.")
    for name, digest in steps:
        out.print(f"  {digest}  {name}", highlight=False)
    if consistency is not None:
        words = f"From the kept checkpoint of size {consistency.first} to size {consistency.second}:"
        out.print(words)
        for name, digest in (("kept root", consistency.first_root), *(("beside", step) for step in consistency.path),
                             ("root of the log", consistency.second_root)):  # fmt: skip
            out.print(f"  {digest}  {name}", highlight=False)
    out.print("Each line is checked with SHA-256 alone: docs/keys.md; --json gives the same.", style="dim")


def print_factors(rows: Sequence[dict[str, Any]]) -> None:
    """Factors as a table."""
    table = ruled_table(
        ("factor", False), ("activity type", False), ("line", False), ("place", False), ("kg CO\u2082e", True),
        ("per", False), ("edition", False), ("licence", False),
    )  # fmt: skip
    for row in rows:
        place = row["region"] or row["country"] or "world"
        value = row["co2e_published_kg_per_unit"]
        shown = "by gas" if value is None else plain(value)
        kind = (
            row["activity_type"]
            if not row["classification_code"]
            else f"{row['activity_type']} {row['classification_code']}"
        )
        table.add_row(
            row["factor_id"], kind, row["line"], place, shown, row["per_unit"], row["edition"], safe(row["licence"])
        )
    out = console()
    out.print(table)
    out.print(f"{len(rows)} factors. Next: ghg factors show FACTOR", style="dim")


def print_rows(rows: Sequence[dict[str, Any]]) -> None:
    """Rows of equal keys as a table."""
    if not rows:
        console().print("nothing")
        return
    table = ruled_table(*((name.replace("_", " "), isinstance(rows[0][name], (int, Decimal))) for name in rows[0]))
    for row in rows:
        table.add_row(*(safe("" if value is None else plain(value)) for value in row.values()))
    console().print(table)


def print_record(record: dict[str, Any]) -> None:
    """One record, a line for each column."""
    table = ruled_table(("", False), ("", False))
    table.show_header = False
    for name, value in record.items():
        parts = value if isinstance(value, list) else [value]
        for place, part in enumerate(parts):
            words = ", ".join(f"{key} {item}" for key, item in part.items()) if isinstance(part, dict) else part
            table.add_row(Text("" if place else name, style="dim"), safe(words))
    console().print(table)


def print_checks(found: Sequence[Check]) -> None:
    """What was looked at, a line each, with what to do under what is not well."""
    out = console()
    for check in found:
        out.print(Text(f"{_STATES[check.state]:<10}", style=_STATE_STYLE[check.state]), end="")
        out.print(safe(f"{check.what:<12} {check.words}"), soft_wrap=True)
        if check.fix:
            out.print(safe(f"{'':<23}{check.fix}"), style="dim", soft_wrap=True)


_STATES = {"ok": "ok", "attention": "look at", "wrong": "wrong"}
_STATE_STYLE = {"ok": "green", "attention": "yellow", "wrong": "red"}
