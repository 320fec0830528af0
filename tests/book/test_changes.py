"""What changed since: batches with effects that add up, corrections with both values, choices, settings, proofs."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

sys.path[:0] = [str(Path(__file__).parent.parent / folder) for folder in ("calculation", "assurance")]
import full  # noqa: E402 — found by the line above
import tiny  # noqa: E402 — as above

from ledger import Ledger, Misuse  # noqa: E402 — as above
from ledger.cli import app  # noqa: E402 — as above
from ledger.errors import Damage  # noqa: E402 — as above
from ledger.store import append, as_arrow, session  # noqa: E402 — as above
from ledger.store.checkpoint import checkpoints_path  # noqa: E402 — as above
from ledger.store.tables import Setting  # noqa: E402 — as above

LOCATION = "scope_2_location"


def power(quantity: str, month: int):
    """Electricity of a month of 2024."""
    return tiny.row("electricity_purchased", quantity, "kWh", date(2024, month, 1), date(2024, month, 28))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1000 kWh a quarter in batch 2; then a row (3), a new factor (4, 5), a reversal (6), and a setting (7)."""
    path = tiny.ledger_path(tmp_path_factory.mktemp("changed"))
    with session(path, "write", create=True) as s:
        tiny.found(s, [tiny.factor("t:power", co2e_published_kg_per_unit="0.2")])
        first = tiny.upload(s, "u1", [power("1000", 1), power("1000", 4)])
        tiny.upload(s, "u2", [power("50", 1)])
        tiny.publish(s, "f2", [tiny.factor("t:power", version="1.1", co2e_published_kg_per_unit="0.25")],
                     [tiny.dataset("t-2024", version="1.1")])  # fmt: skip
        tiny.calculate(s, "c1")
        tiny.reverse(s, "r1", first, 2)
        row = {"name": "base_year", "value": "2024", "valid_from": tiny.EPOCH}
        append(s, tiny.act("setting", "s1"), lambda w: w.insert_rows(Setting, as_arrow(Setting, [row])) and None)
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(made.parent, tmp_path / "kept")
    return tmp_path / "kept" / made.name


def test_every_batch_with_an_effect_that_adds_up(path):
    """50 kWh × 0.2, then 2050 kWh × 0.05 by the new factor, then 1000 kWh × 0.25 taken back; the rest moves nothing."""
    found = Ledger(path).changes(2)
    assert [told.batch for told in found.batches] == [3, 4, 5, 6, 7]
    moved = {told.batch: told.effects.get("2024", {}).get(LOCATION) for told in found.batches}
    assert moved == {3: Decimal(10), 4: None, 5: Decimal("102.5"), 6: Decimal(-250), 7: None}
    (line,) = [line for line in found.totals["2024"] if line.measure == LOCATION]
    assert (line.old_kg, line.new_kg) == (Decimal(400), Decimal("262.5"))
    for total in found.totals["2024"]:
        effects = [told.effects.get("2024", {}).get(total.measure, Decimal(0)) for told in found.batches]
        assert sum(effects, Decimal(0)) == (total.difference_kg or 0), total.measure


def test_one_period_and_an_end(path):
    """Only the first quarter, only until batch 5: what came later or elsewhere is not in it."""
    found = Ledger(path).changes("2", "5", period="2024-Q1")
    assert [told.batch for told in found.batches] == [3, 4, 5]
    assert {told.batch: told.effects for told in found.batches if told.effects} == {
        3: {"2024-Q1": {LOCATION: Decimal(10), "scope_2_market": Decimal(10), "total_location": Decimal(10),
                        "total_market": Decimal(10)}},
        5: {"2024-Q1": {LOCATION: Decimal("52.5"), "scope_2_market": Decimal("52.5"),
                        "total_location": Decimal("52.5"), "total_market": Decimal("52.5")}},
    }  # fmt: skip


def test_what_was_put_right_and_decided_anew(path):
    """The reversed row, the choices with both factors, the factors and the setting, each with its batch."""
    found = Ledger(path).changes(2)
    assert [(told.entry, told.replaced_by) for told in found.revised] == [("B2-2", None)]
    kinds = {(c.batch, c.method, c.old_kg_per_unit, c.new_kg_per_unit) for c in found.choices if c.line == "energy"}
    assert (5, "location", Decimal("0.2"), Decimal("0.25")) in kinds
    assert [(row["batch"], row["version"], row["factors"]) for row in found.factors] == [(4, "1.1", 1)]
    assert [(row["batch"], row["name"], row["value"]) for row in found.settings] == [(7, "base_year", "2024")]


def test_a_kept_checkpoint_is_shown_to_be_a_prefix(path, tmp_path):
    """A checkpoint that was kept is proven first; of a rewritten ledger nothing is told, nor of another's."""
    kept = tmp_path / "kept.txt"
    kept.write_text("\n\n".join(checkpoints_path(path).read_text().split("\n\n")[:4]) + "\n")
    found = Ledger(path).changes(str(kept))
    assert (found.start.size, found.start.proven, found.end.proven) == (2, True, False)
    full.rebuilt(path, "update activity set quantity = 7 where seq = 1 and batch_no = 2")
    with pytest.raises(Damage, match="not a continuation of checkpoint 2"):
        Ledger(path).changes(str(kept))
    kept.write_text(kept.read_text().replace("ghg-ledger/tiny", "ghg-ledger/other"))
    with pytest.raises(Misuse, match="is a checkpoint of ghg-ledger/other"):
        Ledger(path).changes(str(kept))
    for ends in (("99", None), ("5", "3"), (str(tmp_path / "none"), None)):
        with pytest.raises(Misuse):
            Ledger(path).changes(*ends)


def test_a_correction_shows_both_values(ledger, batch):
    """The corrected column before and after, with the reason, and the effect of the batch that did it."""
    size = ledger.checkpoint().size
    ledger.correct(f"B{size}-1", {"quantity": "90000"}, reason="meter", note="read again")
    found = ledger.changes(size)
    (told,) = found.revised
    assert told.entry == f"B{size}-1"
    assert told.replaced_by is not None
    assert ("quantity_text", "100000", "90000") in told.columns
    assert told.reason == "meter: read again"
    assert found.batches[0].effects["2024"][LOCATION] < 0


def test_the_command(path):
    """In words and as JSON: every batch, both ends, amounts as text."""
    run = CliRunner().invoke
    told = run(app, ["review", "changes", "--from", "2", "--ledger", str(path)]).output
    assert "From 2 batches" in told
    assert "2024: scope 2 location +102.5" in told
    assert "B2-2  taken back by B6-1" in told
    answer = json.loads(run(app, ["review", "changes", "--from", "2", "--json", "--ledger", str(path)]).output)
    assert [row["batch"] for row in answer["batches"]] == [3, 4, 5, 6, 7]
    assert answer["batches"][2]["effects"]["2024"][LOCATION] == "102.5"
    assert {row["kind"]: row["batches"] for row in answer["by_person_and_kind"]}["upload"] == 1
    nothing = run(app, ["review", "changes", "--from", "7", "--ledger", str(path)]).output
    assert "Nothing was recorded" in nothing
