"""An output handler for a CodeCarbon tracker of one's own."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from typing import Any

from ghg_track.about import known, say, written
from ghg_track.identity import Identity, Turn, identity
from ghg_track.posting import is_wanted, post
from ghg_track.record import Record
from ghg_track.spool import Spool
from ghg_track.totals import proven, totals
from ghg_track.waiting import within

PATIENCE = 10.0
"""Seconds that the job waits for lines to be posted at the end, at the most."""


class LedgerOutput:
    """Writes what a tracker measures as lines: `EmissionsTracker(output_handlers=[LedgerOutput("bert-ft")])`.

    Put it first: CodeCarbon leaves out handlers after one that fails. It takes totals and never differences, since the
    difference after a live measurement is near zero. It raises nothing: an error in a handler would make `stop` give
    None. Only local rank 0 writes, and only one tracker of a machine.

    Attributes:
        record: the lines; None before the first call, and where another rank or tracker writes them.
        is_second: whether another tracker measures this machine already.
        is_led: whether somebody else writes the last line, who knows how the run ended.
        tracker: the tracker, where it is known: its meters prove what is measured and what is a model.
    """

    def __init__(
        self, name: str, *, folder: str | os.PathLike[str] | None = None, run: str | None = None, **columns: object
    ) -> None:
        """Make the handler of one run; nothing is written before the tracker's first call.

        Args:
            name: what the run is called.
            folder: where lines are written; `GHG_TRACK_DIR`, or `ghg-track` in the working directory, where None.
            run: the run's id, the same on all its ranks; the launcher's where None.
            **columns: what is known of the run: stage, model, country, facility_id, pue, tokens_in …
        """
        self.record: Record | None = None
        self.is_second = self.is_led = False
        self.tracker: Any = None
        self._given = (written(name) or "run", folder, written(run), columns)
        self._turn = Turn()
        self._has_begun = self._is_posted = False

    def out(self, total: Any, delta: Any) -> None:  # noqa: ARG002 — CodeCarbon's signature
        """At `flush` and at `stop`."""
        self._quietly(lambda: self._took(total))

    def live_out(self, total: Any, delta: Any) -> None:  # noqa: ARG002 — CodeCarbon's signature
        """Every few measurements."""
        self._quietly(lambda: self._took(total))

    def task_out(self, data: Any, experiment_name: Any) -> None:
        """Of tasks; their energy is in the totals already."""

    def exit(self) -> None:
        """After `stop`: the last line. How the training ended is not told here."""
        if not self.is_led:
            self._leave()

    def begin(self, begun: float = 0.0) -> None:
        """Begin the record now, or so many seconds ago, where this rank is the one that writes."""
        if self._has_begun:
            return
        self._has_begun = True
        name, folder, run, columns = self._given
        who = identity(name, run, os.environ)
        if who.local_rank:
            return
        self.is_second = not self._turn.taken()
        self.record = _record(name, who, folder, columns, begun)
        self.record.begin()
        atexit.register(self._leave)

    def end(self, outcome: str | None) -> None:
        """Write the last line and let the next tracker measure; a second call does nothing."""
        if self.record is None or not self.record.is_ours:
            return
        self.record.end(outcome)
        self._turn.given()
        atexit.unregister(self._leave)

    def post(self) -> None:
        """Post the lines once they are all written, where somebody said where to; waits some seconds at the most."""
        record = self.record
        if record is None or not record.is_ours or not record.is_ended or self._is_posted or not is_wanted():
            return
        self._is_posted = True
        path = record.spool.path
        if path is not None:
            within(PATIENCE, "post the lines", lambda: post(record.name, path))

    def _took(self, told: Any) -> None:
        total = totals(told)
        self.begin(total.seconds)
        if self.record is None or self.is_second:
            return
        self.record.method = proven(getattr(self.tracker, "_hardware", ()))
        self.record.took(total)

    def _leave(self) -> None:
        """The last line without knowing how the run ended; at the latest when the program ends."""
        self._quietly(lambda: self.end(None))
        self._quietly(self.post)

    def _quietly(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as fault:  # noqa: BLE001 — the job comes first
            say(f"{self._given[0]}: {type(fault).__name__}: {fault}; the job goes on")


def _record(
    name: str, who: Identity, folder: str | os.PathLike[str] | None, columns: dict[str, object], begun: float
) -> Record:
    return Record(name, who, Spool(folder, who.run_id, who.rank, who.attempt), known(columns), begun=begun)
