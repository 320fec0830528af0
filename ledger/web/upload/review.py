"""What becomes of files in review: read and checked one at a time, beside the pages, and taken in when accepted.

One thread does the work, so that a long file takes no page's turn; what it found is kept in memory only. After a start
of the app a file that still lies in review is checked anew when somebody opens its page.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ledger.book import Ledger
from ledger.errors import LedgerError, Misuse
from ledger.intake.handed_back.mark import marked_in
from ledger.intake.progress import rows_told
from ledger.web.frame.answers import State, state_of
from ledger.web.frame.words import file_words
from ledger.web.upload.files import Inbox, InReview

if TYPE_CHECKING:
    from ledger.book.results import UploadResult
    from ledger.intake.tables.mapping_proposal import MappingProposal

LOG = logging.getLogger("ledger.web")
SOON_SECONDS = 1.5
"""So long a page waits for what was just begun: our own choice; a small file is read by then."""
ROWS_SHOWN = 8
"""First rows of a table that a review shows."""
_OPTIONS = ("kind", "locale", "sheet", "encoding", "pivot", "year", "choices", "again", "reason", "replace")
_BLOCK = 2**20
_OWN_FAULT = ("This should not have happened; the ledger is as it was", "try once more, or tell whoever runs the app")

Doing = Literal["waiting", "checking", "checked", "accepting", "accepted"]


@dataclass(slots=True)
class Review:
    """What became of a file so far.

    ``since`` is when it got there, ``looked`` the tables as they were found, ``of`` the state of the ledger that the
    check was made on. ``rows`` are those read so far, of about ``lines`` where the file is a text. ``fault`` says what
    is wrong and what to do where neither check nor record came to an end.
    """

    file: InReview
    doing: Doing = "waiting"
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    result: UploadResult | None = None
    looked: MappingProposal | None = None
    fault: tuple[str, str] | None = None
    of: State | None = None
    lines: int | None = None
    rows: int = 0
    ended: Future[None] | None = None

    @property
    def works(self) -> bool:
        """Whether something is still being done."""
        return self.doing in {"waiting", "checking", "accepting"}

    @property
    def seconds(self) -> int:
        """How long what is being done has taken."""
        return int((datetime.now(UTC) - self.since).total_seconds())

    @property
    def seconds_left(self) -> int | None:
        """How long the reading goes on at the rate so far; None where that cannot be told."""
        if not self.rows or not self.lines or self.rows >= self.lines or self.seconds < 1:
            return None
        return self.seconds * (self.lines - self.rows) // self.rows + 1

    def now(self, doing: Doing) -> None:
        """Say what is being done from now on."""
        self.doing, self.since, self.rows = doing, datetime.now(UTC), 0


class Reviews:
    """The files in review of one app, and the one thread that works on them."""

    def __init__(self, ledger: Path) -> None:
        self.inbox = Inbox(ledger)
        self._ledger = ledger
        self._held: dict[str, Review] = {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="upload")
        self._lock = threading.Lock()

    def of(self, file: InReview, book: Ledger) -> Review:
        """The review of a file; its check is begun where there is none."""
        with self._lock:
            held = self._held.get(file.id)
        return held or self.check(file, book)

    def ended(self, person: str, number: str) -> Review | None:
        """The review of a file that was accepted and lies here no more; None where there is none of this person."""
        held = self._held.get(number)
        return held if held is not None and held.file.person == person and held.doing == "accepted" else None

    def check(self, file: InReview, book: Ledger) -> Review:
        """Begin a check; the one before is forgotten. Raises Misuse while the file is being worked on otherwise."""
        with self._lock:
            earlier = self._held.get(file.id)
            if earlier is not None and earlier.works:
                if earlier.doing == "accepting" or earlier.file.how != file.how:
                    raise Misuse(f"the file {file.name} is being worked on", "wait a moment, then send the form again")
                return earlier
            made = self._held[file.id] = Review(file)
            made.ended = self._worker.submit(self._run, made, lambda: self._checked(made, book))
            self._forget_gone()
        return made

    def accept(self, review: Review, book: Ledger) -> None:
        """Begin to record a file that was checked; a second time is none."""
        with self._lock:
            if review.works or review.doing == "accepted":
                return
            review.now("accepting")
            review.fault = None
            review.ended = self._worker.submit(self._run, review, lambda: self._accepted(review, book))

    def discard(self, file: InReview) -> None:
        """Remove a file and what was found in it. Raises Misuse while it is being worked on."""
        with self._lock:
            held = self._held.get(file.id)
            if held is not None and held.works:
                raise Misuse(f"the file {file.name} is being worked on", "wait a moment, then discard it")
            self._held.pop(file.id, None)
        self.inbox.drop(file)

    def _forget_gone(self) -> None:
        gone = [key for key, held in self._held.items() if not held.works and not held.file.folder.exists()
                and held.seconds > 3600]  # fmt: skip
        for key in gone:
            del self._held[key]

    def _run(self, review: Review, work: Any) -> None:
        """Do a piece of work; whatever ends it is told on the page, never lost in the thread."""
        try:
            work()
        except LedgerError as fault:
            review.fault = (str(fault), fault.fix)
        except Exception:  # the thread goes on with the next file
            LOG.exception("upload %s", review.file.id)
            review.fault = _OWN_FAULT
        if review.works:
            review.now("checked")

    def _checked(self, review: Review, book: Ledger) -> None:
        review.now("checking")
        review.of = state_of(self._ledger)
        review.looked = _looked(review.file, book)
        if self._use_remembered(review, book):
            review.looked = _looked(review.file, book)
        review.lines = _lines(review.file.path)
        review.result = self._upload(review, book, check=True)

    def _accepted(self, review: Review, book: Ledger) -> None:
        result = self._upload(review, book, check=False)
        review.result = result
        if result.status in {"accepted", "already_recorded"}:
            self.inbox.drop(review.file)
            review.now("accepted")

    def _upload(self, review: Review, book: Ledger, *, check: bool) -> UploadResult:
        def told(rows: int) -> None:
            review.rows = rows

        with rows_told(told), marked_in(file_words):
            return book.upload(review.file.path, check=check, **how_read(review.file))

    def _use_remembered(self, review: Review, book: Ledger) -> bool:
        """Have the file read by the columns that the same person confirmed, where it has every header of them.

        Gives whether it is. What held for every row of the earlier file is asked for anew: a month, say, is another
        one now.
        """
        if review.looked is None or review.file.mapping.exists() or review.file.how.get("as_it_is"):
            return False
        headers = [header for table in review.looked.tables for header in table.table.headers]
        found = book.remembered_mapping(headers)
        if found is None or found.mapping.constants or found.mapping.sheets:
            return False
        self.inbox.keep_beside(review.file, found.mapping.path)
        review.file = self.inbox.read_so(review.file, {**review.file.how, "remembered": found.batch})
        return True


def _looked(file: InReview, book: Ledger) -> MappingProposal | None:
    """The tables of a file with their first rows; None for a file of records, or one that the check says more of."""
    asked = {name: file.how.get(name) for name in ("kind", "locale", "sheet", "encoding")}
    mapping = file.mapping if file.mapping.exists() else None
    try:
        return book.meanings(file.path, mapping=mapping, shown=ROWS_SHOWN, **asked)
    except LedgerError:
        return None


def _lines(path: Path) -> int | None:
    """About how many rows a text has: its line ends but the header's; None for anything packed."""
    count = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if b"\0" in block:
                return None
            count += block.count(b"\n")
    return max(0, count - 1)


def how_read(file: InReview) -> dict[str, Any]:
    """The options of the upload verb by which a file is read, its mapping among them."""
    how = {name: file.how[name] for name in _OPTIONS if file.how.get(name)}
    return how | ({"mapping": file.mapping} if file.mapping.exists() else {})


def wait_for(*reviews: Review) -> None:
    """Wait a little for what is soon done: a small file's page then tells at once what was found."""
    wait([review.ended for review in reviews if review.ended is not None], SOON_SECONDS)
