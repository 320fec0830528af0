"""The place Explore: figures by view and cut, down to the posting; what is outside, missing and not quantified."""

from __future__ import annotations

from fastapi import APIRouter

from ledger.web.explore import beside, figure, lines, overview

router = APIRouter()
for part in (lines, figure, beside, overview):
    router.include_router(part.router)
