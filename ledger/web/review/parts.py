"""What the pages of the review share: who is meant by a pseudonym, where a thing is shown, long tables in pages."""

from __future__ import annotations

import re
from decimal import Decimal
from urllib.parse import quote

from ledger.book.roles import MAY
from ledger.errors import Misuse
from ledger.plain import visible
from ledger.web.frame.forms import Form
from ledger.web.frame.here import Here

TABS = (
    ("overview", "/review", "Overview"),
    ("periods", "/review/periods", "Periods"),
    ("findings", "/review/findings", "Findings"),
    ("threads", "/review/threads", "Threads"),
    ("engagements", "/review/engagements", "Engagements"),
    ("samples", "/review/samples", "Samples"),
    ("misstatements", "/review/misstatements", "Misstatements"),
    ("sign-off", "/review/sign-off", "Sign-off"),
    ("changes", "/review/changes", "Changes"),
    ("verification", "/review/verification", "Verification"),
)
"""The sub-places of the review: key, address, name."""
_LONGEST_NOTE, _LONGEST_NOTES = 20_000, 1_000_000


def reviewing_role(here: Here) -> str:
    """The role in which this person takes part in the review, as the ledger chooses it."""
    return next((role for role in MAY["review"] if role in here.roles), "")


def part_of_address(name: str) -> str:
    """A name as one part of an address."""
    return quote(name, safe="")


def place_of(here: Here, kind: str, text: str) -> str:
    """Where a thing that the review speaks of is shown: an entry, batch, figure, period, finding or thread."""
    if kind == "period":
        return here.link("/review/periods", period=text)
    if kind == "batch":
        return here.link(f"/batch/{text.removeprefix('B')}")
    folders = {"entry": "/entry", "figure": "/explore/figure", "finding": "/review/finding", "thread": "/review/thread"}
    return here.link(f"{folders[kind]}/{text}") if kind in folders else ""


def amount_of(name: str, text: str) -> Decimal | None:
    """An exact amount as it was typed; None where nothing was. Raises Misuse for what is none."""
    if not text:
        return None
    if not re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,18})?", text):
        raise Misuse(f"{name}: '{visible(text)[:40]}' is not a number", "write plain digits, like 12500 or 2.31")
    return Decimal(text)


def whole_of(name: str, text: str) -> int | None:
    """A whole number as it was typed; None where nothing was. Raises Misuse for what is none."""
    if not text:
        return None
    if not re.fullmatch("[0-9]{1,9}", text):
        raise Misuse(f"{name}: '{visible(text)[:40]}' is not a whole number", "write plain digits, like 60")
    return int(text)


def sent_checkpoint(form: Form) -> bytes | None:
    """The checkpoint that a form carries, as a file or pasted; None where there is neither."""
    upload = form.file("kept")
    if upload is not None:
        content = upload.file.read(_LONGEST_NOTES + 1)
        if len(content) > _LONGEST_NOTES:
            raise Misuse("this is longer than a file of checkpoints", "choose the checkpoint that you kept")
        return content
    pasted = form.text("note", most=_LONGEST_NOTE)
    return f"{pasted}\n".encode() if pasted else None


def kept_checkpoint(form: Form) -> bytes:
    """The checkpoint that a form carries. Raises Misuse where there is none."""
    kept = sent_checkpoint(form)
    if kept is None:
        raise Misuse("no checkpoint was sent", "choose the file that you kept, or paste its text")
    return kept
