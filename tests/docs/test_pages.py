"""What the pages say is so: links lead somewhere, commands exist, sums are right, factors are those that ship."""

from __future__ import annotations

import ast
import csv
import re
import sys
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from typer._click.core import Context

sys.path.insert(0, str(Path(__file__).parent))
import pages
from pages import PAGES, ROOT, blocks, calls, prose, steps

from ledger.cli import command

STORIES = sorted((ROOT / "tests" / "cases").rglob("README.md"))
NUMBER = r"[\d,]*\d(?:\.\d+)?"
TERM = rf"{NUMBER}|\([\d., ×÷+−]+\)"
SUM = re.compile(rf"(?<=\| )((?:{TERM})(?: [×÷+−] (?:{TERM}))+) ([=≈]) ({NUMBER})(?![\d⁰-⁹])")
FACTOR = re.compile(r"`([a-z0-9.-]+):([^`]+)` (\d[\d.]*)")
GWP = re.compile(r"`(AR[456]) ([A-Za-z0-9-]+)` (\d[\d.]*)")


def named(page: Path) -> str:
    """A page as it is told."""
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", [*PAGES, ROOT / "examples" / "README.md", *STORIES], ids=named)
def test_links_lead_to_files_and_headings(page):
    """Each link within the checkout has its file, and its heading where it names one."""
    faults = []
    for target in pages.LINK.findall(prose(page)):
        path, _, anchor = target.partition("#")
        if ":" in path:
            continue
        there = page.parent / path if path else page
        if not there.exists() or (anchor and anchor not in pages.anchors(there)):
            faults.append(target)
    assert faults == []


def test_every_page_is_reached_from_the_index():
    """Whoever begins at docs/README.md comes to every page."""
    seen: set[Path] = set()
    ahead = [ROOT / "docs" / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        links = (target.partition("#")[0] for target in pages.LINK.findall(prose(page)) if ":" not in target)
        ahead += [(page.parent / path).resolve() for path in links if path]
    assert [named(page) for page in PAGES if page not in seen] == []


def fault_of(words: list[str], *, whole: bool) -> str | None:
    """What is wrong with the words of a call; ``whole`` where needed words must be there. None where nothing is."""
    at = command()
    context = Context(at, info_name="ghg")
    while hasattr(at, "commands"):
        if not words or words[0].startswith("-") or (words[0] == "…" and not whole):
            break
        name = words.pop(0)
        if name not in at.commands:
            return f"no command {name}"
        at = at.commands[name]
        context = Context(at, info_name=name, parent=context)
    if not whole:
        known = {name for option in at.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}
        given = [word.strip("[]").partition("=")[0] for word in words]
        return next((word for word in given if word.startswith("--") and word not in known), None)
    try:
        given, left, _ = at.make_parser(context).parse_args(words)
    except Exception as fault:  # noqa: BLE001 — whatever the parser says is told
        return str(fault)
    needed = [one.name for one in at.params if one.required and given.get(one.name) in (None, ())]
    return f"left over: {left}" if left else f"lacks {needed}" if needed else None


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_and_their_options_exist(page):
    """Each `ghg …` of a block is taken by the program's own parser; one in the text names a command and options."""
    faults = []
    for block in blocks(page):
        for step in steps(block):
            for words in calls(step.command):
                short = "…" in words
                if fault := fault_of([word for word in words if word != "…"], whole=not short):
                    faults.append(f"{step}: {fault}")
    for found in re.finditer(r"`ghg ([^`]+)`", prose(page)):
        words = re.sub(r"(\S)\|\S*", r"\1", found[1]).split()  # of `show|list` the first
        if fault := fault_of(words, whole=False):
            faults.append(f"{found[0]}: {fault}")
    assert faults == []


def value_of(term: str) -> Fraction:
    """A sum of the pages, worked out exactly."""
    python = term.replace("×", "*").replace("÷", "/").replace("−", "-").replace(",", "")
    exact = re.sub(r"\d+(?:\.\d+)?", lambda number: f"F('{number[0]}')", python)
    ast.parse(exact, mode="eval")
    return eval(exact, {"F": Fraction, "__builtins__": {}})  # noqa: S307 — digits and signs of our own pages


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "methods").glob("*.md")), ids=named)
def test_worked_sums_are_right(page):
    """Each sum of plain numbers comes out as printed: exactly after =, rounded to the digits shown after ≈."""
    faults = []
    for term, sign, printed in SUM.findall(page.read_text(encoding="utf-8")):
        shown = Decimal(printed.replace(",", "").replace("−", "-"))
        exact = value_of(term)
        places = Decimal(1).scaleb(shown.as_tuple().exponent)
        rounded = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(places, ROUND_HALF_UP)
        if rounded != shown or (sign == "=" and exact != Fraction(shown)):
            faults.append(f"{term} {sign} {printed}, not {rounded}")
    assert faults == []


def test_the_pages_of_the_scopes_have_their_sums():
    """Every category of Scope 3 has a worked sum, and the pages of Scope 1 and 2 several: none is passed over."""
    text = {n: (ROOT / "docs" / "methods" / f"scope{n}.md").read_text(encoding="utf-8") for n in (1, 2, 3)}
    worked = text[3].partition("## Each category, worked")[2].partition("\n## ")[0]
    rows = [line for line in worked.splitlines() if re.match(r"\| \d", line)]
    assert {int(re.match(r"\| (\d+)", row)[1]) for row in rows} == set(range(1, 16))
    assert [row for row in rows if not SUM.search(row)] == []
    assert len(SUM.findall(text[1])) >= 18
    assert len(SUM.findall(text[2])) >= 6


@cache
def shipped(dataset: str) -> dict[str, set[Decimal]]:
    """The numbers of each factor of a shipped dataset, by its id."""
    with (ROOT / "data" / "factors" / f"{dataset}.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["factor_id"]: {Decimal(value) for value in row.values() if re.fullmatch(r"-?\d+(\.\d+)?", value or "")}
            for row in csv.DictReader(file)
        }


@cache
def potentials() -> dict[tuple[str, str], set[Decimal]]:
    """The shipped global warming potentials by set and gas."""
    found: dict[tuple[str, str], set[Decimal]] = {}
    with (ROOT / "data" / "factors" / "gwp.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault((row["set"], row["species"]), set()).add(Decimal(row["value"]))
    return found


def test_factors_and_potentials_are_those_that_ship():
    """A factor or warming potential that a page names with a number has that number in `data/`."""
    faults, seen = [], 0
    for page in (ROOT / "docs" / "methods").glob("*.md"):
        text = page.read_text(encoding="utf-8")
        for dataset, rest, value in FACTOR.findall(text):
            if not (ROOT / "data" / "factors" / f"{dataset}.csv").exists():
                continue
            seen += 1
            if Decimal(value) not in shipped(dataset).get(f"{dataset}:{rest}", ()):
                faults.append(f"{named(page)}: {dataset}:{rest} {value}")
        for edition, gas, value in GWP.findall(text):
            seen += 1
            if Decimal(value) not in potentials().get((edition, gas), ()):
                faults.append(f"{named(page)}: {edition} {gas} {value}")
    assert faults == []
    assert seen > 40


def test_the_page_of_the_house_names_files_that_are_there():
    """Whoever follows docs/house.md finds each file and folder."""
    text = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
    named_paths = re.findall(r"`((?:ledger|schemas|data|reports|tests|track)/[\w./-]*)`", text)
    assert len(named_paths) > 50
    assert [path for path in named_paths if not (ROOT / path).exists()] == []


def test_the_auditors_page_has_every_code_of_verify():
    """`docs/auditors.md` explains exactly the codes that verify can tell."""
    from ledger.assurance.verification import FIXES

    text = (ROOT / "docs" / "auditors.md").read_text(encoding="utf-8").partition("## What is found")[2]
    told = {
        code for line in text.splitlines() if line.startswith("| `")
        for code in re.findall(r"`([a-z-]+)`", line.split(" | ")[0])
    }  # fmt: skip
    assert told == set(FIXES)


def test_python_of_the_pages_is_sound():
    """Each block of Python parses, and what it imports of ours is there."""
    seen = 0
    for page in PAGES:
        for block in blocks(page):
            if block.language != "python":
                continue
            seen += 1
            for node in ast.walk(ast.parse(block.text)):
                if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in ("ledger", "schemas", "ghg_track"):
                    module = __import__(node.module, fromlist=[name.name for name in node.names])
                    assert [name.name for name in node.names if not hasattr(module, name.name)] == [], named(page)
    assert seen >= 7
