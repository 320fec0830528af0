"""Lines that are looked for are those that a look at every posting finds, in pages that hold each once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ledger.assurance.tracing.sought import Sought, sought_lines
from ledger.assurance.tracing.trace import trace
from ledger.errors import Misuse
from ledger.inventory import compile_inventory, period, posting_lines
from ledger.store import session

WHERE = {
    "facility": lambda line, value: line["facility_id"] == value,
    "month": lambda line, value: line["month"].isoformat() == value,
    "activity_type": lambda line, value: line["activity_type"] == value,
    "category": lambda line, value: str(line["scope3_category"]) == value,
}


def stands(line: dict, measure: str) -> bool:
    """Whether a posting is one of a measure."""
    scope, method = line["scope"], line["method"]
    if line["book"] != "inventory" or scope not in {"1", "2", "3"}:
        return False
    if measure.startswith("scope_"):
        return f"scope_{scope}" == measure if scope != "2" else f"scope_2_{method}" == measure
    return scope != "2" or method == measure.removeprefix("total_")


def key(line: dict) -> tuple:
    return line.get("entry"), line["choice_entry"], line["month"], line.get("amount")


@pytest.mark.parametrize(
    ("view", "order"),
    [
        ("operational_control", "size"), ("operational_control", "entry"),
        pytest.param("equity_share", "size", marks=pytest.mark.thorough),
        pytest.param("equity_share", "entry", marks=pytest.mark.thorough),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "cuts", [{}, {"facility": "F2", "month": "2024-04-01"}]
)  # fmt: skip
def test_pages_hold_every_line_once(template, view, order, cuts):
    """Page after page, by size or by entry: the postings of the measure and cut, each once, and their sum."""
    with session(template) as s:
        of = period("2024")
        for measure in ("total_market", "scope_3")[: 2 if cuts else 1]:
            wanted = [
                line for line in posting_lines(s, of, view).to_pylist()
                if stands(line, measure) and line["total_co2e_kg"] is not None
                and all(WHERE[name](line, value) for name, value in cuts.items())
            ]  # fmt: skip
            sought, pages, more = Sought(measure, cuts, order=order), [], True
            while more:
                found = sought_lines(s, of, view, None, sought, first=len(pages), limit=23)
                assert len(found.lines) == 23 or not found.more
                pages += found.lines
                more = found.more
            assert found.postings == trace(s, found.figure).postings
            told = [(line.details.get("entry"), line.details["choice_entry"], line.details["month"]) for line in pages]
            assert sorted(map(str, told)) == sorted(str(key(line)[:3]) for line in wanted)
            assert (found.value or 0) == sum((line["total_co2e_kg"] for line in wanted), Decimal(0))
            if order == "size":
                assert [abs(line.amount) for line in pages] == sorted((abs(p.amount) for p in pages), reverse=True)


@pytest.mark.parametrize("view", ["operational_control", "equity_share"])
def test_words_are_looked_for_in_the_rows(template, view):
    """Every word must stand in what the row says, whatever its case; sums are those of the lines found."""
    with session(template) as s:
        of = period("2024")
        every = [line for line in posting_lines(s, of, view).to_pylist() if stands(line, "total_location")]
        known = [line for line in every if line["total_co2e_kg"] is not None]
        wanted = [line for line in known if line["activity_type"] == "natural_gas" and line["facility_id"] == "F1"]
        for order in ("size", "entry"):
            found = sought_lines(s, of, view, None, Sought(words="NATURAL_gas f1", order=order), limit=1000)
            assert 0 < found.postings <= len(wanted) == len(found.lines)
            assert (found.value or 0) == sum((line["total_co2e_kg"] for line in wanted), Decimal(0))
        assert sought_lines(s, of, view, None, Sought(words="no such words")).postings == 0


def not_quantified_of(s, of):
    """The gaps of the inventory."""
    return compile_inventory(s, of).not_quantified


def test_what_has_no_amount_is_found(template):
    """The lines without a result are those of the inventory's gaps."""
    with session(template) as s:
        of = period("2024")
        found = sought_lines(s, of, "operational_control", None, Sought(quantified=False), limit=1000)
        assert all(line.amount is None for line in found.lines)
        gaps = [gap for gap in not_quantified_of(s, of) if gap.method != "market"]
        assert found.postings == sum(gap.rows for gap in gaps) > 0
        assert found.value is None


@pytest.mark.parametrize(
    "asked", [{"measure": "energy"}, {"cuts": {"gas": "CO2"}}, {"order": "colour"}, {"cuts": {"colour": "red"}}]
)  # fmt: skip
def test_what_lines_are_not_looked_for_by(template, asked):
    """A measure, cut or order that is not there is told."""
    with pytest.raises(Misuse), session(template) as s:
        sought_lines(s, period("2024"), "operational_control", None, Sought(**asked))
