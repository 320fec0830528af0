"""Signing keys: the files that they lie in, the statements that they sign, and which of them may sign for a ledger.

A key is known to a ledger as its first one, by the setting `signing_key` of the batch that it first signed, or by a row
of `key_event` that another key signed. One person's key serves all their ledgers; when it is replaced, the old one is
kept aside, so that it can vouch for the new one in each of them.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import Refused
from ledger.store.checkpoint import key_id, public_key_text, read_key, signing_key, signing_key_path, write_key
from ledger.store.session import Session
from ledger.store.tables import Entry, KeyEvent, Setting

STATEMENT = "ghg-ledger/key-event/1"
_BEGINNING = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signs the next checkpoint, and the row by which the ledger comes to know it where it is new."""

    key: Ed25519PrivateKey
    table: type[Entry] | None = None
    row: dict[str, Any] | None = None

    @property
    def public_key(self) -> str:
        """Its public half, base64."""
        return public_key_text(self.key)


def signer_for(s: Session, origin: str, batch_no: int) -> Signer:
    """The user's key where it may sign batch ``batch_no``; a key that is new is introduced, by the old one if it can.

    Raises Refused where the ledger says that this key was replaced or revoked.
    """
    key = signing_key()
    own = public_key_text(key)
    events = _events(s)
    known = _recorded(s, events)
    after, revoked = _ended(known, events, origin, own)
    pending = pending_key()
    if after and pending is not None and public_key_text(pending) == after[1]:
        put_in_place()  # the rotation was recorded, and broke off before its last step
        return Signer(pending)
    if after:
        raise Refused(
            f"your signing key {key_id(own)} was replaced by {key_id(after[1])} in batch {after[0]}",
            f"bring the newer key back to {signing_key_path()}, or move the old one away: the next act makes a new key",
        )
    if revoked:
        raise Refused(
            f"your signing key {key_id(own)} was revoked in batch {revoked[0]}",
            f"move {signing_key_path()} away: the next act makes a new key; have an admin vouch for it (ghg key vouch)",
        )
    if own in known:
        return Signer(key)
    for old in kept_keys():
        if _counts(known, events, origin, public_key_text(old)):
            reason = "replaced on its owner's machine"
            return Signer(key, KeyEvent, key_row(old, origin, batch_no, "rotated", own, reason))
    return Signer(key, Setting, {"name": "signing_key", "value": own, "valid_from": _BEGINNING})


def known_signer(s: Session, origin: str) -> Ed25519PrivateKey | None:
    """The user's key where the ledger knows it and it may sign; None where it is new, replaced or revoked."""
    key, events = signing_key(), _events(s)
    return key if _counts(_recorded(s, events), events, origin, public_key_text(key)) else None


def recorded_keys(s: Session) -> list[str]:
    """Every public key (base64) that the ledger has on record, in the order in which they came."""
    return _recorded(s, _events(s))


def _recorded(s: Session, events: list[tuple[Any, ...]]) -> list[str]:
    found = [tuple(row) for row in s.rows("select batch_no, seq, value from setting where name = 'signing_key'")]
    found += [(batch, seq, key) for batch, seq, event, key, *_ in events if event in ("rotated", "vouched")]
    return list(dict.fromkeys(key for _, _, key in sorted(found)))


def key_row(
    key: Ed25519PrivateKey,
    origin: str,
    batch_no: int,
    event: str,
    public_key: str,
    reason: str,
    revoked_from: datetime | None = None,
) -> dict[str, Any]:
    """A row of `key_event`, signed by ``key``: `rotated`, `vouched` or `revoked`."""
    own = public_key_text(key)
    statement = key_statement(origin, batch_no, event, public_key, own, revoked_from, reason)
    return {
        "event": event, "public_key": public_key, "signed_by": own, "revoked_from": revoked_from, "reason": reason,
        "signature": base64.b64encode(key.sign(statement)).decode(),
    }  # fmt: skip


def key_statement(
    origin: str, batch_no: int, event: str, public_key: str, signed_by: str, revoked_from: datetime | None, reason: str
) -> bytes:
    """What a key signs of another: netstrings as in the canonical form, null as `~`; it binds ledger and batch."""
    since = None if revoked_from is None else revoked_from.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    fields = (STATEMENT, origin, str(batch_no), event, public_key, signed_by, since, reason)
    return "".join("~" if field is None else f"{len(field.encode())}:{field}" for field in fields).encode()


def pending_key_path() -> Path:
    """Where a new key lies until the ledger has recorded it."""
    return signing_key_path().with_name(f"{signing_key_path().name}.next")


def pending_key() -> Ed25519PrivateKey | None:
    """A new key whose rotation is under way, or broke off."""
    return read_key(pending_key_path()) if pending_key_path().exists() else None


def make_pending_key() -> Ed25519PrivateKey:
    """A new key in its file; the one there already where a rotation broke off before it was recorded."""
    write_key(pending_key_path(), Ed25519PrivateKey.generate())
    return read_key(pending_key_path())


def put_in_place() -> Path:
    """Make the pending key the user's own; the old one is kept aside first. Gives the file of the old one."""
    old = signing_key()
    aside = kept_key_path(public_key_text(old))
    write_key(aside, old)
    pending_key_path().replace(signing_key_path())
    _synced(aside.parent)
    return aside


def kept_key_path(public_key: str) -> Path:
    """Where a key that was replaced is kept aside."""
    return signing_key_path().with_name(f"{signing_key_path().name}.{key_id(public_key)}.old")


def kept_key_paths() -> list[Path]:
    """The files of keys that were replaced, newest first."""
    path = signing_key_path()
    return sorted(path.parent.glob(f"{path.name}.*.old"), key=lambda file: (-file.stat().st_mtime_ns, file.name))


def kept_keys() -> list[Ed25519PrivateKey]:
    """The keys that were replaced and are kept aside, newest first."""
    return [read_key(file) for file in kept_key_paths()]


def _counts(known: list[str], events: list[tuple[Any, ...]], origin: str, public_key: str) -> bool:
    return public_key in known and _ended(known, events, origin, public_key) == (None, None)


def _ended(
    known: list[str], events: list[tuple[Any, ...]], origin: str, public_key: str
) -> tuple[tuple[int, str] | None, tuple[int, str] | None]:
    """The batch in which a key handed over, with its heir, and that in which it was revoked; None where it was not.

    Only events whose signature holds count, and of revocations those by a key that did more than introduce itself: who
    can write the file must not be able to stop the work of those who hold a key.
    """
    trusted = {public_key, *known[:1]}
    after: tuple[int, str] | None = None
    revoked: tuple[int, str] | None = None
    for batch, _, event, subject, signer, signature, since, reason in events:
        if not _holds(signer, signature, key_statement(origin, batch, event, subject, signer, since, reason)):
            continue
        if event in ("rotated", "vouched") and signer in trusted:
            trusted.add(subject)
        if event == "rotated" and signer == public_key and after is None:
            after = batch, subject
        if event == "revoked" and subject == public_key and signer in trusted and revoked is None:
            revoked = batch, signer
    return after, revoked


def _events(s: Session) -> list[tuple[Any, ...]]:
    """The key events in order; none in a file from before there were any."""
    if not s.rows("select 1 from duckdb_tables() where table_name = 'key_event'"):
        return []
    return s.rows(
        "select batch_no, seq, event, public_key, signed_by, signature, revoked_from, reason from key_event "
        "order by batch_no, seq"
    )


def _holds(public_key: str, signature: str, statement: bytes) -> bool:
    try:
        held = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key))
        held.verify(base64.b64decode(signature), statement)
    except (ValueError, InvalidSignature):
        return False
    return True


def _synced(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
