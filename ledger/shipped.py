"""Where the shipped files are: inside the wheel, or in the checkout of an editable install."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGED = Path(__file__).parent / "_shipped"
_CHECKOUT = Path(__file__).parent.parent
_IN_CHECKOUT = {"data": _CHECKOUT / "data", "templates": _CHECKOUT / "reports" / "templates"}


def languages() -> tuple[str, ...]:
    """The languages that documents can be in: those whose texts are shipped, by their codes (ISO 639-1)."""
    return tuple(sorted(file.stem for file in (path("templates") / "texts").glob("*.toml")))


def path(folder: Literal["data", "templates"]) -> Path:
    """The shipped folder: the packaged copy if it is there, else the checkout's.

    Raises FileNotFoundError when neither is there (a broken installation).
    """
    for candidate in (_PACKAGED / folder, _IN_CHECKOUT[folder]):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"the shipped folder '{folder}' is missing; install ghg-ledger again")
