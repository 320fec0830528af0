"""What it was measured on, in one line."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version

from benchmarks.rivals import versions


def machine() -> str:
    """Processors, memory, system and versions; a word where something else runs."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    names = ", ".join(f"{name} {version(name)}" for name in ("ghg-ledger", "duckdb", "polars", "pandera", "pyarrow"))
    others = f"; beside it {told}" if (told := versions()) else ""
    busy = os.getloadavg()[0]
    note = f"; load {busy:.1f}: something else is running, trust the ratios less" if busy > 1 else ""
    system = f"Python {platform.python_version()}, {names}{others}{note}"
    return f"{os.cpu_count()} cores, {memory_gb:.0f} GB, {platform.system()} {platform.machine()}, {system}"
