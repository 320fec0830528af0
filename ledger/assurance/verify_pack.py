"""Verify an evidence pack, by anyone, without the ledger or its program.

  python verify_pack.py PACK.zip [--checkpoint FILE] [--public-key BASE64]…

Stands alone: Python 3.11 and its standard library; with the package `cryptography` it also checks signatures. Every
digest, leaf, root, field of a posting and figure is recomputed, and what does not hold is told with file and line.
It trusts nothing that the pack says of itself: hold it against a checkpoint that you kept, or the root in a report's
foot. Exit code 0: all holds; 1: something does not; 2: it cannot be verified. Forms: docs/canonical.md; RFC 6962.
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import io
import json
import re
import sys
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote

Row = dict[str, Any]
Roots = Callable[[int], bytes | None]
COLUMNS = {name: text.split() for name, text in {  # the hashed columns of a table, in order; _ is not needed here
    "activity": "seq external_id quantity_text quantity period_start period_end month invoice_id sheet source_line _ _ "
    "key_no legal_entity_id facility_id _ _ _ _ _ supplier data_basis _ _ _ _ tags",
    "activity_slice": "seq activity_batch activity_seq key_no month _ _ quantity",
    "allocation": "seq legal_entity_id facility_id month key_no instrument_id quantity _ sign",
    "choice_key": "seq key_no activity_type _ _ unit_given",
    "choice": "seq _ key_no book method line scope source_type scope3_category sub_line iso_category factor_id "
    "instrument_id reason_code flags gwp_set sign _ _ co2_kg _ _ _ _ _ _ _ _ biogenic_co2_kg ch4_co2e_kg n2o_co2e_kg "
    "hfcs_co2e_kg pfcs_co2e_kg sf6_co2e_kg nf3_co2e_kg unsplit_co2e_kg total_co2e_kg energy_kwh energy_source",
    "emission_factor": "seq factor_id dataset edition version activity_type _ kind _ line _ country region _ _ per_unit"
    + " _" * 5 + " co2e_published_kg_per_unit" + " _" * 19 + " gwp_set" + " _" * 7
    + " verification _ _ licence redistributable source_sha256 source_cell",
    "setting": "seq name value", "key_event": "seq event public_key",
    "period_event": "seq period_start period_end view legal_entity_id _ _ pin_batch",
    "batch": "batch_no _ actor _ recorded_at source_name source_sha256" + " _" * 9 + " entries_root previous_head",
}.items()}  # fmt: skip
SUMMED = [name for name in COLUMNS["choice"] if name.endswith(("_kg", "_kwh"))]
AMOUNTS, PLACED = ("amount", "total_co2e_kg", "energy_kwh"), ("placement", "share", "entity", "consolidation_group")
POSTED = [*COLUMNS["allocation"][1:6], "allocated", *COLUMNS["choice"][3:12], *COLUMNS["choice"][13:16]]
POSTED += ["energy_source", *PLACED]  # what the postings of one sum have in common: its share is rounded once
MEASURES = {  # figure: the scopes that it takes, Scope 2 by its method
    "scope_1": ("1",), "scope_2_location": ("2location",), "scope_2_market": ("2market",), "scope_3": ("3",),
    "total_location": ("1", "2location", "3"), "total_market": ("1", "2market", "3"),
}  # fmt: skip
CUTS = {"category": "scope3_category", "facility": "facility_id", "legal_entity": "entity"}
FIELD, GUARD = re.compile(rb"~|([0-9]+):"), re.compile(r"^'(?='*(?:\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]))")
NOTE = re.compile(r"([^\n]+)\n([0-9]+)\n([A-Za-z0-9+/=]+)\n\n((?:\u2014 \S+ [A-Za-z0-9+/=]+\n)*)\n*")


class Pack:
    """An open pack, what is read of it, everything that does not hold in it, and what was checked."""

    def __init__(self, archive: zipfile.ZipFile, strange: str) -> None:
        self.archive, self.reading, self.strange = archive, "manifest.json", strange
        self.faults, self.notes = list[str](), list[str]()
        self.manifest, self.headers, self.entries = dict[str, Any](), dict[str, Row](), dict[str, Row]()
        self.tables: dict[str, list[Row]] = defaultdict(list)

    def text_of(self, name: str) -> str:
        """A file of the pack, as text."""
        self.reading = name
        return self.archive.read(name).decode()

    def lines_of(self, name: str) -> Iterator[tuple[int, Any]]:
        """The JSON values of a file, and their lines."""
        return ((line, json.loads(text)) for line, text in enumerate(self.text_of(name).split("\n"), 1) if text)

    def factor(self, name: str, batch: int) -> Row:
        """The version of a factor that stood at a batch, out of the entries; empty where there is none."""
        held = [row for row in self.tables[f"factor {name}"] if row["batch"] <= batch]
        return max(held, key=lambda row: (row["batch"], int(row["seq"])), default={})


def read_entry(text: str) -> Row:
    """The columns and leaf of a canonical text: netstrings of UTF-8 bytes, null is ~; version and table come first."""
    raw, place, found = text.encode(), 0, list[str | None]()
    while mark := FIELD.match(raw, place):
        place = mark.end() + int(mark[1] or 0)
        found.append(raw[mark.end() : place].decode(errors="replace") if mark[1] else None)
    table = found[1] if found[:1] == ["1"] and place == len(raw) else None
    leaf = hashlib.sha256(b"\x00" + raw).digest()
    return {"leaf": leaf, "table": table} | dict(zip(COLUMNS.get(table or "", ()), found[2:], strict=False))


def tree_root(leaves: list[bytes]) -> bytes:
    """The root of RFC 6962 over leaves: neighbours joined level by level, an odd last one moves up."""
    level = leaves or [hashlib.sha256(b"").digest()]
    while len(level) > 1:
        pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
        level = [hashlib.sha256(b"\x01" + b"".join(pair)).digest() if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0]


def check_files(pack: Pack) -> None:
    """Every file against its digest in the manifest, and none twice, unlisted or missing."""
    pack.manifest = json.loads(pack.text_of("manifest.json"))
    listed, names = pack.manifest["files"], pack.archive.namelist()
    if pack.manifest["format"] != 2:
        pack.faults.append("manifest.json: is of a format that this program does not read")
    twice = {name for name in names if names.count(name) > 1}
    for name in sorted(twice | ({*names} ^ {*listed, "manifest.json", "manifest.txt"})):
        pack.faults.append(f"{name}: {'is in the pack twice, or unlisted' if name in names else 'is missing'}")
    for name in sorted({*listed} & {*names}):
        try:
            if hashlib.sha256(pack.archive.read(name)).hexdigest() != listed[name]:
                pack.faults.append(f"{name}: its bytes are not those of the manifest")
        except Exception as fault:  # noqa: BLE001  whatever breaks is told
            pack.faults.append(f"{name}: cannot be read: {fault}")


def check_log(pack: Pack) -> Roots:
    """The headers, their chain and the root of the log; gives the root at any size."""
    leaves: list[bytes] = []
    for line, text in pack.lines_of("headers.jsonl"):
        header = pack.headers[f"B{line}"] = read_entry(text)
        head = leaves[-1].hex() if leaves else "0" * 64
        if (header["table"], header.get("batch_no"), header.get("previous_head")) != ("batch", str(line), head):
            pack.faults.append(f"headers.jsonl line {line}: does not follow line {line - 1}: one of them is another")
        leaves.append(header["leaf"])
    root = tree_root(leaves).hex()
    if pack.manifest["checkpoint"] != {"size": len(leaves), "root": root}:
        pack.faults.append(f"headers.jsonl: line {len(leaves)} or one before is another: {root} is not the root given")
    pack.notes.append(f"log: {len(leaves)} batches, root {root}")
    return lambda size: tree_root(leaves[:size]) if 0 < size <= len(leaves) else None


def check_notes(pack: Pack, name: str, read: Callable[[str], str], origin: str, roots: Roots, keys: list[str]) -> None:
    """Signed notes: each of this origin, with the root of its size, and signed by one of the keys."""
    notes = read(name)
    if not re.fullmatch(f"(?:{NOTE.pattern})+", notes):
        pack.faults.append(f"{name}: holds what is no signed note")
    for own, size, root, lines in NOTE.findall(notes):
        if own != origin:
            pack.faults.append(f"{name}: is of {own}, not of {origin}")
        elif (held := roots(int(size))) is None:
            pack.faults.append(f"{name}: the pack ends before this note's size {size}; ask for one made later")
        elif base64.b64encode(held).decode() != root:
            pack.faults.append(f"{name}: the pack is no continuation of this note of size {size}")
        words, body = [line.split(" ") for line in lines.splitlines()], f"{own}\n{size}\n{root}\n".encode()
        if find_spec("cryptography") is None:
            pack.notes.append(f"{name}: signature NOT CHECKED, the package `cryptography` is not installed")
        elif found := {key: who for _, who, blob in words for key in keys if is_signed(key, who, blob, body)}:
            pack.notes.append(f"{name}: size {size}, signed by {', '.join(found.values())}")
        else:
            pack.faults.append(f"{name}: {pack.strange} signed it")


def is_signed(key: str, signer: str, blob: str, body: bytes) -> bool:
    """Whether a signature line is by this key (base64, Ed25519) and of these words."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    raw, public = base64.b64decode(blob), base64.b64decode(key)
    known = hashlib.sha256(signer.encode() + b"\n\x01" + public).digest()[:4] == raw[:4]
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], body)
    except Exception:  # noqa: BLE001  InvalidSignature, or a key that is none
        return False
    return known and base64.b64encode(raw).decode() == blob


def check_entries(pack: Pack) -> None:
    """Every leaf of the batches concerned against their headers, every entry against its leaf."""
    leaves: dict[str, bytes] = {}
    for name in pack.archive.namelist():
        if name.startswith("leaves/"):
            batch = name.removeprefix("leaves/").removesuffix(".bin")
            raw = leaves[batch] = pack.archive.read(name)
            root = tree_root([raw[i : i + 32] for i in range(0, len(raw), 32)]).hex()
            if root != pack.headers.get(batch, {}).get("entries_root"):
                pack.faults.append(f"{name}: the leaves do not give the root in the header of batch {batch}")
    for line, value in pack.lines_of("entries.jsonl"):
        entry, row = value["entry"], read_entry(value["text"])
        batch, seq = entry.split("-")[0], int(row.get("seq") or 0)
        strange = leaves.get(batch, b"")[32 * seq - 32 : 32 * seq] != row["leaf"] or entry != f"{batch}-{seq}"
        if strange or entry in pack.entries:
            pack.faults.append(f"entries.jsonl line {line}: {entry} is not the entry that was hashed, or stands twice")
        pack.entries[entry] = {**row, "batch": int(batch[1:]), "id": entry}
        of = f"factor {row['factor_id']}" if row["table"] == "emission_factor" else row["table"]
        pack.tables[of].append(pack.entries[entry])
    pack.notes.append(f"entries: {len(pack.entries)} of {sum(map(len, leaves.values())) // 32} hashed")


def quantities(pack: Pack) -> Iterator[Row]:
    """Whatever carries a quantity in a month of the period, with its activity."""
    months = pack.manifest["period"]["months"]
    for row in [row for name in ("activity", "activity_slice", "allocation") for row in pack.tables[name]]:
        if row["month"] not in months:
            continue
        if row["table"] == "allocation":
            signed = Decimal(row["sign"]) * Decimal(row["quantity"]) + 0
            moved = {**row, "entry": None, "activity": {}, "allocated": "true"}
            yield {**moved, "quantity": f"{signed:f}"}
            yield {**moved, "quantity": f"{0 - signed:f}", "instrument_id": None}
        else:
            of = "B{activity_batch}-{activity_seq}".format(**row) if row["table"] == "activity_slice" else row["id"]
            owner = pack.entries[of]
            row |= {name: owner[name] for name in ("legal_entity_id", "facility_id")}
            yield row | {"entry": of, "activity": owner, "allocated": "false", "instrument_id": None}


def expected(pack: Pack) -> Iterator[tuple[Row, dict[str, Decimal]]]:
    """Every posting that follows from the entries, counted as the boundary says, each month up to its pin."""
    boundary = json.loads(pack.text_of("boundary.json"))
    parts: dict[Any, list[Row]] = defaultdict(list)
    choices: dict[Any, list[Row]] = defaultdict(list)
    for part in boundary["parts"]:
        parts[part["given_entity"], part["facility_id"]] += [] if part["left_out"] else [part]
    for row in pack.tables["choice"]:
        choices[row["key_no"], row["instrument_id"]].append(row)
    pins = {(row["month"], row["legal_entity_id"]): (row["pin"], row["allocation_pin"]) for row in boundary["pins"]}
    for (month, entity), (pin, late) in pins.items():
        held = {int(row["pin_batch"] or row["batch"]) for row in pack.tables["period_event"]
                if row["period_start"] <= month <= row["period_end"] and row["view"] in ("all", boundary["view"])
                and row["legal_entity_id"] in (None, entity)}  # fmt: skip
        if pin not in (held or {len(pack.headers)}) or late not in {len(pack.headers), *held}:
            pack.faults.append(f"boundary.json: {month} is read up to batch {pin}, at which it was not closed")
    keys = {row["key_no"]: row for row in pack.tables["choice_key"]}
    for row in quantities(pack):
        pin, late = pins[row["month"], row["legal_entity_id"]]
        for choice in choices[row["key_no"], row["instrument_id"]]:
            instrument, allocated = bool(choice["instrument_id"]), row["allocated"] == "true"
            known = row["batch"] <= (late if allocated else pin) and choice["batch"] <= (late if instrument else pin)
            if not known or (allocated and (choice["method"], choice["line"]) != ("market", "energy")):
                continue
            own = choice["scope"] in ("1", "2") and choice["book"] == "inventory"
            other = choice["scope"] == "3" and choice["scope3_category"] != "3"
            applies = ("all", "own" if own else "other" if other else "upstream")
            for part in parts[row["legal_entity_id"], row["facility_id"]]:
                if part["applies"] in applies and part["first_month"] <= row["month"] <= part["last_month"]:
                    yield posting(pack, row, choice, keys[row["key_no"]], part)


def posting(pack: Pack, row: Row, choice: Row, key: Row, part: Row) -> tuple[Row, dict[str, Decimal]]:
    """The line of a quantity by a choice, in the part of the boundary where it counts, and its whole amounts."""
    header, moved = pack.headers[f"B{row['batch']}"], part["scope3_category"] is not None
    factor = pack.factor(choice["factor_id"], choice["batch"])
    sums = {
        name: Decimal(choice["sign"]) * Decimal(row["quantity"]) * Decimal(choice[name]) + 0 for name in SUMMED
        if choice[name] is not None and not (moved and name == "energy_kwh")
    }  # fmt: skip
    made = row["activity"] | choice | {name: row[name] for name in (*POSTED[:6], "quantity", "entry")} | {
        "choice_entry": choice["id"], "source_file": header["source_name"], "quantity_batch": row["batch"],
        **{name: header[name] for name in ("source_sha256", "actor", "recorded_at")},
        "source_column": json.loads(row["activity"].get("tags") or "{}").get("source_column"),
        "activity_type": key["activity_type"], "unit": key["unit_given"], "factor_unit": factor.get("per_unit"),
        "factor_published": factor.get("co2e_published_kg_per_unit"),
        **{name: factor.get(name) for name in ("dataset", "licence", "source_cell")},
        **dict.fromkeys(("co2e_kg_per_unit", "per_unit"), choice["total_co2e_kg"]),
        "full_co2e_kg": f"{sums['total_co2e_kg']:f}" if "total_co2e_kg" in sums else None,
        **{name: part[name] for name in PLACED}, "iso_category": part["iso_category"] or choice["iso_category"],
    }  # fmt: skip
    if moved:
        made |= {"scope": "3", "scope3_category": part["scope3_category"]}
        made |= dict.fromkeys(("source_type", "sub_line", "energy_source"))
        made |= {"book": "memo_other_basis"} if choice["method"] == "market" else {"method": "single"}
    return made, sums


def check_lines(pack: Pack, name: str, width: int, awaited: list[tuple[Row, Any]]) -> Iterator[tuple[int, Row, Any]]:
    """The lines of a CSV file that are awaited, each with what awaits it; told are all others, and what is missing."""
    reader = csv.reader(io.StringIO(pack.text_of(name), newline=""), strict=True)
    columns, held, strange = next(reader), defaultdict(list), []
    for made, what in awaited:
        held[tuple(str(made.get(c) or "") for c in columns if c not in AMOUNTS)].append(what)
    for values in reader:
        row = dict(zip(columns, (GUARD.sub("", text) for text in values), strict=False))
        own = tuple(text for c, text in row.items() if c not in AMOUNTS)
        if len(values) == width and held.get(own):
            yield reader.line_num, row, held[own].pop()
        else:
            strange.append((reader.line_num, row, own))
    rest = [own for own, waiting in held.items() for _ in waiting]
    for line, row, own in strange[:100]:
        near = min(rest[:1000], key=lambda other: sum(map(str.__ne__, own, other)), default=())
        pairs = zip([c for c in row if c not in AMOUNTS], own, near, strict=False)
        words = [f"{c} is '{a}', follows as '{b}'" for c, a, b in pairs if a != b]
        if known := bool(near) and len(words) < 9:
            rest.remove(near)
        told = "; ".join(words) if known else "follows from no entry of this pack"
        pack.faults.append(f"{name} line {line}: {told or 'has too many or too few fields'}")
    pack.faults += [f"{name}: a line is missing: {', '.join(filter(None, own))[:90]} …" for own in rest[:100]]
    if max(len(strange), len(rest)) > 100:
        pack.faults.append(f"{name}: {len(strange)} lines follow from nothing, {len(rest)} others are missing")


def check_postings(pack: Pack) -> list[Row]:
    """Every field of every posting from the entries, and every factor; gives the sums that figures are made of."""
    groups: dict[Any, Row] = {}
    awaited: list[Any] = []
    for made, sums in expected(pack):
        key = (*map(made.get, POSTED), "total_co2e_kg" in sums)
        group = groups.setdefault(key, {**made, "sums": defaultdict(Decimal), "lines": []})
        for name, amount in sums.items():
            group["sums"][name] += amount
        awaited.append((made, (group, sums)))
    for line, row, (group, sums) in check_lines(pack, "postings.csv", 54, awaited):
        group["lines"] += [(line, row, sums)]
    for group in groups.values():  # of a share, the 18th decimal is rounded; one line takes what rounding leaves
        for held in (group["sums"], *(sums for _, _, sums in group["lines"])):
            for name in held:
                held[name] = (Decimal(group["share"]) * held[name]).quantize(Decimal("1e-18"), ROUND_HALF_UP)
        for name, own in zip(AMOUNTS, ("total_co2e_kg", *AMOUNTS[1:]), strict=True):
            told = [(line, row[name], sums.get(own)) for line, row, sums in group["lines"]]
            odd = [line for line, amount, follows in told if (Decimal(amount) if amount else None) != follows]
            total = sum((Decimal(amount) for _, amount, _ in told if amount), Decimal(0))
            if told and (total != group["sums"].get(own, 0) or len(odd) > 1):
                lines = odd or [line for line, _, _ in told]
                pack.faults += [f"postings.csv line {line}: {name} follows as another" for line in lines]
    used = {group["factor_id"] for group in groups.values() if group["factor_id"]}
    list(check_lines(pack, "factors.csv", 17, [(pack.factor(name, len(pack.headers)), name) for name in used]))
    pack.notes.append(f"postings: {len(awaited)} recomputed, field by field, with {len(used)} factors")
    return list(groups.values())


def check_figures(pack: Pack, groups: list[Row]) -> None:
    """Every figure of the period as a sum of postings, and those of the report as the same."""
    figures, of = json.loads(pack.text_of("figures.json")), pack.manifest
    for figure, said in figures.items():
        path, _, size = figure.rpartition("@")
        label, view, measure, *cuts = path.split("/")
        named = dict(unquote(cut).split("=", 1) for cut in cuts)
        if (label, view, size) != (of["period"]["label"], of["view"], str(of["checkpoint"]["size"])):
            pack.faults.append(f"figures.json: {figure} is not of this period, view and size")
        scopes = MEASURES.get(measure)
        column = f"{named.pop('gas', 'total').lower()}_co2e_kg".replace("co2_co2e", "co2") if scopes else measure
        found = [
            group["sums"][column] for group in groups
            if group["book"] == "inventory" and column in group["sums"]
            and (group["scope"] + group["method"] * (group["scope"] == "2") in scopes if scopes
                 else measure != "biogenic_co2_kg" or group["method"] != "market")
            and all(str(group[CUTS.get(cut, cut)] or "") == value for cut, value in named.items())
        ]  # fmt: skip
        total = sum(found, Decimal(0)) if found else None
        if total != (None if said is None else Decimal(said)):
            pack.faults.append(f"figures.json: {figure} is {said}, its postings give {total}")
    for name in [name for name in pack.archive.namelist() if name.startswith("report/") and name.endswith(".json")]:
        told = json.loads(pack.text_of(name))["figures"]
        wrong = [key for key in {*figures, *told} if key in figures or key.startswith(of["period"]["label"] + "/")]
        pack.faults += [f"{name}: {key} is another figure" for key in wrong if figures.get(key, 0) != told.get(key, 0)]
    pack.notes.append(f"figures: {len(figures)} are sums of postings")


def verify(path: str, checkpoint: str | None = None, *given: str) -> Pack:
    """Everything, in order; the answer tells the faults. Keys given count alone. OSError, ValueError: it cannot."""
    if given and (find_spec("cryptography") is None or {len(base64.b64decode(key)) for key in given} != {32}):
        raise ValueError("a key (44 signs of base64) and the package `cryptography` are needed to check who signed")
    kept = Path(checkpoint).read_text("utf-8") if checkpoint else ""
    with zipfile.ZipFile(path) as archive, localcontext() as context:
        context.prec = 80  # products and sums of 38 digits, whole
        pack = Pack(archive, "none of the keys that you gave" if given else "no key of the ledger")
        try:
            check_files(pack)
            roots = check_log(pack)
            check_entries(pack)
            keys = [row["value"] for row in pack.tables["setting"] if row["name"] == "signing_key"]
            keys += [row["public_key"] for row in pack.tables["key_event"] if row["event"] in ("rotated", "vouched")]
            origin, keys = pack.manifest["origin"], [*given] or keys
            digest = hashlib.sha256(archive.read("manifest.json")).digest()
            check_notes(pack, "checkpoint.txt", pack.text_of, origin, roots, keys)
            check_notes(pack, "manifest.txt", pack.text_of, f"{origin}/pack", lambda _: digest, keys)
            if checkpoint:
                check_notes(pack, "your checkpoint", lambda _: kept, origin, roots, keys)
            check_figures(pack, check_postings(pack))
        except Exception as fault:  # noqa: BLE001  whatever breaks is told
            pack.faults.append(f"{pack.reading}: cannot be read to the end: {type(fault).__name__}: {fault}")
    return pack


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description="Recompute everything in an evidence pack.")
    parser.add_argument("pack")
    parser.add_argument("--checkpoint", help="a checkpoint that you kept: the pack must be its continuation")
    parser.add_argument("--public-key", action="append", help="who alone may have signed (base64); repeatable")
    given = parser.parse_args()
    try:
        pack = verify(given.pack, given.checkpoint, *(given.public_key or ()))
    except (OSError, ValueError, zipfile.BadZipFile) as fault:
        words = f"{fault.filename}: {fault.strerror}" if isinstance(fault, OSError) else f"{given.pack}: {fault}"
        sys.stdout.write(f"CANNOT BE VERIFIED  {words}\n")
        return 2
    sys.stdout.writelines(f"{line}\n" for line in [*pack.notes, *(f"NOT OK  {fault}" for fault in pack.faults)])
    anchored = "" if given.checkpoint else " (consistent with itself: hold its root against a checkpoint that you kept)"
    sys.stdout.write(f"{len(pack.faults)} faults\n" if pack.faults else f"ok{anchored}\n")
    return 1 if pack.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
