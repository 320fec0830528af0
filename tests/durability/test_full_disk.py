from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest
import works

NO_NAMESPACE = "a small disk cannot be mounted here (unshare -rm mount -t tmpfs)"


def can_mount() -> bool:
    """Whether a disk of one's own can be mounted, as in a user namespace."""
    if shutil.which("unshare") is None:
        return False
    command = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("rooms", [("900", "1700"), pytest.param((), marks=pytest.mark.thorough)])
def test_a_disk_that_is_nearly_full(tmp_path, rooms):
    """Told in words with exit 1, reading goes on, and given again it is there once.

    Too little room for anything, and for all but the end; `make thorough` goes from none to enough.
    """
    if not can_mount():
        pytest.skip("not run: " + NO_NAMESPACE)
    (tmp_path / "disk").mkdir()
    command = ["unshare", "-rm", sys.executable, works.HERE / "full_disk.py", tmp_path / "disk", tmp_path, *rooms]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=works.environment())
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    failed = [trial for trial in told if trial["exit"]]
    assert {trial["there"] for trial in failed} == {True, False}  # also one whose commit was all there was room for
    for trial in failed:
        assert trial["exit"] == 1
        assert "space" in trial["said"]["message"] + trial["said"]["fix"], trial
        assert "again" in trial["said"]["fix"], trial
        assert trial["disk"], "the doctor sees it"
