"""How figures are written: the only place that rounds.

One rule, half away from zero, applied to unrounded values. A shown total is the rounded total, never
the sum of rounded parts; ``rounding_gap`` says by how much the shown parts miss it, so that the
document can print a note. On screen and paper thousands are parted by U+202F, minus is U+2212 and the
decimal mark is that of the language; files carry plain notation (``amount``).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ledger.disclosure.words.texts import text
from ledger.inventory.exact import WIDE, exact_difference, exact_sum

THIN_SPACE = "\u202f"
MINUS = "\u2212"
KG_PER_TONNE = Decimal(1000)
KWH_PER_MWH = Decimal(1000)


def rounded(value: Decimal, places: int) -> Decimal:
    """``value`` at ``places`` decimals, half away from zero (0.05 → 0.1, −0.05 → −0.1)."""
    return value.quantize(Decimal(1).scaleb(-places), context=WIDE)


def amount(value: Decimal | None) -> str | None:
    """The exact value in plain notation, trailing zeros stripped; None stays None (never "0")."""
    if value is None:
        return None
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def grouped(value: Decimal, places: int) -> str:
    """``value`` for people: rounded, thousands parted, true minus; an exact zero is "0"."""
    if value == 0:
        return "0"
    shown = rounded(value, places)
    digits = format(shown.copy_abs(), f",.{places}f").replace(",", THIN_SPACE).replace(".", text("decimal_mark"))
    return f"{MINUS}{digits}" if shown < 0 else digits


def tonnes(mass_kg: Decimal, places: int = 1) -> str:
    """A mass in kg shown in tonnes, one decimal unless told otherwise."""
    return grouped(WIDE.divide(mass_kg, KG_PER_TONNE), places)


def megawatt_hours(energy_kwh: Decimal, places: int = 1) -> str:
    """An energy in kWh shown in MWh."""
    return grouped(WIDE.divide(energy_kwh, KWH_PER_MWH), places)


def significant(value: Decimal, figures: int = 3) -> str:
    """``value`` at so many significant figures: 1 234 567 → "1 230 000", 0.012345 → "0.0123"."""
    if value == 0:
        return "0"
    places = figures - 1 - value.adjusted()
    if rounded(value, places).adjusted() > value.adjusted():
        places -= 1  # 9 996 became 10 000: one place less is significant
    return grouped(rounded(value, places), max(places, 0))


def card_tonnes(mass_kg: Decimal) -> str:
    """A mass in kg shown in tonnes at three significant figures, for cards and chart labels."""
    return significant(WIDE.divide(mass_kg, KG_PER_TONNE))


def percent(ratio: Decimal, places: int = 1) -> str:
    """A ratio shown in per cent: 0.1234 → "12.3 %"."""
    return f"{grouped(ratio.scaleb(2, context=WIDE), places)}{THIN_SPACE}%"


def signed(text: str) -> str:
    """A shown number with its plus sign, for differences; zero and minus stay as they are."""
    return text if text.startswith(MINUS) or text.strip("0.,%" + THIN_SPACE) == "" else f"+{text}"


def change_ratio(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """(now − before) ÷ |before| to 12 decimals; None where either is unknown or before is 0."""
    if now is None or before is None or before == 0:
        return None
    return rounded(WIDE.divide(exact_difference(now, before), before.copy_abs()), 12)


def quotient(dividend: Decimal, divisor: Decimal) -> Decimal:
    """``dividend`` ÷ ``divisor`` to 18 decimals, for shares and effects that are shown, not posted."""
    return rounded(WIDE.divide(dividend, divisor), 18)


def product(first: Decimal, second: Decimal) -> Decimal:
    """``first`` × ``second`` to the last digit."""
    return WIDE.multiply(first, second)


def thousandth(value: Decimal) -> Decimal:
    """The tonnes of a mass in kg, or the MWh of an energy in kWh, to the last digit."""
    return value.scaleb(-3, context=WIDE)


def rounding_gap(parts: Iterable[Decimal | None], total: Decimal | None, places: int = 1) -> bool:
    """Whether the shown parts (kg, in tonnes) do not add up to the shown total, by rounding alone."""
    known = [part for part in parts if part is not None]
    if total is None or not known:
        return False
    shown = exact_sum(rounded(WIDE.divide(part, KG_PER_TONNE), places) for part in known)
    return shown != rounded(WIDE.divide(total, KG_PER_TONNE), places)
