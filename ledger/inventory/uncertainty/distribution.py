"""A distribution by its first three moments, and its quantiles. Floats: uncertainty is never posted."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)
"""Standard deviations from the mean to either end of a 95 % interval of a normal distribution."""

_NEARLY_SYMMETRIC = 1e-3
"""Skewness below which a sum is taken as normal: the ends of its interval move by less than 0.05 % of a deviation."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """Normal (`shift` + `s` Z), or lognormal (`shift` + `scale` × exp(`s` Z)) where there is a ``scale``."""

    shift: float
    scale: float | None
    s: float

    @property
    def name(self) -> str:
        """normal or lognormal."""
        return "normal" if self.scale is None else "lognormal"

    def at(self, z: float) -> float:
        """The value that stands where a normal one stands at z deviations."""
        return self.shift + (self.s * z if self.scale is None else self.scale * exp(self.s * z))

    def interval(self) -> tuple[float, float]:
        """The 95 % interval, low end first."""
        low, high = sorted((self.at(-Z), self.at(Z)))
        return low, high


def fitted(mean: float, variance: float, third: float) -> Distribution:
    """The normal or shifted lognormal distribution with this mean, variance and third central moment.

    A single lognormal is met exactly; sums of several stay close to it (Fenton and Wilkinson's way, with a shift so
    that the skewness is met too). A negative skewness is the mirrored form.
    """
    deviation = sqrt(max(variance, 0.0))
    skewness = third / deviation**3 if deviation else 0.0
    if abs(skewness) < _NEARLY_SYMMETRIC:
        return Distribution(mean, None, deviation)
    w = _log_variance_ratio(skewness)
    scale = deviation / sqrt(w * (w - 1)) * (1 if skewness > 0 else -1)
    return Distribution(mean - scale * sqrt(w), scale, sqrt(log(w)))


def _log_variance_ratio(skewness: float) -> float:
    """exp(s²) of the lognormal with a skewness: the root of (w + 2)² (w − 1) = skewness²."""
    squared = skewness * skewness
    root: float = ((squared + 2 + abs(skewness) * sqrt(squared + 4)) / 2) ** (1 / 3)
    return root + 1 / root - 1


RANKS = ((0.05, "high"), (0.15, "good"), (0.30, "fair"))
"""Half widths up to which the GHG Protocol's uncertainty tool calls a figure's certainty high, good and fair."""


def rank_of(half_width: float) -> str:
    """high, good, fair or poor (GHG Protocol guidance on uncertainty assessment, table of ranks)."""
    return next((name for limit, name in RANKS if half_width <= limit), "poor")
