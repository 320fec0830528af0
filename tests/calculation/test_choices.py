"""Many keys are decided some at a time, which bounds the memory and changes no digit."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import tiny

from ledger.calculation import choices
from ledger.calculation.policy import policy
from ledger.store import session

MONTHS = 5


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    """A ledger with one key a month: electricity of five months, an average and a loss of the grid."""
    file = tiny.ledger_path(tmp_path_factory.mktemp("choices"))
    with session(file, "write", create=True) as s:
        loss = tiny.factor("t:loss", line="td_loss", serves="na", co2e_published_kg_per_unit="0.02")
        tiny.found(s, [tiny.factor("t:average", co2e_published_kg_per_unit="0.2"), loss])
        days = [(date(2024, month, 1), date(2024, month, 28)) for month in range(1, MONTHS + 1)]
        tiny.upload(s, "u", [tiny.row("electricity_purchased", "10", "kWh", *between) for between in days])
    return file


def decided(path: Path) -> tuple[list[tuple], list[tuple], set[str]]:
    """What is decided for all keys of the ledger, the keys asked for as they stand then, and the tables left."""
    with session(path) as s:
        s.run("create or replace temp table wanted_key as select * from choice_key order by key_no")
        choices.make_choices(s, policy(s))
        rows = s.rows("select key_no, * exclude (key_no) from new_choice order by key_no, line, method, book")
        left = {name for (name,) in s.rows("select table_name from duckdb_tables() where temporary")}
        return rows, s.rows("select key_no, * exclude (key_no) from wanted_key order by key_no"), left


@pytest.mark.parametrize("at_once", [1, 2, MONTHS - 1, MONTHS])
def test_keys_decided_some_at_a_time_have_the_same_digits(path, monkeypatch, at_once):
    """Whether the parts come out even or leave one over: each key once, column for column, and the keys as given."""
    together, keys, _ = decided(path)
    assert len(keys) == MONTHS
    assert {row[:1] for row in together} == {row[:1] for row in keys}
    monkeypatch.setattr(choices, "KEYS_AT_ONCE", at_once)
    apart, asked, left = decided(path)
    assert apart == together
    assert asked == keys
    assert not left & {"all_wanted", "decided"}
