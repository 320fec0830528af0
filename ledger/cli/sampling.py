"""Commands of sampling: draw, work papers, results, evaluation, and the log of misstatements."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

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
from ledger.cli.review import EngagementOption, review_app


def number(text: str | None, option: str) -> Decimal | None:
    """An exact number given to an option; None where it was left out. Raises Misuse for anything else."""
    from ledger.errors import Misuse

    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite():
        raise Misuse(f"{option} '{text}' is not a number", "write plain digits, like 12500 or 2.31")
    return value


@review_app.command()
def sample(
    period: Annotated[str, typer.Option(help="The period, like 2026-Q3.")],
    measure: Annotated[
        str, typer.Option(help="scope_1, scope_2_location, scope_2_market, scope_3, total_location or total_market.")
    ],
    method: Annotated[str, typer.Option(help="random, value, stratum, carbon-unit or documents.")],
    seed: Annotated[str, typer.Option(help="Any text; the same seed draws the same sample.")],
    size: Annotated[int | None, typer.Option(help="How many items.")] = None,
    interval: Annotated[str | None, typer.Option(help="Of carbon-unit: kg from one hit to the next.")] = None,
    performance_materiality: Annotated[
        str | None, typer.Option(help="Of carbon-unit, kg: interval = this ÷ factor; the engagement's if none.")
    ] = None,
    confidence_factor: Annotated[
        str | None, typer.Option(help="Of carbon-unit: the auditor's factor, like 2.31.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Of stratum: category, facility, legal_entity, activity_type, month or source.")
    ] = None,
    gaps: Annotated[int, typer.Option(help="How many units without a value: not quantified, or no data at all.")] = 10,
    frame: Annotated[
        Path | None, typer.Option(help="Write the whole frame as text; its SHA-256 is the digest.")
    ] = None,
    record: Annotated[bool, typer.Option("--record", help="Put the sample on record; an auditor does.")] = False,
    name: Annotated[str | None, typer.Option("--id", help="Its short name; after its digest when left out.")] = None,
    engagement: EngagementOption = None,
    view: ViewOption = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw a sample of a total's postings, or from documents to the ledger; the same seed draws the same."""
    with faults(as_json), working("drawing", quiet=as_json):
        from ledger.assurance.sampling.drawing import Wish
        from ledger.cli.sampling_words import print_sample

        wish = Wish(
            method, seed, size, number(interval, "--interval"),
            number(performance_materiality, "--performance-materiality"),
            number(confidence_factor, "--confidence-factor"), by, gaps,
        )  # fmt: skip
        held = book(ledger, actor)
        made = held.sample(period, measure, wish, view=view, at=at, name=name, engagement=engagement, frame_file=frame)
        done = held.record_sample(made) if record else None
        if as_json:
            print_json(made.as_json() | {"batch": None if done is None else done.batch})
        else:
            print_sample(made, done)
