"""The intensity of a zone as it was forecast at a moment and as it was measured; no value is recorded twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.errors import Misuse
from ledger.store import session

HEADER = (
    "zone,start_utc,seconds,signal_kind,issued_at,signal,signal_basis,intensity_g_per_kwh,carbon_free_share,estimated,"
    "retrieved_at,source"
)
DAY = datetime(2026, 11, 1, tzinfo=UTC)


def at(hour: float) -> datetime:
    """An instant of the day."""
    return DAY + timedelta(hours=hour)


def row(zone: str, hour: float, value: str, *, issued: float | None = None, seconds: int = 3600, basis: str = "direct",
        share: str = "", estimated: str = "no", source: str = "Grid Office, table 1") -> str:  # fmt: skip
    """A value of an hour; a forecast where it says when it was issued."""
    kind = "actual" if issued is None else "forecast"
    shown = "" if issued is None else f"{at(issued):%FT%H:%MZ}"
    return (f"{zone},{at(hour):%FT%H:%MZ},{seconds},{kind},{shown},average,{basis},{value},{share},{estimated},"
            f'{at(48):%FT%H:%MZ},"{source}"')  # fmt: skip


@pytest.fixture(scope="module")
def ledger(tmp_path_factory) -> Ledger:
    """A ledger in which every test has zones of its own."""
    folder = tmp_path_factory.mktemp("grid")
    return Ledger.init(folder / "ledger.duckdb", organisation="Acme", actor="anna", datasets=("ipcc-gwp",))


@pytest.fixture
def given(ledger: Ledger, tmp_path: Path):
    """Upload rows of intensities; another name is another file."""

    def giving(*rows: str, **options):
        file = tmp_path / "grid.csv"
        file.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        return ledger.upload(file, **options)

    return giving


def codes(result) -> list[str]:
    """The codes told."""
    return [found.code for found in result.findings]


def held(ledger: Ledger, zone: str) -> list[tuple]:
    """Values and revisions of a zone in the order in which they were recorded."""
    with session(ledger.path) as s:
        return s.rows("select intensity_g_per_kwh, revision, estimated from grid_intensity where zone = ? "
                      "order by batch_no, seq", [zone])  # fmt: skip


def test_the_newest_forecast_of_an_instant(ledger, given):
    """At 08:00 the one of 07:00 counts, not that of 09:00; one issued at the very instant counts; before all none."""
    issues = [(issued, hour) for issued in (6, 7, 9) for hour in range(issued + 1, issued + 5)]
    given(*(row("F1", hour, f"{issued}0", issued=issued) for issued, hour in issues))
    found = ledger.grid_forecast("F1", at(8))
    assert (found.issued_at, found.signal_kind, found.step_seconds) == (at(7), "forecast", 3600)
    assert found.values == tuple((at(hour), Decimal(70)) for hour in range(8, 12))
    assert (found.start, found.end, found.holes) == (at(8), at(12), ())
    assert ledger.grid_forecast("F1", at(9)).issued_at == at(9)
    assert ledger.grid_forecast("F1", at(5)) is None
    assert ledger.grid_forecast("F1", at(8), after=at(10.5)).values[0][0] == at(10), "the hour in progress stays"
    assert ledger.grid_forecast("F1", at(20), at=1) is None
    assert ledger.grid_forecast("elsewhere", at(9)) is None


def test_a_forecast_is_no_measurement(ledger, given):
    """What was forecast is never among the actual values, nor the reverse; both stand for the same hour."""
    given(row("F2", 3, "300", issued=1), row("F2", 3, "250"), row("F2", 5, "200", estimated="yes"))
    actual = ledger.grid_actual("F2", at(0), at(24))
    assert actual.values == ((at(3), Decimal(250)), (at(5), Decimal(200)))
    assert (actual.holes, actual.estimated, actual.issued_at) == (((at(4), at(5)),), 1, None)
    assert actual.retrieved_at == at(48)
    assert ledger.grid_forecast("F2", at(2)).values == ((at(3), Decimal(300)),)
    assert ledger.grid_actual("F2", at(4), at(5)) is None


def test_a_series_is_of_one_basis_source_and_spacing(ledger, given):
    """Life cycle, another publisher or halves of an hour are never mixed in: the series that covers most is taken."""
    given(*(row("F3", hour, "100", basis="life_cycle") for hour in range(4)),
          *(row("F3", hour, "80") for hour in range(4)), row("F3", 4, "5", source="Other office"))  # fmt: skip
    given(*(row("F3", hour / 2, "70", seconds=1800) for hour in range(4)))
    found = ledger.grid_actual("F3", at(0), at(24))
    assert (found.basis, found.step_seconds, found.source) == ("direct", 3600, "Grid Office, table 1")
    assert [value for _, value in found.values] == [80] * 4
    assert ledger.grid_actual("F3", at(0), at(24), basis="life_cycle").values[0][1] == 100
    assert ledger.grid_actual("F3", at(0), at(1)).step_seconds == 1800, "two halves cover as much: the finer"
    assert ledger.grid_actual("F3", at(0), at(24), signal="marginal") is None


def test_the_same_value_is_recorded_once(ledger, given):
    """Another file with the same values makes no batch, with one more hour that hour alone; --check says so too."""
    first, second = row("R1", 1, "10.5", share="0.4"), row("R1", 2, "20")
    assert given(first).status == "accepted"
    assert given(first.replace(",0.4,", ",,")).status == "already_recorded", "without the share it says less"
    assert held(ledger, "R1") == [(Decimal("10.5"), 0, False)]
    assert codes(given(first, second, check=True)) == ["intensity-held"]
    assert (given(second, first).status, len(held(ledger, "R1"))) == ("accepted", 2)


def test_a_revised_value_is_a_new_revision(ledger, given):
    """310 after 300 is revision 1 and counts, told with both values; 300 again in a third file is revision 2."""
    given(row("R2", 1, "300", estimated="yes"))
    told = given(row("R2", 1, "310", estimated="yes"), row("R2", 2, "50"))
    assert (told.status, codes(told)) == ("accepted", ["intensity-revised"])
    assert "(B" in told.findings[0].message
    assert "300 g/kWh and now 310" in told.findings[0].message
    assert ledger.grid_actual("R2", at(0), at(24)).values == ((at(1), Decimal(310)), (at(2), Decimal(50)))
    before = told.batch - 1
    assert ledger.grid_actual("R2", at(0), at(24), at=before).values == ((at(1), Decimal(300)),)
    given(row("R2", 1, "300", estimated="yes"), row("R2", 2, "50"))
    given(row("R2", 1, "300"), row("R2", 2, "50"))
    assert held(ledger, "R2") == [(300, 0, True), (310, 1, True), (50, 0, False), (300, 2, True), (300, 3, False)]


def test_another_publisher_revises_nothing(ledger, given):
    """The values of two sources stand beside each other; how a source estimated is no other source."""
    given(row("R3", 1, "300"))
    assert codes(given(row("R3", 1, "290", source="Other office"))) == []
    assert codes(given(row("R3", 1, "300", source="Grid Office; settled"))) == []
    assert codes(given(row("R3", 1, "300", source="Grid Office, settled"))) == ["intensity-held"]
    assert [revision for _, revision, _ in held(ledger, "R3")] == [0, 0, 0]


def test_words_that_do_not_fit_are_told(ledger):
    """An instant without an offset, a span that ends before it begins and a basis that is none are refused."""
    with pytest.raises(Misuse, match="issued_before has no offset"):
        ledger.grid_forecast("X", datetime(2026, 11, 1))  # noqa: DTZ001
    with pytest.raises(Misuse, match="before it begins"):
        ledger.grid_actual("X", at(2), at(1))
    with pytest.raises(Misuse, match="no basis 'lifecycle'") as told:
        ledger.grid_actual("X", at(1), at(2), basis="lifecycle")
    assert "life_cycle" in told.value.fix
