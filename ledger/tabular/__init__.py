"""Results as tables: every answer of the ledger as Arrow, polars, a notebook's HTML and text, in one way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from schemas.columns import COLUMNS
from schemas.measures import MEASURE_PARTS, MEASURE_TITLES

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

_SPAN = {"start", "end", "label"}
SHA256_LETTERS = 64
"""Of a digest the first twelve are shown."""

T_co = TypeVar("T_co", covariant=True)
_UNITS = {
    "_kg_co2e": "kg CO2e", "_g_per_kwh": "g CO2e per kWh", "_kg_per_kwh": "kg CO2e per kWh", "_mass_kg": "kg",
    "_kwh": "kWh", "_kg": "kg", "_t": "t", "_pct": "%", "_l": "L", "_bytes": "bytes", "_seconds": "s", "_hours": "h",
    "_days": "days", "_m2": "m2",
}  # fmt: skip
"""Ends of a column's name and the unit that each says, the longer ones first."""


def column_name(name: str) -> str:
    """The name of a column with its unit at the end: a measure of the inventory is in kg CO2e."""
    measured = any(f"_{name}".endswith(f"_{measure}") for measure in (*MEASURE_TITLES, *MEASURE_PARTS))
    is_mass = measured and not name.endswith(("_kg", "_kwh")) and not name.startswith("share_")
    return f"{name}_kg_co2e" if is_mass else name


def unit_of(name: str) -> str:
    """The unit of a column by the end of its name, else by the dictionary of columns; blank where there is none."""
    for end, unit in _UNITS.items():
        if f"_{name}".endswith(end) and ("_per_" not in name or "_per_" in end):
            return unit
    return (COLUMNS[name].unit or "") if name in COLUMNS else ""


def pairs(record: Any) -> list[tuple[str, Any]] | None:
    """Name and value of each part of a record, in its order; None for what is no record."""
    if isinstance(record, Mapping):
        return [(str(name), value) for name, value in record.items()]
    if is_dataclass(record) and not isinstance(record, type):
        return [(one.name, getattr(record, one.name)) for one in fields(record)]
    names = getattr(record, "_fields", None)
    return None if names is None else list(zip(names, record, strict=True))


def flat(record: Any) -> dict[str, Any]:
    """A record as one row: what is a record within it gives columns of its own, `period_start` for its period's start.

    A span with a label gives the label under its own name. A mapping or a sequence within it stays one value.
    """
    made: dict[str, Any] = {}
    parts = pairs(record)
    for name, value in [("value", record)] if parts is None else parts:
        inner = None if isinstance(value, Mapping) else pairs(value)
        if inner is None:
            made[name] = value
        else:
            within = flat(value)
            made |= {name: within.pop("label")} if within.keys() == _SPAN else {}
            made |= {f"{name}_{part}": told for part, told in within.items()}
    return made


def rows_of(records: Iterable[Any]) -> list[Mapping[str, Any]]:
    """Records as rows."""
    return [one.summary_row() if isinstance(one, Tabular) else flat(one) for one in records]


class Tabular:
    """What the answers of the ledger share: rows of named columns, and the forms in which people take them along.

    ``ROWS`` names the part of a record whose records are its rows; a record without is one row. Amounts stay exact: a
    Decimal is a decimal in Arrow and polars with every digit. Names of columns end in their unit (`_kg`, `_kwh`), and
    fields of an Arrow table carry it as `unit` in their metadata. Unknown is null, never 0.
    """

    __slots__ = ()
    ROWS: ClassVar[str] = ""

    def __init_subclass__(cls, **named: Any) -> None:
        """A dataclass leaves a representation that its class has already."""
        super().__init_subclass__(**named)
        cls.__repr__ = Tabular.__repr__  # type: ignore[method-assign]

    def table_rows(self) -> Sequence[Mapping[str, Any]]:
        """Its rows, each with the same columns in the same order or some of them."""
        return rows_of(getattr(self, self.ROWS)) if self.ROWS else [self.summary_row()]

    def summary_row(self) -> Mapping[str, Any]:
        """What stands of it in one row, where it is one record among others."""
        return flat(self)

    def table_columns(self) -> tuple[str, ...]:
        """Columns that a table has even where it holds no row."""
        return ()

    def caption(self) -> str:
        """What it is, in a line over the table."""
        return caption_of(self)

    def to_arrow(self) -> pa.Table:
        """An Arrow table: a decimal column for every amount, with all digits; units and meanings in the metadata.

        What is nested deeper than a record within a record stands as JSON text. A column of amounts with more than 38
        digits stands as text, exact too.
        """
        from ledger.tabular.arrow import arrow_table

        return arrow_table(self.table_rows(), self.table_columns())

    def to_polars(self) -> pl.DataFrame:
        """The same as a polars frame: Decimal columns, dates and instants as such."""
        import polars as pl

        made = pl.from_arrow(self.to_arrow())
        assert isinstance(made, pl.DataFrame)  # noqa: S101 — of a table it makes no series
        return made

    def _repr_html_(self) -> str:
        """A small table for a notebook, in tonnes as the web app shows them; every text is escaped."""
        from ledger.tabular.shown import html_table

        return html_table(self)

    def __str__(self) -> str:
        from ledger.tabular.shown import text_table

        return text_table(self)

    def __repr__(self) -> str:
        return str(self)


class Rows(Tabular, tuple[T_co, ...]):  # noqa: SLOT001 — what is known of its columns stands beside the rows
    """Records in a row: a tuple, equal to a list or tuple of the same records, and a table.

    Args:
        rows: the records.
        of: their class, or the names of their columns; so that a table without rows has its columns too.
        about: what the table holds, over it.
    """

    _of: Any
    _about: str

    def __new__(cls, rows: Iterable[T_co] = (), of: Any = None, about: str = "") -> Self:
        """The rows, with what is known of their columns."""
        made = super().__new__(cls, rows)
        made._of, made._about = of, about
        return made

    def table_rows(self) -> Sequence[Mapping[str, Any]]:
        """Each record as a row."""
        return rows_of(self)

    def table_columns(self) -> tuple[str, ...]:
        """The columns of the class of its records, or those that were named."""
        if isinstance(self._of, type):
            return tuple(one.name for one in fields(self._of))
        return tuple(self._of or ())

    def caption(self) -> str:
        """What the rows are, and how many."""
        about = self._about or (words_of(self._of.__name__) if isinstance(self._of, type) else "Table")
        return f"{about}, {len(self)} {'row' if len(self) == 1 else 'rows'}"

    def __eq__(self, other: object) -> bool:
        return tuple.__eq__(self, tuple(other)) if isinstance(other, (tuple, list)) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return tuple.__hash__(self)


class Record(Tabular, dict[str, Any]):
    """One record with columns of its own choice: a dict, and a table of one row."""

    def caption(self) -> str:
        """The record by the first of its words."""
        return next((value for value in self.values() if isinstance(value, str)), "nothing")


def words_of(name: str) -> str:
    """The name of a class in words: `CategoryQuality` → `Category quality`."""
    spaced = "".join(f" {char.lower()}" if char.isupper() and place else char for place, char in enumerate(name))
    return spaced.replace("_", " ")


def caption_of(record: Any) -> str:
    """What a record is: the words of its class, and what stands in it beside its rows in a few words."""
    told: list[str] = []
    is_row = not record.ROWS and type(record).table_rows is Tabular.table_rows
    for name, value in () if is_row else pairs(record) or ():
        label = getattr(value, "label", None) if name == "period" else value
        if isinstance(label, (str, int)) and label != "":
            words = {True: "yes", False: "no"}[label] if isinstance(label, bool) else str(label)
            told.append(f"{name.replace('_', ' ')} {words[:12] + '…' if len(words) == SHA256_LETTERS else words[:60]}")
    return ", ".join([words_of(type(record).__name__), *told[:5]])
