from __future__ import annotations

import ast
import csv
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.disclosure.documents.sheets import sheet_name
from ledger.disclosure.words import texts
from ledger.inventory.sentence import joined, sentence
from ledger.shipped import languages

ROOT = Path(__file__).parent.parent.parent
ROOM = ROOT / "ledger" / "disclosure"
TEMPLATES = ROOT / "reports" / "templates"

AT_THE_TERMINAL = "checking"  # what `ghg report --check` says of a file
TO_THE_PERSON = {"Misuse", "Refused", "ValueError", "known_word"}  # errors, which are for the terminal too
SQL = re.compile(r"\s*(select|with|create|qualify|where|from)\b")
TWO_WORDS = re.compile(r"[^\W\d_]{2,}[,;:.]? [^\W\d_]{2,}")
JUSTIFIED = {
    "IBM Plex Sans": "a font",
    "IBM Plex Mono": "a font",
    '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="…"': "markup",
    '<svg xmlns="http://www.w3.org/2000/svg"': "markup",
    "@media screen and (prefers-color-scheme: dark) { :root { --brand: var(--muted); } }": "a style sheet",
    ":root { --brand: …; }\n…\n": "a style sheet",
    "language of the documents": "the name of a variable",
    "ghg report … --period … --view … --at …": "a command",
    " --language ……": "a part of a command",
    " --narrative FILE": "a part of a command",
    " --paper Letter": "a part of a command",
    "ghg report … --check FILE…": "a command",
    "ghg trace '…'": "a command",
    "ghg verify": "a command",
    "ghg-ledger …": "the name of the software",
    "…, … UTC": "a time zone",
    "ghg report compare ": "a command",
    'sum(…) filter (where …) as "…"': "SQL",
    "… has …": "an error, for the terminal",
    "… months": "an error, for the terminal",
    "… required items of …": "said at the terminal, of a document that was issued",
    "kg CO2e": "the unit of amounts in JSON, which is a code",
}

MARKUP = {"text/html; charset=UTF-8", "width=device-width, initial-scale=1", "statement", "compare"}
"""What browsers and style sheets read of a template, and people do not."""


def _unspoken(tree: ast.AST) -> set[int]:
    """The nodes that are no words of a document: docstrings, errors and what is raised."""
    found: set[int] = set()
    for node in ast.walk(tree):
        name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(id(node.value))
        elif isinstance(node, ast.Raise) or name in TO_THE_PERSON:
            found |= {id(inner) for inner in ast.walk(node)}
    return found


def _said(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of each string of a module; what fills a string is written as an ellipsis."""
    tree = ast.parse(path.read_text("utf-8"))
    unspoken = _unspoken(tree)
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in unspoken or id(node) in parts:
            continue
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(p.value if isinstance(p, ast.Constant) else "…" for p in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def _is_for_people(words: str) -> bool:
    """Whether a string reads as words: two of them, or one beside what fills it."""
    beside = re.search(r"…[,;:]? [^\W\d_]{2,}|[^\W\d_]{2,}[,;:]? …", words)
    return bool(TWO_WORDS.search(words) or beside) and not SQL.match(words)


def test_the_code_of_the_documents_holds_no_words():
    """What a document says stands in the catalogue, so that another language can say it; the rest is listed."""
    left = {
        f"{path.relative_to(ROOM)}:{line}: {words}"
        for path in sorted(ROOM.rglob("*.py"))
        if path.parent.name != AT_THE_TERMINAL
        for line, words in _said(path)
        if _is_for_people(words) and words not in JUSTIFIED
    }
    assert left == set()


def test_every_excuse_is_needed():
    """The list of strings that may stand holds none that is gone."""
    held = {words for path in ROOM.rglob("*.py") for _, words in _said(path)}
    assert set(JUSTIFIED) <= held


@pytest.mark.parametrize("words", ["nothing is quantified", "… approach", "holds data of …", "no, never"])
def test_words_are_known_when_they_are_seen(words):
    """Sentences, and words beside what fills them, are taken for words."""
    assert _is_for_people(words)


@pytest.mark.parametrize("code", ["scope_2_location", "…_total", "select a from b", "#1a1f24", "…, …", "2026-Q3 …"])
def test_codes_are_not_taken_for_words(code):
    """Names, colours and SQL are not words."""
    assert not _is_for_people(code)


def test_templates_hold_no_words():
    """A template places words and has none: between tags, and in attributes that are read aloud, stand expressions."""
    found: dict[str, list[str]] = {}
    for path in sorted(TEMPLATES.glob("*.j2")):
        bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text("utf-8"), flags=re.DOTALL)
        shown = re.sub(r"<[^>]*>", "\n", bare)
        spoken = re.findall(r'(?:alt|title|aria-label|content|placeholder)="([^"]*)"', bare)
        words = [line.strip() for line in shown.splitlines()]
        held = [word for word in (*words, *spoken) if re.search(r"[^\W\d_]", word) and word not in MARKUP]
        if held:
            found[path.name] = held
    assert found == {}


def _spoken_by_records() -> set[str]:
    """Every string of the inventory and every cell of the shipped data files: what `words` may translate."""
    rooms = (ROOT / "ledger/inventory", ROOT / "ledger/ai/assets")
    held = {words for room in rooms for path in room.rglob("*.py") for _, words in _said(path)}
    for path in (ROOT / "data").rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            held |= {cell for row in csv.reader(file) for cell in row}
    return held


def _blanks(form: str) -> set[str]:
    return set(re.findall(r"\{(\w+)", form))


def _translated() -> Iterator[tuple[str, str, str]]:
    for path in sorted((TEMPLATES / "texts").glob("*.toml")):
        for english, other in tomllib.loads(path.read_text("utf-8")).get("words", {}).items():
            yield path.stem, english, other


def test_translated_words_are_still_said():
    """What another language holds by its English is what records and data files still say in English."""
    said = _spoken_by_records()
    assert [(language, english) for language, english, _ in _translated() if english not in said] == []


def test_translated_words_fill_the_same_blanks():
    """A sentence in another language has no blank that the English one cannot fill."""
    assert [
        (language, english) for language, english, other in _translated() if _blanks(other) - _blanks(english)
    ] == []


def test_every_answer_has_its_text():
    """The texts that answers to a standard name, also by a table of names, are in the catalogue."""
    named = {words for path in ROOM.rglob("*.py") for _, words in _said(path) if words.startswith("answer_")}
    assert len(named) > 50
    assert named <= set(texts.catalogue())


@pytest.mark.parametrize("language", languages())
def test_sheets_have_names_that_excel_takes(language):
    """In each language the sheets of a workbook have names of their own, of at most 31 characters it allows."""
    with texts.spoken(language):
        held = {name: words for name, words in texts.catalogue().items() if re.match("sheet_(?!about_)", name)}
        names = [sheet_name(name.removeprefix("sheet_")) for name in held if name != "sheet_index"]
        assert {words.format(rule_set="x") for words in held.values()} >= set(names)
    assert len({name.casefold() for name in names}) == len(names)
    assert not [name for name in names if re.search(r"[\[\]:*?/\\']", name)]


def test_a_sentence_is_said_in_another_language(monkeypatch):
    """Form and blanks are looked up one by one, in sentences within sentences too; what is not held stays English."""
    held = {
        "{share} held by {parent}, {control}": "{parent} hält {share}, {control}",
        "no control": "ohne Beherrschung",
    }
    monkeypatch.setattr(texts, "_words", lambda _: held)
    first = sentence(
        "{share} held by {parent}, {control}", share="50 %", parent="ALDER", control=sentence("no control")
    )
    assert first == "50 % held by ALDER, no control"
    assert texts.noted(joined((first, "owned"))) == "ALDER hält 50 %, ohne Beherrschung; owned"
    assert texts.named("no control") == texts.noted("no control") == "ohne Beherrschung"


def test_numbers_in_a_sentence_have_the_mark_of_the_language():
    """A share within a sentence has a decimal comma in German; a name with a point stays as it is."""
    said = sentence("{share} held by {parent}, {control}, {operated}", share="33.3 %", parent="A.1",
                    control=sentence("no financial control"), operated=sentence("operated"))  # fmt: skip
    with texts.spoken("de"):
        assert texts.noted(said) == "zu 33,3 % gehalten von A.1, keine finanzielle Kontrolle, betrieben"
    assert texts.noted(said) == said == "33.3 % held by A.1, no financial control, operated"


def test_english_says_what_the_record_says():
    """In English a sentence is printed as the record has it."""
    said = joined((sentence("{year} is before the base year.", year=2024), "owned"))
    assert texts.noted(said) == said == "2024 is before the base year.; owned"
