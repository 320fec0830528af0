"""A run that CodeCarbon itself measures, where it is installed; the ledger takes in what it wrote."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from ghg_track import LedgerOutput, track


def busy(seconds: float) -> None:
    """Work that a processor feels."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sum(range(10_000))


@pytest.mark.slow
@pytest.mark.needs("codecarbon")
def test_a_real_run_adds_up(spool, lines, wh):
    """Readings by part come to CodeCarbon's own totals, the trackers of a `with` and of one's own alike."""
    with track("real", folder=spool, country="DEU", every=1) as run:
        busy(2.5)
    final = run._tracker.final_emissions_data
    last = run._output.record.last
    assert wh() == last.wh
    assert float(last.all_wh) == pytest.approx(1000 * final.energy_consumed, abs=2e-6)
    assert last.country == "DEU"
    assert float(last.co2e_kg) == pytest.approx(final.emissions, rel=1e-6)
    assert lines("end")[0]["outcome"] == "completed"
    assert len([line for line in lines("reading") if line["part"] == "ram"]) >= 2, "live measurements are lines"


@pytest.mark.slow
@pytest.mark.needs("codecarbon")
def test_a_handler_in_a_tracker_of_ones_own(spool, lines, wh):
    """PUE that CodeCarbon applied is named, and a handler that raises costs nothing that was told before."""
    from codecarbon import OfflineEmissionsTracker
    from codecarbon.output import BaseOutput

    class Raising(BaseOutput):
        def out(self, *_):
            raise OSError("their server is down")

    output = LedgerOutput("own", folder=spool)
    made = OfflineEmissionsTracker(
        country_iso_code="FRA", output_methods=[], output_handlers=[output, Raising()], measure_power_secs=1,
        api_call_interval=1, pue=1.5, log_level="critical",
    )  # fmt: skip
    made.start()
    busy(1.5)
    assert made.stop() is None, "the trap: a handler after ours raised"
    assert wh() == output.record.last.wh
    assert {(line["level"], line["pue_inside"]) for line in lines("reading")} == {("facility", "1.5")}
    assert output.record.last.all_wh > Decimal("0.001")
    output._leave()
    assert [line["outcome"] for line in lines("end")] == [None]
