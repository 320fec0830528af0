"""What the columns and words of a file mean: proposed, confirmed by a person, remembered for their next file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.errors import Misuse
from ledger.intake.tables.headers import folded_header
from ledger.intake.tables.mapping import LABEL, FileMapping, read_mapping
from ledger.intake.tables.mapping_proposal import LOOKS_ALIKE
from ledger.web.frame.forms import Form, Posted
from ledger.web.frame.here import Here
from ledger.web.upload.how import kind_options
from ledger.web.upload.overview import Preparer, review_here, reviews_of
from ledger.web.upload.review import Review, wait_for
from schemas.columns import COLUMNS
from schemas.kinds import KINDS

if TYPE_CHECKING:
    from ledger.intake.tables.mapping_proposal import MappingProposal

router = APIRouter()
MOST_WORDS = 60
"""Words of one column that are asked for at once; more than that are better mended in the file."""


@dataclass(frozen=True, slots=True)
class AskedColumn:
    """A column of theirs: its header and first values, what we take it for, and why.

    ``like`` is a column whose name its header only looks like: it is offered first and not chosen.
    """

    place: int
    header: str
    values: tuple[str, ...]
    by_name: str | None
    chosen: str
    why: str
    like: str = ""


@dataclass(frozen=True, slots=True)
class AskedWord:
    """A word of theirs in a column of ours that is not known there: what somebody chose for it, what it looks like."""

    place: int
    column: str
    word: str
    chosen: str
    why: str
    like: str = ""


@router.get("/upload/{number}/columns")
def columns_page(here: Preparer, number: str) -> Response:
    """The form in which a person says what each column and word of a file means."""
    review = review_here(here, number)
    looked = _looked(review)
    held, batch = _held(here, review)
    kind = review.file.how.get("kind") or looked.tables[0].kind
    return here.page(
        "upload/columns.html.j2", title=f"Columns of {review.file.name}", place="upload", review=review, batch=batch,
        columns=asked_columns(looked, held), words=asked_words(looked, held), constants=asked_constants(looked, held),
        ours=[(name, name.replace("_", " ")) for name in KINDS[kind].columns], meanings=COLUMNS, kind=kind,
        kinds=kind_options(),
    )  # fmt: skip


@router.post("/upload/{number}/columns")
def confirm_columns(here: Preparer, form: Posted, number: str) -> Response:
    """Keep what a person confirmed beside the file, and check it anew by that."""
    review, reviews = review_here(here, number), reviews_of(here)
    if review.works:
        raise Misuse(f"the file {review.file.name} is being worked on", "wait a moment, then send the form again")
    looked = _looked(review)
    held, _ = _held(here, review)
    headers = _headers(form, asked_columns(looked, held))
    words = _words(form, asked_words(looked, held))
    names = [name for name, _, _ in asked_constants(looked, held)]
    constants = {name: text for name in names if (text := form.text(f"always_{name}", most=200))}
    how = {name: value for name, value in review.file.how.items() if name not in {"remembered", "as_it_is", "kind"}}
    if kind := form.choice("kind", tuple(name for name, _ in kind_options())):
        how["kind"] = kind
    if headers or words or constants:
        here.book.write_mapping(review.file.mapping, headers, words, constants)
    else:  # read by its own names alone
        review.file.mapping.unlink(missing_ok=True)
        how["as_it_is"] = True
    wait_for(reviews.check(reviews.inbox.read_so(review.file, how), here.book))
    return here.go(f"/upload/{number}")


def asked_columns(looked: MappingProposal, held: FileMapping | None) -> list[AskedColumn]:
    """Every header of a file once, with its first values and what we take it for."""
    made: dict[str, AskedColumn] = {}
    for table in looked.tables:
        for place, header in enumerate(table.table.headers):
            if not header or header in made:
                continue
            said = held.headers.get(folded_header(header)) if held is not None else None
            by_name = None if said else table.columns[place]
            meant = looked.headers.get(header)
            chosen, why, like = "", ("by its name" if by_name else "not known"), ""
            if said:
                chosen, why = said, "as you confirmed"
            elif meant is not None and meant.likely and held is None and not by_name:
                is_alike = meant.why == LOOKS_ALIKE
                chosen, like = ("", meant.ours) if is_alike else (meant.ours, "")
                why = f"perhaps {meant.ours.replace('_', ' ')}: {meant.why}"
            values = tuple(dict.fromkeys(row[place] for row in table.rows if place < len(row) and row[place]))
            made[header] = AskedColumn(len(made), header, tuple(map(str, values))[:3], by_name, chosen, why, like)
    return list(made.values())


def asked_words(looked: MappingProposal, held: FileMapping | None) -> list[AskedWord]:
    """Words that are not known in their column, the first of each column."""
    made: list[AskedWord] = []
    for column, words in looked.values.items():
        for word, meant in list(words.items())[:MOST_WORDS]:
            said = held.values.get(column, {}).get(" ".join(word.split())) if held is not None else None
            others = "" if meant.why == LOOKS_ALIKE else f" {meant.why}"
            why = "as you confirmed" if said else (f"perhaps {meant.ours}{others}" if meant.ours else "not known")
            made.append(AskedWord(len(made), column, word, said or "", why, meant.ours))
    return made


def asked_constants(looked: MappingProposal, held: FileMapping | None) -> list[tuple[str, str, str]]:
    """Columns that a file lacks and that may hold for every row: name, value so far, example."""
    named = dict(looked.constants)
    if held is not None:
        named |= {name: "" for name in held.constants if name not in named}
    return [(name, held.constants.get(name, "") if held else "", example) for name, example in named.items()]


def _headers(form: Form, asked: list[AskedColumn]) -> dict[str, str]:
    """Header → our column, of those that are to be read otherwise than by their names."""
    made: dict[str, str] = {}
    for one in asked:
        chosen = form.choice(f"column_{one.place}", ("", LABEL, *COLUMNS))
        if not chosen or chosen == one.by_name or (chosen == LABEL and not one.by_name):
            continue
        if chosen != LABEL and chosen in made.values():
            raise Misuse(f"two columns are said to be {chosen.replace('_', ' ')}", "keep one; call the other a label")
        made[one.header] = chosen
    return made


def _words(form: Form, asked: list[AskedWord]) -> dict[str, dict[str, str]]:
    """Our column → word → our value, of the words that were answered."""
    made: dict[str, dict[str, str]] = {}
    for one in asked:
        if text := form.text(f"word_{one.place}", most=200):
            made.setdefault(one.column, {})[one.word] = text
    return made


def _looked(review: Review) -> MappingProposal:
    if review.looked is None:
        raise Misuse(
            f"the file {review.file.name} has no table of columns that could be named",
            "see what its check found; hand in a CSV or XLSX file with a row of headers",
        )
    return review.looked


def _held(here: Here, review: Review) -> tuple[FileMapping | None, int | None]:
    """The mapping by which a file is read, or else the one that this person confirmed before, with its batch."""
    if review.file.mapping.exists():
        return read_mapping(review.file.mapping), review.file.how.get("remembered")
    if review.file.how.get("as_it_is"):
        return None, None
    headers = [header for table in _looked(review).tables for header in table.table.headers]
    found = here.book.remembered_mapping(headers)
    return (found.mapping, found.batch) if found is not None else (None, None)
