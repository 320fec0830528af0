"""How completeness, proposals and estimates are printed, and completeness as JSON."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from ledger.plain import plain
from ledger.terminal import console, grouped, print_findings, ruled_table, safe, tonnes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from ledger.assurance.reviewing.documents import Attachment
    from ledger.book.completing import Filled
    from ledger.inventory.coverage.claims import Claims
    from ledger.inventory.coverage.completeness import Cell, Completeness, Proposal
    from ledger.inventory.coverage.evidenced import EvidenceShare
    from ledger.inventory.coverage.findings import BookFinding

SUBJECTS_SHOWN = 40
ROWS_SHOWN = 20
FINDINGS_SHOWN = 50


def print_completeness(found: Completeness) -> None:
    """The matrix, those with gaps first, then every finding with what to do."""
    out = console()
    expected, covered, estimated = found.days
    out.print(Text(f"{found.period.label}  {len(found.subjects)} series expected, as of {found.as_of}", style="bold"))
    if not found.subjects:
        out.print("Nothing is expected, and nothing came regularly.")
    elif found.derived:
        out.print("No expectation is on record: these series came regularly before.", style="dim")
    if found.subjects:
        _print_matrix(found)
        share = f"{100 * covered / expected:.1f} %" if expected else "—"
        out.print(f"{covered} of {expected} days covered ({share}), {estimated} of them by estimates alone.")
    print_findings(out, [replace(finding, value=None) for finding in found.findings], {})  # the message has the days
    codes = {finding.code for finding in found.findings}
    if "data-missing" in codes:
        out.print(Text(f"Next: ghg completeness --fill {found.period.label} -o estimates.csv", style="dim"))
    elif not codes - {"expectation-missing"}:
        out.print("Nothing is missing, doubled or unusual.")


def _print_matrix(found: Completeness) -> None:
    out = console()
    months = found.period.months
    cells = {(cell.subject, cell.month): cell for cell in found.cells}
    missing = dict.fromkeys((subject.number for subject in found.subjects), 0)
    for cell in found.cells:
        missing[cell.subject] += cell.days_missing
    ordered = sorted(found.subjects, key=lambda subject: (-missing[subject.number], subject.number))
    blocks = [months[start : start + 12] for start in range(0, len(months), 12)]
    for block in blocks:
        form = "%b" if block[0].year == block[-1].year else "%y-%m"
        table = ruled_table(("facility", False), ("type", False), ("meter", False),
                            *((month.strftime(form), True) for month in block))  # fmt: skip
        for subject in ordered[:SUBJECTS_SHOWN]:
            marks = [_mark(cells.get((subject.number, month))) for month in block]
            names = (subject.facility_id or "all", subject.activity_type, subject.meter_id or "")
            table.add_row(*(safe(name) for name in names), *marks)
        out.print(table)
    if len(ordered) > SUBJECTS_SHOWN:
        out.print(f"… and {len(ordered) - SUBJECTS_SHOWN} series with fewer days missing (--json lists all)")
    out.print("ok covered, est estimated, 14/31 days covered of those expected, — nothing came", style="dim")


def _mark(cell: Cell | None) -> Text:
    """A month of the matrix in a few letters."""
    if cell is None:
        return Text("")
    words = {"covered": "ok", "estimated": "est", "missing": "—"}
    shown = words.get(cell.state, f"{cell.days_covered}/{cell.days_expected}")
    style = {"covered": "", "estimated": "dim"}.get(cell.state, "#a86a00")
    return Text(shown, style=style)


def completeness_json(found: Completeness) -> dict[str, Any]:
    """The answer of `ghg completeness --json`: every field, the findings as an upload has them."""
    made: dict[str, Any] = plain(found)
    made["period"] = {"start": found.period.start.isoformat(), "end": found.period.end.isoformat(),
                      "label": found.period.label}  # fmt: skip
    expected, covered, estimated = found.days
    made["days"] = {"expected": expected, "covered": covered, "estimated": estimated, "missing": expected - covered}
    for cell, shown in zip(found.cells, made["cells"], strict=True):
        shown |= {"days_missing": cell.days_missing, "state": cell.state}
    made["findings"] = [finding.as_json() for finding in found.findings]
    return made


def print_proposals(proposals: Sequence[Proposal], output: Path | None) -> None:
    """Proposed expectations, and where they were written."""
    out = console()
    if not proposals:
        out.print("Nothing came regularly that is not expected already; nothing was written.")
        return
    table = ruled_table(("facility", False), ("type", False), ("meter", False), ("frequency", False), ("from", False))
    for one in proposals[:ROWS_SHOWN]:
        names = (one.facility_id or "", one.activity_type, one.meter_id or "", one.frequency, str(one.valid_from))
        table.add_row(*(safe(name) for name in names))
    out.print(table)
    if len(proposals) > ROWS_SHOWN:
        out.print(f"… and {len(proposals) - ROWS_SHOWN} more")
    _print_written(output, len(proposals), "expectations")


def print_estimates(filled: Filled) -> None:
    """Proposed estimates with their sums, the days left open, and where they were written."""
    out = console()
    if not filled.estimates and not filled.unfilled:
        out.print("No expected day is without data; nothing was written.")
        return
    table = ruled_table(("facility", False), ("type", False), ("days", False), ("quantity", True), ("", False),
                        ("how", False))  # fmt: skip
    for one in filled.estimates[:ROWS_SHOWN]:
        table.add_row(safe(one.facility_id or ""), safe(one.activity_type), f"{one.first_day}..{one.last_day}",
                      plain(one.quantity), one.unit, safe(one.words))  # fmt: skip
    out.print(table)
    if len(filled.estimates) > ROWS_SHOWN:
        out.print(f"… and {len(filled.estimates) - ROWS_SHOWN} more")
    for left in filled.unfilled[:ROWS_SHOWN]:
        place = f"{left.facility_id or 'the whole company'}, {left.activity_type}"
        out.print(safe(f"nothing to go by: {place}, {left.first_day} to {left.last_day}"), style="#a86a00")
    if len(filled.unfilled) > ROWS_SHOWN:
        out.print(f"… and {len(filled.unfilled) - ROWS_SHOWN} more without an estimate")
    _print_written(filled.file, len(filled.estimates), "estimates")


def _print_written(file: Path | None, count: int, what: str) -> None:
    if file is None:
        words = f"Nothing was written; give a file with -o to get these {count} {what} as rows to upload."
        console().print(Text(words if count else "Nothing was written.", style="dim"))
        return
    console().print(f"Wrote {count} {what} to {file}. Check them, take out what is wrong, then: ghg upload {file}")


def print_attachments(found: Sequence[Attachment], entry: str | None) -> None:
    """Documents with their entries, and where the bytes lie."""
    out = console()
    if not found:
        out.print(f"No document is attached{f' to {entry}' if entry else ''}. Attach one: ghg attach FILE ENTRY")
        return
    table = ruled_table(("document", False), ("bytes", True), ("entry", False), ("attached", False), ("note", False),
                        ("SHA-256", False))  # fmt: skip
    for one in found:
        table.add_row(safe(one.name), str(one.bytes), one.entry or "—", f"{one.recorded_at:%Y-%m-%d}",
                      safe(one.note or ""), one.sha256[:16])  # fmt: skip
    out.print(table)
    for lost in sorted({one.name for one in found if one.kept_at is None}):
        out.print(safe(f"the bytes of {lost} are not kept: bring them back from a copy of the evidence folder"))


def print_claims(found: Claims) -> None:
    """Each claim beside ours with the difference, then what does not agree."""
    out = console()
    if not found.comparisons:
        out.print("No claim is on record. Upload some: ghg template claim -o claims.xlsx")
        return
    table = ruled_table(("claim", False), ("about", False), ("measure", False), ("theirs", True), ("ours", True),
                        ("", False), ("differs by", True), ("%", True), ("", False))  # fmt: skip
    for one in found.comparisons:
        claim = one.claim
        verdict = {True: "agrees", False: "differs", None: "not comparable"}[one.agrees]
        about = claim.about + (f" {claim.facility_id}" if claim.facility_id else "")
        table.add_row(safe(claim.claim_id), safe(about), safe(claim.measure), _shown(claim.value), _shown(one.ours),
                      safe(claim.unit), _shown(one.difference), _shown(one.difference_pct), verdict)  # fmt: skip
    out.print(table)
    for one in found.comparisons:
        for words in one.explanations:
            out.print(safe(f"{one.claim.claim_id}: {words}"), style="dim")
    print_findings(out, found.findings, {})
    agreeing = sum(1 for one in found.comparisons if one.agrees)
    out.print(f"{agreeing} of {len(found.comparisons)} agree within their tolerance, at size {found.checkpoint_size}.")


def _shown(value: Decimal | None) -> str:
    """An amount at three decimals at most, thin spaces between thousands; a dash for what is not known."""
    if value is None:
        return "—"
    places = "1" if value == value.to_integral_value() else "0.001"
    return grouped(value, places)


def claims_json(found: Claims) -> dict[str, Any]:
    """The answer of `ghg claims --json`."""
    made: dict[str, Any] = plain(found)
    made["findings"] = [finding.as_json() for finding in found.findings]
    return made


def print_recorded(batch: int | None, count: int, *, quiet: bool) -> None:
    """How many warnings went on record."""
    if quiet:
        return
    words = "Every warning is on record already." if batch is None else f"Batch {batch}: {count} findings on record."
    console().print(f"{words} Next: ghg findings --open")


def print_book_findings(found: Sequence[BookFinding], *, open_alone: bool) -> None:
    """Findings on record, a few lines each: what, about which row, its effect, and what became of it."""
    out = console()
    if not found:
        out.print("No finding is open." if open_alone else "No finding is on record.")
        return
    for one in found[:FINDINGS_SHOWN]:
        effect = "" if one.effect_kg is None else f", up to {tonnes(one.effect_kg, '0.001')} t CO\u2082e too much"
        about = f", {one.entry}" if one.entry else ""
        place = f" ({one.file}, line {one.line})" if one.file and one.line else f" ({one.file})" if one.file else ""
        out.print(Text(f"{one.id}  {one.state}  {one.code}{about}{place}{effect}", style="dim" if one.note else ""))
        out.print(Text("  ").append_text(safe(one.message)))
        if one.note:
            out.print(Text("  \u2192 ").append_text(safe(one.note)), style="dim")
        elif one.is_open:
            out.print(Text("  \u2192 ").append_text(safe(one.fix)), style="dim")
    if len(found) > FINDINGS_SHOWN:
        out.print(f"… and {len(found) - FINDINGS_SHOWN} more (--json lists all)")
    still = sum(1 for one in found if one.is_open)
    out.print(f"{len(found)} findings, {still} open." + (f" Next: ghg findings resolve {_first_open(found)} --note …"
                                                       if still else ""))  # fmt: skip


def _first_open(found: Sequence[BookFinding]) -> str:
    return next(one.id for one in found if one.is_open)


def print_evidence_shares(shares: Sequence[EvidenceShare]) -> None:
    """By scope and category: rows, those that a document shows, and their share of rows and of emissions."""
    out = console()
    if not shares:
        out.print("The ledger holds no activity in that period.")
        return
    table = ruled_table(("", False), ("rows", True), ("with a document", True), ("of rows", True),
                        ("of t CO\u2082e", True))  # fmt: skip
    for one in shares:
        name = f"Scope {one.scope}" + (f", category {one.scope3_category}" if one.scope3_category else "")
        kg = "\u2014" if one.share_of_kg is None else f"{100 * one.share_of_kg:.1f} %"
        table.add_row(name, grouped(one.rows), grouped(one.rows_with_evidence), f"{100 * one.share_of_rows:.1f} %", kg)
    out.print(table)
    out.print("A row counts in each category that it adds to.", style="dim")
