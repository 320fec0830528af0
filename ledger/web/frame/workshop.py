"""Work that takes seconds, done beside the requests, and the files that it takes and makes.

Everything lies in one folder that only the app's own user may enter. A piece of work has an id that nobody guesses and
belongs to the person who began it, unless it is for everyone; what is over a day old, or beyond what is kept, is
removed, and all of it when the app ends.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, Request
from starlette.exceptions import HTTPException

from ledger.errors import Busy, LedgerError
from ledger.store.kept_open import give_back
from ledger.web.door.log import of_fault, told
from ledger.web.frame.sent_files import put_file, without_folder

if TYPE_CHECKING:
    from starlette.datastructures import UploadFile

_AT_ONCE = 2
_MOST_KEPT = 60
_MOST_WAITING = 12
_MOST_OF_ONE = 4
_MOST_KEPT_OF_ONE = 10
_LONGEST = timedelta(days=1)


@dataclass(eq=False, slots=True)
class Work:
    """A piece of work: who began it, whether everyone may see it, in which folder, with which files, what became of it.

    ``given`` is what was asked, for the page that shows it. ``made`` fills up while it runs; ``faults`` says of a part
    why it could not be made; ``fault`` why nothing could.
    """

    id: str
    person: str
    shared: bool
    folder: Path
    begun: datetime
    given: dict[str, Any] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    made: dict[str, Path] = field(default_factory=dict)
    faults: dict[str, LedgerError] = field(default_factory=dict)
    answer: Any = None
    fault: LedgerError | None = None
    ended: datetime | None = None
    finished: threading.Event = field(default_factory=threading.Event)

    @property
    def running(self) -> bool:
        """Whether it is not finished yet."""
        return not self.finished.is_set()

    @property
    def seconds(self) -> int:
        """How long it has taken, whole seconds."""
        return int(((self.ended or datetime.now(UTC)) - self.begun).total_seconds())

    def seen(self, after: float = 0) -> Work:
        """It as it stands, after some seconds at most: a page asks it more than once, and it ends between two askings.

        Whether it is finished is read first: what is finished has its answer, what is not may have it already.
        """
        finished = threading.Event()
        if self.finished.wait(after):
            finished.set()
        return replace(self, made=dict(self.made), faults=dict(self.faults), finished=finished)


class Workshop:
    """All work of one app."""

    def __init__(self) -> None:
        self._held: dict[str, Work] = {}
        self._keys: dict[Hashable, str] = {}
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="ghg-web-", ignore_cleanup_errors=True)
        self._threads = ThreadPoolExecutor(_AT_ONCE, "workshop")

    def begin(
        self, person: str, do: Callable[[Work], Any], *, shared: bool = False, key: Hashable = None,
        files: Sequence[UploadFile] = (), **given: Any,
    ) -> Work:  # fmt: skip
        """Begin a piece of work for a person; with a key the one that runs, or went well, under it already.

        What ``do`` gives is its answer; ``shared`` is for what everyone may see. Raises Busy where too much is being
        done. What this request has left open is given back: it may wait for the work, which may stand behind a writer.
        """
        give_back()
        with self._lock:
            if key is not None and (held := self._under(key)) is not None and held.fault is None:
                return held
            self._make_room(person)
            name = secrets.token_urlsafe(18)
            work = Work(name, person, shared, Path(self._folder.name) / name, datetime.now(UTC), given)
            work.folder.mkdir(mode=0o700)
            self._held[work.id] = work
            if key is not None:
                self._keys[key] = work.id
        try:
            work.files = [put_file(file, _made(work.folder / str(place))) for place, file in enumerate(files)]
        except BaseException:
            self.drop(work)
            raise
        self._threads.submit(_done, work, do)
        return work

    def of(self, work_id: str, person: str) -> Work:
        """The work of an id as it stands. Raises HTTPException (404) where there is none, or it is somebody else's."""
        with self._lock:
            found = self._held.get(work_id)
        if found is None or not (found.shared or found.person == person):
            raise HTTPException(404)
        return found.seen()

    def under(self, key: Hashable) -> Work | None:
        """The work under a key as it stands; None where nobody began it, or it is gone."""
        with self._lock:
            found = self._under(key)
        return None if found is None else found.seen()

    def own(self, person: str, kind: str) -> list[Work]:
        """What somebody began of a kind (``kind`` of what was given), the last one first."""
        with self._lock:
            found = [work for work in self._held.values() if work.person == person and work.given.get("kind") == kind]
        found = [work.seen() for work in found]
        return sorted(found, key=lambda work: work.begun, reverse=True)

    def drop(self, work: Work) -> None:
        """Remove a piece of work and its files."""
        with self._lock:
            self._remove(work)

    def close(self) -> None:
        """Remove everything; work that has not begun is not done."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._folder.cleanup()

    def _under(self, key: Hashable) -> Work | None:
        return self._held.get(self._keys.get(key, ""))

    def _make_room(self, person: str) -> None:
        """Remove what is old, and the oldest beyond what is kept. Raises Busy where too much is unfinished."""
        now = datetime.now(UTC)
        finished = sorted((work for work in self._held.values() if not work.running), key=lambda work: work.begun)
        own = [work for work in finished if work.person == person and not work.shared]
        old = {work.id for work in finished if now - work.begun > _LONGEST}
        old |= {work.id for work in (*finished[:-_MOST_KEPT], *own[:-_MOST_KEPT_OF_ONE])}
        for work in finished:
            if work.id in old:
                self._remove(work)
        waiting = [work for work in self._held.values() if work.running]
        if len(waiting) >= _MOST_WAITING or sum(work.person == person for work in waiting) >= _MOST_OF_ONE:
            raise Busy("as much is being done at once as this app takes", "wait until it is finished, then try again")

    def _remove(self, work: Work) -> None:
        self._held.pop(work.id, None)
        for key in [key for key, held in self._keys.items() if held == work.id]:
            del self._keys[key]
        shutil.rmtree(work.folder, ignore_errors=True)


def _done(work: Work, do: Callable[[Work], Any]) -> None:
    """Do it, and say how it ended; a fault that nobody foresaw goes to the log, under the start of its id."""
    try:
        work.answer = do(work)
    except LedgerError as fault:
        work.fault = without_folder(fault, work.folder)
    except BaseException as fault:  # noqa: BLE001 — told on its page
        told(logging.ERROR, work=work.id[:8], **of_fault(fault))
        fix = f"tell whoever runs the app the id {work.id[:8]}"
        work.fault = LedgerError("this should not have happened; the ledger is as it was", fix)
    finally:
        work.ended = datetime.now(UTC)
        work.finished.set()


def _made(folder: Path) -> Path:
    """A folder of its own for one file, made: two may have one name."""
    folder.mkdir(mode=0o700)
    return folder


_MAKING = threading.Lock()


def waited_for(work: Work, seconds: float = 30) -> Work:
    """The work once it is done. Raises what was wrong with it; Busy where it takes longer."""
    give_back()
    if not work.finished.wait(seconds):
        raise Busy("it is still being made", "try again in a moment")
    if work.fault is not None:
        raise work.fault
    return work


def workshop(request: Request) -> Workshop:
    """The workshop of the app, opened when it is first asked for."""
    state = request.app.state
    with _MAKING:
        if getattr(state, "workshop", None) is None:
            state.workshop = Workshop()
        made: Workshop = state.workshop
        return made


@asynccontextmanager
async def _closing(app: FastAPI) -> AsyncIterator[None]:
    yield
    if getattr(app.state, "workshop", None) is not None:
        app.state.workshop.close()


router = APIRouter(lifespan=_closing)
"""No page: it closes the workshop when the app ends."""
