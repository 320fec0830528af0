"""What the ledger stands on may be used and passed on: packages by their own metadata, data by NOTICE."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOTICE = re.sub(r"\s+", " ", (ROOT / "NOTICE").read_text("utf-8"))
COPYLEFT = re.compile(
    r"\b(?:A?GPL|LGPL|GNU|MPL|Mozilla|EUPL|CDDL|EPL|Eclipse|OSL|CPAL|CeCILL|SSPL|share.?alike|CC.BY.SA)", re.IGNORECASE
)
KNOWN = {
    "pyphen": "a dependency of WeasyPrint, taken under MPL 1.1, one of its three: it binds changes to its own files",
    "pathspec": "a part of hatchling, which makes the wheel; nothing of ours imports it while it runs (MPL 2.0)",
}
# Packages whose metadata lack it.
SAID_ELSEWHERE = {"polars-hash": "MIT License"}  # the file LICENSE of github.com/ion-elgreco/polars-hash
# How NOTICE says what a source record says shortly.
SAID = {
    "Open Government Licence v3.0": "Open Government Licence v3.0",
    "US Government work": "public domain in the United States",
    "CC BY 4.0": "Creative Commons Attribution 4.0 International",
    "Creative Commons Attribution 4.0": "Creative Commons Attribution 4.0 International",
    "CC0-1.0": "CC0 1.0",
    "PDDL": "ODC-PDDL",
    "Apache": "Apache License 2.0",
    "MIT": "MIT License",
    "ECB": "European Central Bank",
}
RECORDS = sorted((ROOT / "data").rglob("*.source.toml"))


def locked(name: str) -> list[str]:
    """The packages of a lock that are installed here; others are for another system."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8").splitlines()
    names = [line.split("==")[0] for line in lines if re.match(r"[A-Za-z0-9].*==", line)]
    assert len(names) > 30, name
    here = {(found.name or "").lower().replace("_", "-") for found in metadata.distributions()}
    return [name for name in names if name in here]


def licences(package: str) -> list[str]:
    """What a package says of its licence: expression, classifiers, or the first line of its text."""
    about = metadata.metadata(package)
    classifiers = [line for line in about.get_all("Classifier") or [] if line.startswith("License :: ")]
    first_line = (about.get("License") or "").strip().partition("\n")[0]
    said = [about.get("License-Expression"), SAID_ELSEWHERE.get(package), *classifiers, first_line]
    return [line for line in said if line]


def is_copyleft(said: list[str]) -> bool:
    """Whether a copyleft licence is named, and no permissive one beside it."""
    choices = [choice for line in said for choice in line.split(" OR ")]
    return bool(said) and all(COPYLEFT.search(choice) for choice in choices)


def test_nothing_that_runs_is_copyleft():
    """Every package of the run-time lock says its licence; none is copyleft but for those told with their reason."""
    packages = locked("demo")
    assert [name for name in packages if not licences(name)] == []
    assert {name for name in packages if is_copyleft(licences(name))} == set(KNOWN)
    assert {name for name in locked("core") if is_copyleft(licences(name))} == {"pathspec"}


@pytest.mark.parametrize("words", ["GNU General Public License v3 (GPLv3)", "AGPL-3.0-only", "MPL-2.0", "CC-BY-SA-4.0"])
def test_a_copyleft_licence_is_noticed(words):
    """The names by which such licences go are caught; a choice that a permissive one is part of is not."""
    assert is_copyleft([words])
    assert not is_copyleft([f"{words} OR Apache-2.0"])
    assert not is_copyleft(["License :: OSI Approved :: MIT License"])


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.name.removesuffix(".source.toml"))
def test_notice_names_the_licence_of_each_dataset(record):
    """What the source record of a shipped file says of its licence stands in NOTICE, in NOTICE's words."""
    licence = tomllib.loads(record.read_text("utf-8"))["licence"]
    asked = [words for short, words in SAID.items() if re.search(rf"\b{re.escape(short)}", licence)]
    assert asked, f"{licence}: how NOTICE says it is not told here"
    assert [words for words in asked if words not in NOTICE] == []


def test_notice_travels_with_what_it_names():
    """The fonts and the script that the wheel carries are named with their licence."""
    fonts = (ROOT / "reports" / "templates" / "fonts" / "LICENSE.txt").read_text("utf-8")
    assert "SIL Open Font License, Version 1.1" in fonts
    assert "SIL Open Font License, Version 1.1" in NOTICE
    assert 'Reserved Font Name "Plex"' in NOTICE
    version = re.search(r'version:"([\d.]+)"', (ROOT / "ledger" / "web" / "static" / "htmx.min.js").read_text("utf-8"))
    assert version
    assert f"htmx {version[1]}" in NOTICE
