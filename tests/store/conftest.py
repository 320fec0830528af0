"""The modules of this folder find each other; an empty ledger with one batch."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import made

from ledger.store import session


@pytest.fixture
def path(tmp_path: Path) -> Path:
    ledger = made.ledger(tmp_path)
    with session(ledger, "write", create=True) as s:
        made.found(s)
    return ledger
