"""The table of `make coverage`: every file in its room, sums of a room, shares that are never rounded up."""

from __future__ import annotations

from pathlib import Path

from room_coverage import HEADS, by_room, room_of, row, table

ROOT = Path(__file__).parent.parent


def told(statements: int, run: int, branches: int, taken: int) -> dict:
    """What a report of coverage says of a file."""
    counts = {"num_statements": statements, "covered_lines": run, "num_branches": branches, "covered_branches": taken}
    return {"summary": counts | {"missing_lines": statements - run}}


def test_every_file_has_the_room_it_lies_in():
    """A folder of the house is one row whatever lies below it, a module beside the folders its own, schemas one."""
    assert room_of("ledger/store/tables/ai.py") == "ledger/store"
    assert room_of("ledger/units.py") == "ledger/units"
    assert room_of("schemas/kinds/energy.py") == room_of("schemas/columns.py") == "schemas"
    files = [path.relative_to(ROOT).as_posix() for path in (ROOT / "ledger").rglob("*.py")]
    rooms = [path for path in (ROOT / "ledger").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    assert {room_of(file) for file in files} == {f"ledger/{path.stem}" for path in rooms}


def test_the_counts_of_a_room_are_added_up_and_its_shares_cut():
    """Two files of 2 of 3 and 1998 of 1998 lines: 99.9, not 100.0; a room without branches has no share of them."""
    rooms = by_room({"files": {
        "ledger/store/a.py": told(3, 2, 0, 0), "ledger/store/tables/b.py": told(1998, 1998, 0, 0),
        "ledger/units.py": told(4, 4, 8, 6),
    }})  # fmt: skip
    assert row("ledger/store", rooms["ledger/store"]) == ("ledger/store", "2001", "2000", "99.9", "0", "0", "")
    assert row("ledger/units", rooms["ledger/units"]) == ("ledger/units", "4", "4", "100.0", "8", "6", "75.0")
    shown = table([HEADS, row("ledger/units", rooms["ledger/units"])])
    assert shown == ("room          lines  run      %  branches  taken     %\n"
                     "ledger/units      4    4  100.0         8      6  75.0\n")  # fmt: skip
