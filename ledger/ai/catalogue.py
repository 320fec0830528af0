"""How what is known about accelerators, cloud regions and embodied carbon is found by name.

The files are `data/hardware.csv`, `data/cloud_regions.csv`, `data/cloud_measures.csv` and `data/embodied.csv`, each
beside its source record. A blank cell is None: not known, never zero, and a blank PUE is never 1.0. No name is guessed:
one that is not known, or that several parts have, is refused with the names that may be meant.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping

from ledger.ai.names import are_of_form, plainest, words
from ledger.ai.records import (
    PRECISIONS,
    Embodied,
    Hardware,
    Measure,
    Region,
    every_accelerator,
    every_embodied,
    every_measure,
    every_region,
    source_record,
)
from ledger.errors import Misuse

__all__ = [
    "PRECISIONS", "PROVIDERS", "Embodied", "Hardware", "Measure", "Region", "all_embodied", "all_hardware",
    "all_regions", "embodied", "hardware", "left_out", "measure_of_year", "measures", "provider_code", "region",
    "regions_like", "source_record", "variants",
]  # fmt: skip

PROVIDERS = {"aws": "Amazon Web Services", "azure": "Microsoft Azure", "gcp": "Google Cloud"}
_PROVIDER_NAMES = {
    "aws": "aws", "amazon": "aws", "amazonwebservices": "aws", "ec2": "aws", "azure": "azure", "microsoft": "azure",
    "microsoftazure": "azure", "gcp": "gcp", "google": "gcp", "googlecloud": "gcp", "googlecloudplatform": "gcp",
}  # fmt: skip
_ZONE_OF_REGION = {"aws": re.compile(r"^(.+-\d)[a-z]$"), "gcp": re.compile(r"^(.+\d)-[a-z]$")}
_SHOWN = 6


def hardware(name: str) -> Hardware:
    """The accelerator of a name: its id, a name it goes by, or words that it alone has (`t4`, `NVIDIA A100-SXM4-80GB`).

    Raises Misuse with the nearest names where it is not known, and with the variants where several have it.
    """
    found = variants(name)
    if len(found) == 1:
        return found[0]
    if found:
        raise Misuse(
            f"'{name}' may be {_listed(part.hardware_id for part in found)}",
            "take one of them: their power differs",
            code="hardware-ambiguous",
        )
    if any(words(text) <= words(name) for text in left_out()):
        raise Misuse(
            f"the figures of '{name}' could not be verified, so data/hardware.csv does not hold them",
            "give the power yourself, from a meter or the maker's sheet",
            code="hardware-unverified",
        )
    near = _nearest(" ".join(sorted(words(name))), _spoken())
    raise Misuse(
        f"there is no accelerator '{name}' in data/hardware.csv",
        f"did you mean {' or '.join(near)}? " * bool(near) + "'ghg ai hardware' lists what is known",
        code="hardware-unknown",
    )


def variants(name: str) -> tuple[Hardware, ...]:
    """Every accelerator that a name may mean: one for a whole name, several for a short one, none where unknown.

    A short name may leave out the form and the memory (`A100`), but no word of the model: `RTX 2080` is no 2080 Ti.
    """
    if exact := [part for part in every_accelerator() if name.strip().casefold() == part.hardware_id]:
        return tuple(exact)
    asked = words(name)
    same = [part for part in every_accelerator() if any(own <= asked <= own | more for own, more in _words_of(part))]
    wider = [
        part
        for part in every_accelerator()
        if any(asked < own | more and are_of_form(own - asked) for own, more in _words_of(part))
    ]
    return tuple(same or wider)


def left_out() -> tuple[str, ...]:
    """Accelerators that are known by name alone: their figures could not be verified and are not held."""
    return tuple(source_record("hardware")["left_out"])


def all_hardware() -> tuple[Hardware, ...]:
    """Every accelerator, by id."""
    return every_accelerator()


def region(provider: str, name: str) -> Region:
    """The region of a provider by its code, one of its zones (`us-east-1a`) or its place (`West Europe`).

    Raises Misuse with the nearest names where provider or region is not known.
    """
    code = provider_code(provider)
    known = {row.region: row for row in all_regions(code)}
    asked = name.strip().casefold()
    if (zone := _ZONE_OF_REGION.get(code)) and asked not in known and (match := zone.match(asked)):
        asked = match[1]
    if asked in known:
        return known[asked]
    placed = [row for row in known.values() if plainest(name) in (plainest(row.region), plainest(row.place))]
    if len(placed) == 1:
        return placed[0]
    near = _nearest(name, {text: row.region for row in known.values() for text in _places_of(row)})
    raise Misuse(
        f"there is no region '{name}' of {PROVIDERS[code]} in data/cloud_regions.csv",
        f"did you mean {' or '.join(near)}? " * bool(near) + f"'ghg ai regions --provider {code}' lists what is known",
        code="region-unknown",
    )


def regions_like(name: str, provider: str | None = None) -> tuple[Region, ...]:
    """Every region that a name may mean, of one provider or of all.

    It is the one of that code, else those of the country (`DE`), else those whose place or city has the name in it.
    Raises Misuse with the nearest names where there is none.
    """
    rows, asked = all_regions(provider), plainest(name)
    if same := [row for row in rows if plainest(row.region) == asked]:
        return tuple(same)
    if of_country := [row for row in rows if row.country.casefold() == asked]:
        return tuple(of_country)
    if asked and (found := [row for row in rows if any(asked in plainest(text) for text in _places_of(row))]):
        return tuple(found)
    if provider is not None:
        return (region(provider, name),)
    near = _nearest(name, {text: row.region for row in rows for text in _places_of(row)})
    raise Misuse(
        f"there is no region like '{name}' in data/cloud_regions.csv",
        f"did you mean {' or '.join(near)}?" if near else "'ghg ai regions' lists what is known",
        code="region-unknown",
    )


def measures(row: Region) -> tuple[Measure, ...]:
    """What the provider publishes about the region, by measure and year."""
    return tuple(one for one in every_measure() if (one.provider, one.region) == (row.provider, row.region))


def measure_of_year(row: Region, measure: str, year: int) -> Measure | None:
    """A region's pue, wue_l_per_kwh or cfe_share of a year: its own, else the newest before, else the first after.

    Look at its ``year``: it may be another than the one asked for. None where nothing is published.
    """
    of_it = [one for one in measures(row) if one.measure == measure]
    before = [one for one in of_it if one.year <= year]
    return before[-1] if before else next(iter(of_it), None)


def provider_code(name: str) -> str:
    """aws, azure or gcp. Raises Misuse for a provider whose regions are not held."""
    code = _PROVIDER_NAMES.get(plainest(name))
    if code is None:
        raise Misuse(
            f"no regions of the provider '{name}' are held",
            f"they are held for {', '.join(PROVIDERS)}; for others give country, grid region and PUE yourself",
            code="provider-unknown",
        )
    return code


def all_regions(provider: str | None = None) -> tuple[Region, ...]:
    """Every region, or those of one provider, by code. Raises Misuse for an unknown provider."""
    if provider is None:
        return every_region()
    code = provider_code(provider)
    return tuple(row for row in every_region() if row.provider == code)


def embodied(subject: str) -> tuple[Embodied, ...]:
    """What is known of a subject: an accelerator by any of its names, or a component (`dram:ddr4-10nm`).

    Empty for an accelerator without a figure, which is not zero. Raises Misuse where the subject is neither.
    """
    by_subject = _embodied_by_subject()
    code = subject.strip().casefold()
    if code in by_subject:
        return by_subject[code]
    if ":" in code:
        near = _nearest(code, {name: name for name in by_subject if ":" in name})
        raise Misuse(
            f"there is no component '{subject}' in data/embodied.csv",
            f"did you mean {' or '.join(near)}?" if near else "components are named like dram:ddr4-10nm",
            code="embodied-unknown",
        )
    return by_subject.get(hardware(subject).hardware_id, ())


def all_embodied() -> tuple[Embodied, ...]:
    """Every figure of embodied carbon, by kind and subject."""
    return every_embodied()


@functools.cache
def _embodied_by_subject() -> Mapping[str, tuple[Embodied, ...]]:
    found: dict[str, tuple[Embodied, ...]] = {}
    for row in every_embodied():
        found[row.subject] = (*found.get(row.subject, ()), row)
    return found


def _names_of(part: Hardware) -> tuple[str, ...]:
    return (part.hardware_id, part.name, *part.aliases)


@functools.cache
def _words_of(part: Hardware) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """The words of each name, and those that may stand beside them: memory and form, where they are this part's."""
    memory = f"{part.memory_gb:f}gb" if part.memory_gb else ""
    beside = words(f"{part.form_factor} {memory}")
    return tuple((words(text), beside) for text in _names_of(part))


@functools.cache
def _spoken() -> Mapping[str, str]:
    """What tells each accelerator apart → its id."""
    return {
        " ".join(sorted(words(text))): part.hardware_id
        for part in every_accelerator()
        for text in (part.name, *part.aliases)
    }


def _places_of(row: Region) -> tuple[str, ...]:
    return (row.region, row.place, row.city, row.subdivision)


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    more = f" or {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + more


def _nearest(asked: str, known: Mapping[str, str], count: int = 3) -> list[str]:
    """What the names most like the one asked stand for, the likeliest first."""
    from rapidfuzz import fuzz, process

    folded = {text: text.casefold() for text in known if text}
    alike = process.extract(asked.casefold(), folded, scorer=fuzz.WRatio, limit=12, score_cutoff=75)
    return list(dict.fromkeys(known[text] for _, _, text in alike))[:count]
