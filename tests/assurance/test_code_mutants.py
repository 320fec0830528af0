"""A few mutants of our own code are tried here, the rest by `make mutants`; none may be out of date."""

from __future__ import annotations

import ast
import re

import pytest
from code_mutants import MUTANTS, QUICK, ROOT, survivors
from sampled_mutants import ROOMS, sample


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


def test_the_sample_is_drawn_from_what_is_there():
    """The same seed draws the same places; each changes Python that still parses, or a statement, and no comment."""
    drawn = sample("store", 40, 7)
    assert drawn == sample("store", 40, 7)
    for place in drawn + sample("calculation", 40, 7):
        text = (ROOT / place.file).read_text(encoding="utf-8")
        changed = place.mutated(text)
        assert changed != text
        if place.file.endswith(".py"):
            ast.parse(changed)
        else:
            assert uncommented(changed) != uncommented(text)
    assert all((ROOT / name).exists() for tests in ROOMS.values() for name in tests)


def uncommented(statement: str) -> str:
    """SQL without what follows two dashes."""
    return re.sub(r"--[^\n]*", "", statement)
