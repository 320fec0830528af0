"""What is said of a subject that a standard asks for, and of several together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ledger.disclosure.figures.record import QuarterlyFigures
from ledger.disclosure.requirements.narrative import Told

State = Literal["met", "partly", "missing"]


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a subject is met, in words, and the key of the report's table where it stands."""

    state: State
    words: str = ""
    where: str = ""


Probe = Callable[[QuarterlyFigures, Told], Answer]


def worst(answers: list[Answer]) -> Answer:
    """The answer of several subjects together, every reason, every place: partly where some are there and some not."""
    states = {one.state for one in answers}
    state: State = answers[0].state if len(states) == 1 else "partly"
    told = list(dict.fromkeys(one.words for one in answers if one.words and (one.state != "met" or state == "met")))
    places = list(dict.fromkeys(one.where for one in answers if one.where))
    return Answer(state, "; ".join(told), ", ".join(places))
