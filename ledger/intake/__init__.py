"""Intake: a file becomes findings, or typed rows. `read_upload` is the way in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ledger.intake.files.limits import Limits
    from ledger.intake.known import Known, known_in, shipped_known
    from ledger.intake.reading import read_upload
    from ledger.intake.upload import Upload

_HOME = {
    "Known": "known",
    "Limits": "files.limits",
    "Upload": "upload",
    "known_in": "known",
    "read_upload": "reading",
    "shipped_known": "known",
}

__all__ = ["Known", "Limits", "Upload", "known_in", "read_upload", "shipped_known"]


def __getattr__(name: str) -> Any:
    """Loaded when asked for: the process that reads a workbook needs next to nothing of this room."""
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module 'ledger.intake' has no attribute '{name}'")
    return getattr(import_module(f"ledger.intake.{_HOME[name]}"), name)
