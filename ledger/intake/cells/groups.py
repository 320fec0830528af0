"""Cells that name several facilities at once: `LON+MAN`, or with stated shares `LON:60+MAN:40`."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from ledger.intake.cells.lookups import Meaning, lookup_of
from ledger.intake.known import Known
from schemas.columns import COLUMNS

JOINED, WEIGHED = "\x1f", "\x1e"
"""What stands between the codes of a group and before a share, once read: identifiers hold no control character."""
STEP = Decimal("0.000001")
"""The last decimal of a quantity."""


def facility_or_group(known: Known, text: str) -> Meaning:
    """The facility that a text names, or the group; codes joined by `+`, each with its stated share."""
    group = group_of(known, text)
    if group is not None:
        return group
    lookup = lookup_of(COLUMNS["facility_id"], known)
    return lookup(text) if lookup else Meaning(text)


def group_of(known: Known, text: str) -> Meaning | None:
    """A cell that names several facilities (`LON+MAN`, `LON:60+MAN:40`), as their codes; None where it names one."""
    if "+" not in text or text in known.facility_spellings:
        return None
    made: dict[str, str] = {}
    for part in text.split("+"):
        name, weight = _name_and_weight(known, part)
        code = known.facility_spellings.get(name)
        if code is None:
            return Meaning(code="facility-unknown", words={"near": f"“{name}” of the group is none; "})
        if code in made or (weight and weight_of(weight) is None):
            return Meaning(code="facility-group-not-read")
        made[code] = WEIGHED + weight.strip().rstrip("%").strip() if weight else ""
    return Meaning(JOINED.join(f"{code}{weight}" for code, weight in made.items()))


def _name_and_weight(known: Known, part: str) -> tuple[str, str]:
    """The name of a part of a group, and the share stated behind its colon."""
    whole = part.strip()
    if whole in known.facility_spellings:
        return whole, ""
    name, _, weight = whole.partition(":")
    return name.strip(), weight


def weight_of(text: str) -> Decimal | None:
    """A stated share, above zero and with at most six decimals, with a per cent sign or not; None for any other."""
    try:
        weight = Decimal(text.strip().rstrip("%").strip())
    except InvalidOperation:
        return None
    return weight if weight.is_finite() and weight > 0 and weight == weight.quantize(STEP) else None


def unknown_in(known: Known, text: str) -> list[str]:
    """The names of a group that are no facility; the text itself where it is no group."""
    if "+" not in text:
        return [text]
    names = [_name_and_weight(known, part)[0] for part in text.split("+")]
    return [name for name in names if name and name not in known.facility_spellings]
