"""Every worked case of the project, on one ledger: what the writer decided is what the verifier's own rule gives."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "cases"))
import stories

from ledger.assurance.verify import verify


@pytest.mark.thorough
@pytest.mark.slow
def test_the_cases_verify(tmp_path):
    """All the cases, played one after another, give a ledger in which nothing is found, not even a warning."""
    ledger = stories.founded(tmp_path, {})
    book = stories.played([case for case in stories.all_cases() if not case.settings], ledger)
    assert book.stopped == {}
    found = verify(ledger.path)
    assert found.findings == []
    assert found.size > 50


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in stories.all_cases() if case.settings], ids=lambda case: case.name)
@pytest.mark.thorough
def test_cases_with_other_settings_verify(tmp_path, case):
    """So do those with another GWP set, fiscal year or policy."""
    ledger = stories.founded(tmp_path, case.settings)
    assert stories.played([case], ledger).stopped == {}
    assert verify(ledger.path).findings == []
