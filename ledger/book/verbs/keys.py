"""Who signs, and what was kept outside: keys, proofs between checkpoints, time stamps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ledger.book.results import StampRequest, StampTaken
from ledger.book.verbs.book import Book
from ledger.tabular import Rows

if TYPE_CHECKING:
    from ledger.assurance.verification import Consistency
    from ledger.book.acts.keying import KeyAct, KeyState
    from ledger.store.checkpoint import SignedCheckpoint


class Keys(Book):
    """Who signs, and what was kept outside: keys, proofs between checkpoints, time stamps."""

    __slots__ = ()

    def signing_keys(self) -> Rows[KeyState]:
        """Every signing key of this ledger: how it came, by whom, whether it counts, what it signed."""
        from ledger.book.acts.keying import KeyState, key_states

        return Rows(key_states(self), KeyState)

    def rotate_key(self, *, reason: str) -> KeyAct:
        """Put a new signing key in the place of your own; the old one signs that, and is kept aside.

        Raises Refused where your key has signed nothing here.
        """
        from ledger.book.acts.keying import rotate_key

        return rotate_key(self, reason)

    def revoke_key(self, key: str, *, reason: str, since: str | None = None) -> KeyAct:
        """Say that a key counts no more from a time on (now if None): stolen, lost, or of someone who left.

        ``key`` is its id or public half, ``since`` an instant. Raises Refused for one's own key, or one revoked
        already.
        """
        from ledger.book.acts.keying import revoke_key

        return revoke_key(self, key, reason, since)

    def vouch_for_key(self, key: str, *, reason: str) -> KeyAct:
        """Say with your own key that another is of this ledger's team.

        Raises Refused where your own is not known, or the other counts already.
        """
        from ledger.book.acts.keying import vouch_for_key

        return vouch_for_key(self, key, reason)

    def signed_checkpoint(self, size: int | None = None) -> SignedCheckpoint:
        """A checkpoint as it was signed, the last one where no size is given; with all signatures that are kept.

        Raises Misuse where none is kept, or none of that size. Source: C2SP signed note; RFC 6962, 2.1.
        """
        from ledger.assurance.signed.cosign import kept_note

        return kept_note(self.path, size)

    def consistency_proof(self, first: int, second: int | None = None) -> Consistency:
        """That the log at one size begins with the whole of it at an earlier size (RFC 6962, 2.1.2).

        ``first`` and ``second`` are those sizes, the second now where None. Raises Misuse for sizes without a proof.
        """
        from ledger.assurance.checks.chain import read_log
        from ledger.assurance.proof import consistency
        from ledger.store import session

        with session(self.path) as s:
            return consistency(read_log(s), first, second)

    def continuation_of(self, file: Path | str) -> Consistency:
        """That the ledger as it is continues the last checkpoint in a file kept outside, with the proof.

        Raises Misuse where the file holds none of this ledger, Damage where the ledger is no continuation of it. Whose
        signature the checkpoint carries is looked at by :meth:`ledger.book.Ledger.verify`.
        """
        from ledger.assurance.checks.chain import check_continued, last_kept, read_log
        from ledger.assurance.proof import consistency
        from ledger.store import session

        with session(self.path) as s:
            log, note = read_log(s), last_kept(Path(file))
            check_continued(log, note, Path(file))
            return consistency(log, note.size)

    def time_stamp_request(self, size: int | None = None) -> StampRequest:
        """A request (RFC 3161, DER) for the time stamp of a checkpoint, made offline, and the checkpoint's size.

        Source: RFC 3161, 2.4.1.
        """
        from ledger.book.acts.stamping import stamp_request

        asked, checkpoint = stamp_request(self.path, size)
        return StampRequest(asked, checkpoint.size)

    def import_time_stamp(
        self, file: Path | str, *, request: Path | str | None = None, ca: Path | str | None = None
    ) -> StampTaken:
        """Check an authority's reply to a request and keep it; gives the stamp and its batch.

        ``request`` is what was sent, the file of the same name ending in `.tsq` if None; ``ca`` the certificates that
        you trust: without them the signature is not checked. Raises Refused where the reply does not hold.

        Raises Misuse for a file that is not read. Source: RFC 3161.
        """
        from ledger.book.acts.stamping import taken_stamp

        asked, anchors = (None if given is None else Path(given) for given in (request, ca))
        return StampTaken(*taken_stamp(self, Path(file), asked, anchors))

    def confirm_checkpoints(self) -> tuple[int, ...]:
        """Sign anew, with your key, the checkpoints that only a revoked or replaced key signed; gives their sizes.

        Raises Refused where your own key is not known.
        """
        from ledger.book.acts.keying import confirm_checkpoints

        return confirm_checkpoints(self)
