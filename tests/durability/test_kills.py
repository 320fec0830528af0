from __future__ import annotations

import kills
import pytest


@pytest.mark.thorough
def test_killed_uploads_are_there_whole_or_not_at_all(ledger, tmp_path):
    """Real uploads killed at random moments: what was answered is there, nothing in part, and given again once.

    One here, and others among the steps of the simulator; `make soak` kills a hundred, some of them larger.
    """
    told = kills.kill_uploads(ledger, tmp_path, 1, seed=11, large=3_000)
    assert told.count == 1
