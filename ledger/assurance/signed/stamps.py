"""Time stamps (RFC 3161): an authority's signed word that a checkpoint existed at a time, checked without a network.

What is stamped is the SHA-256 of the checkpoint's text, its three lines as they are signed. Whose word counts is the
verifier's to say: the certificates come from them, never from the ledger.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.assurance.verification import Faults, Stamp
from ledger.errors import Misuse
from ledger.store import Session
from ledger.store.checkpoint import Checkpoint
from ledger.store.session import side_folder

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

    from ledger.assurance.checks.chain import Log

_SHA256 = "2.16.840.1.101.3.4.2.1"  # RFC 5754, section 2
_STATUS = ("granted", "granted with changes", "rejected", "waiting", "a revocation is near", "revoked")  # 2.4.2
DISORDER = "the authority wrote its certificates in another order than DER asks for (X.690, 11.6); so it cannot be read"
_CLOCKS = timedelta(minutes=5)  # by so much two clocks may differ before it is worth a word
_STAMPS = (
    "select batch_no, seq, checkpoint_size, checkpoint_root, reply_sha256, stated_at, authority, serial, nonce "
    "from time_stamp order by batch_no, seq"
)
_COLUMNS = ("size", "root", "sha256", "stated_at", "authority", "serial", "nonce")
_CHAIN = {
    "local issuer": "its certificate does not lead to one that you trust",
    "self-signed": "its certificate does not lead to one that you trust",
    "self signed": "its certificate does not lead to one that you trust",
    "expired": "a certificate had expired when it was made",
    "not yet valid": "a certificate was not valid yet when it was made",
    "EKU": "its certificate is not one for time stamps (extended key usage timeStamping, critical)",
    "purpose": "its certificate is not one for time stamps (extended key usage timeStamping, critical)",
    "digest failure": "its signature does not hold: it was changed",
    "signature failure": "its signature does not hold: it was changed",
    "neither found": "it carries no certificate; ask again with ghg checkpoint timestamp request",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What an authority answered: for which digest, when, under which number, and who signed."""

    digest: bytes
    algorithm: str
    stated_at: datetime
    serial: str
    nonce: int | None
    authority: str
    response: TimeStampResponse


def request_for(text: bytes) -> bytes:
    """A request (DER) for the SHA-256 of a text, with a nonce, asking for the certificate; made offline."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    made = TimestampRequestBuilder().data(text).hash_algorithm(HashAlgorithm.SHA256).cert_request(cert_request=True)
    return made.nonce(nonce=True).build().as_bytes()


def request_nonce(file: Path) -> tuple[bytes, int]:
    """Digest and nonce of a request. Raises Misuse where the file holds none, or one without a nonce."""
    from rfc3161_client._rust import parse_timestamp_request

    try:
        asked = parse_timestamp_request(file.read_bytes())
        digest, nonce = asked.message_imprint.message, asked.nonce
    except OSError as fault:
        words = "name the request that the reply answers with --request; it shows that the reply is to you"
        raise Misuse(f"{file} cannot be read: {fault.strerror}", words) from fault
    except ValueError as fault:
        raise Misuse(f"{file} is no time-stamp request", "name the file that was sent to the authority") from fault
    if nonce is None:
        raise Misuse(f"{file} has no nonce", "ask again: ghg checkpoint timestamp request")
    return digest, nonce


def read_reply(content: bytes) -> Reply:
    """A time-stamp reply (DER). Raises ValueError, in words, where it is none or the authority granted nothing."""
    from cryptography.x509 import DirectoryName, load_der_x509_certificate
    from rfc3161_client import decode_timestamp_response

    refused = None
    try:
        response = decode_timestamp_response(content)
        if response.status != 0:
            status = _STATUS[response.status] if response.status < len(_STATUS) else str(response.status)
            refused = f"the authority did not grant it: {'; '.join([status, *response.status_string])}"
        told = response.tst_info
        named = {(held.issuer, held.serial_number): held.subject.rfc4514_string()
                 for held in map(load_der_x509_certificate, response.signed_data.certificates)}  # fmt: skip
        signer = next(iter(response.signed_data.signer_infos))
        stated = told.name.value.rfc4514_string() if isinstance(told.name, DirectoryName) else "not named"
        authority = named.get((signer.issuer, signer.serial_number), stated)
        imprint = told.message_imprint
        reply = Reply(imprint.message, imprint.hash_algorithm.dotted_string, told.gen_time.astimezone(UTC),
                      str(told.serial_number), told.nonce, authority, response)  # fmt: skip
    except (ValueError, StopIteration) as fault:
        raise ValueError(refused or _unread(fault)) from fault
    if refused is not None:
        raise ValueError(refused)
    return reply


def _unread(fault: Exception) -> str:
    """Why a reply cannot be read, in words; a set in another order than DER asks for is the authority's doing."""
    if "InvalidSetOrdering" not in str(fault):
        return "it is no time-stamp reply, or was cut or changed"
    return DISORDER


def imprint_fault(reply: Reply, text: bytes, nonce: int) -> str | None:
    """Why a reply is not to this request for this text, in words; None where it is."""
    if reply.algorithm != _SHA256:
        return f"it is of a digest of another kind ({reply.algorithm}), not SHA-256"
    if reply.digest != hashlib.sha256(text).digest():
        return "it is of other bytes than this checkpoint's"
    if reply.nonce != nonce:
        return "its nonce is not that of the request: it answers another"
    return None


def chain_fault(reply: Reply, anchors: Sequence[Certificate]) -> str | None:
    """Why the signature does not rest on trusted certificates that were valid when it was made; None where it does."""
    from rfc3161_client import VerificationError, VerifierBuilder

    try:
        VerifierBuilder(roots=list(anchors)).build().verify(reply.response, reply.digest)
    except (VerificationError, ValueError) as fault:
        told = str(fault)
        return next((words for sign, words in _CHAIN.items() if sign in told), "its signature does not hold")
    return None


def trust_anchors(file: Path) -> list[Certificate]:
    """The certificates (PEM) that the verifier trusts. Raises Misuse where the file holds none."""
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(file.read_bytes())
    except OSError as fault:
        raise Misuse(f"{file} cannot be read: {fault.strerror}", "name the authority's certificates, as PEM") from fault
    except ValueError as fault:
        raise Misuse(f"{file} holds no certificate", "name the authority's certificates, as PEM") from fault


def check_stamps(s: Session, log: Log, certificates: Path | None, faults: Faults) -> tuple[Stamp, ...]:
    """Every time stamp on record against its bytes, the log and, where they are named, the trusted certificates.

    Raises Misuse where the file of certificates holds none.
    """
    anchors = None if certificates is None else trust_anchors(certificates)
    if s.attempted(f"describe {_STAMPS}"):
        return ()  # the table was dropped or changed, which is told by name elsewhere
    found = []
    for batch, seq, *row in s.rows(_STAMPS):
        entry = f"B{batch}-{seq}"
        words, stamp = _checked(s, log, entry, dict(zip(_COLUMNS, row, strict=True)), anchors, faults)
        if words is not None:
            faults.add("time-stamp", f"{entry}: {words}", entry=entry)
        if stamp is not None:
            found.append(stamp)
    return tuple(found)


def _checked(
    s: Session, log: Log, entry: str, row: dict[str, Any], anchors: Sequence[Certificate] | None, faults: Faults
) -> tuple[str | None, Stamp | None]:
    """What is wrong with a time stamp, in words; and the stamp where nothing is."""
    size, file = row["size"], side_folder(s.path, "evidence") / row["sha256"]
    if not 1 <= size <= log.size or log.roots[size] != row["root"]:
        return f"it is of a checkpoint of size {size} that this log never had", None
    if not file.is_file():
        faults.add("evidence-missing", f"the reply of {entry} is not kept", entry=entry, file=file.name)
        return None, None
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != row["sha256"]:
        return None, None  # told by file name where evidence is hashed
    try:
        reply = read_reply(content)
    except ValueError as fault:
        return str(fault), None
    text = Checkpoint(log.origin, size, row["root"]).body().encode()
    if (words := imprint_fault(reply, text, int(row["nonce"]) if row["nonce"].isdecimal() else -1)) is not None:
        return words, None
    told = (reply.stated_at, reply.authority, reply.serial)
    if told != (row["stated_at"].astimezone(UTC), row["authority"], row["serial"]):
        return f"it is recorded as of {row['stated_at']}, and says {reply.stated_at}, by {reply.authority}", None
    if anchors is not None and (words := chain_fault(reply, anchors)) is not None:
        return words, None
    recorded_at = log.headers[size - 1]["recorded_at"]
    if reply.stated_at < recorded_at - _CLOCKS:
        words = f"{entry}: checkpoint {size} was stamped at {reply.stated_at}, but its batch is dated {recorded_at}"
        faults.add("time-stamp", words, severity="warning", entry=entry)
    return None, Stamp(size, reply.stated_at, reply.authority, anchors is not None)
