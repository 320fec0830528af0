"""Review: where each period stands, what is open, and the pages on which it is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.inventory.exact import exact_sum
from ledger.web.frame.here import Here, InPage
from ledger.web.review.periods import states_table

if TYPE_CHECKING:
    from decimal import Decimal

    from ledger.assurance.reviewing.sign_off import Standing

router = APIRouter()


@router.get("/review")
def overview(here: InPage) -> Response:
    """What is open in the review, and where each period stands."""
    findings = here.read("findings", here.period, open_only=True)
    threads = here.read("threads", period=here.period, open_only=True)
    return here.page(
        "review/overview.html.j2", title="Review", place="review", tab="overview", findings=len(findings),
        effect=_effect(findings), threads=len(threads), samples=here.read("samples"), signed=_last(here),
        signer=_signer(here), tables=(states_table(here, here.read("status")),),
    )  # fmt: skip


def _effect(findings: list[object]) -> Decimal | None:
    """What the open findings may put into the total too much, kg CO2e; None where none of them tells."""
    known = [abs(kg) for one in findings if (kg := getattr(one, "effect_kg", None)) is not None]
    return exact_sum(known) if known else None


def _last(here: Here) -> Standing | None:
    signed: tuple[Standing, ...] = here.read("sign_offs", here.period)
    return signed[-1] if signed else None


def _signer(here: Here) -> str:
    last = _last(here)
    return "" if last is None else here.called(last.told.person)
