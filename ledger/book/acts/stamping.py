"""Time stamps as acts: the request for a checkpoint, and the authority's reply, checked and kept as evidence."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ledger.assurance.checks.chain import Log, read_log
from ledger.assurance.signed.cosign import kept_note
from ledger.assurance.signed.stamps import (
    DISORDER,
    Reply,
    chain_fault,
    imprint_fault,
    read_reply,
    request_for,
    request_nonce,
    trust_anchors,
)
from ledger.assurance.verification import Stamp
from ledger.book.verbs.book import Book
from ledger.errors import Misuse, Refused
from ledger.store import Writing, append, as_arrow, session
from ledger.store.checkpoint import Checkpoint
from ledger.store.evidence import keep_file
from ledger.store.tables import TimeStamp


def stamp_request(ledger: Path, size: int | None) -> tuple[bytes, Checkpoint]:
    """A request for the time stamp of a signed checkpoint, the last where no size is given."""
    checkpoint = kept_note(ledger, size).checkpoint
    return request_for(checkpoint.body().encode()), checkpoint


def taken_stamp(ledger: Book, file: Path, request: Path | None, anchors: Path | None) -> tuple[Stamp, int]:
    """Check an authority's reply and keep it; see :meth:`ledger.book.Ledger.import_time_stamp`."""
    try:
        content = file.read_bytes()
        reply = read_reply(content)
    except OSError as fault:
        raise Misuse(f"{file} cannot be read: {fault.strerror}", "name the authority's reply") from fault
    except ValueError as fault:
        fix = "ask again: ghg checkpoint timestamp request"
        if str(fault) == DISORDER:
            fix = "ask the authority for a reply without its chain, its own certificate alone; give the chain with --ca"
        raise Refused(f"{file}: {fault}", fix) from fault
    digest, nonce = request_nonce(request or file.with_suffix(".tsq"))
    if digest != reply.digest:
        raise Refused(f"{file}: it is of other bytes than were asked for", "name the request that it answers")
    sha256 = hashlib.sha256(content).hexdigest()
    with session(ledger.path, "write") as s:
        log = read_log(s)
        checkpoint = _stamped(log, reply, file)
        if (words := imprint_fault(reply, checkpoint.body().encode(), nonce)) is not None:
            raise Refused(f"{file}: {words}", "name the request that it answers with --request")
        if anchors is not None and (words := chain_fault(reply, trust_anchors(anchors))) is not None:
            raise Refused(f"{file}: {words}", "see that --ca names the certificates of this authority")
        keep_file(ledger.path, file, sha256)
        row = {
            "checkpoint_size": checkpoint.size, "checkpoint_root": checkpoint.root, "reply_sha256": sha256,
            "stated_at": reply.stated_at, "authority": reply.authority, "serial": reply.serial, "nonce": str(nonce),
        }  # fmt: skip

        def fill(writing: Writing) -> None:
            writing.insert_rows(TimeStamp, as_arrow(TimeStamp, [row]))

        act = ledger._act(  # noqa: SLF001 — one facade in two files
            s, "timestamp", key=f"timestamp:{sha256}", source_name=file.name, source_sha256=sha256,
            source_bytes=len(content),
        )  # fmt: skip
        done = append(s, act, fill)
    return Stamp(checkpoint.size, reply.stated_at, reply.authority, anchors is not None), done.batch_no


def _stamped(log: Log, reply: Reply, file: Path) -> Checkpoint:
    """The checkpoint of this ledger that a reply is of. Raises Refused where there is none."""
    for size in range(log.size, 0, -1):
        checkpoint = Checkpoint(log.origin, size, log.roots[size])
        if hashlib.sha256(checkpoint.body().encode()).digest() == reply.digest:
            return checkpoint
    raise Refused(f"{file}: it is of no checkpoint of this ledger", "see that --ledger names the one it was asked for")
