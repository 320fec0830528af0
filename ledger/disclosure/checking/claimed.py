"""What the file of a report says of itself: which period, view and checkpoint, and whether it was issued."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from typing import Literal

from ledger.disclosure.checking.differences import pdf_pages
from ledger.disclosure.statement.layout import layouts
from ledger.disclosure.words.texts import ENGLISH, language, spoken, text
from ledger.shipped import languages

_ID = re.compile(r"([A-Za-z0-9.-]+)/([a-z0-9_]+)/[a-z0-9_]+@(\d+)")
_CHECKPOINT = re.compile(r"·\s+\w+\s+(\d+)\s+·\s+\w+\s+([0-9a-f]{64})")  # size and root, in any language
_KIND = re.compile(r"ghg report ([a-z0-9-]+) --(?:check|period)")  # among the commands that a document ends with
_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_LETTER_WIDTH = 612  # points, against 595 of A4
_LARGEST_PART = 64 * 2**20  # bytes, of a workbook's parts that are looked at


@dataclass(frozen=True, slots=True)
class Claimed:
    """A file's own words: format, kind of document, period, view, checkpoint, state, paper, versions and language.

    ``digests`` are those that stand in it beside the root: of a statement, that of the texts that people gave.
    """

    form: str
    kind: str
    period: str
    view: str
    size: int
    root: str
    issued: bool
    paper: Literal["a4", "letter"] = "a4"
    versions: tuple[str, str] | None = None
    language: str = ENGLISH
    digests: frozenset[str] = frozenset()


def claimed(content: bytes) -> Claimed:
    """What a file says of itself. Raises ValueError where it is none of our reports."""
    if content.startswith(b"%PDF"):
        return _pdf(content)
    if content.startswith(b"PK"):
        return _xlsx(content)
    if content.lstrip()[:1] == b"{":
        return _json(content)
    if content.lstrip()[:9].lower() == b"<!doctype":
        return _words("html", content.decode("utf-8", errors="replace"))
    if content.startswith(b"<?xml"):
        raise ValueError("a tagged statement is known by its bytes alone, once it was issued; check its PDF or JSON")
    raise ValueError("it is neither PDF, XLSX, HTML nor JSON")


def _json(content: bytes) -> Claimed:
    try:
        held = json.loads(content)
        now, checkpoint = held["inventories"]["current"], held["checkpoint"]
        return Claimed(
            "json", str(held["document"]), str(now["period"]["label"]), str(now["view"]), int(checkpoint["size"]),
            str(checkpoint["root"]), bool(held.get("issued")), "a4",
            (str(held["software_version"]), str(held["template_version"])), _language([str(held.get("language"))]),
            frozenset({str(held["narrative_sha256"])} if held.get("narrative_sha256") else ()),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise ValueError("it is JSON, and not a report of ours") from fault


def _words(form: str, words: str, paper: Literal["a4", "letter"] = "a4") -> Claimed:
    """A page or a PDF, by the checkpoint in its foot and the ids of its figures."""
    checkpoint, figure = _CHECKPOINT.search(words), _ID.search(words)
    if checkpoint is None or figure is None:
        raise ValueError("no checkpoint and no id of a figure stand in it: it is no report of ours")
    kind = _KIND.search(words)
    plain = " ".join(words.split())
    with spoken(_language(one for one in languages() if _said("foot_never_added", one) in plain)):
        return Claimed(
            form, kind[1] if kind else "quarterly", figure[1], figure[2], int(checkpoint[1]), checkpoint[2],
            text("status_issued", size=checkpoint[1]) in plain, paper, language=language(),
            digests=frozenset(_DIGEST.findall(words)) - {checkpoint[2]},
        )  # fmt: skip


def _language(found: Iterable[str]) -> str:
    """The first of these that is a language of documents; English where none is."""
    return next((one for one in found if one in languages()), ENGLISH)


def _said(name: str, code: str) -> str:
    """A text in a language."""
    with spoken(code):
        return text(name)


def _pdf(content: bytes) -> Claimed:
    import pypdf

    pages = pdf_pages(content)
    width = float(pypdf.PdfReader(io.BytesIO(content)).pages[0].mediabox.width) if pages else 0
    return _words("pdf", "\n".join(pages), "letter" if round(width) == _LETTER_WIDTH else "a4")


def _xlsx(content: bytes) -> Claimed:
    """A workbook, by the words of its strings: root and size stand on the first sheet, ids on the others."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [name for name in archive.namelist() if name.endswith((".xml",))]
            if any(archive.getinfo(name).file_size > _LARGEST_PART for name in parts):
                raise ValueError("its parts are larger than those of a report")
            words = "\n".join(
                archive.read(name).decode("utf-8", errors="replace")
                for name in parts
                if name == "xl/sharedStrings.xml" or name.startswith("xl/worksheets/sheet")
            )
    except (zipfile.BadZipFile, NotImplementedError, KeyError) as fault:
        raise ValueError("it is no workbook") from fault
    strings = [unescape(string) for string in re.findall(r"<t[^>]*>([^<]*)</t>", words)]
    figure = next((found for found in map(_ID.fullmatch, strings) if found), None)
    root = next((string for string in strings if re.fullmatch("[0-9a-f]{64}", string)), None)
    if figure is None or root is None:
        raise ValueError("no checkpoint and no id of a figure stand in it: it is no report of ours")
    with spoken(_language(one for one in languages() if _said("book_never_added", one) in strings)):
        issued = any(string.startswith(text("status_issued", size=figure[3])) for string in strings)
        digests = frozenset(filter(_DIGEST.fullmatch, strings)) - {root}
        return Claimed(
            "xlsx", _kind_of_title(strings), figure[1], figure[2], int(figure[3]), root, issued, language=language(),
            digests=digests,
        )  # fmt: skip


def _kind_of_title(strings: list[str]) -> str:
    """The statement whose title, in the language spoken, heads a workbook; the quarterly report where none does."""
    titles = {kind: text("book_title", document=text(shape.title), period="") for kind, shape in layouts().items()}
    return next((kind for kind, title in titles.items() for said in strings if said.startswith(title)), "quarterly")
