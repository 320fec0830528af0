"""Files in review: in a private folder beside the ledger, each under a random id that is bound to the person.

The client's name of a file is a label: cleaned, it names the file within a folder of its own, so that what the ledger
says of the file says that name. A folder goes when its file was accepted or discarded, and after a day.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from ledger.errors import Misuse
from ledger.store.session import side_folder
from ledger.web.frame.sent_files import written

MOST_IN_REVIEW = 20
"""Files that one person may have in review: our own choice; more than a quarter's uploads of most companies."""
KEPT_SECONDS = 86_400
_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_NOTES, _FILE = "notes.json", "file"


@dataclass(slots=True)
class InReview:
    """A file in review: whose it is, where it lies, and how it is to be read (options of the upload verb by name)."""

    id: str
    person: str
    path: Path
    bytes: int
    came: datetime
    how: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The label."""
        return self.path.name

    @property
    def folder(self) -> Path:
        """The folder of its own."""
        return self.path.parents[1]

    @property
    def mapping(self) -> Path:
        """Where the mapping lies by which it is read, once there is one."""
        return self.folder / "mapping.toml"


class Inbox:
    """The private folder of one app's files in review."""

    def __init__(self, ledger: Path) -> None:
        self._folder = side_folder(ledger, "inbox")

    def take(self, person: str, name: str, content: BinaryIO, how: Mapping[str, Any]) -> InReview:
        """Put a file into review, a piece at a time.

        Raises Misuse for an empty one, and where a person has too many.
        """
        if len(self.of(person)) >= MOST_IN_REVIEW:
            raise Misuse(f"{MOST_IN_REVIEW} of your files are in review", "accept or discard some of them first")
        self._folder.mkdir(mode=0o700, exist_ok=True)
        number = secrets.token_urlsafe(16)
        partial = self._folder / f".{number}"
        partial.mkdir(mode=0o700)
        try:
            (partial / _FILE).mkdir()
            path = _filled(written(name, content, partial / _FILE))
            came = datetime.now(UTC)
            made = InReview(number, person, self._folder / number / _FILE / path.name, path.stat().st_size, came,
                            dict(how))  # fmt: skip
            _note(partial, made)
            partial.rename(self._folder / number)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        return made

    def get(self, person: str, number: str) -> InReview | None:
        """A file of a person by its id; None where there is none, or it is somebody else's."""
        if not _ID.fullmatch(number):
            return None
        found = _noted(self._folder / number)
        return found if found is not None and found.person == person else None

    def of(self, person: str) -> list[InReview]:
        """A person's files in review, the last one first."""
        self.sweep()
        found = [_noted(folder) for folder in self._folders()]
        own = [one for one in found if one is not None and one.person == person]
        return sorted(own, key=lambda one: one.came, reverse=True)

    def read_so(self, one: InReview, how: Mapping[str, Any]) -> InReview:
        """The file, to be read in another way."""
        changed = InReview(one.id, one.person, one.path, one.bytes, one.came, dict(how))
        _note(one.folder, changed)
        return changed

    def keep_beside(self, one: InReview, mapping: Path) -> None:
        """Keep a copy of a mapping with the file: it is read by it."""
        shutil.copyfile(mapping, one.mapping)

    def drop(self, one: InReview) -> None:
        """Remove a file that was accepted or discarded."""
        shutil.rmtree(one.folder, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what nobody came back to for a day."""
        for folder in self._folders(hidden=True):
            try:
                if time.time() - folder.stat().st_mtime > KEPT_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)
            except OSError:  # another request removed it
                continue

    def _folders(self, *, hidden: bool = False) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return [folder for folder in self._folder.iterdir() if hidden or not folder.name.startswith(".")]


def _filled(path: Path) -> Path:
    if not path.stat().st_size:
        raise Misuse(f"the file {path.name} is empty", "choose the file that holds the rows; nothing was kept")
    return path


def _note(folder: Path, one: InReview) -> None:
    told = {"id": one.id, "person": one.person, "name": one.name, "bytes": one.bytes,
            "came": one.came.isoformat(), "how": one.how}  # fmt: skip
    partial = folder / f"{_NOTES}.partial"
    partial.write_text(json.dumps(told), encoding="utf-8")
    partial.replace(folder / _NOTES)


def _noted(folder: Path) -> InReview | None:
    try:
        told = json.loads((folder / _NOTES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    path = folder / _FILE / told["name"]
    return InReview(told["id"], told["person"], path, told["bytes"], datetime.fromisoformat(told["came"]), told["how"])
