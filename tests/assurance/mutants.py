"""Mutants of an evidence pack, made from its own structure, so that no file, line, field or node is forgotten."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.store.checkpoint import Checkpoint, signed

Members = dict[str, bytes]
SEALS = ("manifest.json", "manifest.txt")
LINED = ("headers.jsonl", "entries.jsonl", "postings.csv", "factors.csv")
"""Files whose lines are recomputed one by one."""


def members_of(pack: Path) -> Members:
    """Every file of a pack."""
    with zipfile.ZipFile(pack) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def forged(members: Members, file: Path, *, sealed: bool = False, key: Ed25519PrivateKey | None = None) -> Path:
    """A pack of these files: as they are, with the manifest's digests made anew, and with it signed anew by a key."""
    made = dict(members)
    if sealed or key:
        manifest = json.loads(made["manifest.json"])
        manifest["files"] = {name: hashlib.sha256(made[name]).hexdigest() for name in made if name not in SEALS}
        made["manifest.json"] = _as_json(manifest)
    if key:
        made["manifest.txt"] = resigned(made, key)
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in made.items():
            archive.writestr(name, content)
    return file


def resigned(members: Members, key: Ed25519PrivateKey) -> bytes:
    """The note over the manifest, by whoever has this key."""
    origin, size = members["manifest.txt"].decode().split("\n")[:2]
    digest = hashlib.sha256(members["manifest.json"]).hexdigest()
    return signed(Checkpoint(origin, int(size), digest), key).note().encode()


def other_text(text: str | None) -> str:
    """Another text, one character away: a digit where there is one, else a letter; a digit in place of nothing."""
    if not text:
        return "1"
    digits = [place for place, letter in enumerate(text) if letter in "0123456789"]
    place = digits[-1] if digits else len(text) - 1
    letter = text[place]
    other = str((int(letter) + 1) % 10) if digits else ("x" if letter != "x" else "y")
    return text[:place] + other + text[place + 1 :]


def netstrings(text: str) -> list[str | None]:
    """The fields of a canonical text."""
    raw, place, found = text.encode(), 0, []
    while place < len(raw):
        mark = re.compile(rb"~|([0-9]+):").match(raw, place)
        place = mark.end() + int(mark[1] or 0)
        found.append(raw[mark.end() : place].decode() if mark[1] else None)
    return found


def joined(fields: list[str | None]) -> str:
    """The canonical text of fields."""
    return "".join("~" if field is None else f"{len(field.encode())}:{field}" for field in fields)


def fields_of(name: str, line: str) -> list[Any]:
    """The fields of a line of a file; of an entry its id comes first."""
    if name == "headers.jsonl":
        return netstrings(json.loads(line))
    if name == "entries.jsonl":
        value = json.loads(line)
        return [value["entry"], *netstrings(value["text"])]
    return next(csv.reader([line]))


def line_of(name: str, fields: list[Any]) -> str:
    """The line that fields make."""
    if name == "headers.jsonl":
        return json.dumps(joined(fields), ensure_ascii=False)
    if name == "entries.jsonl":
        return json.dumps({"entry": fields[0], "text": joined(fields[1:])}, ensure_ascii=False)
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(fields)
    return written.getvalue()


def mutated_lines(name: str, content: bytes, *, every: int = 1) -> Iterator[tuple[bytes, dict[int, int]]]:
    """Contents in which every ``every``-th line has another field, and which field of which line it is.

    Together they change each field of each line once.
    """
    lines = content.decode().removesuffix("\n").split("\n")
    first = 1 if name.endswith(".csv") else 0
    parsed = [fields_of(name, line) for line in lines[first:]]
    width = max(map(len, parsed))
    for offset in range(every):
        for turn in range(width):
            made, changed = list(lines), {}
            for place in range(offset, len(parsed), every):
                field = (turn + place) % width
                if field < len(parsed[place]):
                    fields = list(parsed[place])
                    fields[field] = other_text(fields[field])
                    made[first + place] = line_of(name, fields)
                    changed[first + place + 1] = field
            yield ("\n".join(made) + "\n").encode(), changed


def scalars(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every scalar of a JSON value."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from scalars(value[key], (*path, key))
    else:
        yield path


def mutated_json(content: bytes, under: Callable[[tuple[Any, ...]], bool]) -> Iterator[tuple[tuple[Any, ...], bytes]]:
    """The file with one scalar changed, for each whose path is wanted."""
    for path in scalars(json.loads(content)):
        if under(path):
            value = json.loads(content)
            holder = value
            for key in path[:-1]:
                holder = holder[key]
            held = holder[path[-1]]
            if isinstance(held, bool):
                holder[path[-1]] = not held
            elif isinstance(held, int):
                holder[path[-1]] = held + 1
            else:
                holder[path[-1]] = other_text(held)
            yield path, _as_json(value)


def _as_json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
