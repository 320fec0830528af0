"""Loads the made-up figures beside it, once for the room."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))


def _load(name: str, path: Path):
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def made_up():
    """The module of made-up figures."""
    return _load("made_up_figures", HERE / "figures.py")


@pytest.fixture(scope="session")
def figures(made_up):
    """The quarter with its history."""
    return made_up.quarterly()


@pytest.fixture(scope="session")
def tiny():
    """The tiny ledger of the calculation tests."""
    return _load("tiny_ledger", HERE.parent / "calculation" / "tiny.py")


@pytest.fixture(scope="session")
def report(figures):
    """The bytes of the report in each format but the PDF, made once."""
    from ledger.disclosure.quarterly.document import quarterly_document

    return quarterly_document(figures).made(("html", "xlsx", "json"))
