"""Commands for signing keys: which there are, a new one in the place of the old, one that counts no more."""

from __future__ import annotations

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

key_app = typer.Typer(help="The keys that sign checkpoints.", no_args_is_help=True)

KeyArgument = Annotated[str, typer.Argument(help="Its id (eight hex digits) or the whole public key; ghg key list.")]
ReasonOption = Annotated[str, typer.Option(help="Why, for the record.")]


@key_app.command("show")
def key_show(as_json: JsonOption = False) -> None:
    """Your own key: its public half, as others need it to check what you signed, and where it lies."""
    from ledger.book.acts.keying import own_key

    with faults(as_json):
        own = own_key()
    words = f"You have no signing key yet; your first act makes one at {own['file']}."
    if own["public_key"]:
        aside = "".join(f"\nkept aside   {file}" for file in own["aside"])
        words = (
            f"id           {own['id']}\npublic key   {own['public_key']}\nfor others   {own['verifier_key']}\n"
            f"file         {own['file']} (mode {own['mode']}){aside}\n"
            "Tell the public key to your auditor by another way than the ledger: ghg verify --public-key KEY"
        )
    answer(as_json, own, words)


@key_app.command("list")
def key_list(
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every key of the ledger: how it came, by whom, whether it counts, and what it signed."""
    from ledger.plain import plain

    with faults(as_json):
        held = book(ledger, actor)
        rows = [{name: getattr(key, name) for name in key.__slots__} for key in held.signing_keys()]
        if as_json:
            print_json(plain(rows))
            return
        from ledger.terminal import console, ruled_table, safe

        names = {row["person"]: row["name"] for row in held.people()}
        table = ruled_table(("key", False), ("state", False), ("came", False), ("in", False), ("by", False),
                            ("until", False), ("signed", True), ("yours", False))  # fmt: skip
        for row in rows:
            by = names.get(row["by"] or "") or row["by"] or ""
            table.add_row(row["id"], row["state"], row["came"], row["entry"] or "", safe(by), row["until"] or "",
                          str(row["checkpoints"]), row["mine"] or "")  # fmt: skip
        console().print(table)
        if any(row["state"] == "introduced" for row in rows):
            words = "'introduced': no known key vouches for it. Ask its owner, then: ghg key vouch KEY --reason TEXT"
            console().print(words, style="dim")


@key_app.command("rotate")
def key_rotate(
    reason: ReasonOption = "",
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """A new signing key in the place of yours; the old one signs that, and is kept aside for your other ledgers."""
    with faults(as_json):
        done = book(ledger, actor).rotate_key(reason=reason)
    kept = None if done.kept_aside is None else str(done.kept_aside)
    value = {"batch": done.batch, "id": done.id, "public_key": done.public_key, "kept_aside": kept}
    aside = "" if kept is None else f"\nThe old one is kept at {kept} until your other ledgers know the new one too."
    answer(as_json, value, f"Batch {done.batch}: your key is {done.id} from now on ({done.public_key}).{aside}\n"
                           "Next: tell the new public key to your auditor (ghg key show)")  # fmt: skip


@key_app.command("revoke")
def key_revoke(
    key: KeyArgument,
    reason: ReasonOption = "",
    since: Annotated[
        str | None, typer.Option("--from", help="Since when it counts no more, like 2026-11-20T08:00+01:00; now.")
    ] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """A key counts no more: stolen, lost, or of someone who left. What it signed before stays good."""
    with faults(as_json):
        done = book(ledger, actor).revoke_key(key, reason=reason, since=since)
    value = {"batch": done.batch, "id": done.id, "public_key": done.public_key}
    answer(as_json, value, f"Batch {done.batch}: key {done.id} counts no more.\n"
                           "Next: ghg verify, which names the checkpoints that only this key signed since")  # fmt: skip


@key_app.command("vouch")
def key_vouch(
    key: KeyArgument,
    reason: ReasonOption = "",
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say with your own key that another is of your team; hear its public key from its owner before."""
    with faults(as_json):
        done = book(ledger, actor).vouch_for_key(key, reason=reason)
    value = {"batch": done.batch, "id": done.id, "public_key": done.public_key}
    answer(as_json, value, f"Batch {done.batch}: key {done.id} counts; your key vouches for it.")
