"""A time-stamping authority of one's own (RFC 3161), for replies of every kind, also those that no honest one gives."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)


class Authority:
    """A root, a certificate for time stamps under it, and what it answers."""

    def __init__(self, name: str = "Authority", **given: Any) -> None:
        now = datetime.now(UTC)
        self.root_key, self.key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.root = self._certificate(f"{name} root", f"{name} root", self.root_key, now - 900 * DAY, now + 900 * DAY,
                                      x509.BasicConstraints(ca=True, path_length=None))  # fmt: skip
        usage = given.get("usage", ExtendedKeyUsageOID.TIME_STAMPING)
        begins, ends = given.get("begins", now - 30 * DAY), given.get("ends", now + 30 * DAY)
        self.certificate = self._certificate(name, f"{name} root", self.key, begins, ends,
                                             x509.ExtendedKeyUsage([usage]))  # fmt: skip

    def _certificate(self, subject, issuer, key, begins, ends, extension) -> x509.Certificate:
        name, by = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (subject, issuer))
        made = x509.CertificateBuilder().subject_name(name).issuer_name(by).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(ends)
        return made.add_extension(extension, critical=True).sign(self.root_key, hashes.SHA256())

    def pem(self) -> bytes:
        """The root, as a verifier is given it."""
        return self.root.public_bytes(serialization.Encoding.PEM)

    def reply(self, request: bytes, **given: Any) -> bytes:
        """The reply to a request; ``status``, ``at``, ``nonce`` and ``digest`` may be other than asked for."""
        status = given.get("status", "granted")
        if status != "granted":
            failure = {"status": status, "status_string": ["we do not know this"]}
            held = tsp.PKIStatusInfo(failure).dump()
            return b"\x30" + bytes([len(held)]) + held  # a sequence of the status alone: there is no token
        asked = tsp.TimeStampReq.load(request)
        digest = given.get("digest", asked["message_imprint"]["hashed_message"].native)
        info = tsp.TSTInfo({
            "version": "v1", "policy": "1.2.3.4.1", "serial_number": given.get("serial", 7),
            "message_imprint": {"hash_algorithm": {"algorithm": given.get("algorithm", "sha256")},
                                "hashed_message": digest},
            "gen_time": given.get("at", datetime.now(UTC)).replace(microsecond=0),
            "nonce": given.get("nonce", asked["nonce"].native),
        })  # fmt: skip
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": self._token(info)}).dump()

    def _token(self, info: tsp.TSTInfo) -> cms.ContentInfo:
        certificate = self.certificate.public_bytes(serialization.Encoding.DER)
        held = asn1_x509.Certificate.load(certificate)
        signed = cms.CMSAttributes([
            cms.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
            cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(info.dump()).digest()]}),
            cms.CMSAttribute({"type": "signing_certificate_v2", "values": [
                tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(certificate).digest()}]})]}),
        ])  # fmt: skip
        signature = self.key.sign(signed.untag().dump(), ec.ECDSA(hashes.SHA256()))
        signer = cms.SignerInfo({
            "version": "v1",
            "sid": {"issuer_and_serial_number": cms.IssuerAndSerialNumber({
                "issuer": held.issuer, "serial_number": held.serial_number})},
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}), "signed_attrs": signed,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}), "signature": signature,
        })  # fmt: skip
        data = cms.SignedData({
            "version": "v3", "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(info.dump())},
            "certificates": [held], "signer_infos": [signer],
        })  # fmt: skip
        return cms.ContentInfo({"content_type": "signed_data", "content": data})
