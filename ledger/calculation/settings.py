"""The policies of a ledger by name: what each is for, which values it takes, and from when it can hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from ledger import shipped
from ledger.calculation.policy import DEFAULTS
from ledger.errors import Misuse
from ledger.store import Session

GWP_SETS = ("AR4", "AR5", "AR6")
FIRST_YEAR, LAST_YEAR = 1990, 2100
_LEI_LENGTH = 20
LEAST_CONTRAST = 4.5
LEAST_PCT, MOST_PCT = Decimal("0.1"), Decimal(50)


@dataclass(frozen=True, slots=True)
class SettingKind:
    """A policy: its name, what it decides, its values in words, and how a value is checked and normalised.

    ``dated`` policies may hold from a day on, and a period has those in force on its last day. The others decide
    calculations: they hold for everything that is open, from the act on, and what is closed keeps what it has. The
    value of one that is a ``file`` is the SHA-256 of what is kept of it.
    """

    name: str
    about: str
    values: str
    checked: Callable[[Session, str], str | None]
    dated: bool = True
    recalculates: bool = False
    file: bool = False


def _one_of(*allowed: str) -> Callable[[Session, str], str | None]:
    return lambda _s, value: value if value in allowed else None


def _text(_s: Session, value: str) -> str | None:
    return value.strip() or None


def _lei(_s: Session, value: str) -> str | None:
    """A legal entity identifier with its check digits (ISO 17442-1:2020; ISO/IEC 7064, MOD 97-10).

    Raises Misuse where it has the form of one and its check digits are wrong.
    """
    lei = value.strip().upper()
    if len(lei) != _LEI_LENGTH or not lei.isalnum() or not lei.isascii():
        return None
    if int("".join(str(int(sign, 36)) for sign in lei)) % 97 != 1:
        raise Misuse(
            f"lei does not take '{value}': its check digits are wrong",
            "compare it with the register, sign by sign; the last two are worked out from the others",
        )
    return lei


def _year(_s: Session, value: str) -> str | None:
    return value if value.isdecimal() and len(value) == 4 and FIRST_YEAR <= int(value) <= LAST_YEAR else None


def _percent(_s: Session, value: str) -> str | None:
    try:
        number = Decimal(value.strip().removesuffix("%").strip())
    except InvalidOperation:
        return None
    fits = number.is_finite() and LEAST_PCT <= number <= MOST_PCT
    return format(number, "f") if fits else None


def _language(_s: Session, value: str) -> str | None:
    return value.lower() if value.lower() in shipped.languages() else None


def _colour(_s: Session, value: str) -> str | None:
    """A colour that can be read on white paper (WCAG 2.2, 1.4.3: 4.5 : 1); nothing takes it off again.

    Raises Misuse where it is a colour and too light.
    """
    colour = value.strip().lower()
    if not re.fullmatch("#[0-9a-f]{6}", colour):
        return colour if colour == "" else None
    ratio = 1.05 / (_luminance(colour) + 0.05)
    if ratio < LEAST_CONTRAST:
        raise Misuse(
            f"report_colour does not take '{value}': on white it has a contrast of {ratio:.1f} : 1",
            f"take a darker one; text needs {LEAST_CONTRAST} : 1",
        )
    return colour


def _luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`, 0 to 1 (WCAG 2.2, definition)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _digest(_s: Session, value: str) -> str | None:
    return value if value == "" or re.fullmatch("[0-9a-f]{64}", value) else None


def _month_day(_s: Session, value: str) -> str | None:
    try:
        start = date.fromisoformat(f"2024-{value}")
    except ValueError:
        return None
    return value if start.day == 1 else None


def _datasets(s: Session, value: str) -> str | None:
    names = [name.strip() for name in value.split(",") if name.strip()]
    known = {row[0] for row in s.rows("select distinct dataset from factor_dataset")}
    return ",".join(names) if set(names) <= known else None


def _price_index(s: Session, value: str) -> str | None:
    known = s.rows("select 1 from metric where name = ? limit 1", [f"price_index:{value}"])
    return value if known else None


def _price_area(s: Session, value: str) -> str | None:
    known = s.rows("select 1 from metric where name like 'price_index:%' and area = ? limit 1", [value])
    return value if known else None


KINDS = (
    SettingKind("organisation", "the name that reports bear", "any text", _text),
    SettingKind("lei", "the legal entity identifier that tagged statements name", "20 letters and digits", _lei),
    SettingKind("gwp", "warming of gases that factors give as masses", "AR4, AR5 or AR6", _one_of(*GWP_SETS),
                dated=False, recalculates=True),
    SettingKind("gwp_policy", "published totals of another GWP set stand, or are restated",
                "published or restate", _one_of("published", "restate"), dated=False, recalculates=True),
    SettingKind("fiscal_year_start", "what FY2026 means", "the first day of a month, like 04-01", _month_day,
                dated=False, recalculates=True),
    SettingKind("preferred_datasets", "datasets whose factors come before the national ones",
                "datasets of this ledger, joined by commas (ghg factors list), or nothing", _datasets,
                dated=False, recalculates=True),
    SettingKind("price_index", "which index brings spend to a factor's price year",
                "an indicator with rows here (metric price_index:…)", _price_index, dated=False, recalculates=True),
    SettingKind("price_index_area", "the area of that index", "an area with index rows here, like USA", _price_area,
                dated=False, recalculates=True),
    SettingKind("time_basis", "yearly factors, or factors by the hour where both sides have them",
                "yearly", _one_of("yearly"), dated=False, recalculates=True),
    SettingKind("instrument_spread", "pooled instruments cover a year's months alike, or its first ones first",
                "pro_rata or chronological", _one_of("pro_rata", "chronological"), dated=False, recalculates=True),
    SettingKind("single_person", "whoever submits a period may also approve it; every figure says so",
                "on or off", _one_of("on", "off"), dated=False),
    SettingKind("base_year", "the year that progress is measured against", f"a year, {FIRST_YEAR} to {LAST_YEAR}",
                _year),
    SettingKind("base_year_reason", "why that year", "any text", _text),
    SettingKind("base_year_threshold_pct", "from which effect on a base year's figure a recalculation is asked for",
                f"per cent, {LEAST_PCT} to {MOST_PCT}", _percent),
    SettingKind("base_year_convention", "a change of structure within a year counts for all of it, or from its day",
                "all_year or pro_rata", _one_of("all_year", "pro_rata")),
    SettingKind("report_language", "the language of documents", f"{' or '.join(shipped.languages())}", _language),
    SettingKind("report_colour", "the company's colour on covers and in heads of documents",
                "a colour like #14694e, or nothing", _colour),
    SettingKind("report_logo", "the company's logo on covers", "a PNG file, or nothing", _digest, file=True),
)  # fmt: skip
"""Every policy that can be set; the consolidation approach is that of the founding, views are chosen at read."""


def setting_kind(name: str) -> SettingKind:
    """The policy of a name. Raises Misuse for one that is not there."""
    found = next((kind for kind in KINDS if kind.name == name), None)
    if found is None:
        raise Misuse(f"there is no setting '{name}'", "settings: " + ", ".join(kind.name for kind in KINDS))
    return found


def checked_value(s: Session, name: str, value: str) -> str:
    """The value as it is recorded. Raises Misuse for an unknown setting or a value that it does not take."""
    kind = setting_kind(name)
    if name == "preferred_datasets" and not value.strip():
        return ""
    found = kind.checked(s, value)
    if found is None:
        raise Misuse(f"{name} does not take '{value}'", f"give {kind.values}")
    return found


def default_of(name: str) -> str:
    """What holds where nothing was set."""
    return DEFAULTS[name]
