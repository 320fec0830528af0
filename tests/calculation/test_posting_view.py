"""The story of a year on a tiny ledger: exact at every step, and every earlier checkpoint keeps its digits."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import tiny

from ledger.inventory import compile_inventory, period
from ledger.inventory.compile import Inventory
from ledger.store import Session, session

YEAR = period("2024")
MARCH = period("2024-03")


def view_sum(s: Session, condition: str) -> Decimal | None:
    """A sum over the posting view alone, which shares nothing with the fold that the inventory reads."""
    return s.one(f"select sum(total_co2e_kg) from posting where book = 'inventory' and {condition}")[0]


def assert_fold_equals_view(s: Session, figures: Inventory) -> None:
    assert figures.scope_1 == view_sum(s, "scope = '1'")
    assert figures.scope_2_location == view_sum(s, "scope = '2' and method = 'location'")
    assert figures.scope_2_market == view_sum(s, "scope = '2' and method = 'market'")


@pytest.fixture
def s(tmp_path: Path):
    with session(tiny.ledger_path(tmp_path), "write", create=True) as opened:
        tiny.found(
            opened,
            [
                tiny.factor("t:power", co2e_published_kg_per_unit="0.2"),
                tiny.factor("t:gas", activity_type="natural_gas", line="direct", calorific_basis="gross",
                            co2e_published_kg_per_unit="0.18"),
            ],
            instruments=[tiny.instrument("R1", "600")],
        )  # fmt: skip
        yield opened


def test_a_year_step_by_step(s: Session):
    """A row over two months, cover by a certificate, a new edition, reversals, a closed and a restated month."""
    kept: dict[int, tuple[Decimal | None, Decimal | None]] = {}

    def remembered() -> Inventory:
        figures = compile_inventory(s, YEAR)
        kept[figures.checkpoint.size] = (figures.scope_2_location, figures.scope_2_market)
        for size, (location, market) in kept.items():
            then = compile_inventory(s, YEAR, at=size)
            assert (then.scope_2_location, then.scope_2_market) == (location, market), f"checkpoint {size} changed"
        return figures

    # 1000 kWh in March; 61 kWh over 10 March to 9 April: 22 days in March, 9 in April, of 31.
    first = tiny.upload(s, "u1", [
        tiny.row("electricity_purchased", "1000", "kWh", date(2024, 3, 1), date(2024, 3, 31)),
        tiny.row("electricity_purchased", "61", "kWh", date(2024, 3, 10), date(2024, 4, 9)),
        tiny.row("natural_gas", "500", "kWh", date(2024, 3, 1), date(2024, 3, 31), calorific_basis="gross"),
    ])  # fmt: skip
    slices = s.rows("select month, days_in, days_of, quantity from activity_slice order by month")
    # 61 x 22 / 31 = 43.29032258…, the rest is 17.709677
    assert slices == [
        (date(2024, 3, 1), 22, 31, Decimal("43.290323")), (date(2024, 4, 1), 9, 31, Decimal("17.709677")),
    ]  # fmt: skip
    figures = remembered()
    assert figures.scope_1 == Decimal(90)  # 500 x 0.18
    assert figures.scope_2_location == figures.scope_2_market == Decimal("212.2")  # 1061 x 0.2
    assert_fold_equals_view(s, figures)

    # 600 kWh of certificates over 1061 kWh: market = (1061 - 600) x 0.2
    tiny.calculate(s, "c1")
    figures = remembered()
    assert figures.scope_2_location == Decimal("212.2")
    covered = s.one("select sum(sign * kwh) from allocation")[0]
    assert Decimal("599.99999") < covered <= Decimal(600)
    assert figures.scope_2_market == (Decimal(1061) - covered) * Decimal("0.2")
    assert_fold_equals_view(s, figures)

    # March closes at 1000 + 43.290323 kWh; then a new edition comes, and only April moves.
    tiny.period_event(s, "close", "closed", date(2024, 3, 1), date(2024, 3, 31))
    closed = compile_inventory(s, MARCH)
    assert closed.status == "closed"
    assert closed.scope_2_location == Decimal("1043.290323") * Decimal("0.2")
    remembered()
    tiny.publish(s, "f2", [
        tiny.factor("t2:power", dataset="t2-2024", version="2", co2e_published_kg_per_unit="0.3"),
    ], [tiny.dataset("t2-2024", international_rank=0, home_country="GB", version="2")])  # fmt: skip
    remembered()
    tiny.publish(s, "f3", [tiny.factor("t:power", version="1.1", co2e_published_kg_per_unit="0.25")],
                 [tiny.dataset("t-2024", version="1.1")])  # fmt: skip
    remembered()

    # The first row is reversed after the close: March keeps its digits until it is restated.
    tiny.reverse(s, "r1", first, 1)
    remembered()
    assert compile_inventory(s, MARCH).scope_2_location == Decimal("1043.290323") * Decimal("0.2")
    tiny.period_event(s, "restate", "restated", date(2024, 3, 1), date(2024, 3, 31))
    restated = compile_inventory(s, MARCH)
    assert restated.status == "restated"
    assert restated.scope_2_location == Decimal("43.290323") * Decimal("0.2")
    assert restated.scope_1 == Decimal(90)
    remembered()


def test_a_new_edition_replaces_only_what_is_open(s: Session):
    """After an erratum recalculation writes an exact reversal and a new choice; closed months are read at their pin."""
    tiny.upload(s, "u1", [
        tiny.row("electricity_purchased", "100", "kWh", date(2024, 1, 1), date(2024, 1, 31)),
        tiny.row("electricity_purchased", "100", "kWh", date(2024, 2, 1), date(2024, 2, 29)),
    ])  # fmt: skip
    tiny.period_event(s, "close", "closed", date(2024, 1, 1), date(2024, 1, 31))
    tiny.publish(s, "f2", [tiny.factor("t:power", version="1.1", co2e_published_kg_per_unit="0.25")],
                 [tiny.dataset("t-2024", version="1.1")])  # fmt: skip
    assert compile_inventory(s, YEAR).scope_2_location == Decimal(40)
    tiny.calculate(s, "c1")
    assert compile_inventory(s, period("2024-01")).scope_2_location == Decimal(20)
    assert compile_inventory(s, period("2024-02")).scope_2_location == Decimal(25)
    pairs = s.rows(
        "select c.total_co2e_kg_per_unit, r.total_co2e_kg_per_unit, r.sign from choice r "
        "join choice c on c.batch_no = r.reverses_batch and c.seq = r.reverses_seq"
    )
    assert pairs
    assert all(original == taken_back and sign == -1 for original, taken_back, sign in pairs)


def test_a_reversal_brings_totals_back_to_the_digit(s: Session):
    """Reversing a row and then the whole batch gives the totals from before, and zero, exactly."""
    tiny.upload(
        s, "u1", [tiny.row("electricity_purchased", "12345.678901", "kWh", date(2024, 1, 1), date(2024, 1, 31))]
    )
    before = compile_inventory(s, YEAR)
    batch = tiny.upload(s, "u2", [
        tiny.row("electricity_purchased", "0.000001", "MWh", date(2024, 1, 1), date(2024, 1, 31)),
        tiny.row("electricity_purchased", "7", "kWh", date(2024, 1, 20), date(2024, 3, 3)),
    ])  # fmt: skip
    tiny.reverse(s, "r1", batch, 2)
    tiny.reverse(s, "r2", batch)
    after = compile_inventory(s, YEAR)
    assert (after.scope_2_location, after.scope_2_market) == (before.scope_2_location, before.scope_2_market)
    assert not after.scope_1


def test_an_earlier_edition_never_takes_a_newer_factor(s: Session):
    """A row of 2023 finds no factor of 2024: not quantified, never zero and never a silent newer edition."""
    tiny.upload(s, "u1", [tiny.row("electricity_purchased", "100", "kWh", date(2023, 1, 1), date(2023, 1, 31))])
    figures = compile_inventory(s, period("2023"))
    assert figures.scope_2_location is None
    assert {gap.reason for gap in figures.not_quantified} == {"no_factor"}
