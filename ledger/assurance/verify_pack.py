"""Verify an evidence pack, by anyone, without the ledger or its program.

  python verify_pack.py PACK.zip [--checkpoint FILE] [--public-key BASE64]

Stands alone: Python 3.11 and its standard library; with the package `cryptography` it also checks signatures.
It recomputes every digest, every leaf, the root of each batch, the log and its root, every posting in decimals, every
figure as a sum of postings, and tells everything that does not hold. It trusts nothing that the pack says of itself:
the checkpoint that you kept, or the root printed in the foot of a report, is what it should be held against.
The forms are those of docs/canonical.md; trees and proofs are those of RFC 6962.
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import io
import json
import sys
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any
from urllib.parse import unquote

EIGHTEEN = Decimal(1).scaleb(-18)
COLUMNS = {  # the hashed columns that are read here, by their place in the canonical form
    "activity": {"seq": 0, "quantity": 3, "month": 6, "reverses_batch": 10, "key_no": 12, "facility_id": 14},
    "activity_slice": {"seq": 0, "activity_batch": 1, "activity_seq": 2, "key_no": 3, "month": 4, "quantity": 7},
    "allocation": {"seq": 0, "facility_id": 2, "month": 3, "key_no": 4, "instrument_id": 5, "quantity": 6, "sign": 8},
    "choice": {
        "seq": 0, "key_no": 2, "book": 3, "method": 4, "line": 5, "scope": 6, "instrument_id": 12, "sign": 16,
        "total": 36, "energy": 37,
    },
    "batch": {
        "batch_no": 0, "idempotency_key": 11, "first_seq": 14, "entry_count": 15, "entries_root": 16, "head": 17,
    },
}  # fmt: skip
MEASURES: dict[str, Callable[[dict[str, str]], bool]] = {
    "scope_1": lambda row: row["scope"] == "1",
    "scope_2_location": lambda row: row["scope"] == "2" and row["method"] == "location",
    "scope_2_market": lambda row: row["scope"] == "2" and row["method"] == "market",
    "scope_3": lambda row: row["scope"] == "3",
    "total_location": lambda row: row["scope"] in "13" or (row["scope"] == "2" and row["method"] == "location"),
    "total_market": lambda row: row["scope"] in "13" or (row["scope"] == "2" and row["method"] == "market"),
}
CUTS = {
    "category": "scope3_category", "facility": "facility_id", "sub_line": "sub_line", "activity_type": "activity_type",
    "source_type": "source_type", "energy_source": "energy_source",
}  # fmt: skip


class Pack:
    """An open pack, and everything that does not hold in it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.faults: list[str] = []
        self.notes: list[str] = []

    def fault(self, words: str) -> None:
        """One thing that does not hold."""
        self.faults.append(words)

    def bytes_of(self, name: str) -> bytes:
        """A file of the pack."""
        return self.archive.read(name)

    def json_of(self, name: str) -> Any:
        """A JSON file of the pack."""
        return json.loads(self.archive.read(name))

    def lines_of(self, name: str) -> Iterator[Any]:
        """The JSON values of a file, a line each."""
        with self.archive.open(name) as file:
            for line in io.TextIOWrapper(file, encoding="utf-8", newline="\n"):
                yield json.loads(line)


def fields_of(text: str) -> list[str | None]:
    """The fields of a canonical text: netstrings by UTF-8 bytes, null is a tilde."""
    raw, place = text.encode(), 0
    found: list[str | None] = []
    while place < len(raw):
        if raw[place : place + 1] == b"~":
            found.append(None)
            place += 1
            continue
        colon = raw.index(b":", place)
        size = int(raw[place:colon])
        found.append(raw[colon + 1 : colon + 1 + size].decode())
        place = colon + 1 + size
    return found


def read_entry(text: str) -> tuple[str, dict[str, str | None]]:
    """Table and the columns that are needed of an entry."""
    fields = fields_of(text)
    if fields[0] != "1":
        raise ValueError(f"canonical version {fields[0]}")
    table = fields[1] or ""
    return table, {name: fields[2 + place] for name, place in COLUMNS.get(table, {}).items()}


def tree_root(leaves: list[bytes]) -> bytes:
    """The root of RFC 6962 over leaves: neighbours joined level by level, an odd last one moves up."""
    level = leaves or [hashlib.sha256(b"").digest()]
    while len(level) > 1:
        level = [
            hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest() if i + 1 < len(level) else level[i]
            for i in range(0, len(level), 2)
        ]
    return level[0]


def leaf_of(text: str) -> bytes:
    """The leaf hash of a canonical text."""
    return hashlib.sha256(b"\x00" + text.encode()).digest()


def check_files(pack: Pack) -> dict[str, Any]:
    """Every file against its digest in the manifest; gives the manifest."""
    manifest: dict[str, Any] = pack.json_of("manifest.json")
    listed = manifest["files"]
    for name in sorted(set(pack.archive.namelist()) ^ {*listed, "manifest.json"}):
        pack.fault(f"{name}: {'is missing' if name in listed else 'is not in the manifest'}")
    for name, digest in listed.items():
        if name in pack.archive.namelist() and hashlib.sha256(pack.bytes_of(name)).hexdigest() != digest:
            pack.fault(f"{name}: its bytes are not those of the manifest")
    return manifest


def check_log(pack: Pack, manifest: dict[str, Any]) -> dict[int, dict[str, str | None]]:
    """The headers, their chain and the root of the log; gives the headers by number."""
    headers: dict[int, dict[str, str | None]] = {}
    leaves: list[bytes] = []
    head = "0" * 64
    for place, text in enumerate(pack.lines_of("headers.jsonl"), 1):
        table, header = read_entry(text)
        if table != "batch" or header["batch_no"] != str(place):
            pack.fault(f"headers.jsonl: line {place} is not the header of batch {place}")
        if header["head"] != head:
            pack.fault(f"headers.jsonl: the header of batch {place} does not follow the one before it")
        leaves.append(leaf_of(text))
        head = leaves[-1].hex()
        headers[place] = header
    root = tree_root(leaves).hex()
    if len(leaves) != manifest["checkpoint"]["size"] or root != manifest["checkpoint"]["root"]:
        pack.fault(f"headers.jsonl: {len(leaves)} headers give the root {root}, not that of the manifest")
    pack.notes.append(f"log: {len(leaves)} batches, root {root}")
    return headers


def check_note(pack: Pack, manifest: dict[str, Any], content: str, name: str, keys: list[str]) -> None:
    """A signed note: its size and root against the log, its signatures against the keys."""
    body, _, signatures = content.strip("\n").partition("\n\n")
    origin, size, root = body.split("\n")[:3]
    held = manifest["checkpoint"]
    if origin != manifest["origin"]:
        pack.fault(f"{name}: a checkpoint of {origin}, not of {manifest['origin']}")
    leaves = [leaf_of(text) for text in pack.lines_of("headers.jsonl")]
    if int(size) > held["size"]:
        pack.fault(f"{name}: the pack ends at size {held['size']}, before this checkpoint of size {size}")
    elif tree_root(leaves[: int(size)]).hex() != base64.b64decode(root).hex():
        pack.fault(f"{name}: the log of the pack is no continuation of this checkpoint of size {size}")
    check_signatures(pack, f"{origin}\n{size}\n{root}\n".encode(), signatures.split("\n\n")[0], name, keys)


def check_signatures(pack: Pack, body: bytes, lines: str, name: str, keys: list[str]) -> None:
    """At least one of the keys signed the note; told where it cannot be checked."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        pack.notes.append(f"{name}: signatures were not checked (the package `cryptography` is not installed)")
        return
    for line in lines.split("\n"):
        signer, blob = line.removeprefix("\u2014 ").rsplit(" ", 1)
        raw = base64.b64decode(blob)
        for key in keys:
            public = base64.b64decode(key)
            if hashlib.sha256(signer.encode() + b"\n\x01" + public).digest()[:4] != raw[:4]:
                continue
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], body)
            except InvalidSignature:
                continue
            pack.notes.append(f"{name}: signed by {signer}")
            return
    pack.fault(f"{name}: none of the keys signed it")


def check_entries(pack: Pack, headers: dict[int, dict[str, str | None]]) -> dict[str, dict[str, Any]]:
    """Every leaf of the batches concerned against their headers, every entry against its leaf; gives entries by id."""
    leaves: dict[int, list[bytes]] = {}
    for name in pack.archive.namelist():
        if name.startswith("leaves/"):
            batch = int(name.removeprefix("leaves/B").removesuffix(".bin"))
            raw = pack.bytes_of(name)
            leaves[batch] = [raw[i : i + 32] for i in range(0, len(raw), 32)]
            header = headers.get(batch)
            if header is None or len(leaves[batch]) != int(header["entry_count"] or 0):
                pack.fault(f"{name}: not the leaves of a batch of the log")
            elif tree_root(leaves[batch]).hex() != header["entries_root"]:
                pack.fault(f"{name}: the leaves do not give the root in the header of batch {batch}")
    entries: dict[str, dict[str, Any]] = {}
    for line in pack.lines_of("entries.jsonl"):
        entry, text = line["entry"], line["text"]
        batch, seq = (int(part) for part in entry[1:].split("-"))
        table, columns = read_entry(text)
        if columns["seq"] != str(seq) or seq > len(leaves.get(batch, ())) or leaf_of(text) != leaves[batch][seq - 1]:
            pack.fault(f"entries.jsonl: {entry} is not the entry that was hashed")
        entries[entry] = {"table": table, "batch": batch, **columns}
    pack.notes.append(f"entries: {len(entries)} of {sum(map(len, leaves.values()))} in {len(leaves)} batches hashed")
    return entries


def quantities(entries: dict[str, dict[str, Any]]) -> dict[tuple[Any, ...], list[Decimal]]:
    """(entry, month, key, instrument, allocated) → the quantities that the entries give."""
    found: dict[tuple[Any, ...], list[Decimal]] = defaultdict(list)
    for entry, row in entries.items():
        if row["table"] == "activity" and row["month"]:
            found[entry, row["month"], row["key_no"], None, False].append(Decimal(row["quantity"]))
        elif row["table"] == "activity_slice":
            owner = f"B{row['activity_batch']}-{row['activity_seq']}"
            found[owner, row["month"], row["key_no"], None, False].append(Decimal(row["quantity"]))
        elif row["table"] == "allocation":
            signed = Decimal(row["sign"]) * Decimal(row["quantity"])
            found[None, row["month"], row["key_no"], row["instrument_id"], True].append(signed)
            found[None, row["month"], row["key_no"], None, True].append(-signed)
    return found


def check_postings(pack: Pack, entries: dict[str, dict[str, Any]]) -> list[dict[str, str]]:
    """Every posting from its entries, in decimals; gives the rows."""
    held = quantities(entries)
    rows = list(csv.DictReader(io.StringIO(pack.bytes_of("postings.csv").decode("utf-8"))))
    seen: dict[tuple[Any, ...], list[Decimal]] = defaultdict(list)
    for line, row in enumerate(rows, 2):
        choice = entries.get(row["choice_entry"])
        if choice is None or choice["table"] != "choice":
            pack.fault(f"postings.csv line {line}: {row['choice_entry']} is not a choice in this pack")
            continue
        quantity, per_unit, sign = Decimal(row["quantity"]), row["co2e_kg_per_unit"], Decimal(choice["sign"])
        allocated, instrument = row["allocated"] == "true", row["instrument_id"] or None
        key = (row["entry"] or None, row["month"], choice["key_no"], instrument, allocated)
        if quantity not in held.get(key, ()):
            pack.fault(f"postings.csv line {line}: no entry gives the quantity {quantity} of {row['entry'] or 'it'}")
        if (choice["total"] or "") and Decimal(choice["total"]) != Decimal(per_unit or "NaN"):
            pack.fault(f"postings.csv line {line}: kg per unit is not that of {row['choice_entry']}")
        if row["full_co2e_kg"]:
            if Decimal(row["full_co2e_kg"]) != sign * quantity * Decimal(choice["total"]):
                pack.fault(f"postings.csv line {line}: sign × quantity × kg per unit is another amount")
            counted = (Decimal(row["full_co2e_kg"]) * Decimal(row["share"])).quantize(EIGHTEEN, ROUND_HALF_UP)
            if abs(counted - Decimal(row["total_co2e_kg"] or 0)) > EIGHTEEN * len(rows):
                pack.fault(f"postings.csv line {line}: the amount times the share is another")
        if row["book"] == choice["book"] and row["placement"] == "inside":
            same = (choice["method"], choice["line"], choice["scope"])
            if (row["method"], row["line"], row["scope"]) != same:
                pack.fault(f"postings.csv line {line}: scope, method or line are not those of {row['choice_entry']}")
        seen[(*key, row["choice_entry"], row["facility_id"])].append(quantity)
    check_complete(pack, entries, held, {(*key[:5], key[5]) for key in seen})
    pack.notes.append(f"postings: {len(rows)} recomputed")
    return rows


def check_complete(
    pack: Pack, entries: dict[str, dict[str, Any]], held: dict[tuple[Any, ...], list[Decimal]], seen: set[Any]
) -> None:
    """That no choice of a quantity's key in this pack is without its posting, for months that have any."""
    months = {key[1] for key in seen}
    placed = {key[:5] for key in seen}
    by_key: dict[Any, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for entry, row in entries.items():
        if row["table"] == "choice":
            by_key[row["key_no"], row["instrument_id"]].append((entry, row))
    left_out = set(pack.json_of("boundary.json")["not_counted"])
    for key in sorted(held, key=str):
        owner, month, key_no, instrument, allocated = key
        facility = entries[owner]["facility_id"] if owner in entries else None
        if month not in months or facility in left_out or key in placed or not any(held[key]):
            continue
        if any(row["book"] == "inventory" and (not allocated or row["line"] == "energy")
               for _, row in by_key[key_no, instrument]):  # fmt: skip
            pack.fault(f"postings.csv: nothing is posted of {owner or 'an allocation'} in {month}")


def check_figures(pack: Pack, rows: list[dict[str, str]]) -> None:
    """Every figure of the period as a sum over the postings."""
    figures = pack.json_of("figures.json")
    counted = [row for row in rows if row["book"] == "inventory" and row["total_co2e_kg"]]
    checked = 0
    for figure, amount in figures.items():
        path, _, _ = figure.rpartition("@")
        _, _, measure, *cuts = path.split("/")
        named = dict(cut.split("=", 1) for cut in cuts)
        if set(named) - set(CUTS) or (measure not in MEASURES and measure != "energy_kwh"):
            continue
        column = "energy_kwh" if measure == "energy_kwh" else "total_co2e_kg"
        of = [row for row in rows if row["book"] == "inventory"] if measure == "energy_kwh" else counted
        values = [
            Decimal(row[column])
            for row in of
            if row[column]
            and (measure == "energy_kwh" or MEASURES[measure](row))
            and all(row[CUTS[cut]] == unquote(value) for cut, value in named.items())
        ]
        checked += 1
        total = sum(values, Decimal(0)) if values else None
        if (total is None) != (amount is None) or (total is not None and total != Decimal(amount)):
            pack.fault(f"figures.json: {figure} is {amount}, its postings give {total}")
    pack.notes.append(f"figures: {checked} of {len(figures)} are sums of postings; the rest are cut in other ways")


def verify(path: str, checkpoint: str | None = None, public_key: str | None = None) -> Pack:
    """Everything, in order; the faults are in the answer."""
    with zipfile.ZipFile(path) as archive, localcontext() as context:
        context.prec = 80  # products and sums of 38 digits, whole
        pack = Pack(archive)
        try:
            manifest = check_files(pack)
            headers = check_log(pack, manifest)
            check_note(pack, manifest, pack.bytes_of("checkpoint.txt").decode(), "checkpoint.txt", manifest["keys"])
            if checkpoint is not None:
                with open(checkpoint, encoding="utf-8") as file:  # noqa: PTH123  stands alone
                    kept = file.read()
                trusted = [public_key] if public_key else manifest["keys"]
                check_note(pack, manifest, kept, "your checkpoint", trusted)
            entries = check_entries(pack, headers)
            rows = check_postings(pack, entries)
            check_figures(pack, rows)
        except (KeyError, ValueError, IndexError, ArithmeticError, zipfile.BadZipFile) as fault:
            pack.fault(f"the pack cannot be read to the end: {type(fault).__name__}: {fault}")
    return pack


def main() -> int:
    """0 where all holds, 1 where anything does not."""
    parser = argparse.ArgumentParser(description="Recompute everything in an evidence pack.")
    parser.add_argument("pack")
    parser.add_argument("--checkpoint", help="a checkpoint that you kept: the pack must be its continuation")
    parser.add_argument("--public-key", help="who must have signed your checkpoint (base64)")
    given = parser.parse_args()
    pack = verify(given.pack, given.checkpoint, given.public_key)
    for line in [*pack.notes, *(f"NOT OK  {fault}" for fault in pack.faults)]:
        sys.stdout.write(line + "\n")
    anchored = "" if given.checkpoint else " (consistent with itself: hold its root against a checkpoint that you kept)"
    sys.stdout.write(f"{len(pack.faults)} faults\n" if pack.faults else f"ok{anchored}\n")
    return 1 if pack.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
