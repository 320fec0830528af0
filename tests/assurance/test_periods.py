"""Periods that were tampered with: a step, a digest, a pin or a person, in a ledger whose every hash fits."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import full
import pytest
import tiny

from ledger import Ledger
from ledger.assurance.checks.periods import make_month_pins
from ledger.assurance.verify import verify
from ledger.book.acts.people import record_person
from ledger.store import Act, append, session

PEOPLE = {"pia": "preparer", "rob": "reviewer", "ria": "reviewer"}


@pytest.fixture(scope="module")
def lived(tmp_path_factory) -> Path:
    """A quarter submitted in batch 6, approved in 7, closed in 8, a late row in 9, restated in 10."""
    path = tiny.ledger_path(tmp_path_factory.mktemp("lived"))
    march = (date(2024, 3, 1), date(2024, 3, 31))
    with session(path, "write", create=True) as s:
        tiny.found(s, [tiny.factor("t:power", co2e_published_kg_per_unit="0.2")])
        for name, role in PEOPLE.items():
            append(s, Act("person", *tiny.WHO, name), lambda w, n=name, r=role: record_person(w, n, r))
        tiny.upload(s, "u1", [tiny.row("electricity_purchased", "1000", "kWh", *march)])
    Ledger(path, actor="pia").submit("2024-Q1")
    Ledger(path, actor="rob").approve("2024-Q1")
    Ledger(path, actor="rob").close("2024-Q1")
    with session(path, "write") as s:
        tiny.upload(s, "u2", [tiny.row("electricity_purchased", "500", "kWh", *march)])
    Ledger(path, actor="ria").restate("2024-Q1", reason="late_data", note="a bill came late")
    return path


@pytest.fixture
def path(lived, tmp_path) -> Path:
    folder = tmp_path / "lived"
    shutil.copytree(lived.parent, folder)
    return folder / lived.name


def test_a_period_that_was_lived_rightly_verifies(path):
    """Nothing is found, not even a warning."""
    assert verify(path).findings == []


def test_a_close_counts_from_its_own_batch_on(path):
    """At the size of the batch that closed a period its months are pinned, at the size before they are not."""
    with session(path) as s:
        for size, pins in ((7, []), (8, [(7,)])):
            make_month_pins(s, size)
            assert s.rows("select distinct pin from month_pin") == pins


TAMPERED = """
period-digest | B8-1: the figures of 2024-01-01 to 2024-03-31 (all) at its pin 7
    update period_event set figures_sha256 = repeat('0', 64) where event = 'closed'
period-digest | B10-1
    update period_event set figures_sha256 = repeat('0', 64) where event = 'restated'
period-digest | B10-1
    update period_event set pin_batch = 8 where event = 'restated'
period-digest | B8-1
    update activity set quantity = 1001 where batch_no = 5; update period_total set quantity = 1001 where batch_no = 5
period-digest | B10-1
    update activity set quantity = 501 where batch_no = 9; update period_total set quantity = 501 where batch_no = 9
period-digest | B8-1
    update activity set facility_id = 'F2' where batch_no = 5; update period_total set facility_id = 'F2' where n = 1
period-digest | B8-1
    update period_event set period_end = '2024-06-30'
period-digest | B8-1
    update choice set total_co2e_kg_per_unit = 0.3 where method = 'location' and line = 'energy'
period-order | it was closed after it was submitted
    delete from period_event where event = 'approved'
period-order | it was closed after it was open
    update period_event set view = 'operational_control' where event = 'closed'
period-order | it was restated after it was approved
    delete from period_event where event = 'closed'
period-order | there is no step 'sealed'
    update period_event set event = 'sealed' where event = 'closed'
role-not-allowed | a period was approved by a preparer
    update batch set role = 'preparer' where batch_no = 7
period-order | it was closed without a digest
    update period_event set figures_sha256 = null where event = 'closed'
period-order | it was closed without a digest of its figures at an earlier pin
    update period_event set pin_batch = 8 where event = 'closed'
period-order | the figures that were closed are not those that were approved
    update period_event set figures_sha256 = repeat('1', 64) where event = 'approved'
role-not-allowed | acted as admin without holding that role
    update batch set role = 'admin' where batch_no = 7
role-not-allowed | 'period' was done in the role admin, which may not
    update batch set role = 'admin' where batch_no = 7
role-not-allowed | B10-1: a period was restated by a preparer
    update batch set role = 'preparer' where batch_no = 10
role-not-allowed | 'upload' was done in the role reviewer, which may not
    update batch set role = 'reviewer' where batch_no = 5
role-not-allowed | acted as reviewer without holding that role
    update person set role = 'auditor' where batch_no = 3
role-not-allowed | p-nobody was not a person of this ledger
    update batch set actor = 'p-nobody' where batch_no = 9
role-not-allowed | nobody may act as 'gift'
    update batch set kind = 'gift' where batch_no = 9
approval-own | was approved by who had entered rows of it (batch 5)
    update batch set actor = (select actor from batch where batch_no = 7) where batch_no = 5
approval-own | was approved by who had submitted it
    update batch set actor = (select actor from batch where batch_no = 6) where batch_no = 7
"""


def cases() -> list[pytest.param]:
    made = []
    lines = TAMPERED.strip().splitlines()
    for head, statement in zip(lines[::2], lines[1::2], strict=True):
        code, words = (part.strip() for part in head.split("|"))
        made.append(pytest.param(code, words, statement.strip(), id=f"{code}-{len(made)}"))
    return made


@pytest.mark.parametrize(
    ("code", "words", "statements"),
    [pytest.param(*case.values, marks=[pytest.mark.thorough] * (n % 2), id=case.id) for n, case in enumerate(cases())],
)
def test_tampering_with_a_period_is_found(path, code, words, statements):
    """The recomputation finds it by itself: no look at hashes is needed."""
    full.harm(path, *statements.split(";"))
    found = [finding for finding in full.meaning(path) if finding.code == code]
    assert any(words in finding.message for finding in found), full.meaning(path)
    assert all(finding.severity == "error" for finding in found)


def test_a_changed_step_breaks_its_batch_too(path):
    """Without the key every hash tells it first, and names the entry."""
    full.harm(path, "update period_event set figures_sha256 = repeat('0', 64) where event = 'closed'")
    assert {"entry-changed", "batch-root", "period-digest"} <= full.codes(verify(path))


def test_an_owner_with_the_key_is_found_by_the_figures(path):
    """With every hash made anew, the digest still does not follow from the rows."""
    full.rebuilt(path, "update activity set quantity = 1001 where batch_no = 5",
                 "update period_total set quantity = 1001 where batch_no = 5")  # fmt: skip
    assert "period-digest" in full.codes(verify(path))
