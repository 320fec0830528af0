"""Files that a browser sends: the name that is left of the client's, and the folder that only the app may read."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

from ledger.errors import LedgerError
from ledger.plain import visible

if TYPE_CHECKING:
    from starlette.datastructures import UploadFile

_FORBIDDEN = re.compile(r'[:*?"<>|\ufffd]+')
"""What no file is called on every system, and the mark of what cannot be seen."""
_LONGEST_NAME, _LONGEST_ENDING = 120, 12
_MOST_BYTES = 200
"""Bytes of a name's stem: a name of many systems has 255 at most, and what is made of a file adds to it."""
_PIECE = 2**20


def plain_name(given: str) -> str:
    """A file's name as a client gave it, as one name in one folder: no path, nothing unseen, not hidden, not long."""
    last = re.split(r"[/\\]", given)[-1]
    stem, dot, ending = _FORBIDDEN.sub("_", visible(last)).strip(" .").rpartition(".")
    if not dot or len(ending) > _LONGEST_ENDING:
        stem, dot, ending = f"{stem}{dot}{ending}", "", ""
    stem = stem[: _LONGEST_NAME - len(ending)].encode()[:_MOST_BYTES].decode(errors="ignore").strip(" .")
    return f"{stem or 'file'}{dot}{ending}"


def put_file(file: UploadFile, folder: Path) -> Path:
    """A file that came, on disk in a folder, under what is left of its name."""
    return written(file.filename or "", file.file, folder)


def written(name: str, content: BinaryIO, folder: Path) -> Path:
    """Content as a new file of a folder, a piece at a time; the client's name is a label."""
    path = folder / plain_name(name)
    content.seek(0)
    with path.open("xb") as kept:
        shutil.copyfileobj(content, kept, _PIECE)
    return path


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder that only the app may read (mode 0700), for as long as it is used; no fault names it."""
    with TemporaryDirectory(prefix="ghg-web-", ignore_cleanup_errors=True) as name:
        try:
            yield Path(name)
        except LedgerError as fault:
            without_folder(fault, Path(name))
            raise


def without_folder(fault: LedgerError, folder: Path) -> LedgerError:
    """The fault, naming files by their own names: where this machine keeps them is nobody's business."""
    kept = re.compile(re.escape(str(folder)) + r"(/\d+)?/?")
    fault.args = (kept.sub("", str(fault)),)
    fault.fix = kept.sub("", fault.fix)
    return fault
