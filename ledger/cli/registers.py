"""Commands for what figures rest on: emission factors and checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    JsonOption,
    LedgerOption,
    answer,
    book,
    faults,
    print_json,
)

factors_app = typer.Typer(help="The emission factors of this ledger.", no_args_is_help=True)

checkpoint_app = typer.Typer(help="The signed size and root of the log, to keep outside.", no_args_is_help=True)


@factors_app.command("list")
def factors_list(ledger: LedgerOption = DEFAULT_LEDGER, actor: ActorOption = None, as_json: JsonOption = False) -> None:
    """The datasets of this ledger, with edition and licence."""
    from ledger.terminal import print_rows

    with faults(as_json):
        rows = book(ledger, actor).datasets()
        print_json(rows) if as_json else print_rows(rows)


@factors_app.command("search")
def factors_search(
    words: Annotated[list[str], typer.Argument(help="Words that the factor must have, like: electricity GB.")],
    limit: Annotated[int, typer.Option(help="How many at most.")] = 50,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find factors by words in id, activity type, dataset, place or line."""
    from ledger.plain import plain
    from ledger.terminal import print_factors

    with faults(as_json):
        rows = book(ledger, actor).factors(" ".join(words), limit=limit)
        print_json(plain(rows)) if as_json else print_factors(rows)


@factors_app.command("show")
def factors_show(
    factor_id: Annotated[str, typer.Argument(help="The factor's id.")],
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """One factor whole, with source, licence and caveats."""
    from ledger.plain import plain
    from ledger.terminal import print_record

    with faults(as_json):
        record = plain(book(ledger, actor).factor(factor_id))
        print_json(record) if as_json else print_record(record)


@factors_app.command("publish")
def factors_publish(
    dataset: Annotated[
        list[str] | None, typer.Option(help="Only this shipped dataset, like desnz-2025; may be given again.")
    ] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish the shipped datasets that this ledger does not have yet."""
    with faults(as_json):
        done = book(ledger, actor).publish_factors(dataset or ())
        words = f"{done.counts['datasets']} datasets published"
        if done.batch is not None:
            words += "; see what they would change: ghg calculate --check"
        answer(as_json, done.as_json(), words)


@factors_app.command("chp")
def factors_chp(ledger: LedgerOption = DEFAULT_LEDGER, actor: ActorOption = None, as_json: JsonOption = False) -> None:
    """Suppliers' plants of combined heat and power, their emissions split into heat and power.

    Enter plants with: ghg template chp_plant, then ghg upload.
    """
    from ledger.plain import plain
    from ledger.terminal import print_rows

    with faults(as_json):
        rows = plain(book(ledger, actor).chp())
        if as_json:
            print_json(rows)
        elif not rows:
            typer.echo("No plants. Enter them with: ghg template chp_plant, then ghg upload")
        else:
            named = ("plant_id", "supplier", "data_year", "method", "heat_share", "total_kg", "heat_kg_per_kwh",
                     "power_kg_per_kwh")  # fmt: skip
            print_rows([{name: row[name] for name in named} for row in rows])


@checkpoint_app.command("export")
def checkpoint_export(
    file: Annotated[Path, typer.Argument(help="Where to write it.")],
    ledger: LedgerOption = DEFAULT_LEDGER,
) -> None:
    """Write the last signed checkpoint to a file; keep it where nobody of us can change it."""
    from ledger.errors import Misuse
    from ledger.store.checkpoint import checkpoints_path, read_notes

    with faults():
        path = checkpoints_path(ledger)
        if not path.exists():
            raise Misuse(f"{ledger} has no checkpoints", "name the ledger with --ledger")
        notes = read_notes(path.read_text(encoding="utf-8"))
        note = max(reversed(notes), key=lambda held: held.checkpoint.size)  # a cosigned one may stand after it
        file.write_text(note.note(), encoding="utf-8")
        typer.echo(f"Wrote {file} (size {note.checkpoint.size}). Later: ghg verify --checkpoint {file}")


@checkpoint_app.command("cosign")
def checkpoint_cosign(
    file: Annotated[Path, typer.Argument(help="A checkpoint that you were given and have verified against.")],
    name: Annotated[str, typer.Option(help="Who signs, without blanks, like auditor.example.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The file to write.")] = None,
    as_json: JsonOption = False,
) -> None:
    """For the auditor: put your signature, made with your own key, under a checkpoint."""
    from ledger.assurance.cosign import cosign

    with faults(as_json):
        signed, key = cosign(file, name)
        target = output or file.with_name(f"{file.stem}.cosigned{file.suffix}")
        target.write_text(signed.note(), encoding="utf-8")
    value = {"file": str(target), "name": name, "public_key": key, "size": signed.checkpoint.size}
    words = f"Wrote {target} (size {signed.checkpoint.size}), signed as {name}. Your public key: {key}"
    answer(as_json, value, f"{words}\nThey keep it with: ghg checkpoint import {target} --public-key {key}")


@checkpoint_app.command("import")
def checkpoint_import(
    file: Annotated[Path, typer.Argument(help="A checkpoint that an auditor has cosigned.")],
    public_key: Annotated[str, typer.Option(help="The auditor's public key, base64, as they told it to you.")],
    ledger: LedgerOption = DEFAULT_LEDGER,
    as_json: JsonOption = False,
) -> None:
    """Keep a cosigned checkpoint beside the ledger; refused where the ledger is not its continuation."""
    from ledger.assurance.cosign import take_cosigned

    with faults(as_json):
        note = take_cosigned(ledger, file, public_key)
    names = ", ".join(name for name, _ in note.signatures)
    answer(as_json, {"size": note.size, "root": note.root}, f"Kept: checkpoint {note.size}, signed by {names}.")


@checkpoint_app.command("compare")
def checkpoint_compare(
    first: Annotated[Path, typer.Argument(help="A checkpoint.")],
    second: Annotated[Path, typer.Argument(help="Another of the same ledger, from another hand.")],
    as_json: JsonOption = False,
) -> None:
    """Hold two checkpoints against each other; exit 1 where two histories were shown."""
    from ledger.assurance.cosign import compared

    with faults(as_json):
        found = compared(first, second)
    answer(as_json, {"verdict": found.verdict, "words": found.words}, f"{found.verdict}: {found.words}")
    if found.verdict == "split":
        raise typer.Exit(1)
