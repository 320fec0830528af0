"""Options by the hour at which the work begins: sums over the hours of the grid, best, worst, and what is not known."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from ledger.ai import catalogue
from ledger.ai.estimate import GridFactor
from ledger.ai.interval import Interval, interval
from ledger.ai.tradeoff.compare import Comparison, Wish
from ledger.ai.tradeoff.options import Machine, Option, Site
from ledger.ai.tradeoff.request_file import wish_of
from ledger.ai.tradeoff.speeds import Speeds, Work
from ledger.ai.tradeoff.starts import HourlyIntensity, first_starts, starts_of, zones_of
from ledger.book import Ledger
from ledger.cli import app
from ledger.disclosure.charts.starts import start_chart
from ledger.errors import Misuse
from ledger.schedule.steps import Steps

D = Decimal
DAY = datetime(2026, 3, 1, tzinfo=UTC)
SAW = (100, 80, 60, 40, 20, 40, 60, 80, 100, 120)
"""g/kWh of ten hours: the two cleanest are those from 03:00 or from 04:00."""


def hour(at: int) -> datetime:
    """An hour of the day."""
    return DAY + timedelta(hours=at)


def series(zone: str, values=SAW, basis: str = "direct") -> HourlyIntensity:
    """An intensity by the hour; None is not known."""
    rows = [(hour(at), None if value is None else D(value)) for at, value in enumerate(values)]
    return HourlyIntensity(zone, "actual", basis, Steps.of(rows, 3600, zone), "test")


def option(gpu: str, place: str, hours, kw="2", provider: str = "own") -> Option:
    """An option of some kW, alone, at a PUE of 1.5."""
    part = catalogue.hardware(gpu)
    power = interval(D(kw)) if isinstance(kw, str) else kw
    machine = Machine(part, interval(hours), interval(hours), D(1), power, "test", False, None, "", ())
    factors = {basis: GridFactor(basis, D("0.1"), "test", "", is_life_cycle=False) for basis in ("location", "market")}
    return Option(machine, Site(place, place, provider, place, D("1.5"), "test", factors, None, "", place), None, False)


def found(options, held, first=0, last=9, zones=None):
    """The starts of options from an hour to an hour."""
    zones = zones or {each.site.key: each.site.key for each in options}
    return starts_of(options, zones, {(one.zone, one.basis): one for one in held}, (hour(first), hour(last)))


def test_the_sum_over_the_hours_by_hand():
    """2 kW × 1.5 over 90 minutes from 04:00: 3 × (20 + 40 ÷ 2) ÷ 1000 = 0.12 kg, the least; 09:00 is too late."""
    (told,) = found([option("T4", "DE", D("1.5"))], [series("DE")])
    kg = {each.start.hour: each.kg for each in told.starts}
    assert kg[4] == interval(D("0.12"))
    assert kg[0] == interval(D("0.42"))
    assert [each.start.hour for each in (*told.best, *told.worst)] == [4, 8]
    assert kg[8] == interval(D("0.48"))
    assert told.unknown == 1
    assert told.mean.low.quantize(D("1e-9")) == (sum(each.low for each in kg.values()) / len(kg)).quantize(D("1e-9"))


def test_a_range_of_time_leaves_the_start_open():
    """One hour is cleanest from 04:00, three hours from 03:00; both ends stand in the figures."""
    (told,) = found([option("T4", "DE", Interval(D(1), D(3)))], [series("DE")])
    assert [each.start.hour for each in told.best] == [4, 3]
    assert told.starts[0].kg == Interval(D("0.3"), D("0.72"))
    (other,) = found([option("T4", "DE", 1, kw=Interval(D(1), D(2)))], [series("DE")])
    assert [each.start.hour for each in other.best] == [4]


def test_what_is_not_known_is_left_out_and_never_zero():
    """Starts whose hours hold a gap are counted; where none is left it is told with the end of the series."""
    (told,) = found([option("T4", "DE", 2)], [series("DE", (100, None, 50, 50, 70))], last=4)
    assert [each.start.hour for each in told.starts] == [2, 3]
    assert told.unknown == 3
    with pytest.raises(Misuse, match="from no start are all of them known in the zone DE, which ends 2026-03-01 10:00"):
        found([option("T4", "DE", 11)], [series("DE")])
    with pytest.raises(Misuse, match="no intensity by the hour is held of the zone FI"):
        found([option("T4", "FI", 1)], [series("DE")])


def test_one_basis_for_all():
    """Direct of one zone is never set against the life cycle of another; what both have is taken."""
    both = [option("T4", "DE", 1), option("T4", "FI", 1)]
    with pytest.raises(Misuse, match="DE direct; FI life_cycle"):
        found(both, [series("DE"), series("FI", basis="life_cycle")])
    told = found(both, [series("DE"), series("DE", basis="life_cycle"), series("FI", basis="life_cycle")])
    assert {each.series.basis for each in told} == {"life_cycle"}


def test_places_of_one_machine_are_compared_at_like_ends():
    """Half the intensity wins whatever the time; of two kinds of machines whose ranges cross neither does."""
    held = [series("DE"), series("FI", [value * D("0.9") for value in SAW])]
    one = option("T4", "DE", Interval(D(1), D(3)))
    same = Option(one.machine, option("T4", "FI", 1).site, None, False)
    assert [each.option.site.key for each in first_starts(found([one, same], held))] == ["FI"]
    other = option("H100 SXM", "FI", Interval(D(1), D(3)))
    assert len(first_starts(found([one, other], held))) == 2


def test_the_zone_of_a_place():
    """As named, that of a cloud region, or the country; one that is not known is asked for."""
    site = Site("gcp:europe-west3", "", "gcp", "europe-west3", D(1), "", {}, None, "", "DE")
    cloud = Option(option("T4", "x", 1).machine, site, None, False)
    assert zones_of([cloud, option("T4", "FI", 1)], {"FI": "SE"}) == {"gcp:europe-west3": "DE", "FI": "SE"}


def test_windows_are_read_as_written():
    """A day has its 24 hours; two instants are both inside; no offset, no order and no time are refused."""
    told = {"hardware": ["T4"], "places": ["DE"]}

    def window(text):
        return wish_of({**told, "start": text}, str, date(2026, 3, 1)).start

    assert window("2026-03-01") == (hour(0), hour(23))
    assert window("2026-03-01T01:00+01:00..2026-03-02") == (hour(0), hour(47))
    for text, words in (("2026-03-01T01:00", "no offset"), ("2026-03-02..2026-03-01", "before it begins"),
                        ("May", "is no start")):  # fmt: skip
        with pytest.raises(Misuse, match=words):
            window(text)


HEAD = "zone,start_utc,seconds,signal_kind,signal,signal_basis,intensity_g_per_kwh,source\n"
ROWS = "".join(f"DE,2026-03-01T{at:02}:00:00Z,3600,actual,average,direct,{value},test grid\n"
               for at, value in enumerate(SAW))  # fmt: skip
ASKED = ("--gpu", "T4", "--at", "DE", "--pue", "DE=1.5", "--power", "T4=2000", "--hours", "1.5", "--on", "T4",
         "--start", "2026-03-01T00:00Z..2026-03-01T09:00Z")  # fmt: skip
ASKED_KEYS = {
    "hardware": ["T4"], "places": ["DE"], "place": {"DE": {"pue": "1.5"}}, "hours": "1.5", "reference": "T4",
    "start": "2026-03-01",
}  # fmt: skip


def test_the_command_by_a_file_and_by_the_ledger(tmp_path, monkeypatch):
    """The same figures from --series as from intensities that were uploaded; in words, as a page and as JSON."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GHG_LEDGER", raising=False)
    (tmp_path / "grid.csv").write_text(HEAD + ROWS, encoding="utf-8")
    held = Ledger.init(tmp_path / "ledger.duckdb", organisation="Example AG", datasets=["ember-2026"])
    with pytest.raises(Misuse, match="no intensity by the hour is held of the zone DE"):
        held.compare(wish_of(ASKED_KEYS, str, date(2026, 3, 1)))
    shown = CliRunner().invoke(app, ["ai", "compare", *ASKED, "--series", "grid.csv", "-o", "page.html"])
    words = " ".join(shown.output.split())
    assert "t4 @ DE 03-01 04:00 0.12 03-01 08:00 0.48" in words
    assert "75.0 % less at the best start than at the worst" in words
    assert "Carbon by the hour it begins" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert held.upload(tmp_path / "grid.csv", "grid_intensity").status == "accepted"
    by_ledger = CliRunner().invoke(app, ["ai", "compare", *ASKED, "--json"])
    assert by_ledger.exit_code == 0, by_ledger.output
    (told,) = json.loads(by_ledger.output)["starts"]
    assert told["best"] == [{"start_utc": "2026-03-01T04:00:00Z", "kg_co2e": {"value": "0.12"}}]
    assert (len(told["starts"]), told["unknown_starts"], told["source"]) == (9, 1, "test grid")


def test_the_plot_marks_the_best_start():
    """A line through every start, the best one a point of its own, named with its hour."""
    starts = found([option("T4", "DE", Interval(D(1), D(2)))], [series("DE")])
    wish = Wish(("T4",), ("DE",), Work(), DAY.date(), DAY.date())
    made = Comparison(wish, (starts[0].option,), Speeds("", {}, ""), "location", D(50), None, (), (), starts)
    chart = start_chart(made)
    line, point = (next(layer for layer in chart.spec["layer"] if layer["mark"]["type"] == kind)["data"]["values"]
                   for kind in ("line", "point"))  # fmt: skip
    assert len(line) == 9
    assert [row["x"] for row in point] == ["2026-03-01T04:00:00Z"]
    assert "best 03-01 04:00" in chart.alt
