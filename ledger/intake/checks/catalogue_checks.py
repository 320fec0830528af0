"""Rows held against the catalogue: whether the unit suits, what kind of quantity it is, what the sender claims.

Each check looks at the distinct combinations in a chunk, which are few, and goes to the rows only where one fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from ledger import units
from ledger.intake.cells.convert import Context
from ledger.intake.known import ActivityType
from schemas.vocabulary import CalorificBasis, Kind, Line

_MAIN_LINES = {Line.DIRECT, Line.ENERGY, Line.STATED, Line.EMBODIED}
_LOOKED_AT = (
    "activity_type", "unit_given", "calorific_basis", "classification_code", "stated_scope", "stated_scope3_category",
)  # fmt: skip
ENERGY = "energy"
_CLAIMABLE = {"4": "9", "9": "4", "5": "12", "12": "5", "8": "13", "13": "8"}
"""Categories between which the sender decides: who pays the carrier, whose waste it is, who leases to whom."""


class Checks:
    """The checks of one chunk; ``raw`` holds the texts of its rows."""

    def __init__(self, context: Context, raw: pl.DataFrame) -> None:
        self.context = context
        self.raw = raw
        self.types = context.known.activity_types

    def applied(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with its `kind`, and with the calorific basis that bills have where none is given."""
        looked_at = [name for name in _LOOKED_AT if name in frame.columns]
        combinations = frame.select(looked_at).unique().rows(named=True)
        for code, column, faulty in (
            ("unit-unsuited", "unit", self._unsuited(combinations)),
            ("calorific-basis-assumed", "calorific_basis", self._without_basis(combinations)),
            ("classification-unknown", "classification_code", self._unclassified(combinations)),
            ("stated-scope-differs", "stated_scope", self._other_scope(combinations)),
            ("stated-scope-missing", "stated_scope", self._without_scope(combinations)),
        ):
            self._tell(frame, looked_at, code, column, faulty)
        self._tell_placeless(frame)
        return self._with_basis(self._with_kind(frame, combinations), combinations)

    def _type(self, combination: Mapping[str, Any]) -> ActivityType | None:
        return self.types.get(combination["activity_type"])

    def _unsuited(self, combinations: Iterable[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, str]]]:
        found = []
        for row in combinations:
            kind, unit = self._type(row), row["unit_given"]
            if kind and unit and (dimension := units.dimension(unit)) not in kind.dimensions:
                allowed = " or ".join(name.replace("_", " ") for name in kind.dimensions)
                words = {"activity": kind.name, "dimension": dimension.replace("_", " "), "allowed": allowed}
                found.append((row, words | {"value": unit}))
        return found

    def _without_basis(self, combinations: Iterable[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, str]]]:
        found = []
        for row in combinations:
            kind, unit, basis = self._type(row), row["unit_given"], row.get("calorific_basis")
            needed = kind is not None and kind.needs_calorific_basis and unit and units.dimension(unit) == ENERGY
            if kind and needed and basis in (None, CalorificBasis.NOT_APPLICABLE.value):
                found.append((row, {"activity": kind.name, "value": unit}))
        return found

    def _unclassified(self, combinations: Iterable[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, str]]]:
        known = self.context.known.classification_codes
        if not known:
            return []
        found = []
        for row in combinations:
            kind, code = self._type(row), row.get("classification_code")
            if kind is None or units.MONEY not in kind.dimensions:
                continue
            if (code and code not in known) or (not code and not kind.default_classification_code):
                found.append((row, {"value": code or "(blank)"}))
        return found

    def _other_scope(self, combinations: Iterable[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, str]]]:
        found = []
        for row in combinations:
            kind, scope, category = self._type(row), row.get("stated_scope"), row.get("stated_scope3_category")
            if kind is None or (scope is None and category is None):
                continue
            lines = [line for line in kind.lines if line.line in _MAIN_LINES and line.scope]
            scopes = {line.scope for line in lines}
            categories = {line.scope3_category for line in lines if line.scope3_category}
            if not kind.stated:
                categories |= {_CLAIMABLE[category] for category in categories & _CLAIMABLE.keys()}
            if not lines or (_agrees(scope, scopes) and _agrees(category, categories)):
                continue
            expected = " or ".join(f"scope {scope_}" for scope_ in sorted(scopes))
            expected += "".join(f", category {name}" for name in sorted(categories))
            stated = f"scope {scope}" if scope is not None else ""
            stated += f"{', ' if stated else ''}category {category}" if category is not None else ""
            found.append((row, {"activity": kind.name, "expected": expected, "value": stated}))
        return found

    def _without_scope(self, combinations: Iterable[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, str]]]:
        return [
            (row, {})
            for row in combinations
            if (kind := self._type(row)) and kind.stated and row.get("stated_scope") is None
            and not any(line.scope for line in kind.lines)
        ]  # fmt: skip

    def _tell(
        self,
        frame: pl.DataFrame,
        keys: list[str],
        code: str,
        column: str,
        faulty: list[tuple[dict[str, Any], dict[str, str]]],
    ) -> None:
        """A finding for each row of a faulty combination, with that combination's words."""
        if not faulty:
            return
        schema = {name: frame.schema[name] for name in keys}
        table = pl.DataFrame([row for row, _ in faulty], schema=schema)
        names = list(dict.fromkeys(name for _, words in faulty for name in words))
        table = table.with_columns(
            pl.Series(name, [words.get(name) for _, words in faulty], dtype=pl.String) for name in names
        )
        rows = frame.select("source_line", *keys).join(table, on=keys, nulls_equal=True, maintain_order="left")
        self.context.faults.add_rows(code, rows.select("source_line", *names), column, sheet=self.context.sheet)

    def _tell_placeless(self, frame: pl.DataFrame) -> None:
        """Rows of what happens on one's own premises, without a facility."""
        on_site = [
            kind.code
            for kind in self.types.values()
            if not kind.stated and any(line.line in _MAIN_LINES and line.scope in ("1", "2") for line in kind.lines)
        ]
        placeless = pl.col("activity_type").is_in(on_site)
        if "facility_id" in frame.columns:
            if frame["facility_id"].null_count() == 0:
                return
            blank = self.raw.select(pl.col("facility_id").str.strip_chars().fill_null("") == "").to_series()
            placeless &= blank
        rows = frame.filter(placeless)
        names = {code: kind.name for code, kind in self.types.items()}
        told_rows = rows.select(
            "source_line", pl.col("activity_type").replace_strict(names, default="").alias("activity")
        )
        self.context.faults.add_rows("facility-missing", told_rows, "facility_id", sheet=self.context.sheet)

    def _with_kind(self, frame: pl.DataFrame, combinations: list[dict[str, Any]]) -> pl.DataFrame:
        """What the quantity is: money by its unit, derived by a formula, stated by its type; else a plain quantity."""
        money = {row["unit_given"] for row in combinations} & units.currencies()
        stated = {row["activity_type"] for row in combinations if (kind := self._type(row)) and kind.stated}
        made = pl.lit(Kind.QUANTITY.value)
        if money:
            made = pl.when(pl.col("unit_given").is_in(sorted(money))).then(pl.lit(Kind.SPEND.value)).otherwise(made)
        if stated:
            of_type = pl.col("activity_type").is_in(sorted(stated))
            made = pl.when(of_type).then(pl.lit(Kind.STATED_EMISSIONS.value)).otherwise(made)
        if "formula" in frame.columns:
            derived = pl.col("formula").is_not_null() & ~pl.col("unit_given").is_in(sorted(units.currencies()))
            made = pl.when(derived.fill_null(value=False)).then(pl.lit(Kind.DERIVED.value)).otherwise(made)
        return frame.with_columns(made.alias("kind"))

    def _with_basis(self, frame: pl.DataFrame, combinations: list[dict[str, Any]]) -> pl.DataFrame:
        """Gross where a fuel in an energy unit has no calorific basis; each such row has its finding."""
        assumed = {(row["activity_type"], row["unit_given"]) for row, _ in self._without_basis(combinations)}
        given = pl.col("calorific_basis") if "calorific_basis" in frame.columns else pl.lit(None, pl.String)
        if not assumed:  # the column is there in every part, since any part may need it
            return frame.with_columns(given.alias("calorific_basis"))
        table = pl.DataFrame(sorted(assumed), schema=["activity_type", "unit_given"], orient="row")
        table = table.with_columns(pl.lit(CalorificBasis.GROSS.value).alias("assumed"))
        open_ = given.is_null() | (given == CalorificBasis.NOT_APPLICABLE.value)
        joined = frame.join(table, on=["activity_type", "unit_given"], how="left", maintain_order="left")
        basis = pl.when(open_).then(pl.coalesce("assumed", given)).otherwise(given)
        return joined.with_columns(basis.alias("calorific_basis")).drop("assumed")


def _agrees(stated: int | None, catalogue: set[str]) -> bool:
    return stated is None or str(stated) in catalogue
