"""What each of these scripts does around its work: keeps to a part of the memory, and tells what it took."""

from __future__ import annotations

import json
import os
import re
import resource
import sys
from pathlib import Path


def keep_to_a_part_of_memory() -> None:
    """Two thirds of the machine's memory, so that a script that wants more ends alone."""
    most = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 2 // 3
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def tell(seconds: float, found: dict[str, float]) -> None:
    """One line of JSON: seconds, peak memory in MB, and what was found."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    status = Path("/proc/self/status")  # on Linux its own mark: getrusage begins with what the starter has held
    if status.is_file() and (marked := re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))):
        peak = int(marked[1]) / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak, **found}))
