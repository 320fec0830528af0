"""Every point of an act at which the disk may fail, tried one after another on one ledger.

    python tests/durability/points.py FOLDER [HOW MANY] [SEED]

tries so many of them, chosen by the seed; all where no number is given.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import works

from ledger import Ledger

HOWS = ("full", "kill", "after", "torn")
AFTER_A_CRASH = ("checkpoint-not-noted", "checkpoint-unreadable", "control-log")


class Trials:
    """A program that does acts in children (`faulty.py`), and what must hold after each."""

    def __init__(self, ledger: Ledger, folder: Path) -> None:
        self.ledger, self.folder = ledger, folder
        self.number = 0
        self.program = subprocess.Popen(
            [sys.executable, str(works.HERE / "faulty.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=works.environment(),
        )  # fmt: skip

    def close(self) -> None:
        """End the program."""
        self.program.stdin.close()
        self.program.wait()
        self.program.stdout.close()

    def act(
        self, name: str, given: list[Any], point: int | str = 0, how: str = "full", ledger: Path | None = None
    ) -> Any:
        """What an act said (None: it was killed), and the points that it passed."""
        note = self.folder / "point"
        note.unlink(missing_ok=True)
        words = [name, str(ledger or self.ledger.path), given, point, how, str(note)]
        self.program.stdin.write(json.dumps(words) + "\n")
        self.program.stdin.flush()
        told = json.loads(self.program.stdout.readline())
        where = note.read_text() if note.exists() else "none"
        return told["said"], told["points"], where

    def fresh(self) -> str:
        """A name that no trial had."""
        self.number += 1
        return f"t{self.number}"


def upload_trial(trials: Trials, point: int, how: str) -> str:
    """An upload that fails at a point: nothing or all of it is there, and given again it is there once."""
    file = works.activity_file(trials.folder / f"{trials.fresh()}.csv", 3, trials.number)
    size = trials.ledger.checkpoint().size
    said, _, where = trials.act("upload", [str(file)], point, how)
    _told_in_words(said, where)
    there = [n for _, name, n in works.held(trials.ledger.path) if name == file.name]
    assert there in ([], [3]), where
    assert there or said is None or said[0] == "fault", where
    works.holds(trials.ledger, size, AFTER_A_CRASH)
    assert works.taken_once(trials.ledger, file, 3) == ("already_recorded" if there else "accepted"), where
    return f"{where}, {how}: {'there' if there else 'not there'}"


def refusal_trial(trials: Trials, point: int, how: str) -> str:
    """A refused file whose refusal fails to be written: the control log stays a chain."""
    file = trials.folder / f"{trials.fresh()}.csv"
    works.activity_file(file, 2, trials.number)
    file.write_text(file.read_text().replace("measured", "guessed"), encoding="utf-8")
    size = trials.ledger.checkpoint().size
    said, _, where = trials.act("upload", [str(file)], point, how)
    _told_in_words(said, where)
    works.holds(trials.ledger, size, AFTER_A_CRASH)
    assert trials.ledger.upload(file).status == "refused"
    assert trials.ledger.checkpoint().size == size
    return f"{where}, {how}"


def correction_trial(trials: Trials, point: int, how: str) -> str:
    """A correction that fails is there as a whole, or can be made."""
    file = works.activity_file(trials.folder / f"{trials.fresh()}.csv", 1, trials.number)
    batch = trials.ledger.upload(file).batch
    said, _, where = trials.act("correct", [f"B{batch}-1", file.stem], point, how)
    _told_in_words(said, where)
    grown = trials.ledger.checkpoint().size - batch
    assert grown in (0, 1), where
    assert grown or said is None or said[0] == "fault", where
    works.holds(trials.ledger, batch, AFTER_A_CRASH)
    if not grown:
        trials.ledger.correct(f"B{batch}-1", {"quantity": "7"}, reason="typing_error")
    assert trials.ledger.upload(file).status == "already_recorded"
    return f"{where}, {how}: {'there' if grown else 'not there'}"


def founding_trial(trials: Trials, point: int, how: str) -> str:
    """A founding that fails leaves no ledger, or a whole one; it can be begun again at the same place."""
    path = trials.folder / trials.fresh() / "new.duckdb"
    said, _, where = trials.act("init", [], point, how, ledger=path)
    _told_in_words(said, where)
    if not path.exists():
        for left in path.parent.glob("new.*"):  # between two renames: told, and moved away by hand
            assert how in ("kill", "after", "torn"), (where, left)
            assert where == "replace" or left.suffix != ".duckdb"
            left.rename(left.with_name(f"old{left.suffix}"))
        Ledger.init(path, organisation="Acme", actor=works.ACTOR, datasets=works.DATASETS)
    works.holds(Ledger(path, actor=works.ACTOR))
    return f"{where}, {how}"


def snapshot_trial(trials: Trials, point: int, how: str) -> str:
    """A snapshot that fails leaves no file of that name, or a whole one."""
    file = trials.folder / f"{trials.fresh()}.zip"
    said, _, where = trials.act("snapshot", [str(file)], point, how)
    _told_in_words(said, where)
    if not file.exists():
        trials.ledger.snapshot(file)
    new = trials.folder / trials.fresh() / "back.duckdb"
    assert Ledger.restore(file, new).checkpoint() == trials.ledger.checkpoint()
    return f"{where}, {how}"


def restoring_trial(trials: Trials, point: int, how: str) -> str:
    """A restore that fails leaves no ledger, or a whole one."""
    file = trials.folder / f"{trials.fresh()}.zip"
    trials.ledger.snapshot(file)
    path = trials.folder / trials.fresh() / "back.duckdb"
    said, _, where = trials.act("restore", [str(file)], point, how, ledger=path)
    _told_in_words(said, where)
    if path.exists():
        works.holds(Ledger(path, actor=works.ACTOR), trials.ledger.checkpoint().size, AFTER_A_CRASH)
    else:
        assert said is None or said[0] == "fault"
        Ledger.restore(file, path.with_name("again.duckdb"))
    return f"{where}, {how}"


TRIALS: dict[str, Callable[[Trials, int, str], str]] = {
    "upload": upload_trial, "refusal": refusal_trial, "correction": correction_trial, "founding": founding_trial,
    "snapshot": snapshot_trial, "restoring": restoring_trial,
}  # fmt: skip


def _told_in_words(said: list[str] | None, where: str) -> None:
    """A fault of the disk is told as such: what it is and what to do, never as a fault of ours."""
    if said is None or said[0] != "fault":
        assert said is None or said[0] != "raw", (where, said)
        return
    assert "No space left" in said[2] or "no space left" in said[2], (where, said)


def points_of(trials: Trials, acts: Collection[str] = TRIALS) -> dict[str, list[str]]:
    """The points that each of some acts passes, undisturbed."""
    file = works.activity_file(trials.folder / f"{trials.fresh()}.csv", 3, 10_000)
    bad = trials.folder / f"{trials.fresh()}.csv"
    bad.write_text(file.read_text().replace("measured", "guessed"), encoding="utf-8")
    snapshot = trials.folder / "s.zip"
    if "restoring" in acts and "snapshot" not in acts:
        trials.ledger.snapshot(snapshot)

    def corrected() -> list[str]:
        batch = trials.ledger.upload(works.activity_file(trials.folder / f"{trials.fresh()}.csv", 1, 1)).batch
        return trials.act("correct", [f"B{batch}-1", "again"])[1]

    passed = {
        "upload": lambda: trials.act("upload", [str(file)])[1],
        "refusal": lambda: trials.act("upload", [str(bad)])[1],
        "correction": corrected,
        "founding": lambda: trials.act("init", [], ledger=trials.folder / trials.fresh() / "x.duckdb")[1],
        "snapshot": lambda: trials.act("snapshot", [str(snapshot)])[1],
        "restoring": lambda: trials.act("restore", [str(snapshot)], ledger=trials.folder / "r" / "x.duckdb")[1],
    }
    return {act: points() for act, points in passed.items() if act in acts}


def try_points(
    ledger: Ledger, folder: Path, count: int | None, seed: int, acts: Collection[str] = TRIALS
) -> list[str]:
    """Try so many points of some acts, chosen by the seed; gives what came of each."""
    trials = Trials(ledger, folder)
    told = []
    try:
        every = [
            (act, number, how)
            for act, points in points_of(trials, acts).items()
            for number, point in enumerate(points, 1)
            for how in HOWS
            if how != "torn" or point.startswith("open")
        ]
        chosen = every if count is None else random.Random(seed).sample(every, count)  # noqa: S311 — to be repeated
        for act, point, how in chosen:
            told.append(f"{act} at {TRIALS[act](trials, point, how)}")
    finally:
        trials.close()
    works.holds(ledger, allowed=AFTER_A_CRASH)
    return told


def main() -> None:
    """A ledger in an empty folder, and every point or so many of them."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else None
    told = try_points(works.founded(folder), folder, count, int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    for line, times in sorted(Counter(told).items()):
        print(f"{times} × {line}")  # noqa: T201 — it is a program
    print(f"{len(told)} points tried")  # noqa: T201 — as above


if __name__ == "__main__":
    main()
