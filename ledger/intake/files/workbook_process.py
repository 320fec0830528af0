"""The process in which a workbook is read: whatever its bytes do to a reader, they do it here, under limits.

Started by :mod:`ledger.intake.files.workbook_reader`, which asks by lines of JSON and gets lines of JSON; tables
are left in Arrow files. Imports next to nothing, so that it is there at once.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ledger.intake.files.limits import Limits
from ledger.intake.files.workbook import (
    BookXml,
    Suspicious,
    Unsupported,
    failed_cells,
    formula_count,
    height_of,
    merged_below,
    number_cells,
    sheets_of,
    width_of,
)


class Desk:
    """A workbook that was opened, and what can be asked about it; each answer is a JSON value."""

    def __init__(self, path: Path, folder: Path, limits: Limits, wanted: str | None) -> None:
        self.path = path
        self.folder = folder
        self.book: BookXml = sheets_of(path, limits)
        self.sheets = {sheet.number: sheet for sheet in self.book.sheets}
        self.widths = {
            number: width_of(sheet, limits) for number, sheet in self.sheets.items() if wanted in (None, sheet.name)
        }
        self.cells_read = limits.workbook_cells
        self.reader: Any = None
        self.written = 0

    def opening(self) -> dict[str, Any]:
        """Every sheet, the used columns of those that are wanted, and what else the workbook holds."""
        book = self.book
        told = [[s.name, s.number, s.hidden, *self.widths.get(s.number, (None, None))] for s in book.sheets]
        return {"sheets": told, "epoch_1904": book.epoch_1904, "macros": book.macros, "links": book.links}

    def cells(self, number: int) -> str:
        """The file of a sheet's cells as text, a row each from the first line on."""
        import fastexcel

        self.reader = self.reader or fastexcel.read_excel(self.path)
        loaded = self.reader.load_sheet(
            number, header_row=None, dtypes="string", skip_rows=0, skip_whitespace_tail_rows=True
        )
        return self._kept(loaded.to_arrow())

    def inside(self, number: int, line: int) -> dict[str, Any]:
        """Of a sheet: cells that a reader shows blank, how many formulas, and a merged range below a line."""
        import pyarrow as pa

        sheet = self.sheets[number]
        failed = list(failed_cells(sheet))
        types = {"row": pa.uint32(), "column": pa.uint32(), "code": pa.string(), "value": pa.string()}
        columns = [pa.array([cell[place] for cell in failed], types[name]) for place, name in enumerate(types)]
        made = pa.record_batch(columns, names=list(types))
        return {
            "failed": self._kept(made), "formulas": formula_count(sheet), "merged": merged_below(sheet, line),
        }  # fmt: skip

    def numbers(self, number: int, column: int) -> str:
        """The file of a column's number cells: line, and the text that the workbook stores."""
        import pyarrow as pa

        found = number_cells(self.sheets[number], column)
        lines, stored = pa.array((line for line, _ in found), pa.uint32()), pa.array((t for _, t in found), pa.string())
        return self._kept(pa.record_batch([lines, stored], names=["source_line", "stored"]))

    def texts(self) -> str:
        """The file of all sheets as the publishers' readers want them: a JSON line each, title and rows of text."""
        import openpyxl

        from ledger.intake.files.cell_text import cell_text

        for number, (first, width) in self.widths.items():  # its rows begin at A1, and blank ones are made
            if (first + width) * height_of(self.sheets[number]) > self.cells_read:
                raise Suspicious(f"sheet “{self.sheets[number].name}” reaches too far from its first cell")
        book = openpyxl.load_workbook(self.path, read_only=True, data_only=True)
        target = self.folder / "texts.jsonl"
        with target.open("w", encoding="utf-8") as file:
            for sheet in book.worksheets:
                rows = [[cell_text(value) for value in row] for row in sheet.iter_rows(values_only=True)]
                file.write(json.dumps([sheet.title, rows]) + "\n")
        return target.name

    def _kept(self, batch: Any) -> str:
        import pyarrow as pa

        self.written += 1
        target = self.folder / f"{self.written}.arrow"
        with pa.OSFile(str(target), "wb") as file, pa.ipc.new_file(file, batch.schema) as writer:
            writer.write_batch(batch)
        return target.name


def serve(asked: Iterable[str], answer: Callable[[dict[str, Any]], None]) -> None:
    """Answer a line of JSON each: first how the workbook is opened, then questions to it, by name and arguments."""
    desk: Desk | None = None
    for line in asked:
        question = json.loads(line)
        try:
            if desk is None:
                limits = Limits(**question["limits"])
                keep_within(limits)
                desk = Desk(Path(question["path"]), Path(question["folder"]), limits, question["sheet"])
                answer({"is": desk.opening()})
            else:
                answer({"is": getattr(desk, question["what"])(*question["of"])})
        except Suspicious as fault:
            answer({"suspicious": str(fault)})
        except Unsupported as fault:
            answer({"unsupported": str(fault)})
        except MemoryError:
            answer({"memory": True})
        except Exception as fault:  # noqa: BLE001 — readers of others raise what they like, and the file is at fault
            answer({"unread": (str(fault) or type(fault).__name__).partition("\n")[0]})


def keep_within(limits: Limits) -> None:
    """This process gets no more memory and time than the limits, and leaves no core behind."""
    for what, most in (
        (resource.RLIMIT_AS, limits.workbook_memory_bytes),
        (resource.RLIMIT_CPU, limits.workbook_cpu_seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, hard))


def main() -> None:
    """Serve the process that started this one; what readers print does not come between the answers."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def answer(told: dict[str, Any]) -> None:
        out.write(json.dumps(told) + "\n")
        out.flush()

    serve(sys.stdin, answer)


if __name__ == "__main__":
    main()
