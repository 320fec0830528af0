"""Matching by the hour: surplus at noon does not cover the night, though the year as a whole comes out even."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "calculation"))
import tiny

from ledger.inventory import period
from ledger.inventory.hourly import LABEL, HourlyMatching, hourly_matching
from ledger.store import append, as_arrow, session
from ledger.store.tables import GridIntensity, Interval

JUNE = (date(2024, 6, 1), date(2024, 6, 30))
HOURS = 30 * 24
START = datetime(2024, 6, 1, tzinfo=UTC)


def is_day(hour: int) -> bool:
    """Twelve hours of light and twelve of night."""
    return hour % 24 >= 12


def series(kind: str, name: str, kwh, *, seconds: int = 3600, hours: int = HOURS) -> list[dict[str, Any]]:
    """Readings of a whole month; ``kwh`` gives the amount of an hour."""
    per_hour = 3600 // seconds
    return [
        {"source_kind": kind, "source_id": name, "start_utc": START + timedelta(seconds=seconds * n),
         "seconds": seconds, "kwh": Decimal(kwh(n // per_hour)) / per_hour, "estimated": False}
        for n in range(hours * per_hour)
    ]  # fmt: skip


def grid(zone: str = "GB", *, seconds: int = 3600, share: bool = True, **given: Any) -> list[dict[str, Any]]:
    """100 g by day, of which 60 % carbon-free, and 400 g by night, of which 10 %; halves of an hour lie 20 g apart."""
    made = []
    for n in range(HOURS * 3600 // seconds):
        hour = n * seconds // 3600
        shift = 0 if seconds == 3600 else 10 if n % 2 else -10
        made.append(
            {"zone": zone, "start_utc": START + timedelta(seconds=seconds * n), "seconds": seconds,
             "signal_kind": "actual", "signal": "average", "signal_basis": "direct",
             "intensity_g_per_kwh": Decimal((100 if is_day(hour) else 400) + shift),
             "carbon_free_share": Decimal("0.6" if is_day(hour) else "0.1") if share else None,
             "estimated": False, "source": "t", "revision": 0, **given}
        )  # fmt: skip
    return made


def matched(folder: Path, readings, intensities, instruments, *, bills: str | None = None) -> HourlyMatching:
    """The matching of June on a ledger of its own."""
    with session(tiny.ledger_path(folder), "write", create=True) as s:
        places = [tiny.facility("F1"), tiny.facility("F2")]
        tiny.found(s, [tiny.factor("t:power")], instruments=instruments, facilities=places)

        def fill(writing) -> None:
            writing.insert_rows(Interval, as_arrow(Interval, readings))
            writing.insert_rows(GridIntensity, as_arrow(GridIntensity, intensities))

        append(s, tiny.act("upload", "series"), fill)
        if bills:
            tiny.upload(s, "u", [tiny.row("electricity_purchased", bills, "kWh", *JUNE)])
        return hourly_matching(s, period("2024-06"))


def sunny(hour: int) -> int:
    """20 kWh an hour by day."""
    return 20 if is_day(hour) else 0


@pytest.mark.parametrize("seconds", [900, 1800, 3600])
def test_noon_does_not_cover_the_night(tmp_path, seconds):
    """10 kWh every hour against 20 kWh in half of them: all matched over the month, half of it by the hour.

    By hand: 720 h × 10 = 7200 kWh; 360 h × min(10, 20) = 3600 matched; surplus 360 × 10 = 3600. Night: 360 × 10 = 3600
    unmatched at 400 g = 1440 kg, a tenth of it carbon-free: 360 kWh. Score (3600 + 360) ÷ 7200 = 0.55.
    """
    readings = series("facility", "F1", lambda _: 10, seconds=seconds) + series("instrument", "SUN", sunny)
    found = matched(tmp_path, readings, grid(), [tiny.instrument("SUN", "7200")])
    (market,) = found.markets
    assert (market.consumption_kwh, market.generated_kwh) == (7200, 7200)
    assert (market.matched_kwh, market.unmatched_kwh, market.surplus_kwh) == (3600, 3600, 3600)
    assert (market.emissions_kg, market.grid_carbon_free_kwh) == (1440, 360)
    assert (market.carbon_free_share, market.contract_share) == (Decimal("0.55"), Decimal("0.5"))
    assert (market.annual_matched_kwh, market.annual_share, market.annual_emissions_kg) == (7200, 1, 0)
    assert found.label == LABEL
    assert LABEL in found.notes[0]


def test_a_mean_over_an_hour_is_weighted_by_seconds(tmp_path):
    """Half-hours of 90 and 110 g, and of 390 and 410 g, are hours of 100 and 400 g: the same emissions."""
    readings = series("facility", "F1", lambda _: 10)
    found = matched(tmp_path, readings, grid(seconds=1800), [])
    assert found.markets[0].emissions_kg == 360 * (1 + 4)


def test_a_coarser_series_takes_no_half_of_an_hour_away(tmp_path):
    """Whole hours of 500 g recorded after halves of 90 and 110, 390 and 410 g: the finer count, both of them."""
    readings = series("facility", "F1", lambda _: 10)
    coarse = [row | {"intensity_g_per_kwh": Decimal(500)} for row in grid()]
    found = matched(tmp_path, readings, grid(seconds=1800) + coarse, [])
    assert found.markets[0].emissions_kg == 360 * (1 + 4)


def test_what_is_carbon_free_but_not_zero_emits_its_rate(tmp_path):
    """Matched kWh take the instrument's rate: 3600 × 0.02 = 72 kg beside the 1440 of the night."""
    readings = series("facility", "F1", lambda _: 10) + series("instrument", "BIO", sunny)
    bio = tiny.instrument("BIO", "7200", co2e_kg_per_kwh=Decimal("0.02"))
    (market,) = matched(tmp_path, readings, grid(), [bio]).markets
    assert market.emissions_kg == 1512
    assert market.annual_emissions_kg == 144


def test_meters_of_a_facility_and_a_market_are_summed(tmp_path):
    """Two meters and a second facility; a facility's own instrument serves it first, the pool the rest, pro rata."""
    readings = [
        *series("facility", "F1/A", lambda _: 4), *series("facility", "F1/B", lambda _: 6),
        *series("facility", "F2", lambda _: 10), *series("instrument", "OWN", lambda _: 4),
        *series("instrument", "POOL", lambda _: 8),
    ]  # fmt: skip
    instruments = [tiny.instrument("OWN", "9999", facility_id="F1"), tiny.instrument("POOL", "9999")]
    found = matched(tmp_path, readings, grid(), instruments)
    assert [(f.facility_id, f.meters, f.consumption_kwh, f.matched_kwh) for f in found.facilities] == [
        ("F1", 2, 7200, 720 * (4 + 3)), ("F2", 1, 7200, 720 * 5),
    ]  # fmt: skip
    assert {i.instrument_id: i.matched_kwh for i in found.instruments} == {"OWN": 720 * 4, "POOL": 720 * 8}


def test_too_little_of_the_period_is_left_out(tmp_path):
    """At 95 % a series is matched and its gaps told; below, it is left out and that is told."""
    enough = HOURS * 95 // 100
    readings = series("facility", "F1", lambda _: 10, hours=enough) + series("facility", "F2", lambda _: 10,
                                                                             hours=enough - 1)  # fmt: skip
    found = matched(tmp_path, readings, grid(), [], bills="7000")
    assert [(f.facility_id, f.is_matched, f.missing_hours) for f in found.facilities] == [
        ("F1", True, 36), ("F2", False, 37),
    ]  # fmt: skip
    assert found.markets[0].consumption_kwh == enough * 10
    assert found.facilities[0].rest_kwh == 7000 - enough * 10
    # the 36 hours that lack are 12 by night, 12 by day, 12 … of the 29th and 30th: 24 by day, 12 by night
    assert found.facilities[0].rest_kg == Decimal(160) * (24 * 100 + 12 * 400) / 36 / 1000
    assert any("F2 is left out" in note for note in found.notes)


@pytest.mark.parametrize(("given", "barred"), [
    ({"criterion_3": "unknown"}, "rejected: criterion_3_unknown"),
    ({"energy_source": "gas"}, "not_carbon_free"),
    ({"kwh": "7199"}, "series_beyond_instrument"),
])  # fmt: skip
def test_what_may_not_be_claimed_matches_nothing(tmp_path, given, barred):
    """A rejected, a fossil, or an over-full instrument matches nothing, and says why."""
    readings = series("facility", "F1", lambda _: 10) + series("instrument", "SUN", sunny)
    found = matched(tmp_path, readings, grid(), [tiny.instrument("SUN", **{"kwh": "7200"} | given)])
    assert found.markets[0].matched_kwh == 0
    assert (found.instruments[0].barred, found.instruments[0].matched_kwh) == (barred, 0)


def test_another_market_matches_nothing(tmp_path):
    """Generation of another market stands there unused."""
    readings = series("facility", "F1", lambda _: 10) + series("instrument", "SUN", sunny)
    found = matched(tmp_path, readings, grid(), [tiny.instrument("SUN", "7200", market_boundary="AIB")])
    assert [(m.market, m.matched_kwh) for m in found.markets] == [("GB", 0)]
    assert found.instruments[0].surplus_kwh == 7200


def test_hours_without_intensity_are_told_and_not_zero(tmp_path):
    """Without a grid series emissions are not quantified; without shares there is no score, with some a lower bound."""
    readings = series("facility", "F1", lambda _: 10)
    (market,) = matched(tmp_path, readings, [], []).markets
    assert (market.emissions_kg, market.unpriced_kwh, market.annual_emissions_kg) == (None, 7200, None)
    folder = tmp_path / "b"
    folder.mkdir()
    (market,) = matched(folder, readings, grid(share=False), []).markets
    assert (market.carbon_free_share, market.contract_share, market.hours_without_share) == (None, 0, HOURS)
    folder = tmp_path / "c"
    folder.mkdir()
    found = matched(folder, readings, grid()[:1] + grid(share=False)[1:], [])
    assert found.markets[0].hours_without_share == HOURS - 1
    assert any("lower bound" in note for note in found.notes)


def test_forecasts_margins_and_older_revisions_are_not_read(tmp_path):
    """Only measured averages count, in their newest revision; generation alone stands before life cycle."""
    noise = [
        *grid(signal_kind="forecast", intensity_g_per_kwh=Decimal(9)), *grid(signal="marginal", revision=5),
        *grid(signal_basis="life_cycle", intensity_g_per_kwh=Decimal(9), revision=9),
        *grid(intensity_g_per_kwh=Decimal(9), revision=-1),
    ]  # fmt: skip
    readings = series("facility", "F1", lambda _: 10)
    assert matched(tmp_path, readings, noise + grid(), []).markets[0].emissions_kg == 1800


def test_a_zone_is_told_on_one_basis_by_one_publisher(tmp_path):
    """The one with the most hours: a few hours of the other basis, or of another source, never stand between them."""
    readings = series("facility", "F1", lambda _: 10)
    few = grid(intensity_g_per_kwh=Decimal(9))[:5]
    others = grid(source="Another, table 3", intensity_g_per_kwh=Decimal(9), revision=7)[:5]
    whole = grid(signal_basis="life_cycle")
    for number, extra in enumerate((few + whole, others + whole)):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert matched(folder, readings, extra, []).markets[0].emissions_kg == 1800
    folder = tmp_path / "part"
    folder.mkdir()
    (market,) = matched(folder, readings, few + whole[5:9], []).markets
    assert market.unpriced_kwh == 10 * (HOURS - 5), "generation alone has more hours; those of the other basis lack"


def test_a_single_day_may_be_asked(tmp_path):
    """Of the tenth of June: 24 h × 10 kWh, twelve of them by day under 20 kWh; nothing is said of monthly bills."""
    readings = series("facility", "F1", lambda _: 10) + series("instrument", "SUN", sunny)
    with session(tiny.ledger_path(tmp_path), "write", create=True) as s:
        tiny.found(s, [tiny.factor("t:power")], instruments=[tiny.instrument("SUN", "7200")],
                   facilities=[tiny.facility("F1")])  # fmt: skip
        append(s, tiny.act("upload", "series"),
               lambda writing: writing.insert_rows(Interval, as_arrow(Interval, readings)))  # fmt: skip
        tiny.upload(s, "u", [tiny.row("electricity_purchased", "1234567", "kWh", *JUNE)])
        day = hourly_matching(s, period("2024-06-10..2024-06-10", whole_months=False))
        month = hourly_matching(s, period("2024-06"))
    (market,) = day.markets
    assert (market.consumption_kwh, market.matched_kwh, market.unmatched_kwh) == (240, 120, 120)
    assert day.facilities[0].rest_kwh is None
    assert any("cut a month" in note for note in day.notes)
    assert any("1\u202f227\u202f367 kWh are billed" in note for note in month.notes)
