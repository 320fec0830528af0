"""Commands that tell whether everything is there: completeness, estimates, claims, documents and findings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    AtOption,
    JsonOption,
    LedgerOption,
    answer,
    book,
    faults,
    print_json,
    working,
)

commands = typer.Typer()
findings_app = typer.Typer(help="The findings on record, and what became of them.", invoke_without_command=True)
commands.add_typer(findings_app, name="findings")


@commands.command()
def completeness(
    period: Annotated[str | None, typer.Option(help="The period, like 2026 or 2026-Q3.")] = None,
    propose: Annotated[bool, typer.Option("--propose", help="Write what came regularly as expectations.")] = False,
    fill: Annotated[str | None, typer.Option(help="Write estimates for the days without data of this period.")] = None,
    method: Annotated[
        str | None, typer.Option(help="With --fill: by_days, same_month_last_year, neighbours or floor_area alone.")
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="With --period: put the warnings on record, for ghg findings.")
    ] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The CSV file to write.")] = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """What was expected against what came: a matrix by month, gaps, overlaps, outliers; and files to mend them."""
    from ledger.cli.upload import completeness_words as tables
    from ledger.errors import Misuse
    from ledger.plain import plain

    with faults(as_json), working("looking for gaps", quiet=as_json):
        asked = [name for name, given in (("--period", period), ("--propose", propose), ("--fill", fill)) if given]
        if len(asked) != 1:
            fix = "for instance ghg completeness --period 2026"
            raise Misuse("give one of --period, --propose and --fill", fix)
        held = book(ledger, actor)
        if propose:
            proposals = held.propose_expectations(output)
            print_json(plain(proposals)) if as_json else tables.print_proposals(proposals, output)
        elif fill is not None:
            filled = held.fill_gaps(fill, output, method=method)
            print_json(plain(filled)) if as_json else tables.print_estimates(filled)
        else:
            found = held.completeness(period or "", at=at)
            print_json(tables.completeness_json(found)) if as_json else tables.print_completeness(found)
            if record:
                done = held.record_completeness(period or "")
                tables.print_recorded(done.batch, done.counts["findings"], quiet=as_json)


@commands.command()
def attach(
    file: Annotated[Path, typer.Argument(help="The document: an invoice, a certificate, a letter.")],
    entries: Annotated[list[str] | None, typer.Argument(help="Entries that it shows, like B12-3.")] = None,
    note: Annotated[str, typer.Option(help="What it shows, in your words.")] = "",
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep a document by its SHA-256 and link it to entries; rows can then name it in a column evidence."""
    with faults(as_json):
        done = book(ledger, actor).attach(file, *(entries or ()), note=note)
    counts = done.counts
    if done.batch is None:
        words = f"{file.name} is attached there already; nothing was added."
        if not entries:
            words = f"{file.name} is kept already; nothing was added. Link it with: ghg attach {file} ENTRY"
    elif entries:
        where = entries[0] if counts["links"] == 1 else f"{counts['links']} entries"
        words = f"Batch {done.batch}: {file.name} is attached to {where}. Next: ghg trace {entries[0]}"
    else:
        words = f"Batch {done.batch}: {file.name} is kept. Link it with: ghg attach {file} ENTRY"
    answer(as_json, done.as_json(), words)


@commands.command()
def attachments(
    entry: Annotated[str | None, typer.Argument(help="An entry like B12-3; every document when left out.")] = None,
    period: Annotated[
        str | None, typer.Option(help="In place of the list: the share of a period that documents show.")
    ] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """The documents that are kept, with the entries that they show; or how much of a period they show."""
    from ledger.cli.upload.completeness_words import print_attachments, print_evidence_shares
    from ledger.plain import plain

    with faults(as_json):
        if period is not None:
            shares = book(ledger, actor).evidence_shares(period)
            print_json(plain(shares)) if as_json else print_evidence_shares(shares)
            return
        found = book(ledger, actor).attachments(entry)
        print_json(plain(found)) if as_json else print_attachments(found, entry)


@commands.command()
def claims(
    period: Annotated[str | None, typer.Option(help="Only claims that touch this period.")] = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Figures of others and control totals beside ours; compared, never posted."""
    from ledger.cli.upload import completeness_words as tables

    with faults(as_json):
        found = book(ledger, actor).claims(period, at=at)
        print_json(tables.claims_json(found)) if as_json else tables.print_claims(found)


@findings_app.callback()
def findings(
    context: typer.Context,
    period: Annotated[str | None, typer.Option(help="Only those about days of this period.")] = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only those still open.")] = False,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """The findings on record: warnings of accepted uploads and of completeness."""
    if context.invoked_subcommand is not None:
        return
    from ledger.cli.upload.completeness_words import print_book_findings
    from ledger.plain import plain

    with faults(as_json):
        held = book(ledger, actor)
        found = held.findings(period, open_only=open_only)
        if as_json:
            print_json(plain(found))
            return
        print_book_findings(found, open_alone=open_only)
        if still := len(held.threads(period=period, open_only=True)):
            typer.echo(f"Open in the review beside them: {still}. Next: ghg review list --open")


@findings_app.command("resolve")
def findings_resolve(
    finding: Annotated[str, typer.Argument(help="The finding's id, like B12-30.")],
    note: Annotated[str, typer.Option(help="What was done, or why nothing need be.")],
    state: Annotated[str, typer.Option(help="resolved, accepted (stays as it is) or reopened.")] = "resolved",
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what became of a finding; it stays on record with the note."""
    with faults(as_json):
        done = book(ledger, actor).resolve(finding, note=note, state=state)
    words = f"{finding} is {state} already; nothing was added." if done.batch is None else (
        f"Batch {done.batch}: {finding} is {state}. Next: ghg findings --open"
    )  # fmt: skip
    answer(as_json, done.as_json(), words)
