"""The place AI: models and runs, sources held against each other, trade-offs before a run, cleaner hours for jobs."""

from __future__ import annotations

from fastapi import APIRouter

from ledger.web.ai import compare, models, move, overview, reconciliation, runs, schedule

router = APIRouter()
for part in (overview, runs, models, reconciliation, compare, move, schedule):
    router.include_router(part.router)
