"""What became of what live systems were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ledger.ai.run_carbon import RunCarbon
from ledger.book.results import UploadResult
from ledger.tabular import Tabular


@dataclass(frozen=True, slots=True)
class MlflowResult(Tabular):
    """What became of the runs of an MLflow store, by its run ids.

    Attributes:
        place: the store, as it may be printed.
        files: the files in which new runs were taken in, each a batch where it is accepted.
        taken: new runs that were taken in, or would be.
        held: runs that the ledger had already.
        waiting: runs of `ghg-track` whose own lines are not in the ledger yet.
        without: runs that have ended and tell no energy.
        nested: runs whose energy is in the run that they are nested in, or will be when it has ended.
        going_on: runs that have not ended.
        changed: runs held that have another end now; theirs stands.
        tagged: what was written onto runs: run → tags; empty where nothing was to be written.
        carbon: of the runs that the ledger has, entry and emissions.
    """

    ROWS = "files"

    place: str
    files: tuple[UploadResult, ...] = ()
    taken: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    going_on: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    tagged: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    carbon: Mapping[str, RunCarbon] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Whether any file of new runs was refused."""
        return any(file.status == "refused" for file in self.files)

    def as_json(self) -> dict[str, Any]:
        """The answer of `ghg connect mlflow --json`."""
        from ledger.plain import plain

        runs = ("taken", "held", "waiting", "without", "nested", "going_on", "changed")
        return {
            "place": self.place,
            "files": [file.as_json() for file in self.files],
            **{name: list(getattr(self, name)) for name in runs},
            "tagged": {run: dict(tags) for run, tags in self.tagged.items()},
            "carbon": {run: plain(carbon) for run, carbon in self.carbon.items()},
        }


@dataclass(frozen=True, slots=True)
class PrometheusResult(Tabular):
    """What became of the answers of Prometheus: a file for each query and page of its range.

    ``asked`` are the queries that had samples from ``start`` to ``end``, ``empty`` those that had none.
    """

    ROWS = "files"

    place: str
    files: tuple[UploadResult, ...]
    asked: tuple[str, ...]
    empty: tuple[str, ...]
    start: datetime
    end: datetime

    @property
    def refused(self) -> bool:
        """Whether any answer was refused."""
        return any(file.status == "refused" for file in self.files)

    def as_json(self) -> dict[str, Any]:
        """The answer of `ghg connect prometheus --json`."""
        return {
            "place": self.place, "from": self.start.isoformat(), "to": self.end.isoformat(),
            "files": [file.as_json() for file in self.files], "asked": list(self.asked), "empty": list(self.empty),
        }  # fmt: skip
