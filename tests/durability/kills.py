"""Uploads as processes of their own, killed with -9 at seeded moments while they work on the ledger.

    python tests/durability/kills.py FOLDER [HOW MANY] [SEED]

makes a ledger in an empty folder and says how often each phase was hit.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import works

from ledger import Ledger
from ledger.store.session import side_folder

_LARGE, _SMALL = 20_000, 3


@dataclass
class Killed:
    """What became of the uploads: answered just before, found although unanswered, or gone as a whole."""

    answered: int = 0
    found: int = 0
    gone: int = 0
    where: Counter[str] = field(default_factory=Counter)
    rows: dict[str, int] = field(default_factory=dict)  # source → rows that were acknowledged

    @property
    def count(self) -> int:
        """How many were killed."""
        return self.answered + self.found + self.gone


def kill_uploads(ledger: Ledger, folder: Path, count: int, seed: int, large: int = _LARGE) -> Killed:
    """Kill ``count`` uploads one after another; after each the ledger is opened and must hold.

    An upload that ends before its moment comes is checked like the others, and not counted.
    """
    rng = random.Random(seed)  # noqa: S311 — to be repeated
    killed = Killed()
    typical: dict[int, float] = {}  # seconds on the ledger, undisturbed
    number = 0
    while killed.count < count:
        rows = (large, _SMALL)[number] if number < 2 else rng.choice((large, _SMALL))
        file = works.activity_file(folder / f"k{seed}x{number}.csv", rows, seed * 1000 + number)
        size, kills = ledger.checkpoint().size, killed.count
        after_s = rng.uniform(0, typical[rows]) if rows in typical else None
        status, took, dead = _killed_upload(ledger, file, after_s, killed)
        if not dead:
            typical[rows] = took
        _after_a_kill(ledger, file, rows, status, killed, dead=dead, since=None if kills % 10 == 9 else size)
        killed.rows[file.name] = rows
        held = {name: n for _, name, n in works.held(ledger.path) if name in killed.rows}
        assert held == killed.rows, "an acknowledged upload is lost, doubled, or in part"
        number += 1
    works.holds(ledger)
    return killed


def _killed_upload(
    ledger: Ledger, file: Path, after_s: float | None, killed: Killed
) -> tuple[str | None, float, bool]:
    """Start `ghg upload`, wait until it works on the ledger, kill it.

    Gives its answer if it came, the seconds that it took, and whether it was killed.
    """
    stage = side_folder(ledger.path, "stage")
    before = set(stage.iterdir())
    command = works.ghg(ledger.path, "upload", file, "--json")
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=works.environment()
    )
    while process.poll() is None and set(stage.iterdir()) <= before:
        time.sleep(0.002)
    began = time.monotonic()
    phase = ""
    try:
        said, _ = process.communicate(timeout=after_s)
    except subprocess.TimeoutExpired:
        phase = _phase(ledger.path, stage, before)
        process.send_signal(signal.SIGKILL)
        said, _ = process.communicate()
    took = time.monotonic() - began
    dead = process.returncode == -signal.SIGKILL
    assert dead or process.returncode == 0, said
    killed.where[phase] += dead
    try:
        return json.loads(said)["status"], took, dead
    except ValueError:
        assert dead
        return None, took, dead


def _phase(ledger: Path, stage: Path, before: set[Path]) -> str:
    """What can be seen from outside of how far an upload is."""
    if ledger.with_name(f"{ledger.name}.wal").exists():
        return "transaction"
    made = [path for folder in set(stage.iterdir()) - before for path in folder.rglob("*.parquet")]
    return "staged" if made else "reading or done"


def _after_a_kill(
    ledger: Ledger, file: Path, rows: int, status: str | None, killed: Killed, *, dead: bool, since: int | None
) -> None:
    there = [n for _, name, n in works.held(ledger.path) if name == file.name]
    assert there in ([], [rows]), "part of a batch"
    assert status is None or there, "acknowledged, and not there"
    works.holds(ledger, since, allowed=("checkpoint-not-noted", "checkpoint-unreadable"))
    again = works.taken_once(ledger, file, rows)
    assert again == ("already_recorded" if there else "accepted")
    if not dead:
        return
    killed.answered += status is not None
    killed.found += status is None and bool(there)
    killed.gone += not there


def main() -> None:
    """A ledger in an empty folder, so many kills, and what became of them."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    count, seed = (int(word) for word in (*sys.argv[2:4], *("100", "1")[len(sys.argv) - 2 :]))
    began = time.monotonic()
    told = kill_uploads(works.founded(folder), folder, count, seed)
    seconds = time.monotonic() - began
    print(  # noqa: T201 — it is a program
        f"{count} kills in {seconds:.0f} s: {told.answered} had answered, {told.found} were found recorded though "
        f"unanswered, {told.gone} left nothing; at {dict(told.where)}"
    )


if __name__ == "__main__":
    main()
