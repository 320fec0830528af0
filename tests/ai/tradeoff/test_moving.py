"""A service moved to another place: energy by the new overhead, what is emitted once, and when that is made up for."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from ledger.ai.interval import Interval, interval
from ledger.ai.tradeoff.moving import MoveWish, paid_back
from ledger.ai.tradeoff.request_file import places_of
from ledger.ai.tradeoff.service import ServiceWish
from ledger.ai.tradeoff.speeds import Work
from ledger.book import Ledger
from ledger.book.words.move import verdicts
from ledger.cli import app
from ledger.disclosure.charts.move import move_chart
from ledger.disclosure.charts.names import LINE, MIDDLE, names_of_lines
from ledger.errors import Misuse

D = Decimal
TODAY = date(2026, 11, 1)
ENTITY = ("legal_entity_id,name,country,in_consolidated_accounts,high_climate_impact,valid_from\n"
          "E,Example,US,yes,no,2010-01-01\n")  # fmt: skip
SITE = ("facility_id,name,legal_entity_id,country,grid_region,timezone,relation,exists_from,valid_from\n"
        "VA,Hall,E,US,SRVC,UTC,owned,2015-01-01,2015-01-01\n")  # fmt: skip
RUNS = """\
run_id,stage,model,facility_id,cloud_provider,cloud_region,hardware_id,hardware_count,start_utc,end_utc,energy_kwh,energy_level,pue
serve,inference,llm,VA,,,A100 SXM4 80GB,8,2023-01-01T00:00:00Z,2024-01-01T00:00:00Z,12000,it,1.25
train,tuning,llm,VA,,,A100 SXM4 80GB,8,2023-02-01T00:00:00Z,2023-02-02T00:00:00Z,100,it,1.25
old,inference,llm,VA,,,A100 SXM4 80GB,8,2022-01-01T00:00:00Z,2022-01-02T00:00:00Z,77,it,1.25
api,inference,rented,,aws,us-east-1,A100 SXM4 80GB,4,2023-01-01T00:00:00Z,2023-07-01T00:00:00Z,6000,facility,
bare,inference,bare,VA,,,,,2023-01-01T00:00:00Z,2024-01-01T00:00:00Z,1000,it,
whole,inference,whole,VA,,,,,2023-01-01T00:00:00Z,2024-01-01T00:00:00Z,1250,facility,
"""
SERVE = ServiceWish("llm", stage="inference")


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Ledger:
    """A ledger with a service of a year in a hall of one's own, one of half a year in a cloud, and three more."""
    folder = tmp_path_factory.mktemp("moving")
    held = Ledger.init(folder / "ledger.duckdb", organisation="Example AG", datasets=["egrid-2023"])
    for name, text in (("entity.csv", ENTITY), ("site.csv", SITE), ("runs.csv", RUNS)):
        (folder / name).write_text(text, encoding="utf-8")
        done = held.upload(folder / name)
        assert done.status == "accepted", done.findings
    return held


def wish(*places: str, **more) -> MoveWish:
    """A move to places of given figures: 0.1 kg/kWh by location and 0.02 by market, PUE 1.1 where none is held."""
    own = {place: {"factor": "0.1", "market_factor": "0.02", "pue": "1.1"} for place in places}
    return MoveWish(places, TODAY, places_of(own), **more)


def test_every_figure_by_hand(book):
    """12,000 kWh of machines: × 1.25 here at what was posted; × 1.1 = 13,200 there, 1,320 and 264 kg a year."""
    posted = next(stage for stage in book.footprint("llm").stages if stage.stage == "inference")
    made = book.move(SERVE, wish("DE"), "2023")
    target = made.targets[0]
    assert (made.here.months, made.here.it_kwh, made.here.kwh) == (12, 12000, 15000)
    assert made.here.kg["location"] == posted.location_kg, "of 2022 no factor is held, so that run has none"
    assert target.kwh == interval(1100)
    assert (target.kg["location"], target.kg["market"]) == (interval(110), interval(22))
    low, high = made.saves(target, "market")
    assert low == high == made.kg["market"] - 22
    assert made.pays(target, "location").verdict == "at_once"
    assert any("egrid-2023" in line for line in made.sources["Here"])


def test_data_moved_lies_between_the_two_grids(book):
    """1,000 GB × 0.001 kWh × PUE of 1.1 to 1.25 × the factors of both; each month's too, and one's own figure."""
    made = book.move(SERVE, wish("DE", transfer_gb=D(1000), transfer_gb_month=D(100)), "2023")
    factor = made.here.kg["location"] / 15000
    moved = made.targets[0].transfer_kg["location"]
    assert (moved.low, moved.high.quantize(D("1e-12"))) == (D("0.11"), (D("1.25") * factor).quantize(D("1e-12")))
    assert made.targets[0].kg["location"].low == 110 + D("0.011")
    assert not any("data" in point for point in made.open_points)
    own = book.move(SERVE, wish("DE", transfer_gb=D(1000), kwh_per_gb=interval(D("0.06"))), "2023")
    assert own.targets[0].transfer_kg["location"].low == D("6.6")
    assert "given" in own.sources["Data moved"][0]


def test_another_generation_takes_its_time_and_power(book):
    """12 of 30 hours at 600 over 350 W: 0.4 × 600 ÷ 350 of the energy; by peak × utilisation it is a range."""
    work = Work(measured={"A100 SXM4 80GB": interval(30), "H100 SXM": interval(12)})
    power = {"A100 SXM4 80GB": interval(350), "H100 SXM": interval(600)}
    made = book.move(SERVE, wish("DE", gpu="H100 SXM", work=work, power_w=power), "2023")
    assert made.targets[0].kwh.low.quantize(D("1e-9")) == (D(1100) * 240 / 350).quantize(D("1e-9"))
    ranged = book.move(SERVE, wish("DE", gpu="H100 SXM", work=Work(utilisation=Interval(D("0.3"), D("0.6")))), "2023")
    assert ranged.targets[0].kwh.high / ranged.targets[0].kwh.low == pytest.approx(D(4))
    with pytest.raises(Misuse, match="how fast is"):
        book.move(SERVE, wish("DE", gpu="H100 SXM"), "2023")
    with pytest.raises(Misuse, match="the power of nvidia-a100-sxm4-80gb is not given"):
        book.move(SERVE, wish("DE", gpu="H100 SXM", work=work, power_w={"H100 SXM": interval(600)}), "2023")


def test_what_is_bought_counts_at_the_start_and_what_is_rented_by_the_hour(book):
    """8 × 150 kg at a place of one's own, none in a region of a cloud, where hours are a share of the life."""
    made = book.move(SERVE, wish("DE", "aws:us-west-2", bought=D(8)), "2023")
    own, cloud = made.targets
    assert (own.bought_kg, own.made_kg) == (interval(1200), interval(0))
    assert cloud.bought_kg is None
    # 8 × 8,760 h × 150 kg ÷ (3 to 6 × 8,760 h) ÷ 12 months
    assert (cloud.made_kg.low.quantize(D("1e-9")), cloud.made_kg.high.quantize(D("1e-9"))) == (
        (D(8 * 150) / 72).quantize(D("1e-9")), (D(8 * 150) / 36).quantize(D("1e-9"))
    )  # fmt: skip
    pays = made.pays(own, "location")
    assert pays.low == pays.high == pytest.approx(D(1200) / made.saves(own, "location")[0])
    assert any("1 200 kg for 8 machines bought" in words.replace("\u202f", " ") for words in verdicts(made))


def test_the_write_off_stands_apart(book):
    """Of 8 bought two of 3 to 6 years ago a third to two thirds of 1,200 kg, in the second figure alone."""
    asked = wish("DE", bought=D(8), retired=D(8), retired_bought=date(2024, 11, 1), life_years=Interval(D(3), D(6)))
    made = book.move(SERVE, asked, "2023")
    age = D((TODAY - date(2024, 11, 1)).days) / D("365.25")
    left = made.write_off_kg
    assert left.low.quantize(D("1e-6")) == (1200 * (1 - age / 3)).quantize(D("1e-6"))
    assert left.high.quantize(D("1e-6")) == (1200 * (1 - age / 6)).quantize(D("1e-6"))
    plain, whole = (made.pays(made.targets[0], "location", with_write_off=way) for way in (False, True))
    assert plain.high < whole.low


def test_rented_machines_of_one_kind_cancel_out(book):
    """From one cloud region to another on the same part: their share of the life is no saving, six months are × 2."""
    made = book.move(ServiceWish("rented"), wish("aws/us-west-2"), "2023")
    assert made.targets[0].made_kg == made.made_kg
    low, high = made.saves(made.targets[0], "location")
    assert low == high
    assert (made.here.months, made.here.kwh) == (6, 6000)
    assert any("× 12 ÷ 6" in note for note in made.notes)


def test_overhead_here_is_asked_for_and_never_one(book):
    """Energy of the site is ÷ the PUE given, energy of the machines × it; without any the command asks."""
    for model, it_kwh in (("whole", 1000), ("bare", 1000)):
        with pytest.raises(Misuse, match="the PUE of VA is not known"):
            book.move(ServiceWish(model), wish("DE"))
        made = book.move(ServiceWish(model, pue=D("1.25")), wish("DE"))
        assert (made.here.it_kwh, made.here.kwh) == (it_kwh, 1250)


def test_the_newest_year_is_taken_and_a_facility_holds_all_that_runs_there(book):
    """Without a period 2023, not 2022; of a facility every model and stage."""
    assert book.move(SERVE, wish("DE")).here.kwh == 15000
    assert book.move(ServiceWish(facility="VA", pue=D("1.25")), wish("DE")).here.kwh == 15125 + 1250 + 1250
    with pytest.raises(Misuse, match="no facility with runs 'X'"):
        book.move(ServiceWish(facility="X"), wish("DE"))
    with pytest.raises(Misuse, match="no run of retirement"):
        book.move(ServiceWish("llm", stage="retirement"), wish("DE"), "2023")


@pytest.mark.parametrize(
    ("start", "saves", "told"),
    [
        ((0, 0), (1, 2), ("at_once", 0, 0)),
        ((10, 20), (2, 5), ("after", 2, 10)),
        ((10, 20), (-2, 5), ("undecided", 2, None)),
        ((10, 20), (0, 5), ("undecided", 2, None)),
        ((10, 20), (-5, -2), ("never", None, None)),
        ((0, 20), (2, 5), ("after", 0, 10)),
    ],
)
def test_when_it_is_made_up_for(start, saves, told):
    """Start ÷ saving over all ends; where savings can be nothing it is undecided, where they must be it is never."""
    pays = paid_back(Interval(*map(D, start)), *map(D, saves))
    assert (pays.verdict, pays.low, pays.high) == told


def test_lines_of_the_plot_meet_at_the_break_even(book):
    """There what was emitted once and since is what here would have been; a range is drawn as a band."""
    made = book.move(SERVE, wish("DE", bought=D(8)), "2023")
    lines = [layer["data"]["values"] for layer in move_chart(made).spec["layer"] if layer["mark"].get("type") == "line"]
    months = float(made.pays(made.targets[0], "location").low)
    here, there = [(row[1]["y"] - row[0]["y"]) / row[1]["x"] * months + row[0]["y"] for row in lines]
    assert here == pytest.approx(there, rel=1e-3)
    work = Work(utilisation=Interval(D("0.3"), D("0.6")))
    ranged = book.move(SERVE, wish("DE", gpu="H100 SXM", work=work), "2023")
    assert "area" in [layer["mark"].get("type") for layer in move_chart(ranged).spec["layer"]]


def test_the_command(book, tmp_path, monkeypatch):
    """Table, both bases, sources and page; undecided in words; what is missing is asked for with exit 2."""
    monkeypatch.delenv("GHG_LEDGER", raising=False)

    def told(*words):
        done = CliRunner().invoke(app, ["ai", "move", "--ledger", str(book.path), *words])
        return done.exit_code, done.output

    serve = ("--model", "llm", "--stage", "inference", "--period", "2023")
    code, text = told(*serve, "--to", "aws/us-west-2", "--factor", "aws/us-west-2=0.4", "--gpu", "H100 SXM",
                      "--utilisation", "0.3-0.6", "--transfer-gb", "100", "-o",
                      str(tmp_path / "move.html"))  # fmt: skip
    assert code == 0, text
    for words in ("undecided, from", "undecided between here and aws:us-west-2", "NETWORKING_COEFFICIENT of aws"):
        assert words in text
    assert "Carbon summed up" in (tmp_path / "move.html").read_text(encoding="utf-8")
    code, text = told(*serve, "--to", "DE", "--pue", "DE=1.1", "--factor", "DE=0.1", "--buy", "8", "--json")
    assert code == 0, text
    there = json.loads(text)["places_to_go"][0]
    assert (there["location"]["kg_month"], there["bought_kg"]) == ({"value": "110"}, {"value": "1200"})
    for words, said in ((("--to", "DE"), "which service?"), ((*serve, "--to", "DE"), "the PUE of DE, which is not 1"),
                        ((*serve, "--to", "DE", "--retire", "8"), "goes by its age"),
                        ((*serve, "--to", "DE", "--buy", "x"), "--buy takes a number"),
                        ((*serve, "--to", "DE", "--retire-bought", "May"), "takes a day")):  # fmt: skip
        code, text = told(*words)
        assert (code, said in text) == (2, True), text


def test_each_line_of_the_plot_is_named_where_it_ends():
    """In the middle of its height; names that would touch stand a line apart in the order of the lines, in it."""
    ends = [(9, 90), (9, 20), (9, 85), (9, 99)]
    rows = names_of_lines(["low", "here", "near", "lowest"], ends, 100)["data"]["values"]
    assert [row["label"] for row in rows] == [["here"], ["near"], ["low"], ["lowest"]]
    tops = [row["py"] for row in rows]
    assert tops[0] == 20 - MIDDLE
    assert tops[1:] == [100 - 3 * LINE, 100 - 2 * LINE, 100 - LINE]
