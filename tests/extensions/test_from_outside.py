"""A dataset, a kind of upload and a report are added from outside, by files alone, under eighty lines in all."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from ledger import Ledger, extensions
from ledger.disclosure.requirements import rule_sets
from ledger.disclosure.statement import layout
from ledger.disclosure.words import texts
from ledger.errors import Damage
from ledger.intake import named_kinds

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "extension"
FLEET = """Karten-Nr.;Von;Bis;Produkt;Menge (l);Standort
0815;01.03.2026;31.03.2026;Diesel B7;1.234,5;HAM
0816;01.03.2026;31.03.2026;Super E10;56,25;HAM
"""
CACHED = (
    extensions.extension_folders, layout.layouts, texts._held, texts._catalogue, texts._words, rule_sets.rule_sets,
    named_kinds.named_kinds,
)  # fmt: skip


def forget():
    """What was read of extensions is read anew."""
    for function in CACHED:
        function.cache_clear()


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The example installed as a wheel would be: its package, and the entry point that names it."""
    place = tmp_path / "site"
    shutil.copytree(EXAMPLE / "fleet_extension", place / "fleet_extension")
    metadata = place / "fleet_extension-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: fleet-extension\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[ghg_ledger.extensions]\nfleet = fleet_extension\n")
    monkeypatch.syspath_prepend(str(place))
    forget()
    yield place / "fleet_extension"
    sys.modules.pop("fleet_extension", None)
    monkeypatch.undo()
    forget()


@pytest.fixture
def ledger(installed, tmp_path):
    """A ledger made while the extension is there."""
    made = Ledger.init(tmp_path / "ledger.duckdb", organisation="Halden", base_year=2026, actor="anna")
    rows = {
        "entity.csv": "legal_entity_id,name,country,valid_from\nHALDEN,Halden AG,DE,2010-01-01\n",
        "facility.csv": "facility_id,name,legal_entity_id,country,relation,valid_from\n"
        "HAM,Hamburg,HALDEN,DE,owned,2010-01-01\n",
    }
    for name, text in rows.items():
        (tmp_path / name).write_text(text)
        assert made.upload(tmp_path / name).status == "accepted"
    return made


def test_a_dataset_from_outside_is_published_and_chosen(ledger, tmp_path):
    """The extension's factors serve the litres of the file that its kind of upload reads.

    By hand: 1,234.5 l x 2.5 + 56.25 l x 2.25 = 3,086.25 + 126.5625 kg.
    """
    file = tmp_path / "fleet.csv"
    file.write_text(FLEET, encoding="utf-8")
    done = ledger.upload(file)
    assert done.status == "accepted", done.findings
    assert [finding.code for finding in done.findings if finding.severity == "info"] == ["kind-of-extension"]
    assert str(ledger.inventory("2026").scope_1.normalize()) == "3212.8125"
    assert ledger.verify().ok


def test_a_report_from_outside_is_made_like_any_other(ledger, tmp_path):
    """The layout, the words and the rule set of the extension make a document, with its own index."""
    file = tmp_path / "fleet.csv"
    file.write_text(FLEET, encoding="utf-8")
    ledger.upload(file, kind="fleet_card")
    page = ledger.report("fleet", period="2026", formats=("html",), folder=tmp_path)["html"].read_text("utf-8")
    assert "Fuel of the fleet" in page
    assert "Halden fleet policy" in page


def test_the_example_is_short():
    """All told it takes under eighty lines."""
    lines = [
        line for path in (EXAMPLE / "fleet_extension").rglob("*.*") for line in path.read_text("utf-8").splitlines()
    ]
    assert len(lines) < 80


def test_a_file_that_hides_one_of_ours_is_told(installed):
    """An extension adds; it never takes the place of what is shipped, unseen."""
    shutil.copy(installed / "documents" / "fleet.toml", installed / "documents" / "ghg-protocol.toml")
    with pytest.raises(Damage, match=r"ghg-protocol\.toml is there twice"):
        layout.layouts()


def test_a_kind_that_is_no_mapping_is_told(installed):
    """A broken file of an extension is named, with what it must hold."""
    (installed / "uploads" / "fleet_card.toml").write_text('[kind]\nabout = "x"\nas = "activity"\n')
    with pytest.raises(Damage, match=r"fleet_card\.toml of an extension is no kind of upload"):
        named_kinds.named_kinds()
