"""The nineteen detections of `ghg verify`: each by a tampering of its own, and named in docs/detections.md."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import full
import pytest

from ledger.assurance.verification import FIXES
from ledger.assurance.verify import verify
from ledger.store.checkpoint import checkpoints_path
from ledger.store.evidence import evidence_folder

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "detections.md"
ONE = "batch_no = 3 and seq = 1"
POWER = "batch_no = 3 and factor_id = 't:power' and method = 'location' and key_no = 2"


def _bad_signature(path: Path) -> None:
    file = checkpoints_path(path)
    lines = file.read_text().split("\n")
    lines[4] = lines[4][:-6] + ("A" if lines[4][-6] != "A" else "B") + lines[4][-5:]
    file.write_text("\n".join(lines))


def _missing_evidence(path: Path) -> None:
    min(file for file in evidence_folder(path).iterdir() if file.is_file()).unlink()


def _changed_evidence(path: Path) -> None:
    max(file for file in evidence_folder(path).iterdir() if file.is_file()).write_bytes(b"other")


def _shortened(path: Path) -> None:
    names = [row for row in full.TABLES if row.__tablename__ != "period_total"]
    full.harm(path, *(f"delete from {table.__tablename__} where batch_no = 10" for table in names))


def _rewritten(path: Path) -> None:
    text = checkpoints_path(path).read_text()
    full.rebuilt(path, f"update activity set external_id = 'x' where {ONE}")
    checkpoints_path(path).write_text(text)


HARMS: dict[int, dict[str, str | tuple[str, ...] | Callable[[Path], None]]] = {
    1: {"entry-changed": f"update activity set quantity = quantity + 1 where {ONE}"},
    2: {"entry-missing": f"delete from activity where {ONE}"},
    3: {"entry-extra": f"insert into activity select * replace (5000 as seq) from activity where {ONE}",
        "entry-orphan": f"insert into activity select * replace (99 as batch_no) from activity where {ONE}"},
    4: {"entry-duplicated": f"insert into activity select * from activity where {ONE}"},
    5: {"entry-moved": "update activity set seq = 3 - seq where batch_no = 3 and seq in (1, 2)"},
    6: {"entry-numbering": f"update activity set seq = 5000 where {ONE}",
        "batch-gap": "delete from batch where batch_no = 5"},
    7: {"header-changed": "update batch set actor = 'x' where batch_no = 4",
        "header-count": "update batch set first_seq = first_seq + 1 where batch_no = 4",
        "version-unknown": "update batch set schema_version = 99 where batch_no = 6"},
    8: {"checkpoint-signature": _bad_signature},
    9: {"ledger-shorter": _shortened, "not-an-extension": _rewritten},
    10: {"evidence-missing": _missing_evidence, "evidence-changed": _changed_evidence},
    11: {"choice-amounts": f"update choice set total_co2e_kg_per_unit = total_co2e_kg_per_unit + 1 where {POWER}",
         "slices": "update activity_slice set quantity = quantity + 1 where batch_no = 3",
         "derived-quantity": "update activity set kind = 'derived' where batch_no = 3 and seq = 1"},
    12: {"choice-factor": f"update choice set factor_id = 't:td' where {POWER}",
         "chp-factor": "update emission_factor set co2e_published_kg_per_unit = 9 where factor_id like '%chp0%'"},
    13: {"activity-reversal": "update activity set quantity = quantity - 1 where batch_no = 7",
         "choice-reversal": "update choice set reverses_seq = 9999 where batch_no = 6 and sign = -1"},
    14: {"period-total": "update period_total set quantity = quantity + 1 where batch_no = 3",
         "allocation-excess": "update instrument set kwh = 1"},
    16: {"time-backwards": "update batch set recorded_at = recorded_at - interval 1 day where batch_no = 5",
         "period-digest": "update period_event set figures_sha256 = 'x' where view = 'operational_control'"},
    17: {"period-order": "update period_event set event = 'approved' where view = 'operational_control'"},
    18: {"table-changed": "alter table metric alter value set data type decimal(20,2)",
         "trigger-missing": "create trigger t1 before delete on metric for each statement insert into metric select * "
                            "from metric where false",
         "view-changed": "create or replace view posting as select 1 as one"},
    19: {"table-undeclared": "create table more as select 1 as one", "table-missing": "drop table time_stamp",
         "function-undeclared": "create macro sha256(a) as '0'"},
}  # fmt: skip
"""Detection → what is done to a ledger in which everything holds → the code that must be told."""

ELSEWHERE = {15: ("report-figures", "report-files"), 17: ("approval-own", "report-unapproved", "role-not-allowed")}
"""Codes that need an issued report, or people with roles: their tampering stands in the tests that the page names."""


def _harmed(path: Path, code: str, harm: str | tuple[str, ...] | Callable[[Path], None]) -> None:
    if callable(harm):
        harm(path)
    elif code == "trigger-missing":
        with full.duckdb.connect(str(path)) as con:
            con.execute("drop trigger metric_no_delete on metric")
    elif code == "table-missing":
        with full.duckdb.connect(str(path)) as con:
            con.execute("drop trigger time_stamp_no_delete on time_stamp")
            con.execute("drop trigger time_stamp_no_update on time_stamp")
            con.execute(harm)
    else:
        full.harm(path, harm)


@pytest.mark.parametrize("number", set(HARMS) - {9})
def test_a_detection(path, number):
    """What the trust page asks to be detected is told, with the codes that the page gives for it.

    The harms of a line are done to one ledger, each to rows or files of its own; `make thorough` does them one by one.
    """
    for code in sorted(HARMS[number], key=lambda code: code.endswith("-missing")):  # what is gone lets no more be done
        _harmed(path, code, HARMS[number][code])
    assert set(HARMS[number]) <= full.codes(verify(path))


@pytest.mark.parametrize(
    ("number", "code"),
    [pytest.param(number, code, marks=[pytest.mark.thorough] * (number != 9)) for number in HARMS
     for code in HARMS[number]],
)  # fmt: skip
def test_a_harm_by_itself(path, number, code):
    """Each harm, done to a ledger in which all else holds, is told with its code."""
    _harmed(path, code, HARMS[number][code])
    assert code in full.codes(verify(path))


def rows() -> list[tuple[int, list[str], list[str]]]:
    """Number, codes and tests of each line of the page's table."""
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0].isdigit():
            found.append((int(cells[0]), re.findall(r"`([^`]+)`", cells[2]), re.findall(r"`([^`]+)`", cells[3])))
    return found


def test_the_page_names_every_detection():
    """Nineteen lines; every code is one that verify knows, and is produced here or in a test that the line names."""
    told = rows()
    assert [number for number, _, _ in told] == list(range(1, 20))
    for number, codes, tests in told:
        assert codes, number
        assert set(codes) <= set(FIXES), (number, set(codes) - set(FIXES))
        here = set(HARMS.get(number, {}))
        assert here <= set(codes), (number, here - set(codes))
        texts = [(ROOT / "tests" / name).read_text(encoding="utf-8") for name in tests]
        for code in set(codes) - here:
            assert any(code in text for text in texts), (number, code)
