"""The command line: the same verbs as the library, in words a person can act on."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ledger.book import Ledger

app = typer.Typer(
    name="ghg",
    no_args_is_help=False,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Greenhouse gas accounts as an append-only ledger. Start with: ghg demo demo",
)
factors_app = typer.Typer(help="The emission factors of this ledger.", no_args_is_help=True)
checkpoint_app = typer.Typer(help="The signed size and root of the log, to keep outside.", no_args_is_help=True)
app.add_typer(factors_app, name="factors")
app.add_typer(checkpoint_app, name="checkpoint")

LedgerOption = Annotated[
    Path, typer.Option("--ledger", envvar="GHG_LEDGER", help="The ledger file.", show_default="ledger.duckdb")
]
ActorOption = Annotated[
    str | None, typer.Option("--actor", envvar="GHG_ACTOR", help="Who acts; the OS user when left out.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
DEFAULT_LEDGER = Path("ledger.duckdb")

FIRST_STEPS = """Greenhouse gas accounts as an append-only ledger.

  ghg demo demo                 a worked company, from files to a report, in ./demo
  ghg init                      your own ledger, in ./ledger.duckdb
  ghg template activity         an empty workbook to fill in and upload

  ghg --help                    every command
"""


@app.callback(invoke_without_command=True)
def first_contact(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Show the first steps when called bare."""
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"ghg-ledger {installed('ghg-ledger')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(FIRST_STEPS)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to make it; must be new or empty.")] = Path("demo"),
) -> None:
    """A worked company: files, upload, findings, figures, report, trace and verification."""
    from ledger.demo.run import run_demo

    with _faults():
        run_demo(folder)


@app.command()
def init(
    organisation: Annotated[str, typer.Option(help="The reporting organisation.")] = "",
    consolidation: Annotated[str, typer.Option(help="Consolidation approach.")] = "operational_control",
    gwp: Annotated[str, typer.Option(help="GWP set: AR4, AR5 or AR6.")] = "AR6",
    base_year: Annotated[int | None, typer.Option(help="Base year.")] = None,
    fiscal_year_start: Annotated[str, typer.Option(help="First day of the fiscal year, MM-DD.")] = "01-01",
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a ledger and publish the shipped emission factors into it."""
    from ledger.book import Ledger

    with _faults(as_json):
        made = Ledger.init(
            ledger,
            organisation=organisation or ledger.resolve().stem,
            consolidation=consolidation,
            gwp=gwp,
            base_year=base_year,
            fiscal_year_start=fiscal_year_start,
            actor=actor,
        )
        checkpoint = made.checkpoint()
        _answer(
            as_json,
            {"ledger": str(ledger), "checkpoint": {"size": checkpoint.size, "root": checkpoint.root}},
            f"Made {ledger} with the shipped factors ({checkpoint.size} batches).\n"
            f"Next: ghg template facility -o facilities.xlsx, then ghg upload facilities.xlsx",
        )


@app.command()
def upload(
    file: Annotated[Path, typer.Argument(help="A CSV or XLSX file.")],
    kind: Annotated[
        str | None, typer.Option("--as", help="What it holds; recognised by its headers when left out.")
    ] = None,
    locale: Annotated[str | None, typer.Option(help="How it writes numbers and dates: en-GB, en-US, de, fr …")] = None,
    check: Annotated[bool, typer.Option("--check", help="Say what would happen and write nothing.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Take a file once more whose batch was reversed.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why, with --again.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read, validate and record a file: all of it, or nothing and every fault listed."""
    with _faults(as_json), _working(f"reading {file.name}", quiet=as_json):
        done = _ledger(ledger, actor).upload(file, kind, locale=locale, check=check, again=again, reason=reason)
    if as_json:
        _print_json(done.as_json())
    else:
        from ledger.terminal import print_upload

        print_upload(done)
    if done.status == "refused" or done.errors:
        raise typer.Exit(1)


@app.command()
def template(
    kind: Annotated[
        str, typer.Argument(help="activity, facility, legal_entity, holding, instrument, factor or metric.")
    ],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The workbook to write.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
) -> None:
    """An empty upload workbook with explanations and drop-downs."""
    with _faults():
        path = _ledger(ledger, actor).template(kind, output or Path(f"{kind}.xlsx"))
        typer.echo(f"Wrote {path}. Fill it in, then: ghg upload {path}")


@app.command()
def calculate(
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "calculate",
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide every factor anew and allot instruments; writes only what differs."""
    with _faults(as_json), _working("calculating", quiet=as_json):
        done = _ledger(ledger, actor).calculate(reason=reason)
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in done.counts.items())
    words = "Nothing differs; nothing was written." if done.batch is None else f"Batch {done.batch}: {counts}."
    _answer(as_json, done.as_json(), words)


@app.command()
def inventory(
    period: Annotated[str, typer.Option(help="2026, 2026-Q3, 2026-07, FY2026, 2026-01-01..2026-06-30 …")],
    by: Annotated[
        str | None, typer.Option(help="facility, category, month, gas, activity_type, source_type, country.")
    ] = None,
    view: Annotated[str, typer.Option(help="Consolidation view.")] = "operational_control",
    at: Annotated[int | None, typer.Option(help="As the ledger stood at this number of batches.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """The figures of a period."""
    from ledger.terminal import inventory_json, print_breakdown, print_inventory

    with _faults(as_json):
        book = _ledger(ledger, actor)
        if by is not None:
            from ledger.results import plain

            rows = book.breakdown(period, by, view=view, at=at)
            _print_json(plain(rows)) if as_json else print_breakdown(rows, by)
            return
        figures = book.inventory(period, view=view, at=at)
        _print_json(inventory_json(figures)) if as_json else print_inventory(figures)


@app.command()
def report(
    kind: Annotated[str, typer.Argument(help="quarterly")] = "quarterly",
    period: Annotated[str, typer.Option(help="The period, like 2026-Q3.")] = ...,  # type: ignore[assignment]
    formats: Annotated[
        str, typer.Option("--format", help="pdf, xlsx, html, json; several joined by commas.")
    ] = "pdf,xlsx,html,json",
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder to write to.")] = Path(),
    view: Annotated[str, typer.Option(help="Consolidation view.")] = "operational_control",
    at: Annotated[int | None, typer.Option(help="As the ledger stood at this number of batches.")] = None,
    paper: Annotated[str, typer.Option(help="A4 or Letter.")] = "A4",
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a report; the same checkpoint gives the same bytes."""
    with _faults(as_json), _working(f"making the {kind} report", quiet=as_json):
        wanted = tuple(part.strip() for part in formats.split(","))
        written = _ledger(ledger, actor).report(
            kind, period=period, formats=wanted, folder=output, view=view, at=at, paper=paper
        )
    _answer(
        as_json, {name: str(path) for name, path in written.items()}, "\n".join(str(path) for path in written.values())
    )


@app.command()
def trace(
    what: Annotated[str, typer.Argument(help="A figure's id from a report, or an entry like B12-3.")],
    limit: Annotated[int, typer.Option(help="How many of the largest lines to show.")] = 20,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Follow a figure to its postings, factors, activities, files and lines."""
    with _faults(as_json):
        found = _ledger(ledger, actor).trace(what, limit=limit)
        if as_json:
            _print_json(found.as_json())
            return
        from ledger.assurance.trace import rendered

        _console().print(rendered(found))


@app.command()
def verify(
    checkpoint: Annotated[
        Path | None, typer.Option(help="A checkpoint you kept: is this ledger its continuation?")
    ] = None,
    since: Annotated[int | None, typer.Option(help="Only batches after this number.")] = None,
    entry: Annotated[str | None, typer.Option(help="Only this entry, with its proof.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recompute every digest and every posting; exit 1 where anything does not hold."""
    with _faults(as_json), _working("verifying", quiet=as_json):
        found = _ledger(ledger, actor).verify(checkpoint=checkpoint, since=since, entry=entry)
    if as_json:
        _print_json(found.as_json())
    else:
        from ledger.terminal import print_verification

        print_verification(found)
    if not found.ok:
        raise typer.Exit(1)


@app.command()
def reverse(
    entry: Annotated[str, typer.Argument(help="An entry (B12-3) or a whole batch (B12).")],
    reason: Annotated[str, typer.Option(help="A reason code: error, duplicate, wrong_facility, withdrawn, other.")],
    note: Annotated[str, typer.Option(help="In your words.")] = "",
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cancel an entry or a batch by its exact negative; nothing is deleted."""
    with _faults(as_json), _working("reversing", quiet=as_json):
        done = _ledger(ledger, actor).reverse(entry, reason=reason, note=note)
    _answer(as_json, done.as_json(), f"Batch {done.batch}: {done.counts['activities']} activities reversed.")


@app.command()
def correct(
    entry: Annotated[str, typer.Argument(help="An entry, like B12-3.")],
    changes: Annotated[list[str], typer.Option("--set", help="column=value; several are allowed.")],
    reason: Annotated[str, typer.Option(help="A reason code: error, meter, unit, wrong_facility, other.")],
    note: Annotated[str, typer.Option(help="In your words.")] = "",
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put an entry right: a reversal and a replacement, with the reason."""
    from ledger.errors import Misuse

    with _faults(as_json):
        pairs = [change.partition("=") for change in changes]
        if bad := [change for change, (_n, equals, _v) in zip(changes, pairs, strict=True) if not equals]:
            raise Misuse(f"'{bad[0]}' does not set a column", "write --set quantity=120.5")
        wanted = {name.strip(): value for name, _, value in pairs}
        done = _ledger(ledger, actor).correct(entry, wanted, reason=reason, note=note)
        _answer(as_json, done.as_json(), f"Batch {done.batch}: {entry} reversed and replaced.")


@factors_app.command("list")
def factors_list(ledger: LedgerOption = DEFAULT_LEDGER, actor: ActorOption = None, as_json: JsonOption = False) -> None:
    """The datasets of this ledger, with edition and licence."""
    from ledger.terminal import print_rows

    with _faults(as_json):
        rows = _ledger(ledger, actor).datasets()
        _print_json(rows) if as_json else print_rows(rows)


@factors_app.command("search")
def factors_search(
    words: Annotated[list[str], typer.Argument(help="Words that the factor must have, like: electricity GB.")],
    limit: Annotated[int, typer.Option(help="How many at most.")] = 50,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find factors by words in id, activity type, dataset, place or line."""
    from ledger.results import plain
    from ledger.terminal import print_factors

    with _faults(as_json):
        rows = _ledger(ledger, actor).factors(" ".join(words), limit=limit)
        _print_json(plain(rows)) if as_json else print_factors(rows)


@factors_app.command("show")
def factors_show(
    factor_id: Annotated[str, typer.Argument(help="The factor's id.")],
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """One factor whole, with source, licence and caveats."""
    from ledger.results import plain
    from ledger.terminal import print_record

    with _faults(as_json):
        record = plain(_ledger(ledger, actor).factor(factor_id))
        _print_json(record) if as_json else print_record(record)


@factors_app.command("publish")
def factors_publish(
    ledger: LedgerOption = DEFAULT_LEDGER, actor: ActorOption = None, as_json: JsonOption = False
) -> None:
    """Publish the shipped datasets that this ledger does not have yet."""
    with _faults(as_json):
        done = _ledger(ledger, actor).publish_factors()
        _answer(as_json, done.as_json(), f"{done.counts['datasets']} datasets published; next: ghg calculate")


@checkpoint_app.command("export")
def checkpoint_export(
    file: Annotated[Path, typer.Argument(help="Where to write it.")],
    ledger: LedgerOption = DEFAULT_LEDGER,
) -> None:
    """Write the last signed checkpoint to a file; keep it where nobody of us can change it."""
    from ledger.errors import Misuse
    from ledger.store.checkpoint import checkpoints_path, read_notes

    with _faults():
        path = checkpoints_path(ledger)
        if not path.exists():
            raise Misuse(f"{ledger} has no checkpoints", "name the ledger with --ledger")
        note = read_notes(path.read_text(encoding="utf-8"))[-1]
        file.write_text(note.note(), encoding="utf-8")
        typer.echo(f"Wrote {file} (size {note.checkpoint.size}). Later: ghg verify --checkpoint {file}")


# -- shared ---------------------------------------------------------------------------------------------


def _ledger(path: Path, actor: str | None) -> Ledger:
    from ledger.book import Ledger

    return Ledger(path, actor=actor)


@contextmanager
def _faults(as_json: bool = False) -> Iterator[None]:
    """Errors become words and an exit code: what is wrong, and what to do. Never a traceback."""
    from ledger.errors import LedgerError

    try:
        yield
    except LedgerError as fault:
        if as_json:
            _print_json({"error": {"code": fault.code, "message": str(fault), "fix": fault.fix}})
        else:
            typer.echo(f"ghg: {fault}", err=True)
            if fault.fix:
                typer.echo(f"     {fault.fix}", err=True)
        raise typer.Exit(fault.exit_code) from None
    except (FileNotFoundError, PermissionError, IsADirectoryError) as fault:
        typer.echo(f"ghg: {fault.filename}: {(fault.strerror or 'cannot be read').lower()}", err=True)
        raise typer.Exit(2) from None


@contextmanager
def _working(what: str, *, quiet: bool) -> Iterator[None]:
    """A line that moves while long work is done, on a terminal only."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{what} …"):
        yield


def _console() -> Any:
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "110")))


def _answer(as_json: bool, value: Any, words: str) -> None:
    if as_json:
        _print_json(value)
    else:
        typer.echo(words)


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def main(run: Callable[[], None] = app) -> None:
    """The entry point of the command `ghg`."""
    run()


if __name__ == "__main__":
    main()
