"""Each case gives the postings that its sums by hand give: none missing, none more, digit for digit.

All cases in one ledger: every figure is the sum of what was reckoned by hand, however it is cut, ordered or read.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import fields
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import stories
from stories import Book, Case

from ledger import Ledger
from ledger.inventory import period, posting_lines
from ledger.inventory.compile import Inventory
from ledger.store import session

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


SPAN = "2019-01-01..2026-12-31"
MEASURES = ("scope_1", "scope_2_location", "scope_2_market", "scope_3")
CUTS = ("facility", "month", "category", "activity_type", "source_type", "scope", "country", "gas")
_NOT_IN_A_POSTING = ("quantity_batch", "activity_batch", "activity_seq", "choice_batch", "choice_seq", "key_no",
                     "calculation_no", "source_line")  # fmt: skip


def by_hand() -> dict[str, Fraction]:
    """The sums of the expected postings of all cases on the usual settings, by measure and Scope 3 category."""
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for case in stories.all_cases():
        for row in [] if case.settings else case.expected:
            if row["book"] != "inventory" or not row["total_co2e_kg"]:
                continue
            kg, scope = Fraction(row["total_co2e_kg"]), row["scope"]
            sums[f"scope_{scope}" + (f"_{row['method']}" if scope == "2" else "")] += kg
            if scope == "3":
                sums[f"category_{row['scope3_category']}"] += kg
    return sums


def figures_of(inventory: Inventory) -> dict[str, object]:
    """Every figure of an inventory, all but the checkpoint."""
    return {
        field.name: getattr(inventory, field.name) for field in fields(inventory) if field.name != "checkpoint"
    }  # fmt: skip


@pytest.fixture(scope="module")
def inventory(book: Book) -> Inventory:
    """The figures of all cases together."""
    assert not book.stopped
    return book.ledger.inventory(SPAN)


def test_totals_are_the_sums_by_hand(inventory: Inventory):
    """Scope totals, Scope 3 categories and both grand totals are Σ of the expected postings, to the last digit."""
    hand = by_hand()
    for measure in MEASURES:
        assert Fraction(getattr(inventory, measure)) == hand[measure], measure
    for category, kg in inventory.scope_3_categories.items():
        assert Fraction(kg or 0) == hand[f"category_{category}"], category
    shared = hand["scope_1"] + hand["scope_3"]
    assert Fraction(inventory.total_location) == shared + hand["scope_2_location"]
    assert Fraction(inventory.total_market) == shared + hand["scope_2_market"]


@pytest.mark.parametrize("by", CUTS)
def test_a_cut_sums_to_the_totals(book: Book, inventory: Inventory, by: str):
    """However the figures are cut, the parts of each measure sum to it exactly."""
    rows = book.ledger.breakdown(SPAN, by)
    for measure in MEASURES:
        parts = sum((row[measure] for row in rows if row[measure] is not None), Decimal(0))
        assert parts == getattr(inventory, measure), measure


def test_gases_foot_to_both_totals(inventory: Inventory):
    """CO2e of the seven gases and what has no split is the location-based, and so for the market-based total."""
    for gases, total in (
        (inventory.by_gas, inventory.total_location),
        (inventory.by_gas_market, inventory.total_market),
    ):
        assert sum((gas.co2e_kg for gas in gases.values() if gas.co2e_kg is not None), Decimal(0)) == total


def test_gases_of_the_montreal_protocol_are_told_in_mass(inventory: Inventory):
    """5 and 4 kg of R-22, and the 47 % of HCFC-22 in 2 kg of R-408A, stand outside every total."""
    assert inventory.outside_scopes == {"refrigerant_r22_kg": 9, "refrigerant_r408a_kg": Decimal("0.94")}


def test_posting_lines_sum_to_the_totals(book: Book, inventory: Inventory):
    """The lines that a report prints sum to its figures, and are the postings of the view."""
    with session(book.ledger.path) as s:
        lines = posting_lines(s, period(SPAN)).to_pylist()
    for measure, scope, method in (("scope_1", "1", "single"), ("scope_2_location", "2", "location"),
                                   ("scope_2_market", "2", "market"), ("scope_3", "3", "single")):  # fmt: skip
        of_measure = [
            line for line in lines if (line["book"], line["scope"], line["method"]) == ("inventory", scope, method)
        ]
        assert sum((line["total_co2e_kg"] or Decimal(0) for line in of_measure), Decimal(0)) == getattr(
            inventory, measure
        )
    assert len(lines) == len(stories.postings(book.ledger))


@pytest.mark.thorough
def test_another_order_and_one_thread_give_the_same_figures_and_postings(
    book: Book, other_book: Book, inventory: Inventory
):
    """From the last case to the first, each in its own files, on one thread: every figure and posting is the same."""
    assert not other_book.stopped
    assert figures_of(other_book.ledger.inventory(SPAN)) == figures_of(inventory)
    rows, others = stories.postings(book.ledger), stories.postings(other_book.ledger)
    columns = [name for name in rows[0] if name not in _NOT_IN_A_POSTING]
    assert stories.counted(others, columns) == stories.counted(rows, columns)


def test_one_thread_and_eight_read_the_same_digits(book: Book, inventory: Inventory, monkeypatch):
    """The number of threads changes no digit of any figure."""
    for threads in ("1", "8"):
        monkeypatch.setenv("GHG_THREADS", threads)
        assert figures_of(book.ledger.inventory(SPAN)) == figures_of(inventory)


def test_nothing_more_follows_from_calculating_again(book: Book, tmp_path):
    """After every case has been played, calculating decides each key as it was decided, and writes nothing."""
    ledger = stories.copied(book.ledger, tmp_path)
    assert ledger.calculate().batch is None


@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.thorough)])
def test_reversing_every_row_brings_every_figure_to_zero(founded: Ledger, tmp_path, step):
    """With each row that stands reversed, whatever instruments covered, nothing is left of any total, gas or kWh.

    Of each fourth case, and of all of them with `make thorough`.
    """
    usual = [case for case in stories.all_cases() if not case.settings]
    played = stories.played_together(usual[::step], stories.copied(founded, tmp_path / "ledger"), tmp_path)
    assert not played.stopped
    ledger = played.ledger
    assert ledger.inventory(SPAN).total_location
    for entry in standing(ledger):
        ledger.reverse(entry, reason="year_entered_again")
    left = ledger.inventory(SPAN)
    for measure in (*MEASURES, "total_location", "total_market", "biogenic_co2_kg"):
        assert getattr(left, measure) == 0, measure
    amounts = [*left.scope_3_categories.values(), *left.sub_lines.values(), *left.outside_scopes.values(),
               *left.energy_kwh.values(), *(gas.co2e_kg for gas in left.by_gas_market.values()),
               *(gas.mass_kg for gas in left.by_gas.values())]  # fmt: skip
    assert {amount for amount in amounts if amount is not None} == {Decimal(0)}
    assert left.not_quantified == ()
    for row in ledger.breakdown(SPAN, "facility"):
        assert not any(row[measure] for measure in MEASURES), row


_STANDING = """
with mixed as (select distinct batch_no from activity where reverses_batch is not null)
select 'B' || a.batch_no || case when a.batch_no in (select batch_no from mixed) then '-' || a.seq else '' end as entry
from activity a
where a.reverses_batch is null and not exists (
    select 1 from activity r where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq)
group by entry order by min(a.batch_no), min(a.seq)
"""


def standing(ledger: Ledger) -> list[str]:
    """What is still to be reversed: whole batches, and single rows of batches that hold reversals."""
    with session(ledger.path) as s:
        return [row[0] for row in s.rows(_STANDING)]
