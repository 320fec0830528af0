"""The columns of every kind of upload as Markdown, made from the dictionary: the tables of `docs/formats.md`."""

from __future__ import annotations

from schemas.column import Column
from schemas.kinds import KINDS, Kind

BEGIN = "<!-- The tables below are made by `python -m schemas.document`; a test compares. -->"

_TYPES = {
    "quantity": "number, 6 decimals",
    "factor": "number, 15 decimals",
    "mass": "number, 18 decimals",
    "count": "whole number, up to 38 digits",
    "integer": "whole number",
    "boolean": "yes or no",
    "json": "JSON object",
    "instant": "instant",
    "date": "date",
    "text": "text",
}


def tables() -> str:
    """A section for each kind: what it needs, and a table of its columns."""
    return "\n\n".join(_section(kind) for kind in KINDS.values()) + "\n"


def _section(kind: Kind) -> str:
    needs = "; ".join(" or ".join(" + ".join(f"`{name}`" for name in group) for group in need) for need in kind.needs)
    head = f"## `{kind.name}`\n\n{kind.about.capitalize()}.\n\nNeeded: {needs}.\n"
    rows = ["| column | type | meaning | also understood |", "|---|---|---|---|"]
    return "\n".join([head, *rows, *(_row(kind.column(name)) for name in kind.columns)])


def _row(column: Column) -> str:
    unit = f" ({column.unit})" if column.unit else ""
    values = f": {', '.join(column.values)}" if column.values else ""
    meaning = f"{column.meaning}{values}".replace("|", "\\|")
    return f"| `{column.name}` | {_TYPES[column.type]}{unit} | {meaning} | {', '.join(column.synonyms)} |"


if __name__ == "__main__":
    print(tables(), end="")  # noqa: T201 — the page's tables are its output
