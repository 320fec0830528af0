"""What our own code may not do: text of a person in SQL, templates without escaping, shells, pickles, eval."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SOURCES = sorted((ROOT / "ledger").rglob("*.py")) + sorted((ROOT / "schemas").glob("*.py"))

RUNS_SQL = {"run", "rows", "one", "arrow", "execute", "executemany", "sql", "attempted"}
NEVER_IN_SQL = {
    "actor", "about", "cell", "comment", "content", "entry", "facility", "filename", "fix", "header", "locale",
    "message", "note", "organisation", "password", "path", "payload", "person", "reason", "sheet", "tag", "title",
    "user", "what", "word", "words",
}  # fmt: skip
"""Names that hold what somebody typed: a statement takes them as parameters, never into its text."""
FORBIDDEN_MODULES = {"pickle", "cPickle", "marshal", "shelve", "dill", "pty", "commands"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
NETWORK = {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "telnetlib", "requests", "httpx", "urllib3"}
NETWORK_ALLOWED = {"urllib.parse"}


@cache
def trees() -> dict[Path, ast.Module]:
    """Our own code as syntax."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}


def calls() -> Iterator[tuple[Path, ast.Call]]:
    """Every call in our own code."""
    for path, tree in trees().items():
        yield from ((path, node) for node in ast.walk(tree) if isinstance(node, ast.Call))


def place(path: Path, node: ast.AST) -> str:
    """Where a node stands."""
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def statements() -> Iterator[tuple[Path, ast.expr]]:
    """The first argument of every call that runs a statement, and strings put together that look like one."""
    for path, call in calls():
        if isinstance(call.func, ast.Attribute) and call.func.attr in RUNS_SQL and call.args:
            yield path, call.args[0]
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and re.match(
                r"\s*(?:select\s.*\sfrom|insert into|update \w+ set|delete from|create (?:or|temp|table|view)|copy )\s",
                fixed_text(node), re.DOTALL,
            ):
                yield path, node


def fixed_text(node: ast.JoinedStr) -> str:
    """The part of an f-string that is written in the code."""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)


def put_into(statement: ast.expr) -> Iterator[ast.expr]:
    """What is put into a statement's text: by an f-string, by +, by % or by format."""
    for node in ast.walk(statement):
        if isinstance(node, ast.FormattedValue):
            yield node.value
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
            yield from (side for side in (node.left, node.right) if isinstance(side, ast.Name | ast.Attribute))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            yield from (*node.args, *(word.value for word in node.keywords if word.arg))


def test_no_text_of_a_person_stands_in_a_statement():
    """Values are parameters; what is put into the text of a statement is a name of our own or a whole number."""
    faults = []
    for path, statement in statements():
        for part in put_into(statement):
            name = part.id if isinstance(part, ast.Name) else part.attr if isinstance(part, ast.Attribute) else ""
            if name in NEVER_IN_SQL or ast.unparse(part).startswith(("sys.argv", "os.environ", "input(")):
                faults.append(f"{place(path, statement)} {ast.unparse(part)}")
    assert faults == []


def test_statements_are_found_and_a_bad_one_would_be(monkeypatch):
    """The search above sees hundreds of statements, and the one that this test makes up."""
    assert sum(1 for _ in statements()) > 500
    bad = ast.parse("s.rows(f\"select * from activity where note = '{note}'\")")
    monkeypatch.setitem(trees(), SOURCES[0], bad)
    with pytest.raises(AssertionError, match="note"):
        test_no_text_of_a_person_stands_in_a_statement()


def test_templates_escape_what_they_are_given():
    """Every Jinja environment escapes and knows no unknown word; no template takes the escaping off."""
    made = [
        (path, {word.arg: word.value for word in call.keywords})
        for path, call in calls()
        if ast.unparse(call.func).split(".")[-1] in ("Environment", "SandboxedEnvironment")
        and {"disclosure", "web"} & set(path.parts)
    ]
    assert made
    for path, words in made:
        assert isinstance(words.get("autoescape"), ast.Constant), path
        assert words["autoescape"].value is True, path
        assert ast.unparse(words["undefined"]) == "StrictUndefined", path
        assert "PackageLoader" in ast.unparse(words["loader"]) or "FileSystemLoader" in ast.unparse(words["loader"])
    for template in (ROOT / "reports" / "templates").rglob("*"):
        if template.is_file() and template.suffix in (".html", ".j2", ".xml", ".css", ".xhtml"):
            text = template.read_text(encoding="utf-8")
            assert not re.search(r"\|\s*safe\b|autoescape\s+false", text), template
            assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", text), f"{template} loads from outside"


def test_markup_is_made_of_our_own_drawings_alone():
    """`Markup` takes escaping off: only our style, tags written out, and drawings, whose words are escaped already."""
    taken = [(path, call) for path, call in calls() if ast.unparse(call.func) == "Markup"]
    assert taken
    ours = re.compile(r"\w+\.svg|style\([\w, ]*\)")
    written_out = [call for _, call in taken if isinstance(call.args[0], ast.Constant)]
    odd = [place(path, call) for path, call in taken if not ours.fullmatch(ast.unparse(call.args[0]))
           and call not in written_out]  # fmt: skip
    assert odd == []


def test_no_shell_pickle_or_eval():
    """Nothing is run through a shell, nothing is unpickled, no text becomes code."""
    faults = []
    for path, call in calls():
        name = ast.unparse(call.func)
        if name in FORBIDDEN_CALLS or name in ("os.system", "os.popen", "subprocess.getoutput"):
            faults.append(f"{place(path, call)} {name}")
        if name.startswith("yaml.") and name != "yaml.safe_load":
            faults.append(f"{place(path, call)} {name} makes objects of a text")
        if any(word.arg == "shell" for word in call.keywords):
            faults.append(f"{place(path, call)} shell=")
    for path, tree in trees().items():
        for node in ast.walk(tree):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            faults += [f"{place(path, node)} {m}" for m in modules if m.split(".")[0] in FORBIDDEN_MODULES]
            if isinstance(node, ast.ImportFrom) and node.module == "yaml":
                faults.append(f"{place(path, node)} takes names out of yaml, where safe_load could not be seen")
    assert faults == []


def test_only_doors_may_speak_to_a_network():
    """Outside the web door, connectors and the engine that `--connect` names nothing of ours imports what connects."""
    faults = []
    doors = {ROOT / "ledger" / "calculation" / "engines" / "spark.py"}  # speaks to the server that a person gives it
    for path, tree in trees().items():
        if path in doors or {"web", "connectors"} & set(path.relative_to(ROOT).parts):
            continue
        for node in ast.walk(tree):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            faults += [
                f"{place(path, node)} {m}" for m in modules if m.split(".")[0] in NETWORK and m not in NETWORK_ALLOWED
            ]
    assert faults == []
