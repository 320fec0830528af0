"""Holdings that cannot all be true: each is told at its row, with the rule and the others concerned."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

HEADER = "parent,child,equity_share,financial_control,operational_control,valid_from,valid_to,withdrawn"


@pytest.fixture
def told_of(read, known):
    """The findings that refuse a file of holdings among A, B, C and D, with what the ledger has already."""

    def reading(*rows: str, held: tuple = ()) -> list[tuple[str, int | None, str]]:
        named = replace(known, legal_entities={code: code for code in "ABCD"}, holdings=held)
        upload = read("\n".join([HEADER, *rows]) + "\n", kind="holding", known=named)
        return [(found.code, found.line, found.message) for found in upload.findings if found.severity == "error"]

    return reading


def held(parent: str, child: str, share: str, since: date = date(2020, 1, 1), until: date | None = None) -> tuple:
    """What the ledger has."""
    return parent, child, Decimal(share), since, until


def test_nobody_holds_itself(told_of):
    """Parent and child must be two companies."""
    assert told_of("A,A,1,sole,yes,2024-01-01,,") == [("holding-of-itself", 2, "A cannot hold itself")]


def test_more_than_the_whole_of_a_company(told_of):
    """60 % and 50 % on the same day; both rows are told, with the day and the holders."""
    found = told_of("A,C,0.6,sole,yes,2024-01-01,,", "B,C,0.5,joint,yes,2024-03-01,,")
    words = "on 2024-03-01 110 % of C would be held: 60 % by A, 50 % by B"
    assert found == [("holding-over-whole", 2, words), ("holding-over-whole", 3, words)]


def test_the_whole_after_a_sale_is_no_fault(told_of):
    """What was sold the day before leaves room for the buyer."""
    assert told_of("A,C,0.6,sole,yes,2024-01-01,2024-02-29,", "B,C,1,sole,yes,2024-03-01,,") == []


def test_what_the_ledger_has_counts(told_of):
    """The file's row is told where the ledger's holding leaves no room; a row of the same pair and day replaces it."""
    had = (held("A", "C", "0.8"),)
    assert [found[:2] for found in told_of("B,C,0.3,none,no,2024-01-01,,", held=had)] == [("holding-over-whole", 2)]
    assert told_of("A,C,0.7,sole,yes,2020-01-01,,", "B,C,0.3,none,no,2024-01-01,,", held=had) == []
    assert told_of("A,C,0.7,sole,yes,2023-06-01,,", "B,C,0.3,none,no,2024-01-01,,", held=had) == []
    assert told_of("A,C,0.8,sole,yes,2020-01-01,,yes", "B,C,1,sole,yes,2024-01-01,,", held=had) == []


def test_a_circle(told_of):
    """A holds B, B holds C, C holds A: each row of the circle is told, the one beside it is not."""
    found = told_of("A,B,1,sole,yes,2024-01-01,,", "B,C,1,sole,yes,2024-01-01,,", "C,A,0.1,none,no,2024-05-01,,",
                    "C,D,1,sole,yes,2024-01-01,,")  # fmt: skip
    assert [row[:2] for row in found] == [("holding-circle", line) for line in (2, 3, 4)]
    assert found[0][2] == "on 2024-05-01 the holdings lead in a circle: A → B → C → A"
    had = (held("B", "C", "1"), held("C", "A", "0.1"))
    assert [row[:2] for row in told_of("A,B,1,sole,yes,2024-01-01,,", held=had)] == [("holding-circle", 2)]


def test_a_circle_that_never_stood_at_once_is_none(told_of):
    """A held B until May; B holds A from June."""
    assert told_of("A,B,1,sole,yes,2024-01-01,2024-05-31,", "B,A,1,sole,yes,2024-06-01,,") == []


def test_versions_that_overlap(told_of):
    """A version with a last day must end before the next begins; one without is followed by it."""
    found = told_of("A,B,0.5,joint,yes,2024-01-01,2024-12-31,", "A,B,0.6,sole,yes,2024-07-01,,")
    assert [row[:2] for row in found] == [("holding-overlap", 3)]
    assert "line 2 (2024-01-01 to 2024-12-31)" in found[0][2]
    assert told_of("A,B,0.5,joint,yes,2024-01-01,,", "A,B,0.6,sole,yes,2024-07-01,,") == []
    had = (held("A", "B", "0.5", until=date(2024, 12, 31)),)
    assert [row[:2] for row in told_of("A,B,0.6,sole,yes,2024-07-01,,", held=had)] == [("holding-overlap", 2)]


def test_unknown_companies_and_turned_dates(told_of):
    """Parent or child that no register has, and a period that ends before it starts, are told as everywhere."""
    assert {row[0] for row in told_of("A,X,1,sole,yes,2024-01-01,,")} == {"legal-entity-unknown"}
    assert {row[0] for row in told_of("A,B,1,sole,yes,2024-06-01,2024-01-31,")} == {"period-end-before-start"}
