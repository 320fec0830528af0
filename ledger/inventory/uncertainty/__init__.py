"""How sure the figures are: spreads of rows and factors, propagated, and checked by drawing."""

from __future__ import annotations

from ledger.inventory.uncertainty.assessment import Contributor, FigureUncertainty, Uncertainty, assess_uncertainty

__all__ = ["Contributor", "FigureUncertainty", "Uncertainty", "assess_uncertainty"]
