"""Commands that judge the figures: how sure they are, and on which data they rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    AtOption,
    JsonOption,
    LedgerOption,
    ViewOption,
    book,
    faults,
    print_json,
    working,
)

if TYPE_CHECKING:
    from ledger.inventory.uncertainty import FigureUncertainty, Uncertainty
    from ledger.inventory.uncertainty.monte_carlo import MonteCarlo

commands = typer.Typer()


@commands.command()
def uncertainty(
    period: Annotated[str, typer.Option(help="2026, 2026-Q3, FY2026 …")],
    by: Annotated[str, typer.Option(help="scope, category or facility.")] = "scope",
    draws: Annotated[
        int | None, typer.Option("--monte-carlo", help="Draw so many times too, to check the intervals.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Where the draws start from; the same seed gives the same draws.")] = 1,
    view: ViewOption = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """How sure the figures are: 95 % intervals, what they rest on, and what contributes most."""
    with faults(as_json), working("assessing", quiet=as_json):
        held = book(ledger, actor)
        told = held.uncertainty(period, by=by, view=view, at=at)  # type: ignore[arg-type]  # told where it is none
        drawn = None
        if draws is not None:
            drawn = held.monte_carlo(period, draws=draws, seed=seed, by=by, view=view, at=at)  # type: ignore[arg-type]
    if as_json:
        print_json(told.as_json() | {"monte_carlo": None if drawn is None else drawn.as_json()})
    else:
        _print_uncertainty(told, drawn)


@commands.command()
def quality(
    period: Annotated[str, typer.Option(help="2026, 2026-Q3, FY2026 …")],
    view: ViewOption = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """The data behind each scope and category: how it came about, its factors, its scores."""
    with faults(as_json):
        found = book(ledger, actor).quality(period, view=view, at=at)
    from ledger.disclosure.words.quality import quality_record, quality_words

    if as_json:
        print_json([quality_record(one) for one in found])
        return
    from ledger.terminal import console, safe, tonnes

    out = console()
    if not found:
        out.print(f"The ledger holds nothing quantified in {period}.")
    for one in found:
        out.print(safe(f"{one.label.replace('_', ' ')}, {tonnes(one.kg)} t CO\u2082e"), style="bold")
        out.print(safe(f"  {quality_words(one)}"))


def _print_uncertainty(told: Uncertainty, drawn: MonteCarlo | None) -> None:
    from ledger.terminal import console, ruled_table, safe

    out = console()
    if not told.figures:
        out.print(f"The ledger holds nothing quantified in {told.period}.")
        return
    columns = [
        ("t CO\u2082e", False), ("figure", True), ("of it assessed", True), ("± %", True), ("from", True), ("to", True),
        ("certainty", False), ("assessed %", True), ("in part %", True),
    ]  # fmt: skip
    table = ruled_table(*columns, *((("drawn ± %", True),) if drawn else ()))
    shown = {} if drawn is None else {figure.label: figure.half_width for figure in drawn.figures}
    for figure in told.figures:
        extra = (_per_cent(shown.get(figure.label)),) if drawn else ()
        table.add_row(safe(figure.label.replace("_", " ")), *_cells(figure), *extra)
    out.print(table)
    largest = _largest(told)
    if largest is not None and largest.contributors:
        out.print(f"What contributes most to the variance of {largest.label.replace('_', ' ')}:")
        for part in largest.contributors[:5]:
            out.print(safe(f"  {part.kind} {part.name}: {part.share_of_variance * 100:.0f} %"))
    out.print("± %, from and to are of the assessed part; a rank stands where that is at least 95 %.", style="dim")
    for note in told.notes:
        out.print(f"Note: {note}", style="dim")
    if drawn is not None:
        out.print(
            f"Monte Carlo: {drawn.draws} draws from seed {drawn.seed}, {drawn.drawn_rows} rows and meters one by one, "
            f"{drawn.summed_rows + drawn.summed_meters} as parts of sums.",
            style="dim",
        )


def _largest(told: Uncertainty) -> FigureUncertainty | None:
    totals = [figure for figure in told.figures if figure.label.startswith("total")]
    return max(totals, key=lambda figure: abs(figure.value_kg), default=None)


def _cells(figure: FigureUncertainty) -> tuple[Any, ...]:
    from decimal import Decimal

    from ledger.terminal import tonnes

    low, high = (None if end is None else Decimal(repr(end)) for end in (figure.low_kg, figure.high_kg))
    ends = ("not assessed", "") if low is None or high is None else (tonnes(low), tonnes(high))
    bound = "\u2265\u202f" if figure.is_lower_bound else ""
    assessed = "\u2014" if figure.assessed_kg is None else tonnes(Decimal(repr(figure.assessed_kg)))
    return (
        tonnes(figure.value_kg), assessed,
        bound + _per_cent(figure.half_width) if figure.half_width is not None else "", *ends,
        figure.rank or "", _per_cent(figure.share_assessed, "0"), _per_cent(figure.share_partly, "0"),
    )  # fmt: skip


def _per_cent(share: float | None, places: str = "0.1") -> str:
    digits = len(places.partition(".")[2])
    return "\u2014" if share is None else f"{share * 100:.{digits}f}"
