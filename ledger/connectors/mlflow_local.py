"""A store of MLflow on this machine, or a database: opened by MLflow's own client, which must be installed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from ledger.connectors.asking import bare_address
from ledger.connectors.mlflow import MlflowRun, kept_tags, parent_of
from ledger.errors import Misuse

_PAGE = 1000
_LOOK = "see that it is a store of MLflow"


class LocalStore:
    """A folder `mlruns`, or a database that MLflow opens (`sqlite:///mlflow.db`, `postgresql://…`)."""

    def __init__(self, uri: str) -> None:
        """Raises Misuse where there is no such folder or file, or MLflow is not there or does not open it."""
        self._uri, self.place = _address(uri)
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # a ledger tells nobody that it is used
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # a folder is read as it is, maintained or not
        try:
            from mlflow import MlflowClient
            from mlflow.exceptions import MlflowException
        except ImportError as fault:
            raise Misuse(
                f"a store that is no server is opened by MLflow itself, and it is not there ({fault})",
                "pip install mlflow-skinny (mlflow for a database), or start its server and give http://HOST:PORT",
            ) from None
        self._fault: type[Exception] = MlflowException
        try:
            self._client: Any = MlflowClient(self._uri)
        except (MlflowException, ImportError) as fault:
            raise self._misuse(fault) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held."""

    def experiments(self) -> Mapping[str, str]:
        """Id → name of every experiment that is not deleted."""
        found = self._pages("search_experiments", max_results=_PAGE)
        return {str(one.experiment_id): str(one.name) for one in found}

    def runs(self, experiments: Mapping[str, str]) -> Iterator[MlflowRun]:
        """The runs of experiments, the earliest first."""
        order = ["attributes.start_time ASC"]
        for one in self._pages("search_runs", experiment_ids=list(experiments), max_results=_PAGE, order_by=order):
            info, data = one.info, one.data
            yield MlflowRun(
                run_id=info.run_id,
                experiment_id=str(info.experiment_id),
                experiment=experiments.get(str(info.experiment_id), ""),
                name=info.run_name or "",
                status=info.status,
                start_ms=str(info.start_time),
                end_ms=None if info.end_time is None else str(info.end_time),
                metrics={key: repr(value) for key, value in data.metrics.items()},
                tags=kept_tags(data.tags),
                parent=parent_of(data.tags),
            )

    def history(self, run_id: str, key: str) -> list[tuple[str, str]]:
        """Every sample of a metric."""
        return [(str(one.timestamp), repr(one.value)) for one in self._done("get_metric_history", run_id, key)]

    def tag(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Write tags onto a run."""
        for key, value in tags.items():
            self._done("set_tag", run_id, key, value)

    def _pages(self, call: str, **asked: Any) -> Iterator[Any]:
        token = None
        while True:
            page = self._done(call, page_token=token, **asked)
            yield from page
            token = page.token
            if not token:
                return

    def _done(self, call: str, *words: Any, **named: Any) -> Any:
        try:
            return getattr(self._client, call)(*words, **named)
        except self._fault as fault:
            raise self._misuse(fault) from None

    def _misuse(self, fault: Exception) -> Misuse:
        words = " ".join(str(fault).replace(self._uri, self.place).split())
        fix = "pip install mlflow: mlflow-skinny opens folders alone" if isinstance(fault, ImportError) else _LOOK
        return Misuse(f"MLflow does not open {self.place}: {words[:300]}", fix)


def _address(uri: str) -> tuple[str, str]:
    """The address that MLflow takes, and how it may be printed. Raises Misuse where a folder or file is not there."""
    scheme = urlsplit(uri).scheme
    if scheme not in ("", "file", "sqlite"):
        return uri, bare_address(uri)
    path = Path(uri.removeprefix("sqlite:///").removeprefix("file://"))
    if not path.exists():
        raise Misuse(f"there is no {path}", "give a server (http://HOST:PORT), a folder of runs, or sqlite:///FILE")
    if scheme == "sqlite" or path.is_file():
        return f"sqlite:///{path.absolute()}", str(path)
    return path.absolute().as_uri(), str(path)
