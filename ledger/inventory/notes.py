"""Notes: what a reader must know of the figures of a period, each only where it applies."""

from __future__ import annotations

from decimal import Decimal

from ledger.inventory.sentence import sentence
from ledger.plain import plain_amount
from ledger.store import Session

# The beginning of a flag that choices carry, and what it means for whoever reads the totals.
_OF_FLAGS = (
    (
        "no_residual_mix",
        (
            "No residual mix was available: market-based figures not covered by an instrument or a supplier rate "
            "rest on the location-based factor (Scope 2 Guidance, table 6.3, rank 5)."
        ),
    ),
    (
        "includes_upstream",
        "Life-cycle grid factors serve where no other was held: these lines include upstream emissions.",
    ),
    (
        "gwp_",
        (
            "Published totals stand on their publisher's GWP set ({sets}) and not on {gwp_set}: DESNZ and EPA publish "
            "CO2e that way."
        ),
    ),
    (
        "hfcs_pfcs_on_",
        (
            "Restated totals keep the HFCs and PFCs of some factors on their publisher's GWP set: their species are "
            "not told."
        ),
    ),
    (
        "edition_age_",
        "Some factors are of an edition older than the period: no newer one was published to this ledger.",
    ),
    ("proxy_", "Some factors come from another country's dataset, as the best that was held."),
    ("grid_region_not_held", "Some grid regions have no factor of their own here: the country's average serves them."),
    (
        "co2_only",
        "Some factors tell carbon dioxide alone: methane and nitrous oxide of these lines are not in the total.",
    ),
    ("secondary", "Some factors are transcriptions of a publisher's table (secondary); see the factor list."),
    ("rate_of", "Some spend is converted with the exchange rate of the year before, or of part of a year."),
    ("price_index_of", "Some spend is brought to the factor's prices with the price index of the year before."),
)


def notes_of(s: Session, gwp_set: str) -> tuple[str, ...]:
    """The notes to what temp table `posted` holds."""
    flags = {row[0] for row in s.rows("select distinct unnest(string_split(flags, ';')) from posted where n > 0")}
    sets = ", ".join(sorted(flag.removeprefix("gwp_") for flag in flags if flag.startswith("gwp_")))
    told = [
        sentence(words, sets=sets, gwp_set=gwp_set)
        for beginning, words in _OF_FLAGS
        if any(flag.startswith(beginning) for flag in flags)
    ]
    return (*_stated_without_method(s), *told)


def _stated_without_method(s: Session) -> tuple[str, ...]:
    unstated: Decimal | None = s.one(
        "select sum(total_co2e_kg) from posted "
        "where book = 'inventory' and scope = '2' and method not in ('location', 'market')"
    )[0]
    if not unstated:
        return ()
    amount = plain_amount(unstated)
    form = "Scope 2 emissions of {kg} kg CO2e were stated without a method: they are in no Scope 2 total."
    return (sentence(form, kg=amount),)


def notes_of_life(allotted_since: Decimal | None, single_person: bool) -> tuple[str, ...]:
    """What the life of a period adds: instruments allotted after parts of it closed (kg CO2e), and a single person."""
    told: list[str] = []
    if allotted_since:
        told.append(
            sentence(
                "Instruments allotted after parts of this period were closed change its market-based Scope 2 by "
                "{kg} kg CO2e against the sum of those parts, which keep their figures.",
                kg=plain_amount(allotted_since),
            )
        )
    if single_person:
        told.append(
            sentence(
                "Single-person operation: whoever submits a period may also approve it; nobody else need have looked "
                "at these figures."
            )
        )
    return tuple(told)
