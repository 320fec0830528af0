"""Entries and batches: what came, what follows from it, and its corrections."""

from __future__ import annotations

from fastapi import APIRouter

from ledger.web.entries import batch, correct, entry

router = APIRouter()
for part in (batch, correct, entry):
    router.include_router(part.router)
