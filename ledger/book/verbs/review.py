"""What an auditor does, and what others answer: engagement, comments, findings, marks, sign-off, what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.book.verbs.book import Book

if TYPE_CHECKING:
    from ledger.assurance.engagements import EngagementTold
    from ledger.book.engaging import Terms
    from ledger.book.results import WriteResult


class Review(Book):
    """What an auditor does, and what others answer: engagement, comments, findings, marks, sign-off, what changed."""

    __slots__ = ()

    def record_engagement(self, engagement_id: str, terms: Terms, *, reason: str = "") -> WriteResult:
        """Record what a verifier was asked, or a later version of it with a reason; an auditor does."""
        from ledger.book.engaging import recorded_engagement

        return recorded_engagement(self, engagement_id, terms, reason)

    def engagements(self, engagement_id: str | None = None) -> tuple[EngagementTold, ...]:
        """The engagements in force, or every version of one."""
        from ledger.assurance.engagements import engagement_versions, engagements_in_force
        from ledger.store import session

        with session(self.path) as s:
            return engagements_in_force(s) if engagement_id is None else engagement_versions(s, engagement_id)
