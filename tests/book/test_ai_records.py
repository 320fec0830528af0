"""Runs and readings in the book: taken in exactly once by what they are, and replaced only when that is asked for."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.errors import Misuse
from ledger.store import session

HEADER = "run_id,model,stage,outcome,state,component,start_utc,end_utc,facility_id,energy_kwh,energy_level,pue"
RUN = "r1,llm,pre_training,completed,active,operational,2024-03-01T00:00:00Z,2024-03-02T00:00:00Z,SJC,120.5,it,1.2"


@pytest.fixture
def given(ledger: Ledger, tmp_path: Path):
    """Upload rows of runs under the usual header."""

    def giving(*rows: str, name: str = "runs.csv", **options):
        file = tmp_path / name
        file.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        return ledger.upload(file, **options)

    return giving


def codes(result) -> list[str]:
    """The codes told, but for what was posted of it."""
    return [found.code for found in result.findings if found.code != "ai-posted"]


def held(ledger: Ledger) -> list[tuple]:
    with session(ledger.path) as s:
        return s.rows("select run_id, energy_kwh, source_line from ai_run order by batch_no, seq")


def test_a_growing_file_adds_only_what_is_new(ledger, given):
    """Rows that the ledger has alike are passed over, whatever the file's bytes; with none left nothing is written."""
    assert given(RUN).status == "accepted"
    second = RUN.replace("r1,", "r2,")
    more = given(RUN, second)
    assert (more.status, codes(more)) == ("accepted", ["record-held"])
    assert held(ledger) == [("r1", Decimal("120.5"), 2), ("r2", Decimal("120.5"), 3)]
    size = ledger.checkpoint().size
    again = given(second, RUN)
    assert (again.status, again.batch) == ("already_recorded", None)
    assert ledger.checkpoint().size == size


@pytest.mark.thorough
def test_another_value_is_refused_with_the_way_to_say_so(ledger, given):
    """The finding names the entry, both values and the option; the refusal is on record and the ledger as it was."""
    first = given(RUN)
    changed = RUN.replace("120.5", "121")
    for check in (True, False):
        refused = given(changed, check=check)
        found = refused.findings[0]
        assert (refused.status, found.code, found.line) == ("refused", "record-differs", 2)
        assert f"B{first.batch}-" in found.message
        assert "energy_kwh 120.5 there, 121 here" in found.message
        assert "--replace --reason" in found.fix
    assert len(held(ledger)) == 1
    with pytest.raises(Misuse, match="reason"):
        given(changed, replace=True)
    done = given(changed, replace=True, reason="meter read anew")
    assert (done.status, codes(done)) == ("accepted", ["record-replaced"])
    assert [row[1] for row in held(ledger)] == [Decimal("120.5"), Decimal(121)]
    again = given(changed, replace=True, reason="meter read anew")
    assert (again.status, codes(again)) == ("already_recorded", ["record-held"])
    assert given(RUN, replace=True, reason="it was right").status == "accepted", "the same bytes, to another end"
    assert [row[1] for row in held(ledger)][-1] == Decimal("120.5")


def test_a_record_may_be_withdrawn(ledger, given, tmp_path):
    """A row with `withdrawn` ends the record without more words; to take it up again is a replacement."""
    given(RUN)
    ending = tmp_path / "ending.csv"
    ending.write_text(f"{HEADER},withdrawn\n{RUN},yes\n", encoding="utf-8")
    done = ledger.upload(ending)
    assert (done.status, codes(done)) == ("accepted", ["record-replaced"])
    ending.write_text(f"{HEADER},withdrawn\n{RUN},no\n", encoding="utf-8")
    assert codes(ledger.upload(ending)) == ["record-differs"]


def test_the_ledger_holds_with_runs_in_it(ledger, given):
    """Every hash is made again over the new tables."""
    given(RUN)
    assert [found for found in ledger.verify().findings if found.severity == "error"] == []
