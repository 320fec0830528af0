"""Ledgers that earlier versions of the program made: read as they are, brought up, and worked on, with nothing lost.

`make.py` made them with the code of those versions, not with ours; what they said of themselves lies beside them.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.errors import Misuse, Refused
from ledger.store.schema import SCHEMA_VERSION

HERE = Path(__file__).parent
VERSIONS = sorted(int(file.stem.removeprefix("schema-")) for file in HERE.glob("schema-*.json"))
BILL = (
    "external_id,activity_type,quantity,unit,period_start,period_end,facility_id\n"
    "E9,electricity_purchased,1000,kWh,2024-04-01,2024-04-30,YORK\n"
)


@pytest.fixture(
    scope="module", params=[pytest.param(n, marks=pytest.mark.thorough) for n in VERSIONS[:-1]] + VERSIONS[-1:]
)
def older(request, tmp_path_factory):
    """A ledger of an earlier version, what that version said of it, and the checkpoint that was kept then."""
    folder = tmp_path_factory.mktemp(f"schema-{request.param}")
    said = json.loads((HERE / f"schema-{request.param}.json").read_text("utf-8"))
    kept = folder / "kept.txt"
    kept.write_text(said["checkpoint"], encoding="utf-8")
    ledger = Ledger.restore(HERE / f"schema-{request.param}.zip", folder / "old.duckdb", actor="ann")
    return ledger, said, kept, request.param


def test_every_earlier_version_is_here():
    """A new schema version brings a ledger of the one before it."""
    assert list(range(1, SCHEMA_VERSION)) == VERSIONS


def test_an_older_ledger_goes_on_where_it_was(older):
    """Same figures to the last digit before and after; the checkpoint kept then anchors both; then new entries come."""
    ledger, said, kept, version = older
    assert (ledger.checkpoint().size, ledger.checkpoint().root) == (said["size"], said["root"])
    assert told(ledger) == said["figures"]
    found = ledger.verify(checkpoint=kept)
    assert (found.ok, found.anchored) == (True, True)
    bill = kept.with_name("bill.csv")
    bill.write_text(BILL, encoding="utf-8")
    with pytest.raises(Misuse, match=f"schema {version}, this writes {SCHEMA_VERSION}") as refusal:
        ledger.upload(bill)
    assert "ghg migrate" in refusal.value.fix
    assert ledger.checkpoint().size == said["size"]

    made = ledger.migrate()
    assert (made.from_version, made.to_version) == (version, SCHEMA_VERSION)
    assert told(ledger) == said["figures"]
    assert [person["name"] for person in ledger.people()] == said["people"]
    assert len(ledger.inventory("2024").not_quantified) == said["not_quantified"]
    with pytest.raises(Refused, match="catalogue") as refusal:
        ledger.upload(bill)
    assert "ghg factors publish" in refusal.value.fix
    ledger.publish_factors()
    assert told(ledger) == said["figures"], "published factors change nothing by themselves"
    assert ledger.upload(bill).status == "accepted"
    after = ledger.verify(checkpoint=kept)
    assert (after.ok, after.anchored) == (True, True), after.findings
    # 1,000 kWh of British electricity in 2024, location-based: 207.05 kg more (DESNZ 2024).
    added = ledger.inventory("2024").scope_2_location - Decimal(said["figures"]["scope_2_location"])
    assert added == Decimal("207.05")
    back = Ledger.restore(made.snapshot, kept.with_name("back.duckdb"), actor="ann")
    assert (back.checkpoint().size, back.checkpoint().root) == (said["size"], said["root"])


def told(ledger: Ledger) -> dict[str, str]:
    """The figures of the year as `make.py` wrote them down."""
    figures = ledger.inventory("2024")
    names = ("scope_1", "scope_2_location", "scope_2_market", "scope_3", "total_location", "total_market")
    return {name: str(getattr(figures, name)) for name in (*names, "biogenic_co2_kg")}
