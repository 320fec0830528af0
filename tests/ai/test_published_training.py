"""Published figures of training, worked out again from the inputs that their papers give: what agrees, what differs.

The rows are those of docs/methods/ai.md, which a test holds against this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from ledger.ai.embodied import embodied_of_use
from ledger.ai.energy import accelerator_hours, emissions, energy_from_power, facility_energy, training_flops

D = Decimal
PAGE = Path(__file__).parents[2] / "docs" / "methods" / "ai.md"


@dataclass(frozen=True)
class Case:
    """A published figure: what it is, ours in the unit it is printed in, the printed one, and how far ours is off."""

    name: str
    ours: Decimal
    printed: str
    off_pct: str

    @property
    def row(self) -> str:
        """The line of the table in the documentation."""
        return f"| {self.name} | {self.ours:.2f} | {self.printed} | {self.off_pct} |"


def mwh(hours: Decimal | int, watts: int, pue: str | None = None) -> Decimal:
    """MWh of accelerator-hours at a power, with the PUE of the paper where it uses one."""
    chips = energy_from_power(watts, hours).value
    return facility_energy(chips, "chip", D(pue) if pue else None).value.low / 1000


def tonnes(energy_mwh: Decimal, kg_per_kwh: str) -> Decimal:
    """t CO2e of MWh at a factor."""
    return emissions(energy_mwh * 1000, D(kg_per_kwh)).value.low / 1000


GPT3_HOURS = accelerator_hours(D("3.14e23"), 125, D("0.1968")).value.low  # 24.6 of 125 TFLOP/s
GPT3 = mwh(GPT3_HOURS, 330, "1.10")
GPT3_DAYS = mwh(D(10_000) * 24 * D("14.8"), 330, "1.10")
BLOOM_HOURS = 1_082_990
GPT3_FLOPS = training_flops(D("174.6e9"), D("300e9")).value.low
BLOOM_SERVERS = embodied_of_use(2500, 6, D(BLOOM_HOURS) / 8, occupancy=D("0.85")).value.low / 1000
BLOOM_GPUS = embodied_of_use(150, 6, BLOOM_HOURS, occupancy=D("0.85")).value.low / 1000
CASES = [
    Case("GPT-3, operations, 10²¹ FLOP", GPT3_FLOPS / D("1e21"), "314", "+0.1 %"),
    Case("GPT-3, from operations and rate, MWh", GPT3, "1,287", "+0.0 %"),
    Case("GPT-3, from 10,000 GPUs × 14.8 days, MWh", GPT3_DAYS, "1,287", "+0.2 %"),
    Case("GPT-3, t CO₂e", tonnes(GPT3, "0.429"), "552", "+0.0 %"),
    Case("BLOOM, dynamic, MWh", mwh(BLOOM_HOURS, 400), "433.196", "+0.0 %"),
    Case("BLOOM, dynamic, t CO₂e", tonnes(mwh(BLOOM_HOURS, 400), "0.057"), "24.69", "+0.0 %"),
    Case("BLOOM, dynamic with PUE 1.2, t CO₂e", tonnes(mwh(BLOOM_HOURS, 400, "1.2"), "0.057"), "30", "-1.2 %"),
    Case("BLOOM, idle, t CO₂e", tonnes(D("256.646"), "0.057"), "14.6", "+0.2 %"),
    Case("BLOOM, servers, t CO₂e", BLOOM_SERVERS, "7.57", "+0.1 %"),
    Case("BLOOM, GPUs, t CO₂e", BLOOM_GPUS, "3.64", "-0.1 %"),
    Case("LLaMA 7B, MWh", mwh(82_432, 400, "1.1"), "36", "+0.8 %"),
    Case("LLaMA 7B, t CO₂e", tonnes(mwh(82_432, 400, "1.1"), "0.385"), "14", "-0.3 %"),
    Case("LLaMA 65B, MWh", mwh(1_022_362, 400, "1.1"), "449", "+0.2 %"),
    Case("LLaMA 65B, t CO₂e", tonnes(mwh(1_022_362, 400, "1.1"), "0.385"), "173", "+0.1 %"),
    Case("Llama 2 7B, t CO₂e", tonnes(mwh(184_320, 400, "1.1"), "0.385"), "31.22", "+0.0 %"),
    Case("Llama 2 70B, t CO₂e", tonnes(mwh(1_720_320, 400, "1.1"), "0.385"), "291.42", "+0.0 %"),
    Case("Llama 3.1 8B, t CO₂e", tonnes(mwh(1_460_000, 700, "1.1"), "0.385"), "420", "+3.1 %"),
    Case("Llama 3.1 405B, t CO₂e", tonnes(mwh(30_840_000, 700, "1.1"), "0.385"), "8,930", "+2.4 %"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_published_figure_is_worked_out_again(case):
    """From its own inputs the figure comes out, as far off the printed one as the page says."""
    printed = D(case.printed.replace(",", ""))
    assert f"{(case.ours - printed) / printed * 100:+.1f} %".replace("-0.0", "+0.0") == case.off_pct


def test_the_page_has_every_figure():
    """Each row stands in the documentation with these digits."""
    page = PAGE.read_text(encoding="utf-8")
    assert [case.row for case in CASES if case.row not in page] == []


def test_the_parts_of_bloom_make_its_total():
    """Dynamic, idle and manufacture are 50.5 t, as printed; they are three lines and stay three."""
    by_name = {case.name: case.ours for case in CASES}
    parts = ("dynamic", "idle", "servers", "GPUs")
    whole = sum(by_name[f"BLOOM, {part}, t CO₂e"] for part in parts)
    assert round(whole, 1) == D("50.5")
