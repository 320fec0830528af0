"""Commands for the life of a period: submit, approve, close, restate, and where each period stands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    JsonOption,
    LedgerOption,
    book,
    faults,
    print_json,
    working,
)

commands = typer.Typer()

PeriodArgument = Annotated[str, typer.Argument(help="2026-Q1, 2026-03, 2026, FY2026-Q1 …")]
ViewsOption = Annotated[str, typer.Option(help="A consolidation view, or all of them.")]
EntityOption = Annotated[str | None, typer.Option("--entity", help="One legal entity; all of them when left out.")]
NoteOption = Annotated[str, typer.Option(help="In your words, for the record.")]


@commands.command()
def submit(
    period: PeriodArgument,
    view: ViewsOption = "all",
    entity: EntityOption = None,
    note: NoteOption = "",
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand a period's figures to whoever approves them."""
    _step("submit", period, view, entity, note, ledger, actor, as_json)


@commands.command()
def approve(
    period: PeriodArgument,
    view: ViewsOption = "all",
    entity: EntityOption = None,
    note: NoteOption = "",
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Approve what another person submitted."""
    _step("approve", period, view, entity, note, ledger, actor, as_json)


@commands.command()
def close(
    period: PeriodArgument,
    view: ViewsOption = "all",
    entity: EntityOption = None,
    note: NoteOption = "",
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pin an approved period: from now on its figures move by a restatement alone."""
    _step("close", period, view, entity, note, ledger, actor, as_json)


def _step(
    verb: str,
    period: str,
    view: str,
    entity: str | None,
    note: str,
    ledger: Path,
    actor: str | None,
    as_json: bool,
) -> None:
    with faults(as_json):
        held = book(ledger, actor)
        done = getattr(held, verb)(period, view=view, entity=entity, note=note)
        from ledger.cli.review.period_words import print_step, state_json

        print_json(state_json(done, held.people())) if as_json else print_step(done)


@commands.command()
def restate(
    period: PeriodArgument,
    reason: Annotated[
        str,
        typer.Option(help="error, late_data, factor, method, structure, instrument, base_year or other."),
    ],
    note: Annotated[str, typer.Option(help="What a reader of both figures must know.")] = "",
    check: Annotated[bool, typer.Option("--check", help="Show what would change and write nothing.")] = False,
    view: ViewsOption = "all",
    entity: EntityOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """State closed periods anew with everything received since; old and new figures both stay readable."""
    with faults(as_json), working("restating", quiet=as_json):
        held = book(ledger, actor)
        done = held.restate(period, reason=reason, note=note, view=view, entity=entity, check=check)
        from ledger.cli.review.period_words import print_restatement, restatement_json

        people = held.people()
        if as_json:
            print_json([restatement_json(told, people) for told in done])
        else:
            for told in done:
                print_restatement(told, people, check=check)


@commands.command()
def status(
    period: Annotated[str | None, typer.Argument(help="Only what shares days with it, with every step.")] = None,
    figures: Annotated[
        Path | None, typer.Option(help="Write the period's figures at its last step, whose SHA-256 is its digest.")
    ] = None,
    view: ViewsOption = "all",
    entity: EntityOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where each period stands: state, person, date, pin, digest, and what came after it was closed."""
    from ledger.errors import Misuse

    with faults(as_json):
        held = book(ledger, actor)
        if figures is not None:
            if period is None:
                raise Misuse("figures of which period?", "name it: ghg status 2026-Q1 --figures FILE")
            figures.write_bytes(held.sealed_figures(period, view=view, entity=entity))
            typer.echo(f"Wrote {figures}. Compare: sha256sum {figures}, and ghg status {period}")
            return
        found = held.status(period)
        from ledger.cli.review.auditing_words import print_review_of, sign_off_json, thread_json
        from ledger.cli.review.period_words import print_states, restatement_json, state_json

        people = held.people()
        told = held.restatements(period) if period is not None else ()
        threads, signed = held.threads(period=period, open_only=True), held.sign_offs(period)
        if as_json:
            states = [state_json(state, people) for state in found]
            restated = [restatement_json(one, people) for one in told]
            review = {"threads": [thread_json(one, people) for one in threads],
                      "sign_offs": [sign_off_json(one, people) for one in signed]}  # fmt: skip
            print_json({"periods": states, "restatements": restated, "review": review})
        else:
            print_states(found, people, told, in_full=period is not None)
            print_review_of(threads, signed, people, in_full=period is not None)
