"""A file that came packed (gzip), as clouds deliver their exports: what it holds, within bounds."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from ledger.intake.files.layout import BLOCK
from ledger.intake.files.limits import Limits

_GZIP = b"\x1f\x8b"


def unpacked(path: Path, stage: Path, limits: Limits) -> Path | None:
    """What a gzip file holds, as a file of the stage; None for any other file, and where it is not to be unpacked.

    That is: damaged, packed twice, or more than ``limits.workbook_expanded_bytes``. Such a file is refused for what
    its first bytes are.
    """
    with path.open("rb") as file:
        if file.read(2) != _GZIP:
            return None
    target = stage / (path.name.removesuffix(".gz") or "unpacked")
    total, first = 0, b""
    try:
        with gzip.open(path) as packed, target.open("wb") as out:
            while block := packed.read(BLOCK):
                first = first or block[:2]
                total += len(block)
                if total > limits.workbook_expanded_bytes or first == _GZIP:
                    return None
                out.write(block)
    except (OSError, EOFError, zlib.error):
        return None
    return target
