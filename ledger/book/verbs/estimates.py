"""Estimates by the factors of a ledger, or by the shipped ones where there is none. Nothing is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.book.verbs.book import Book

if TYPE_CHECKING:
    from ledger.ai.estimate import Estimate, Request


class Estimates(Book):
    """Estimates by the factors, settings and preferences of this ledger."""

    __slots__ = ()

    def estimate(self, asked: Request) -> Estimate:
        """Energy and carbon of accelerator-hours, with the choice that an upload would make now."""
        from ledger.ai.estimate import estimate
        from ledger.store import session

        with session(self.path) as s:
            return estimate(s, asked)


def unrecorded_estimate(asked: Request) -> Estimate:
    """The same by the shipped factors and the default settings, where there is no ledger."""
    from ledger.ai.estimate import ACTIVITY_TYPE, estimate
    from ledger.factors.unrecorded import shipped_factors

    with shipped_factors(ACTIVITY_TYPE) as s:
        return estimate(s, asked)
