"""The place Review: periods, findings, threads, engagements, samples, misstatements, sign-off, verification."""

from __future__ import annotations

from fastapi import APIRouter

from ledger.web.review import (
    base_year,
    changes,
    checkpoints,
    engagements,
    findings,
    misstatements,
    overview,
    packs,
    periods,
    sample,
    samples,
    sign_off,
    threads,
    verification,
)

router = APIRouter()
for part in (
    periods,
    base_year,
    findings,
    threads,
    engagements,
    samples,
    sample,
    misstatements,
    sign_off,
    changes,
    verification,
    checkpoints,
    packs,
    overview,
):
    router.include_router(part.router)
