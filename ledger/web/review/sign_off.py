"""Sign-off: every conclusion with whether it stands, and the form in which an auditor concludes on a period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.assurance.reviewing.sign_off import CONCLUSIONS
from ledger.book.acts.signing_off import Conclusion
from ledger.web.frame.forms import Posted
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.links import entry_link
from ledger.web.frame.measures import measure_title
from ledger.web.frame.tables import Column, Row, Table
from ledger.web.frame.words import page_words
from ledger.web.frame.workshop import Work, workshop

if TYPE_CHECKING:
    from ledger.assurance.reviewing.sign_off import Standing
    from ledger.book.acts.keying import KeyState
    from ledger.book.acts.signing_off import SignedOff

router = APIRouter()


@router.get("/review/sign-off")
def sign_off(here: InPage) -> Response:
    """The sign-offs on days of the period, and the form for an auditor."""
    signed: tuple[Standing, ...] = here.read("sign_offs", here.period)
    tables = [_table(here, signed)]
    tables += [_moved(one, f"moved{number}") for number, one in enumerate(signed, 1) if one.is_void]
    unsettled = [one for one in here.read("threads", period=here.period) if one.is_unsettled]
    work = _last(here)
    return here.page(
        "review/sign_off.html.j2", title="Sign-off", place="review", tab="sign-off", signed=signed, of=here.of,
        wrong=None if work is None or work.fault is None else (page_words(str(work.fault)), page_words(work.fault.fix)),
        standing=here.read("inventory", here.period, view=here.view).status, may=here.may("sign_off"), work=work,
        done="" if work is None or work.answer is None else _words(work.answer, *work.given["said"]),
        conclusions=CONCLUSIONS, engagements=here.read("engagements"), unsettled=unsettled, key=_key(here),
        names={one.told.person: here.called(one.told.person) for one in signed},
        movers={mover.person: here.called(mover.person) for one in signed for mover in one.movers}, tables=tables,
    )  # fmt: skip


@router.get("/review/sign-off/state")
def state(here: InPage) -> Response:
    """How far a sign-off is, for a page that looks again and again; once it is over, the page is loaded anew."""
    work = _last(here)
    answer = here.part("review/signing.html.j2", work=work)
    if work is None or not work.running:
        answer.headers["HX-Refresh"] = "true"
    return answer


@router.post("/review/sign-off")
def concluded(here: InPage, form: Posted) -> Response:
    """Conclude on a period: the whole ledger is verified first, beside the requests; what is said is bound to it."""
    period = form.text("of", required="on which period?", most=60)
    said = Conclusion(
        form.text("engagement", required="of which engagement? Record one first", most=60),
        form.text("conclusion", most=40), form.text("statement", required="a sign-off needs a statement"),
        form.text("despite"), form.text("entity", most=200) or None,
        form.text("sign_as", required="under which name is it signed?", most=60) if form.is_set("sign") else None,
    )  # fmt: skip
    book, shop = here.book, workshop(here.request)
    if not here.may("sign_off"):
        book.sign_off(period, said)  # the ledger refuses it, in its own words
    if (before := _last(here)) is not None and before.running:
        return here.go(
            "/review/sign-off", "A sign-off of yours is being made; one at a time.", "attention", period=period
        )
    shop.begin(here.person, lambda _: book.sign_off(period, said), kind="sign_off", said=(period, said))
    words = "The ledger is being verified; then your conclusion is put on record. You can leave this page."
    return here.go("/review/sign-off", words, "attention", period=period)


def _last(here: Here) -> Work | None:
    """The sign-off that this person began last; None where there is none."""
    return next(iter(workshop(here.request).own(here.person, "sign_off")), None)


def _words(made: SignedOff, period: str, said: Conclusion) -> str:
    words = (
        f"{period} is signed off as {made.entry}: {said.conclusion}. It is bound to checkpoint {made.checkpoint.size}."
    )
    if made.public_key:
        words += f" Others check the signature with the public key {made.public_key}."
    if made.shared_key:
        words += " That key came into the ledger by another person: it does not show that an auditor signed."
    return words


def _key(here: Here) -> KeyState | None:
    """The key of the machine that serves the app, by which a statement can be signed; None where it has none yet."""
    return next((key for key in here.read("signing_keys") if key.mine == "signs"), None)


def _table(here: Here, signed: Sequence[Standing]) -> Table:
    columns = [
        Column("entry", "Sign-off", "code"), Column("state", "State"), Column("period", "Period"),
        Column("conclusion", "Conclusion"), Column("level", "Assurance"), Column("engagement", "Engagement"),
        Column("person", "By"), Column("when", "When", "time"), Column("statement", "Statement"),
        Column("despite", "Given despite"), Column("size", "At size", "number"),
        Column("digest", "Digest of the figures", "digest"), Column("signed", "Signed text", "digest"),
    ]  # fmt: skip
    rows = []
    for one in reversed(signed):
        told = one.told
        whose = f", {told.legal_entity_id}" if told.legal_entity_id else ""
        rows.append(Row({
            "entry": entry_link(here, told.entry), "state": "void: the figures moved" if one.is_void else "stands",
            "period": f"{told.period.label}{whose}", "conclusion": told.conclusion, "level": told.level,
            "engagement": told.engagement_id, "person": here.called(told.person), "when": told.recorded_at,
            "statement": told.statement, "despite": told.despite, "size": told.checkpoint_size,
            "digest": told.figures_sha256, "signed": told.signed_sha256,
        }, "wrong" if one.is_void else ""))  # fmt: skip
    return Table("sign_offs", "Sign-offs", columns, rows, empty="Nothing is signed off on days of this period yet.")


def _moved(one: Standing, key: str) -> Table:
    columns = [
        Column("figure", "Figure"),
        Column("old", "Signed off", "tonnes", places=3),
        Column("new", "Now", "tonnes", places=3),
        Column("difference", "Difference", "tonnes", places=3),
    ]
    rows = [
        Row({"figure": measure_title(line.measure), "old": line.old_kg, "new": line.new_kg,
             "difference": line.difference_kg})
        for line in one.moved
    ]  # fmt: skip
    return Table(key, f"What moved since {one.told.entry}", columns, rows,
                 empty="Facilities or lines within these totals moved; the totals are the same.")  # fmt: skip
