"""What every test stands on: a private place for settings, and a list by name of what could not be run."""

from __future__ import annotations

import base64
import fcntl
import functools
import gc
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import typer.main
import typer.testing

os.environ.setdefault("GHG_THREADS", "1")  # as many workers as cores: more threads would only wait for one another
os.environ.setdefault("OPENPYXL_LXML", "False")  # the XBRL processor brings lxml; users' workbooks are written without

typer.testing._get_command = functools.cache(typer.main.get_command)  # our hundred commands are read once, not per call

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # for what the tests of several rooms share
SPARK = ROOT / ".venv" / "spark"
NOT_RUN = "not run: "

# Programs of the system that a test may need: any one of the names will do.
PROGRAMS = {
    "libreoffice": ("soffice", "libreoffice"),
    "poppler": ("pdftoppm",),
    "git": ("git",),
    "openssl": ("openssl",),
    "kubectl": ("kubectl",),
    "prometheus": ("prometheus",),
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
}

LONG = {"cases", "demo", "durability", "simulator"}

EXAMPLES = int(os.environ.get("GHG_EXAMPLES", "25"))  # of each law; GHG_EXAMPLES=1000 looks further
hypothesis.settings.register_profile("ledger", deadline=None, max_examples=EXAMPLES)  # busy cores make some slow
hypothesis.settings.load_profile("ledger")


def _reference() -> Path:
    """The folder of raw material that the factor files were made from; it lies beside the checkout, if at all."""
    return Path(os.environ.get("GHG_REFERENCE") or ROOT.parent / "shared" / "reference")


def _missing(tool: str) -> str | None:
    """What is missing for a test marked ``needs(tool)``, or None when it can run."""
    if tool == "reference":
        return None if _reference().is_dir() else "the reference folder (GHG_REFERENCE) is not there"
    if tool == "pdf":
        return _missing_pdf_libraries()
    if tool == "spark":
        return _missing_for_spark()
    if any(shutil.which(name) for name in PROGRAMS[tool]):
        return None
    return f"{tool} is not installed"


def _missing_pdf_libraries() -> str | None:
    try:
        import weasyprint  # noqa: F401  the import opens pango
    except (ImportError, OSError) as fault:
        return f"PDF libraries are missing ({fault})"
    return None


def _missing_for_spark() -> str | None:
    """Spark lies in a folder of its own (setup/environment.sh test), so that no other test finds it."""
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        return "Java is not installed, and Spark runs on it"
    return None if (SPARK / "state").is_file() else "Spark is not installed (setup/environment.sh test)"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips a test whose tool is missing, under a reason that the closing list collects."""
    for marker in item.iter_markers("needs"):
        for tool in marker.args:
            if missing := _missing(tool):
                pytest.skip(NOT_RUN + missing)


def pytest_collection_modifyitems(items) -> None:
    """Folders of few long tests come first, so that no worker is left with them at the end."""
    items.sort(key=lambda item: item.path.parent.name not in LONG)


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Nothing that is collected is garbage before the end: garbage is looked for among what the tests make alone."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)  # what is alive is large: it is looked through a tenth as often
        gc.enable()


def pytest_terminal_summary(terminalreporter) -> None:
    """Names at the end what was not run, and why."""
    not_run = {
        report.nodeid: report.longrepr[2].removeprefix("Skipped: ").removeprefix(NOT_RUN)
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple) and NOT_RUN in report.longrepr[2]
    }
    if not_run:
        terminalreporter.section("not run")
        for name, reason in sorted(not_run.items()):
            terminalreporter.line(f"{name}: {reason}")


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def made_for_all(run_folder: Path) -> Callable[[str, Callable[[Path], Any]], Path]:
    """A folder that is filled by ``make(folder)`` by the worker that asks first; nobody writes to it afterwards."""

    def folder_of(name: str, make: Callable[[Path], Any]) -> Path:
        folder, whole = run_folder / "made" / name, run_folder / "made" / f"{name}.whole"
        folder.parent.mkdir(exist_ok=True)
        with folder.with_suffix(".waiting").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not whole.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                whole.touch()
        return folder

    return folder_of


def _new_key(folder: Path) -> None:
    """The signing key that every worker begins with: it signed what is made for all of them."""
    folder.chmod(0o700)
    key = folder / "signing.key"
    key.touch(0o600)
    key.write_bytes(base64.b64encode(os.urandom(32)))


@pytest.fixture(scope="session", autouse=True)
def _private_settings(made_for_all, tmp_path_factory: pytest.TempPathFactory):
    """Signing keys and settings go to a folder of this worker, and the person's own variables do not count."""
    settings = tmp_path_factory.mktemp("config")
    shutil.copytree(made_for_all("key", _new_key), settings / "ghg-ledger")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(settings))
        patch.setenv("COLUMNS", "160")  # tables as wide as their words, whatever window the tests run in
        for name in ("GHG_LEDGER", "GHG_ACTOR"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Fill a folder by ``make(folder, …)``, once in a module for the same arguments; each call gets a copy of it."""
    made: dict[Any, Path] = {}

    def copied(make: Callable[..., Any], target: Path, *given: Any) -> Path:
        if (make, *given) not in made:
            made[make, *given] = tmp_path_factory.mktemp("once")
            make(made[make, *given], *given)
        shutil.copytree(made[make, *given], target)
        return target

    return copied


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of raw material; the test must be marked ``needs("reference")``."""
    return _reference()
