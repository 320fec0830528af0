"""The places that are compared: a region of a cloud, another provider in a country, or a country with own machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ledger.ai import catalogue
from ledger.ai.energy import checked_pue
from ledger.ai.estimate import Estimate, GridFactor, Request, estimate
from ledger.ai.tradeoff.options import Site
from ledger.ai.tradeoff.prices import OWN, provider_of
from ledger.errors import Misuse
from ledger.store import Session

GIVEN = "given"


@dataclass(frozen=True, slots=True)
class SiteOwn:
    """What a person knows better of a place: PUE, kg CO2e per kWh by both methods, WUE, each with a source; its zone.

    ``zone`` is that of its grid, as series of intensity by the hour name it.
    """

    pue: Decimal | None = None
    factor: Decimal | None = None
    market_factor: Decimal | None = None
    wue: Decimal | None = None
    source: str = GIVEN
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A place as it was written, and in its parts."""

    text: str
    provider: str
    cloud: str | None
    region: str | None
    country: str | None
    grid_region: str | None


def asked_place(text: str) -> Asked:
    """A place: `gcp:us-central1` or `gcp/us-central1`; `lambda:US/SRVC` of a provider not held; `DE`; `US/CAMX`.

    Raises Misuse for a place without a name, or a region that is not known.
    """
    first, _, after = text.partition("/")
    if ":" not in text and after and provider_of(first) in catalogue.PROVIDERS:
        text = f"{first}:{after}"
    provider, colon, rest = (part.strip() for part in text.partition(":"))
    if not colon:
        provider, rest = OWN, provider
    if not rest or not provider:
        raise Misuse(f"'{text}' is no place", "write it like gcp:us-central1, lambda:US or DE")
    code = provider_of(provider)
    if colon and code in catalogue.PROVIDERS:
        region = catalogue.region(code, rest).region
        return Asked(f"{code}:{region}", code, code, region, None, None)
    country, _, grid = (part.strip() for part in rest.partition("/"))
    key = rest if code == OWN else f"{code}:{rest}"
    return Asked(key, code, None, None, country, grid or None)


def sites(
    s: Session, places: Mapping[str, Asked], own: Mapping[str, SiteOwn], gpu: str, month: date
) -> tuple[dict[str, Site], list[str]]:
    """The sites of the places, and what is not known of them and has to be given.

    Args:
        s: the session whose factors are chosen from.
        places: by the text they were asked with.
        own: by the same text.
        gpu: any accelerator that is held: a place's factor does not depend on it.
        month: when it is to run.
    """
    made, gaps = {}, []
    for text, where in places.items():
        mine = own.get(text, SiteOwn())
        told = estimate(s, _request(where, mine, gpu, month))
        pue = mine.pue if mine.pue is not None else told.place.pue
        if pue is None:
            gaps.append(f"the PUE of {text}, which is not 1: --pue {text}=1.2")
        if told.location_factor is None:
            gaps.append(f"a location-based factor of {text} ({told.parts[0].why}): --factor {text}=0.4 in kg/kWh")
        if pue is not None and told.location_factor is not None:
            made[text] = _site(where, mine, told, checked_pue(pue).low)
    return made, gaps


def _request(where: Asked, mine: SiteOwn, gpu: str, month: date) -> Request:
    one = Decimal(1)
    return Request(
        gpu, one, month, one, where.cloud, where.region, where.country, where.grid_region, mine.pue, one, mine.factor
    )  # fmt: skip


def _site(where: Asked, mine: SiteOwn, told: Estimate, pue: Decimal) -> Site:
    location, market = told.location_factor, told.market_factor
    if location is None:
        raise Misuse(f"{where.text} has no location-based factor", "give one with --factor")
    if mine.factor is not None:
        location = replace(location, source=mine.source)
    if market is None:
        reason = "nothing market-based is held, so the location factor serves"
        market = replace(location, method="market", reason=reason)
    elif mine.factor is not None and market.source == GIVEN:
        market = replace(market, source=mine.source)
    if mine.market_factor is not None:
        if mine.market_factor < 0:
            raise Misuse(f"a market factor of {mine.market_factor} kg/kWh", "give 0 or more")
        market = GridFactor("market", mine.market_factor, mine.source, "named by you", is_life_cycle=False)
    wue, wue_source = _water(where, mine)
    return Site(
        where.text, told.place.words if where.cloud else _words(where, told), where.provider,
        where.region or where.country or "", pue, mine.source if mine.pue is not None else told.place.pue_source,
        {"location": location, "market": market}, wue, wue_source, told.place.country, told.place.scope,
        told.place.notes,
    )  # fmt: skip


def _words(where: Asked, told: Estimate) -> str:
    grid = f", grid {where.grid_region}" if where.grid_region else ""
    return f"{where.provider} in {told.place.words}{grid}"


def _water(where: Asked, mine: SiteOwn) -> tuple[Decimal | None, str]:
    """Litres per kWh of the machines: given, or the provider's own figure; None is not known."""
    if mine.wue is not None:
        if mine.wue < 0:
            raise Misuse(f"a WUE of {mine.wue}", "give litres per kWh of IT energy, 0 or more")
        return mine.wue, mine.source
    if where.cloud is None or where.region is None:
        return None, ""
    row = catalogue.region(where.cloud, where.region)
    return row.wue_l_per_kwh, "" if row.wue_l_per_kwh is None else f"{row.wue_source}, {row.wue_year}"
