"""Samples: the frame is the figure, the seed alone decides, and who drew it is held against another drawing."""

from __future__ import annotations

import hashlib
import math
import random
from collections import Counter
from datetime import date
from decimal import Decimal

import full
import pytest
import tiny

from ledger.assurance.sampling.documents import documents_drawn, lines_of
from ledger.assurance.sampling.drawing import (
    Wish,
    checked_wish,
    draw,
    interval_for,
    interval_of,
    shared_out,
    start_of,
)
from ledger.assurance.sampling.frame import MEASURES, Frame, frame_text, make_frame
from ledger.assurance.sampling.redrawn import redrawn
from ledger.assurance.sampling.sample import make_sample
from ledger.errors import Misuse
from ledger.inventory import Period, compile_inventory
from ledger.store import Checkpoint, append, as_arrow, session
from ledger.store.tables import Evidence

VIEW = "operational_control"
JANUARY, SPRING = Period(*full.JANUARY, "2024-01"), Period(date(2024, 3, 1), date(2024, 5, 31), "")
WISHES = (
    Wish("random", "7", 4), Wish("value", "7", 4), Wish("stratum", "7", 4, by="month"), Wish("carbon-unit", "7", 4),
    Wish("carbon-unit", "é:", interval_kg=Decimal("100.000000000000000001")),
    Wish("carbon-unit", "x", performance_materiality_kg=Decimal(1000), confidence_factor=Decimal("2.31")),
)  # fmt: skip


@pytest.mark.parametrize(
    "measure", [pytest.param(one, marks=[pytest.mark.thorough] * (n % 2)) for n, one in enumerate(MEASURES)]
)
def test_a_frame_adds_up_to_the_figure(template, measure):
    """The units of a total are its figure to the last digit, and their text has the digest of the frame."""
    with session(template) as s:
        for of in (JANUARY, SPRING):
            frame = make_frame(s, of, VIEW, measure)
            figure = getattr(compile_inventory(s, of, VIEW), measure)
            assert frame.kg == (figure or 0)
            frame = make_frame(s, of, VIEW, measure)
            text = b"".join(frame_text(s, frame.count + frame.unquantified, frame.missing))
            assert hashlib.sha256(text).hexdigest() == frame.sha256
            assert len(text.splitlines()) == frame.units


def test_reversed_rows_and_replaced_choices_are_no_units(template):
    """Of the twelve gas rows all stand; of the electricity rows one reversed is gone, and each has one unit a line."""
    with session(template) as s:
        frame = make_frame(s, Period(*full.DAY, ""), VIEW, "scope_2_location")
        units = s.rows("select activity_batch, activity_seq, month, count(*) from frame group by all")
        assert {row[3] for row in units} == {1}
        gone = set(s.rows("select reverses_batch, reverses_seq from activity where reverses_batch is not null"))
        assert gone
        assert not gone & {row[:2] for row in units}
        assert frame.count == len(units)


@pytest.mark.thorough
def test_the_same_seed_draws_the_same_sample_on_any_threads(path, monkeypatch):
    """Each method gives the same items twice, and on one thread or four; another seed gives others."""
    made = []
    for threads in ("1", "4"):
        monkeypatch.setenv("GHG_THREADS", threads)
        with session(path) as s:
            made += [
                [make_sample(s, SPRING, VIEW, "scope_2_location", wish).as_json() for wish in WISHES] for _ in range(2)
            ]
    assert made[0] == made[1] == made[2] == made[3]
    with session(path) as s:
        other = make_sample(s, SPRING, VIEW, "scope_2_location", Wish("random", "8", 4))
    assert other.items_sha256 != made[0][0]["items_sha256"]


@pytest.mark.parametrize(
    "measure",
    [
        "scope_2_market",
        "total_location",
        *(pytest.param(m, marks=pytest.mark.thorough) for m in ("scope_1", "total_market")),
    ],
)
def test_another_drawing_finds_the_same(template, measure):
    """Statements that share nothing with the first give the same frame, items and kg, method by method."""
    with session(template) as s:
        for wish in WISHES:
            made = make_sample(s, SPRING if measure != "scope_1" else JANUARY, VIEW, measure, wish)
            again = redrawn(s, made.row)
            assert (again.frame_count, again.frame_kg) == (made.frame.units, made.frame.kg)
            assert again.frame_sha256 == made.frame.sha256
            assert again.items_sha256 == made.items_sha256
            assert again.items == tuple((one.about, one.kg) for one in made.items)


def test_what_has_no_value_is_a_stratum_of_its_own(template):
    """The row without a factor is drawn only as a gap, and no gap counts in the kg."""
    with session(template) as s:
        made = make_sample(s, JANUARY, VIEW, "scope_2_location", Wish("carbon-unit", "7", 4, gaps=3))
        assert made.frame.unquantified >= 1
        gaps = [one for one in made.items if one.selection == "gap"]
        assert gaps
        assert {one.kg for one in gaps} == {None}
        assert {one.stratum for one in gaps} == {"gaps"}
        assert all(one.kg is not None for one in made.items if one.selection != "gap")
        without = make_sample(s, JANUARY, VIEW, "scope_2_location", Wish("carbon-unit", "7", 4, gaps=0))
        assert not [one for one in without.items if one.selection == "gap"]


def framed(s, values: list[Decimal]) -> Frame:
    """A frame of plain values, as temp table `frame` has them."""
    s.run("create or replace temp table frame (unit_no bigint, kg decimal(38,18))")
    for number, value in enumerate(values, 1):
        s.run("insert into frame values (?, ?::decimal(38,18))", [number, value])
    total = sum(values, Decimal(0))
    absolute = sum(map(abs, values), Decimal(0))
    return Frame(JANUARY, VIEW, "scope_1", Checkpoint("o", 1, "r"), len(values), total, absolute, 0, (), True, "")


@pytest.mark.thorough
def test_each_kg_has_the_same_chance(template):
    """Over many seeds a unit is drawn as often as |kg| ÷ interval says, within what chance allows.

    How often is binomial: of n seeds p × n with a standard deviation of √(n p (1 − p)). Four and a half of them on
    either side leave a chance of less than 1 in 10,000 that one of nine units is out of it.
    """
    values = [Decimal(text) for text in ("1", "-2", "3.5", "0", "10", "-20", "0.000000000000000001", "13.5", "30")]
    seeds, drawn = 300, Counter()
    with session(template) as s:
        frame = framed(s, values)
        for seed in range(seeds):
            drawn.update(one.unit_no for one in draw(s, frame, Wish("carbon-unit", str(seed), size=2)).drawn)
        interval = draw(s, frame, Wish("carbon-unit", "0", size=2)).interval_kg
    assert interval == Decimal("40.000000000000000001")  # half of the total, rounded up
    for number, value in enumerate(values, 1):
        chance = float(abs(value) / interval)
        allowed = 4.5 * math.sqrt(seeds * chance * (1 - chance))
        assert abs(drawn[number] - seeds * chance) <= allowed, (value, drawn[number])
    assert drawn[4] == 0


def test_every_unit_has_the_same_chance_by_chance(template):
    """A random sample of 3 of 10 draws each unit 3 times of 10, within what chance allows; larger ones hold smaller."""
    seeds, drawn = 300, Counter()
    with session(template) as s:
        frame = framed(s, [Decimal(n) for n in range(1, 11)])
        for seed in range(seeds):
            few = {one.unit_no for one in draw(s, frame, Wish("random", str(seed), size=3)).drawn}
            drawn.update(few)
            assert len(few) == 3
        more = {one.unit_no for one in draw(s, frame, Wish("random", str(seeds - 1), size=5)).drawn}
    assert few < more
    allowed = 4.5 * math.sqrt(seeds * 0.3 * 0.7)
    assert all(abs(drawn[number] - seeds * 0.3) <= allowed for number in range(1, 11))


def test_large_units_are_certain(template):
    """A unit of an interval or more is in every sample; the rest of the size falls on the others."""
    values = [Decimal(n) for n in (100, -60, 5, 4, 3, 2, 1)]
    with session(template) as s:
        frame = framed(s, values)
        for seed in range(20):
            made = draw(s, frame, Wish("carbon-unit", str(seed), size=4))
            assert made.interval_kg == Decimal("7.5")  # (175 − 160) ÷ (4 − 2)
            certain = [one.unit_no for one in made.drawn if one.selection == "certainty"]
            assert certain == [1, 2]
            assert len(made.drawn) == 4
        fixed = draw(s, frame, Wish("carbon-unit", "1", interval_kg=Decimal(60)))
        assert [one.unit_no for one in fixed.drawn if one.selection == "certainty"] == [1, 2]


def test_hits_are_those_that_a_running_total_gives(template):
    """The drawn units are those that plain arithmetic over a running total in whole numbers gives."""
    chance = random.Random(4)  # noqa: S311 — values for a test
    values = [Decimal(chance.randrange(-(10**24), 10**24)).scaleb(-18) for _ in range(3000)]
    with session(template) as s:
        frame = framed(s, values)
        made = draw(s, frame, Wish("carbon-unit", "s", size=200))
    start, interval = made.start_kg, made.interval_kg
    found, upto, hit = [], 0, int(start.scaleb(18))
    for number, value in enumerate(values, 1):
        if abs(value) >= interval:
            found.append(number)
            continue
        upto += int(abs(value).scaleb(18))
        if hit <= upto:
            found.append(number)
        while hit <= upto:
            hit += int(interval.scaleb(18))
    assert [one.unit_no for one in made.drawn] == found


def test_a_hit_on_the_very_end_of_a_unit_is_in_it(template):
    """Six units of the smallest mass and an interval of two: every other unit, from the first or from the second."""
    smallest = Decimal("1e-18")
    with session(template) as s:
        frame = framed(s, [smallest] * 6)
        found = {
            tuple(one.unit_no for one in draw(s, frame, Wish("carbon-unit", str(seed), interval_kg=2 * smallest)).drawn)
            for seed in range(12)
        }
    assert found == {(1, 3, 5), (2, 4, 6)}


def test_intervals_by_hand():
    """Intervals of a size, of materiality and factor, and starts within them."""
    assert interval_for(Decimal(100), 4, [Decimal(20)]) == 25
    assert interval_for(Decimal(100), 4, [Decimal(25), Decimal(20)]) == 25  # 75 ÷ 3
    assert interval_for(Decimal(100), 2, [Decimal(90), Decimal(6), Decimal(4)]) == 10
    assert interval_for(Decimal(0), 2, []) == 0
    assert interval_of(Decimal(1000), Decimal(3)) == Decimal("333.333333333333333333")
    assert all(0 < start_of(str(seed), Decimal(1)) <= 1 for seed in range(200))
    assert {start_of(str(seed), Decimal("1e-18")) for seed in range(9)} == {Decimal("1e-18")}


def test_a_size_is_shared_out_by_kg():
    """In proportion to kg, one at least, never more than there are; the largest remainders take what is left."""
    assert shared_out(10, [(100, Decimal(60)), (100, Decimal(30)), (100, Decimal(10))]) == [6, 3, 1]
    assert shared_out(10, [(2, Decimal(60)), (100, Decimal(30)), (100, Decimal(10))]) == [2, 6, 2]
    assert shared_out(3, [(9, Decimal(98)), (9, Decimal(1)), (9, Decimal(1))]) == [1, 1, 1]
    assert shared_out(5, [(9, Decimal(1)), (9, Decimal(1))]) == [3, 2]
    assert shared_out(50, [(9, Decimal(1)), (8, Decimal(0))]) == [9, 8]
    assert shared_out(4, [(5, Decimal(0)), (15, Decimal(0))]) == [1, 3]


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish("dice", "1", 3), "no method of sampling 'dice'"),
        (Wish("random", "", 3), "needs a seed"),
        (Wish("random", "1"), "how many items"),
        (Wish("random", "1", 3, by="month"), "strata go with"),
        (Wish("stratum", "1", 3), "strata of what"),
        (Wish("carbon-unit", "1"), "by a size or by an interval"),
        (Wish("carbon-unit", "1", 3, interval_kg=Decimal(1)), "by a size or by an interval"),
        (Wish("carbon-unit", "1", interval_kg=Decimal(-1)), "more than nothing"),
        (Wish("value", "1", 3, interval_kg=Decimal(1)), "goes with the method carbon-unit"),
        (Wish("value", "1", 0), "0 items cannot be drawn"),
    ],
)
def test_wishes_that_cannot_be_followed(wish, words):
    """What says too little, too much or contradicts itself is told in words."""
    with pytest.raises(Misuse, match=words):
        checked_wish(wish)


@pytest.mark.parametrize(
    "changes",
    [
        ("seed = 'other'", "frame_sha256 = 'f'", "items_sha256 = 'i'", "frame_kg = frame_kg + 1", "item_count = 7"),
        ("frame_count = 1", "checkpoint_size = 2", "measure = 'scope_3'",
         "parameters = replace(parameters, '\"size\":6', '\"size\":5')", "seed = seed || ' '"),
    ],
)  # fmt: skip
def test_a_sample_that_does_not_come_out_is_named(path, changes):
    """Any part of a recorded sample, changed, makes the drawing differ, and each sample is named."""
    named = enumerate(changes)
    full.harm(path, *(f"update review_sample set {change} where sample_id = 's{n}'" for n, change in named))
    found = {one.entry for one in full.meaning(path) if one.code == "sample-differs"}
    with session(path) as s:
        assert found == {row[0] for row in s.rows("select concat('B', batch_no, '-', seq) from review_sample")}


def test_an_entry_put_in_before_the_checkpoint_shows_in_the_sample(path):
    """Whoever slips a row into an old batch changes the frame of every sample drawn since."""
    full.harm(path, "insert into activity select * replace (9999 as seq, 1::decimal(18,6) as quantity) from activity "
                    "where activity_type = 'natural_gas' limit 1")  # fmt: skip
    assert {one.code for one in full.meaning(path)} >= {"sample-differs"}


def test_a_result_of_something_else_is_named(path):
    """A result speaks of an item of its sample that is on record, with the name and the kg that were drawn."""
    changes = ("about = 'B1-1'", "item = 99", "recorded_kg = recorded_kg + 1", "sample_id = 'none'")
    full.harm(path, *(f"update sample_result set {change} where item = {n}" for n, change in enumerate(changes, 1)))
    assert sum(one.code == "sample-result" for one in full.meaning(path)) == len(changes)


@pytest.mark.thorough
def test_closed_months_are_read_at_their_pin(tmp_path):
    """Rows that came after a month was closed are in no frame, as they are in no figure; another drawing agrees."""
    with session(tiny.ledger_path(tmp_path), "write", create=True) as s:
        tiny.found(s, [tiny.factor("t:power", co2e_published_kg_per_unit="0.2")],
                   instruments=[tiny.instrument("R1", "30"), tiny.instrument("R2", "25")])  # fmt: skip
        first, second = (date(2024, 1, 1), date(2024, 1, 31)), (date(2024, 2, 1), date(2024, 2, 29))
        rows = [tiny.row("electricity_purchased", f"{n}0", "kWh", *span) for n in (1, 2, 3) for span in (first, second)]
        upload = tiny.upload(s, "u", rows)
        tiny.calculate(s, "c")
        tiny.period_event(s, "close", "closed", *first)
        tiny.upload(s, "late", [tiny.row("electricity_purchased", "70", "kWh", *span) for span in (first, second)])
        tiny.reverse(s, "r", upload, 1)
        tiny.publish(s, "f", [tiny.factor("t:power", version="1.1", co2e_published_kg_per_unit="0.3")],
                     [tiny.dataset("t-2024", version="1.1")])  # fmt: skip
        tiny.calculate(s, "c2")
        for of in (Period(*first, ""), Period(*second, ""), Period(first[0], second[1], "")):
            for measure in ("scope_2_location", "scope_2_market"):
                made = make_sample(s, of, VIEW, measure, Wish("carbon-unit", "1", size=3))
                assert made.frame.kg == getattr(compile_inventory(s, of, VIEW), measure)
                again = redrawn(s, made.row)
                assert (again.frame_sha256, again.items_sha256) == (made.frame.sha256, made.items_sha256)
        january = make_frame(s, Period(*first, ""), VIEW, "scope_2_location")
        assert (january.count, january.kg) == (3, 12)  # 60 kWh x 0.2, as it was closed


def test_a_misstatement_of_nothing_is_named(path):
    """A misstatement names an engagement, entry and sample that are there, and a batch that corrected something."""
    changes = (
        "engagement_id = 'none'", "about = 'B99-1'", "sample_id = 'none'", "corrected = true",
        "corrected = true, corrected_batch = 1",
    )  # fmt: skip
    full.harm(
        path, *(f"update misstatement set {change} where misstatement_id = 'm{n}'" for n, change in enumerate(changes))
    )
    assert sum(one.code == "misstatement-broken" for one in full.meaning(path)) == len(changes)


def test_missing_months_are_gaps(tmp_path):
    """A month for which data is expected and none came is a unit without a value, drawn as a gap."""
    with session(tiny.ledger_path(tmp_path), "write", create=True) as s:
        tiny.found(s, [tiny.factor("t:power", co2e_published_kg_per_unit="0.2")])
        months = [date(2024, month, 1) for month in (1, 2, 3, 5, 6)]
        rows = [tiny.row("electricity_purchased", "10", "kWh", first, first.replace(day=28)) for first in months]
        tiny.upload(s, "u", rows)
        tiny.calculate(s, "c")
        made = make_sample(s, Period(date(2024, 4, 1), date(2024, 6, 30), ""), VIEW, "scope_2_location",
                           Wish("random", "1", 2))  # fmt: skip
        assert len(made.frame.missing) >= 1
        gap = next(one for one in made.items if one.selection == "gap")
        assert gap.about.startswith("missing F1, electricity_purchased 2024-04-01..")
        assert redrawn(s, made.row).items_sha256 == made.items_sha256
        other = make_sample(s, Period(date(2024, 4, 1), date(2024, 6, 30), ""), VIEW, "scope_1", Wish("random", "1", 2))
        assert other.frame.missing == ()


def test_the_last_line_of_a_file_is_a_line_with_or_without_an_end(tmp_path):
    """What an exporter left unfinished counts; an empty file has no line."""
    for content, lines in ((b"a\nb", 2), (b"a\nb\n", 2), (b"a", 1), (b"", 0)):
        (tmp_path / "kept").write_bytes(content)
        assert [one.lines for one in lines_of(tmp_path, 1, "a.csv", "kept")] == [lines], content


def test_a_document_linked_to_nothing_is_drawn(path):
    """It is the one unit of the frame, has its value, which is nothing, and its item has the number of its place."""
    row = {"sha256": full._kept(path, b"a bill"), "name": "note.txt", "bytes": 6, "media_type": "text/plain"}
    with session(path, "write") as s:
        append(s, tiny.act("attach", "a"), lambda w: w.insert_rows(Evidence, as_arrow(Evidence, [row])))
        frame = make_frame(s, JANUARY, VIEW, "scope_1")
        whole, made, held = documents_drawn(s, frame, Wish("documents", "7", 4), None)
    assert (whole.count, whole.unquantified, whole.missing) == (1, 0, ())
    assert [(one.item, one.selection) for one in made.drawn] == [(1, "document")]
    assert [kg for _, kg, _ in held.values()] == [0]
