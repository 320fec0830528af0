"""`ghg ai compare`: hardware × places for a piece of work, by time, cost and carbon, before it is run."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.given import amount, by_name, pairs, text_of
from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    JsonOption,
    LedgerOption,
    book,
    faults,
    print_json,
    write_new,
)

if TYPE_CHECKING:
    from ledger.ai.tradeoff.compare import Comparison

commands = typer.Typer()
Many = list[str] | None
GpuOption = Annotated[Many, typer.Option("--gpu", help="An accelerator; once for each (ghg ai hardware lists them).")]
AtOption = Annotated[
    Many, typer.Option("--at", help="A place; once for each: gcp:us-central1, lambda:US, DE (ghg ai regions).")
]

VendorsOption = Annotated[
    bool, typer.Option("--vendors", help="A score card: carbon by the hour, by money and by operation; no work.")
]
RunsOption = Annotated[
    Many,
    typer.Option(
        "--runs", help="Recorded runs side by side: --runs A B …; one alone by its trials. Quality, carbon, cost."
    ),
]
OutputOption = Annotated[
    Path | None, typer.Option("-o", "--output", help="A new file: .svg is the plot; .html and .pdf are a page.")
]


@commands.command("compare")
def compare_(
    asks: Annotated[
        Many, typer.Argument(metavar="[FILE]", help="A TOML file that asks; after --runs: further runs.")
    ] = None,
    gpu: GpuOption = None,
    at: AtOption = None,
    option: Annotated[Many, typer.Option(help="'H100 SXM @ gcp:us-central1': this pair alone; once for each.")] = None,
    hours: Annotated[str | None, typer.Option(help="The work: accelerator-hours on the part of --on.")] = None,
    on: Annotated[str | None, typer.Option(help="The accelerator that the hours are of.")] = None,
    flops: Annotated[str | None, typer.Option(help="The work: operations, FLOP.")] = None,
    run: Annotated[str | None, typer.Option(help="The work: that of a recorded run, by its run_id.")] = None,
    measured: Annotated[Many, typer.Option(help="PART=HOURS of your own run of one task; once for each part.")] = None,
    benchmark: Annotated[str | None, typer.Option(help="Speeds by a benchmark: bert, or bert/v2.1/8.")] = None,
    utilisation: Annotated[str | None, typer.Option(help="Share of dense peak that is reached: 0.3-0.5.")] = None,
    precision: Annotated[str | None, typer.Option(help="Of the peak: fp16, fp8, tf32 …")] = None,
    count: Annotated[str | None, typer.Option(help="Accelerators that share the work.")] = None,
    draw: Annotated[str | None, typer.Option(help="Mean draw over board power: 0.6-0.9.")] = None,
    power: Annotated[Many, typer.Option(help="PART=W, mean draw of one; or PART=500-600.")] = None,
    host_power: Annotated[str | None, typer.Option(help="W of the host around each accelerator.")] = None,
    pue: Annotated[Many, typer.Option(help="PLACE=1.2")] = None,
    factor: Annotated[Many, typer.Option(help="PLACE=0.4, kg CO2e per kWh, location-based.")] = None,
    market_factor: Annotated[Many, typer.Option(help="PLACE=0.05, kg CO2e per kWh, market-based.")] = None,
    life_years: Annotated[str | None, typer.Option(help="Years that the hardware serves.")] = None,
    prices: Annotated[Path | None, typer.Option(help="A CSV of dated prices; without one there is no cost.")] = None,
    price_kind: Annotated[str | None, typer.Option(help="list, spot or contract.")] = None,
    carbon_price: Annotated[str | None, typer.Option(help="Per tonne CO2e; 50 where prices are in USD.")] = None,
    basis: Annotated[str | None, typer.Option(help="Of carbon in the ranking: location (default) or market.")] = None,
    vendors: VendorsOption = False,
    start: Annotated[str | None, typer.Option(help="By the hour it begins: 2026-03-01, or FIRST..LAST.")] = None,
    series: Annotated[Path | None, typer.Option(help="A CSV of intensities by the hour; else the ledger's.")] = None,
    zone: Annotated[Many, typer.Option(help="PLACE=DE, the zone of its grid in the series.")] = None,
    runs: RunsOption = None,
    quality: Annotated[str | None, typer.Option(help="With --runs: the measure of quality.")] = None,
    direction: Annotated[str | None, typer.Option(help="With --runs: higher or lower is better.")] = None,
    target: Annotated[str | None, typer.Option(help="With --runs: the quality that is aimed at.")] = None,
    at_least: Annotated[str | None, typer.Option(help="With --runs: % of the target to be reached, 95.")] = None,
    output: OutputOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Accelerators and places side by side for one piece of work. What the inputs leave open is "undecided"."""
    asked = locals()
    with faults(as_json):
        if runs:
            return _print_runs(asked)
        made = compared(_file(asks), _given(asked), run, ledger, actor, per_hour=vendors)
        _write(made, output)
    return _print(made, vendors=vendors, as_json=as_json)


def _file(asks: Many) -> Path | None:
    """The one file that asks. Raises Misuse for several."""
    from ledger.errors import Misuse

    if asks and len(asks) > 1:
        raise Misuse(f"{len(asks)} files", "give one file that asks; runs of the ledger come after --runs")
    return Path(asks[0]) if asks else None


def _given(asked: dict[str, Any]) -> dict[str, Any]:
    """What the options say, by the keys of a file that asks."""
    renamed = {"gpu": "hardware", "at": "places", "option": "options", "on": "reference", "host_power": "host_power_w"}
    same = ("hours", "flops", "benchmark", "utilisation", "precision", "count", "draw", "life_years", "price_kind",
            "carbon_price", "basis", "start")  # fmt: skip
    given = {renamed.get(name, name): asked[name] for name in (*renamed, *same)}
    given["measured"] = pairs(asked["measured"], "--measured")
    given["prices"] = None if asked["prices"] is None else str(asked["prices"].absolute())
    given["series"] = None if asked["series"] is None else str(asked["series"].absolute())
    given["place"] = by_name(
        pue=asked["pue"], factor=asked["factor"], market_factor=asked["market_factor"], zone=asked["zone"]
    )
    given["machine"] = by_name(power_w=asked["power"])
    return given


def _print_runs(asked: dict[str, Any]) -> None:
    """Recorded runs side by side, in words, as JSON, and as a page or plot."""
    from ledger.ai.tradeoff.trials import TrialWish
    from ledger.cli.ai.tradeoff.trial_words import print_trials, trials_json, trials_page

    wish = TrialWish(
        (*asked["runs"], *(asked["asks"] or ())), asked["quality"], asked["direction"],
        _share(asked["target"], "--target"), _share(asked["at_least"], "--at-least"),
        asked["basis"] or "location",
    )  # fmt: skip
    made = book(asked["ledger"], asked["actor"]).compare_runs(wish)
    if asked["output"] is not None:
        write_new(asked["output"], trials_page(made, asked["output"]))
    print_json(trials_json(made)) if asked["as_json"] else print_trials(made)


def _share(text: str | None, option: str) -> Decimal | None:
    """A quality or a share of one, which people also write with its %."""
    return amount(None if text is None else text.removesuffix("%"), option)


def _write(made: Comparison, output: Path | None) -> None:
    """The plot or page, where a file is named for it."""
    from ledger.book.words.compare import page_of

    if output is not None:
        write_new(output, page_of(made, output.name))


def _print(made: Comparison, *, vendors: bool, as_json: bool) -> None:
    """The comparison or the score card, in words or as JSON."""
    from ledger.book.words.compare import comparison_json
    from ledger.cli.ai.tradeoff.compare_words import print_comparison
    from ledger.cli.ai.tradeoff.score_words import print_scores, scores_json

    if as_json:
        print_json(scores_json(made) if vendors else comparison_json(made))
    elif vendors:
        print_scores(made)
    else:
        print_comparison(made)


def compared(
    file: Path | None, given: dict[str, Any], run: str | None, ledger: Path, actor: str | None, *,
    per_hour: bool = False,
) -> Comparison:  # fmt: skip
    """The comparison of a file and options: an option goes before the file's key. ``per_hour`` needs no work.

    By the ledger's factors; by the shipped ones where no ledger was named and none lies here.
    """
    from dataclasses import replace
    from datetime import UTC, datetime

    from ledger.ai.tradeoff.request_file import asked_of_text, wish_of
    from ledger.errors import Misuse

    told = {} if file is None else asked_of_text(text_of(file), file.name)
    for key, value in given.items():
        if isinstance(value, dict):
            held = told.setdefault(key, {})
            if isinstance(held, dict):
                _merge(held, value)
        elif value:
            told[key] = value
    folder = Path() if file is None else file.absolute().parent
    if isinstance(told.get("series"), str):
        told["series"] = str(folder / told["series"])
    wish = wish_of(told, lambda name: text_of(folder / name), datetime.now(UTC).date())
    wish = replace(wish, per_hour=per_hour)
    if ledger == DEFAULT_LEDGER and not ledger.exists():
        if run is not None:
            raise Misuse("a recorded run needs its ledger", "name it with --ledger")
        from ledger.book.verbs.estimates import unrecorded_compare

        return unrecorded_compare(wish)
    return book(ledger, actor).compare(wish, run)


def _merge(held: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(held.get(name), dict):
            held[name] = {**held[name], **value}
        else:
            held[name] = value
