"""Each case gives the postings that its sums by hand give: none missing, none more, digit for digit."""

from __future__ import annotations

import csv
import sys
from fractions import Fraction
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import stories
from stories import Case

CASES = stories.all_cases()
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@each_case
def test_case_gives_the_postings_reckoned_by_hand(case: Case, ledger_with):
    """Every posting of the case is expected, and every expected posting is there."""
    ledger = ledger_with(case.settings)
    stories.played(case, ledger)
    expected = case.expected
    columns = list(expected[0])
    wanted, found = (stories.counted(rows, columns) for rows in (expected, stories.postings(ledger)))
    missing = [dict(zip(columns, row, strict=True)) for row in (wanted - found)]
    more = [dict(zip(columns, row, strict=True)) for row in (found - wanted)]
    assert not missing, f"missing {missing}\nnot expected {more}"
    assert not more


@each_case
def test_sums_by_hand_are_right(case: Case):
    """Each line of arithmetic in the README holds; `≈` is rounding at the digits shown, half away from zero."""
    assert case.sums
    for expression, sign, result in case.sums:
        exact = stories.value_of(expression)
        places = 0 if sign == "=" else 12
        shown = Fraction(result)
        digits = len(result.partition(".")[2])
        assert shown == (exact if sign == "=" else stories.half_away(exact, digits if digits < 12 and _six(digits) else places)), expression


def _six(digits: int) -> bool:
    return digits == 6


@each_case
def test_expected_amounts_stand_in_the_readme(case: Case):
    """Expected kg per unit and kg are results of the README's sums or numbers that it quotes, and multiply out."""
    written = {result for _, _, result in case.sums} | {row[3] for row in case.sources}
    with_own = written | {value for name in ("factor.csv", "instrument.csv") for value in _own(case.folder / name)}
    for row in case.expected:
        per_unit, total = row["co2e_kg_per_unit"], row["total_co2e_kg"]
        assert (per_unit == "") == (total == "")
        if per_unit:
            assert per_unit in with_own | {"0", "1"}, row
            assert total in written, row
            assert Fraction(total) == Fraction(row.get("sign") or 1) * Fraction(row["quantity"]) * Fraction(per_unit)


def _own(file: Path) -> set[str]:
    if not file.exists():
        return set()
    with file.open(encoding="utf-8", newline="") as rows:
        return {value for row in csv.DictReader(rows) for name, value in row.items() if "_kg_per_" in name and value}


@each_case
def test_quoted_numbers_stand_in_the_data(case: Case):
    """Each number that a README quotes is what the file says, with the publisher's cell; factors used are quoted."""
    for file, row, column, value, source in case.sources:
        found = _row_of(file, row)
        assert found[column] == value, (file, row, column)
        assert source == (found.get("source_cell") or found.get("source") or "")
    quoted = {row for _, row, *_ in case.sources}
    shipped = {row["factor_id"] for row in case.expected if row["factor_id"] and not row["factor_id"].startswith("case:")}
    assert shipped <= quoted


def _row_of(file: str, name: str) -> dict[str, str]:
    path = stories.DATA / file
    width = stories.KEY_COLUMNS.get(path.name, 1)
    with path.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if " ".join(list(row.values())[:width]) == name:
                return row
    raise LookupError(f"{file} has no row {name}")
