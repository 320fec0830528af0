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
    needs_nothing(made)


ALONE = """
import sys
sys.path.insert(0, sys.argv[1])
import ghg_track
assert ghg_track.__file__.startswith(sys.argv[1]), ghg_track.__file__
with ghg_track.track("alone", stage="training", country="DEU") as run:
    run.set(flops=1)
tops = {name.partition(".")[0] for name in sys.modules}
print(*sorted(tops - sys.stdlib_module_names - {"__main__", "ghg_track", "sitecustomize", "usercustomize"}))
"""


def needs_nothing(wheel):
    """From the wheel itself, with no other package in sight (`-S -I`), a run is tracked and no package is loaded."""
    command = [sys.executable, "-S", "-I", "-c", ALONE, str(wheel)]
    done = subprocess.run(command, cwd=wheel.parent, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
    lines = (wheel.parent / "ghg-track").glob("*.jsonl")
    assert [line.count("\n") for line in (path.read_text() for path in lines)] == [2]
