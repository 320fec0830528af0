"""The plot of an advice: what was forecast as steps, holes as gaps, the chosen hours shaded, the other zone beside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from in_process import ghg
from schedule.made_series import HOUR, NOW, VALLEY, D, forecast, job

from ledger.disclosure.charts.drawing import svg
from ledger.disclosure.charts.parts import INK, MUTED
from ledger.disclosure.charts.schedule import Line, advice_chart, intensity_chart
from ledger.schedule.decide import advise
from ledger.schedule.policy import policy_of

RULES = '[policy]\nmax_delay_hours = 10\nallowed_regions = ["FR"]\n'
FRANCE = [value // 2 + 60 for value in VALLEY]


def layers(chart: Any, kind: str) -> list[dict[str, Any]]:
    """The layers of a kind of mark."""
    return [layer for layer in chart.spec["layer"] if layer["mark"]["type"] == kind]


def at(text: str) -> datetime:
    """An instant of a plot."""
    return datetime.fromisoformat(text)


def test_the_chosen_hours_are_shaded_and_both_zones_are_drawn():
    """The shade is the advice's interval; the chosen zone is dark, the one of the submission light, both dashed."""
    held = {"DE": forecast(), "FR": forecast(FRANCE, "FR")}
    made = advise(job(portable=True), policy_of(RULES), held, NOW)
    chart = advice_chart(made)
    (shade,) = layers(chart, "rect")[0]["data"]["values"]
    assert (at(shade["x"]), at(shade["x2"])) == made.intervals[0]
    chosen, beside = layers(chart, "line")
    assert (chosen["mark"]["color"], beside["mark"]["color"]) == (INK, MUTED)
    assert chosen["mark"]["strokeDash"] == beside["mark"]["strokeDash"] == [5, 3]
    values = {at(point["x"]): point["y"] for point in chosen["data"]["values"]}
    assert values[NOW] == FRANCE[2]
    assert min(values) == NOW  # nothing of before the decision, nor of before the submission
    assert "FR, forecast: 105 to 260 g/kWh" in chart.alt
    assert "19:00" in chart.alt
    assert 'aria-label="Step lines' in svg(chart)


def test_a_hole_is_a_gap_and_measured_values_are_whole_lines():
    """Steps around a missing hour are two parts, each drawn to the end of its last hour; zero stands on the axis."""
    values = [(NOW, D(100)), (NOW + HOUR, None), (NOW + 2 * HOUR, D(0)), (NOW + 3 * HOUR, D(300))]
    chart = intensity_chart([Line("DE", values, 3600, is_forecast=False)], [], None, "life_cycle")
    (line,) = layers(chart, "line")
    assert line["mark"]["strokeDash"] == [1, 0]
    points = [(at(point["x"]), point["y"], point["part"]) for point in line["data"]["values"]]
    assert points == [
        (NOW, 100, 0), (NOW + HOUR, 100, 0), (NOW + 2 * HOUR, 0, 1), (NOW + 3 * HOUR, 300, 1), (NOW + 4 * HOUR, 300, 1)
    ]  # fmt: skip
    assert line["encoding"]["y"]["scale"]["domain"][0] == 0
    assert "life cycle" in line["encoding"]["y"]["title"]


def test_nothing_known_is_no_plot():
    """A decision without forecasts has none, and a series of blanks draws no axis of its own."""
    assert advice_chart(advise(job(), policy_of(RULES), {}, NOW)) is None
    assert intensity_chart([Line("DE", [(NOW, None)], 3600, is_forecast=True)], [], None, "direct") is None


@pytest.mark.parametrize("name", ["window.svg", "window.png"])
def test_the_command_writes_the_plot(tmp_path, monkeypatch, name):
    """`--plot` writes a new SVG beside the answer; another ending is refused, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.toml").write_text(RULES, encoding="utf-8")
    rows = ["zone,start_utc,seconds,signal_kind,issued_at,signal,signal_basis,intensity_g_per_kwh,source"]
    rows += [
        f"DE,{NOW + n * HOUR:%Y-%m-%dT%H:%M:%SZ},3600,forecast,{NOW - HOUR:%Y-%m-%dT%H:%M:%SZ},average,direct,{g},x"
        for n, g in enumerate(VALLEY)
    ]
    (tmp_path / "f.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    asked = ("ai", "schedule", "--policy", "p.toml", "--job", "j", "--region", "DE", "--hours", "3", "--now",
             NOW.isoformat(), "--forecast", "f.csv", "--plot", name)  # fmt: skip
    done = ghg(*asked)
    is_drawn = name.endswith(".svg")
    assert done.returncode == (0 if is_drawn else 2), done.stderr
    assert (tmp_path / name).exists() == is_drawn
    if is_drawn:
        assert (tmp_path / name).read_text(encoding="utf-8").startswith("<svg")
        assert ghg(*asked).returncode == 2  # it is there already
