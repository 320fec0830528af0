"""`with track("bert-ft"):` around a training."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from ghg_track.about import known, say, written
from ghg_track.identity import active_mlflow_run
from ghg_track.mlflow_run import enter_tracking, leave_tracking, write_mlflow
from ghg_track.output import LedgerOutput
from ghg_track.record import Record
from ghg_track.summary import lines
from ghg_track.waiting import within

_STEP = 15
"""Seconds between two measurements of CodeCarbon, its own default."""
_PATIENCE = 10.0
"""Seconds that the job waits for CodeCarbon at the start and at the end at the most; half of it for MLflow."""


class track:  # noqa: N801 — it is read as a word: with track(…)
    """Measure what is inside of the `with` and write it as lines; the job goes on whatever happens to that."""

    def __init__(
        self,
        name: str,
        *,
        folder: str | os.PathLike[str] | None = None,
        run: str | None = None,
        every: float = 300,
        **columns: object,
    ) -> None:
        """Get ready; nothing is written or measured before the `with` begins.

        Args:
            name: what the run is called.
            folder: where lines are written; `GHG_TRACK_DIR`, or `ghg-track` in the working directory, where None.
            run: the run's id, the same on all its ranks; the launcher's where None.
            every: seconds between two lines, which is what a run that is killed loses at the most.
            **columns: what is known of the run: stage, model, country (three letters), facility_id, pue, tokens_in …
        """
        self._name, self._every = written(name) or "run", every
        self._columns = known(columns)
        self._output = LedgerOutput(self._name, folder=folder, run=run, **self._columns)
        self._output.is_led = True
        self._tracker: Any = None
        self._why_not: str | None = None
        self._mlflow_run: str | None = None
        self._earlier: Any = None
        self._has_signal = self._is_ending = False
        self._signal_came: int | None = None

    def set(self, **columns: object) -> None:
        """Say more of the run while it goes on: tokens_in, flops, quality_value …; it stands in the last line."""
        with contextlib.suppress(Exception):
            self._columns.update(known(columns))
            if self._output.record is not None:
                self._output.record.about.update(self._columns)

    def __enter__(self) -> Self:
        try:
            self._begin()
        except Exception as fault:  # noqa: BLE001 — the job comes first
            say(f"{self._name}: {type(fault).__name__}: {fault}; the job goes on")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write the last lines; whatever was raised inside goes on its way."""
        try:
            self._end(_outcome(fault))
        except Exception as own:  # noqa: BLE001 — the job comes first
            say(f"{self._name}: {type(own).__name__}: {own}; the job goes on")

    def _begin(self) -> None:
        self._mlflow_run = active_mlflow_run()
        self._output.begin()
        record = self._output.record
        if record is None:
            return
        enter_tracking(record)
        if self._output.is_second:
            self._why_not = "another run measures this machine, and its energy is in that one's"
        else:
            within(_PATIENCE, "start CodeCarbon", self._start)
        self._watch_signal()

    def _start(self) -> None:
        try:
            from codecarbon import OfflineEmissionsTracker
        except ImportError as fault:
            self._why_not = f"CodeCarbon is not there ({fault}); pip install ghg-track[codecarbon]"
            return
        logging.getLogger("codecarbon").setLevel(logging.ERROR)  # it takes the level below after its first words
        names = {"country_iso_code": "country", "cloud_provider": "cloud_provider", "cloud_region": "cloud_region"}
        place = {key: self._columns[name] for key, name in names.items() if name in self._columns}
        tracker = OfflineEmissionsTracker(
            project_name=self._name, measure_power_secs=min(_STEP, self._every),
            api_call_interval=max(1, round(self._every / _STEP)), output_methods=[], output_handlers=[self._output],
            emissions_endpoint=False, electricitymaps_api_token="", tracking_mode="machine",
            allow_multiple_runs=True, log_level="error", **place,
        )  # fmt: skip
        self._output.tracker = tracker
        tracker.start()
        self._tracker = tracker

    def _end(self, outcome: str) -> None:
        record = self._output.record
        if record is None or not record.is_ours or record.is_ended:
            return
        self._is_ending = True
        begun_inside = leave_tracking(record)
        self._close(record, outcome)
        for line in lines(record, why_not=self._why_not):
            say(line)
        self._output.post()
        if mlflow_run := active_mlflow_run() or self._mlflow_run or begun_inside:
            within(_PATIENCE / 2, "tell MLflow", lambda: write_mlflow(record, mlflow_run))
        self._leave_signal()
        if self._signal_came is not None:
            os.kill(os.getpid(), self._signal_came)

    def _close(self, record: Record, outcome: str) -> None:
        """Stop the tracker, which tells its totals, and write the last line, with what was told before if it fails."""
        if self._tracker is not None:
            within(_PATIENCE, "stop CodeCarbon", self._tracker.stop)
        record.about.update(self._columns)
        self._output.end(outcome)

    def _watch_signal(self) -> None:
        """SIGTERM ends a job without leaving the `with`: the lines are written first, then it goes where it went."""
        if threading.current_thread() is threading.main_thread():
            self._earlier = signal.getsignal(signal.SIGTERM)
            if self._earlier is not signal.SIG_IGN:
                signal.signal(signal.SIGTERM, self._on_signal)
                self._has_signal = True

    def _leave_signal(self) -> None:
        """Give the signal back to who had it, if nobody has taken it since."""
        if self._has_signal and threading.current_thread() is threading.main_thread():
            self._has_signal = False
            if signal.getsignal(signal.SIGTERM) == self._on_signal:
                signal.signal(signal.SIGTERM, self._earlier or signal.SIG_DFL)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        record = self._output.record
        if self._is_ending and record is not None and record.is_ours:
            self._signal_came = number  # the last lines are being written; it comes again after them
            return
        if callable(self._earlier):  # somebody else decides whether it ends; what was used so far is written
            if record is not None and record.is_ours and self._tracker is not None:
                within(_PATIENCE, "write before the signal is passed on", self._tracker.flush)
            self._earlier(number, frame)
            return
        self.__exit__(_Terminated, _Terminated(), None)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


class _Terminated(BaseException):
    """The process was told to end."""


def _outcome(fault: BaseException | None) -> str:
    """How the run ended: exceptions that ask it to end interrupted it, others are failures."""
    if fault is None or (isinstance(fault, SystemExit) and not fault.code):
        return "completed"
    return "interrupted" if isinstance(fault, (KeyboardInterrupt, _Terminated)) else "failed"
