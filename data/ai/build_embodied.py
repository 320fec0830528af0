"""Embodied carbon: accelerators, logic dies by node, memory and disks, each with its boundary and source."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from build_record import BuildError, Dataset, Raw, Row, exact, plain
from build_words import record, written

ACCELERATORS = "accelerator_embodied_carbon_secondary.csv"
SEMICONDUCTORS = "semiconductor_embodied_scalars_secondary.csv"
MEMORY = "act_memory_storage_embodied_g_per_gb.csv"
CRADLE_TO_GATE = "cradle_to_gate"
COLUMNS = (
    "subject", "kind", "per", "kg_co2e", "low_kg_co2e", "high_kg_co2e", "life_years", "boundary", "source",
    "verification", "note",
)  # fmt: skip


def dataset(raw: Raw, hardware: set[str]) -> Dataset:
    """Every figure, its subject one of ``hardware`` or a component. Raises BuildError with every fault found."""
    rows = [*_accelerators(raw, hardware), *_studies(hardware), *_semiconductors(raw), *_memory(raw)]
    faults = [f"{row['subject']}: no figure above zero" for row in rows if Decimal(row["kg_co2e"]) <= 0]
    faults += [f"{row['subject']}: no source" for row in rows if not row["source"]]
    if faults:
        raise BuildError("\n".join(faults))
    rows.sort(key=lambda row: (row["kind"], row["subject"], row["source"]))
    return Dataset(record(raw, "embodied", ACCELERATORS, SEMICONDUCTORS, MEMORY), rows, COLUMNS, file_name="embodied")


def _accelerators(raw: Raw, hardware: set[str]) -> Iterable[Row]:
    """A share of a baseboard, or a card, given to the accelerators it stands for by our list of subjects."""
    found = {row["product"]: row for row in raw.rows(ACCELERATORS)}
    subjects = written("embodied_subjects.csv")
    for product in found.keys() - {entry["product"] for entry in subjects}:
        raise BuildError(f"{product}: not in embodied_subjects.csv")
    for entry in subjects:
        row = found[entry["product"]]
        if entry["hardware_id"] not in hardware:
            raise BuildError(f"{entry['hardware_id']}: not in hardware.csv")
        level, _, told = row["verification"].partition(", ")
        yield {
            "subject": entry["hardware_id"], "kind": "accelerator", "per": "each",
            "kg_co2e": plain(exact(row["kgco2e_per_gpu"])), "boundary": row["boundary"].replace("-", "_"),
            "source": row["source_document"], "verification": level,
            "note": "; ".join(filter(None, [entry["note"], told])),
        }  # fmt: skip


def _studies(hardware: set[str]) -> Iterable[Row]:
    """What published studies took, from our list of them."""
    for row in written("embodied_studies.csv"):
        if row["kind"] == "accelerator" and row["subject"] not in hardware:
            raise BuildError(f"{row['subject']}: not in hardware.csv")
        yield {**row, "kg_co2e": plain(exact(row["kg_co2e"])), "verification": "secondary"}


def _semiconductors(raw: Raw) -> Iterable[Row]:
    """kg per cm² of logic die by node, kg per GiB of memory by type."""
    for row in raw.rows(SEMICONDUCTORS):
        per = {"gCO2e/cm2": "cm2", "gCO2e/GiB": "GiB"}[row["unit"]]
        yield {
            "subject": _subject(row["component"], row["variant"]), "kind": row["component"].replace(" ", "_"),
            "per": per, "kg_co2e": plain(exact(row["value"]) / 1000), "boundary": CRADLE_TO_GATE,
            "source": row["source_document"], "verification": row["verification"],
        }  # fmt: skip


def _memory(raw: Raw) -> Iterable[Row]:
    """kg per GB of memory or disk by technology; a row that the models print twice stands once."""
    seen = set()
    for row in raw.rows(MEMORY):
        subject = _subject(row["component"], row["technology"])
        if (subject, row["g_co2e_per_gb"]) in seen:
            continue
        seen.add((subject, row["g_co2e_per_gb"]))
        yield {
            "subject": subject, "kind": row["component"].lower(), "per": "GB",
            "kg_co2e": plain(exact(row["g_co2e_per_gb"]) / 1000), "boundary": CRADLE_TO_GATE, "source": row["source"],
            "verification": row["verification"], "note": f"basis: {row['vendor_basis']}",
        }  # fmt: skip


def _subject(component: str, variant: str) -> str:
    return ":".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in (component, variant))
