"""An entry: its row as it came, what follows from it, its history and documents; corrections and reversals."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from ledger.errors import Misuse
from ledger.plain import visible
from ledger.web import entries_batch, entries_correct
from ledger.web.entries_told import attached_table, given_table, history, postings_table, title_of
from ledger.web.forms import Posted
from ledger.web.here import InPage, download

if TYPE_CHECKING:
    from starlette.datastructures import UploadFile

    from ledger.assurance.trace import Trace

router = APIRouter()
router.include_router(entries_batch.router)
router.include_router(entries_correct.router)

_NAME_BYTES = 200
_CHUNK = 1 << 20


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
        "entry.html.j2", title=name, place="explore", entry=name, facts=facts, named=title_of(facts),
        is_activity=is_activity, is_reversal=is_reversal, stands=stands, history=history(here, facts),
        person=here.called(facts["actor"]), findings=findings, batch_href=here.link(f"/batch/{facts['batch_no']}"),
        remarks_href=here.link("/review/threads", about=name), may_correct=here.may("correction") and stands,
        may_reverse=here.may("reversal") and stands, may_attach=here.may("attach"),
        reasons=entries_correct.REVERSAL_REASONS, tables=(
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
            return kept_file(one.kept_at, one.name)
    raise Misuse(f"no document {sha256[:12]} of {entry} is kept", "take one from the page of the entry")


@router.post("/entry/{entry}/attach")
def attach(here: InPage, entry: str, form: Posted) -> Response:
    """Keep a document and link it to the entry."""
    file = form.needed_file("document", "no document was chosen")
    note = form.text("note", most=2_000)
    with tempfile.TemporaryDirectory(prefix="ghg-") as folder:  # private: mode 0700
        path = _written(file, Path(folder))
        done = here.book.attach(path, entry, note=note)
    if done.batch is None:
        words = f"{path.name} was attached to {entry} before; nothing was written."
        return here.go(f"/entry/{entry}", words, "attention")
    return here.go(f"/entry/{entry}", f"{path.name} is attached to {entry}, as batch {done.batch}.")


def _written(file: UploadFile | None, folder: Path) -> Path:
    """The document in a folder of our own, under what is left of its name."""
    assert file is not None  # noqa: S101 — the form says that it is needed
    path = folder / safe_name(file.filename or "")
    with path.open("wb") as kept:
        while chunk := file.file.read(_CHUNK):
            kept.write(chunk)
    return path


def safe_name(given: str) -> str:
    """A name that is a file's and nothing else: no folder, nothing unseen, not too long."""
    name = re.split(r"[/\\]", given)[-1]
    name = visible(name).replace("\ufffd", "_").replace("\n", "_").replace("\t", "_").strip().lstrip(".")
    stem, dot, suffix = name.rpartition(".")
    if dot and len(suffix) <= 10:
        stem = stem.encode()[: _NAME_BYTES - 11].decode(errors="ignore")
        name = f"{stem}.{suffix}"
    return name.encode()[:_NAME_BYTES].decode(errors="ignore") or "document"


def kept_file(path: Path, name: str) -> Response:
    """Bytes that are kept as evidence, for the browser to save under a name."""
    head = download(b"", name, "application/octet-stream").headers["content-disposition"]
    return FileResponse(path, media_type="application/octet-stream", headers={"content-disposition": head})
