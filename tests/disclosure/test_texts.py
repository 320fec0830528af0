from __future__ import annotations

import re
import tomllib
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from string import Formatter

import pytest

from ledger.disclosure.words import numbers, texts
from ledger.errors import Misuse
from ledger.shipped import languages

ROOT = Path(__file__).parent.parent.parent
# Names that are put together from a code: the part before the code.
COMPOSED = (
    "unit_of",
    "month", "choice", "flag", "why", "line", "source", "severity", "view", "verification", "status", "sheet_about",
    "compare_reason", "compare_section",
    "card", "reconciliation", "factors", "findings", "gap", "column", "audit", "gas", "category", "section",
    "reason", "where", "method_gwp", "scope", "total", "quality", "outside", "used", "rank", "carrier", "told",
    "screening", "method_of", "placement", "group", "price_type", "measure", "credits", "removals", "restated",
    "cause", "decided", "chapter", "iso", "energy_fuel", "energy_purchased", "index", "level", "statement",
    "amount", "ai_choice", "approach", "metric", "posting", "register", "sheet",
    "energy_produced", "ai_stage", "ai_unit", "centre", "chart", "answer", "sci_ai",
)  # fmt: skip


def test_every_text_is_used_and_every_used_text_exists():
    """The catalogue holds what the documents say and nothing else."""
    names = set(tomllib.loads((ROOT / "reports/templates/texts/en.toml").read_text("utf-8")))
    sources = [*(ROOT / "ledger/disclosure").rglob("*.py"), *(ROOT / "reports/templates").rglob("*.j2")]
    code = "\n".join(path.read_text("utf-8") for path in sources)
    called = set(re.findall(r'\bt(?:ext)?\("([a-z0-9_]+)"', code))
    assert called <= names
    mentioned = set(re.findall(r"""["']([a-z0-9_]+)["']""", code))
    composed = tuple(f"{part}_" for part in COMPOSED)
    assert {name for name in names - mentioned if not name.startswith(composed)} <= {"sub_line_1_1"}


def test_a_missing_text_is_an_error():
    """No empty space where a sentence should stand; no language that is not there."""
    with pytest.raises(KeyError):
        texts.text("never_written")
    with pytest.raises(Misuse, match="'xx'"), texts.spoken("xx"):
        pass
    assert texts.language() == "en"


def _catalogue(code: str) -> dict[str, str]:
    held = tomllib.loads((ROOT / f"reports/templates/texts/{code}.toml").read_text("utf-8"))
    return {name: words for name, words in held.items() if isinstance(words, str)}


def _blanks(words: str) -> Counter[str]:
    return Counter(field for _, field, _, _ in Formatter().parse(words) if field is not None)


@pytest.mark.parametrize("code", [code for code in languages() if code != "en"])
def test_every_language_says_what_english_says(code):
    """The same names with the same blanks, in the order of the document; no name without words, none in English."""
    english, other = _catalogue("en"), _catalogue(code)
    assert list(other) == list(english)
    assert {name: _blanks(words) for name, words in other.items()} == {n: _blanks(w) for n, w in english.items()}
    assert [name for name, words in english.items() if words and not other[name]] == []
    letters = {name: re.findall(r"[a-z]{2,}", re.sub("{.*?}", "", words)) for name, words in english.items()}
    assert [name for name, words in letters.items() if len(words) > 2 and other[name] == english[name]] == []


def test_a_language_is_spoken_within_alone():
    """Numbers, months and sentences change together, also when it ends in an error."""
    with texts.spoken("de"):
        assert texts.span(date(2026, 7, 1), date(2026, 9, 30)) == "1. Juli bis 30. September 2026"
        assert numbers.grouped(Decimal("-1234.56"), 1) == "\u22121\u202f234,6"
        assert numbers.signed(numbers.percent(Decimal("0.0"))) == "0\u202f%"
    with pytest.raises(ZeroDivisionError), texts.spoken("de"):
        raise ZeroDivisionError
    assert numbers.grouped(Decimal("1234.56"), 1) == "1\u202f234.6"


def test_dates_are_words_in_any_locale():
    """Dates do not follow the machine."""
    assert texts.span(date(2026, 7, 1), date(2026, 9, 30)) == "1 July to 30 September 2026"
    assert texts.span(date(2025, 11, 1), date(2026, 1, 31)) == "1 November 2025 to 31 January 2026"
    assert texts.moment(datetime(2026, 10, 14, 9, 6, tzinfo=UTC)) == "14 October 2026, 09:06 UTC"
    assert texts.quarter("2026-Q3", date(2026, 7, 1), date(2026, 9, 30)) == "Q3 2026"
    assert texts.quarter("FY2026-Q1", date(2025, 7, 1), date(2025, 9, 30)) == "Q1 FY2026"
    assert texts.quarter("2024", date(2024, 1, 1), date(2024, 12, 31)) == "2024"
