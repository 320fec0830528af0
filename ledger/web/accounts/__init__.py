"""The place Accounts: one's own password and tokens; people, roles and settings for those who may."""

from __future__ import annotations

from fastapi import APIRouter

from ledger.web.accounts import grounds, own, people

router = APIRouter()
for part in (people, grounds, own):
    router.include_router(part.router)
