"""Figures written as files: each whole or not at all, under a name that says what it is."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from ledger.disclosure.charts import Drawing, drawings
from ledger.disclosure.figures import QuarterlyFigures
from ledger.errors import Misuse

if TYPE_CHECKING:
    from ledger.disclosure.statement.reading import Statement

Paper = Literal["a4", "letter"]
_SUFFIX = {"ixbrl": "xhtml"}
FORMATS = ("html", "pdf", "xlsx", "json")
STATEMENT_FORMATS = (*FORMATS, "ixbrl")


def write_report(figures: QuarterlyFigures, formats: Sequence[str], folder: Path, paper: str = "A4") -> dict[str, Path]:
    """Write the quarterly report in each format; gives the path of each, such as ``quarterly-2026-Q3.pdf``.

    The same figures give the same bytes. A file appears only when it is whole. ``paper`` is A4 or
    Letter. Raises Misuse for a format or paper that is not made here, before anything is written.
    """
    wanted, size = checked_formats(formats, paper)
    return write_files(report_bytes(figures, wanted, size), "quarterly", figures, folder)


def write_statement(statement: Statement, formats: Sequence[str], folder: Path, paper: str = "A4") -> dict[str, Path]:
    """Write a statement in each format, such as ``iso-14064-1-2026.pdf``; as :func:`write_report` in all else."""
    from ledger.disclosure.statement.files import statement_bytes

    wanted, size = checked_formats(formats, paper, STATEMENT_FORMATS)
    made = statement_bytes(statement, wanted, size)
    return write_files(made, statement.layout.kind, statement.figures, folder)


def checked_formats(
    formats: Sequence[str], paper: str, known: Sequence[str] = FORMATS
) -> tuple[list[str], Paper]:
    """Formats and paper as they are made here. Raises Misuse for others."""
    wanted = list(dict.fromkeys(name.strip().lower() for name in formats))
    unknown = [name for name in wanted if name not in known]
    if unknown or not wanted:
        raise Misuse(f"there is no format '{', '.join(unknown)}'", "take: " + ", ".join(known))
    if paper.lower() not in {"a4", "letter"}:
        raise Misuse(f"there is no paper '{paper}'", "take: A4 or Letter")
    return wanted, cast("Paper", paper.lower())


def write_files(made: dict[str, bytes], kind: str, figures: QuarterlyFigures, folder: Path) -> dict[str, Path]:
    """Put each format's bytes in its place under a name of kind and period; gives the paths."""
    return put_files({name: (file_name(figures, kind, name), content) for name, content in made.items()}, folder)


def file_name(figures: QuarterlyFigures, kind: str, name: str) -> str:
    """What the file of a format is called: ``quarterly-2026-Q3.pdf``."""
    return f"{kind}-{re.sub(r'[^A-Za-z0-9.-]', '_', figures.current.period.label)}.{_SUFFIX.get(name, name)}"


def format_of(file: str) -> str:
    """The format of a file by its name."""
    ending = file.rpartition(".")[2]
    return next((name for name, suffix in _SUFFIX.items() if suffix == ending), ending)


def put_files(made: Mapping[str, tuple[str, bytes]], folder: Path) -> dict[str, Path]:
    """Write files (name and bytes, by format) into a folder, each whole or not at all; gives their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    return {name: _written(folder / called, content) for name, (called, content) in made.items()}


def report_bytes(
    figures: QuarterlyFigures, formats: Sequence[str], paper: Literal["a4", "letter"] = "a4"
) -> dict[str, bytes]:
    """The bytes of the report in each format, by format."""
    drawn = drawings(figures) if {"html", "pdf"} & set(formats) else {}
    makers = _makers(figures, drawn, paper)
    return {name: makers[name]() for name in formats}


def _makers(
    figures: QuarterlyFigures, drawn: dict[str, Drawing], paper: Literal["a4", "letter"]
) -> dict[str, Callable[[], bytes]]:
    def html() -> bytes:
        from ledger.disclosure.html import quarterly_html

        return quarterly_html(figures, drawn).encode()

    def pdf() -> bytes:
        from ledger.disclosure.pdf import quarterly_pdf

        return quarterly_pdf(figures, drawn, paper)

    def xlsx() -> bytes:
        from ledger.disclosure.xlsx import quarterly_xlsx

        return quarterly_xlsx(figures)

    def json() -> bytes:
        from ledger.disclosure.json_document import quarterly_json

        return quarterly_json(figures).encode()

    return {"html": html, "pdf": pdf, "xlsx": xlsx, "json": json}


def _written(path: Path, content: bytes) -> Path:
    """The file put in its place in one step, so that nobody ever sees half of it."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path
