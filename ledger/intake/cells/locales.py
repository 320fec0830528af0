"""How people write numbers and dates, by locale: declared by whoever uploads, never guessed from cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ledger.errors import Misuse

_BLANKS = " \u00a0\u202f"


@dataclass(frozen=True, slots=True)
class Locale:
    """Decimal mark, the marks that may part thousands, and the order of day, month and year (None: not told)."""

    code: str
    decimal: str
    groups: str
    order: str | None
    point_may_group: bool = False

    @property
    def undeclared(self) -> bool:
        """Whether nobody said how the file writes: only what is unambiguous is read."""
        return not self.code

    @property
    def example(self) -> str:
        """A number as this locale writes it."""
        return f"1{self.groups[0]}234{self.decimal}5" if self.groups else f"1234{self.decimal}5"


PLAIN = Locale("", ".", "", None)
"""What is read without a locale: digits with a decimal point, ISO dates."""

PLAIN_BESIDE_SEMICOLONS = replace(PLAIN, point_may_group=True)
"""The same where semicolons part the cells: who writes so often has a decimal comma, and 1.234 may be 1234."""

LOCALES: Mapping[str, Locale] = {
    locale.code: locale
    for locale in (
        Locale("en", ".", ",", None),
        Locale("en-GB", ".", ",", "dmy"),
        Locale("en-IE", ".", ",", "dmy"),
        Locale("en-AU", ".", ",", "dmy"),
        Locale("en-NZ", ".", ",", "dmy"),
        Locale("en-SG", ".", ",", "dmy"),
        Locale("en-US", ".", ",", "mdy"),
        Locale("de", ",", ".", "dmy"),
        Locale("de-AT", ",", "." + _BLANKS, "dmy"),
        Locale("de-CH", ".", "’'", "dmy"),
        Locale("fr", ",", _BLANKS, "dmy"),
        Locale("fr-CH", ",", _BLANKS + "’'", "dmy"),
        Locale("es", ",", "." + _BLANKS, "dmy"),
        Locale("it", ",", ".", "dmy"),
        Locale("nl", ",", ".", "dmy"),
        Locale("pt", ",", "." + _BLANKS, "dmy"),
        Locale("pl", ",", _BLANKS, "dmy"),
        Locale("cs", ",", _BLANKS, "dmy"),
        Locale("da", ",", ".", "dmy"),
        Locale("nb", ",", _BLANKS, "dmy"),
        Locale("fi", ",", _BLANKS, "dmy"),
        Locale("sv", ",", _BLANKS, "ymd"),
        Locale("ja", ".", ",", "ymd"),
        Locale("zh", ".", ",", "ymd"),
    )
}
"""Conventions of the Unicode CLDR for number marks and short dates, of the languages that uploads came in."""


def locale_of(code: str | None) -> Locale:
    """The conventions of a locale; those of ISO and plain digits where none is declared.

    `de-DE` falls back to `de`. Raises Misuse for a locale that is not known.
    """
    if code is None:
        return PLAIN
    by_folded = {name.casefold(): locale for name, locale in LOCALES.items()}
    written = code.replace("_", "-").casefold()
    found = by_folded.get(written)
    if found is None and written.partition("-")[0] != "en":
        found = by_folded.get(written.partition("-")[0])
    if found is None:
        raise Misuse(f"the locale '{code}' is not known", "known locales: " + ", ".join(LOCALES))
    return found
