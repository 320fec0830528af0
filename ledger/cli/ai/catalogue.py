"""Commands for what is known about AI hardware and cloud regions, each figure with its source. They need no ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.options import JsonOption, faults, print_json

if TYPE_CHECKING:
    from ledger.ai.catalogue import Hardware

commands = typer.Typer()
REMARKS = {"board_power_w": "a ceiling", "area_pue": "not of this region, and not taken by itself"}


@commands.command("hardware")
def hardware_(
    name: Annotated[str | None, typer.Argument(help="A name or part of one, like: A100, h100 sxm, TPU v4.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Accelerators with board power, memory and peak rates; one of them whole, with source and embodied carbon."""
    from ledger.ai import catalogue
    from ledger.cli.ai.catalogue_words import print_accelerators
    from ledger.terminal import print_record

    with faults(as_json):
        parts = catalogue.all_hardware() if name is None else catalogue.variants(name)
        if name is not None and not parts:
            parts = (catalogue.hardware(name),)  # says what is near
        if name is not None and len(parts) == 1:
            told = _accelerator(parts[0])
            print_json(told) if as_json else print_record(_filled(told))
        elif as_json:
            print_json([_accelerator(part) for part in parts])
        else:
            print_accelerators(parts, name)


@commands.command("regions")
def regions_(
    name: Annotated[
        str | None, typer.Argument(help="A region, place, city or country, like: us-east-1, Frankfurt, DE.")
    ] = None,
    provider: Annotated[str | None, typer.Option(help="aws, azure or gcp.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Cloud regions with country, grid and PUE; one of them whole, with source."""
    from ledger.ai import catalogue
    from ledger.cli.ai.catalogue_words import print_regions
    from ledger.plain import plain
    from ledger.terminal import print_record

    with faults(as_json):
        found = catalogue.all_regions(provider) if name is None else catalogue.regions_like(name, provider)
        if name is not None and len(found) == 1:
            told = {**plain(found[0]), "measures": plain(catalogue.measures(found[0]))}
            print_json(told) if as_json else print_record(_filled(told))
        elif as_json:
            print_json(plain(found))
        else:
            print_regions(found)


def _accelerator(part: Hardware) -> dict[str, Any]:
    from ledger.ai import catalogue
    from ledger.plain import plain

    told: dict[str, Any] = plain(part)
    told["embodied"] = plain(catalogue.embodied(part.hardware_id))
    return told


def _filled(told: dict[str, Any]) -> dict[str, Any]:
    """The record for a terminal: what is not known is said, and what has no meaning for it is left out."""
    said = dict.fromkeys(("board_power_w", "pue", "embodied"), "not known")
    if told.get("country") == "US":
        said["grid_region"] = "not known"
    kept = {}
    for name, value in told.items():
        shown = value or said.get(name)
        if isinstance(shown, dict):
            shown = ", ".join(f"{key} {amount}" for key, amount in shown.items())
        elif name == "embodied" and isinstance(shown, list):
            shown = [f"{row['kg_co2e']} kg CO₂e ({row['boundary']}): {row['source']}; {row['note']}" for row in shown]
        elif name == "measures" and isinstance(shown, list):
            shown = [f"{row['year']} {row['measure']} {row['value']}" for row in shown]
        elif isinstance(shown, list):
            shown = ", ".join(shown)
        if shown:
            kept[name] = f"{shown} ({REMARKS[name]})" if value and name in REMARKS else shown
    return kept
