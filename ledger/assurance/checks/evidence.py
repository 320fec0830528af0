"""The bytes kept beside the ledger: sources by their SHA-256, the parts of each batch, the log of refusals."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ledger.assurance.checks.kept import parts_of
from ledger.assurance.verification import Faults
from ledger.store.control_log import control_log_path
from ledger.store.evidence import PARTS_LIST
from ledger.store.session import side_folder

_DIGEST = re.compile(r"[0-9a-f]{64}")
_FIRST = "0" * 64


def check_evidence(
    ledger: Path,
    headers: Sequence[dict[str, Any]],
    recorded: Sequence[tuple[str, str, str, int]],
    faults: Faults,
    every: Sequence[dict[str, Any]],
) -> None:
    """Hash every kept file again.

    Args:
        ledger: the ledger's file.
        headers: the batches whose source and parts must be there.
        recorded: what the table `evidence` lists: entry, SHA-256, name, bytes.
        faults: where what is missing or changed is told.
        every: all batches; parts that belong to none of them are told.
    """
    folder = side_folder(ledger, "evidence")
    sizes: dict[str, int] = {}
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        if file.is_file() and _DIGEST.fullmatch(file.name):
            digest, sizes[file.name] = _digest(file)
            if digest != file.name:
                words = f"{file.name} no longer has the bytes that it is named by"
                faults.add("evidence-changed", words, file=file.name)
    wanted = [
        (f"B{header['batch_no']}", header["source_sha256"], header["source_name"], header["source_bytes"])
        for header in headers
        if header["source_sha256"] is not None
    ]
    for entry, sha256, name, size in [*wanted, *recorded]:
        if sha256 not in sizes:
            faults.add("evidence-missing", f"the bytes of '{name}' ({entry}) are not kept", entry=entry, file=sha256)
        elif size is not None and size != sizes[sha256]:
            words = f"'{name}' ({entry}) has {sizes[sha256]} bytes, not {size}"
            faults.add("evidence-changed", words, entry=entry, file=sha256)
    for header in headers:
        _check_parts(ledger, header, faults)
    _tell_orphans(folder, every, faults)


def check_control_log(ledger: Path, headers: Sequence[dict[str, Any]], faults: Faults) -> None:
    """The chain of refusals, and that each batch names a line of it, none before that of the batch before."""
    path = control_log_path(ledger)
    raw = path.read_bytes() if path.exists() else b""
    if raw and not raw.endswith(b"\n"):
        faults.add("control-log", f"the last line of {path.name} is torn", severity="warning", file=path.name)
    heads = {_FIRST: 0}
    previous = _FIRST
    for number, line in enumerate(raw.split(b"\n")[:-1], 1):
        where: dict[str, Any] = {"file": path.name, "line": number}
        try:
            told = json.loads(line)["previous"]
        except (ValueError, KeyError, TypeError):
            faults.add("control-log", f"line {number} of {path.name} cannot be read", **where)
        else:
            if told != previous:
                faults.add("control-log", f"line {number} of {path.name} does not follow the one before it", **where)
        previous = hashlib.sha256(line).hexdigest()
        heads[previous] = number
    last = 0
    for header in headers:
        head, entry = header["control_log_head"], f"B{header['batch_no']}"
        place = heads.get(head or _FIRST)
        if place is None:
            words = f"batch {header['batch_no']} names a refusal that is not in {path.name}: lines were cut or changed"
            faults.add("control-log", words, entry=entry, file=path.name)
        elif place < last:
            words = f"batch {header['batch_no']} names an earlier refusal than the batch before it"
            faults.add("control-log", words, entry=entry, file=path.name)
        else:
            last = place


def _check_parts(ledger: Path, header: dict[str, Any], faults: Faults) -> None:
    folder = parts_of(ledger, header["idempotency_key"])
    where: dict[str, Any] = {"entry": f"B{header['batch_no']}"}
    listed = folder / PARTS_LIST
    if not listed.exists():
        words = f"the rows of batch {header['batch_no']} are not kept: parts/{folder.name}/{PARTS_LIST} is missing"
        faults.add("evidence-missing", words, file=folder.name, **where)
        return
    named = set()
    for line in listed.read_text(encoding="utf-8", errors="replace").splitlines():
        digest, _, name = line.partition("  ")
        named.add(name)
        part = folder / Path(name).name
        if not part.is_file():
            faults.add("evidence-missing", f"the part {name} of {where['entry']} is missing", file=name, **where)
        elif _digest(part)[0] != digest:
            words = f"the part {name} of {where['entry']} no longer has the bytes that were sealed"
            faults.add("evidence-changed", words, file=name, **where)
    if "batch.parquet" not in named:
        words = f"the list of the parts of {where['entry']} names no header"
        faults.add("evidence-changed", words, file=PARTS_LIST, **where)
    for part in sorted(folder.glob("*.parquet")):
        if part.name not in named:
            words = f"{part.name} lies among the parts of {where['entry']} and is not on their list"
            faults.add("evidence-changed", words, file=part.name, **where)


def _tell_orphans(folder: Path, headers: Sequence[dict[str, Any]], faults: Faults) -> None:
    known = {header["idempotency_key"] for header in headers}
    for parts in sorted((folder / "parts").iterdir()) if (folder / "parts").is_dir() else ():
        if parts.name not in known:
            words = f"the parts {parts.name} belong to no batch"
            faults.add("evidence-orphan", words, severity="info", file=parts.name)


def _digest(file: Path) -> tuple[str, int]:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        return digest, content.tell()
