"""Cells that name something known: what each distinct text means, or the finding that it makes.

Distinct texts are few, so they are looked up one by one here; rows are then mapped as a set.
"""

from __future__ import annotations

import functools
import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger import units
from ledger.intake.cells.texts import hidden_in
from ledger.intake.faults import near_words
from ledger.intake.following.formulas import formulas
from ledger.intake.known import Known, countries, folded
from schemas.column import Column

YES = frozenset({"yes", "y", "true", "1", "ja", "wahr", "oui", "vrai", "x"})
NO = frozenset({"no", "n", "false", "0", "nein", "falsch", "non", "faux"})
NEAR = 60
"""Likeness (0–100) from which a known name is proposed for an unknown one."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a text means: a value, or a finding code with the words of its message."""

    value: Any = None
    code: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)


Lookup = Callable[[str], Meaning]


def lookup_of(column: Column, known: Known) -> Lookup | None:
    """How the texts of a column are looked up; None for a column of free text, of numbers or of dates."""
    if column.name in _NAMED:
        return functools.partial(_NAMED[column.name], known)
    if column.type == "boolean":
        return functools.partial(_boolean, column)
    if column.values:
        return functools.partial(_value, column)
    if column.type == "integer":
        return _integer
    return None


def meanings(texts: list[str], lookup: Lookup) -> dict[str, Meaning]:
    """The meaning of each text; one that hides characters is a finding whatever it would mean."""
    found = {}
    for text in texts:
        hidden = hidden_in(text)
        found[text] = Meaning(code=hidden) if hidden else lookup(" ".join(text.split()))
    return found


def _value(column: Column, text: str) -> Meaning:
    plain = folded(text)
    for value, others in column.values.items():
        if plain in {folded(value), *map(folded, others)} or _whole(plain) == value:
            return Meaning(int(value) if column.type == "integer" else value)
    return Meaning(code="value-not-allowed", words={"allowed": ", ".join(column.values)})


def _boolean(_column: Column, text: str) -> Meaning:
    plain = text.casefold()
    if plain in YES or plain in NO:
        return Meaning(plain in YES)
    return Meaning(code="value-not-allowed", words={"allowed": "yes, no"})


def _integer(text: str) -> Meaning:
    whole = _whole(text)
    if whole is None or len(whole) > 9:
        return Meaning(code="number-not-read", words={"example": "2026"})
    return Meaning(int(whole))


def _whole(text: str) -> str | None:
    """Digits of a whole number, also where a workbook made 3.0 of it."""
    found = re.fullmatch(r"(\d+)(?:\.0+)?", text)
    return found[1] if found else None


def _activity_type(known: Known, text: str) -> Meaning:
    codes = known.type_spellings.get(folded(text), ())
    if len(codes) == 1:
        return Meaning(codes[0])
    if codes:
        return Meaning(code="activity-type-ambiguous", words={"meanings": " or ".join(codes)})
    return Meaning(code="activity-type-unknown", words={"near": near_words(near_types(known, text))})


def near_types(known: Known, text: str) -> list[str]:
    """Codes of the catalogue whose spelling is most like a text."""
    from rapidfuzz import fuzz, process

    alike = process.extract(folded(text), list(known.type_spellings), scorer=fuzz.WRatio, limit=6, score_cutoff=NEAR)
    return list(dict.fromkeys(code for spelling, _, _ in alike for code in known.type_spellings[spelling]))[:3]


def _unit(_known: Known, text: str) -> Meaning:
    code = units.code_of(text)
    if code is not None:
        return Meaning(code)
    return Meaning(code="unit-unknown", words={"near": near_words(units.nearest(text))})


def _currency(_known: Known, text: str) -> Meaning:
    code = units.code_of(text) or units.code_of(text.upper())
    return Meaning(code) if code in units.currencies() else Meaning(code="currency-unknown")


def _facility(known: Known, text: str) -> Meaning:
    """One facility by id or name."""
    return _registered(known.facility_spellings, text, "facility-unknown")


def _legal_entity(known: Known, text: str) -> Meaning:
    return _registered(known.entity_spellings, text, "legal-entity-unknown")


def _registered(spellings: Mapping[str, str], text: str, code: str) -> Meaning:
    if text in spellings:
        return Meaning(spellings[text])
    return Meaning(code=code, words={"near": near_words(_nearest(text, list(spellings)))})


def _country(_known: Known, text: str) -> Meaning:
    code = countries().get(folded(text))
    if code is not None:
        return Meaning(code)
    names = [name for name in countries() if len(name) > 3]
    return Meaning(code="country-unknown", words={"near": near_words(_nearest(folded(text), names))})


def _timezone(_known: Known, text: str) -> Meaning:
    return Meaning(text) if text in _timezones() else Meaning(code="timezone-unknown")


@functools.cache
def _timezones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _factor(known: Known, text: str) -> Meaning:
    return Meaning(text) if text in known.factors else Meaning(code="factor-unknown")


def _contract(known: Known, text: str) -> Meaning:
    return Meaning(text, None if text in known.instruments else "contract-unknown")


def _formula(_known: Known, text: str) -> Meaning:
    """A formula by its name; where its expression is given too, it must be ours."""
    name, _, expression = (part.strip() for part in text.partition(":"))
    formula = formulas().get(name.casefold().replace(" ", "_"))
    if formula is None:
        return Meaning(code="formula-unknown", words={"near": near_words(_nearest(name, list(formulas())))})
    if expression and expression != formula.expression:
        return Meaning(code="formula-differs", words={"name": formula.name, "expected": formula.expression})
    return Meaning(formula.text)


def _document(known: Known, text: str) -> Meaning:
    """A document by its SHA-256, or by the name of one that the ledger keeps."""
    found = known.documents.get(text, ())
    if len(found) == 1:
        return Meaning(found[0])
    if re.fullmatch(r"[0-9a-fA-F]{64}", text):
        kept = text.lower() in known.documents
        return Meaning(text.lower(), None if kept else "evidence-not-kept")
    return Meaning(code="evidence-unknown")


def _nearest(text: str, names: list[str]) -> list[str]:
    from rapidfuzz import fuzz, process

    return [name for name, _, _ in process.extract(text, names, scorer=fuzz.ratio, limit=3, score_cutoff=NEAR)]


_NAMED: Mapping[str, Callable[[Known, str], Meaning]] = {
    "activity_type": _activity_type,
    "unit": _unit,
    "per_unit": _unit,
    "currency": _currency,
    "facility_id": _facility,
    "legal_entity_id": _legal_entity,
    "parent": _legal_entity,
    "child": _legal_entity,
    "country": _country,
    "timezone": _timezone,
    "factor_id": _factor,
    "fuel_factor_id": _factor,
    "fuel_unit": _unit,
    "contract_id": _contract,
    "formula": _formula,
    "evidence_sha256": _document,
}
