"""MLflow: the runs of a tracking server or of a local store, and tags written back onto them.

Source: the REST API 2.0 of MLflow 3 (`experiments/search`, `runs/search`, `metrics/get-history`, `runs/set-tag`). A
server is asked over HTTP; a folder, a file or a database is opened by MLflow itself, where it is installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

from ledger.connectors.asking import Asking, Server
from ledger.errors import Misuse

API = "/api/2.0/mlflow"
_PAGE = 1000
OF_POWER = re.compile(r"(^|/)gpu_\d+_power_usage_watts$")
OF_ENERGY = re.compile(r"(^|[/._ -])(energy_consumed|emissions)$")
"""Metrics that are read: power of GPUs, and what CodeCarbon told, whatever stands before its name."""
OUTCOMES: Mapping[str, str] = {"FINISHED": "completed", "FAILED": "failed", "KILLED": "interrupted"}
"""How runs that have ended did so; others go on."""
_KEPT_TAGS = re.compile(r"ghg\.[a-z0-9_]+")
_PARENT = "mlflow.parentRunId"


@dataclass(frozen=True, slots=True)
class MlflowRun:
    """A run as MLflow has it, without who ran it, its parameters and its artifacts.

    Attributes:
        experiment: the experiment's name.
        status: FINISHED, FAILED, KILLED, or of a run that goes on.
        start_ms: milliseconds since 1970, as text; so is ``end_ms``, None while it goes on.
        metrics: of every metric the last value, as text.
        tags: those of ours (`ghg.…`).
        parent: the run that it is nested in.
    """

    run_id: str
    experiment_id: str
    experiment: str
    name: str
    status: str
    start_ms: str
    end_ms: str | None
    metrics: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    parent: str | None = None

    @property
    def has_ended(self) -> bool:
        """Whether it has, and says when."""
        return self.status in OUTCOMES and self.end_ms is not None and self.end_ms != "0"

    @property
    def ledger_id(self) -> tuple[str, int]:
        """Run and attempt under which a ledger has it: those of `ghg-track` where it tracked the run."""
        attempt = self.tags.get("ghg.attempt", "1")
        return self.tags.get("ghg.run_id") or self.run_id, int(attempt) if attempt.isdigit() else 1

    @property
    def power_metrics(self) -> tuple[str, ...]:
        """The metrics with the power of its GPUs."""
        return tuple(sorted(key for key in self.metrics if OF_POWER.search(key)))

    def document(self, store: str, histories: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, Any]:
        """What is kept of it as evidence, and read by an upload; a sample is its time (ms) and its value."""
        return {
            "mlflow_run": {
                "run_id": self.run_id, "experiment_id": self.experiment_id, "experiment": self.experiment,
                "run_name": self.name, "status": self.status, "start_time": self.start_ms, "end_time": self.end_ms,
                "parent_run_id": self.parent, "tags": dict(sorted(self.tags.items())),
                "metrics": {key: self.metrics[key] for key in sorted(self.metrics) if OF_ENERGY.search(key)},
            },
            "store": store,
            "history": {key: list(samples) for key, samples in histories.items()},
        }  # fmt: skip


class Store(Protocol):
    """Where runs are."""

    @property
    def place(self) -> str:
        """The address as it may be printed and kept."""

    def experiments(self) -> Mapping[str, str]:
        """Id → name of every experiment that is not deleted."""

    def runs(self, experiments: Mapping[str, str]) -> Iterator[MlflowRun]:
        """The runs of experiments that are not deleted, the earliest first."""

    def history(self, run_id: str, key: str) -> list[tuple[str, str]]:
        """Every sample of a metric of a run: milliseconds since 1970, and value."""

    def tag(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Write tags onto a run."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def store_of(uri: str, environ: Mapping[str, str]) -> Store:
    """The store at an address. Raises Misuse where it is none, or MLflow is needed to open it and is not there.

    `MLFLOW_TRACKING_TOKEN`, or `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`, say who asks.
    """
    if urlsplit(uri).scheme in ("http", "https"):
        name, password = environ.get("MLFLOW_TRACKING_USERNAME"), environ.get("MLFLOW_TRACKING_PASSWORD")
        return MlflowServer(Server(
            "MLflow", uri, token=environ.get("MLFLOW_TRACKING_TOKEN"),
            user=(name, password) if name and password else None,
            sign_in="set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
        ))  # fmt: skip
    from ledger.connectors.mlflow_local import LocalStore

    return LocalStore(uri)


class MlflowServer:
    """A tracking server, asked over its REST API."""

    def __init__(self, server: Server) -> None:
        """Raises Misuse for an address that is none."""
        self._asking = Asking(server)

    def __enter__(self) -> Self:
        self._asking.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._asking.__exit__(kind, fault, trace)

    @property
    def place(self) -> str:
        """The address without a password."""
        return self._asking.server.shown

    def experiments(self) -> Mapping[str, str]:
        """Id → name of every experiment that is not deleted."""
        pages = self._pages("/experiments/search", {"max_results": _PAGE, "view_type": "ACTIVE_ONLY"}, "experiments")
        return {str(one["experiment_id"]): str(one.get("name", "")) for one in pages}

    def runs(self, experiments: Mapping[str, str]) -> Iterator[MlflowRun]:
        """The runs of experiments, a thousand a page."""
        asked = {
            "experiment_ids": list(experiments), "max_results": _PAGE, "run_view_type": "ACTIVE_ONLY",
            "order_by": ["attributes.start_time ASC"],
        }  # fmt: skip
        for one in self._pages("/runs/search", asked, "runs"):
            yield _run_of(one, experiments)

    def history(self, run_id: str, key: str) -> list[tuple[str, str]]:
        """The samples of a metric; pages are followed where the server makes any."""
        asked = {"run_id": run_id, "metric_key": key}
        made: list[tuple[str, str]] = []
        while True:
            answer = self._asking.get(f"{API}/metrics/get-history", asked)
            made += [(str(one.get("timestamp", "")), str(one.get("value", ""))) for one in _listed(answer, "metrics")]
            if not (token := answer.get("next_page_token")):
                return made
            asked = {**asked, "page_token": str(token)}

    def tag(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Write tags onto a run, one question each."""
        for key, value in tags.items():
            self._asking.post(f"{API}/runs/set-tag", {"run_id": run_id, "key": key, "value": value})

    def _pages(self, path: str, asked: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
        """The things of every page."""
        told = dict(asked)
        while True:
            answer = self._asking.post(API + path, told)
            yield from _listed(answer, name)
            if not (token := answer.get("next_page_token")):
                return
            told["page_token"] = token


def _listed(answer: Any, name: str) -> list[Mapping[str, Any]]:
    """The things of an answer. Raises Misuse where it is none of MLflow; one without any leaves their name out."""
    found = answer.get(name, []) if isinstance(answer, Mapping) else None
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise Misuse("the answer is none of MLflow's tracking server", "give the address of the tracking server")
    return found


def _run_of(one: Mapping[str, Any], experiments: Mapping[str, str]) -> MlflowRun:
    info, data = one.get("info", {}), one.get("data", {})
    tags = {str(tag["key"]): str(tag.get("value", "")) for tag in data.get("tags", [])}
    end = info.get("end_time")
    return MlflowRun(
        run_id=str(info["run_id"]),
        experiment_id=str(info["experiment_id"]),
        experiment=experiments.get(str(info["experiment_id"]), ""),
        name=str(info.get("run_name") or tags.get("mlflow.runName") or ""),
        status=str(info.get("status", "")),
        start_ms=str(info.get("start_time", "")),
        end_ms=None if end is None else str(end),
        metrics={str(metric["key"]): str(metric.get("value", "")) for metric in data.get("metrics", [])},
        tags=kept_tags(tags),
        parent=tags.get(_PARENT),
    )


def kept_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Of a run's tags those of ours: who ran it and from where is left where it is."""
    return {key: value for key, value in tags.items() if _KEPT_TAGS.fullmatch(key)}


def parent_of(tags: Mapping[str, str]) -> str | None:
    """The run that one is nested in, by its tags."""
    return tags.get(_PARENT)
