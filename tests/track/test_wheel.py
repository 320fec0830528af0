"""The wheel for training images: small, without dependencies, and all there."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email import message_from_string

from ghg_track import __version__


def test_the_wheel_is_small_and_needs_nothing(root, tmp_path):
    """It holds its modules and the licence, asks for no package, and CodeCarbon is an extra; its version is one."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=root / "track", check=True, capture_output=True)
    made = next(tmp_path.glob("*.whl"))
    with zipfile.ZipFile(made) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        about = message_from_string(wheel.read(f"ghg_track-{__version__}.dist-info/METADATA").decode())
        plugins = wheel.read(f"ghg_track-{__version__}.dist-info/entry_points.txt").decode()
    modules = {f"ghg_track/{path.name}" for path in (root / "track" / "ghg_track").glob("*.py")}
    assert names == modules | {"ghg_track/py.typed", "ghg_track/LICENSE"}
    assert plugins.split("\n")[:2] == ["[mlflow.run_context_provider]", "ghg-track = ghg_track.mlflow_run:RunContext"]
    asked = about.get_all("Requires-Dist")
    assert asked
    assert all("extra == 'codecarbon'" in need for need in asked)
    assert made.stat().st_size < 40_000
