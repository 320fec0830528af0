"""One bill of several facilities: split by floor area, headcount or stated shares, exactly, with the shares told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.intake.known import Place
from ledger.intake.tables.mapping import Shaping

HEADER = "facility_id,activity_type,quantity,unit,month,shared_by\n"


def place(code: str, floor: int | None) -> Place:
    """A facility with a floor area."""
    return Place(code, f"{code} house", "GB", "ACME", None, None, None if floor is None else Decimal(floor))


@pytest.fixture
def read_shared(read, known):
    """Read rows of bills of LON (1000 m2, 10 people), MAN (2000 m2, 30 people) and BARE (nothing known)."""
    people = {"LON": ((date(2026, 1, 1), date(2026, 12, 31), Decimal(10)),),
              "MAN": ((date(2026, 1, 1), date(2026, 12, 31), Decimal(30)),)}  # fmt: skip
    places = {code: place(code, floor) for code, floor in (("LON", 1000), ("MAN", 2000), ("BARE", None))}
    held = replace(known, facilities=places, headcounts=people)

    def reading(*rows: str, header: str = HEADER, **options):
        return read(header + "".join(f"{row}\n" for row in rows), known=held, **options)

    return reading


def shares(upload) -> list[tuple]:
    """Line, facility and quantity of each staged row."""
    assert not upload.has_errors, upload.findings[:3]
    frame = pl.concat([pl.read_parquet(part) for part in upload.parts])
    assert frame["seq"].to_list() == list(range(1, frame.height + 1))
    return frame.select("source_line", "facility_id", "quantity").rows()


@pytest.mark.parametrize(
    ("cell", "by", "expected"),
    [
        ("LON+MAN", "floor_area", ["33.333333", "66.666667"]),
        ("MAN + LON house", "Fläche", ["66.666666", "33.333334"]),
        ("LON+MAN", "headcount", ["25", "75"]),
        ("LON:60%+MAN:40%", "stated", ["60", "40"]),
        ("LON:1 + MAN:2", "shares", ["33.333333", "66.666667"]),
    ],
)
def test_a_bill_is_split_exactly(read_shared, cell, by, expected):
    """Each share is cut at six decimals, the last takes the rest; other rows stay as they are."""
    upload = read_shared(f"{cell},electricity,100,kWh,2026-01,{by}", "MAN,electricity,7,kWh,2026-01,")
    made = shares(upload)
    assert [row[2] for row in made[:2]] == [Decimal(text) for text in expected]
    assert made[2] == (3, "MAN", Decimal(7))
    assert upload.control_totals == {"rows": 3, "quantity": {"kWh": "107"}}


def test_the_share_stands_with_the_row(read_shared):
    """In its note in words, and as terms with their source."""
    upload = read_shared("LON+MAN,electricity,100,kWh,2026-01,floor_area")
    assert pl.read_parquet(upload.parts)["note"].to_list()[0] == (
        "share of LON: 1000 of 3000 m2 of a bill of 100 kWh for LON+MAN, shared by floor area"
    )
    own = upload.parameters.filter(pl.col("facility_id") == "LON")
    assert dict(own.select("name", "value").rows()) == {
        "share_part": Decimal(1000), "share_whole": Decimal(3000), "shared_quantity": Decimal(100),
    }  # fmt: skip
    assert own["source"].to_list()[0] == "floor_m2 of the facility register"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("LON+BARE,electricity,1,kWh,2026-01,floor_area", "share-basis-missing"),
        ("LON+BARE,electricity,1,kWh,2026-01,headcount", "share-basis-missing"),
        ("LON+MAN,electricity,1,kWh,2025-01,headcount", "share-basis-missing"),
        ("LON:50+MAN,electricity,1,kWh,2026-01,stated", "share-stated-missing"),
        ("LON+MAN,electricity,1,kWh,2026-01,", "shared-by-missing"),
        ("LON+LON,electricity,1,kWh,2026-01,floor_area", "facility-group-not-read"),
        ("LON:-1+MAN:2,electricity,1,kWh,2026-01,stated", "facility-group-not-read"),
        ("LON+,electricity,1,kWh,2026-01,floor_area", "facility-unknown"),
        ("LON+NEW,electricity,1,kWh,2026-01,floor_area", "facility-unknown"),
    ],
)
def test_what_cannot_be_split_is_an_error(read_shared, told, row, code):
    """No floor area, no people at the time, no share, nothing to share by, a facility twice or unknown."""
    assert (code, 2, "facility_id") in told(read_shared(row))


@pytest.mark.parametrize(
    ("cell", "by", "told_sum"),
    [
        ("LON:60+MAN:50", "stated", "110"),
        ("LON:60%+MAN:50%", "stated", "110"),
        ("LON:1+MAN:2", "stated", "3"),
        ("LON:60+MAN:40", "stated", None),
        ("LON:0.6+MAN:0.4", "stated", None),
        ("LON+MAN", "floor_area", None),
    ],
)
def test_stated_shares_that_come_to_neither_one_nor_a_hundred_are_told(read_shared, cell, by, told_sum):
    """They are parts of their sum, and the sum is named, in case per cent were meant."""
    upload = read_shared(f"{cell},electricity,110,kWh,2026-01,{by}")
    assert sum(row[2] for row in shares(upload)) == 110
    found = [one for one in upload.findings if one.code == "share-sum-differs"]
    assert [(one.line, one.severity) for one in found] == ([(2, "warning")] if told_sum else [])
    assert all(f"come to {told_sum}," in one.message and "100" in one.message for one in found)


def test_a_group_without_a_column_to_share_by_is_an_error(read_shared, told):
    """Nothing is assumed."""
    upload = read_shared("LON+MAN,electricity,1,kWh,2026-01", header=HEADER.replace(",shared_by", ""))
    assert ("shared-by-missing", 2, "facility_id") in told(upload)


def test_only_the_unknown_of_a_group_is_proposed(read_shared):
    """Not the group itself."""
    assert [one.name for one in read_shared("LON+NEW,electricity,1,kWh,2026-01,floor_area").unknown] == ["NEW"]


def test_a_facility_whose_name_holds_a_plus_is_one(read, known):
    """A known spelling wins."""
    held = replace(known, facilities={"A+B": place("A+B", 5)})
    upload = read(HEADER + "A+B,electricity,1,kWh,2026-01,\n", known=held)
    assert shares(upload) == [(2, "A+B", Decimal(1))]


def test_a_pivoted_bill_is_shared_month_by_month(read_shared):
    """Each cell of its own."""
    upload = read_shared("LON+MAN,Electricity,kWh,30,60,floor_area", header="Site,Fuel,Unit,Jan,Feb,shared by\n",
                         shaping=Shaping("months", 2026))  # fmt: skip
    assert shares(upload) == [(2, "LON", 10), (2, "MAN", 20), (2, "LON", 20), (2, "MAN", 40)]
    assert upload.parameters.height == 12


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    quantity=st.decimals("0", "999999999", places=6, allow_nan=False, allow_infinity=False),
    floors=st.lists(st.integers(1, 10**6), min_size=2, max_size=7),
)
def test_shares_add_up_to_the_bill_and_none_is_below_zero(read, known, quantity, floors):
    """Whatever the quantity and the areas."""
    places = {f"F{n}": place(f"F{n}", floor) for n, floor in enumerate(floors)}
    row = f"{'+'.join(places)},electricity,{quantity:f},kWh,2026-01,floor_area\n"
    made = [row[2] for row in shares(read(HEADER + row, known=replace(known, facilities=places)))]
    assert sum(made) == quantity
    assert min(made) >= 0
    exact = [quantity * floor / sum(floors) for floor in floors]
    assert all(abs(own - share) <= Decimal("0.00001") for own, share in zip(made, exact, strict=True))


def test_an_error_in_a_later_chunk_hides_nothing_of_an_earlier(read, known, told, small_chunks):
    """Chunks are read while those before them are checked; what is told is what they give one after the other."""
    places = {"MAN": place("MAN", 2000), "NEW": replace(place("NEW", 1000), exists_from=date(2026, 2, 1))}
    shared, wrong = "NEW+MAN,electricity,100,kWh,2026-01,floor_area\n", "MAN,electricity,1,parsec,2026-01,\n"
    options = {"known": replace(known, facilities=places), "limits": small_chunks}
    upload = read(HEADER + shared * 2 + wrong, **options)
    assert [(code, line) for code, line, _ in told(upload) if line] == [
        ("period-outside-facility", 2), ("period-outside-facility", 3), ("unit-unknown", 4),
    ]  # fmt: skip
    few = replace(small_chunks, findings_per_code=1)
    late = "NEW,electricity,1,kWh,2026-01,\n"
    upload = read(HEADER + shared + late.replace("NEW", "MAN") + late, **options | {"limits": few})
    assert [(code, line) for code, line, _ in told(upload) if line] == [("period-outside-facility", 2)]
    assert upload.more_findings == {"period-outside-facility": 1}
