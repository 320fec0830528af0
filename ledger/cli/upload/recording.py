"""Commands that write: upload, correct, reverse, calculate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.given import choices_of
from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    JsonOption,
    LedgerOption,
    answer,
    book,
    faults,
    print_json,
    working,
)

if TYPE_CHECKING:
    from ledger.book import Ledger
    from ledger.book.results import UploadResult, WriteResult

commands = typer.Typer()


@commands.command()
def upload(
    file: Annotated[Path, typer.Argument(help="A CSV or XLSX file, or an export of another program.")],
    kind: Annotated[str | None, typer.Option("--as", help="What it holds; by its headers when left out.")] = None,
    locale: Annotated[str | None, typer.Option(help="How it writes numbers and dates: en-GB, en-US, de, fr …")] = None,
    sheet: Annotated[str | None, typer.Option(help="The one sheet of a workbook to read.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Of a text file that is not UTF-8: cp1252, utf-16 …")] = None,
    pivot: Annotated[
        str | None, typer.Option(help="Read a wide table: months, quarters, years or activities across its columns.")
    ] = None,
    year: Annotated[int | None, typer.Option(help="The year of columns that do not say theirs.")] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="A TOML file of what headers and words mean (ghg mapping propose FILE).")
    ] = None,
    choose: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE: what an export leaves open (facility_id=…, timezone=…); may be repeated."),
    ] = None,
    propose: Annotated[
        Path | None, typer.Option(help="Write a file of facilities, entities and contracts not known yet; no more.")
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Say what would happen and record nothing; the faults of a file are marked in a copy beside it.",
        ),
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Take a file once more whose batch was reversed.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why, with --again or --replace.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Let runs and readings replace others held.")] = False,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read, validate and record a file: all of it, or nothing and every fault listed."""
    with faults(as_json), working(f"reading {file.name}", quiet=as_json):
        held = book(ledger, actor)
        done = held.upload(
            file, kind, locale=locale, sheet=sheet, encoding=encoding, pivot=pivot, year=year, mapping=mapping,
            choices=choices_of(choose or ()), propose=propose, check=check, again=again, reason=reason, replace=replace,
        )  # fmt: skip
        after = None if as_json else _after(held, done)
    if as_json:
        print_json(done.as_json())
    else:
        from ledger.terminal import print_upload

        print_upload(done, after)
    if not done.proposed and (done.status == "refused" or done.errors):
        raise typer.Exit(1)


def _after(held: Ledger, done: UploadResult) -> str | None:
    """The next step where it depends on what the rows say, not on their kind alone."""
    from ledger.terminal import after_forecast

    if done.status != "accepted" or done.batch is None or (done.kind or "").split("+")[-1] != "grid_intensity":
        return None
    zones = held.forecast_zones(done.batch)
    return after_forecast(zones) if zones else None


@commands.command()
def template(
    kind: Annotated[
        str, typer.Argument(help="activity, facility, ai_run, grid_intensity … (docs/formats.md has every kind).")
    ],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The workbook to write, .xlsx.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
) -> None:
    """An empty upload workbook with explanations and drop-downs."""
    with faults():
        path = book(ledger, actor).template(kind, output or Path(f"{kind}.xlsx"))
        said = " --as history" if kind == "history" else ""  # never taken unasked
        typer.echo(f"Wrote {path}. Fill it in, then: ghg upload {path}{said}")


@commands.command()
def calculate(
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "calculate",
    check: Annotated[
        bool, typer.Option("--check", help="Say what would change, by figure and factor, and write nothing.")
    ] = False,
    period: Annotated[
        str | None, typer.Option(help="With --check: one figure for this period; each quarter when left out.")
    ] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide every factor anew and allot instruments; writes only what differs."""
    with faults(as_json), working("calculating", quiet=as_json):
        if check or period:
            from ledger.cli.factors.edition_words import print_effect

            effect = book(ledger, actor).calculation_effect(period)
            print_json(effect.as_json()) if as_json else print_effect(effect)
            return
        done = book(ledger, actor).calculate(reason=reason)
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in done.counts.items())
    words = "Nothing differs; nothing was written." if done.batch is None else f"Batch {done.batch}: {counts}."
    answer(as_json, done.as_json(), words)


@commands.command()
def reverse(
    entry: Annotated[str, typer.Argument(help="An entry (B12-3) or a whole batch (B12).")],
    reason: Annotated[
        str, typer.Option(help="A reason code: error, duplicate, superseded, restated, wrong_facility, other …")
    ],
    note: Annotated[str, typer.Option(help="In your words.")] = "",
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cancel an entry or a batch by its exact negative; nothing is deleted."""
    with faults(as_json), working("reversing", quiet=as_json):
        done = book(ledger, actor).reverse(entry, reason=reason, note=note)
    answer(
        as_json,
        done.as_json(),
        f"Batch {done.batch}: activities reversed: {done.counts['activities']}.\n{_next(done)}",
    )


@commands.command()
def correct(
    entry: Annotated[str, typer.Argument(help="An entry, like B12-3.")],
    changes: Annotated[list[str], typer.Option("--set", help="column=value; several are allowed.")],
    reason: Annotated[str, typer.Option(help="A reason code: error, meter, unit, wrong_facility, other.")],
    note: Annotated[str, typer.Option(help="In your words.")] = "",
    locale: Annotated[
        str | None, typer.Option(help="How --set writes numbers and dates (en-GB, de, …); plain and ISO need none.")
    ] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put an entry right: a reversal and a replacement, with the reason."""
    from ledger.errors import Misuse

    with faults(as_json):
        pairs = [change.partition("=") for change in changes]
        if bad := [change for change, (_n, equals, _v) in zip(changes, pairs, strict=True) if not equals]:
            raise Misuse(f"'{bad[0]}' does not set a column", "write --set quantity=120.5")
        wanted = {name.strip(): value for name, _, value in pairs}
        done = book(ledger, actor).correct(entry, wanted, reason=reason, note=note, locale=locale)
        answer(
            as_json,
            done.as_json(),
            f"Batch {done.batch}: {entry} reversed and replaced.\n{_next(done)}",
        )


def _next(done: WriteResult) -> str:
    """The next step after rows were taken back or put right, and what they mean for settled periods."""
    from ledger.terminal import next_words

    return next_words(done.findings, "ghg calculate, which allots instruments anew")
