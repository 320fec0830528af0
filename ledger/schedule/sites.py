"""Where a job may run, each with the zone of its grid and its country: regions of clouds, zones, and own sites."""

from __future__ import annotations

import csv
import difflib
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ledger import shipped
from ledger.errors import Misuse, known_word

_ZONE_OF_COUNTRY = re.compile(r"([A-Z]{2})(?:-|$)")


@dataclass(frozen=True, slots=True)
class Site:
    """A place for jobs: its name, the zone of its grid, and its country (None: not known, so no residency is shown)."""

    region: str
    zone: str
    country: str | None


def site_of(text: str, own: Mapping[str, Site] | None = None) -> Site:
    """The site of a name: one of the policy's own, a cloud region (`gcp:europe-west3`), or a zone (`DE`).

    A zone's country is what it begins with (`US-CAL-CISO`); one that does not begin so has none that is known.
    Raises Misuse for a region that is not known, or whose zone is not.
    """
    name = text.strip()
    if own and name in own:
        return own[name]
    provider, mark, region = re.sub("/", ":", name, count=1).partition(":")
    if not mark:
        if not name:
            raise Misuse("a job needs a region", "give --region, such as gcp:europe-west3 or the zone DE")
        found = _ZONE_OF_COUNTRY.match(name)
        return Site(name, name, found[1] if found else None)
    regions = _regions()
    provider, region = provider.strip().casefold(), region.strip().casefold()
    known_word("cloud", provider, {code for code, _ in regions})
    if (provider, region) not in regions:
        near = difflib.get_close_matches(region, [code for held, code in regions if held == provider], n=2)
        raise Misuse(
            f"there is no region {region} of {provider}",
            f"did you mean {' or '.join(near)}? " * bool(near) + f"'ghg ai regions --provider {provider}' lists them",
        )
    zone, country = regions[provider, region]
    if not zone:
        raise Misuse(
            f"the zone of the grid of {provider}:{region} is not known",
            f'name it in the policy: [sites."{provider}:{region}"] with zone and country',
        )
    return Site(f"{provider}:{region}", zone, country)


@functools.cache
def _regions() -> dict[tuple[str, str], tuple[str, str]]:
    """Provider and region → zone and country, as data/cloud_regions.csv has them."""
    with (shipped.path("data") / "cloud_regions.csv").open(encoding="utf-8", newline="") as file:
        return {(row["provider"], row["region"]): (row["zone"], row["country"]) for row in csv.DictReader(file)}
