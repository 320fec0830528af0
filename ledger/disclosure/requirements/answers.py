"""What is said of a subject that a standard asks for, and of several together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from ledger.disclosure.figures.period import PeriodFigures
    from ledger.disclosure.figures.record import QuarterlyFigures
    from ledger.disclosure.requirements.narrative import Told

State = Literal["met", "partly", "missing"]
Figures: TypeAlias = "QuarterlyFigures | PeriodFigures"
"""What answers are found in: a report's figures, or those of a period that are read when they are looked at."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a subject is met, in words, and the key of the report's table where it stands."""

    state: State
    words: str = ""
    where: str = ""


Probe: TypeAlias = Callable[["Figures", "Told"], Answer]


def worst(answers: list[Answer]) -> Answer:
    """The answer of several subjects together, every reason, every place: partly where some are there and some not."""
    states = {one.state for one in answers}
    state: State = answers[0].state if len(states) == 1 else "partly"
    told = list(dict.fromkeys(one.words for one in answers if one.words and (one.state != "met" or state == "met")))
    places = list(dict.fromkeys(one.where for one in answers if one.where))
    return Answer(state, "; ".join(told), ", ".join(places))
