"""The register of instruments and the table of what every kWh rests on: statuses, reasons, and sums that foot."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "calculation"))
import tiny

from ledger.errors import Misuse
from ledger.inventory import contract_shares, instrument_register, period, scope2_table
from ledger.store import Session, session

JUNE = (date(2024, 6, 1), date(2024, 6, 30))
YEAR = period("2024")


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    """Two sites, a third row without one, a residual mix of CO2 alone for AIB, and instruments of every fate."""
    file = tiny.ledger_path(tmp_path_factory.mktemp("scope2"))
    with session(file, "write", create=True) as s:
        tiny.found(
            s,
            [tiny.factor("t:power", co2e_published_kg_per_unit="0.2"),
             tiny.factor("t:rest", country="DE", kind="residual", serves="market", gas_coverage="co2_only",
                         co2e_published_kg_per_unit="0.7"),
             tiny.factor("t:de", country="DE", co2e_published_kg_per_unit="0.3")],
            facilities=[tiny.facility("F1"), tiny.facility("F2", country="DE", market_boundary="AIB")],
            instruments=[
                tiny.instrument("ALL", "400"),
                tiny.instrument("PART", "900", facility_id="F2", market_boundary="AIB", type="ppa", bundled=True,
                                co2e_kg_per_kwh=Decimal("0.01"), vintage_end=date(2024, 6, 30)),
                tiny.instrument("ELSEWHERE", "5", market_boundary="JP"),
                tiny.instrument("OLD", "5", vintage_start=date(2022, 1, 1), vintage_end=date(2022, 12, 31)),
                tiny.instrument("OPEN", "5", criterion_3="unknown"),
                tiny.instrument("SOLD", "5", own_generation_sold=True),
            ],
        )  # fmt: skip
        tiny.upload(s, "u", [
            tiny.row("electricity_purchased", "1", "MWh", *JUNE),
            tiny.row("electricity_purchased", "500", "kWh", *JUNE, facility_id="F2"),
            tiny.row("electricity_purchased", "60", "kWh", *JUNE, facility_id=None, country="DE"),
            tiny.row("electricity_purchased", "40", "kWh", *JUNE, direction="exported"),
        ])  # fmt: skip
        tiny.calculate(s, "c")
    return file


@pytest.fixture
def s(path: Path):
    with session(path) as opened:
        yield opened


def test_every_instrument_has_a_status_and_a_reason(s: Session):
    """Used, partly used, unused and rejected, with what is left and why in words."""
    found = {record.instrument_id: record for record in instrument_register(s)}
    told = {name: (record.status, [reason.code for reason in record.reasons]) for name, record in found.items()}
    assert told == {
        "ALL": ("used", []),
        "PART": ("partly_used", ["over_covering"]),
        "ELSEWHERE": ("unused", ["no_consumption_in_market"]),
        "OLD": ("unused", ["no_consumption_in_vintage"]),
        "OPEN": ("rejected", ["criterion_3_unknown"]),
        "SOLD": ("rejected", ["own_generation_sold"]),
    }
    assert (found["PART"].used_kwh, found["PART"].left_kwh) == (Decimal(500), Decimal(400))
    assert "criterion 3 (was retired for the company) is not met" in found["OPEN"].reasons[0].words


def test_a_period_shows_what_may_concern_it(s: Session):
    """With a period, vintages that do not meet it are left out, and what was used in it is told."""
    found = {record.instrument_id: record for record in instrument_register(s, YEAR)}
    assert "OLD" not in found
    assert found["ALL"].used_in_period_kwh == Decimal(400)


def test_before_the_calculation_nothing_is_used(path: Path, s: Session):
    """As the ledger stood before, the same instruments were waiting to be allotted."""
    before = instrument_register(s, at=2)
    assert {record.status for record in before} == {"unused", "rejected"}
    assert {reason.code for record in before for reason in record.reasons if record.status == "unused"} == {
        "not_allotted"
    }


@pytest.mark.parametrize("by", ["facility", "month", "facility,month", "total"])
def test_parts_foot_to_consumption(s: Session, by: str):
    """In each row the six kWh figures sum to the consumption; rows sum to the total; parts tell the same."""
    table = scope2_table(s, YEAR, by)
    for row in (*table.rows, table.total):
        parts = (row.instrument_kwh + row.supplier_rate_kwh + row.residual_mix_kwh + row.location_factor_kwh
                 + row.named_factor_kwh + row.not_quantified_kwh)  # fmt: skip
        assert parts == row.consumption_kwh == sum(part.kwh for part in row.parts)
        assert row.market_kg == sum(part.market_kg or 0 for part in row.parts)
    assert sum(row.consumption_kwh for row in table.rows) == table.total.consumption_kwh == Decimal(1560)


def test_each_place_rests_on_its_own_rank(s: Session):
    """F1: 400 of 1000 kWh certified, the rest by location. F2: all by contract. No place: the residual mix."""
    rows = {row.facility_id: row for row in scope2_table(s, YEAR).rows}
    assert (rows["F1"].instrument_kwh, rows["F1"].location_factor_kwh) == (Decimal(400), Decimal(600))
    assert (rows["F1"].location_kg, rows["F1"].market_kg) == (Decimal(200), Decimal(120))
    assert (rows["F2"].instrument_kwh, rows["F2"].market_kg) == (Decimal(500), Decimal(5))
    assert (rows[None].residual_mix_kwh, rows[None].market_kg) == (Decimal(60), Decimal(42))
    assert rows[None].location_kg == Decimal(18)


def test_a_row_without_facility_stands_in_its_countrys_market(s: Session):
    """Germany's market is that of the AIB; the residual mix of CO2 alone is flagged."""
    markets = s.rows("select distinct market_boundary from choice_key where country = 'DE'")
    assert markets == [("AIB",)]
    flags = {row[0] for row in s.rows("select flags from choice where factor_id = 't:rest' and line = 'energy'")}
    assert flags == {"co2_only;gwp_AR5"}


def test_contract_shares_are_of_all_purchased_energy(s: Session):
    """400 unbundled and 500 bundled of 1560 kWh."""
    shares = contract_shares(s, YEAR)
    assert (shares.bundled_kwh, shares.unbundled_kwh, shares.consumption_kwh) == (500, 400, 1560)
    assert (shares.bundled_share, shares.unbundled_share) == (Decimal("0.320513"), Decimal("0.256410"))
    assert [(row.type, row.kwh) for row in shares.rows] == [("ppa", 500), ("rego", 400)]


def test_an_empty_period_is_empty(s: Session):
    """A year without consumption gives no rows, and a total of nothing whose emissions are not known."""
    table = scope2_table(s, period("2030"))
    assert (table.rows, table.total.consumption_kwh, table.total.market_kg) == ((), Decimal(0), None)


def test_an_unknown_cut_is_misuse(s: Session):
    """The cuts that there are are told."""
    with pytest.raises(Misuse, match="cannot be cut"):
        scope2_table(s, YEAR, "colour")


def test_what_a_claim_lacks_stands_beside_the_instrument(tmp_path):
    """Without registry, or with numbers for fewer kWh, a certificate covers and is remarked; unretired it does not."""
    file = tiny.ledger_path(tmp_path)
    with session(file, "write", create=True) as s:
        tiny.found(s, [tiny.factor("t:power", co2e_published_kg_per_unit="0.2")], instruments=[
            tiny.instrument("BARE", "400", registry_name=None),
            tiny.instrument("FEW", "3000", certificate_from="F001", certificate_to="F002"),
            tiny.instrument("OPEN", "400", retired_on=None),
        ])  # fmt: skip
        tiny.upload(s, "u", [tiny.row("electricity_purchased", "5", "MWh", *JUNE)])
        tiny.calculate(s, "c")
        found = {record.instrument_id: record for record in instrument_register(s)}
    told = {name: (one.status, one.used_kwh, [reason.code for reason in one.reasons]) for name, one in found.items()}
    assert told == {
        "BARE": ("used", Decimal(400), ["untracked"]),
        "FEW": ("used", Decimal(3000), ["too_few_certificates"]),
        "OPEN": ("rejected", Decimal(0), ["unretired"]),
    }
    assert found["FEW"].reasons[0].words == "its 2 numbers are certificates for 2\u202f000 kWh, less than it holds"


def test_a_facility_in_another_market_is_the_reason(tmp_path):
    """A guarantee of the AIB tied to a British office covers nothing there, though Germany consumed."""
    file = tiny.ledger_path(tmp_path)
    with session(file, "write", create=True) as s:
        places = [tiny.facility("F1"), tiny.facility("F2", country="DE", market_boundary="AIB")]
        tiny.found(s, [tiny.factor("t:power", co2e_published_kg_per_unit="0.2")], facilities=places,
                   instruments=[tiny.instrument("GO", "900", market_boundary="AIB", facility_id="F1")])  # fmt: skip
        tiny.upload(s, "u", [tiny.row("electricity_purchased", "120", "MWh", *JUNE),
                             tiny.row("electricity_purchased", "5", "MWh", *JUNE, facility_id="F2")])  # fmt: skip
        tiny.calculate(s, "c")
        (record,) = instrument_register(s)
    assert (record.status, record.used_kwh) == ("unused", Decimal(0))
    assert [(one.code, one.words) for one in record.reasons] == [
        ("facility_outside_market", "its market is AIB, and its facility consumes in the market GB")
    ]


def test_what_rounding_leaves_is_used(tmp_path):
    """A third of a kWh in MWh is rounded down to a millionth of a MWh: what is left is no remainder."""
    file = tiny.ledger_path(tmp_path)
    with session(file, "write", create=True) as s:
        tiny.found(s, [tiny.factor("t:power", co2e_published_kg_per_unit="0.2")],
                   instruments=[tiny.instrument("A", "500.000957")])  # fmt: skip
        tiny.upload(s, "u", [tiny.row("electricity_purchased", "5", "MWh", *JUNE)])
        tiny.calculate(s, "c")
        (record,) = instrument_register(s)
    assert (record.used_kwh, record.left_kwh) == (Decimal(500), Decimal("0.000957"))
    assert (record.status, record.reasons) == ("used", ())
