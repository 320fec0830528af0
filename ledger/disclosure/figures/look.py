"""How a company's documents look: language, colour and logo, as its settings say at the checkpoint of the document."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ledger.calculation.policy import setting_values
from ledger.errors import Damage
from ledger.store.evidence import evidence_folder

if TYPE_CHECKING:
    from ledger.store import Session


@dataclass(frozen=True, slots=True)
class Look:
    """The language (ISO 639-1), the company's colour (`#rrggbb`, empty for none), its logo as PNG bytes (or none)."""

    language: str = "en"
    colour: str = ""
    logo: bytes = b""

    @property
    def logo_data(self) -> str:
        """The logo as an address that holds it whole, so that a page loads nothing; empty where there is none."""
        return f"data:image/png;base64,{base64.b64encode(self.logo).decode('ascii')}" if self.logo else ""


PLAIN = Look()
"""English, and nothing of a company."""


def company_look(s: Session, on: date, size: int, language: str | None = None) -> Look:
    """The look in force on a day, as recorded up to a size; another ``language`` than the company's where one is asked.

    Raises Damage where the kept logo is gone or is not the one that was recorded.
    """
    held = setting_values(s, on, size)
    colour = held["report_colour"]
    if colour and not re.fullmatch("#[0-9a-f]{6}", colour):
        raise Damage(f"the setting report_colour is '{colour}', which is no colour", "ghg verify tells the rest")
    return Look(language or held["report_language"], colour, _kept_logo(s, held["report_logo"]))


def _kept_logo(s: Session, sha256: str) -> bytes:
    """The bytes of a logo by its digest; none where there is no logo."""
    if not sha256:
        return b""
    kept = evidence_folder(s.path) / sha256
    content = kept.read_bytes() if re.fullmatch("[0-9a-f]{64}", sha256) and kept.is_file() else b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Damage(
            f"the kept logo {sha256[:12]}… is gone or another file",
            "put the copy of the evidence folder back, or set the logo anew: ghg setting set report_logo FILE.png",
        )
    return content
