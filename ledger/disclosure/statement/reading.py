"""Everything a statement says, read from the ledger at one checkpoint, with the texts that people gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger.calculation.policy import setting_values
from ledger.disclosure.figures.quarterly import quarterly_figures
from ledger.disclosure.figures.record import QuarterlyFigures
from ledger.disclosure.requirements.index import ContentIndex, content_index, ledger_beside
from ledger.disclosure.requirements.narrative import Told
from ledger.disclosure.requirements.rule_sets import rule_set
from ledger.disclosure.statement.layout import Layout
from ledger.disclosure.words.texts import spoken
from ledger.errors import Misuse
from ledger.inventory import Period, breakdown
from ledger.inventory.energy_mix import EnergyMix, energy_mix
from ledger.inventory.iso_categories import IsoCategory, iso_categories
from ledger.inventory.registers.energy_produced import EnergyProduced, energy_produced
from ledger.inventory.trading_schemes import TradingSchemes, trading_schemes
from ledger.tabular import Tabular

if TYPE_CHECKING:
    from ledger.store import Session


@dataclass(frozen=True, slots=True)
class Statement(Tabular):
    """A statement: its layout, the figures and what stands beside them, the team's texts, and an index a rule set.

    ``energy`` and ``energy_before`` are the mixes of the period and of the year before, ``gases`` the seven gases by
    measure. Amounts are unrounded kg CO2e and kWh. ``lei`` names the reporter where the ledger has it.
    """

    ROWS = "indexes"

    layout: Layout
    figures: QuarterlyFigures
    told: Told
    indexes: tuple[ContentIndex, ...]
    energy: EnergyMix
    energy_before: EnergyMix | None
    produced_before: EnergyProduced | None
    schemes: TradingSchemes
    iso: tuple[IsoCategory, ...]
    gases: tuple[dict[str, Any], ...]
    lei: str = ""


def statement(
    s: Session,
    shape: Layout,
    of: Period,
    view: str,
    at: int | None = None,
    told: Told | None = None,
    *,
    with_postings: bool = True,
    issued: bool = False,
    language: str | None = None,
) -> Statement:
    """A statement of a period under a view, as the ledger stood at a size (now when None).

    Raises Misuse for a view that is not computed, a size that is not reached, or a language that there is not.
    """
    figures = quarterly_figures(s, of, view, at, with_postings=with_postings, issued=issued, language=language)
    with spoken(figures.look.language):
        return _read(s, shape, figures, told or Told())


def _read(s: Session, shape: Layout, figures: QuarterlyFigures, told: Told) -> Statement:
    of, view, size = figures.current.period, figures.current.view, figures.current.checkpoint.size
    if not figures.facilities and not figures.current.not_quantified:
        raise Misuse(
            f"the ledger holds no activity of {of.label}", "see which periods it has: ghg completeness, ghg status"
        )
    beside = ledger_beside(s, figures, told)
    return Statement(
        layout=shape,
        figures=figures,
        told=beside,
        indexes=tuple(content_index(rule_set(name), figures, beside) for name in shape.rule_sets),
        energy=energy_mix(s, of, view, size),
        energy_before=None if figures.comparative is None else energy_mix(s, of.year_before(), view, size),
        produced_before=None if figures.comparative is None else energy_produced(s, of.year_before(), size),
        schemes=trading_schemes(s, of, view, size),
        iso=iso_categories(s, of, view, size),
        gases=tuple(breakdown(s, of, "gas", view, size)),
        lei=setting_values(s, of.end, size)["lei"],
    )
