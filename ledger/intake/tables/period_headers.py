"""Headers that name a month, a quarter or a year, in the words of six languages, with the unit beside it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from ledger import units

Grain = Literal["months", "quarters", "years"]

_MONTHS = (
    "jan|january|januar|janner|janvier|janv|enero|ene|gennaio|gen|januari",
    "feb|february|februar|feber|fevrier|fevr|fev|febrero|febbraio|februari",
    "mar|march|marz|mrz|maerz|mars|marzo|maart|mrt",
    "apr|april|avril|avr|abril|abr|aprile",
    "may|mai|mayo|maggio|mag|mei",
    "jun|june|juni|juin|junio|giugno|giu",
    "jul|july|juli|juillet|juil|julio|luglio|lug",
    "aug|august|aout|agosto|ago|augustus",
    "sep|sept|september|septembre|septiembre|settembre|set",
    "oct|october|oktober|okt|octobre|octubre|ottobre|ott",
    "nov|november|novembre|noviembre",
    "dec|december|dezember|dez|decembre|diciembre|dic|dicembre",
)
"""The months in English, German, French, Spanish, Italian and Dutch, without accents; no word means two months."""

_NUMBER_OF = {word: number for number, words in enumerate(_MONTHS, start=1) for word in words.split("|")}
_ISO_MONTH = re.compile(r"((?:19|20)\d\d)[-/. ](\d{1,2})(?:[-/.](\d\d)(?:[ T]00:00(?::00)?)?)?")
_MONTH_FIRST = re.compile(r"(\d{1,2})[-/. ]((?:19|20)\d\d)")
_QUARTER = re.compile(r"(?:q|quarter ?|quartal ?|t|trimestre ?)([1-4])|([1-4])\.? ?(?:q|quarter|quartal|trimestre)")
_YEAR = re.compile(r"(?:year |jahr |annee )?((?:19|20)\d\d)")
_BRACKETED = re.compile(r"^(?P<base>.*?)\s*[(\[](?P<unit>[^()\[\]]+)[)\]]\s*$", re.DOTALL)
_SPOKEN = re.compile(r"^(?P<base>.+?)(?:\s+(?:in|en)\s+|\s*/\s*|,\s*|\s+)(?P<unit>\S+)\s*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PeriodHeader:
    """What a header names: the month, quarter or year, whose year (None where it does not say), and the unit beside."""

    grain: Grain
    number: int
    year: int | None
    unit: str | None = None

    def given(self, year: int | None) -> dict[str, str]:
        """The cells that say this period in rows made of the column; ``year`` stands in for one that is not told."""
        of = self.year if self.year is not None else year
        named = "" if of is None else f"{of}-"
        made = {
            "months": {"month": f"{named}{self.number:02d}"},
            "quarters": {"quarter": f"{named}Q{self.number}"},
            "years": {"year": str(self.number)},
        }[self.grain]
        return made | ({"unit": self.unit} if self.unit else {})

    @property
    def months(self) -> frozenset[int]:
        """The months that it covers, 1 to 12."""
        if self.grain == "months":
            return frozenset({self.number})
        if self.grain == "quarters":
            return frozenset(range(3 * self.number - 2, 3 * self.number + 1))
        return frozenset(range(1, 13))


def period_header(text: str) -> PeriodHeader | None:
    """The month, quarter or year that a header names and nothing else but a unit; None for any other header.

    `Jan`, `Jan 2026`, `Jan-26`, `2026-01`, `01/2026`, `Januar`, `janv.`, `Q1 2026`, `2026`, `Jan (kWh)`. A date is
    its month only where it is the first of one, as a workbook stores `Jan 26`; `FY2023` is no calendar year.
    """
    plain = _plain(text)
    found = _bare_period(plain)
    if found is not None:
        return found
    base, unit = without_unit(text)
    inner = _bare_period(_plain(base)) if unit else None
    return None if inner is None else PeriodHeader(inner.grain, inner.number, inner.year, unit)


def without_unit(header: str) -> tuple[str, str | None]:
    """A header without the unit that it names, and that unit's code; `Gas (kWh)`, `Strom [MWh]`, `Diesel in litres`.

    A unit is spelled as in a unit column; a last word that is none stays where it is.
    """
    for pattern in (_BRACKETED, _SPOKEN):
        found = pattern.fullmatch(header.strip())
        if found is None:
            continue
        code = units.code_of(found["unit"])
        if code is not None and re.search(r"[^\W\d_]|\d{4}", found["base"]):
            return found["base"].strip(" ,:-–"), code
    return header, None


def _plain(text: str) -> str:
    """Without accents, case, and points or apostrophes of abbreviation."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(bare.replace("'", " ").replace("’", " ").split())


def _bare_period(plain: str) -> PeriodHeader | None:
    if found := _ISO_MONTH.fullmatch(plain):
        whole = 1 <= int(found[2]) <= 12 and found[3] in (None, "01")
        return PeriodHeader("months", int(found[2]), int(found[1])) if whole else None
    if found := _MONTH_FIRST.fullmatch(plain):
        return PeriodHeader("months", int(found[1]), int(found[2])) if 1 <= int(found[1]) <= 12 else None
    if found := _YEAR.fullmatch(plain):
        return PeriodHeader("years", int(found[1]), int(found[1]))
    words = re.split(r"[\s./_-]+", plain.strip(". "))
    years = [word for word in words if re.fullmatch(r"(?:19|20)\d\d", word)]
    rest = [word for word in words if word not in years]
    short = [word for word in rest if re.fullmatch(r"\d\d", word)]
    if len(rest) == 2 and not years and len(short) == 1 and rest[1] == short[0]:
        years, rest = [f"20{short[0]}"], [rest[0]]
    if len(years) > 1 or not rest:
        return None
    year = int(years[0]) if years else None
    if len(rest) == 1 and rest[0] in _NUMBER_OF:
        return PeriodHeader("months", _NUMBER_OF[rest[0]], year)
    if quarter := _QUARTER.fullmatch(" ".join(rest)):
        return PeriodHeader("quarters", int(quarter[1] or quarter[2]), year)
    return None
