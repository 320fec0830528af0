"""Which keys may have signed: the chain of keys, from the ledger's first or from those that the verifier brings.

Read again from the rows, with every signature checked over a statement made here. A key is *known* when it is the
first, was brought by the verifier, stands in the part of the log that their kept checkpoint covers, or when a known key
handed over to it or vouched for it. A key that only introduced itself is none of these, and is told by name.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.assurance.signed.notes import Note, note_signers
from ledger.assurance.verification import Faults
from ledger.errors import Misuse
from ledger.store import Session

if TYPE_CHECKING:
    from ledger.assurance.checks.chain import Log

_VERIFIER_KEY = re.compile(r"[^\s+]+\+[0-9a-f]{8}\+(\S+)")  # name, id and key, as other programs write it
_INTRODUCED = "select batch_no, seq, value from setting where name = 'signing_key' order by batch_no, seq"
_EVENTS = (
    "select batch_no, seq, event, public_key, signed_by, signature, revoked_from, reason from key_event "
    "order by batch_no, seq"
)
_PEOPLE = "select person_id, min(batch_no) from person group by 1"


@dataclass(slots=True)
class Key:
    """A signing key as the ledger tells of it.

    Attributes:
        public_key: base64.
        known: whether trust reaches it; see the module.
        came: `first`, `brought`, `introduced`, `vouched` or `rotated`.
        entry: the entry by which it came, None for one that the verifier brought and the ledger does not name.
        by: the pseudonym of who introduced it, or the key that vouched for it or handed over to it.
        replaced_in: the batch in which it handed over to another; it signs no checkpoint from there on.
        revoked: batch and time from which it counts no more.
    """

    public_key: str
    known: bool
    came: str
    entry: str | None = None
    by: str | None = None
    replaced_in: int | None = None
    revoked: list[tuple[int, datetime]] = field(default_factory=list)
    by_nobody: bool = False

    @property
    def id(self) -> str:
        """The key hash under our own name, hex: what stands in the signature lines."""
        return hashlib.sha256(b"ghg-ledger\n\x01" + base64.b64decode(self.public_key)).hexdigest()[:8]

    def ended(self, size: int, recorded_at: datetime | None) -> str | None:
        """Why it signs no checkpoint of this size, whose last batch has this time: the code of the fault, or None."""
        for batch, since in self.revoked:
            if size > batch or (recorded_at is not None and recorded_at >= since):
                return "key-revoked"
        return "key-replaced" if self.replaced_in is not None and size >= self.replaced_in else None


class KeyChain:
    """The keys of a ledger and what each says of others; what does not hold is kept as faults to tell."""

    def __init__(self, log: Log, brought: Sequence[str]) -> None:
        self.log = log
        self.strict = bool(brought)
        self.keys: dict[str, Key] = {key: Key(key, True, "brought") for key in brought}
        self.faults: list[tuple[str, str, str, str]] = []  # code, severity, words, entry
        self.signed: dict[str, int] = {}  # key → how many checkpoints beside the ledger carry its signature

    def accepts(self, public_key: str) -> bool:
        """Whether signatures of a key count at all: without keys of the verifier's own, also one that is only named."""
        key = self.keys.get(public_key)
        return key is not None and (key.known or not self.strict)

    def verdict(self, note: Note) -> str | None:
        """None where an accepted key signed the note while it might; else the code of what is wrong with it."""
        signed, wrong = note_signers(note, self.keys)
        if any(self.accepts(key) for key in wrong):
            return "checkpoint-signature"
        held = [self.keys[key] for key in signed if self.accepts(key)]
        recorded_at = self.log.headers[note.size - 1]["recorded_at"] if 0 < note.size <= self.log.size else None
        ends = [key.ended(note.size, recorded_at) for key in held]
        if not held:
            return "checkpoint-signature"
        return None if None in ends else ends[0]

    def tell(self, faults: Faults) -> None:
        """Every event that does not hold, and every key that no known key vouches for."""
        for code, severity, words, entry in self.faults:
            faults.add(code, words, severity="error" if severity == "error" else "warning", entry=entry)
        for key in self.keys.values():
            if key.known:
                continue
            signs = f"it signed {self.signed.get(key.public_key, 0)} checkpoints"
            giver = self.keys.get(key.by or "")
            who = "nobody that the ledger knows" if key.by_nobody else f"key {giver.id}" if giver else key.by
            how = f"key {key.id} ({key.public_key}) came in {key.entry} by {who}; no known key vouches for it; {signs}"
            error = self.strict or key.by_nobody
            faults.add("key-unvouched", how, severity="error" if error else "warning", entry=key.entry)


def read_keys(
    s: Session, log: Log, brought: Sequence[str] = (), notes: Iterable[Note] = (), anchor: int = 0
) -> KeyChain:
    """The chain of keys of a ledger.

    Args:
        s: a session on the ledger.
        log: its headers, hashed anew, and its name, which the statements bind.
        brought: the verifier's own keys (base64); where there are any, nothing in the ledger adds trust to them.
        notes: checkpoints, by which a key that was brought confirms the one that handed over to it.
        anchor: the size up to which the verifier's kept checkpoint covers the log; keys on record there are known.
    """
    roots = list(brought)
    notes = list(notes)
    while True:
        made = _read_once(s, log, roots, anchor, strict=bool(brought))
        confirmed = [key for key in _forerunners(s, made, notes) if not made.keys[key].known]
        if not confirmed:
            break
        roots += confirmed
    for note in notes:
        for key in note_signers(note, made.keys)[0]:
            made.signed[key] = made.signed.get(key, 0) + 1
    return made


def brought_keys(texts: Iterable[str]) -> list[str]:
    """Public keys as they were given, each 32 bytes of base64. Raises Misuse for what is none."""
    keys = []
    for text in texts:
        named = _VERIFIER_KEY.fullmatch(text.strip())
        try:
            raw = base64.b64decode(named[1] if named else text.strip(), validate=True)
        except ValueError:
            raw = b""
        raw = raw[1:] if len(raw) == 33 and raw[:1] == b"\x01" else raw
        if len(raw) != 32:
            raise Misuse(
                f"the public key '{text[:60]}' cannot be read",
                "give the base64 text (44 signs) that ghg key show or checkpoint cosign printed",
            )
        keys.append(base64.b64encode(raw).decode())
    return keys


def _read_once(s: Session, log: Log, roots: Sequence[str], anchor: int, *, strict: bool) -> KeyChain:
    chain = KeyChain(log, roots)
    chain.strict = strict
    people = dict(_rows(s, _PEOPLE))
    headers = {header["batch_no"]: header for header in log.headers}
    introduced = [(batch, 0, seq, (value,)) for batch, seq, value in _rows(s, _INTRODUCED)]
    events = [(batch, 1, seq, tuple(row)) for batch, seq, *row in _rows(s, _EVENTS)]
    for batch, kind, seq, row in sorted(introduced + events, key=lambda come: come[:3]):
        if batch not in headers:
            continue  # rows of no batch are told where entries are hashed
        entry = f"B{batch}-{seq}"
        if kind == 0:
            _introduce(chain, headers[batch], entry, row[0], people, anchor)
        else:
            _take_event(chain, headers[batch], entry, row, anchor)
    return chain


def _introduce(
    chain: KeyChain, header: dict[str, Any], entry: str, public_key: str, people: dict[str, int], anchor: int
) -> None:
    """A key that stands in a batch of its own first signature: the ledger's first, or one of a team."""
    if public_key in chain.keys:
        key = chain.keys[public_key]
        key.entry = key.entry or entry
        return
    if _raw(public_key) is None:
        chain.faults.append(("key-event", "error", f"{entry} introduces a key that cannot be read", entry))
        return
    first = not any(key.entry for key in chain.keys.values())
    known = (first and not chain.strict) or header["batch_no"] <= anchor
    actor = header["actor"]
    stranger = not first and people.get(actor, header["batch_no"] + 1) > header["batch_no"]
    came = "first" if first else "introduced"
    chain.keys[public_key] = Key(public_key, known, came, entry, actor, by_nobody=stranger)


def _take_event(chain: KeyChain, header: dict[str, Any], entry: str, row: tuple[Any, ...], anchor: int) -> None:
    """What a key says of another, where its signature holds and it still counted when it said it."""
    event, public_key, signed_by, _, revoked_from, _ = row
    batch = header["batch_no"]
    signer = chain.keys.get(signed_by)
    if (wrong := _wrong(chain, batch, row)) is not None:
        chain.faults.append(("key-event", "error", f"{entry} ({event} {_short(public_key)}): {wrong}", entry))
        return
    if signer is None:
        return
    trusted = signer.known or batch <= anchor
    if event == "revoked":
        if not trusted and signed_by != public_key:
            words = (
                f"{entry} revokes key {_short(public_key)} and is signed by key {signer.id}, for which no known key "
                "vouches: not heeded"
            )
            chain.faults.append(("key-event", "warning", words, entry))
        elif public_key in chain.keys:
            chain.keys[public_key].revoked.append((batch, revoked_from or header["recorded_at"]))
        return
    if event == "rotated":
        signer.replaced_in = batch
    held = chain.keys.get(public_key)
    if held is None:
        chain.keys[public_key] = Key(public_key, trusted, event, entry, signed_by)
    else:
        held.entry = held.entry or entry
        if trusted and not held.known:
            held.known, held.came, held.by, held.by_nobody = True, event, signed_by, False


def _wrong(chain: KeyChain, batch: int, row: tuple[Any, ...]) -> str | None:
    """Why an event does not count, in words; None where it does."""
    event, public_key, signed_by, signature, *_ = row
    signer = chain.keys.get(signed_by)
    if event not in ("rotated", "vouched", "revoked"):
        return "there is no such event"
    if _raw(public_key) is None:
        return "its key cannot be read"
    if signer is None:
        return f"it is signed by key {_short(signed_by)}, which the ledger does not know"
    if not _holds(signed_by, signature, _statement(chain.log.origin, batch, row)):
        return f"its signature is not that of key {signer.id} over this statement"
    if signer.replaced_in is not None and signer.replaced_in < batch:
        return f"key {signer.id} had been replaced in batch {signer.replaced_in}"
    if any(since < batch for since, _ in signer.revoked):
        return f"key {signer.id} had been revoked before"
    if event == "rotated" and signer.replaced_in is not None:
        return f"key {signer.id} hands over twice"
    return None


def _forerunners(s: Session, chain: KeyChain, notes: Sequence[Note]) -> list[str]:
    """Keys that handed over to a known one, which signed the log with that handover in it: it confirms them."""
    confirmed = []
    for batch, _, event, public_key, signed_by, *_ in _rows(s, _EVENTS):
        after, before = chain.keys.get(public_key), chain.keys.get(signed_by)
        if event != "rotated" or after is None or before is None or before.replaced_in != batch or not after.known:
            continue
        if any(
            batch <= note.size <= chain.log.size
            and chain.log.roots[note.size] == note.root
            and note_signers(note, [public_key])[0]
            for note in notes
        ):
            confirmed.append(signed_by)
    return confirmed


def _statement(origin: str, batch: int, row: tuple[Any, ...]) -> bytes:
    """What was signed: netstrings of name, ledger, batch, event, the two keys, time and reason; null is a tilde."""
    event, public_key, signed_by, _, revoked_from, reason = row
    since = None if revoked_from is None else f"{revoked_from.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    made = b""
    for text in ("ghg-ledger/key-event/1", origin, str(batch), event, public_key, signed_by, since, reason):
        raw = None if text is None else str(text).encode()
        made += b"~" if raw is None else b"%d:%s" % (len(raw), raw)
    return made


def _holds(public_key: str, signature: str, statement: bytes) -> bool:
    raw = _raw(public_key)
    try:
        blob = base64.b64decode(signature, validate=True)
        Ed25519PublicKey.from_public_bytes(raw or b"").verify(blob, statement)
    except (ValueError, InvalidSignature):
        return False
    return True


def _raw(public_key: str) -> bytes | None:
    """The 32 bytes of a key; None where the text gives none."""
    try:
        raw = base64.b64decode(public_key, validate=True)
    except (ValueError, TypeError):
        return None
    return raw if len(raw) == 32 else None


def _short(public_key: str) -> str:
    raw = _raw(public_key)
    return f"'{public_key[:12]}'" if raw is None else hashlib.sha256(b"ghg-ledger\n\x01" + raw).hexdigest()[:8]


def _rows(s: Session, sql: str) -> list[Any]:
    """The rows of a query; none where its table was dropped or changed, which is told by name elsewhere."""
    return [] if s.attempted(f"describe {sql}") else s.rows(sql)
