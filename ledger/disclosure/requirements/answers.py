"""What is said of a subject that a standard asks for, and of several together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ledger.disclosure.figures import QuarterlyFigures
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
    """The answer of several subjects together: the worst state, every reason, every place."""
    order = ("missing", "partly", "met")
    state = next(state for state in order if any(one.state == state for one in answers))
    told = list(dict.fromkeys(one.words for one in answers if one.words and (one.state != "met" or state == "met")))
    places = list(dict.fromkeys(one.where for one in answers if one.where))
    return Answer(state, "; ".join(told), ", ".join(places))  # type: ignore[arg-type]
