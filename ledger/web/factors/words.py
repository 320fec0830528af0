"""Tables and words of the places about factors."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ledger.disclosure.words.texts import text, text_or_code
from ledger.inventory.periods.effect import difference
from ledger.plain import plain_amount
from ledger.web.frame.measures import NOT_ADDED
from ledger.web.frame.tables import Column, Linked, Row, Table

if TYPE_CHECKING:
    from ledger.inventory.data_quality.editions import ComparedFactor
    from ledger.inventory.data_quality.used import DatasetUse, FactorUse
    from ledger.inventory.periods.effect import Effect
    from ledger.web.frame.here import Here

_BY_GAS = "by gas"
_PARTS = (
    ("co2e_published_kg_per_unit", "CO₂e, as published"), ("co2_co2e_kg_per_unit", "CO₂e of CO₂"),
    ("ch4_co2e_kg_per_unit", "CO₂e of CH₄"), ("n2o_co2e_kg_per_unit", "CO₂e of N₂O"),
    ("hfcs_co2e_kg_per_unit", "CO₂e of HFCs"), ("pfcs_co2e_kg_per_unit", "CO₂e of PFCs"),
    ("sf6_co2e_kg_per_unit", "CO₂e of SF₆"), ("nf3_co2e_kg_per_unit", "CO₂e of NF₃"), ("co2_kg_per_unit", "CO₂"),
    ("ch4_fossil_kg_per_unit", "CH₄, fossil"), ("ch4_other_kg_per_unit", "CH₄, other"), ("n2o_kg_per_unit", "N₂O"),
    ("hfcs_kg_per_unit", "HFCs"), ("pfcs_kg_per_unit", "PFCs"), ("sf6_kg_per_unit", "SF₆"), ("nf3_kg_per_unit", "NF₃"),
    ("montreal_kg_per_unit", "Gases of the Montreal Protocol"),
    ("biogenic_co2_kg_per_unit", "Biogenic CO₂, outside the scopes"),
)  # fmt: skip


def value_of(row: dict[str, Any]) -> Decimal | str:
    """Kg CO2e per unit as published; `by gas` where only masses of gases are."""
    published: Decimal | None = row.get("co2e_published_kg_per_unit")
    return _BY_GAS if published is None else published


def place_of(row: dict[str, Any]) -> str:
    """The grid region or country of a factor, or the world."""
    return row.get("region") or row.get("country") or "world"


def found_table(here: Here, found: Sequence[dict[str, Any]]) -> Table:
    """Factors that a search found."""
    columns = [
        Column("factor", "Factor", "code"), Column("activity", "Activity"), Column("line", "Line"),
        Column("value", "kg CO₂e", "exact"), Column("per", "per"), Column("place", "Place"),
        Column("edition", "Edition"), Column("dataset", "Dataset"), Column("kind", "Kind"),
        Column("verification", "Checked"),
    ]  # fmt: skip
    rows = [
        Row(
            {
                "factor": Linked(one["factor_id"], here.link(f"/factors/{one['factor_id']}")),
                "activity": " ".join(filter(None, (one["activity_type"], one["classification_code"]))),
                "line": one["line"], "value": value_of(one), "per": one["per_unit"], "place": place_of(one),
                "edition": one["edition"], "dataset": Linked(one["dataset"], dataset_link(here, one["dataset"])),
                "kind": one["kind"], "verification": one["verification"],
            }
        )
        for one in found
    ]  # fmt: skip
    return Table(
        "factors", "Factors", columns, rows,
        empty="No factor has every one of these words in id, activity, dataset, place, line or edition. Fewer words "
        "find more; a publisher's file brings new ones.",
    )  # fmt: skip


def dataset_link(here: Here, name: str) -> str:
    """The page of a dataset."""
    return here.link(f"/factors/dataset/{name}")


def kg_lines(record: dict[str, Any]) -> list[tuple[str, str]]:
    """What a factor weighs per unit, total and parts and masses, kg with every digit."""
    return [(words, plain_amount(record[name])) for name, words in _PARTS if record.get(name) is not None]


def use_table(here: Here, used: Sequence[FactorUse]) -> Table:
    """Where a factor is used in the period."""
    columns = [
        Column("facility", "Facility", unknown="no facility"), Column("activity", "Activity"), Column("line", "Line"),
        Column("scope", "Scope"), Column("method", "Method"), Column("postings", "Postings", "number"),
        Column("kg", "Emissions", "tonnes", unknown="not quantified"),
    ]  # fmt: skip
    rows = [
        Row(
            {
                "facility": Linked(one.facility_id or "no facility", here.link(
                    "/explore/lines", facility=one.facility_id, activity_type=one.activity_type)),
                "activity": one.activity_type, "line": text_or_code("line", one.line),
                "scope": one.scope + (f", category {one.scope3_category}" if one.scope3_category else ""),
                "method": {"location": "location-based", "market": "market-based"}.get(one.method, "—"),
                "postings": one.postings, "kg": one.kg_co2e,
            }
        )
        for one in used
    ]  # fmt: skip
    return Table("use", f"Where {here.of.label} uses it", columns, rows, NOT_ADDED, f"{here.of.label} does not use it.")


def species_table(record: dict[str, Any]) -> Table:
    """The gases of a factor, one by one."""
    columns = [Column("species", "Gas", "code"), Column("value", "Value", "exact"), Column("value_as", "As")]
    return Table("species", "Gases", columns, [Row(dict(one)) for one in record.get("species", ())])


def history_table(here: Here, record: dict[str, Any]) -> Table:
    """Every version of a factor, the first one first."""
    columns = [
        Column("entry", "Entry", "code"), Column("recorded", "Recorded", "day"), Column("edition", "Edition"),
        Column("version", "Version"), Column("value", "kg CO₂e", "exact"), Column("verification", "Checked"),
        Column("supersedes", "In place of", "code"), Column("erratum", "Why"),
    ]  # fmt: skip
    rows = [
        Row({
            "entry": Linked(one["entry"], here.link(f"/batch/{one['entry'][1:].partition('-')[0]}")),
            "recorded": one["recorded"], "edition": one["edition"], "version": one["version"], "value": value_of(one),
            "verification": one["verification"], "supersedes": one.get("supersedes"), "erratum": one.get("erratum"),
        }) for one in record["history"]
    ]  # fmt: skip
    return Table("history", "Versions", columns, rows)


def published_table(here: Here, datasets: Sequence[dict[str, Any]], withdrawn: Sequence[str]) -> Table:
    """The datasets of the ledger."""
    columns = [
        Column("dataset", "Dataset", "code"), Column("edition", "Edition"), Column("version", "Version"),
        Column("publisher", "Publisher"), Column("factors", "Factors", "number"), Column("licence", "Licence"),
        Column("verification", "Checked"), Column("batch", "Batch", "code"), Column("state", "State"),
    ]  # fmt: skip
    rows = [
        Row(
            {**one, "dataset": Linked(one["dataset"], dataset_link(here, one["dataset"])),
             "batch": Linked(one["batch"], here.link(f"/batch/{one['batch']}")),
             "state": "withdrawn" if one["dataset"] in withdrawn else "in use"},
            "attention" if one["dataset"] in withdrawn else "",
        )
        for one in datasets
    ]  # fmt: skip
    note = "A dataset without factors is a table that calculations read: warming potentials, rates, price levels."
    return Table("published", "Published to this ledger", columns, rows, note)


def available_table(here: Here, datasets: Sequence[dict[str, Any]]) -> Table:
    """The shipped datasets that the ledger does not have."""
    columns = [
        Column("dataset", "Dataset", "code"), Column("edition", "Edition"), Column("title", "Title"),
        Column("publisher", "Publisher"), Column("licence", "Licence"),
    ]  # fmt: skip
    rows = [Row(one | {"dataset": Linked(one["dataset"], dataset_link(here, one["dataset"]))}) for one in datasets]
    return Table("available", "Shipped, not published", columns, rows,
                 empty="Every shipped dataset is published. A publisher's own file comes by Import.")  # fmt: skip


def used_table(here: Here, used: Sequence[DatasetUse]) -> Table:
    """The datasets that the figures of the period rest on."""
    columns = [
        Column("dataset", "Dataset", "code"), Column("edition", "Edition"), Column("factors", "Factors", "number"),
        Column("postings", "Postings", "number"), Column("kg_scope_1", "Scope 1", "tonnes"),
        Column("kg_location", "Scope 2, location-based", "tonnes"),
        Column("kg_market", "Scope 2, market-based", "tonnes"), Column("kg_scope_3", "Scope 3", "tonnes"),
        Column("mind", "To mind"), Column("licence", "Licence"), Column("attribution", "Attribution"),
    ]  # fmt: skip
    rows = [
        Row({
            "dataset": Linked(one.dataset, dataset_link(here, one.dataset)), "edition": one.edition,
            "factors": one.factors, "postings": one.postings, "kg_scope_1": one.kg_scope_1,
            "kg_location": one.kg_location, "kg_market": one.kg_market, "kg_scope_3": one.kg_scope_3,
            "mind": _to_mind(one), "licence": one.licence, "attribution": one.attribution,
        }) for one in used
    ]  # fmt: skip
    return Table(
        "used", f"What {here.of.label} rests on", columns, rows,
        f"{NOT_ADDED} Every output carries these attributions.",
        f"No figure of {here.of.label} rests on a dataset.",
    )  # fmt: skip


def _to_mind(one: DatasetUse) -> str:
    told = [f"{one.secondary} transcribed"] if one.secondary else []
    told += [f"{one.user} brought by a user"] if one.user else []
    told += [f"{one.errata} corrected"] if one.errata else []
    told += ["life cycle: includes upstream"] if one.life_cycle else []
    return "; ".join(told if one.redistributable else [*told, "its table is not passed on"])


def compared_table(here: Here, compared: Sequence[ComparedFactor], new: str, old: str) -> Table:
    """Two editions beside each other: what differs."""
    columns = [
        Column("activity", "Activity"), Column("line", "Line"), Column("kind", "Kind"), Column("place", "Place"),
        Column("basis", "kg of"), Column("old", old, "exact", unknown="not in it"),
        Column("new", new, "exact", unknown="not in it"), Column("per", "per"),
        Column("change", "Change, %", "number", signed=True),
    ]  # fmt: skip
    rows = [
        Row({
            "activity": Linked(" ".join(filter(None, (one.activity_type, one.classification_code))),
                               here.link(f"/factors/{one.new_id or one.old_id}")),
            "line": one.line, "kind": one.kind, "place": one.place or "world",
            "basis": one.basis, "old": one.old_kg, "new": one.new_kg, "per": one.per_unit, "change": one.percent,
        }) for one in compared
    ]  # fmt: skip
    return Table("editions", "What differs", columns, rows, empty="Both have the same factors with the same figures.")


def effect_tables(here: Here, effect: Effect) -> list[Table]:
    """What an edition would change: figures now and then, and the factors that give way."""
    totals = [
        Column("period", "Period"), Column("measure", "Figure"), Column("now", "Now", "tonnes", places=3),
        Column("then", "Then", "tonnes", places=3), Column("difference", "Difference", "tonnes", places=3, signed=True),
        Column("percent", "Change, %", "number", signed=True),
    ]  # fmt: skip
    changes = [
        Column("activity", "Activity and line"), Column("place", "Place"), Column("from", "From", "code"),
        Column("from_kg", "kg", "exact"), Column("to", "To", "code"), Column("to_kg", "kg", "exact"),
        Column("per", "per"), Column("difference", "Difference", "tonnes", places=3, signed=True),
    ]  # fmt: skip
    nothing = "No figure of an open month changes."
    return [
        Table("effect", "Effect on figures", totals, [
            Row({"period": one.period, "measure": text(one.measure), "now": one.kg_now, "then": one.kg_then,
                 "difference": one.difference_kg, "percent": one.percent}) for one in effect.totals
        ], NOT_ADDED, nothing),
        Table("changes", "Factors that give way", changes, [
            Row({
                "activity": f"{one.activity_type}, {one.line}" + ("" if one.method == "single" else f", {one.method}"),
                "place": one.grid_region or one.country, "from": _led(here, one.from_factor, one.from_reason),
                "from_kg": one.from_kg_per_unit, "to": _led(here, one.to_factor, one.to_reason),
                "to_kg": one.to_kg_per_unit, "per": one.unit_given, "difference": difference(one.kg_now, one.kg_then),
            }) for one in effect.changes
        ], "", "No factor gives way."),
    ]  # fmt: skip


def _led(here: Here, factor: str | None, reason: str | None) -> Linked | str | None:
    """A factor, led to its page; or why there is none."""
    return reason if factor is None else Linked(factor, here.link(f"/factors/{factor}"))
