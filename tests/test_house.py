"""The rules that hold the house up: who may import whom, how long things get, what a checkout must not say."""

from __future__ import annotations

import ast
import functools
import re
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# From the doors down: a room imports only from the lines below its own.
ROOMS = [
    {"cli"},
    {"web"},  # the command serves it
    {"demo"},
    {"terminal"},  # what the commands print
    {"ledger"},  # ledger/__init__.py, the public names
    {"book"},
    {"disclosure", "assurance"},
    {"inventory"},
    {"ai"},
    {"connectors"},
    {"intake"},
    {"calculation"},
    {"factors"},
    {"schedule"},  # when and where a job runs: whatever starts jobs stands above it
    {"store"},
    {"units"},  # above shipped: its table is a shipped file
    {"workbook"},  # how every workbook of ours is written: reports and work papers
    {"tabular"},  # how every answer is a table
    {"extensions"},  # what other packages add to the shipped files
    {"shipped"},
    {"errors"},
    {"plain"},
    {"schemas"},
]
LEVEL = {room: level for level, rooms in enumerate(ROOMS) for room in rooms}

# Within a room, likewise from the last folder up: a folder imports only from those before its own.
FOLDERS = {
    "disclosure": [
        "words", "figures", "tables", "requirements", "charts", "documents", "quarterly", "statement", "comparison",
        "checking", "kinds",
    ],
}  # fmt: skip

# Who may import a library that would spread otherwise; nobody may import what has an empty set.
LIBRARY_ROOMS = {
    "duckdb": {"store"},
    "duckdb_sqlalchemy": {"store"},
    "jinja2": {"disclosure", "web"},
    "weasyprint": {"disclosure"},
    "xlsxwriter": {"workbook", "demo"},  # the demo writes a team's workbook
    "pandera": {"intake", "schemas"},
    "polars": {"intake", "schemas", "factors", "ai", "connectors", "book", "tabular", "store", "assurance"},
    "polars_hash": {"store"},
    "fastapi": {"web"},
    "starlette": {"web"},
    "uvicorn": {"web"},
    "joserfc": {"web"},
    "sqlglot": {"calculation"},  # of it the engine of Spark alone, see below
    "pyspark": {"calculation"},
    "pandas": set(),
    "ibis": set(),
    "requests": set(),
}

MODULE_LINES, FUNCTION_LINES, FOLDER_MODULES = 400, 50, 20
LONG_MODULES: dict[str, str] = {}  # path → reason
LONG_FUNCTIONS: dict[str, str] = {}  # path:name → reason

HEAVY = {"duckdb", "sqlalchemy", "sqlmodel", "polars", "pandera", "pyarrow", "openpyxl", "fastexcel"} | {
    "xlsxwriter", "jinja2", "weasyprint", "altair", "cryptography", "fastapi", "pyspark", "sqlglot"
}

MACHINE_PATH = re.compile(r"(?<![\w.*$}])/(?:work|root|farm|home/\w+|Users/\w+)/")
REGISTRY_HOST = re.compile(r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org|crates\.io")


def sources(*folders: str) -> list[Path]:
    """The Python files of our own folders."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    """The path as it is told: from the checkout, with forward slashes."""
    return path.relative_to(ROOT).as_posix()


def lines_of(path: Path) -> int:
    """How many lines the file has."""
    return len(path.read_text(encoding="utf-8").splitlines())


@functools.cache
def tree_of(path: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def room_of(path: Path) -> str:
    """The room that a file stands in."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts[0] == "schemas":
        return "schemas"
    return "ledger" if parts[1] == "__init__" else parts[1]


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything a module imports, wherever the import stands."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def target_room(dotted: str) -> str | None:
    """The room an import leads into; None for what is not ours."""
    first, *rest = dotted.split(".")
    if first == "schemas":
        return "schemas"
    if first != "ledger":
        return None
    room = rest[0] if rest else "ledger"
    return room if room in LEVEL else "ledger"


def imports_upwards(path: Path) -> list[str]:
    """Imports of a file that lead to its own line or above."""
    room = room_of(path)
    return [
        f"{name_of(path)}:{line} {room} imports {dotted}"
        for line, dotted in imported(path)
        if (target := target_room(dotted)) and target != room and LEVEL[target] <= LEVEL[room]
    ]


def test_every_room_has_its_place():
    """A file in ledger/ belongs to a room of the house."""
    assert {room_of(path) for path in sources("ledger")} <= set(LEVEL)


def test_rooms_import_only_downwards():
    """A room imports only from rooms further down, and rooms on one line do not see each other."""
    assert [fault for path in sources("ledger", "schemas") for fault in imports_upwards(path)] == []


@pytest.mark.parametrize("room", FOLDERS)
def test_folders_of_a_room_import_in_one_direction(room):
    """Within a room whose folders have an order, none imports from one after it."""
    order = FOLDERS[room]
    held = {path.relative_to(ROOT / "ledger" / room).with_suffix("").parts[0] for path in sources(f"ledger/{room}")}
    assert held - {"__init__"} == set(order)
    faults = [
        f"{name_of(path)}:{line} imports {dotted}"
        for path in sources(f"ledger/{room}")
        for line, dotted in imported(path)
        if dotted.startswith(f"ledger.{room}.")
        and order.index(dotted.split(".")[2]) > order.index(path.relative_to(ROOT).with_suffix("").parts[2])
    ]
    assert faults == []


def test_libraries_stay_in_their_rooms():
    """Each library that would spread is imported only where the house has given it a room."""
    faults = [
        f"{name_of(path)}:{line} imports {dotted}"
        for path in sources("ledger", "schemas")
        for line, dotted in imported(path)
        if room_of(path) not in LIBRARY_ROOMS.get(dotted.split(".")[0], {room_of(path)})
    ]
    assert faults == []


def test_the_tracker_needs_the_standard_library_alone():
    """The wheel for training images imports nothing of ours and nothing that is not there, but for CodeCarbon late."""
    allowed = sys.stdlib_module_names | {"ghg_track"}
    faults = [
        f"{name_of(path)}:{line} imports {dotted}"
        for path in sources("track")
        for line, dotted in imported(path)
        if dotted.split(".")[0] not in allowed | {"codecarbon"}
    ]
    assert faults == []
    tops = [node for path in sources("track") for node in tree_of(path).body]
    assert not [node.module for node in tops if isinstance(node, ast.ImportFrom) and node.module == "codecarbon"]


def test_modules_are_short():
    """A module has at most 400 lines, or a reason."""
    lengths = {name_of(path): lines_of(path) for path in sources("ledger", "schemas", "benchmarks", "data", "track")}
    assert {name: n for name, n in lengths.items() if n > MODULE_LINES and name not in LONG_MODULES} == {}


def test_places_of_the_doors_are_small():
    """A place of the command line or of the web app has at most 20 modules: what is more is grouped by what it does."""
    counts = Counter(name_of(path.parent) for path in sources("ledger/cli", "ledger/web"))
    assert {folder: n for folder, n in counts.items() if n > FOLDER_MODULES} == {}


def test_functions_are_short():
    """A function has at most 50 lines, or a reason."""
    lengths = {
        f"{name_of(path)}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in sources("ledger", "schemas", "benchmarks", "data", "track")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: n for name, n in lengths.items() if n > FUNCTION_LINES and name not in LONG_FUNCTIONS} == {}


def test_modules_say_what_they_are_for():
    """Every module starts with a docstring."""
    paths = sources("ledger", "schemas", "benchmarks", "data", "track")
    assert [name_of(path) for path in paths if not ast.get_docstring(tree_of(path))] == []


def test_tests_state_their_fact():
    """Every test has a docstring."""
    silent = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in sources("tests")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert silent == []


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Path and text of every file under version control that is text and still there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        try:
            yield name, (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue


def test_helpers_of_the_tests_have_names_of_their_own():
    """Folders of tests stand on one search path, so a module that they find by its bare name is there once."""
    paths = (ROOT / "tests").rglob("*.py")
    names = Counter(path.stem for path in paths if not path.name.startswith(("test_", "conftest")))
    assert names["in_process"] == 1
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.needs("git")
def test_the_checkout_names_no_machine_and_no_registry():
    """No tracked file holds a path of one machine or the address of a package registry."""
    faults = [
        f"{name}:{number} {found.group()}"
        for name, text in tracked_texts()
        for number, line in enumerate(text.splitlines(), 1)
        if (found := MACHINE_PATH.search(line) or REGISTRY_HOST.search(line))
    ]
    assert faults == []


def test_locks_carry_a_hash_for_every_package():
    """Each line of a lock that names a package is followed by its hashes, and none gives an address."""
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        lines = [line for line in lock.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
        bare = [a for a, b in zip(lines, [*lines[1:], ""], strict=True) if "==" in a and "--hash=sha256:" not in b]
        assert bare == [], lock.name
        assert not any("://" in line for line in lines), lock.name


HELP = """
import sys
from ledger.cli import main
sys.argv = ["ghg", "--help"]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print("heavy:", *sorted({"HEAVY"} & set(sys.modules)))
""".replace('{"HEAVY"}', repr(HEAVY))


def test_help_answers_at_once():
    """`ghg --help` loads no heavy library, and takes 0.3 s of a processor (twice that on a slow one)."""
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        answer = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=False, cwd=ROOT)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert answer.returncode == 0, answer.stderr
        assert answer.stdout.rstrip().splitlines()[-1] == "heavy:"
    assert min(seconds) < 0.6


def test_shipped_files_come_with_the_checkout():
    """In a checkout the same function answers with the checkout's own folders."""
    from ledger import shipped

    assert shipped.path("data") == ROOT / "data"
    assert shipped.path("templates") == ROOT / "reports" / "templates"
