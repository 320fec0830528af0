"""The place Upload: files checked beside the pages, their columns named, and accepted."""

from __future__ import annotations

from fastapi import APIRouter

from ledger.web.upload import columns, overview

router = APIRouter()
for part in (columns, overview):
    router.include_router(part.router)
