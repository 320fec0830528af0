"""The manifest of sealed telemetry: each file with its bytes, SHA-256 and rows. Its own hash is in the ledger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ledger.calculation.engines import Part
from ledger.errors import Damage

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that is not as a manifest has it."""

    name: str
    what: Literal["changed", "missing"]


def manifest_of(parts: Iterable[Part]) -> bytes:
    """The manifest of some files, the same bytes for the same files, wherever they lie."""
    files = [{"name": part.name, "bytes": part.size_bytes, "sha256": part.sha256, "rows": part.rows} for part in parts]
    value = {"ghg_telemetry_manifest": FORMAT, "files": sorted(files, key=lambda one: str(one["name"]))}
    return (json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


def sha256_of(content: bytes) -> str:
    """The digest (hex) by which a manifest is named."""
    return hashlib.sha256(content).hexdigest()


def files_of(manifest: bytes) -> Mapping[str, Mapping[str, Any]]:
    """The files of a manifest by name. Raises Damage where it cannot be read."""
    try:
        value = json.loads(manifest)
        return {str(one["name"]): one for one in value["files"]}
    except (ValueError, KeyError, TypeError) as fault:
        raise Damage("a manifest of telemetry cannot be read", "run ghg verify") from fault


def differences(manifest: bytes, parts: Iterable[Part]) -> tuple[Difference, ...]:
    """What of a manifest's files is missing among some, or has other bytes."""
    held = {part.name: part for part in parts}
    told = []
    for name, file in sorted(files_of(manifest).items()):
        if name not in held:
            told.append(Difference(name, "missing"))
        elif (held[name].sha256, held[name].size_bytes) != (file["sha256"], file["bytes"]):
            told.append(Difference(name, "changed"))
    return tuple(told)
