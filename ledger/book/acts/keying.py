"""Signing keys as acts: a key takes another's place, is vouched for, or counts no more; and all of them as a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ledger.assurance.checks.chain import read_log
from ledger.assurance.signed.cosign import kept_note
from ledger.assurance.signed.keys import Key, KeyChain, brought_keys, read_keys
from ledger.assurance.signed.notes import read_notes
from ledger.book.verbs.book import Book
from ledger.errors import Misuse, Refused
from ledger.store import Act, Session, Writing, append, as_arrow, latest_checkpoint, ledger_origin, session
from ledger.store.append import Appended, next_batch_no
from ledger.store.checkpoint import (
    checkpoints_path,
    key_id,
    public_key_text,
    read_key,
    signed,
    signing_key_path,
    verifier_key,
    write_checkpoint,
)
from ledger.store.keys import (
    Signer,
    kept_key_paths,
    kept_keys,
    key_row,
    make_pending_key,
    put_in_place,
    signer_for,
)
from ledger.store.tables import KeyEvent
from ledger.tabular import Tabular


@dataclass(frozen=True, slots=True)
class KeyAct(Tabular):
    """What was recorded of a key: the batch, the key's id and text, and the file of the old one where it has one."""

    batch: int
    id: str
    public_key: str
    kept_aside: Path | None = None


@dataclass(frozen=True, slots=True)
class KeyState:
    """A key of the ledger: how it came, by whom, what became of it, and how many checkpoints it signed.

    ``state`` is `counts`, `introduced` (no known key vouches for it), `replaced` or `revoked`; ``mine`` tells the
    user's own (`signs` now, or `aside`).
    """

    id: str
    public_key: str
    state: str
    came: str
    entry: str | None
    by: str | None
    until: str | None
    checkpoints: int
    mine: str | None


def own_key() -> dict[str, Any]:
    """The user's key as others need it, and where it lies; its public half is None where there is none yet."""
    path = signing_key_path()
    aside = [str(file) for file in kept_key_paths()]
    if not path.exists():
        return {"id": None, "public_key": None, "verifier_key": None, "file": str(path), "mode": None, "aside": aside}
    public = public_key_text(read_key(path))
    return {
        "id": key_id(public), "public_key": public, "verifier_key": verifier_key(public), "file": str(path),
        "mode": f"{path.stat().st_mode & 0o777:03o}", "aside": aside,
    }  # fmt: skip


def key_states(ledger: Book) -> tuple[KeyState, ...]:
    """Every key of the ledger, in the order in which they came."""
    with session(ledger.path) as s:
        chain = key_chain(s)
    own = own_key()["public_key"]
    aside = {public_key_text(key) for key in kept_keys()}
    return tuple(_state(chain, key, "signs" if name == own else "aside" if name in aside else None)
                 for name, key in chain.keys.items())  # fmt: skip


def key_chain(s: Session) -> KeyChain:
    """The chain of keys from the ledger's first, as `ghg verify` reads it."""
    file = checkpoints_path(s.path)
    notes = read_notes(file.read_bytes())[0] if file.exists() else []
    return read_keys(s, read_log(s), (), notes)


def rotate_key(ledger: Book, reason: str) -> KeyAct:
    """A new key in the place of the user's own, signed by the old one; see :meth:`ledger.book.Ledger.rotate_key`."""
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "key", reason=_reason(reason))  # noqa: SLF001 — one facade in two files
        number, origin = next_batch_no(s), ledger_origin(s)
        held = signer_for(s, origin, number)
        if held.table is KeyEvent:  # replaced already, by an act on another ledger: this one is told now
            done = append(s, act, lambda _: None)
            return KeyAct(done.batch_no, key_id(held.public_key), held.public_key)
        if held.table is not None:
            raise Refused(
                f"your key {key_id(held.public_key)} has signed nothing in this ledger: there is nothing to replace",
                "your first act introduces it; ghg key list shows the keys of the ledger",
            )
        new = Signer(make_pending_key())
        row = key_row(held.key, origin, number, "rotated", new.public_key, _reason(reason))
        done = _recorded(s, act, row, new)
        return KeyAct(done.batch_no, key_id(new.public_key), new.public_key, put_in_place())


def revoke_key(ledger: Book, key: str, reason: str, since: str | None) -> KeyAct:
    """A key that counts no more from a time on; see :meth:`ledger.book.Ledger.revoke_key`."""
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "key", reason=_reason(reason))  # noqa: SLF001 — one facade in two files
        number, origin = next_batch_no(s), ledger_origin(s)
        held, chain = signer_for(s, origin, number), key_chain(s)
        named = _named(chain, key)
        if named.public_key == held.public_key:
            raise Refused("a key does not revoke itself", "put a new one in its place first: ghg key rotate")
        if named.revoked:
            raise Refused(f"key {named.id} was revoked in batch {named.revoked[0][0]} already", "ghg key list")
        row = key_row(held.key, origin, number, "revoked", named.public_key, _reason(reason), _instant(since))
        done = _recorded(s, act, row)
    return KeyAct(done.batch_no, named.id, named.public_key)


def vouch_for_key(ledger: Book, key: str, reason: str) -> KeyAct:
    """A known key says that another is of the team; see :meth:`ledger.book.Ledger.vouch_for_key`."""
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "key", reason=_reason(reason))  # noqa: SLF001 — one facade in two files
        number, origin = next_batch_no(s), ledger_origin(s)
        held, chain = signer_for(s, origin, number), key_chain(s)
        own = chain.keys.get(held.public_key)
        if held.table is not KeyEvent and (own is None or not own.known):
            raise Refused(
                f"your own key {key_id(held.public_key)} is not known to the ledger: it cannot vouch for another",
                "let someone vouch whose key counts: ghg key list",
            )
        named = _named(chain, key, new=True)
        if named.known and named.entry is not None:
            raise Refused(f"key {named.id} counts already", "ghg key list shows how it came")
        row = key_row(held.key, origin, number, "vouched", named.public_key, _reason(reason))
        done = _recorded(s, act, row)
    return KeyAct(done.batch_no, named.id, named.public_key)


def confirm_checkpoints(ledger: Book) -> tuple[int, ...]:
    """Sign anew what only a replaced or revoked key signed; see :meth:`ledger.book.Ledger.confirm_checkpoints`."""
    with session(ledger.path, "write") as s:
        ledger._act(s, "key")  # noqa: SLF001 — who may
        chain = key_chain(s)
        notes = read_notes(checkpoints_path(s.path).read_bytes())[0]
        verdicts = [(note.size, chain.verdict(note)) for note in notes]
        good = {size for size, verdict in verdicts if verdict is None}
        ended = {size for size, verdict in verdicts if verdict in ("key-revoked", "key-replaced")} - good
        if not ended:
            return ()
        held = signer_for(s, ledger_origin(s), next_batch_no(s))
        own = chain.keys.get(held.public_key)
        if own is None or not own.known:
            raise Refused(
                f"your own key {key_id(held.public_key)} is not known to the ledger: it confirms nothing",
                "let someone confirm whose key counts: ghg key list",
            )
        for size in sorted(ended):
            write_checkpoint(s.path, signed(latest_checkpoint(s, size), held.key))
        write_checkpoint(s.path, kept_note(s.path, None))  # the newest stays the last in the file
    return tuple(sorted(ended))


def _recorded(s: Session, act: Act, row: dict[str, Any], signer: Signer | None = None) -> Appended:
    def fill(writing: Writing) -> None:
        writing.insert_rows(KeyEvent, as_arrow(KeyEvent, [row]))

    return append(s, act, fill, signer)


def _state(chain: KeyChain, key: Key, mine: str | None) -> KeyState:
    state, until = ("counts" if key.known else "introduced"), None
    if key.replaced_in is not None:
        state, until = "replaced", f"B{key.replaced_in}"
    if key.revoked:
        state, until = "revoked", min(since for _, since in key.revoked).isoformat()
    giver = chain.keys.get(key.by or "")
    by = giver.id if giver is not None else key.by
    checkpoints = chain.signed.get(key.public_key, 0)
    return KeyState(key.id, key.public_key, state, key.came, key.entry, by, until, checkpoints, mine)


def _named(chain: KeyChain, text: str, *, new: bool = False) -> Key:
    """The key of an id or of its whole text; with ``new`` one that the ledger does not know may be given whole."""
    found = [key for key in chain.keys.values() if text in (key.id, key.public_key)]
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        raise Misuse(f"{len(found)} keys have the id {text}", "give the whole public key")
    if len(text) > len("00000000"):
        public = brought_keys([text])[0]
        if public in chain.keys:
            return chain.keys[public]
        if new:
            return Key(public, known=False, came="vouched")
    raise Misuse(f"the ledger knows no key '{text[:60]}'", "ghg key list shows them; give the id or the whole text")


def _reason(text: str) -> str:
    if not text.strip():
        raise Misuse("an act on a key needs a reason", "say with --reason why")
    return text.strip()


def _instant(text: str | None) -> datetime:
    """A time as it was given, UTC where it names no zone; now where none was. Raises Misuse for one to come."""
    now = datetime.now(UTC)
    if text is None:
        return now
    try:
        given = datetime.fromisoformat(text)
    except ValueError as fault:
        raise Misuse(f"'{text}' is no time", "write 2026-11-28 or 2026-11-28T14:30+01:00") from fault
    given = given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
    if given > now:
        raise Misuse(f"{text} is still to come", "a key is revoked from now on, or from a time that is past")
    return given
