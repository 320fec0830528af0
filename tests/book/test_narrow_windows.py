"""Tables by the width of the window: nothing is cut, numbers stay in one piece, and what fits stays a table."""

from __future__ import annotations

import io
import re

import pytest
from in_process import ghg
from rich.console import Console

from ledger.terminal import grouped, ruled_table, safe

HEADS = (("place", False), ("energy", False), ("kWh", True), ("location factor", True), ("t market", True))
ROWS = (
    ("REG-DONAUMOOS-2026", "electricity_purchased", 1_998_078, 1_201_272, 31_280),
    ("SJC", "district heat of the city", 41_105, 0, 9),
)


def printed(table, width: int) -> list[str]:
    """The lines of a table in a window of this width."""
    out = io.StringIO()
    Console(file=out, width=width, highlight=False).print(table)
    return out.getvalue().splitlines()


def worked():
    """A table of two ids, words and numbers with thin spaces."""
    table = ruled_table(*HEADS)
    for place, energy, *amounts in ROWS:
        table.add_row(safe(place), energy, *map(grouped, amounts))
    return table


KWH, AT_FACTOR, MARKET = (grouped(amount) for amount in ROWS[0][2:])


def test_a_table_that_fits_is_a_table():
    """In a wide window a row is a line, its numbers to the right under their titles."""
    assert printed(worked(), 120)[:2] == [
        "place               energy                           kWh  location factor  t market",
        f"REG-DONAUMOOS-2026  electricity_purchased      {KWH}        {AT_FACTOR}    {MARKET}",
    ]


def test_a_narrower_one_wraps_words_alone():
    """Titles and words go on below; ids and numbers stay as they are."""
    assert [line.rstrip() for line in printed(worked(), 72)] == [
        "                                                        location       t",
        "place               energy                       kWh      factor  market",
        f"REG-DONAUMOOS-2026  electricity_purchased  {KWH}   {AT_FACTOR}  {MARKET}",
        "SJC                 district heat of the      41\u202f105           0       9",
        "                    city",
    ]


def test_ids_go_on_below_after_a_sign():
    """Where ids are in the way of numbers they are broken after a sign that separates their parts."""
    assert [line.split() for line in printed(worked(), 60)[2:5]] == [
        ["REG-", "electricity_", *KWH.split(), *AT_FACTOR.split(), *MARKET.split()],
        ["DONAUMOOS-", "purchased"],
        ["2026"],
    ]


def test_what_is_indented_stays_whole():
    """An id below the place that it belongs to keeps its blanks before it and stays in one piece."""
    table = ruled_table(("place", False), ("what it is called in words", False), ("kWh", True))
    table.add_row("YORK", "electricity of the office", grouped(55_250))
    table.add_row("  REGO-A", "", grouped(30_000))
    *_, last = printed(table, 30)
    assert last.startswith("  REGO-A ")
    assert last.split() == ["REGO-A", *grouped(30_000).split()]


def test_a_narrow_one_goes_row_by_row():
    """Where not even the numbers stand side by side, each has the title of its column before it."""
    assert printed(worked(), 40) == [
        "REG-DONAUMOOS-2026",
        "  energy: electricity_purchased",
        f"  kWh: {KWH}",
        f"  location factor: {AT_FACTOR}",
        f"  t market: {MARKET}",
        "SJC",
        "  energy: district heat of the city",
        "  kWh: 41\u202f105   location factor: 0",
        "  t market: 9",
    ]


def test_columns_that_hold_nothing_give_way():
    """A column without a single value is left out where there is no room for it, and shown where there is."""
    table = ruled_table(("place", False), ("received after close", False), ("kWh", True))
    table.add_row("REG-DONAUMOOS-2026", "", "12")
    assert "received" in printed(table, 60)[0]
    assert printed(table, 26) == ["place               kWh", "REG-DONAUMOOS-2026   12"]


@pytest.mark.parametrize("width", range(24, 131))
def test_nothing_is_cut_at_any_width(width: int):
    """No line is wider than the window, every number is in one piece, and every word is there to its last sign."""
    lines = printed(worked(), width)
    told = "".join(lines)
    assert max(map(len, lines)) <= width
    assert "\u2026" not in told
    for _, energy, *amounts in ROWS:
        assert all(any(grouped(amount) in line for line in lines) for amount in amounts)
        letters = set(re.findall(r"[a-z]+", energy))
        assert {word for word in letters if not any(word in line for line in lines)} == set()


@pytest.mark.parametrize("words", [
    ("inventory", "--period", "2024", "--by", "activity_type"), ("views", "--period", "2024"),
    ("boundary", "--period", "2024"), ("instruments", "--period", "2024"), ("uncertainty", "--period", "2024"),
    ("scope3", "--period", "2024"), ("factors", "list"), ("factors", "search", "electricity"),
    ("factors", "used", "--period", "2024"), ("setting", "list"), ("recompute", "--period", "2024"),
    ("requirements",), ("ai", "hardware"), ("ai", "regions"),
])  # fmt: skip
def test_commands_cut_nothing_in_a_window_of_80_columns(words, ledger, batch):
    """What a command prints as a table in a narrow window holds every number that it prints in a wide one."""
    assert batch
    narrow, wide = (ghg(*words, ledger=ledger, COLUMNS=columns) for columns in ("80", "400"))
    assert narrow.returncode == wide.returncode == 0, narrow.stderr
    assert max(map(len, narrow.stdout.splitlines())) <= 80
    assert not re.search(r"\w\u2026", narrow.stdout)
    numbers = r"(?<![\w.-])\d[\d\u202f]*(?:\.\d+)?(?![\w.-])"
    assert set(re.findall(numbers, wide.stdout)) <= set(re.findall(numbers, narrow.stdout))
