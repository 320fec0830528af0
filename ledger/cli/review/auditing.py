"""Commands of the auditor's work: engagement, comments, findings, marks, sign-off, what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    JsonOption,
    LedgerOption,
    ViewOption,
    answer,
    book,
    faults,
    print_json,
    working,
)

commands = typer.Typer()

EngagementOption = Annotated[str | None, typer.Option("--engagement", help="The engagement, like E2026.")]


@commands.command()
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
    from ledger.book.acts.engaging import Terms
    from ledger.cli.review.auditing_words import engagement_json, print_engagements
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


AboutArgument = Annotated[
    str, typer.Argument(help="An entry (B12-3), a batch (B12), a figure's id, a period, or a finding's id.")
]
TextArgument = Annotated[str, typer.Argument(help="In your words.")]
ToOption = Annotated[str | None, typer.Option("--to", help="Who is asked; whoever recorded it when left out.")]


@commands.command()
def comment(
    about: AboutArgument,
    text: TextArgument,
    engagement: EngagementOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say something about it; on a thread's id, in that thread. A comment asks for nothing."""
    _remark("comment", about, text, engagement, None, ledger, actor, as_json)


@commands.command()
def finding(
    about: AboutArgument,
    text: TextArgument,
    to: ToOption = None,
    engagement: EngagementOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that something is wrong; it is open until it is settled."""
    _remark("finding", about, text, engagement, to, ledger, actor, as_json)


@commands.command()
def request(
    about: AboutArgument,
    text: TextArgument,
    to: ToOption = None,
    engagement: EngagementOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask for a document or an explanation; it is open until it is settled."""
    _remark("request", about, text, engagement, to, ledger, actor, as_json)


def _remark(
    event: str,
    about: str,
    text: str,
    engagement: str | None,
    to: str | None,
    ledger: Path,
    actor: str | None,
    as_json: bool,
) -> None:
    with faults(as_json):
        done = book(ledger, actor).remark(event, about, text, engagement=engagement, to=to)
    entry = f"B{done.batch}-1"
    after = {"comment": f"list --about {about}"}.get(event, f"answer {entry} TEXT, as whoever is asked")
    answer(as_json, {**done.as_json(), "id": entry}, f"{entry}: {event} on {about}.\nNext: ghg review {after}")


@commands.command("answer")
def answer_thread(
    thread: Annotated[str, typer.Argument(help="The id of the finding or request, like B46-1.")],
    text: TextArgument,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a finding or a request; whoever opened it then settles it."""
    with faults(as_json):
        done = book(ledger, actor).answer(thread, text)
    words = f"B{done.batch}-1: answered {thread}.\nNext: ghg review resolve {thread} --note TEXT, as whoever opened it"
    answer(as_json, {**done.as_json(), "id": f"B{done.batch}-1"}, words)


@commands.command()
def tick(
    about: AboutArgument,
    mark: Annotated[
        str,
        typer.Argument(
            help="agreed, recomputed, footed, traced, factor, cutoff, inspected, confirmed, inquired, "
            "exception: docs/auditors.md says what each means."
        ),
    ],
    note: Annotated[str, typer.Option(help="In your words: which document, which page.")] = "",
    engagement: EngagementOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a tick mark on it: what was done to check it."""
    from ledger.assurance.reviewing.review import TICK_MARKS

    with faults(as_json):
        done = book(ledger, actor).tick(about, mark, note=note, engagement=engagement)
    entry = f"B{done.batch}-1"
    answer(as_json, {**done.as_json(), "id": entry}, f"{entry}: {about} {mark}: {TICK_MARKS[mark]}.")


@commands.command()
def resolve(
    thread: Annotated[str, typer.Argument(help="A finding's or request's id, or that of a warning (ghg findings).")],
    note: Annotated[str, typer.Option(help="What was done, or why nothing need be.")] = "",
    state: Annotated[str, typer.Option(help="resolved, or accepted (stays as it is).")] = "resolved",
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what became of it: whoever opened it does, or an auditor or reviewer who is not the one asked."""
    _settle(thread, note, state, ledger, actor, as_json)


@commands.command()
def reopen(
    thread: Annotated[str, typer.Argument(help="A finding's or request's id, or that of a warning (ghg findings).")],
    note: Annotated[str, typer.Option(help="Why.")] = "",
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open it again."""
    _settle(thread, note, "reopened", ledger, actor, as_json)


def _settle(thread: str, note: str, state: str, ledger: Path, actor: str | None, as_json: bool) -> None:
    with faults(as_json):
        done = book(ledger, actor).resolve(thread, note=note, state=state)
    words = f"{thread} is {state} already; nothing was added." if done.batch is None else (
        f"Batch {done.batch}: {thread} is {state}. Next: ghg review list --open"
    )  # fmt: skip
    answer(as_json, done.as_json(), words)


@commands.command("list")
def list_threads(
    period: Annotated[str | None, typer.Option(help="Only what is about days of it.")] = None,
    about: Annotated[str | None, typer.Option(help="Only what is about this entry, batch, figure or thread.")] = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only what is still open.")] = False,
    ticks: Annotated[bool, typer.Option("--ticks", help="The tick marks too.")] = False,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """The findings, requests and comments with state, age and person; the tick marks; the sign-offs."""
    from ledger.cli.review.auditing_words import print_sign_offs, print_threads, sign_off_json, thread_json, tick_json

    with faults(as_json):
        held = book(ledger, actor)
        threads = held.threads(period=period, about=about, open_only=open_only)
        marks = held.ticks(period=period, about=about)
        signed = held.sign_offs(period) if about is None else ()
        people = held.people()
        if as_json:
            value = [thread_json(one, people) for one in threads]
            ticked = [tick_json(one, people) for one in marks]
            print_json({"threads": value, "ticks": ticked, "sign_offs": [sign_off_json(one, people) for one in signed]})
        else:
            warnings = len(held.findings(period, open_only=True))
            print_threads(threads, marks, people, warnings, show_ticks=ticks or about is not None)
            print_sign_offs(signed, people)


@commands.command("sign-off")
def sign_off(
    period: Annotated[str, typer.Argument(help="The period, like 2026 or 2026-Q3.")],
    engagement: Annotated[str, typer.Option("--engagement", help="The engagement, like E2026.")],
    conclusion: Annotated[str, typer.Option(help="unmodified, qualified, adverse or disclaimer.")],
    statement: Annotated[str, typer.Option(help="What you conclude, on what, and why, in your words.")],
    despite: Annotated[
        str, typer.Option("--despite-open", help="Why it is given although findings are still open.")
    ] = "",
    entity: Annotated[str | None, typer.Option("--entity", help="One legal entity; all of them when left out.")] = None,
    sign_as: Annotated[
        str | None, typer.Option("--sign-as", help="Sign it with the key of this machine, under this name.")
    ] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Conclude on a period: bound to the checkpoint and the figures as they are, void as soon as they move."""
    from ledger.book.acts.signing_off import Conclusion
    from ledger.cli.review.auditing_words import print_signed_off, signed_off_json

    with faults(as_json), working("verifying", quiet=as_json):
        held = book(ledger, actor)
        said = Conclusion(engagement, conclusion, statement, despite, entity, sign_as)
        made = held.sign_off(period, said)
        people = held.people()
    print_json(signed_off_json(made, people)) if as_json else print_signed_off(made, period, said, people)


@commands.command()
def changes(
    start: Annotated[str, typer.Option("--from", help="A size (number of batches), or a checkpoint that you kept.")],
    end: Annotated[str | None, typer.Option("--to", help="The same; now when left out.")] = None,
    period: Annotated[
        str | None, typer.Option(help="Effects on the totals of this period; of every year when left out.")
    ] = None,
    view: ViewOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """What changed since: every batch with its effect on each total in kg, what was corrected, factors, settings."""
    from ledger.cli.review.change_words import changes_json, print_changes

    with faults(as_json), working("comparing", quiet=as_json):
        held = book(ledger, actor)
        found = held.changes(start, end, period=period, view=view)
        people = held.people()
    print_json(changes_json(found, people)) if as_json else print_changes(found, people)
