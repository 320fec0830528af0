"""XBRL taxonomies as mapping tables: which element a figure is tagged with, and which member each cut.

The taxonomy itself belongs to its publisher and is not shipped; the table says of each name whether it was confirmed in
the published files. A new taxonomy is a new table.
"""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from functools import cache

from ledger import shipped
from ledger.errors import Misuse


@dataclass(frozen=True, slots=True)
class Element:
    """A concept of the taxonomy: its local name and the type of its facts (`ghgEmissions`, `energy`, `percent`)."""

    name: str
    item_type: str
    status: str


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an axis: local names of both."""

    axis: str
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Where elements belong, and elements and members by our own names for them."""

    title: str
    version: str
    prefix: str
    namespace: str
    entry_point: str
    elements: dict[str, Element]
    members: dict[str, Member]


def is_tagged(kind: str) -> bool:
    """Whether a kind of statement has a tagged form."""
    return (shipped.path("data") / "taxonomies" / f"{kind}.toml").is_file()


@cache
def taxonomy(kind: str) -> Taxonomy:
    """The mapping for a kind of statement. Raises Misuse where there is none."""
    folder = shipped.path("data") / "taxonomies"
    if not is_tagged(kind):
        held = ", ".join(sorted(file.stem for file in folder.glob("*.toml")))
        raise Misuse(f"there is no tagged form of {kind}", f"tagged statements: {held}")
    given = tomllib.loads((folder / f"{kind}.toml").read_text("utf-8"))
    with (folder / f"{kind}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return Taxonomy(
        given["title"], given["version"], given["prefix"], given["namespace"], given["entry_point"],
        {r["name"]: Element(r["element"], r["item_type"], r["status"]) for r in rows if r["kind"] == "element"},
        {r["name"]: Member(r["axis"], r["element"], r["status"]) for r in rows if r["kind"] == "member"},
    )  # fmt: skip
