"""Tables and words of the places about reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ledger.disclosure.comparison.tables import SHOWN_EFFECTS, act_words, cause_words, measure_words
from ledger.disclosure.words.texts import text
from ledger.web.frame.measures import NOT_ADDED
from ledger.web.frame.tables import Column, Linked, Row, Table

if TYPE_CHECKING:
    from ledger.book.checking import CheckedFile
    from ledger.book.issued import IssuedState
    from ledger.disclosure.comparison.reading import ComparedReports
    from ledger.disclosure.requirements.index import ContentIndex, IndexLine
    from ledger.inventory.compared.comparison import ComparedFigure
    from ledger.web.frame.here import Here

_LOOKS = {"missing": "wrong", "partly": "attention"}
_MET = {"met": "met", "partly": "in part", "missing": "missing", "not_applicable": "does not apply"}
STATES = {
    "stands": "stands", "reissued": "stands; issued again as {reissued}",
    "restated": "superseded by a restatement ({restated})", "moved": "its figures have moved since",
}  # fmt: skip
BECAME = {
    "stands": "Its figures stand.", "reissued": "Its figures stand; it was issued again since.",
    "restated": "It is superseded by a restatement.", "moved": "Its figures have moved since.",
}  # fmt: skip


def index_table(index: ContentIndex, *, only_open: bool = False) -> Table:
    """The content index of a rule set."""
    columns = [
        Column("code", "Code", "code"), Column("state", "State"), Column("level", "Level"), Column("title", "Asked"),
        Column("why", "Where it stands, or why not"), Column("source", "Source"),
    ]  # fmt: skip
    rows = [_index_row(line) for line in index.lines if not only_open or line.state in _LOOKS]
    note = "Titles are in our words; the standard's own text decides."
    title = f"{index.rule_set.title} ({index.rule_set.version})"
    return Table(index.rule_set.name, title, columns, rows, note, "Nothing is missing.")


def _index_row(line: IndexLine) -> Row:
    asked = line.requirement
    where = line.words or (f"in: {line.where.replace('_', ' ')}" if line.where else "")
    look = _LOOKS.get(line.state, "") if asked.level == "required" else ""
    return Row(
        {"code": asked.code, "state": _MET[line.state], "level": asked.level, "title": asked.title, "why": where,
         "source": asked.source}, look,
    )  # fmt: skip


def issued_table(here: Here, told: Sequence[IssuedState]) -> Table:
    """What was issued, the last one first."""
    columns = [
        Column("entry", "Entry", "code"), Column("report", "Report"), Column("period", "Period"),
        Column("view", "View"), Column("language", "In"), Column("size", "Checkpoint", "number"),
        Column("when", "Issued", "time"), Column("by", "By"), Column("note", "Note"), Column("state", "State"),
    ]  # fmt: skip
    rows = [
        Row(
            {
                "entry": Linked(one.row.entry, here.link(f"/reports/issued/{one.row.entry}")),
                "report": one.row.report, "period": one.row.period.label, "view": one.row.view.replace("_", " "),
                "language": str((one.row.inputs or {}).get("language", "")), "size": one.row.checkpoint_size,
                "when": one.row.recorded_at, "by": here.called(one.row.person),
                "note": one.row.reason, "state": state_words(one),
            },
            "attention" if one.moved else "",
        )
        for one in reversed(told)
    ]  # fmt: skip
    return Table(
        "issued", "Issued reports", columns, rows,
        empty="Nothing was issued yet. Once a period is approved, a reviewer issues a report on its page.",
    )  # fmt: skip


def state_words(one: IssuedState) -> str:
    """What became of an issued report."""
    return STATES[one.state].format(reissued=one.reissued, restated=one.restated)


def moved_table(one: IssuedState) -> Table:
    """The headline figures of an issued report that are others now."""
    columns = [
        Column("measure", "Figure"), Column("issued", "Issued", "tonnes", places=3),
        Column("now", "Now", "tonnes", places=3), Column("difference", "Difference", "tonnes", places=3, signed=True),
    ]  # fmt: skip
    rows = [
        Row({"measure": measure_words(moved.measure), "issued": moved.issued_kg, "now": moved.now_kg,
             "difference": moved.difference_kg}) for moved in one.moved
    ]  # fmt: skip
    return Table("moved", "What has moved since", columns, rows, empty="Every headline figure is as it was issued.")


def differences_table(place: int, one: CheckedFile) -> Table:
    """Where a file differs from what the ledger makes."""
    columns = [
        Column("figure", "Figure", "code", unknown="not a figure"), Column("where", "Where"),
        Column("said", "The file says"), Column("ledger", "The ledger says"),
    ]  # fmt: skip
    rows = [
        Row({"figure": found.figure, "where": found.where, "said": found.said, "ledger": found.ledger})
        for found in one.differences
    ]  # fmt: skip
    note = f"{one.more} more places differ." if one.more else ""
    return Table(f"differences-{place}", f"Where {one.file.name} differs", columns, rows, note)


def compared_table(compared: ComparedReports) -> Table:
    """Each figure in A and B, and what each reason makes of the difference."""
    columns = [
        Column("figure", "Figure"), *(Column(key, title, "tonnes") for key, title in (("a", "A"), ("b", "B"))),
        Column("difference", "B less A", "tonnes", signed=True),
    ]  # fmt: skip
    rows = [row for one in compared.comparison.figures if one.measure != "energy_kwh" for row in _lines(compared, one)]
    note = f"The reasons under a figure add up to its difference. {NOT_ADDED}"
    return Table("figures", "Figures, and why they differ", columns, rows, note)


def energy_table(compared: ComparedReports) -> Table:
    """Energy in A and B, and what each reason makes of the difference."""
    columns = [Column("figure", "Figure"), Column("a", "A", "mwh"), Column("b", "B", "mwh"),
               Column("difference", "B less A", "mwh", signed=True)]  # fmt: skip
    rows = [row for one in compared.comparison.figures if one.measure == "energy_kwh" for row in _lines(compared, one)]
    return Table("energy", "Energy", columns, rows)


def _lines(compared: ComparedReports, one: ComparedFigure) -> list[Row]:
    """A figure, and below it what each reason makes of its difference."""
    figure = {"figure": measure_words(one.measure), "a": one.a, "b": one.b, "difference": one.difference}
    reasons = [
        Row({"figure": text(f"compare_reason_{reason}"), "difference": one.reasons[reason]}, "sub")
        for reason in compared.comparison.reasons if reason in one.reasons
    ]  # fmt: skip
    return [Row(figure, "total"), *reasons]


def causes_table(compared: ComparedReports, names: Mapping[str, str]) -> Table:
    """The causes one by one, the largest first."""
    columns = [Column("cause", "Cause"), Column("by", "Batch, who and when"),
               *(Column(name, measure_words(name), "tonnes", signed=True) for name in SHOWN_EFFECTS)]  # fmt: skip
    rows = [
        Row({"cause": cause_words(compared, cause), "by": act_words(cause, names),
             **{name: cause.effects.get(name) for name in SHOWN_EFFECTS}})
        for cause in compared.comparison.causes
    ]  # fmt: skip
    return Table("causes", "What caused it, the largest first", columns, rows, empty="Nothing differs.")
