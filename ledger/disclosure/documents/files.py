"""Documents written as files: each whole or not at all, under a name that says what it is."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ledger.errors import Misuse

if TYPE_CHECKING:
    from ledger.disclosure.documents.document import Document
    from ledger.disclosure.documents.page import Paper

_SUFFIX = {"ixbrl": "xhtml"}


def checked_formats(formats: Sequence[str], paper: str, known: Sequence[str]) -> tuple[list[str], Paper]:
    """Formats and paper as they are made here, each format once. Raises Misuse for others."""
    wanted = list(dict.fromkeys(name.strip().lower() for name in formats))
    unknown = [name for name in wanted if name not in known]
    if unknown or not wanted:
        raise Misuse(f"there is no format '{', '.join(unknown)}'", "take: " + ", ".join(known))
    if paper.lower() not in {"a4", "letter"}:
        raise Misuse(f"there is no paper '{paper}'", "take: A4 or Letter")
    return wanted, cast("Paper", paper.lower())


def named_bytes(document: Document, formats: Sequence[str], paper: Paper) -> dict[str, tuple[str, bytes]]:
    """The files of a document by format: name and bytes."""
    made = document.made(formats, paper)
    return {form: (file_name(document, form), content) for form, content in made.items()}


def file_name(document: Document, form: str) -> str:
    """What the file of a format is called: ``quarterly-2026-Q3.pdf``."""
    label = re.sub(r"[^A-Za-z0-9.-]", "_", document.figures.current.period.label)
    return f"{document.kind}-{label}.{_SUFFIX.get(form, form)}"


def format_of(file: str) -> str:
    """The format of a file by its name."""
    ending = file.rpartition(".")[2]
    return next((name for name, suffix in _SUFFIX.items() if suffix == ending), ending)


def put_files(made: Mapping[str, tuple[str, bytes]], folder: Path) -> dict[str, Path]:
    """Write files (name and bytes, by format) into a folder, each whole or not at all; gives their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    return {name: _written(folder / called, content) for name, (called, content) in made.items()}


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
