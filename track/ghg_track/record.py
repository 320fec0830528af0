"""The record of one run, rank and attempt: a first line, readings of energy by part, a last line."""

from __future__ import annotations

import os
import platform
import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ghg_track.about import FORMAT, PLACE, VERSION, say
from ghg_track.identity import Identity
from ghg_track.spool import Spool
from ghg_track.totals import METHODS, PARTS, Totals

_MILLIONTH = Decimal("0.000001")


def steady() -> float:
    """Seconds on a clock that nobody sets; it goes on while the machine sleeps, where the system has such a one."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class Record:
    """Lines of a run. Every reading is the energy since the reading before it, by our own difference of the totals.

    So a reading never changes once it is written, all of them add up to the last total, and one that could not be
    written is in the next. No call raises, and calls of several threads wait for one another.

    Attributes:
        last: the totals of the last call of :meth:`took`, written or not; None before the first.
        span: when it began and ended, as its last line has them; None before that.
        method: part → how its energy comes about.
    """

    def __init__(self, name: str, who: Identity, spool: Spool, about: dict[str, str], *, begun: float = 0.0) -> None:
        """Begin a record now, or so many seconds ago."""
        self.name, self.who, self.spool = name, who, spool
        self.about = about
        self.method = dict(METHODS)
        self.last: Totals | None = None
        self.is_ended = False
        self.span: tuple[str, str] | None = None
        self._zero = steady() - begun
        self._start = datetime.now(UTC) - timedelta(seconds=begun)
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._tracker = ""
        self._held: dict[str, Decimal] = {}
        self._since: dict[str, datetime] = {}

    @property
    def is_ours(self) -> bool:
        """Whether this is the process that began it; a fork of it writes nothing."""
        return os.getpid() == self._process

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return steady() - self._zero

    def begin(self) -> None:
        """The first line: which run this is, where, and since when."""
        self._append({
            "line": "start", "name": self.name, "start_utc": _instant(self._start), "host": self.who.host,
            "python": platform.python_version(), "unseen_gpus": self.who.unseen_gpus, **self.about,
        })  # fmt: skip

    def took(self, total: Totals) -> bool:
        """A line for each part that used energy since its line before; False where they could not be written."""
        with self._lock:
            if self.is_ended or not self.is_ours:
                return False
            now = self._now()
            if total.tracker != self._tracker:  # another tracker counts from zero
                self._tracker, self._held = total.tracker, {}
                began = max(self._start, now - timedelta(seconds=total.seconds))
                self._since = {part: max(began, self._since.get(part, began)) for part in PARTS}
            self.last = total
            lines = [self._reading(part, total, now) for part in PARTS if self._grown(part, total)]
            if not lines:
                return True
            if not self.spool.append(*lines):
                return False
            for part in PARTS:
                if self._grown(part, total):
                    self._held[part], self._since[part] = total.wh[part], now
            return True

    def end(self, outcome: str | None) -> None:
        """The last line: how and when it ended, and all of it in sum. A second call does nothing."""
        with self._lock:
            if self.is_ended or not self.is_ours:
                return
            self.is_ended = True
            now = self._now()
            self.span = _instant(self._start), _instant(now)
            line: dict[str, Any] = {
                "line": "end", "name": self.name, "outcome": outcome, "start_utc": self.span[0],
                "end_utc": self.span[1], "wall_seconds": _fixed(now - self._start), "host": self.who.host,
                **self.about,
            }  # fmt: skip
            if self.last is not None:
                line["total_wh"] = {part: str(wh) for part, wh in self.last.wh.items()}
                line["unread"] = [part for part in PARTS if part not in self.last.wh and self._is_there(part)]
                line["co2e_kg_stated"] = None if self.last.co2e_kg is None else format(self.last.co2e_kg, "f")
                if self.last.gpu_count and self.last.gpu_model:
                    line.setdefault("hardware_id", self.last.gpu_model.partition(" x ")[2] or self.last.gpu_model)
                    line.setdefault("hardware_count", str(self.last.gpu_count))
            self._append(line)
            self.spool.close()

    def _is_there(self, part: str) -> bool:
        return part != "gpu" or (self.last is not None and self.last.gpu_count > 0)

    def _grown(self, part: str, total: Totals) -> bool:
        return part in total.wh and total.wh[part] > self._held.get(part, Decimal(0))

    def _reading(self, part: str, total: Totals, now: datetime) -> dict[str, Any]:
        wh = total.wh[part] - self._held.get(part, Decimal(0))
        place = {"country": total.country, "cloud_provider": total.cloud_provider, "cloud_region": total.cloud_region}
        said = {name: self.about[name] for name in PLACE if name in self.about}
        return {
            **self._heading(), "line": "reading", "source": "codecarbon", "subject": self.who.host, "part": part,
            "start_utc": _instant(self._since[part]), "end_utc": _instant(now),
            "energy_wh": str(wh), "total_wh": str(total.wh[part]), "tracker": total.tracker,
            "method": self.method[part], "level": "chip" if total.pue is None else "facility", "pue_inside": total.pue,
            "intensity_g_per_kwh": self._intensity(total),
            "program": f"ghg-track {VERSION}, codecarbon {total.version}",
            **{name: text for name, text in place.items() if text}, **said,
        }  # fmt: skip

    def _intensity(self, total: Totals) -> str | None:
        """Grams per kWh that CodeCarbon took; None where no country told it which."""
        if total.co2e_kg is None or not total.all_wh or not (total.country or total.cloud_region):
            return None
        grams = total.co2e_kg * 1_000_000 / total.all_wh
        return format(grams.quantize(Decimal("0.001"), ROUND_HALF_UP), "f")

    def _heading(self) -> dict[str, Any]:
        return {"v": FORMAT, "run_id": self.who.run_id, "attempt": self.spool.attempt, "rank": self.who.rank}

    def _append(self, line: dict[str, Any]) -> None:
        if not self.spool.append({**self._heading(), **line}):
            where = "any folder" if self.spool.path is None else str(self.spool.path)
            say(f"{self.name}: a line could not be written to {where}; the job goes on")

    def _now(self) -> datetime:
        return self._start + timedelta(seconds=steady() - self._zero)


def _instant(time_utc: datetime) -> str:
    return time_utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _fixed(span: timedelta) -> str:
    """Seconds with six decimals."""
    return str((Decimal(span // timedelta(microseconds=1)) / 1_000_000).quantize(_MILLIONTH))
