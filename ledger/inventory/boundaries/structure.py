"""The structure of the group: who holds whom on a day, chains multiplied, and where a company stands in a view."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Any, TypeVar

from ledger.inventory.boundaries.consolidation import GROUP, INVESTEES, SPLIT_VIEWS, HoldingRule, holding_rule
from ledger.inventory.sentence import joined, sentence
from ledger.store import Session

DIGITS = 200
"""Of a product of shares along a chain: far more than any chain has, so nothing is rounded."""

_WHOLE, _NOTHING = Decimal(1), Decimal(0)
_Version = TypeVar("_Version", "EntityVersion", "FacilityVersion")


@dataclass(frozen=True, slots=True)
class HoldingVersion:
    """What a parent holds of a child from a day on."""

    parent: str
    child: str
    equity_share: Decimal
    financial_control: str
    operational_control: bool
    valid_from: date
    valid_to: date | None
    event: str


@dataclass(frozen=True, slots=True)
class EntityVersion:
    """A company from a day on."""

    legal_entity_id: str
    name: str
    in_consolidated_accounts: bool
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class FacilityVersion:
    """A facility from a day on."""

    facility_id: str
    name: str
    legal_entity_id: str
    relation: str
    exclusion_reason: str | None
    exclusion_kg: Decimal | None
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A company in a view on a day.

    ``share`` of its operations is inside the boundary (0–1); ``equity`` is what the group holds of it, chains
    multiplied. ``kind``: reporting company, held, not held (on this day, though on another), third party.
    """

    share: Decimal
    equity: Decimal
    group: str
    kind: str
    words: str
    source: str


@dataclass(frozen=True, slots=True)
class Structure:
    """Every version in force of holdings, companies and facilities, the earliest first."""

    holdings: dict[str, tuple[HoldingVersion, ...]]  # by child
    entities: dict[str, tuple[EntityVersion, ...]]
    facilities: dict[str, tuple[FacilityVersion, ...]]

    def facility(self, facility_id: str, on: date) -> FacilityVersion | None:
        """The version in force on a day; before the first the first, after the last the last."""
        return _in_force_or_nearest(self.facilities.get(facility_id, ()), on)

    def entity(self, legal_entity_id: str, on: date) -> EntityVersion | None:
        """The version in force on a day, or the nearest."""
        return _in_force_or_nearest(self.entities.get(legal_entity_id, ()), on)

    def held_on(self, child: str, on: date) -> list[HoldingVersion]:
        """Who holds a company on a day: of each parent the latest version, unless it has ended."""
        latest: dict[str, HoldingVersion] = {}
        for version in self.holdings.get(child, ()):
            if version.valid_from <= on:
                latest[version.parent] = version
        return [held for held in latest.values() if held.valid_to is None or held.valid_to >= on]

    def reporting_companies(self) -> set[str]:
        """The companies that nobody ever holds and that are in the consolidated accounts.

        Where none of those that nobody holds is in the accounts, all of them are.
        """
        unheld = {code for code in self.entities if code not in self.holdings}
        parents = {held.parent for versions in self.holdings.values() for held in versions}
        unheld |= parents - self.entities.keys() - self.holdings.keys()
        consolidated = {
            code
            for code in unheld
            if code not in self.entities or any(v.in_consolidated_accounts for v in self.entities[code])
        }
        return consolidated or unheld

    def change_days(self, companies: set[str], facility_id: str | None) -> set[date]:
        """The days on which something changes for a facility and these companies, or for whoever is above them."""
        places = self.facilities.get(facility_id or "", ())
        versions: list[Any] = [*places]
        to_see, seen = [*companies, *(place.legal_entity_id for place in places)], set[str]()
        while to_see:
            code = to_see.pop()
            if code not in seen:
                seen.add(code)
                held = self.holdings.get(code, ())
                versions += [*held, *self.entities.get(code, ())]
                to_see += [holding.parent for holding in held]
        after = {v.valid_to + timedelta(days=1) for v in versions if v.valid_to is not None and v.valid_to < date.max}
        return {v.valid_from for v in versions} | after


def structure_at(s: Session, size: int) -> Structure:
    """The structure as the ledger stood at a size; a version that was withdrawn is none."""
    return s.once(("structure", size), lambda: _structure(s, size))


def _structure(s: Session, size: int) -> Structure:
    return Structure(
        _grouped(_versions(s, size, "holding", ("parent", "child"), HoldingVersion), "child"),
        _grouped(_versions(s, size, "legal_entity", ("legal_entity_id",), EntityVersion), "legal_entity_id"),
        _grouped(_versions(s, size, "facility", ("facility_id",), FacilityVersion), "facility_id"),
    )


def _versions(s: Session, size: int, table: str, identity: tuple[str, ...], made: type[Any]) -> list[Any]:
    named = ", ".join(identity)
    rows = s.rows(
        f"select {', '.join(made.__slots__)}, withdrawn from {table} where batch_no <= ? "
        f"qualify row_number() over (partition by {named}, valid_from order by batch_no desc, seq desc) = 1 "
        f"order by valid_from, {named}",
        [size],
    )
    return [made(*row[:-1]) for row in rows if not row[-1]]


def _grouped(versions: Iterable[Any], by: str) -> dict[str, tuple[Any, ...]]:
    found: dict[str, list[Any]] = {}
    for version in versions:
        found.setdefault(getattr(version, by), []).append(version)
    return {name: tuple(of_name) for name, of_name in found.items()}


def _in_force_or_nearest(versions: tuple[_Version, ...], on: date) -> _Version | None:
    """The latest version that began by the day, whether or not it has ended; before the first, the first."""
    begun = [version for version in versions if version.valid_from <= on]
    return begun[-1] if begun else (versions[0] if versions else None)


class Standings:
    """Where companies stand in one view, each reckoned once for each day asked for."""

    def __init__(self, structure: Structure, view: str) -> None:
        self.structure = structure
        self.view = view
        self._reporting = structure.reporting_companies()
        self._known: dict[tuple[str, date], Standing] = {}
        self._circles = 0

    def of(self, legal_entity_id: str, on: date) -> Standing:
        """Where a company stands on a day. A company that is in no register counts as the reporting company."""
        with localcontext() as context:
            context.prec = DIGITS
            return self._of(legal_entity_id, on, frozenset())

    def _of(self, code: str, on: date, above: frozenset[str]) -> Standing:
        if (code, on) in self._known:
            return self._known[code, on]
        if code in above:  # a circle of holdings, which an upload refuses, leads nowhere
            self._circles += 1
            return Standing(_NOTHING, _NOTHING, INVESTEES, "not held", sentence("held in a circle"), "")
        before = self._circles
        if code in self.structure.holdings:
            made = self._held(code, on, above | {code})
        elif code in self._reporting or code not in self.structure.entities:
            made = Standing(_WHOLE, _WHOLE, GROUP, "reporting company", sentence("the reporting company"), "")
        else:
            words = sentence("a third party: not in the consolidated accounts, and no holding of the group leads to it")
            made = Standing(_NOTHING, _NOTHING, GROUP, "third party", words, "")
        if self._circles == before or not above:
            self._known[code, on] = made
        return made

    def _held(self, code: str, on: date, above: frozenset[str]) -> Standing:
        """Chains multiply, several chains add up, and a company never counts more than once."""
        held = [(holding, self._of(holding.parent, on, above)) for holding in self.structure.held_on(code, on)]
        held = [(holding, parent) for holding, parent in held if parent.equity > 0]
        if not held:
            return Standing(_NOTHING, _NOTHING, INVESTEES, "not held", self._when_held(code, on), "")
        entity = self.structure.entity(code, on)
        in_accounts = entity is not None and entity.in_consolidated_accounts
        whole = sum((holding.equity_share for holding, _ in held), _NOTHING)
        share, equity, groups, sources = _NOTHING, _NOTHING, set(), []
        for holding, parent in held:
            rule = holding_rule(self.view, holding.financial_control, holding.operational_control, in_accounts, whole)
            counts = {"whole": _WHOLE, "equity": holding.equity_share, "nothing": _NOTHING}[rule.counts]
            share += parent.share * counts
            equity += parent.equity * holding.equity_share
            if parent.group == GROUP and self._of_group(rule, holding, in_accounts, whole):
                groups.add(GROUP)
            sources.append(rule.source)
        group = GROUP if groups else INVESTEES
        words = joined([_holding_words(holding) for holding, _ in held])
        return Standing(min(share, _WHOLE), min(equity, _WHOLE), group, "held", words, sources[0])

    def _of_group(self, rule: HoldingRule, holding: HoldingVersion, in_accounts: bool, whole: Decimal) -> bool:
        """Whether the holding is of the consolidated accounting group, also in views that do not tell."""
        told = rule
        if rule.view not in SPLIT_VIEWS:
            told = holding_rule("esrs_set1", holding.financial_control, holding.operational_control, in_accounts, whole)
        return told.consolidation_group == GROUP

    def _when_held(self, code: str, on: date) -> str:
        versions = self.structure.holdings[code]
        later = [version.valid_from for version in versions if version.valid_from > on]
        if later:
            return sentence("not yet held: acquired on {day}", day=min(later))
        ended = [version.valid_to for version in versions if version.valid_to is not None and version.valid_to < on]
        return (
            sentence("no longer held: last held on {day}", day=max(ended))
            if ended
            else sentence("held by nobody in the group")
        )


def _holding_words(holding: HoldingVersion) -> str:
    control = {
        "sole": sentence("sole financial control"),
        "joint": sentence("joint financial control"),
        "none": sentence("no financial control"),
    }[holding.financial_control]
    return sentence(
        "{share} held by {parent}, {control}, {operated}",
        share=percent(holding.equity_share),
        parent=holding.parent,
        control=control,
        operated=sentence("operated") if holding.operational_control else sentence("not operated"),
    )


def percent(share: Decimal) -> str:
    """A share as per cent, no more digits than it has, and no more than six."""
    text = format((share * 100).quantize(Decimal("1e-6")), "f").rstrip("0").rstrip(".")
    return f"{text} %"
