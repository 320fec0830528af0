"""Energy of computing: measured, or from power and time; PUE once; and whether the operations fit it.

Sources: Lacoste et al. 2019 (power × time), Patterson et al. 2021, section 2 (measured mean power, PUE), ISO/IEC
30134-2 (PUE), Kaplan et al. 2020 (6·N·D). Power in watts, energy in kWh, time in hours.
"""

from __future__ import annotations

from decimal import Decimal

from ledger.ai.interval import Amount, Interval, interval
from ledger.ai.worked import Term, Worked
from ledger.errors import Misuse

LEVELS = ("chip", "it", "wall", "facility")
"""Where energy was read: the accelerator, the IT equipment, the socket, the meter of the site."""
BELOW_OVERHEAD = ("chip", "it")
"""Levels that hold nothing of cooling and distribution: PUE is for them alone."""
MOST_PUE = Decimal(10)
WATTS = Decimal(1000)
SECONDS = Decimal(3600)
TERA = Decimal(10) ** 12
FLOPS_PER_PARAMETER_AND_TOKEN = 6
"""Two for the forward pass, four for the backward pass (Kaplan et al. 2020, section 2.1)."""


def share(amount: Amount, what: str) -> Interval:
    """A share between 0 and 1. Raises Misuse for anything else: 140 per cent is a slip, not a share."""
    value = interval(amount)
    if value.high > 1:
        raise Misuse(f"{what} is {value.text()}, more than 1", f"give {what} as a share between 0 and 1 (85 % is 0.85)")
    return value


def checked_pue(amount: Amount) -> Interval:
    """A power usage effectiveness. Raises Misuse below 1, which cannot be, and above 10, which is a slip.

    ISO/IEC 30134-2: total energy of the data centre over the energy of its IT equipment, so never below 1.
    """
    value = interval(amount)
    if value.low < 1:
        raise Misuse(
            f"PUE is {value.text()}, less than 1: a site cannot use less than its IT equipment",
            "give total energy over IT energy (ISO/IEC 30134-2), such as 1.2",
        )
    if value.high > MOST_PUE:
        raise Misuse(
            f"PUE is {value.text()}, more than {MOST_PUE}: that is a slip of the decimal point or per cent",
            "give total energy over IT energy, such as 1.2",
        )
    return value


def energy_from_power(
    power_w: Amount, hours: Amount, *, count: Amount = 1, utilisation: Amount = 1, power_source: str = ""
) -> Worked:
    """Electricity of processors at their own level, in kWh.

    Args:
        power_w: W of one processor: its mean draw, or its board power, which is a ceiling.
        hours: h that each was in use.
        count: how many processors.
        utilisation: mean draw over ``power_w``, 0 to 1; 1 where ``power_w`` is the mean draw already.
        power_source: where the power is from.

    Returns:
        power × hours × utilisation × count ÷ 1000, exact.

    Raises:
        Misuse: a utilisation above 1.
    """
    power, time, many = interval(power_w), interval(hours), interval(count)
    used = share(utilisation, "utilisation")
    kwh = power * time * used * many * interval(Decimal(1) / WATTS)
    terms = (
        Term("power", power, "W", power_source),
        Term("hours", time, "h"),
        Term("utilisation", used, ""),
        Term("count", many, "processors"),
    )
    return Worked(
        "energy of the processors", kwh, "kWh", "power × hours × utilisation × count ÷ 1000", terms,
        "Lacoste et al. 2019, arXiv:1910.09700 (power × time)", "energy_chip",
    )  # fmt: skip


def facility_energy(
    energy_kwh: Amount, level: str, pue: Amount | None, *, pue_inside: bool = False, pue_source: str = ""
) -> Worked:
    """Electricity that the site took for the computing, in kWh: PUE once, and only on chip or IT energy.

    Args:
        energy_kwh: kWh as read or worked out.
        level: where it was read: chip, it, wall or facility.
        pue: total over IT energy; None where it is not known, which is never 1.
        pue_inside: the reading holds PUE already (as a CodeCarbon file with ``pue`` other than 1).
        pue_source: where the PUE is from.

    Returns:
        energy × PUE; the energy itself, as a lower bound, where PUE is not known; the energy itself where a
        reading at wall or facility level, or with PUE inside, holds overhead already.

    Raises:
        Misuse: an unknown level, or a PUE that cannot be.
    """
    if level not in LEVELS:
        raise Misuse(f"'{level}' is no level of a reading", "take one of: " + ", ".join(LEVELS))
    energy = interval(energy_kwh)
    terms = (Term("energy", energy, "kWh", f"{level} level"),)
    source = "ISO/IEC 30134-2 (PUE on IT energy, once)"
    if pue_inside or level not in BELOW_OVERHEAD:
        why = "PUE is inside already" if pue_inside else f"energy at {level} level holds overhead already"
        return Worked("energy of the site", energy, "kWh", "energy", terms, source, "energy_facility",
                      (f"{why}: PUE is not applied again",))  # fmt: skip
    if pue is None:
        note = "PUE is not known: not applied, so this is the energy of the processors alone and a lower bound"
        return Worked("energy of the site", energy, "kWh", "energy", terms, source, "energy_facility", (note,))
    times = checked_pue(pue)
    return Worked(
        "energy of the site", energy * times, "kWh", "energy × PUE", (*terms, Term("PUE", times, "", pue_source)),
        source, "energy_facility",
    )  # fmt: skip


def emissions(
    energy_kwh: Amount, factor_kg_per_kwh: Amount, factor_source: str = "", what: str = "emissions"
) -> Worked:
    """Greenhouse gases of electricity, in kg CO2e: kWh × kg/kWh, exact (Scope 2 Guidance, chapter 6)."""
    energy, factor = interval(energy_kwh), interval(factor_kg_per_kwh)
    terms = (Term("energy", energy, "kWh"), Term("factor", factor, "kg CO2e/kWh", factor_source))
    return Worked(
        what, energy * factor, "kg CO2e", "energy × factor", terms,
        "GHG Protocol Scope 2 Guidance, chapter 6 (activity × factor)", "emissions",
    )  # fmt: skip


def training_flops(parameters: Amount, tokens: Amount) -> Worked:
    """Operations of training a dense transformer, FLOP: 6 × N × D. For a mixture of experts, N are the active ones."""
    n, d = interval(parameters), interval(tokens)
    return Worked(
        "operations of training", interval(FLOPS_PER_PARAMETER_AND_TOKEN) * n * d, "FLOP", "6 × N × D",
        (Term("N", n, "parameters"), Term("D", d, "tokens")), "Kaplan et al. 2020, arXiv:2001.08361, section 2.1",
        "operations", ("attention over long contexts and recomputed activations come on top",),
    )  # fmt: skip


def accelerator_hours(flops: Amount, peak_tflops: Amount, mfu: Amount) -> Worked:
    """Accelerator-hours that operations take: FLOP ÷ (peak × MFU × 3600).

    Args:
        flops: operations, FLOP.
        peak_tflops: dense peak of one accelerator at the precision used, TFLOP/s.
        mfu: model FLOP utilisation, 0 to 1 (Chowdhery et al. 2022, appendix B).
    """
    work, peak, used = interval(flops), interval(peak_tflops), share(mfu, "MFU")
    hours = work / (peak * used * interval(TERA * SECONDS))
    return Worked(
        "accelerator-hours", hours, "h", "FLOP ÷ (peak × MFU × 3600)",
        (Term("FLOP", work, "FLOP"), Term("peak", peak, "TFLOP/s, dense"), Term("MFU", used, "")),
        "Patterson et al. 2021, arXiv:2104.10350, appendix A (time from operations and rate)", "hours",
    )  # fmt: skip


def flop_utilisation(flops: Amount, hours: Amount, peak_tflops: Amount) -> Worked:
    """Share of peak that operations in so many accelerator-hours make: FLOP ÷ (hours × 3600 × peak).

    A share above 1 says that one of the three is wrong: it is told, not refused, since it is what the check is for.
    """
    work, time, peak = interval(flops), interval(hours), interval(peak_tflops)
    used = work / (time * peak * interval(TERA * SECONDS))
    notes: tuple[str, ...] = ()
    if used.low > 1:
        notes = ("more operations than the hardware can do: operations, hours or peak are wrong",)
    return Worked(
        "share of peak", used, "", "FLOP ÷ (hours × 3600 × peak)",
        (Term("FLOP", work, "FLOP"), Term("hours", time, "accelerator-hours"), Term("peak", peak, "TFLOP/s, dense")),
        "Chowdhery et al. 2022, arXiv:2204.02311, appendix B (model FLOP utilisation)", "rate", notes,
    )  # fmt: skip
