"""Intake: a file becomes findings, or typed rows. `read_upload` is the way in."""

from __future__ import annotations

from ledger.intake.known import Known, known_in, shipped_known
from ledger.intake.reading import read_upload
from ledger.intake.upload import Limits, Upload

__all__ = ["Known", "Limits", "Upload", "known_in", "read_upload", "shipped_known"]
