"""Which run this is, which rank of it, and which attempt: from what the launcher says, else made up."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ghg_track.about import written

_RANK = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")
_LOCAL = ("LOCAL_RANK", "SLURM_LOCALID", "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID")
_RANKS = ("LOCAL_WORLD_SIZE", "SLURM_NTASKS_PER_NODE", "OMPI_COMM_WORLD_LOCAL_SIZE")
_VISIBLE = ("CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")
_RESTARTS = ("TORCHELASTIC_RESTART_COUNT", "SLURM_RESTART_COUNT")


@dataclass(frozen=True, slots=True)
class Identity:
    """Run, rank in the whole, rank on this machine, and the first attempt that it may be, counted from 1.

    ``unseen_gpus`` says which GPUs of the machine's ranks this one cannot measure; None where it sees all.
    """

    run_id: str
    rank: int
    local_rank: int
    attempt: int
    host: str
    unseen_gpus: str | None = None


def identity(name: str, run: str | None, environ: Mapping[str, str]) -> Identity:
    """The identity of a run by its launcher's variables (torchrun, Slurm, MPI).

    Args:
        name: what the person calls it.
        run: the person's own id of the run, the same on all its ranks; else `GHG_RUN_ID`, the MLflow run that is
            active, the launcher's id of the job with the name, or a new one.
        environ: the variables of the environment.
    """
    said = run or written(environ.get("GHG_RUN_ID")) or active_mlflow_run()
    return Identity(
        run_id=said or _of_launcher(name, environ) or _new(name),
        rank=_number(environ, _RANK),
        local_rank=_number(environ, _LOCAL),
        attempt=1 + _number(environ, _RESTARTS),
        host=environ.get("GHG_TRACK_HOST") or socket.gethostname() or "unknown",
        unseen_gpus=_unseen(environ),
    )


def active_mlflow_run() -> str | None:
    """The id of the MLflow run that is active in this thread, where MLflow is loaded; it is never loaded for this."""
    mlflow: Any = sys.modules.get("mlflow")
    try:
        active = mlflow.active_run() if mlflow is not None else None
        return str(active.info.run_id) if active is not None else None
    except Exception:  # noqa: BLE001 — somebody else's library must not end the job
        return None


def _of_launcher(name: str, environ: Mapping[str, str]) -> str | None:
    elastic = environ.get("TORCHELASTIC_RUN_ID")
    job = environ.get("SLURM_JOB_ID") or (elastic if elastic != "none" else None)
    return f"{name}-{job}" if job else None


def _unseen(environ: Mapping[str, str]) -> str | None:
    """Where the launcher shows each rank its own GPU alone, local rank 0 cannot read those of the others."""
    ranks = _number(environ, _RANKS)
    shown = next((environ[name] for name in _VISIBLE if environ.get(name)), "")
    count = len(shown.split(",")) if shown else ranks
    return f"the GPUs of {ranks - count} of {ranks} ranks; let every rank see all of them" if count < ranks else None


def _new(name: str) -> str:
    return f"{name}-{uuid.uuid4().hex[:12]}"


def _number(environ: Mapping[str, str], names: tuple[str, ...]) -> int:
    """The first of the variables that is a number from 0 on; 0 where none is."""
    return next((int(environ[name]) for name in names if environ.get(name, "").isdigit()), 0)


class Turn:
    """The right to measure this machine: one tracker at a time, since each measures all of it.

    Held by a lock on a file of this user in the folder for temporary files; it falls when the process ends.
    """

    def __init__(self) -> None:
        self._file: int | None = None

    def taken(self) -> bool:
        """Take the turn; False where another tracker on this machine has it."""
        with _locking() as fcntl:
            if fcntl is None:
                return True
            user = os.getuid() if hasattr(os, "getuid") else 0
            path = os.path.join(tempfile.gettempdir(), f"ghg-track-{user}.lock")  # noqa: PTH118 — no Path is needed
            try:
                file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
            except OSError:
                return True  # nobody can be asked
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(file)
                return False
            self._file = file
        return True

    def given(self) -> None:
        """Give the turn back, also for processes that were forked while it was held."""
        if self._file is None:
            return
        with _locking() as fcntl, contextlib.suppress(OSError):
            if fcntl is not None:
                fcntl.flock(self._file, fcntl.LOCK_UN)
            os.close(self._file)
        self._file = None


@contextlib.contextmanager
def _locking() -> Iterator[Any]:
    """The module that locks files, None where the system has none."""
    try:
        import fcntl
    except ImportError:
        yield None
        return
    yield fcntl
