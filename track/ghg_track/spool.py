"""A file of lines that only grows: one for each run, rank and attempt, every line synced before the next."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

_ATTEMPTS = 100_000


class Spool:
    """The file of one run, rank and attempt. Nothing raises: what could not be written is told by False."""

    def __init__(self, folder: str | os.PathLike[str] | None, run_id: str, rank: int, attempt: int) -> None:
        """Make a new file; a further attempt is counted where the attempt has one already.

        Args:
            folder: where; `GHG_TRACK_DIR` or `ghg-track` in the working directory where None. Where it cannot be
                written, a folder of this name for temporary files takes its place.
            run_id: of the run.
            rank: in the whole of the run.
            attempt: the first that it may be.
        """
        wanted = Path(folder or os.environ.get("GHG_TRACK_DIR") or "ghg-track")
        self.attempt = attempt
        self.path: Path | None = None
        self._file: int | None = None
        self._is_torn = False
        for place in (wanted, Path(tempfile.gettempdir()) / "ghg-track"):
            try:
                place.mkdir(parents=True, exist_ok=True)
                self._open(place.absolute(), f"{_file_name(run_id)}.r{rank}")
            except OSError:
                continue
            return

    def _open(self, folder: Path, stem: str) -> None:
        for attempt in range(self.attempt, _ATTEMPTS):
            path = folder / f"{stem}.a{attempt}.jsonl"
            try:
                self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
            except FileExistsError:
                continue
            self.path, self.attempt = path, attempt
            return

    def append(self, *lines: Mapping[str, object]) -> bool:
        """Append lines and sync them; False where the disk did not take all of them.

        A line that was cut off is closed by the next, which begins on a line of its own.
        """
        if self._file is None:
            return False
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        content = (b"\n" if self._is_torn else b"") + text.encode("utf-8", "replace")
        try:
            written = os.write(self._file, content)
            self._is_torn = written < len(content) and (self._is_torn or written > 0)
            os.fsync(self._file)
        except OSError:
            return False
        return written == len(content)

    def close(self) -> None:
        """Close the file; nothing more is appended."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _file_name(run_id: str) -> str:
    """The id as part of a file's name; with a digest of it where that is not the id itself."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", run_id).lstrip(".")[:80]
    return plain if plain == run_id else f"{plain or 'run'}-{hashlib.sha256(run_id.encode()).hexdigest()[:8]}"
