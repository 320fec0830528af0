"""An entry: its row as it came, what follows from it, its history and documents; corrections and reversals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.errors import Misuse
from ledger.web.entries.correct import REVERSAL_REASONS
from ledger.web.entries.told import attached_table, given_table, history, postings_table, title_of
from ledger.web.frame.forms import Posted
from ledger.web.frame.here import InPage, download, saved
from ledger.web.frame.sent_files import own_folder, put_file

if TYPE_CHECKING:
    from ledger.assurance.tracing.trace import Trace

router = APIRouter()


@router.get("/entry/{entry}")
def an_entry(here: InPage, entry: str) -> Response:
    """Everything that the ledger says of an entry."""
    told: Trace = here.book.trace(entry, limit=10_000)
    facts, name = told.facts, told.what.strip()
    is_activity = facts["table"] == "activity"
    is_reversal = "reverses_batch" in facts
    stands = is_activity and not is_reversal and not facts["reversed_by"]
    findings = [one for one in here.read("findings") if name in {one.entry, one.other_entry, one.id}]
    return here.page(
        "entries/entry.html.j2", title=name, place="explore", entry=name, facts=facts, named=title_of(facts),
        is_activity=is_activity, is_reversal=is_reversal, stands=stands, history=history(here, facts),
        person=here.called(facts["actor"]), findings=findings, batch_href=here.link(f"/batch/{facts['batch_no']}"),
        remarks_href=here.link("/review/threads", about=name), may_correct=here.may("correction") and stands,
        may_reverse=here.may("reversal") and stands, may_attach=here.may("attach"),
        reasons=REVERSAL_REASONS, tables=(
            given_table(here, name, facts), postings_table(here, told), attached_table(here, name),
        ),
    )  # fmt: skip


@router.get("/entry/{entry}/proof")
def proof(here: InPage, entry: str) -> Response:
    """The proof that the entry is in the log, for whoever keeps a checkpoint; as `ghg verify --entry` gives it."""
    import json

    from ledger.plain import plain

    found = here.book.verify(entry=entry)
    content = json.dumps(plain(found.as_json()), ensure_ascii=False, indent=2).encode()
    return download(content, f"{entry}.proof.json", "application/json")


@router.get("/entry/{entry}/document/{sha256}")
def document(here: InPage, entry: str, sha256: str) -> Response:
    """A document of an entry, to be kept; it is never shown as a page of ours."""
    for one in here.book.attachments(entry):
        if one.sha256 == sha256 and one.kept_at is not None:
            return saved(one.kept_at, one.name)
    raise Misuse(f"no document {sha256[:12]} of {entry} is kept", "take one from the page of the entry")


@router.post("/entry/{entry}/attach")
def attach(here: InPage, entry: str, form: Posted) -> Response:
    """Keep a document and link it to the entry."""
    file = form.needed_file("document", "no document was chosen")
    note = form.text("note", most=2_000)
    with own_folder() as folder:
        path = put_file(file, folder)
        done = here.book.attach(path, entry, note=note)
    if done.batch is None:
        words = f"{path.name} was attached to {entry} before; nothing was written."
        return here.go(f"/entry/{entry}", words, "attention")
    return here.go(f"/entry/{entry}", f"{path.name} is attached to {entry}, as batch {done.batch}.")
