"""Postings of runs and readings are made again from their records, by statements of the verifier's own."""

from __future__ import annotations

import shutil

import full
import pytest

from ledger import Ledger

RUNS = """run_id,model,stage,start_utc,end_utc,country,gpu,gpus,power_w,utilisation,energy_kwh,level,pue
it,llm,training,2024-03-01T00:00:00Z,2024-03-02T00:00:00Z,GB,,,,,100,it,1.2
wall,llm,training,2024-03-01T00:00:00Z,2024-03-02T00:00:00Z,GB,,,,,100,wall,
rated,llm,training,2024-03-01T00:00:00Z,2024-03-02T00:00:00Z,GB,a100-sxm4-80gb,8,,0.5,,,1.1
part,llm,training,2024-03-01T00:00:00Z,2024-03-02T00:00:00Z,GB,,,,,,,
"""
READINGS = """source,subject,run_id,cluster,country,start_utc,end_utc,energy_kwh,component,level,method
codecarbon,h1,part,C1,GB,2024-03-01T00:00:00Z,2024-03-02T00:00:00Z,40,total,it,integrated_power
kepler,h1,part,C1,GB,2024-03-01T00:00:00Z,2024-03-02T00:00:00Z,41,node,it,counter
kepler,h1,part,C1,GB,2024-03-01T00:00:00Z,2024-03-02T00:00:00Z,30,cpu,chip,counter
meter,pdu,,C1,GB,2024-03-01T00:00:00Z,2024-04-01T00:00:00Z,1000,facility,facility,counter
"""


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    """A ledger with a run of each kind of energy, and a cluster with a meter."""
    folder = tmp_path_factory.mktemp("computed")
    ledger = Ledger.init(folder / "c.duckdb", organisation="Computed", actor="tester", datasets=("desnz-2024",))
    for name, text in (("runs.csv", RUNS), ("readings.csv", READINGS)):
        (folder / name).write_text(text, encoding="utf-8")
        assert ledger.upload(folder / name).status == "accepted"
    return ledger


@pytest.fixture
def harmed(computed, tmp_path):
    """The codes and messages that recomputing finds once a statement has done harm."""

    def harming(statement: str) -> list[tuple[str, str]]:
        shutil.copytree(computed.path.parent, tmp_path / "copy")
        path = tmp_path / "copy" / computed.path.name
        full.harm(path, statement)
        return [(found.code, found.message) for found in full.meaning(path) if found.code.startswith("computing")]

    return harming


def test_what_holds_is_not_told(computed):
    """Every posting follows from its records."""
    assert [found for found in computed.verify().findings if found.severity == "error"] == []


HARMS = (
    ("update ai_run set energy_kwh = 99 where run_id = 'wall'", "computing-energy", "it has 100"),
    ("update ai_run set energy_kwh = 99 where run_id = 'it'", "computing-energy", "its records have 99"),
    ("update ai_run set pue = 1.3 where run_id = 'it'", "computing-energy", "not that of the run"),
    ("update ai_run set pue = 1.3 where run_id = 'wall'", None, ""),
    ("update ai_run set energy_level = 'wall' where run_id = 'it'", "computing-energy", "overhead already"),
    ("update ai_run set energy_level = 'it', pue = 1.5 where run_id = 'wall'", "computing-energy", "not applied"),
    ("update ai_run set utilisation = 0.9 where run_id = 'rated'", "computing-energy", "utilisation is 0.5"),
    ("update measurement set energy_wh = 42000 where source = 'kepler' and energy_part = 'node'",
     "computing-energy", "its records have 42"),
    ("update measurement set energy_wh = 31000 where energy_part = 'cpu'", None, ""),
    ("update measurement set energy_wh = 1001000 where source = 'meter'", "computing-meter", "read 1001"),
    ("update ai_decision set record_seq = 999 where record_table = 'ai_run'", "computing-reference", "not there"),
    ("update ai_decision set activity_seq = 999 where decision = 'posted'", "computing-reference", "activity"),
    ("update ai_decision set decision = 'evidence' where reason_code = 'counts' and record_table = 'ai_run'",
     "computing-energy", "no record"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "code", "words"),
    [pytest.param(*one, marks=[pytest.mark.thorough] * (n % 2)) for n, one in enumerate(HARMS)],
)
def test_what_does_not_follow_is_told(harmed, statement, code, words):
    """A record changed, a decision turned, a reference to nothing: the entry is named; what does not count is not."""
    told = harmed(statement)
    if code is None:
        assert told == []
    else:
        assert any(found == code and words in message for found, message in told), told


def test_a_unit_posted_twice_is_told(harmed):
    """A second standing activity of one run."""
    told = harmed(
        "update activity set external_id = (select min(external_id) from activity where external_id like 'ai:%')"
    )
    assert "computing-twice" in {code for code, _ in told}
