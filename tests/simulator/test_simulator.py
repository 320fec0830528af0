from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import simulate


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "steps"), [(3, 6), pytest.param(8, 12, marks=pytest.mark.thorough)])
def test_the_ledger_says_what_the_accountant_expects(tmp_path, seed, steps):
    """Uploads, corrections, closes, kills, full disks and lost files: figures, chain and checkpoints hold throughout.

    A few steps here; `make soak` takes many seeds. A seed that failed is added to the list.
    """
    company = simulate.simulate(seed, steps, tmp_path)
    assert len(company.told) == steps
