"""Finding codes of the register of machines."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.intake.codes.code import Code

ASSET_CODES: Mapping[str, Code] = {
    "asset-of-what": Code(
        "error",
        "nothing says what the machine is, nor what its manufacture emitted",
        "fill hardware_id (ghg ai hardware), or embodied_kg_each with embodied_source",
    ),
    "asset-without-source": Code(
        "warning",
        "the manufacture of {value} has kilograms and no source; it is not quantified",
        "fill embodied_source: the maker's product carbon footprint, its page and year",
    ),
    "asset-hardware": Code(
        "error",
        "{reason}, and the manufacture of the machine rests on it",
        "{near}; or enter embodied_kg_each with embodied_source",
    ),
    "asset-figures": Code(
        "error",
        "{sources} sources give the manufacture of {value}, and they differ: {figures}",
        "enter the one that you stand behind in embodied_kg_each, with embodied_source",
    ),
    "asset-not-quantified": Code(
        "warning",
        "no source gives the manufacture of {value}; it is not quantified, which is not zero",
        "ask the maker for its product carbon footprint, and enter embodied_kg_each with embodied_source",
    ),
    "asset-or-spend": Code(
        "error",
        "{spend} may be the purchase of {value}: its manufacture would count twice in category 2",
        "fill counted_by: spend (the machine is then a memo), or register (then the money spent must leave it out)",
    ),
    "asset-beside-spend": Code(
        "warning",
        "{spend} has the same invoice as {value}, and both count in category 2",
        "take the machine out of the spend (ghg correct or ghg reverse), or set counted_by to spend",
    ),
    "asset-spend-missing": Code(
        "warning",
        "{value} is to be counted by its spend, and no spend on hardware is in the book for {days}; nothing counts it",
        "upload the spend, or set counted_by to register",
    ),
    "spend-of-asset": Code(
        "warning",
        "this spend may be the purchase of machine {value}, whose manufacture counts already ({asset_entry})",
        "leave the machine out of the spend; or give the machine again with counted_by = spend and --replace",
    ),
    "assets-posted": Code(
        "info",
        "machines: the manufacture of {made} posted, {taken} taken back",
        "ghg ai embodied --held shows each by year, in full and spread over its life",
    ),
}
"""Codes of kind `hardware_asset`."""
