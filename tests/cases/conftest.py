"""Ledgers on which the cases are played: one for each set of settings, and once more in another order."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import stories

from ledger import Ledger


@pytest.fixture(scope="session")
def founded(tmp_path_factory):
    """The ledger with the company and the shipped factors, before any case."""
    return stories.founded(tmp_path_factory.mktemp("founded"), {})


@pytest.fixture(scope="session")
def book(founded: Ledger, tmp_path_factory):
    """Every case on one ledger, rows of most in one file; those with settings of their own on ledgers of their own."""
    usual = [case for case in stories.all_cases() if not case.settings]
    others = [case for case in stories.all_cases() if case.settings]
    ledger = stories.copied(founded, tmp_path_factory.mktemp("together"))
    book = stories.played_together(usual, ledger, tmp_path_factory.mktemp("one_file"))
    for case in others:
        own = stories.founded(tmp_path_factory.mktemp(case.name), case.settings)
        book.add(stories.played([case], own))
    return book


@pytest.fixture(scope="session")
def other_book(founded: Ledger, tmp_path_factory):
    """The same cases from the last to the first, each in files of its own, on a single thread."""
    usual = [case for case in reversed(stories.all_cases()) if not case.settings]
    ledger = stories.copied(founded, tmp_path_factory.mktemp("other_order"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GHG_THREADS", "1")
        return stories.played(usual, ledger)
