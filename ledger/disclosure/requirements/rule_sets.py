"""Rule sets as shipped data: what a standard asks, one by one, and the texts that only people can give.

Another edition of a standard is another file in `data/requirements/`; a bare code never names a requirement, since
codes change their meaning between editions (ESRS E1-6 is emissions in the first set and targets in the revised one).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ledger import extensions, shipped
from ledger.errors import known_word

LEVELS = ("required", "recommended", "optional")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that a rule set asks: its code there, how strongly, the subjects that meet it, and when it applies."""

    code: str
    level: str
    title: str
    needs: tuple[str, ...]
    condition: str
    source: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A standard in one edition, for which financial years it holds, and its requirements in its own order."""

    name: str
    title: str
    version: str
    in_force: str
    first_year: int | None
    last_year: int | None
    source: str
    requirements: tuple[Requirement, ...]

    def holds_for(self, year: int) -> bool:
        """Whether it may be followed for a financial year."""
        return (self.first_year or year) <= year <= (self.last_year or year)


@dataclass(frozen=True, slots=True)
class Narrative:
    """A text that a report needs and that no figure gives: its name, and the question that it answers."""

    name: str
    title: str
    prompt: str


def rule_set(name: str) -> RuleSet:
    """A rule set by its name or another word for it (`iso`, `csrd`). Raises Misuse for one that is not shipped."""
    known = rule_sets()
    aliases = {alias: listed for listed, row in _listed().items() for alias in row["aliases"].split("|") if alias}
    return known[known_word("rule set", aliases.get(name.casefold(), name), known)]


@cache
def rule_sets() -> dict[str, RuleSet]:
    """Every shipped rule set by name."""
    return {
        name: RuleSet(
            name, row["title"], row["version"], row["in_force"], _year(row["first_year"]), _year(row["last_year"]),
            row["source"], tuple(_requirements(name)),
        )
        for name, row in _listed().items()
    }  # fmt: skip


@cache
def narratives() -> dict[str, Narrative]:
    """The texts that people give, by name, in the order in which they are asked."""
    return {row["name"]: Narrative(row["name"], row["title"], row["prompt"]) for row in _rows("narratives")}


def _year(text: str) -> int | None:
    return int(text) if text else None


def _listed() -> dict[str, dict[str, str]]:
    lists = extensions.files("requirements", "rule_sets.csv")
    return {row["rule_set"]: row for path in lists for row in _rows_of(path)}


def _requirements(name: str) -> Iterator[Requirement]:
    for row in _rows_of(next(iter(extensions.files("requirements", f"{name}.csv")))):
        needs = tuple(row["needs"].split("|"))
        yield Requirement(row["code"], row["level"], row["title"], needs, row["condition"], row["source"])


def _rows(name: str) -> list[dict[str, str]]:
    return _rows_of(shipped.path("data") / "requirements" / f"{name}.csv")


def _rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
