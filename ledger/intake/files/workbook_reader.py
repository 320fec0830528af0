"""A workbook as this process sees it: asked of another process, which may fail, hang or grow without harm here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ledger.intake.faults import Faults
from ledger.intake.files.limits import Limits, variable_of


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: name, place in the workbook, whether it is hidden, and its used columns (first from 0, count)."""

    name: str
    number: int
    hidden: bool
    first: int | None
    width: int | None


@dataclass(frozen=True, slots=True)
class Inside:
    """What a cell reader does not show of a sheet: failed cells (row, column, code, value), formulas, merged cells."""

    failed: tuple[tuple[int, int, str, str | None], ...]
    formulas: int
    merged: str | None


class Unreadable(Exception):
    """The workbook is not read; the code and words of the finding say why."""

    def __init__(self, code: str, **words: Any) -> None:
        super().__init__(code)
        self.code = code
        self.words = words

    def tell(self, faults: Faults) -> None:
        """Add the finding."""
        faults.add(self.code, **self.words)


class Workbook:
    """A workbook being read by a process of its own; to be used as a context. Each question may raise Unreadable."""

    def __init__(self, path: Path, folder: Path, limits: Limits, sheet: str | None = None) -> None:
        """Args: the file; a folder for tables on their way; how much is read; the one sheet that is wanted."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.limits = limits
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ledger.intake.files.workbook_process"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
            env={name: value for name, value in os.environ.items() if not name.startswith("GHG_")},
        )  # fmt: skip
        self.late = False
        self.clock = threading.Timer(limits.workbook_seconds, self._stop)
        self.clock.daemon = True
        self.clock.start()
        self.question: dict[str, Any] = {
            "path": str(path.resolve()), "folder": str(folder.resolve()), "sheet": sheet, "limits": asdict(limits),
        }  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.clock.cancel()
        self.process.kill()
        self.process.communicate()

    def opened(self) -> tuple[list[Sheet], dict[str, Any]]:
        """The sheets, and what else the workbook is and holds: epoch_1904, macros, links."""
        told = self._answer(self.question)
        return [Sheet(*words) for words in told.pop("sheets")], told

    def cells(self, sheet: Sheet) -> Any:
        """An Arrow table of the sheet's cells as text, a row each from the first line on."""
        return self._table(self._asked("cells", sheet.number))

    def inside(self, sheet: Sheet, header_line: int) -> Inside:
        """What a cell reader does not show of the rows below the header."""
        told = self._asked("inside", sheet.number, header_line)
        failed = self._table(told["failed"]).to_pydict()
        return Inside(tuple(zip(*failed.values(), strict=True)), told["formulas"], told["merged"])

    def numbers(self, sheet: Sheet, column: int) -> Any:
        """An Arrow table of the number cells of a column (from 0): source_line and stored."""
        return self._table(self._asked("numbers", sheet.number, column))

    def texts(self) -> list[tuple[str, list[list[str]]]]:
        """Title and rows of text of every sheet."""
        with (self.folder / self._asked("texts")).open(encoding="utf-8") as file:
            return [(title, rows) for title, rows in map(json.loads, file)]

    def _asked(self, what: str, *of: Any) -> Any:
        return self._answer({"what": what, "of": of})

    def _table(self, name: str) -> Any:
        import pyarrow as pa

        path = self.folder / name
        with pa.OSFile(str(path), "rb") as file:
            table = pa.ipc.open_file(file).read_all()
        path.unlink()
        return table

    def _answer(self, question: dict[str, Any]) -> Any:
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None, "asked for above"  # noqa: S101
        assert stdout is not None, "asked for above"  # noqa: S101
        try:
            stdin.write(json.dumps(question) + "\n")
            stdin.flush()
            line = stdout.readline()
        except BrokenPipeError:
            line = ""
        told = json.loads(line) if line.endswith("\n") else self._ended()
        if "suspicious" in told:
            raise Unreadable("workbook-suspicious", reason=told["suspicious"])
        if "unsupported" in told:
            raise Unreadable("file-not-supported", found=told["unsupported"])
        if "unread" in told:
            raise Unreadable("file-not-read", reason=told["unread"])
        if "limit" in told or "memory" in told:
            raise self._too_costly(told.get("limit", "workbook_memory_bytes"))
        return told["is"]

    def _stop(self) -> None:
        self.late = True
        self.process.kill()

    def _ended(self) -> dict[str, str]:
        """Why the process is gone before it answered."""
        code = self.process.wait()
        if self.late:
            return {"limit": "workbook_seconds"}
        if code in (-signal.SIGXCPU, -signal.SIGKILL):
            return {"limit": "workbook_cpu_seconds"}
        if code == -signal.SIGABRT:
            return {"limit": "workbook_memory_bytes"}
        return {"unread": f"its reader broke off ({code})"}

    def _too_costly(self, name: str) -> Unreadable:
        most = getattr(self.limits, name)
        words = {
            "workbook_seconds": f"reading it takes more than {most} seconds",
            "workbook_cpu_seconds": f"reading it takes more than {most} seconds of a processor",
            "workbook_memory_bytes": f"reading it takes more than {most // 2**20} MB of memory",
        }
        return Unreadable("workbook-too-costly", reason=words[name], variable=variable_of(name))
