"""Commands of the auditor's work: engagement, comments, findings, marks, sign-off, what changed."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    JsonOption,
    LedgerOption,
    answer,
    book,
    faults,
    print_json,
)

review_app = typer.Typer(help="The auditor's work: engagement, findings, marks, sign-off.", no_args_is_help=True)

EngagementOption = Annotated[str | None, typer.Option("--engagement", help="The engagement, like E2026.")]


@review_app.command()
def engagement(
    engagement_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Its short name, like E2026; all of them when left out.")
    ] = None,
    level: Annotated[str | None, typer.Option(help="limited or reasonable.")] = None,
    criteria: Annotated[str | None, typer.Option(help="What is held against what, like 'ISO 14064-1:2018'.")] = None,
    period: Annotated[str | None, typer.Option(help="The period, like 2026.")] = None,
    view: Annotated[str | None, typer.Option(help="A consolidation view; the ledger's own if left out.")] = None,
    measure: Annotated[
        str | None, typer.Option(help="What materiality is of: total_market, scope_1_2_location, category_1 …")
    ] = None,
    materiality: Annotated[str | None, typer.Option(help="5% of the measure, or a mass: 1200t, 800kg.")] = None,
    performance: Annotated[
        str | None, typer.Option(help="Performance materiality: a mass, or a per cent of materiality.")
    ] = None,
    trivial: Annotated[
        str | None, typer.Option(help="What is clearly trivial: a mass, or a per cent of materiality.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="Anything else, in your words.")] = None,
    reason: Annotated[str, typer.Option(help="Why it changes; needed once it is on record.")] = "",
    withdraw: Annotated[bool, typer.Option("--withdraw", help="End it; it stays on record.")] = False,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record what a verifier was asked and what is material, or show it with every earlier version."""
    from ledger.book.engaging import Terms
    from ledger.cli.review_words import engagement_json, print_engagements
    from ledger.errors import Misuse

    with faults(as_json):
        held = book(ledger, actor)
        terms = Terms(level, criteria, period, view, measure, materiality, performance, trivial, note, withdraw)
        if terms == Terms():
            found = held.engagements(engagement_id)
            people = held.people()
            if as_json:
                print_json([engagement_json(told, people) for told in found])
            else:
                print_engagements(found, people, engagement_id)
            return
        if engagement_id is None:
            raise Misuse("an engagement needs a name", "give it first: ghg review engagement E2026 --level …")
        done = held.record_engagement(engagement_id, terms, reason=reason)
        words = f"Batch {done.batch}: engagement {engagement_id} is {'withdrawn' if withdraw else 'on record'}."
        if done.batch is None:
            words = f"Engagement {engagement_id} says that already; nothing was written."
        answer(as_json, done.as_json(), f"{words}\nNext: ghg review engagement {engagement_id}")
