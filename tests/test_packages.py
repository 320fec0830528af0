"""The wheel holds all that the ledger opens while it runs, and works where the checkout is not."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
import venv
import zipfile
from configparser import ConfigParser
from email import message_from_bytes
from pathlib import Path

import pytest

from ledger import shipped

ROOT = Path(__file__).parent.parent
COMMAND = ("-c", "from ledger.cli import main; main()")
ELSEWHERE = {"data": "ledger/_shipped/data", "templates": "ledger/_shipped/templates"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The ledger's wheel, made from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("ghg_ledger-*.whl"))


@pytest.fixture(scope="module")
def clean(wheel, tmp_path_factory):
    """An interpreter that holds the wheel's packages: the dependencies are lent, the checkout is not on its path.

    Whatever Python opens in the checkout (but for the environment in it) ends the process.
    """
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    place = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.run([python, "-c", place], capture_output=True, text=True, check=True).stdout.strip())
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    allowed = [str(Path(sys.prefix)), str(Path(sys.prefix).resolve()), str(folder)]
    (packages / "sitecustomize.py").write_text(
        "import os, sys\n"
        "def _told(event, args):\n"
        "    if event in ('open', 'os.listdir', 'os.scandir') and isinstance(args[0], str):\n"
        "        path = os.path.abspath(args[0])\n"
        f"        if path.startswith({str(ROOT) + os.sep!r}) and not path.startswith({tuple(allowed)!r}):\n"
        "            os.write(2, f'reads the checkout: {path}'.encode())\n"
        "            os._exit(99)\n"
        "sys.addaudithook(_told)\n"
    )
    return python


def run(python: Path, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The interpreter with these words, in a folder far from the checkout."""
    return subprocess.run([python, *words], capture_output=True, text=True, check=False, cwd=folder, env=own(folder))


def own(folder: Path) -> dict[str, str]:
    """The variables of somebody who has nothing but the wheel, and the dependencies that this environment lends."""
    lent = os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))
    return {"PYTHONPATH": lent, "GHG_ACTOR": "anna", "HOME": str(folder), "PATH": os.environ["PATH"]}


def held(folder: Path) -> set[str]:
    """The files below a folder, from it, without what Python makes of them."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix() for path in files}


def test_the_wheel_holds_what_is_opened(wheel):
    """Modules, SQL, pages; data, templates and fonts where `shipped` looks; both licence files; one command."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        about = {name.rpartition("/")[2]: archive.read(name) for name in names if ".dist-info/" in name}
    expected = {f"ledger/{name}" for name in held(ROOT / "ledger")} | {f"schemas/{n}" for n in held(ROOT / "schemas")}
    for folder, place in ELSEWHERE.items():
        expected |= {f"{place}/{name}" for name in held(shipped.path(folder))}
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert any(name.endswith(".woff2") for name in expected)
    commands = ConfigParser()
    commands.read_string(about["entry_points.txt"].decode())
    assert commands.sections() == ["console_scripts"]
    assert dict(commands["console_scripts"]) == {"ghg": "ledger.cli:main"}
    assert {"LICENSE", "NOTICE"} <= set(about)
    assert message_from_bytes(about["METADATA"])["Name"] == "ghg-ledger"


def test_what_is_shipped_is_found_in_the_wheel(clean, tmp_path):
    """Away from the checkout `shipped` answers with the wheel's own folders, and the help with its commands."""
    asked = "from ledger import shipped; print(shipped.path('data'), shipped.path('templates'), shipped.languages())"
    words = run(clean, "-c", asked, folder=tmp_path).stdout
    place = clean.parent.parent
    assert words.count(str(place)) == 2
    assert words.count("_shipped") == 2
    assert "'de', 'en'" in words


@pytest.mark.thorough
@pytest.mark.needs("pdf")
def test_a_report_and_the_web_app_come_out_of_the_wheel(clean, tmp_path):
    """Demo, own ledger, uploads, inventory, PDF, verify, and a page of the web app, all away from the checkout."""

    def ghg(*words: str) -> str:
        done = run(clean, *COMMAND, *words, folder=tmp_path)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    ghg("demo", "demo")
    ghg("init", "--organisation", "Halden", "--base-year", "2025")
    for name in ("01_legal_entity", "03_facility", "10_site_energy"):
        ghg("upload", f"demo/files/{name}.csv")
    ghg("calculate")
    assert "Scope 1" in ghg("inventory", "--period", "2026-Q3")
    ghg("report", "quarterly", "--period", "2026-Q3", "-o", "reports")
    assert (tmp_path / "reports" / "quarterly-2026-Q3.pdf").read_bytes().startswith(b"%PDF")
    assert ghg("verify").startswith("ok")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = [clean, *COMMAND, "serve", "--port", str(port)]
    with subprocess.Popen(start, cwd=tmp_path, env=own(tmp_path), stdout=subprocess.DEVNULL) as app:
        try:
            assert answered(f"http://127.0.0.1:{port}/health") == b"ok\n"
            assert b"<html" in answered(f"http://127.0.0.1:{port}/login")
            assert b"htmx" in answered(f"http://127.0.0.1:{port}/static/htmx.min.js")
        finally:
            app.terminate()


def answered(address: str) -> bytes:
    """What an address of this machine answers, once somebody listens there (within a minute)."""
    for _ in range(120):
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310
                return bytes(answer.read())
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(address)


def test_what_is_lent_is_what_is_asked(wheel):
    """The wheel asks for the dependencies of the project file, each once, and extras beside them."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/METADATA"))
        asked = message_from_bytes(archive.read(name)).get_all("Requires-Dist") or []
    plain = [re.split(r"[^A-Za-z0-9-]", line)[0] for line in asked if "extra ==" not in line]
    assert len(plain) == len(set(plain))
    assert {"duckdb", "polars", "typer"} <= set(plain)
    assert not {"fastapi", "weasyprint", "pytest", "joserfc"} & set(plain)
