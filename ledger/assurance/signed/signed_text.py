"""A text with signatures under it (the form of a signed note): made with one's own key, read and checked again."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import Misuse

_NAME = re.compile(r"[^\s+\u2014]{1,60}")
_LINE = re.compile("\u2014 ([^\\s]+) ([A-Za-z0-9+/=]+)")


def signed_text(text: bytes, name: str, key: Ed25519PrivateKey) -> bytes:
    """The text, a blank line, and a line with the signer's name, the hash of the key and the signature.

    Raises Misuse where the name cannot stand on a signature line.
    """
    if not _NAME.fullmatch(name):
        raise Misuse(f"'{name}' cannot name a signer", "give a name without blanks, like auditor.example")
    blob = _key_hash(name, key.public_key().public_bytes_raw()) + key.sign(text)
    return text + f"\n\u2014 {name} {base64.b64encode(blob).decode()}\n".encode()


def text_and_signatures(content: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """The text of a signed note and its signatures (name, hash of the key and signature); none where it has no such."""
    text, found, lines = content.partition(b"\n\n")
    if not found:
        return content, []
    made = []
    for line in lines.decode("utf-8", errors="replace").splitlines():
        match = _LINE.fullmatch(line)
        try:
            made.append((match[1], base64.b64decode(match[2], validate=True)) if match else ("", b""))
        except binascii.Error:
            made.append(("", b""))
    return text + b"\n", made


def text_holds(content: bytes, public_key: str) -> bool:
    """Whether one of the signatures is of this Ed25519 key (base64), over exactly this text."""
    raw = base64.b64decode(public_key, validate=True)
    text, signatures = text_and_signatures(content)
    for name, blob in signatures:
        if blob[:4] != _key_hash(name, raw):
            continue
        try:
            Ed25519PublicKey.from_public_bytes(raw).verify(blob[4:], text)
        except InvalidSignature:
            continue
        return True
    return False


def check_public_key(public_key: str | None) -> None:
    """Raises Misuse where a text is no Ed25519 public key (base64); where none is given there is nothing to check."""
    if public_key is None:
        return
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
    except ValueError as fault:
        raise Misuse("the auditor's key cannot be read", "give the base64 text that sign-off printed") from fault


def _key_hash(name: str, raw: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n\x01" + raw).digest()[:4]
