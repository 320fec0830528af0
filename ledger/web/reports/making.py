"""Making a report beside the requests: what was wished, once for everyone who wishes the same of the same ledger."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

from ledger.disclosure.kinds import formats_of, kinds, own_view
from ledger.disclosure.quarterly.document import QUARTERLY
from ledger.disclosure.statement.layout import layout
from ledger.disclosure.statement.taxonomy import is_tagged
from ledger.disclosure.words.texts import text
from ledger.errors import Misuse
from ledger.shipped import languages
from ledger.web.frame.here import Here
from ledger.web.frame.sent_files import without_folder
from ledger.web.frame.workshop import Work, workshop

if TYPE_CHECKING:
    from ledger.book import Ledger
    from ledger.inventory import Period

PAPERS = ("A4", "Letter")
_MONTHS_OF_QUARTER = 3
PURPOSES: Mapping[str, str] = {
    QUARTERLY: "For the board: the figures of the period against last year and the base year, what changed and why, "
    "open findings, facilities, gases, data quality.",
    "ghg-protocol": "The inventory as the GHG Protocol asks for it: Corporate Standard, Scope 2 Guidance and Scope 3 "
    "Standard.",
    "iso-14064-1": "For verification by ISO 14064-1:2018: each item of clause 9.3 and the six categories.",
    "esrs-set-1": "For the sustainability statement under the first set of the ESRS (E1 of Regulation 2023/2772); also "
    "tagged, as inline XBRL.",
    "esrs-revised": "For the sustainability statement under the revised ESRS (E1 of Regulation 2026/1563).",
    "ifrs-s2": "The metrics of IFRS S2, with the index of California SB 253.",
    "ai-footprint": "AI models by stage: energy, carbon by both methods, manufacture of machines, and what Annex XI of "
    "the EU AI Act asks.",
}
"""What each kind of report is for."""
FORM_WORDS = {
    "pdf": "PDF, for paper", "html": "HTML, one page for the screen", "xlsx": "XLSX, with live formulas",
    "json": "JSON, every figure exact", "ixbrl": "Inline XBRL (XHTML)",
}  # fmt: skip
_ORDER = ("html", "json", "xlsx", "ixbrl", "pdf")
"""What is made first: the page, which is shown; what takes longest comes last."""


def listed_kinds() -> tuple[str, ...]:
    """Every kind of report, those first of which most is made."""
    return (*(kind for kind in PURPOSES if kind in kinds()), *(kind for kind in kinds() if kind not in PURPOSES))


def title_of(kind: str, of: Period | None = None) -> str:
    """What a kind of report is called; the quarterly one by the length of its period."""
    if kind != QUARTERLY:
        return text(layout(kind).title)
    return text("document" if of is None or len(of.months) == _MONTHS_OF_QUARTER else "document_of_period")


def checked_kind(kind: str) -> str:
    """The kind itself. Raises HTTPException (404) where there is no such place."""
    if kind not in kinds():
        raise HTTPException(404)
    return kind


def forms_of(kind: str) -> tuple[str, ...]:
    """The formats in which a kind can be had: the tagged one only where a taxonomy is mapped."""
    return tuple(form for form in FORM_WORDS if form in formats_of(kind) and (form != "ixbrl" or is_tagged(kind)))


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be made: a kind, of a period and view, at a size of the ledger, in a language, on a paper.

    ``texts`` is the work that brought the texts of people; "" for none.
    """

    kind: str
    period: str
    view: str | None
    at: int
    language: str
    paper: str
    texts: str

    @property
    def options(self) -> dict[str, Any]:
        """The same as the address names it."""
        return {"at": self.at, "language": self.language, "paper": self.paper, "texts": self.texts}


def wish_of(here: Here, kind: str) -> Wish:
    """What the address wishes. Raises Misuse for an option that there is not."""
    size = here.read("checkpoint").size
    language, paper = here.query("language"), here.query("paper", PAPERS[0])
    if language and language not in languages():
        raise Misuse(f"there is no language '{language[:20]}'", "take one of: " + ", ".join(languages()))
    if paper not in PAPERS:
        raise Misuse(f"there is no paper '{paper[:20]}'", "take one of: " + ", ".join(PAPERS))
    view = here.view if here.query("view") else own_view(kind)
    at = here.number("at", size, size) if here.query("at") else size
    texts = here.query("texts")
    if texts:
        workshop(here.request).of(texts, here.person)
    return Wish(checked_kind(kind), here.of.label, view, at, language, paper, texts)


def view_of(here: Here, wish: Wish) -> str:
    """The consolidation of what is made."""
    return wish.view or str(here.read("policy").consolidation)


def making(here: Here, wish: Wish) -> Work | None:
    """The work on a wish, running or done; None where nobody began it."""
    return workshop(here.request).under(("report", wish))


def begin_making(here: Here, wish: Wish) -> Work:
    """Begin to make what is wished, unless it is made already. Raises Busy where too much is being made."""
    book, narrative = here.book, narrative_of(here, wish)

    def make(work: Work) -> dict[str, Any]:
        return _made(book, wish, narrative, work)

    return workshop(here.request).begin(here.person, make, shared=not wish.texts, key=("report", wish), wish=wish)


def narrative_of(here: Here, wish: Wish) -> Path | None:
    """The file of texts that a wish names. Raises what was wrong with it."""
    if not wish.texts:
        return None
    brought = workshop(here.request).of(wish.texts, here.person)
    if brought.fault is not None:
        raise brought.fault
    return brought.files[0]


def _made(book: Ledger, wish: Wish, narrative: Path | None, work: Work) -> dict[str, Any]:
    """Make the page first, for the preview, then all else; what cannot be made is told, and does not stop the rest."""
    order = sorted(forms_of(wish.kind), key=_ORDER.index)
    for form, made in book.report_by_format(
        wish.kind, period=wish.period, formats=order, folder=work.folder, view=wish.view, at=wish.at, paper=wish.paper,
        narrative=narrative, language=wish.language or None,
    ):  # fmt: skip
        if isinstance(made, Path):
            work.made[form] = made
        else:
            work.faults[form] = without_folder(made, work.folder)
    return _asked(work.made.get("json"))


def _asked(made: Path | None) -> dict[str, Any]:
    """What the report says of itself: the checkpoint, and how much its standards still ask."""
    if made is None:
        return {"indexes": []}
    held = json.loads(made.read_bytes())
    return {"indexes": held.get("content_index", [])}


def zipped(files: Mapping[str, Path]) -> bytes:
    """Files in one archive; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files.values()):
            member = zipfile.ZipInfo(path.name)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(member, path.read_bytes())
    return out.getvalue()
