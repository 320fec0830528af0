"""The answers to a wish in one file: every one as it came, beside its question and when it was fetched."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from ledger.connectors.grid.questions import Question, questions_of
from ledger.connectors.grid.service import Service
from ledger.connectors.grid.wish import ELECTRICITY_MAPS, Wish, checked
from ledger.errors import Misuse

VERSION = 1


@dataclass(frozen=True, slots=True)
class Answers:
    """A file of answers: its name and its bytes, how many answers it has, and when the first was fetched."""

    name: str
    content: bytes
    count: int
    retrieved_at: datetime


def answers_of(wish: Wish, url: str | None = None, now: datetime | None = None) -> Answers:
    """Ask a service for all that a wish means.

    Args:
        wish: what is asked for.
        url: the address of the service; its own where left out.
        now: the present; of the clock where left out.

    Raises Misuse for a wish that cannot be, and what :meth:`Service.answer` raises; then there is no file at all.
    """
    began = now or datetime.now(UTC)
    wish = checked(wish, began)
    parts = []
    with Service(wish.source, url) as service:
        for question in questions_of(wish, began):
            text = service.answer(question.path, question.terms)
            parts.append(_part(question, text, now or datetime.now(UTC)))
        heading = {
            "ghg_grid": VERSION, "source": wish.source, "service": service.url, "zone": wish.zone, "basis": wish.basis,
            "seconds": int(wish.step.total_seconds()), "estimates": wish.estimates, "first": _shown(wish.first),
            "after": _shown(wish.after),
        }  # fmt: skip
    head = json.dumps(heading, ensure_ascii=False)[:-1]
    content = f'{head}, "answers": [\n' + ",\n".join(parts) + "\n]}\n"
    name = f"{wish.source}-{wish.zone}-{began:%Y%m%dT%H%M%SZ}.json"
    return Answers(name, content.encode(), len(parts), began)


def _part(question: Question, text: str, retrieved_at: datetime) -> str:
    """A question with its answer, whose text stands as it came: no number is written anew."""
    heading = {"path": question.path, "what": question.what, "terms": dict(question.terms),
               "retrieved_at": _shown(retrieved_at)}  # fmt: skip
    return f'{json.dumps(heading, ensure_ascii=False)[:-1]}, "answer": {text}}}'


def _shown(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def zones_of(url: str | None = None) -> dict[str, str]:
    """Every zone of Electricity Maps with its name; needs no token. Raises what :meth:`Service.answer` raises."""
    with Service(ELECTRICITY_MAPS, url) as service:
        document = json.loads(service.answer("/zones", {}, open_to_all=True))
    named = {
        key: ", ".join(dict.fromkeys(str(told[name]) for name in ("countryName", "zoneName") if told.get(name)))
        for key, told in document.items() if isinstance(told, dict)
    }  # fmt: skip
    if not named:
        raise Misuse(f"{service.url} lists no zones", "give the address of Electricity Maps, or leave --url out")
    return dict(sorted(named.items()))
