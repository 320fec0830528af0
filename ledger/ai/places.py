"""Where a computation runs: a region of a cloud or a country, and what that says of grid, site and scope."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ledger.ai import catalogue
from ledger.ai.stated_grids import StatedGrid, stated_grids
from ledger.errors import Misuse

IN_CLOUD = (
    "in your accounts: Scope 3 category 1, sub-line 1.1, by the location-based factor (the provider runs the machines; "
    "they are Scope 2 in its own)"
)
ON_SITE = (
    "in your accounts: Scope 2 by both methods, with category 3 lines, where you run the machines; "
    "category 8 where they are leased and outside your boundary"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place with its grid and, of a cloud region, what its provider publishes about the site.

    ``country`` is None where only a factor was given. A ``pue`` of None is not known, never 1. ``stated`` is what
    others say of the grid of a cloud region; no result takes it.
    """

    words: str
    country: str | None
    grid_region: str | None
    pue: Decimal | None
    pue_source: str
    scope: str
    notes: tuple[str, ...] = ()
    stated: tuple[StatedGrid, ...] = ()


def place(cloud: str | None, region: str | None, country: str | None, grid_region: str | None) -> Place:
    """The place of options as a person gives them.

    Raises:
        Misuse: a region without a cloud, two places at once, or a name that is not known; it proposes the nearest.
    """
    if region is not None or cloud is not None:
        if country is not None:
            raise Misuse("a cloud region has its country already", "leave --country out, or --cloud and --region")
        return _of_region(cloud, region, grid_region)
    if country is not None:
        code = _country(country)
        return Place(_in_words(code), code, _grid(grid_region), None, "", ON_SITE)
    if grid_region is not None:
        raise Misuse("a grid region belongs to a country", "give --country too, such as --country US")
    return Place("no place named", None, None, None, "", ON_SITE)


def _of_region(cloud: str | None, region: str | None, grid_region: str | None) -> Place:
    if cloud is None:
        likely = catalogue.regions_like(region or "")
        likely = tuple(row for row in likely if row.region == region) or likely
        named = ", ".join(f"--cloud {row.provider} --region {row.region}" for row in likely[:4])
        raise Misuse(f"which cloud has the region '{region}'?", f"say so: {named}")
    if region is None:
        code = catalogue.provider_code(cloud)
        some = ", ".join(row.region for row in catalogue.all_regions(code)[:4])
        raise Misuse(f"in which region of {code}?", f"add --region, such as {some}; ghg ai regions lists all")
    row = catalogue.region(cloud, region)
    notes = []
    grid = _grid(grid_region) or row.grid_region
    if grid is None and row.grid_region_basis:
        notes.append(f"grid region of {row.region}: {row.grid_region_basis}")
    source = "" if row.pue is None else f"{row.pue_source}, {row.pue_year}, {row.verification}"
    if row.pue_note:
        notes.append(f"PUE: {row.pue_note}")
    words = f"{row.provider} {row.region} ({row.place}, {_name_of(row.country)})"
    stated = stated_grids(row.provider, row.region)
    return Place(words, row.country, grid, row.pue, source, IN_CLOUD, tuple(notes), stated)


def _grid(name: str | None) -> str | None:
    return name.strip().upper() if name else None


def _in_words(code: str) -> str:
    return f"{_name_of(code)} ({code})"


def _name_of(code: str) -> str:
    from ledger.intake.known import country_names

    return country_names().get(code, code)


def _country(name: str) -> str:
    """The code of a country by code or name. Raises Misuse with the nearest names for one that is not known."""
    from rapidfuzz import fuzz, process

    from ledger.intake.known import countries, folded

    known = countries()
    code = known.get(folded(name))
    if code is not None:
        return code
    names = [text for text in known if len(text) > len("usa")]
    near = [found[0].title() for found in process.extract(folded(name), names, scorer=fuzz.WRatio, limit=3)]
    raise Misuse(f"there is no country '{name}'", f"did you mean {', '.join(near)}? Its code serves too, like DE")
