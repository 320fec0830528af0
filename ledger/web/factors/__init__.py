"""The place Factors: found by words, held against each other by edition, taken in from files."""

from __future__ import annotations

from fastapi import APIRouter

from ledger.web.factors import datasets, imports, search

router = APIRouter()
for part in (datasets, imports, search):
    router.include_router(part.router)
