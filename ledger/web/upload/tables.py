"""What the upload pages show: findings by code in words, what would be recorded, and what was recorded before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ledger.errors import Finding
from ledger.intake.handed_back.proposals import REGISTERS
from ledger.plain import grouped_amount
from ledger.web.frame.here import Here
from ledger.web.frame.measures import NOT_ADDED, measure_columns
from ledger.web.frame.paging import Pages, paged
from ledger.web.frame.tables import NOTHING, Column, Linked, Row, Table
from ledger.web.frame.words import page_words
from ledger.web.frame.words_of_files import OTHERWISE
from ledger.web.upload.review import Review
from schemas.kinds import KINDS
from schemas.measures import SCOPE_MEASURES

if TYPE_CHECKING:
    from ledger.book.results import UploadResult
    from ledger.intake.tables.mapping_proposal import Looked

SHOWN_PER_CODE = 10
SHOWN_ROWS = 200
_FIXES = 3
_RANK = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one code: the first of them, how many there are in all, and what to do."""

    code: str
    severity: str
    shown: tuple[Finding, ...]
    count: int
    fixes: tuple[str, ...]


def uploads_table(here: Here) -> tuple[Table, Pages | None]:
    """The files that were recorded, the last one first, each leading to its batch."""
    columns = (
        Column("file", "File"), Column("kind", "Holds"), Column("rows", "Rows", "number"),
        Column("who", "By"), Column("when", "Recorded", "time"), Column("batch", "Batch", "code"),
    )  # fmt: skip
    rows = [
        Row({
            "file": Linked(held.source_name, here.link(f"/batch/{held.batch}")),
            "kind": ", ".join(kind.replace("_", " ") for kind in held.kinds), "rows": held.rows, "who": held.person,
            "when": held.recorded_at, "batch": f"B{held.batch}",
        })
        for held in here.read("uploads")
    ]  # fmt: skip
    return paged(here, Table("uploads", "Recorded before", columns, rows, empty="Nothing was uploaded yet."))


def kinds_table(here: Here) -> Table:
    """Every kind of upload with what it is for, what a file must hold, and its empty workbook."""
    columns = (
        Column("kind", "Kind"), Column("template", "Empty workbook"), Column("about", "What it is for"),
        Column("needs", "Columns that are needed"), Column("columns", "Columns in all", "number"),
    )  # fmt: skip
    rows = [
        Row({
            "kind": name.replace("_", " "), "about": kind.about[:1].upper() + kind.about[1:],
            "needs": ", ".join(" or ".join(" + ".join(group) for group in need) for need in kind.needs),
            "columns": len(kind.columns), "template": Linked(f"{name}.xlsx", here.link(f"/upload/template/{name}")),
        })
        for name, kind in KINDS.items()
    ]  # fmt: skip
    return Table("kinds", "Every kind", columns, rows)


def grouped_findings(review: Review) -> list[Group]:
    """The findings by code, errors first, then the codes with most; ten of each, the rest counted."""
    if review.result is None:
        return []
    of_code: dict[tuple[str, str], list[Finding]] = {}
    for one in (one for one in review.result.findings if one not in review.result.settled):
        of_code.setdefault((one.severity, one.code), []).append(one)
    made = [_group(code, severity, own, review.result) for (severity, code), own in of_code.items()]
    return sorted(made, key=lambda group: (_RANK[group.severity], -group.count, group.code))


def _group(code: str, severity: str, own: list[Finding], result: UploadResult) -> Group:
    fixes = dict.fromkeys(page_words(one.fix) for one in own if one.fix)
    shown = own[:SHOWN_PER_CODE]
    if len(fixes) > 1:  # each has its own to do
        return Group(code, severity, tuple(replace(one, fix=page_words(one.fix)) for one in shown),
                     len(own) + int(result.more_findings.get(code, 0)), ())  # fmt: skip
    return Group(code, severity, tuple(replace(one, fix="") for one in shown),
                 len(own) + int(result.more_findings.get(code, 0)), tuple(fixes))  # fmt: skip


def settled_words(result: UploadResult | None) -> list[str]:
    """What rows mean for periods that were submitted, approved or closed."""
    told = [] if result is None else [page_words(one.message) for one in result.settled]
    return [words[:1].upper() + words[1:] + "." for words in told]


def findings_table(here: Here, review: Review) -> tuple[Table, Pages | None]:
    """Every finding that was kept, to take along."""
    columns = (
        Column("severity", "Weight"), Column("message", "What is wrong"), Column("sheet", "Sheet"),
        Column("line", "Line", "number"), Column("column", "Column"), Column("value", "Value"),
        Column("fix", "What to do"), Column("effect_kg", "Would change", "tonnes"), Column("code", "Code", "code"),
    )  # fmt: skip
    findings = review.result.findings if review.result else ()
    rows = [Row(_cells(one), {"error": "wrong", "warning": "attention"}.get(one.severity, "")) for one in findings]
    more = sum(map(int, review.result.more_findings.values())) if review.result else 0
    note = f"{grouped_amount(more)} more are counted and not listed: mend these first." if more else ""
    return paged(here, Table("findings", "All findings", columns, rows, note, empty="Nothing was found."))


def _cells(one: Finding) -> dict[str, Any]:
    names = ("severity", "message", "sheet", "line", "column", "value", "effect_kg", "code")
    return {name: getattr(one, name) for name in names} | {"fix": page_words(one.fix)}


def effect_table(review: Review) -> Table | None:
    """What accepting would add to the figures, by year and measure; None where it adds no activities."""
    added = review.result.added if review.result is not None else ()
    if not added:
        return None
    columns = [Column("year", "Year"), *measure_columns(unknown=NOTHING)]
    rows = [Row({"year": str(one.year), **{name: one.figures[name] for name in SCOPE_MEASURES}}) for one in added]
    return Table(
        "effect", "What accepting would add", columns, rows,
        note=f"Of whole facilities, before contracts and certificates are allotted. {NOT_ADDED}",
    )  # fmt: skip


def first_rows(review: Review) -> list[Looked]:
    """The tables of the file with their first rows, as they were found."""
    return [] if review.looked is None else [table for table in review.looked.tables if table.rows]


def asks_names(review: Review) -> bool:
    """Whether the file names facilities, entities or contracts that the ledger lacks."""
    return review.result is not None and any(one.code in REGISTERS for one in review.result.findings)


def asks_otherwise(review: Review) -> bool:
    """Whether a finding asks for another way of reading."""
    return review.result is not None and any(OTHERWISE in page_words(one.fix) or "“Numbers" in page_words(one.fix)
                                             for one in review.result.findings)  # fmt: skip


def state_words(review: Review) -> str:
    """How a file in review stands, in a few words."""
    words = {"waiting": "waits for its turn", "checking": "is being checked", "accepting": "is being recorded",
             "accepted": "recorded"}  # fmt: skip
    if review.doing in words:
        return words[review.doing]
    if review.result is None:
        return "could not be checked"
    if review.result.status == "already_recorded":
        return "is recorded already"
    errors = sum(group.count for group in grouped_findings(review) if group.severity == "error")
    if errors:
        return f"{_counted(errors, 'error')}: nothing can be recorded yet"
    warnings = sum(group.count for group in grouped_findings(review) if group.severity == "warning")
    ready = f"{_counted(review.result.rows, 'row')} can be accepted"
    return f"{ready}; {_counted(warnings, 'warning')}" if warnings else ready


def accepted_words(result: UploadResult) -> str:
    """What an accepted file brought, for the page of its batch."""
    if result.status == "already_recorded":
        return f"{result.source_name} was recorded before, as this batch; nothing was added."
    parts = [f"{result.source_name} is recorded as batch B{result.batch}: {_counted(result.rows, 'row')}"]
    if result.posted:
        parts.append(_counted(result.posted, "posting"))
    if result.not_quantified:
        parts.append(f"{_counted(result.not_quantified, 'line')} not quantified")
    kinds = set((result.kind or "").split("+"))
    told = [ALLOTTED] if kinds & {"activity", "instrument"} else []
    told += [CHOSEN] if kinds & {"factor", "chp_plant"} else []
    return " ".join([", ".join(parts) + ".", *told])


ALLOTTED = "Contracts and certificates are allotted by the next recalculation, under Factors."
"""What is said after activities and instruments: an upload posts its market-based lines as uncovered."""


CHOSEN = "Figures rest on it from the next recalculation on, under Factors, which shows its effect first."
"""What is said after factors: what was entered before keeps the factor that was chosen for it."""


def _counted(count: int, word: str) -> str:
    return f"{grouped_amount(count)} {word}{'' if count == 1 else 's'}"
