"""What would be chosen: a question asked of the factors by the ledger's own choice, and nothing posted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ledger.calculation.choices import make_choices
from ledger.calculation.policy import Policy, policy
from ledger.calculation.sql_text import sql
from ledger.store import Session
from ledger.store.tables import ChoiceKey


@dataclass(frozen=True, slots=True)
class Question:
    """A quantity that might be posted: of which activity type and unit, where, and in which month."""

    activity_type: str
    unit: str
    country: str
    grid_region: str | None
    month: date


@dataclass(frozen=True, slots=True)
class Source:
    """Where a factor is from, for whoever looks it up."""

    factor_id: str
    dataset: str
    edition: str
    title: str
    publisher: str
    licence: str
    verification: str
    boundary: str
    country: str | None
    region: str | None
    data_year: int
    source_cell: str | None


@dataclass(frozen=True, slots=True)
class Decided:
    """What the choice says of one line and method: kg CO2e per unit, or None with the reason that there is none."""

    line: str
    method: str
    scope: str
    scope3_category: int | None
    kg_co2e_per_unit: Decimal | None
    reason_code: str
    flags: tuple[str, ...]
    gwp_set: str
    source: Source | None


@dataclass(frozen=True, slots=True)
class Known:
    """Another factor for the place, which was not chosen: kg CO2e per unit."""

    kg_co2e_per_unit: Decimal
    source: Source


@dataclass(frozen=True, slots=True)
class Answer:
    """The decisions of a question, and the other factors that are held for its place."""

    question: Question
    decided: tuple[Decided, ...]
    others: tuple[Known, ...]

    def line(self, line: str, method: str) -> Decided | None:
        """The decision of a line and method; None where the activity type has no such line."""
        return next((each for each in self.decided if (each.line, each.method) == (line, method)), None)


_DECIDED = """
select line, method, scope, scope3_category, total_co2e_kg_per_unit, reason_code, flags, gwp_set, factor_id
from new_choice where key_no = 1 order by line, method, book
"""
_OTHERS = """
select n.factor_id, n.total_co2e_kg_per_unit from new_choice n
where n.line = 'energy' and n.method = 'location' and n.total_co2e_kg_per_unit is not null order by 2, 1
"""
_SOURCES = """
select f.factor_id, f.dataset, f.edition, d.title, d.publisher, f.licence, f.verification, f.boundary, f.country,
       f.region, f.data_year, f.source_cell
from emission_factor f join factor_dataset d on d.dataset = f.dataset
where list_contains($ids, f.factor_id)
qualify row_number() over (partition by f.factor_id order by f.batch_no desc, f.seq desc, d.batch_no desc) = 1
"""


def answer(s: Session, question: Question) -> Answer:
    """The choice for a question as an upload would make it now, with the other factors of the place beside it.

    Nothing is written: the tables are temporary ones of the session.
    """
    rules = policy(s)
    _decide(s, rules, [_key(question, 1)])
    rows = s.rows(_DECIDED)
    others = _others(s, rules, question)
    sources = _sources(s, {row[-1] for row in rows if row[-1]} | set(others))
    decided = tuple(
        Decided(line, method, scope, category, kg, reason, tuple(filter(None, flags.split(";"))), gwp_set,
                sources.get(factor_id))
        for line, method, scope, category, kg, reason, flags, gwp_set, factor_id in rows
    )  # fmt: skip
    chosen = {each.source.factor_id for each in decided if each.source and each.method == "location"}
    known = tuple(Known(kg, sources[factor_id]) for factor_id, kg in others.items() if factor_id not in chosen)
    return Answer(question, decided, known)


def _others(s: Session, rules: Policy, question: Question) -> dict[str, Decimal]:
    """Kg CO2e per unit of every fresh factor of the place, by id, the smallest first: each named as a row would."""
    found = s.rows(
        "select factor_activity_type from activity_line where activity_type = ? and line = 'energy' "
        "and batch_no = (select max(batch_no) from activity_line) limit 1",
        [question.activity_type],
    )
    if not found:
        return {}
    terms = {
        "factor_activity_type": found[0][0], "country": question.country, "region": question.grid_region,
        "month": question.month, "withdrawn": list(rules.withdrawn_datasets),
    }  # fmt: skip
    s.run(sql("known_factor"), terms)
    keys = [
        _key(question, number) | {"factor_id": factor_id, "grid_region": region or question.grid_region}
        for number, (factor_id, region) in enumerate(s.rows("select factor_id, region from known_factor order by 1"))
    ]  # numbered to be told apart, from whichever number
    if not keys:
        return {}
    _decide(s, rules, keys)
    return dict(s.rows(_OTHERS))


def _decide(s: Session, rules: Policy, keys: Sequence[dict[str, Any]]) -> None:
    """Temp table `new_choice` for keys given as rows."""
    from ledger.store import as_arrow

    with s.given(enquired=as_arrow(ChoiceKey, list(keys))):
        s.run("create or replace temp table wanted_key as select * from enquired")
    make_choices(s, rules)


def _key(question: Question, number: int) -> dict[str, Any]:
    return {
        "key_no": number, "activity_type": question.activity_type, "kind": "quantity", "unit_given": question.unit,
        "calorific_basis": "na", "country": question.country, "grid_region": question.grid_region,
        "market_boundary": question.country, "month": question.month.replace(day=1), "direction": "consumed",
    }  # fmt: skip


def _sources(s: Session, ids: set[str]) -> dict[str, Source]:
    return {row[0]: Source(*row) for row in s.rows(_SOURCES, {"ids": sorted(ids)})}
