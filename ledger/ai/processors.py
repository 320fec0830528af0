"""What draws the power: an accelerator by name, its power as a point or a range, and its manufacture."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ledger.ai import catalogue
from ledger.ai.catalogue import Hardware
from ledger.ai.interval import Interval, interval
from ledger.errors import Misuse


@dataclass(frozen=True, slots=True)
class Processor:
    """An accelerator, or the variants that a short name may mean.

    Attributes:
        name: as it is told.
        parts: the rows of `data/hardware.csv`; none where only its power is known.
        power_w: W of one: given, a typical range with its source, or board power; a range over the variants.
        power_source: where that is from, and what kind of power it is.
        is_ceiling: whether it is board power, which a run does not draw all the time.
    """

    name: str
    parts: tuple[Hardware, ...]
    power_w: Interval
    power_source: str
    is_ceiling: bool
    notes: tuple[str, ...]


def processor(name: str, power_w: Decimal | None) -> Processor:
    """The accelerator of a name; with a power given, that power.

    Raises:
        Misuse: a name that is not known and no power, or a part whose power nobody states.
    """
    parts = catalogue.variants(name)
    if power_w is not None:
        if power_w <= 0:
            raise Misuse(f"a power of {power_w} W", "give the draw of one accelerator in watts, above 0")
        notes = () if parts else (f"'{name}' is not in data/hardware.csv: its manufacture is not known here",)
        return Processor(_told(name, parts), parts, interval(power_w), "given", False, notes)
    if not parts:
        catalogue.hardware(name)  # says what is near, or why it is not held
    unknown = [part.hardware_id for part in parts if part.board_power_w is None and part.typical_power_low_w is None]
    if unknown:
        raise Misuse(
            f"no source states the power of {', '.join(unknown)}",
            "give it with --power, from a meter or the data sheet",
        )
    notes = ()
    if len(parts) > 1:
        named = ", ".join(f"{part.hardware_id} ({_watts(part)} W)" for part in parts)
        notes = (f"'{name}' is {len(parts)} boards, so figures are ranges; name one to narrow them: {named}",)
    return _by_data(name, parts, notes)


def _by_data(name: str, parts: tuple[Hardware, ...], notes: tuple[str, ...]) -> Processor:
    if all(part.typical_power_low_w is not None and part.typical_power_high_w is not None for part in parts):
        low = min(part.typical_power_low_w for part in parts if part.typical_power_low_w is not None)
        high = max(part.typical_power_high_w for part in parts if part.typical_power_high_w is not None)
        sources = "; ".join(dict.fromkeys(part.typical_power_source for part in parts))
        return Processor(_told(name, parts), parts, Interval(low, high), f"measured range: {sources}", False, notes)
    powers = [part.board_power_w for part in parts if part.board_power_w is not None]
    backed = sorted({part.verification_of("board_power_w") for part in parts})
    source = f"board power, a ceiling; data/hardware.csv, {' and '.join(backed)}"
    return Processor(_told(name, parts), parts, Interval(min(powers), max(powers)), source, True, notes)


def _told(name: str, parts: tuple[Hardware, ...]) -> str:
    return parts[0].name if len(parts) == 1 else name


def _watts(part: Hardware) -> str:
    return "?" if part.board_power_w is None else f"{part.board_power_w:f}"
