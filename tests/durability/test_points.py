from __future__ import annotations

import points
import pytest


@pytest.mark.slow
@pytest.mark.parametrize("acts", [("upload", "refusal"), pytest.param(points.TRIALS, marks=pytest.mark.thorough)])
def test_whatever_point_fails_the_act_is_whole_or_nothing(ledger, tmp_path, acts):
    """Writes, syncs, renames and commits fail or are cut off, two of an upload, good or bad.

    `make thorough` takes them from all acts, and `make soak` tries every one.
    """
    assert len(points.try_points(ledger, tmp_path, 2, seed=7, acts=acts)) == 2


@pytest.mark.thorough
def test_the_points_are_those_of_a_write(ledger, tmp_path):
    """What an upload passes: the stage, the evidence, the rows, their parts, the commit, the file, the note."""
    trials = points.Trials(ledger, tmp_path)
    try:
        passed = points.points_of(trials, ("upload",))["upload"]
    finally:
        trials.close()
    order = ("mkdir", "write_parquet", "open .partial", "fsync", "replace", "insert into activity", "copy", "commit",
             "checkpoint", "open .checkpoints")  # fmt: skip
    places = [passed.index(name) for name in order]
    assert places == sorted(places)
    assert "fsync" in passed[places[-1] :]
