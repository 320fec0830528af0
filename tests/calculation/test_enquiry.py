"""What would be chosen, without a row: the same decision as an upload, other factors beside it, nothing written."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import tiny

from ledger.calculation.enquiry import Answer, Question, answer
from ledger.factors.unrecorded import shipped_factors
from ledger.store import session

D = Decimal
JUNE = date(2024, 6, 1)


def of(country: str = "GB", region: str | None = None, month: date = JUNE) -> Question:
    """A question of purchased electricity in kWh."""
    return Question("electricity_purchased", "kWh", country, region, month)


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    """A ledger with an average, a residual mix, a marginal factor, two grid regions, an old and a withdrawn dataset."""
    file = tiny.ledger_path(tmp_path_factory.mktemp("enquiry"))
    with session(file, "write", create=True) as s:
        tiny.found(
            s,
            [tiny.factor("t:average", co2e_published_kg_per_unit="0.2"),
             tiny.factor("t:a_rest", kind="residual", serves="market", co2e_published_kg_per_unit="0.5"),
             tiny.factor("t:a_marginal", kind="marginal", co2e_published_kg_per_unit="0.9"),
             tiny.factor("t:north", region="N", co2e_published_kg_per_unit="0.1"),
             tiny.factor("t:south", region="S", co2e_published_kg_per_unit="0.3"),
             tiny.factor("t:loss", line="td_loss", serves="na", co2e_published_kg_per_unit="0.02"),
             tiny.factor("o:old", dataset="o-2019", valid_from="2019-01-01", valid_to="2019-12-31",
                         co2e_published_kg_per_unit="0.7"),
             tiny.factor("u:other", dataset="u-2023", valid_from="2023-01-01", valid_to="2023-12-31",
                         co2e_published_kg_per_unit="0.25"),
             tiny.factor("w:gone", dataset="w-2024", co2e_published_kg_per_unit="0.6")],
            datasets=[tiny.dataset(name) for name in ("t-2024", "o-2019", "w-2024")]
            + [tiny.dataset("u-2023", home_country=None, international_rank=5)],
            settings=[{"name": "withdrawn_datasets", "value": "w-2024", "valid_from": tiny.EPOCH}],
        )  # fmt: skip
        tiny.upload(s, "u", [tiny.row("electricity_purchased", "10", "kWh", JUNE, date(2024, 6, 30))])
        tiny.calculate(s, "c")
    return file


def asked(path: Path, question: Question) -> Answer:
    """The answer of the ledger."""
    with session(path) as s:
        return answer(s, question)


def test_the_answer_is_the_choice_of_an_upload(path):
    """Each line and method has the factor, kg and reason that the posted row of that month has."""
    with session(path) as s:
        posted = s.rows(
            "select line, method, factor_id, total_co2e_kg_per_unit, reason_code from choice where sign = 1"
        )
    told = {
        (each.line, each.method, each.source and each.source.factor_id, each.kg_co2e_per_unit, each.reason_code)
        for each in asked(path, of()).decided
    }
    assert told == set(posted)
    assert ("energy", "location", "t:average", D("0.2"), "national-country") in told
    assert ("energy", "market", "t:a_rest", D("0.5"), "residual_mix") in told


def test_other_factors_are_the_fresh_averages_of_the_place(path):
    """Both grid regions and another dataset; no residual mix, no marginal, nothing too old or withdrawn."""
    others = asked(path, of()).others
    assert [(each.source.factor_id, each.kg_co2e_per_unit) for each in others] == [
        ("t:north", D("0.1")), ("u:other", D("0.25")), ("t:south", D("0.3")),
    ]  # fmt: skip
    north = asked(path, of(region="N"))
    assert north.line("energy", "location").source.factor_id == "t:north"
    assert [each.source.factor_id for each in north.others] == ["t:average", "u:other"]


def test_a_gap_has_its_reason(path):
    """Where nothing serves there is no figure, and the reason says why; an unknown line is None."""
    told = asked(path, of("FR"))
    assert told.line("energy", "location").kg_co2e_per_unit is None
    assert told.line("energy", "location").reason_code == "no_factor"
    assert told.others == ()
    assert told.line("direct", "single") is None


def test_asking_writes_nothing(path):
    """The file is the same to the byte after it."""
    before = path.read_bytes()
    asked(path, of())
    assert path.read_bytes() == before


def test_the_shipped_factors_answer_as_a_new_ledger_would(tmp_path):
    """In memory and in a ledger with all shipped datasets the decisions are the same."""
    from ledger.book import Ledger

    Ledger.init(tmp_path / "l.duckdb", organisation="X")
    for question in (
        of("GB", None, date(2025, 3, 1)),
        of("US", "SRVC", date(2023, 5, 1)),
        of("DE", None, date(2026, 1, 1)),
    ):
        with shipped_factors("electricity_purchased") as s:
            assert answer(s, question) == asked(tmp_path / "l.duckdb", question)
