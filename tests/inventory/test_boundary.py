"""The boundary: chains, days, leases, exclusions, and a structure taken as of one day."""

from __future__ import annotations

import itertools
import sys
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent.parent / "calculation"))
sys.path.insert(0, str(Path(__file__).parent))
import tiny
from test_views import FACTORS, bought, burnt, entity, holding, organised

from ledger.inventory import VIEWS, boundary, breakdown, compile_inventory, period, posting_lines
from ledger.inventory.boundaries.boundary import boundary_of
from ledger.inventory.boundaries.consolidation import facility_rule
from ledger.inventory.boundaries.structure import EntityVersion, FacilityVersion, HoldingVersion, Standings, Structure
from ledger.inventory.posted import shared_sql
from ledger.store import Session, session
from schemas.vocabulary import Relation

YEAR = period("2024")
SINCE = date(2000, 1, 1)

# Where Scope 1 and 2 of a facility of the company itself stand (Corporate Standard, app. F): None is inside.
LEASES = {
    "owned": (None, None, None),
    "lease_in_operating": (None, 8, 8),
    "lease_in_finance": (None, None, None),
    "lease_out_operating": (13, None, None),
    "lease_out_finance": (13, 13, 13),
    "franchise": (14, 14, 14),
    "colocation": (None, 8, 8),
    "investment": (15, 15, 15),
}


@pytest.mark.parametrize("relation", list(Relation))
def test_leases_stand_where_the_approach_puts_them(relation: str):
    """Operational control, financial control and equity share each have their answer; the ESRS follow the first two."""
    found = [facility_rule(view, relation).scope3_category for view in VIEWS]
    operational, financial, equity = LEASES[relation]
    assert found == [operational, financial, equity, operational, financial]


def held(parent: str, child: str, share: Decimal, control: str = "sole", operated: bool = True) -> HoldingVersion:
    """A holding since ever."""
    return HoldingVersion(parent, child, share, control, operated, SINCE, None, "")


def group_of(holdings: list[HoldingVersion]) -> Structure:
    """A structure of companies that are all in the accounts."""
    codes = {code for h in holdings for code in (h.parent, h.child)} | {"C0"}
    by_child: dict[str, tuple[HoldingVersion, ...]] = {}
    for one in holdings:
        by_child[one.child] = (*by_child.get(one.child, ()), one)
    return Structure(by_child, {code: (EntityVersion(code, code, True, SINCE, None),) for code in codes}, {})


@given(st.data())
def test_shares_multiply_along_chains(data: st.DataObject):
    """In a random tree the equity share is the product of the shares above; control is whole where it is unbroken."""
    count = data.draw(st.integers(1, 12))
    places = st.decimals(0, 1, places=6)
    shares, above, holdings = {0: Fraction(1)}, {0: True}, []
    for child in range(1, count + 1):
        parent = data.draw(st.integers(0, child - 1))
        share, operated = data.draw(places), data.draw(st.booleans())
        holdings.append(held(f"C{parent}", f"C{child}", share, "sole", operated))
        shares[child] = shares[parent] * Fraction(share)
        above[child] = above[parent] and operated and shares[parent] > 0
    structure = group_of(holdings)
    equity, operational = Standings(structure, "equity_share"), Standings(structure, "operational_control")
    for child, product in shares.items():
        assert Fraction(equity.of(f"C{child}", SINCE).share) == product
        assert operational.of(f"C{child}", SINCE).share == (1 if above[child] else 0)


def test_several_chains_add_up_and_never_pass_the_whole():
    """50 % directly and 50 % of a subsidiary of 60 % are 80 %; two chains of control are still one company."""
    structure = group_of([held("C0", "A", Decimal("0.6")), held("C0", "B", Decimal("0.5")),
                          held("A", "B", Decimal("0.5"))])  # fmt: skip
    assert Standings(structure, "equity_share").of("B", SINCE).share == Decimal("0.8")
    assert Standings(structure, "financial_control").of("B", SINCE).share == 1


def test_two_small_holdings_of_the_group_are_an_influence():
    """12 % and 12 % without control are 24 % in all: an associate, not an investment."""
    structure = group_of([held("C0", "A", Decimal(1)), held("C0", "B", Decimal("0.12"), "none", False),
                          held("A", "B", Decimal("0.12"), "none", False)])  # fmt: skip
    assert Standings(structure, "equity_share").of("B", SINCE).share == Decimal("0.24")


def test_the_last_day_of_a_holding_is_held():
    """`valid_to` is a day on which it is still held."""
    one = HoldingVersion("C0", "A", Decimal(1), "sole", True, SINCE, date(2024, 5, 10), "")
    standings = Standings(group_of([one]), "equity_share")
    assert [standings.of("A", date(2024, 5, day)).share for day in (9, 10, 11)] == [1, 1, 0]


def test_a_circle_of_holdings_ends():
    """Companies that hold each other and nobody else are not the group's."""
    structure = group_of([held("A", "B", Decimal(1)), held("B", "A", Decimal(1))])
    assert Standings(structure, "equity_share").of("A", SINCE).share == 0


@given(st.decimals("-99999999999999999999", "99999999999999999999", places=18), st.decimals(0, 1, places=12))
def test_a_share_of_an_amount_is_rounded_once(amount: Decimal, share: Decimal):
    """The SQL of a share is the product in Python, rounded at the 18th decimal, half away from zero."""
    import decimal

    with decimal.localcontext() as context:
        context.prec = 90
        product = (amount * share).quantize(Decimal("1e-18"), ROUND_HALF_UP)
    assert _memory().one(f"select {shared_sql('a', 's')} from (select ?::decimal(38,18) a, ?::decimal(13,12) s)",
                         [amount, share])[0] == product  # fmt: skip


def _memory() -> Session:
    import duckdb

    global _CON  # noqa: PLW0603 — one connection for all examples
    _CON = _CON or duckdb.connect()
    return Session(Path(), _CON)


_CON = None


def placed(structure: Structure, view: str, facility: str) -> tuple[str, Decimal]:
    """Where a facility stands in 2024, and at which share."""
    used = frozenset({(None, facility)})
    span = boundary_of(structure, YEAR, view, used).of_postings[0]
    return span.placement, span.share


def site(code: str, company: str, relation: str) -> dict[str, tuple[FacilityVersion, ...]]:
    """One facility."""
    return {code: (FacilityVersion(code, code, company, relation, None, None, SINCE, None),)}


@pytest.mark.parametrize(
    ("relation", "expected"),
    [
        ("owned", ("not_held", 0)),
        ("investment", ("not_held", 0)),
        ("lease_in_operating", ("inside", 1)),
        ("lease_out_operating", ("category_13", 1)),
        ("franchise", ("category_14", 1)),
    ],
)
def test_a_third_party_counts_only_by_contract(relation: str, expected: tuple[str, int]):
    """What belongs to somebody else is nothing, unless the register says that it is leased, let or franchised."""
    made = group_of([held("C0", "A", Decimal(1))])
    stranger = {"X": (EntityVersion("X", "X", False, SINCE, None),)}
    structure = Structure(made.holdings, made.entities | stranger, site("S", "X", relation))
    assert placed(structure, "operational_control", "S") == expected


def test_a_partner_among_the_holders_is_not_the_group():
    """Of a venture held at 40 % by the group and at 60 % by a partner, 40 % is the group's."""
    made = group_of([held("C0", "J", Decimal("0.4"), "joint", False), held("X", "J", Decimal("0.6"), "joint", True)])
    partner = {"X": (EntityVersion("X", "X", False, SINCE, None),)}
    structure = Structure(made.holdings, made.entities | partner, site("S", "J", "owned"))
    assert placed(structure, "equity_share", "S") == ("inside", Decimal("0.4"))
    assert placed(structure, "operational_control", "S") == ("category_15", Decimal("0.4"))


def test_a_lease_of_a_subsidiary_moves_at_its_share():
    """An office that a subsidiary of 60 % leases: category 8 at 60 % under equity share, whole under control."""
    made = group_of([held("C0", "A", Decimal("0.6"))])
    structure = Structure(made.holdings, made.entities, site("S", "A", "lease_in_operating"))
    assert placed(structure, "equity_share", "S") == ("category_8", Decimal("0.6"))
    assert placed(structure, "financial_control", "S") == ("category_8", 1)
    assert placed(structure, "operational_control", "S") == ("inside", 1)


def test_a_company_in_no_accounts_still_reports():
    """Where no company that nobody holds is in consolidated accounts, each of them is the reporting company."""
    alone = Structure({}, {"A": (EntityVersion("A", "A", False, SINCE, None),)}, site("S", "A", "owned"))
    assert placed(alone, "equity_share", "S") == ("inside", 1)


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory):
    """TOP owns NEW since 18 May and sold OLD after 10 May, keeping 15 %; a facility of each, some left out."""
    path = tiny.ledger_path(tmp_path_factory.mktemp("group"))
    places = [
        tiny.facility("TOP", legal_entity_id="TOP"),
        tiny.facility("NEW", legal_entity_id="NEW"),
        tiny.facility("OLD", legal_entity_id="OLD"),
        tiny.facility("OUT", legal_entity_id="TOP", exclusion_reason="empty hall", exclusion_kg=Decimal(70)),
        tiny.facility("GONE", legal_entity_id="TOP", exclusion_reason="no data", exclusion_kg=Decimal(5)),
        tiny.facility("MOVED", legal_entity_id="TOP", valid_to=date(2024, 5, 20)),
        tiny.facility("MOVED", legal_entity_id="NEW", valid_from=date(2024, 5, 21)),
    ]
    with session(path, "write", create=True) as s:
        tiny.found(s, FACTORS, facilities=places)
        organised(
            s,
            [entity("TOP"), entity("NEW"), entity("OLD", True)],
            [
                holding("NEW", "0.8", "sole", True, valid_from=date(2024, 5, 18)),
                holding("OLD", "1", "sole", True, valid_to=date(2024, 5, 10)),
                holding("OLD", "0.15", "none", False, valid_from=date(2024, 5, 11)),
            ],
        )
        may = (date(2024, 5, 1), date(2024, 5, 31))
        rows = [burnt(code, "3100", *may) for code in ("TOP", "NEW", "OLD", "OUT", "MOVED")]
        rows += [burnt("NEW", "1000", date(2024, 4, 1), date(2024, 4, 30)), bought("OLD", "3100", *may)]
        rows += [burnt("TOP", "1000") | {"facility_id": None, "country": "GB"}]
        rows += [burnt("TOP", "1000") | {"facility_id": None, "country": "GB", "legal_entity_id": "NEW"}]
        odd = {"facility_id": "NEW", "legal_entity_id": None, "calorific_basis": "gross"}
        rows += [tiny.row("lpg", kwh, "kWh", *may) | odd for kwh in ("333.333333", "222.222221", "0.000001", "77.7777")]
        tiny.upload(s, "rows", rows)
    with session(path) as s:
        yield s


def test_the_structure_is_that_of_the_checkpoint(group: Session):
    """Before the companies and holdings were recorded, every facility is the reporting company's own."""
    assert boundary(group, YEAR, "equity_share", 1).spans[0].placement in ("inside", "excluded")
    assert all(span.share == 1 for span in boundary(group, YEAR, "equity_share", 1).spans)
    assert any(span.share == Decimal("0.8") for span in boundary(group, YEAR, "equity_share", 2).spans)


def share(days: int, of: str = "1") -> Decimal:
    """Days of May at a share, rounded at 12 decimals."""
    return (Decimal(days) * Decimal(of) / 31).quantize(Decimal("1e-12"), ROUND_HALF_UP)


def test_days_decide_in_a_month_of_change(group: Session):
    """Bought on the 18th: 14 days. Sold after the 10th: 10 days inside, 21 days at 15 % in category 15."""
    rows = {row["facility"]: row for row in breakdown(group, YEAR, "facility", "financial_control")}
    odd = Decimal("633.333255") * Decimal("0.123456789013")
    whole = (odd * share(14)).quantize(Decimal("1e-18"), ROUND_HALF_UP)
    assert rows["NEW"]["scope_1"] == 620 * share(14) + whole  # and nothing for April
    assert rows["OLD"]["scope_1"] == 620 * share(10)
    assert rows["OLD"]["scope_2_location"] == 1240 * share(10)
    upstream = (93 + 155) * share(10)  # gas 3100 × 0.03, electricity 3100 × 0.05
    assert rows["OLD"]["scope_3"] == upstream + (620 + 1240) * share(21, "0.15")
    assert rows["TOP"]["scope_1"] == 620


def test_a_facility_that_changes_company_counts_whole_and_is_cut_by_company(group: Session):
    """20 days of one company and 11 of another: 31 days in all under financial control, and a part for each."""
    lines = [line for line in posting_lines(group, YEAR, "financial_control").to_pylist()
             if line["facility_id"] == "MOVED" and line["scope"] == "1"]  # fmt: skip
    by_company = {line["entity"]: line["total_co2e_kg"] for line in lines}
    assert by_company == {"TOP": 620 * share(20), "NEW": 620 * (1 - share(20))}
    equity = {line["entity"]: line["total_co2e_kg"] for line in posting_lines(group, YEAR, "equity_share").to_pylist()
              if line["facility_id"] == "MOVED" and line["scope"] == "1"}  # fmt: skip
    assert sum(equity.values()) == 620 * ((20 + 11 * Decimal("0.8")) / 31).quantize(Decimal("1e-12"), ROUND_HALF_UP)


def test_rows_without_a_facility_count_as_their_company_or_whole(group: Session):
    """No facility and no company: whole. A company alone: as that company on those days, here not yet held."""
    rows = {row["facility"]: row for row in breakdown(group, YEAR, "facility", "financial_control")}
    assert rows[None]["scope_1"] == 200
    companies = {row["legal_entity"]: row["scope_1"] for row in breakdown(group, YEAR, "legal_entity", "equity_share")}
    assert companies[None] == 200


def test_what_is_left_out_is_listed_with_its_size(group: Session):
    """An excluded facility is in no total; its reason, its stated size and the size of its data are told."""
    figures = compile_inventory(group, YEAR)
    assert [(e.facility_id, e.reason, e.stated_kg, e.computed_kg) for e in figures.exclusions] == [
        ("GONE", "no data", 5, None), ("OUT", "empty hall", 70, Decimal(713)),
    ]  # fmt: skip
    assert "OUT" not in {row["facility"] for row in breakdown(group, YEAR, "facility")}


def test_the_structure_of_one_day_serves_the_whole_year(group: Session):
    """The all-year convention: as of 31 December the acquisition counts from January, what was sold does not."""
    figures = compile_inventory(group, YEAR, "financial_control", structure_on=date(2024, 12, 31))
    april, may, alone, odd = 200, 620, 200, Decimal("633.333255") * Decimal("0.123456789013")
    assert figures.scope_1 == may * 3 + april + alone * 2 + odd  # TOP, NEW and MOVED in May; NEW in April and by itself
    assert figures.scope_3_categories[15] == (620 + 1240) * Decimal("0.15")
    before = compile_inventory(group, YEAR, "financial_control", structure_on=date(2024, 1, 1))
    assert before.scope_1 == may * 3 + alone  # TOP, OLD, MOVED, and what names nobody


@pytest.mark.parametrize("view", VIEWS)
def test_inside_and_outside_are_the_facts(group: Session, view: str):
    """Per facility, each day of Scope 1 and 2 is inside, in a category or not held: the days of May add up to 31."""
    found = boundary(group, period("2024-05"), view, 100)
    pairs = {(span.given_entity, span.facility_id) for span in found.spans}
    for pair in pairs:
        spans = [span for span in found.spans if (span.given_entity, span.facility_id) == pair]
        assert sum((span.end - span.start).days + 1 for span in spans) == 31
        assert all(a.end + timedelta(days=1) == b.start for a, b in itertools.pairwise(spans))


@pytest.mark.parametrize("view", VIEWS)
def test_lines_add_up_where_shares_do_not_divide(group: Session, view: str):
    """Shares of 12 decimals leave a rest at the 18th: the lines still sum to the figures, cut as the view cuts."""
    figures = compile_inventory(group, YEAR, view)
    lines = [line for line in posting_lines(group, YEAR, view).to_pylist() if line["book"] == "inventory"]
    for measure, scope, method in (("scope_1", "1", "single"), ("scope_2_location", "2", "location"),
                                   ("scope_2_market", "2", "market"), ("scope_3", "3", "single")):  # fmt: skip
        amounts = [line["total_co2e_kg"] for line in lines if (line["scope"], line["method"]) == (scope, method)]
        assert sum(amount for amount in amounts if amount is not None) == getattr(figures, measure), measure
    energy = sum(line["energy_kwh"] for line in lines if line["energy_kwh"] is not None)
    assert energy == figures.energy_kwh["total"]
    assert figures.share_primary == {category: 1 for category, kg in figures.scope_3_categories.items() if kg}
