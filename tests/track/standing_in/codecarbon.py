"""A stand-in for CodeCarbon 3.3.2: what its trackers do with their handlers, without meters and without waiting.

Read from its `emissions_tracker.py`: `stop` and `flush` swallow what a handler raises and give None; handlers are
called one after the other, so that those after one that raises are left out, `exit` of all of them too; the difference
is that to the call before, of whatever kind; PUE multiplies energy before it is told; a second `stop` only warns.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import time


@dataclasses.dataclass
class EmissionsData:
    """The fields that a handler is given, of which only some are used here."""

    run_id: str
    duration: float
    cpu_energy: float = 0.0
    gpu_energy: float = 0.0
    ram_energy: float = 0.0
    energy_consumed: float = 0.0
    emissions: float = 0.0
    pue: float = 1
    country_iso_code: str | None = None
    cloud_provider: str = ""
    cloud_region: str = ""
    gpu_count: float | None = None
    gpu_model: str = ""
    codecarbon_version: str = "3.3.2"


class OfflineEmissionsTracker:
    """A tracker whose energies rise by `uses`, kWh, at each measurement."""

    made: list[OfflineEmissionsTracker] = []  # noqa: RUF012 — the tests look which were made, and how
    uses = {"cpu": 0.002, "ram": 0.001, "gpu": 0.0}  # noqa: RUF012 — the tests set it
    grams_per_kwh = 400.0
    gpu: tuple[int, str] | None = None
    fails_at = ""

    def __init__(self, output_handlers=(), country_iso_code=None, pue=1, **named):
        if self.fails_at == "init":
            raise RuntimeError("no sensor")
        self.named = named
        self._hardware = []
        self.country, self.pue = country_iso_code, pue
        self._output_handlers = list(output_handlers)
        self.sums = dict.fromkeys(self.uses, 0.0)
        self.before: EmissionsData | None = None
        self.begun: float | None = None
        self.run_id = f"tracker-{len(self.made)}-{os.getpid()}"
        self.made.append(self)

    def start(self):
        """Begin; the first measurement is made at once."""
        if self.fails_at == "start":
            raise RuntimeError("no meter")
        self.begun = time.perf_counter()

    def measure(self):
        """What its timer does every few seconds."""
        for part, kwh in self.uses.items():
            self.sums[part] += kwh * self.pue

    def told(self) -> tuple[EmissionsData, EmissionsData]:
        """Total, and difference to the call before."""
        kwh = sum(self.sums.values())
        total = EmissionsData(
            self.run_id, time.perf_counter() - (self.begun or 0), self.sums["cpu"], self.sums["gpu"], self.sums["ram"],
            kwh, kwh * self.grams_per_kwh / 1000, self.pue, self.country,
            gpu_count=self.gpu[0] if self.gpu else None, gpu_model=self.gpu[1] if self.gpu else "",
        )  # fmt: skip
        delta = dataclasses.replace(total)
        if self.before is not None:
            delta.energy_consumed -= self.before.energy_consumed
        self.before = total
        return total, delta

    def tick(self):
        """A live measurement; an error in a handler reaches the timer's thread."""
        self.measure()
        total, delta = self.told()
        for handler in self._output_handlers:
            handler.live_out(total, delta)

    def flush(self):
        """Tell, and go on."""
        with contextlib.suppress(Exception):
            self.measure()
            return self._told_all()
        return None

    def stop(self):
        """Tell for the last time. None where a handler raised."""
        if self.fails_at == "hang":
            time.sleep(5)
        if self.begun is None:
            return None
        with contextlib.suppress(Exception):
            kg = self._told_all()
            for handler in self._output_handlers:
                handler.exit()
            self.begun = None
            return kg
        return None

    def _told_all(self):
        total, delta = self.told()
        for handler in self._output_handlers:
            handler.out(total, delta)
        return total.emissions
