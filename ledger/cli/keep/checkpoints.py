"""Commands for checkpoints: to keep outside, to be signed by others, to hold against each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.options import DEFAULT_LEDGER, ActorOption, JsonOption, LedgerOption, answer, book, faults, write_new

checkpoint_app = typer.Typer(help="The signed size and root of the log, to keep outside.", no_args_is_help=True)
timestamp_app = typer.Typer(help="Time stamps of checkpoints by an authority (RFC 3161).", no_args_is_help=True)
checkpoint_app.add_typer(timestamp_app, name="timestamp")


@checkpoint_app.command("export")
def checkpoint_export(
    file: Annotated[Path, typer.Argument(help="Where to write it.")],
    size: Annotated[int | None, typer.Option(help="The checkpoint of this many batches; the last one.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a signed checkpoint to a file; keep it where nobody of us can change it."""
    with faults(as_json):
        note = book(ledger, actor).signed_checkpoint(size)
        write_new(file, note.note().encode())
    value = {"file": str(file), "size": note.checkpoint.size, "root": note.checkpoint.root}
    answer(as_json, value, f"Wrote {file} (size {note.checkpoint.size}). Later: ghg verify --checkpoint {file}")


@checkpoint_app.command("proof")
def checkpoint_proof(
    first: Annotated[int, typer.Option("--from", help="The size of the earlier checkpoint.")],
    second: Annotated[int | None, typer.Option("--to", help="The size of the later one; the ledger as it is.")] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")] = Path("proof.json"),
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Prove that the log of one size begins with all of an earlier one (RFC 6962), without showing a single entry."""
    import json

    with faults(as_json):
        proof = book(ledger, actor).consistency_proof(first, second).as_json()
        output.write_text(json.dumps(proof, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    sizes = f"size {proof['to']['size']} continues size {proof['from']['size']}"
    words = f"Wrote {output}: {sizes}, {len(proof['path'])} hashes."
    answer(as_json, proof, f"{words}\nAnyone checks it with a few lines of Python: docs/keys.md")


@checkpoint_app.command("confirm")
def checkpoint_confirm(
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign anew the checkpoints that only a revoked or replaced key signed, once you have looked at their batches."""
    with faults(as_json):
        sizes = book(ledger, actor).confirm_checkpoints()
    listed = ", ".join(map(str, sizes))
    words = f"Signed anew with your key: {listed}." if sizes else "Nothing to confirm: every checkpoint is signed."
    answer(as_json, {"confirmed": list(sizes)}, words)


@checkpoint_app.command("cosign")
def checkpoint_cosign(
    file: Annotated[Path, typer.Argument(help="A checkpoint that you were given and have verified against.")],
    name: Annotated[str, typer.Option(help="Who signs, without blanks, like auditor.example.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The file to write.")] = None,
    public_key: Annotated[
        list[str] | None, typer.Option(help="The company's key that must have signed it (base64; can be repeated).")
    ] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    as_json: JsonOption = False,
) -> None:
    """For the auditor: put your signature, made with your own key, under a checkpoint."""
    from ledger.assurance.signed.cosign import cosign

    with faults(as_json):
        made = cosign(file, name, public_key or (), ledger)
        target = output or file.with_name(f"{file.stem}.cosigned{file.suffix}")
        write_new(target, made.note.note().encode())
    size, key = made.note.checkpoint.size, made.public_key
    value = {"file": str(target), "name": name, "public_key": key, "size": size, "checked": made.checked}
    words = f"Wrote {target} (size {size}), signed as {name}. Your public key: {key}"
    words += "" if made.checked else "\nIts own signature was not checked: give --public-key, or the --ledger it is of."
    answer(as_json, value, f"{words}\nThey keep it with: ghg checkpoint import {target} --public-key {key}")


@checkpoint_app.command("import")
def checkpoint_import(
    file: Annotated[Path, typer.Argument(help="A checkpoint that an auditor has cosigned.")],
    public_key: Annotated[str, typer.Option(help="The auditor's public key, base64, as they told it to you.")],
    ledger: LedgerOption = DEFAULT_LEDGER,
    as_json: JsonOption = False,
) -> None:
    """Keep a cosigned checkpoint beside the ledger; refused where the ledger is not its continuation."""
    from ledger.assurance.signed.cosign import take_cosigned

    with faults(as_json):
        taken = take_cosigned(ledger, file, public_key)
    value = {"size": taken.note.size, "root": taken.note.root, "signed_by": taken.signed_by, "left_out": taken.left_out}
    words = f"Kept: checkpoint {taken.note.size}, signed by {', '.join(taken.signed_by)}."
    words += f" Left out, not checked: {', '.join(taken.left_out)}." if taken.left_out else ""
    answer(as_json, value, words)


@checkpoint_app.command("compare")
def checkpoint_compare(
    first: Annotated[Path, typer.Argument(help="A checkpoint.")],
    second: Annotated[Path, typer.Argument(help="Another of the same ledger, from another hand.")],
    public_key: Annotated[
        list[str] | None, typer.Option(help="Only what this key signed counts (base64; can be repeated).")
    ] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    as_json: JsonOption = False,
) -> None:
    """Hold two checkpoints against each other; exit 1 where two histories were shown."""
    from ledger.assurance.signed.cosign import compared

    with faults(as_json):
        found = compared(first, second, public_key or (), ledger)
    answer(as_json, {"verdict": found.verdict, "words": found.words}, f"{found.verdict}: {found.words}")
    if found.verdict == "split":
        raise typer.Exit(1)


@timestamp_app.command("request")
def timestamp_request(
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")] = Path("checkpoint.tsq"),
    size: Annotated[int | None, typer.Option(help="The checkpoint of this many batches; the last one.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a request (RFC 3161) for the time stamp of a checkpoint; send it to an authority of your choice."""
    with faults(as_json):
        asked, stamped = book(ledger, actor).time_stamp_request(size)
        write_new(output, asked)
    reply = output.with_suffix(".tsr")
    words = (
        f"Wrote {output}: the request for checkpoint {stamped}. Send it to an authority, for example:\n"
        f"  curl -H 'Content-Type: application/timestamp-query' --data-binary @{output} https://AUTHORITY -o {reply}\n"
        f"Then: ghg checkpoint timestamp import {reply} --ca CERTS.pem"
    )
    answer(as_json, {"file": str(output), "size": stamped}, words)


@timestamp_app.command("import")
def timestamp_import(
    file: Annotated[Path, typer.Argument(help="The authority's reply, like checkpoint.tsr.")],
    ca: Annotated[Path | None, typer.Option(help="Certificates (PEM) of authorities that you trust.")] = None,
    request: Annotated[
        Path | None, typer.Option(help="What was sent; the file of the same name ending in .tsq if left out.")
    ] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check an authority's reply and keep it as evidence."""
    with faults(as_json):
        stamp, batch = book(ledger, actor).import_time_stamp(file, request=request, ca=ca)
    when = f"{stamp.stated_at:%Y-%m-%d %H:%M:%S} UTC"
    checked = "" if stamp.checked else "\nNot checked against an authority: say with --ca whose certificates you trust."
    words = f"Batch {batch}: checkpoint {stamp.size} existed not later than {when}, says {stamp.authority}.{checked}"
    answer(as_json, stamp.as_json() | {"batch": batch}, words)
