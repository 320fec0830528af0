"""Reports: make them, issue them, list what was issued."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    AtOption,
    JsonOption,
    LedgerOption,
    ViewOption,
    answer,
    book,
    faults,
    print_json,
    working,
)

if TYPE_CHECKING:
    from ledger.book import Ledger

commands = typer.Typer()
ALL = "all"
"""In the place of a kind: every kind of report."""
_MADE = "pdf,xlsx,html,json"
_FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        help="With --check: the files to check; the kind may be left out. With compare: A and B, each an issued "
        "report (B52-1), a report's file, 2026-Q3@12 (the ledger at 12 batches), or 2026-Q3 (as it is now)."
    ),
]
_FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="pdf, xlsx, html, json; ixbrl for esrs-set-1; csv for compare, which writes no file without this; "
        "several joined by commas.",
        show_default=_MADE,
    ),
]
_NarrativeOption = Annotated[
    Path | None,
    typer.Option(
        help="Texts that people give: ghg requirements --template FILE writes an empty one. "
        "With --check: those of a statement that was not issued."
    ),
]


@commands.command()
def report(
    kind: Annotated[
        str,
        typer.Argument(
            help="quarterly, ghg-protocol, iso-14064-1, esrs-set-1, esrs-revised, ifrs-s2 or ai-footprint; "
            "all: every one of them; list: what was issued; "
            "compare: two of them side by side."
        ),
    ] = "quarterly",
    files: _FilesArgument = None,
    period: Annotated[str | None, typer.Option(help="The period, like 2026-Q3.")] = None,
    issue: Annotated[
        bool, typer.Option("--issue", help="Hand it out: keep its bytes and inputs, and put it on record.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Say whether files are ours and unchanged, and which figure differs.")
    ] = False,
    formats: _FormatOption = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder to write to.")] = Path(),
    view: ViewOption = None,
    at: AtOption = None,
    paper: Annotated[str, typer.Option(help="A4 or Letter.")] = "A4",
    narrative: _NarrativeOption = None,
    language: Annotated[
        str | None, typer.Option(help="en or de; the company's own when left out: ghg setting set report_language de.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="With --issue: for the record, as to whom it goes.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a report, issue it, list what was issued, or compare two; the same checkpoint gives the same bytes."""
    with faults(as_json), working(f"making the {kind} report", quiet=as_json):
        held = book(ledger, actor)
        if kind == "list":
            _list(held, period, as_json=as_json)
        elif kind == "compare" and not check:
            named = () if formats is None else _split(formats)
            wish = _Wish(period, named, output, view, at, paper, narrative, language)
            _compare(held, files or [], wish, as_json=as_json)
        elif files or check:
            _check(held, kind, files or [], narrative, check=check, as_json=as_json)
        else:
            wanted = _split(_MADE if formats is None else formats)
            wish = _Wish(period, wanted, output, view, at, paper, narrative, language)
            _make(held, kind, wish, issue=issue, reason=reason, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be made: of which period and view, at which size, in which formats, with which texts, and where."""

    period: str | None
    formats: tuple[str, ...]
    folder: Path
    view: str | None
    at: int | None
    paper: str
    narrative: Path | None
    language: str | None


def _split(formats: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in formats.split(","))


def _make(held: Ledger, kind: str, wish: _Wish, *, issue: bool, reason: str | None, as_json: bool) -> None:
    """Make a report, or issue it."""
    from ledger.cli.reports import report_words
    from ledger.errors import Misuse

    if wish.period is None:
        raise Misuse("a report of which period?", f"name it: ghg report {kind} --period 2026-Q3")
    given: dict[str, Any] = {name: getattr(wish, name) for name in wish.__slots__}
    if reason is not None and not issue:
        raise Misuse("a reason is kept with what is handed out alone", "give it with --issue, or leave it out")
    if issue and kind == ALL:
        raise Misuse("each report is issued by itself, since each is one entry", "name its kind with --issue")
    if issue:
        done = held.issue_report(kind, reason=reason, **given)
        answer(as_json, report_words.done_json(done), report_words.done_words(done))
        return
    if kind == ALL:
        _make_all(held, given, as_json=as_json)
        return
    written = held.report(kind, **given)
    named = {name: str(path) for name, path in written.items()}
    answer(as_json, named, "\n".join(named.values()))


def _make_all(held: Ledger, given: dict[str, Any], *, as_json: bool) -> None:
    """Every kind of report there is; texts of people go to those that have a place for them."""
    from ledger.disclosure.kinds import kinds
    from ledger.disclosure.quarterly.document import QUARTERLY

    made = {}
    for kind in kinds():
        own = given | ({"narrative": None} if kind == QUARTERLY else {})
        made[kind] = {name: str(path) for name, path in held.report(kind, **own).items()}
    answer(as_json, made, "\n".join(path for files in made.values() for path in files.values()))


def _list(held: Ledger, period: str | None, *, as_json: bool) -> None:
    """What was issued, and what became of it."""
    from ledger.cli.reports import report_words

    told, people = held.issued_reports(period), held.people()
    print_json(report_words.issued_json(told, people)) if as_json else report_words.print_issued(told, people)


def _check(held: Ledger, kind: str, files: list[Path], narrative: Path | None, *, check: bool, as_json: bool) -> None:
    """Say of each file what it is; exit 1 where one is not ours or not unchanged.

    A first word that is no kind of report is a file too; each then says itself which report it is.
    """
    from ledger.cli.reports import report_words
    from ledger.disclosure.kinds import kinds
    from ledger.errors import Misuse

    known = kind in kinds()
    if check and not known:
        files = [Path(kind), *files]
    if not (files and check):
        what = "no file to check" if check else f"what to do with {files[0]}?"
        raise Misuse(what, f"ghg report {kind} --check FILE …, or ghg report {kind} --period 2026-Q3")
    told = held.check_reports(*files, kind=kind if known else None, narrative=narrative)
    print_json(report_words.checked_json(told)) if as_json else report_words.print_checked(told)
    if not all(one.ok for one in told):
        raise typer.Exit(1)


def _compare(held: Ledger, named: list[Path], wish: _Wish, *, as_json: bool) -> None:
    """Two reports side by side: on the terminal, as JSON, or as files where formats are given."""
    from ledger.cli.reports import comparison_words
    from ledger.errors import Misuse

    if len(named) != 2 or wish.period is not None or wish.at is not None:
        raise Misuse(
            "two reports are compared, and both are named",
            "like: ghg report compare 2026-Q3@12 2026-Q3, or compare B52-1 report.pdf; period and size stand in them",
        )
    a, b = (str(one) for one in named)
    if wish.formats:
        given: dict[str, Any] = {
            name: getattr(wish, name) for name in ("formats", "folder", "view", "paper", "language")
        }
        written = {name: str(path) for name, path in held.compare_report_files(a, b, **given).items()}
        answer(as_json, written, "\n".join(written.values()))
        return
    told, people = held.compare_reports(a, b, view=wish.view), held.people()
    if as_json:
        print_json(comparison_words.comparison_json(told, people))
    else:
        comparison_words.print_comparison(told, people)
