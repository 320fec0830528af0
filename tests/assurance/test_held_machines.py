"""Machines and accruals recomputed by `verify`: what does not follow from its row, or counts twice, is told."""

from __future__ import annotations

import shutil

import full
import pytest

from ledger import Ledger

ASSETS = """asset_id,hardware_id,hardware_count,machine_share,acquired_on,life_years,embodied_kg_each,embodied_source
one,box,8,,2024-03-01,4,150.5,sheet 1
two,box,1,0.125,2024-03-01,4,96,sheet 2
"""
STATED = """activity_type,quantity,unit,period_start,period_end,supplier,cloud_provider,data_basis
cloud_services_stated,3100,kgCO2e,2024-01-01,2024-01-31,AWS,Amazon Web Services,calculated
cloud_services_accrued,2900,kgCO2e,2024-02-01,2024-02-29,aws,aws,estimated
cloud_services_accrued,3100,kgCO2e,2024-03-01,2024-03-31,aws,aws,estimated
"""


@pytest.fixture(scope="module")
def holding(tmp_path_factory):
    """A ledger with two machines, a statement of a provider and two estimates."""
    folder = tmp_path_factory.mktemp("holding")
    ledger = Ledger.init(folder / "h.duckdb", organisation="Holding", actor="tester", datasets=("desnz-2024",))
    for name, text in (("assets.csv", ASSETS), ("stated.csv", STATED)):
        (folder / name).write_text(text, encoding="utf-8")
        assert ledger.upload(folder / name).status == "accepted"
    return ledger


def test_what_holds_is_not_told(holding):
    """8 × 150.5 = 1,204 kg and 96 ÷ 8 = 12 kg follow from their rows."""
    assert [found for found in holding.verify().findings if found.severity == "error"] == []


HARM = [
    ("update hardware_asset set embodied_kg_each = 151 where asset_id = 'one'", "machine-manufacture",
     "it has 1204.000000 kg, its machine has 1208.000000"),
    ("update hardware_asset set asset_id = 'one' where asset_id = 'two'", "machine-twice", "in the book already"),
    ("update activity set period_start = '2024-01-31' where period_start = '2024-02-01'", "accrual-beside-export",
     "stands beside it"),
    ("update hardware_asset set life_years = 9 where asset_id = 'one'", None, ""),  # nothing posted rests on it
]  # fmt: skip
MORE_HARM = [
    ("update hardware_asset set machine_share = 0.25 where asset_id = 'two'", "machine-manufacture",
     "its machine has 24.000000"),
    ("update hardware_asset set acquired_on = '2023-03-01' where asset_id = 'one'", "machine-manufacture",
     "bought on 2023-03-01"),
    ("update hardware_asset set counted_by = 'spend' where asset_id = 'one'", "machine-manufacture", "does not count"),
    ("update hardware_asset set withdrawn = true where asset_id = 'two'", "machine-manufacture", "does not count"),
    ("update hardware_asset set embodied_source = null where asset_id = 'two'", "machine-manufacture",
     "does not count"),
    ("update hardware_asset set asset_id = 'one' where asset_id = 'two'", "machine-manufacture", "says otherwise"),
    ("update activity set period_end = '2024-03-01' where period_start = '2024-02-01'", "accrual-twice",
     "estimated already"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "code", "words"), [*HARM, *(pytest.param(*one, marks=pytest.mark.thorough) for one in MORE_HARM)]
)
def test_what_does_not_follow_is_told(holding, tmp_path, statement, code, words):
    """A row changed, two rows of one machine, an estimate moved onto stated days: the entry is named, with why."""
    shutil.copytree(holding.path.parent, tmp_path / "copy")
    path = tmp_path / "copy" / holding.path.name
    full.harm(path, statement)
    told = [(found.code, found.message) for found in full.meaning(path)]
    own = [one for one in told if one[0].startswith(("machine", "accrual"))]
    if code is None:
        assert own == []
    else:
        assert any(found == code and words in message for found, message in own), told
