"""Each case gives the postings that its sums by hand give: none missing, none more, digit for digit."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import stories
from stories import Book, Case

each_case = pytest.mark.parametrize("case", stories.all_cases(), ids=lambda case: case.name)
OWN = "case:"
"""How the ids of factors begin that a case brings itself."""


@each_case
def test_postings_are_those_reckoned_by_hand(case: Case, book: Book):
    """Every posting of the case is expected, and every expected posting is there."""
    expected = case.expected
    columns = list(expected[0])
    wanted, found = stories.counted(expected, columns), stories.counted(book.postings_of(case), columns)
    missing = [dict(zip(columns, row, strict=True)) for row in (wanted - found).elements()]
    more = [dict(zip(columns, row, strict=True)) for row in (found - wanted).elements()]
    assert not missing, f"missing {missing}\nnot expected {more}"
    assert not more


@each_case
def test_sums_by_hand_are_right(case: Case):
    """Each line of arithmetic holds; `≈` is rounding half away from zero, slices at 6 decimals, all else at 12."""
    assert case.sums
    for expression, sign, result in case.sums:
        exact, shown = stories.value_of(expression), Fraction(result)
        places = (6, 12) if sign == "≈" else ()
        assert shown == exact or shown in {stories.half_away(exact, digits) for digits in places}, expression


@each_case
def test_expected_amounts_stand_in_the_readme(case: Case):
    """Expected kg per unit and kg are results of the README's sums, or numbers quoted or brought, and multiply out."""
    results = {result for _, _, result in case.sums}
    known = results | {row[3] for row in case.sources} | _brought(case) | {"0", "1"}
    for row in case.expected:
        per_unit, total = row["co2e_kg_per_unit"], row["total_co2e_kg"]
        assert (per_unit == "") == (total == "")
        if per_unit:
            assert per_unit in known, row
            assert total in results, row
            assert Fraction(total) == Fraction(row.get("sign") or 1) * Fraction(row["quantity"]) * Fraction(per_unit)


def _brought(case: Case) -> set[str]:
    """Every amount per unit that the case's own factors and instruments state."""
    found = set()
    for file in (case.folder / "factor.csv", case.folder / "instrument.csv"):
        if file.exists():
            found |= {cell for row in stories.rows_of(file) for name, cell in row.items() if "_kg_per_" in name}
    return found - {""}


@each_case
def test_quoted_numbers_stand_in_the_data(case: Case):
    """Each number quoted is what the file says, with the publisher's cell; every factor used is quoted."""
    for file, row, column, value, source in case.sources:
        found = _row_of(file, row)
        assert found[column] == value, (file, row, column)
        assert source == (found.get("source_cell") or found.get("source") or "")
    used = {row["factor_id"] for row in case.expected if row["factor_id"]}
    assert {name for name in used if not name.startswith(OWN)} <= {row for _, row, *_ in case.sources}


def _row_of(file: str, name: str) -> dict[str, str]:
    """The row of a file in `data/` that its first columns name."""
    path = stories.DATA / file
    width = stories.KEY_COLUMNS.get(path.name, 1)
    for row in stories.rows_of(path):
        if " ".join(list(row.values())[:width]) == name:
            return row
    raise LookupError(f"{file} has no row {name}")
