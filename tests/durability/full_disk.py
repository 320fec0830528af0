"""Uploads onto a small disk that is nearly full: a program that runs where such a disk was mounted.

    unshare -rm python tests/durability/full_disk.py MOUNT_POINT FOLDER [KIB…]

leaves ever less room, gives a file, makes room again and gives it again; prints a JSON list of what was said.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import works

from ledger import Ledger
from ledger.assurance.doctor import examine

DISK = "40m"
ROOM_KIB = (0, 900, 1700, 3000)
ROWS = 4_000


def main() -> None:
    """Mount, found, and go through the rooms."""
    disk, folder = Path(sys.argv[1]), Path(sys.argv[2])
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk)], check=True)
    ledger = works.founded(disk)
    told = [tried(ledger, folder, room) for room in [int(word) for word in sys.argv[3:]] or ROOM_KIB]
    works.holds(ledger)
    sys.stdout.write(json.dumps(told))


def tried(ledger: Ledger, folder: Path, room_kib: int) -> dict[str, Any]:
    """One file given while so much room is left, and again once there is more."""
    file = works.activity_file(folder / f"room{room_kib}.csv", ROWS, room_kib + 1)
    size = ledger.checkpoint().size
    ballast = filled(ledger.path.parent, room_kib << 10)
    done = works.run(ledger.path, "upload", file, "--json")
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stdout, (room_kib, done.returncode, done.stderr)
    said = json.loads(done.stdout)
    ledger.inventory("2024")  # a full disk does not keep anybody from reading
    marks = [check.words for check in examine(ledger.path) if check.what == "disk"]
    ballast.unlink()
    there = [n for _, name, n in works.held(ledger.path) if name == file.name]
    assert there in ([], [ROWS])
    assert there or done.returncode == 1, said
    left = left_behind(ledger.path)
    shown = " ".join(check.words for check in examine(ledger.path) if check.state != "ok")
    again = works.taken_once(ledger, file, ROWS)
    assert again == ("already_recorded" if there else "accepted")
    works.holds(ledger, size)
    assert not left_behind(ledger.path)
    return {"room_kib": room_kib, "exit": done.returncode, "said": said.get("error", said), "there": bool(there),
            "again": again, "disk": marks, "left": left, "shown": shown}  # fmt: skip


def filled(disk: Path, room: int) -> Path:
    """A file that takes all the disk but so many bytes."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        file.truncate(0)
        rest = shutil.disk_usage(disk).free - room
        piece = b"\0" * (1 << 16)
        while rest > 0:
            rest -= file.write(piece[: min(rest, len(piece))])
    return ballast


def left_behind(path: Path) -> list[str]:
    """Pieces of uploads that did not come to their end."""
    stage = [str(file.relative_to(path.parent)) for file in path.with_suffix(".stage").rglob("*") if file.is_file()]
    return stage + [file.name for file in path.with_suffix(".evidence").glob("*.partial")]


if __name__ == "__main__":
    main()
