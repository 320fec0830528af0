"""Software carbon intensity: SCI = ((E × I) + M) / R, and the two scores for AI, which never merge.

Sources: ISO/IEC 21031:2024 (SCI 1.1); SCI for AI of the Green Software Foundation (specification text of January 2026).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.ai.interval import Amount, Interval, interval, total
from ledger.ai.worked import Term, Worked
from ledger.errors import Misuse, Refused

SCI_SOURCE = "SCI, ISO/IEC 21031:2024"
SCI_AI_SOURCE = "SCI for AI, Green Software Foundation, text of January 2026"
INTENSITY_BASES = ("location", "marginal")
PROVIDER_STAGES = ("inception", "data", "pre_training", "tuning", "evaluation", "deployment", "retirement")
CONSUMER_STAGES = ("inference", "orchestration", "monitoring", "storage", "client")
PROVIDER_UNITS = ("FLOP", "training token", "parameter")
CONSUMER_UNITS = (
    "token", "image", "second of video", "second of audio", "page", "inference", "workflow", "request",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the software inside the boundary: its energy, the intensity of its power, its share of manufacture.

    ``energy_kwh`` takes in what was reserved and idle; ``intensity_basis`` is location or marginal.

    Raises:
        Refused: a market-based intensity. SCI keeps instruments out of I and M (ISO/IEC 21031:2024).
        Misuse: a basis that is neither location nor marginal.
    """

    name: str
    energy_kwh: Interval
    intensity_g_per_kwh: Interval
    embodied_g: Interval
    intensity_basis: str = "location"
    source: str = ""
    intensity_source: str = ""
    embodied_source: str = ""

    def __post_init__(self) -> None:
        """See the class."""
        if self.intensity_basis == "market":
            raise Refused(
                f"{self.name}: SCI takes no market-based intensity: certificates change no power that software drew",
                "give the location-based or marginal intensity of the grid; the market-based figure is the inventory's",
            )
        if self.intensity_basis not in INTENSITY_BASES:
            raise Misuse(
                f"{self.name}: '{self.intensity_basis}' is no basis of an intensity", "take location or marginal"
            )


def component(
    name: str,
    energy_kwh: Amount,
    intensity_g: Amount,
    embodied_g: Amount,
    basis: str = "location",
    *,
    source: str = "",
    intensity_source: str = "",
    embodied_source: str = "",
) -> Component:
    """A component from points or ranges, with the sources of E, I and M; raises as the class does."""
    return Component(
        name, interval(energy_kwh), interval(intensity_g), interval(embodied_g), basis, source, intensity_source,
        embodied_source,
    )  # fmt: skip


def sci(components: Sequence[Component], units: Amount, unit: str) -> Worked:
    """Software carbon intensity, g CO2e per functional unit: (Σ E × I + Σ M) ÷ R.

    Args:
        components: every part inside the boundary, over the same time.
        units: R, how many functional units the software did in that time; the same for all components.
        unit: what one functional unit is, such as "request".

    Raises:
        Misuse: no component, no unit, or neither energy nor manufacture: an SCI of zero cannot be.
    """
    return _score("SCI", components, units, unit, SCI_SOURCE, "sci")


def sci_ai_provider(
    stages: Sequence[Component], units: Amount, unit: str, *, reason: str, effective: bool = False
) -> Worked:
    """Provider score of SCI for AI: data, every training run (failed ones too), evaluation, deployment ÷ R.

    Args:
        stages: components named after their stages.
        units: R, how many.
        unit: FLOP, training token or parameter.
        reason: why this unit; the specification asks for it.
        effective: whether R counts effective units (kept steps, active parameters) or all that were spent.

    Raises:
        Misuse: a stage of the consumer, or another unit.
    """
    _stages_checked(stages, PROVIDER_STAGES, "provider")
    if unit not in PROVIDER_UNITS:
        raise Misuse(f"'{unit}' is no unit of the provider score", "take one of: " + ", ".join(PROVIDER_UNITS))
    if not reason.strip():
        raise Misuse("the provider score needs a reason for its unit", "say why it is per " + unit)
    count = "effective" if effective else "gross"
    return _score("SCI for AI, provider", stages, units, unit, SCI_AI_SOURCE, "sci_ai_provider",
                  (f"R counts {count} units, chosen because {reason.strip()}",))  # fmt: skip


def sci_ai_consumer(stages: Sequence[Component], units: Amount, unit: str) -> Worked:
    """Consumer score of SCI for AI: inference, orchestration, monitoring, storage, client ÷ R. Training is not in it.

    Raises:
        Misuse: a stage of the provider (training is never spread over requests here), or another unit.
    """
    _stages_checked(stages, CONSUMER_STAGES, "consumer")
    if unit not in CONSUMER_UNITS:
        raise Misuse(f"'{unit}' is no unit of the consumer score", "take one of: " + ", ".join(CONSUMER_UNITS))
    return _score("SCI for AI, consumer", stages, units, unit, SCI_AI_SOURCE, "sci_ai_consumer",
                  ("training is not in it; it is the provider's score",))  # fmt: skip


def _stages_checked(stages: Sequence[Component], allowed: Sequence[str], whose: str) -> None:
    for stage in stages:
        if stage.name not in allowed:
            raise Misuse(
                f"the stage '{stage.name}' does not belong to the {whose} score", "it takes: " + ", ".join(allowed)
            )


def _score(
    what: str, parts: Sequence[Component], units: Amount, unit: str, source: str, kind: str, notes: tuple[str, ...] = ()
) -> Worked:
    count = interval(units)
    if not parts:
        raise Misuse("SCI of nothing", "give at least one component with energy, intensity and manufacture")
    if count.low == 0:
        raise Misuse("R is zero: no functional unit was done", "give how many were done in the time of E")
    operational = total([part.energy_kwh * part.intensity_g_per_kwh for part in parts])
    embodied = total([part.embodied_g for part in parts])
    whole = operational + embodied
    if whole.high == 0:
        raise Misuse("an SCI of zero cannot be", "give the energy or the manufacture that is missing")
    if embodied.high == 0:
        notes = (*notes, "M is zero: the manufacture of the hardware is missing from this score")
    return Worked(
        what, whole / count, f"g CO2e per {unit}", _formula(parts), (*_terms(parts), Term("R", count, unit)),
        source, kind, notes,
    )  # fmt: skip


def _formula(parts: Sequence[Component]) -> str:
    if len(parts) == 1:
        return "((E × I) + M) ÷ R"
    return "(Σ (E × I) + Σ M) ÷ R"


def _terms(parts: Sequence[Component]) -> tuple[Term, ...]:
    made = []
    for part in parts:
        of = "" if len(parts) == 1 else f" {part.name}"
        based = "marginal" if part.intensity_basis == "marginal" else "location-based"
        about = ", ".join(filter(None, (based, part.intensity_source)))
        made += [
            Term(f"E{of}", part.energy_kwh, "kWh", part.source),
            Term(f"I{of}", part.intensity_g_per_kwh, "g CO2e/kWh", about),
            Term(f"M{of}", part.embodied_g, "g CO2e", part.embodied_source),
        ]
    return tuple(made)
