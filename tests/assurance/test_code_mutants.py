"""A few mutants of our own code are tried here, all of them by `make mutants`; none may be out of date."""

from __future__ import annotations

import pytest
from code_mutants import MUTANTS, QUICK, ROOT, survivors


def test_every_mutant_can_be_made():
    """Each changes something that stands in its file once or more, and names tests that are there."""
    assert len(MUTANTS) >= 30
    for mutant in MUTANTS:
        assert mutant.old in (ROOT / mutant.file).read_text(encoding="utf-8"), mutant
        assert mutant.old != mutant.new
        assert mutant.tests
        assert all((ROOT / name).exists() for name in mutant.tests), mutant


@pytest.mark.thorough
def test_the_quick_ones_are_noticed():
    """A rounding, two signs and an off-by-one: the tests of their modules fail."""
    assert survivors(QUICK) == []
