"""Ledgers for the cases: one with the shipped factors is made for each set of settings, and copied."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import stories

from ledger import Ledger


@pytest.fixture(scope="session")
def ledger_with(tmp_path_factory):
    """A function that gives a fresh ledger with these settings."""
    made: dict[tuple[tuple[str, str], ...], Ledger] = {}

    def fresh(settings: dict[str, str]) -> Ledger:
        key = tuple(sorted(settings.items()))
        if key not in made:
            made[key] = stories.founded(tmp_path_factory.mktemp("founded"), settings)
        return stories.copied(made[key], tmp_path_factory.mktemp("case"))

    return fresh
