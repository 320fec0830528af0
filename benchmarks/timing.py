"""Seconds, memory and processes: what every measurement here is made with."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ledger.book.results import UploadResult

Measured = dict[str, float]
ROOT = Path(__file__).parent.parent


def seconds_of(work: Callable[[], Any], times: int = 1) -> tuple[float, Any]:
    """The shortest of so many runs in seconds, and the last answer."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        answer = work()
        taken.append(time.perf_counter() - start)
    return min(taken), answer


def processor_seconds_of(work: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds of a piece of work, all its threads together; what else the machine does adds little."""
    start = time.process_time()
    answer = work()
    return time.process_time() - start, answer


def peak_mb() -> float:
    """The most memory this process has held, in MB.

    On Linux by its own mark: what `getrusage` tells begins with what the process that started this one has held.
    """
    status = Path("/proc/self/status")
    if status.is_file() and (marked := re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))):
        return int(marked[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)


def accepted(result: UploadResult) -> UploadResult:
    """The result, if the upload was accepted; there is nothing to measure otherwise."""
    if result.status != "accepted":
        raise SystemExit(f"the upload was {result.status}: {result.findings[:3]}")
    return result


def in_a_process(module: str, *words: object) -> Measured:
    """Runs a module of this folder in a process of its own and reads its answer, the last line that it prints."""
    command = [sys.executable, "-m", module, *map(str, words)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    answer: Measured = json.loads(done.stdout.splitlines()[-1])
    return answer
