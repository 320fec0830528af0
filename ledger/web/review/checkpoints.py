"""Checkpoints and keys: the signed note to keep outside, whether a kept one is continued, the proof, who signs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.errors import Misuse
from ledger.web.frame.forms import Posted
from ledger.web.frame.here import Here, InPage, download
from ledger.web.frame.links import entry_link
from ledger.web.frame.sent_files import own_folder
from ledger.web.frame.tables import Column, Row, Table
from ledger.web.review.parts import kept_checkpoint, whole_of

if TYPE_CHECKING:
    from ledger.assurance.verification import Consistency
    from ledger.book.acts.keying import KeyState

router = APIRouter()
_SIGNS = {"signs": "signs here now", "aside": "kept aside here"}


@router.get("/review/verification/checkpoint.txt")
def note(here: InPage) -> Response:
    """The signed checkpoint of a size, the last where none is named: the small file that an auditor keeps."""
    signed = here.book.signed_checkpoint(whole_of("size", here.query("size")))
    name = f"checkpoint-{signed.checkpoint.size}.txt"
    return download(signed.note().encode(), name, "text/plain; charset=utf-8")


@router.get("/review/verification/proof.json")
def proof(here: InPage) -> Response:
    """That the log of one size begins with all of an earlier one, without showing an entry."""
    first = whole_of("first", here.query("first"))
    if first is None:
        raise Misuse("a proof needs the earlier size", "give a number of batches")
    made: Consistency = here.book.consistency_proof(first, whole_of("second", here.query("second")))
    content = json.dumps(made.as_json(), ensure_ascii=False, indent=1) + "\n"
    return download(content.encode(), f"proof-{made.first}-{made.second}.json", "application/json")


@router.post("/review/changes")
def since_checkpoint(here: InPage, form: Posted) -> Response:
    """What changed since a checkpoint that was kept: first it is shown that the ledger continues it."""
    with own_folder() as folder:
        file = folder / "your checkpoint"
        file.write_bytes(kept_checkpoint(form))
        shown: Consistency = here.book.continuation_of(file)
    words = (
        f"The ledger continues your checkpoint of {shown.first} batches (root {shown.first_root[:16]}), "
        f"{len(shown.path)} hashes join the two. Whose signature it carries is looked at by a verification."
    )
    return here.go("/review/changes", words, since=shown.first)


def keys_table(here: Here) -> Table:
    """Every signing key of the ledger: how it came, whether it counts, what it signed."""
    columns = [
        Column("id", "Key", "code"), Column("state", "State"), Column("came", "How it came"),
        Column("entry", "In", "code"), Column("by", "By"), Column("until", "Until"),
        Column("checkpoints", "Checkpoints signed", "number"), Column("mine", "On this machine"),
        Column("public", "Public key", "code"),
    ]  # fmt: skip
    found: tuple[KeyState, ...] = here.read("signing_keys")
    rows = [
        Row({"id": key.id, "state": key.state, "came": key.came, "entry": entry_link(here, key.entry),
             "by": here.called(key.by), "until": entry_link(here, key.until), "checkpoints": key.checkpoints,
             "mine": _SIGNS.get(key.mine or ""), "public": key.public_key},
            "wrong" if key.state == "revoked" else "attention" if key.state == "introduced" else "")
        for key in found
    ]  # fmt: skip
    words = "'introduced': no known key vouches for it; whoever runs the ledger asks its owner, and vouches."
    note = words if any(key.state == "introduced" for key in found) else ""
    return Table("signing_keys", "Signing keys", columns, rows, note=note, empty="No key is known to the ledger.")
