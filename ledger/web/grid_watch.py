"""Grids asked after on a timer, while the app runs: what was fetched, when, and what went wrong.

Nothing is fetched that the app was not started for. A question goes out while no lock of the ledger is held: the ledger
is written for as long as the answer is taken in, and not before it is there. A fault is kept with when it happened and
told in the log; the next round comes all the same.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.book import Ledger
from ledger.connectors.grid import Wish
from ledger.connectors.grid.wish import UK_CARBON_INTENSITY, checked
from ledger.errors import LedgerError, Misuse
from ledger.plain import visible
from ledger.web.settings import GridPlan

if TYPE_CHECKING:
    from ledger.book.results import GridResult

LOG = logging.getLogger("ledger.web.grid")
KINDS = ("measured", "forecast")
LEAST_MINUTES, MOST_MINUTES = 5, 1440
"""How often may be asked: services give a value every five minutes at most, and one a day at least."""
MOST_ZONES = 12
LAST_SECONDS = 3.0
"""How long the end of the app waits for the thread."""
DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Asked:
    """How it stands with one question: when it was asked last, answered last, and what went wrong since.

    ``recorded`` are the values that the last answer added; none where the ledger had them all.
    """

    zone: str
    kind: str
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    recorded: int = 0
    fault: str = ""
    fix: str = ""
    fault_at: datetime | None = None


class GridWatch:
    """The timer of an app: one thread, which ends with it."""

    def __init__(self, plan: GridPlan, ledger: Path, actor: str) -> None:
        self.plan = plan
        self._ledger = ledger
        self._actor = actor
        self._held = {(zone, kind): Asked(zone, kind) for zone in plan.zones for kind in KINDS}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def standing(self) -> tuple[Asked, ...]:
        """How it stands with every question, by zone."""
        with self._lock:
            return tuple(self._held.values())

    @property
    def is_running(self) -> bool:
        """Whether the thread lives."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin to ask, at once and then by the timer."""
        self._ended.clear()
        self._thread = threading.Thread(target=self._run, name="grid", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask no more. What is being recorded is waited for, a question that is out is not waited for long."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(LAST_SECONDS)

    def _run(self) -> None:
        while not self._ended.is_set():
            self.ask_all()
            self._ended.wait(self.plan.minutes * 60)

    def ask_all(self) -> None:
        """One round: each zone's measured values, then its forecast, so that a fault of one hides no other."""
        for zone in self.plan.zones:
            for kind in KINDS:
                if not self._ended.is_set():
                    self._ask(zone, kind)

    def _ask(self, zone: str, kind: str) -> None:
        asked_at = datetime.now(UTC)
        self._note(zone, kind, asked_at=asked_at)
        try:
            terms = _terms(kind, self.plan.source, asked_at)
            done = Ledger(self._ledger, actor=self._actor).connect_grid(
                zone, source=self.plan.source, url=self.plan.url, **terms
            )
        except LedgerError as fault:
            self._failed(zone, kind, str(fault), fault.fix)
        except Exception as fault:  # whatever it is, the timer goes on
            LOG.exception("%s of %s", kind, zone)
            self._failed(zone, kind, f"a fault of this program: {type(fault).__name__}", "it stands in the log")
        else:
            self._took(zone, kind, done)

    def _took(self, zone: str, kind: str, done: GridResult) -> None:
        """Note an answer that came: as it was taken in, or why it was refused."""
        if done.upload.status != "refused":
            now = datetime.now(UTC)
            self._note(zone, kind, answered_at=now, recorded=done.recorded, fault="", fix="", fault_at=None)
            return
        found = next((one for one in done.upload.findings if one.severity == "error"), None)
        self._failed(zone, kind, "its answer was refused" if found is None else found.message,
                     "" if found is None else found.fix)  # fmt: skip

    def _failed(self, zone: str, kind: str, fault: str, fix: str) -> None:
        LOG.warning("%s of %s was not fetched: %s", kind, zone, visible(fault))
        self._note(zone, kind, fault=visible(fault), fix=visible(fix), fault_at=datetime.now(UTC))

    def _note(self, zone: str, kind: str, **changed: Any) -> None:
        with self._lock:
            self._held[zone, kind] = replace(self._held[zone, kind], **changed)


def _terms(kind: str, source: str, now: datetime) -> Mapping[str, Any]:
    """What is asked for: the last day and the present value, or what is to come."""
    if kind == "forecast":
        return {"forecast": True}
    if source == UK_CARBON_INTENSITY:
        hour = now.replace(minute=0, second=0, microsecond=0)
        return {"first": hour - DAY, "after": hour}
    return {"history": True, "latest": True}


def grid_plan(zones: str, source: str, minutes: int, url: str | None = None) -> GridPlan | None:
    """The plan of what was said at the start: zones with commas between; None where none is named.

    Raises Misuse for a zone or a source that cannot be, and for a timer that is too fast or too slow.
    """
    named = tuple(dict.fromkeys(zone.strip() for zone in zones.split(",") if zone.strip()))
    if not named:
        return None
    if len(named) > MOST_ZONES:
        raise Misuse(f"{len(named)} zones are more than {MOST_ZONES}", "name those that your jobs run in")
    if not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        raise Misuse(f"every {minutes} minutes is no timer", f"give {LEAST_MINUTES} to {MOST_MINUTES} minutes")
    for zone in named:
        checked(Wish(zone, source, forecast=True), datetime.now(UTC))
    return GridPlan(named, source, minutes, url)
