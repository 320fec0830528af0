"""The side file of people: names and what proves them, passwords and tokens as hashes; for its owner's eyes alone.

It lies outside the chain, so that a name can be erased and no secret is in a ledger. It is written whole, to a file
that is made with mode 0600, synced, and put in the place of the one before: at no moment can others read it.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ledger.errors import Damage
from ledger.store.session import side_folder

OWNER_ONLY = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def people_path(ledger: Path) -> Path:
    """`x.people` for `x.duckdb`."""
    return side_folder(ledger, "people")


def read_people(ledger: Path) -> dict[str, Any]:
    """What the side file holds: `people`, each by id, and `failures` of logging in. Empty where there is none.

    Raises Damage where it cannot be read as what it is.
    """
    path = people_path(ledger)
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if not text.lstrip().startswith("{"):  # as the first version wrote it: id and name in a line
            pairs = [line.split("\t", 1) for line in text.splitlines() if "\t" in line]
            return {"people": {person: {"name": name} for person, name in pairs}, "failures": {}}
        held = json.loads(text)
        people = {person: dict(about) for person, about in held["people"].items()}
        return {"people": people, "failures": dict(held.get("failures", {}))}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise Damage(
            f"{path.name} cannot be read: {fault}",
            "bring it back from a copy; or move it away, act by id (--actor p-…), and name people: ghg person name",
        ) from fault


@contextmanager
def changing_people(ledger: Path) -> Iterator[dict[str, Any]]:
    """The content of the side file to change; it is written when the block ends without a fault. One at a time."""
    descriptor = os.open(side_folder(ledger, "people.lock"), os.O_RDWR | os.O_CREAT, OWNER_ONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        held = read_people(ledger)
        before = json.dumps(held)
        yield held
        if json.dumps(held) != before:
            write_private(people_path(ledger), json.dumps(held, ensure_ascii=False, indent=1).encode() + b"\n")
    finally:
        os.close(descriptor)  # gives the lock back


def is_private(path: Path) -> bool:
    """Whether nobody but its owner can read or write a file."""
    return not path.stat().st_mode & _OTHERS


def private_opener(path: str, flags: int) -> int:
    """For `open`: a new file is its owner's alone from its first moment on."""
    return os.open(path, flags, OWNER_ONLY)


def write_private(path: Path, content: bytes) -> None:
    """Put a file that only its owner can read in the place of the one before, synced, all of it or nothing."""
    waiting = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(waiting, "xb", opener=private_opener) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        waiting.replace(path)
    except BaseException:
        with suppress(OSError):
            waiting.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
