"""Commands that keep a ledger safe: snapshot, restore, rebuild, doctor."""

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
    ViewOption,
    answer,
    book,
    faults,
    print_json,
    working,
)

commands = typer.Typer()


@commands.command()
def snapshot(
    file: Annotated[Path, typer.Argument(help="The file to write, like ledger-2026-11-28.zip.")],
    people: Annotated[bool, typer.Option(help="Take the side file of names along.")] = True,
    ledger: LedgerOption = DEFAULT_LEDGER,
    as_json: JsonOption = False,
) -> None:
    """Copy the ledger with its evidence and checkpoints into one file."""
    with faults(as_json), working("copying", quiet=as_json):
        made = book(ledger, None).snapshot(file, people=people)
    value = {
        "file": str(made.path), "files": made.files, "bytes": made.size_bytes,
        "checkpoint": {"size": made.checkpoint.size, "root": made.checkpoint.root},
    }  # fmt: skip
    words = f"Wrote {made.path}: {made.files} files, {made.size_bytes:,} bytes, as of size {made.checkpoint.size}."
    answer(as_json, value, f"{words}\nBack again: ghg restore {made.path} --ledger NEW.duckdb")


@commands.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that ghg snapshot wrote.")],
    ledger: LedgerOption = DEFAULT_LEDGER,
    as_json: JsonOption = False,
) -> None:
    """Put a ledger back from a snapshot, where none is; every file is held against its digest."""
    from ledger.book import Ledger

    with faults(as_json), working("restoring", quiet=as_json):
        restored = Ledger.restore(file, ledger)
        checkpoint = restored.checkpoint()
    value = {"ledger": str(ledger), "checkpoint": {"size": checkpoint.size, "root": checkpoint.root}}
    answer(as_json, value, f"Restored {ledger} (size {checkpoint.size}).\nNext: ghg verify --ledger {ledger}")


@commands.command()
def rebuild(
    new: Annotated[Path, typer.Argument(help="Where to make the new ledger file.")],
    ledger: LedgerOption = DEFAULT_LEDGER,
    as_json: JsonOption = False,
) -> None:
    """Make the ledger's file anew from its evidence folder; it must give the roots that were signed."""
    with faults(as_json), working("rebuilding", quiet=as_json):
        made = book(ledger, None).rebuild(new)
    value = {"ledger": str(new), "size": made.size, "entries": made.entries, "root": made.root, "signed": made.signed}
    held = "as it was signed" if made.signed else "which no signed checkpoint beside it confirms"
    words = f"Rebuilt {new}: {made.size} batches, {made.entries:,} entries, root {made.root[:12]}, {held}."
    answer(as_json, value, f"{words}\nNext: ghg verify --ledger {new}")


@commands.command()
def migrate(
    snapshot: Annotated[Path | None, typer.Option(help="Where to write the snapshot before; beside it if not.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a ledger of an earlier version to this one: a snapshot first, then its new tables; no entry changes."""
    with faults(as_json), working("migrating", quiet=as_json):
        made = book(ledger, actor).migrate(snapshot)
    value = {
        "from": made.from_version, "to": made.to_version, "tables": list(made.tables), "batch": made.batch,
        "snapshot": None if made.snapshot is None else str(made.snapshot),
    }  # fmt: skip
    words = f"{ledger} is of schema {made.to_version} already; nothing to do."
    if made.batch is not None:
        words = (
            f"Batch {made.batch}: {ledger} went from schema {made.from_version} to {made.to_version}, "
            f"{len(made.tables)} tables came. The ledger as it was: {made.snapshot}\nNext: ghg verify"
        )
    answer(as_json, value, words)


@commands.command()
def pack(
    period: Annotated[str, typer.Option(help="The period, like 2026-Q3.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write, like evidence-2026-Q3.zip.")],
    formats: Annotated[
        str, typer.Option("--format", help="Of the report: pdf, xlsx, html, json.")
    ] = "pdf,xlsx,html,json",
    view: ViewOption = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    as_json: JsonOption = False,
) -> None:
    """A report with everything from which a stranger recomputes it, and the program to do so, in one file."""
    with faults(as_json), working("packing", quiet=as_json):
        wanted = tuple(part.strip() for part in formats.split(","))
        made = book(ledger, None).pack(period, output, view=view, at=at, formats=wanted)
    value = {
        "file": str(made.path), "postings": made.postings, "entries": made.entries, "batches": made.batches,
        "checkpoint": {"size": made.checkpoint.size, "root": made.checkpoint.root}, "issued": made.issued,
    }  # fmt: skip
    counts = f"{made.postings:,} postings, {made.entries:,} entries of {made.batches} batches"
    words = f"Wrote {made.path}: {counts}, as of size {made.checkpoint.size}."
    words += " The report in it is the one that was issued from there." if made.issued else ""
    answer(as_json, value, f"{words}\nAnyone: unzip -p {made.path} verify_pack.py > v.py; python v.py {made.path}")


@commands.command()
def doctor(ledger: LedgerOption = DEFAULT_LEDGER, as_json: JsonOption = False) -> None:
    """What stands in the way of daily work, each with what to do; exit 1 where something is wrong."""
    from ledger.assurance.doctor import worst
    from ledger.plain import plain

    with faults(as_json):
        found = book(ledger, None).doctor()
    if as_json:
        print_json([plain({name: getattr(check, name) for name in check.__slots__}) for check in found])
    else:
        from ledger.terminal import print_checks

        print_checks(found)
    if worst(found) == "wrong":
        raise typer.Exit(1)
