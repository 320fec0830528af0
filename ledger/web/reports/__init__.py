"""The place Reports: documents made beside the pages, issued, checked and compared."""

from __future__ import annotations

from fastapi import APIRouter

from ledger.web.reports import check, compare, issued, overview

router = APIRouter()
for part in (issued, check, compare, overview):
    router.include_router(part.router)
