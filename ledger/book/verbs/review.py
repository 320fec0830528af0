"""What an auditor does, and what others answer: engagement, comments, findings, marks, sign-off, what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.book.verbs.book import Book
from ledger.tabular import Rows

if TYPE_CHECKING:
    from ledger.assurance.reviewing.changes import Changes
    from ledger.assurance.reviewing.engagements import EngagementTold
    from ledger.assurance.reviewing.review import Thread, Tick
    from ledger.assurance.reviewing.sign_off import Standing
    from ledger.book.acts.engaging import Terms
    from ledger.book.acts.signing_off import Conclusion, SignedOff
    from ledger.book.results import WriteResult


class Review(Book):
    """What an auditor does, and what others answer: engagement, comments, findings, marks, sign-off, what changed."""

    __slots__ = ()

    def record_engagement(self, engagement_id: str, terms: Terms, *, reason: str = "") -> WriteResult:
        """Record what a verifier was asked, or a later version of it with a reason; an auditor does.

        ``engagement_id`` names it, ``terms`` say level, criteria, period and materiality (kg CO2e or per cent). Raises
        Misuse for a name that is none, or a change without a reason. Source: ISO 14064-3; ISSA 5000.
        """
        from ledger.book.acts.engaging import recorded_engagement

        return recorded_engagement(self, engagement_id, terms, reason)

    def engagements(self, engagement_id: str | None = None) -> Rows[EngagementTold]:
        """The engagements in force, or every version of one.

        ``engagement_id`` is that one.
        """
        from ledger.assurance.reviewing.engagements import EngagementTold, engagement_versions, engagements_in_force
        from ledger.store import session

        with session(self.path) as s:
            told = engagements_in_force(s) if engagement_id is None else engagement_versions(s, engagement_id)
            return Rows(told, EngagementTold)

    def remark(
        self, event: str, about: str, text: str, *, engagement: str | None = None, to: str | None = None
    ) -> WriteResult:
        """A comment, finding or request on an entry, batch, figure, period or warning; anyone may.

        ``to`` names the person who is asked; where it is None, whoever recorded the entry or batch is.

        ``event`` is comment, finding or request, ``about`` what it is on, ``text`` what is said, ``engagement`` whose
        work it is. Raises Misuse for what is not there, or is itself a remark.
        """
        from ledger.book.acts.reviewing import recorded_remark

        return recorded_remark(self, event, about, text, engagement=engagement, to=to)

    def answer(self, thread: str, text: str) -> WriteResult:
        """Answer in a thread of the review; it stays open until it is settled by :meth:`resolve`.

        ``thread`` is its id, ``text`` what is said. Raises Misuse where it is settled.
        """
        from ledger.book.acts.reviewing import recorded_answer

        return recorded_answer(self, thread, text)

    def tick(self, about: str, mark: str, *, note: str = "", engagement: str | None = None) -> WriteResult:
        """Put a tick mark on something: what was done to check it, in one of a fixed set of words.

        ``about`` is what was checked, ``mark`` the word, ``engagement`` whose work it is. Raises Misuse for another
        word.
        """
        from ledger.book.acts.reviewing import recorded_tick

        return recorded_tick(self, about, mark, note, engagement)

    def threads(
        self, *, period: str | None = None, about: str | None = None, open_only: bool = False
    ) -> Rows[Thread]:
        """The threads of the review: all, those about days of a period or one thing, those still open.

        ``about`` is that one thing, ``open_only`` leaves out what is settled.
        """
        from ledger.assurance.reviewing.review import Thread, review_threads
        from ledger.store import session

        with session(self.path) as s:
            of = None if period is None else self._period(s, period)
            return Rows(review_threads(s, of=of, about=about, open_only=open_only), Thread)

    def ticks(self, *, period: str | None = None, about: str | None = None) -> Rows[Tick]:
        """The tick marks of the review: all, those about days of a period, or those on one thing."""
        from ledger.assurance.reviewing.review import Tick, tick_marks
        from ledger.store import session

        with session(self.path) as s:
            return Rows(tick_marks(s, of=None if period is None else self._period(s, period), about=about), Tick)

    def sign_off(self, period: str, said: Conclusion) -> SignedOff:
        """Conclude on a period: an auditor who prepared nothing in it, on a ledger that verifies at that moment.

        The period is approved at least; findings still open must be named as such. It is bound to the checkpoint and
        to the SHA-256 of the figures, and void as soon as they move.

        ``said`` is the conclusion and its statement. Raises Misuse for a conclusion that is none; Refused where a rule
        above is not met. Source: ISO 14064-3; ISSA 5000.
        """
        from ledger.book.acts.signing_off import signed_off

        return signed_off(self, period, said)

    def sign_offs(self, period: str | None = None) -> Rows[Standing]:
        """Every sign-off (or those on days of a period), and whether it still stands; where not, what moved."""
        from ledger.assurance.reviewing.sign_off import Standing, sign_offs, standing
        from ledger.store import latest_checkpoint, session

        with session(self.path) as s:
            of, now = None if period is None else self._period(s, period), latest_checkpoint(s).size
            return Rows((standing(s, told, now) for told in sign_offs(s, of)), Standing)

    def changes(
        self, start: int | str, end: int | str | None = None, *, period: str | None = None, view: str | None = None
    ) -> Changes:
        """What changed between two sizes or kept checkpoints (a file is first shown to be a prefix), or until now.

        Every batch with its effect on the totals of a period (of each year when None) under a view.

        ``start`` and ``end`` are those. Amounts in kg CO2e.
        """
        from ledger.assurance.reviewing.changes import changes
        from ledger.store import session

        with session(self.path) as s:
            of = None if period is None else self._period(s, period)
            return changes(s, str(start), None if end is None else str(end), of, self._view(s, view))
