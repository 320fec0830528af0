"""The content index: each requirement of a rule set, whether it is met and where, or that it is missing and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ledger.disclosure.requirements.answers import Answer, Figures, worst
from ledger.disclosure.requirements.narrative import Told
from ledger.disclosure.requirements.rule_sets import LEVELS, Requirement, RuleSet, narratives
from ledger.disclosure.requirements.subjects import PROBES
from ledger.disclosure.words.texts import ENGLISH, language, named, spoken, text, within
from ledger.inventory.registers.intensity import reconciliation
from ledger.tabular import Tabular

if TYPE_CHECKING:
    from ledger.store import Session

CONDITIONS: dict[str, tuple[Callable[[Figures, Told], object], str]] = {
    "always": (lambda _, __: True, ""),
    "base_year_set": (lambda f, _: f.organisation.base_year, "answer_base_year_unset"),
    "base_year_recalculated": (
        lambda f, _: any(one.decision == "recalculate" for one in f.base_year_decisions),
        "answer_not_recalculated",
    ),
    "structure_changed": (
        lambda f, _: any(one.cause == "structure" for one in f.base_year_decisions),
        "answer_no_structure_change",
    ),
    "has_removals": (lambda f, _: f.removals is not None and f.removals.rows, "answer_no_removals"),
    "ai": (lambda f, _: f.ai, "answer_no_ai"),
    "high_climate_impact": (
        lambda _, told: told.high_climate_impact, "answer_no_high_impact",
    ),
}  # fmt: skip
"""When a requirement applies, and the text that is said where it does not."""


@dataclass(frozen=True, slots=True)
class IndexLine:
    """A requirement and what became of it: `met`, `partly`, `missing`, or `not_applicable`; why, and where it stands.

    ``where`` names tables of the report; `narrative` is the team's own text.
    """

    requirement: Requirement
    state: str
    words: str
    where: str


@dataclass(frozen=True, slots=True)
class ContentIndex(Tabular):
    """The index of a rule set for a period, as of a checkpoint, its reasons in one language."""

    ROWS = "lines"

    rule_set: RuleSet
    period: str
    view: str
    checkpoint_size: int
    checkpoint_root: str
    lines: tuple[IndexLine, ...]
    language: str = ENGLISH

    def count(self, state: str, level: str) -> int:
        """How many requirements of a level are in a state."""
        return sum(1 for line in self.lines if line.state == state and line.requirement.level == level)

    @property
    def open(self) -> int:
        """How many required ones are not met in full."""
        return self.count("missing", "required") + self.count("partly", "required")

    def as_json(self) -> dict[str, Any]:
        """The answer of `ghg requirements --json`."""
        counts = {
            level: {
                state: self.count(state, level) for state in ("met", "partly", "missing", "not_applicable")
            }
            for level in LEVELS
        }  # fmt: skip
        with spoken(self.language):
            return {
                "rule_set": self.rule_set.name, "title": named(self.rule_set.title),
                "version": named(self.rule_set.version), "language": self.language, "period": self.period,
                "view": self.view, "checkpoint": {"size": self.checkpoint_size, "root": self.checkpoint_root},
                "counts": counts,
                "requirements": [
                    {
                        "code": line.requirement.code, "level": line.requirement.level,
                        "title": named(line.requirement.title), "state": line.state, "why": line.words,
                        "where": line.where, "source": line.requirement.source,
                    }
                    for line in self.lines
                ],
            }  # fmt: skip


def ledger_beside(s: Session, figures: Figures, told: Told) -> Told:
    """The narrative with what the ledger says beside the figures, as of their checkpoint."""
    now = figures.current
    size = now.checkpoint.size
    flagged = s.rows(
        "select 1 from (select * from legal_entity where batch_no <= ? qualify row_number() over "
        "(partition by legal_entity_id, valid_from order by batch_no desc, seq desc) = 1) "
        "where high_climate_impact and not withdrawn limit 1",
        [size],
    )
    ties = tuple(reconciliation(s, now.period, now.view, size))
    return replace(told, high_climate_impact=bool(flagged), reconciliations=ties)


def content_index(rules: RuleSet, figures: Figures, told: Told) -> ContentIndex:
    """Hold every requirement of a rule set against the figures and the narrative."""
    now = figures.current
    lines = tuple(_line(asked, figures, told) for asked in rules.requirements)
    at, spoken_in = now.checkpoint, language()
    return ContentIndex(rules, now.period.label, now.view, at.size, at.root, lines, spoken_in)


def _line(asked: Requirement, figures: Figures, told: Told) -> IndexLine:
    applies, otherwise = CONDITIONS[asked.condition]
    if not applies(figures, told):
        return IndexLine(asked, "not_applicable", text(otherwise), "")
    answer = worst([_answer(name, figures, told) for name in asked.needs])
    return IndexLine(asked, answer.state, answer.words, answer.where)


def _answer(name: str, figures: Figures, told: Told) -> Answer:
    if name in PROBES:
        return PROBES[name](figures, told)
    if name in told.texts:
        return Answer("met", "", "narrative")
    return Answer("missing", text("answer_not_told", title=within(named(narratives()[name].title)), name=name))
