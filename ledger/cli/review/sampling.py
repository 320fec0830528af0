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
    answer,
    book,
    faults,
    print_json,
    working,
)
from ledger.cli.review.auditing import EngagementOption

commands = typer.Typer()


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


MeasureOption = Annotated[
    str, typer.Option(help="scope_1, scope_2_location, scope_2_market, scope_3, total_location or total_market.")
]
MaterialityOption = Annotated[
    str | None, typer.Option(help="Of carbon-unit, kg: interval = this ÷ factor; the engagement's if none.")
]
FactorOption = Annotated[str | None, typer.Option(help="Of carbon-unit: the auditor's confidence factor, like 2.31.")]
ByOption = Annotated[
    str | None, typer.Option(help="Of stratum: category, facility, legal_entity, activity_type, month or source.")
]
PapersOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write its work papers: .xlsx with live formulas, or .csv.")
]


@commands.command()
def sample(
    period: Annotated[str, typer.Option(help="The period, like 2026-Q3.")],
    measure: MeasureOption,
    method: Annotated[str, typer.Option(help="random, value, stratum, carbon-unit or documents.")],
    seed: Annotated[str, typer.Option(help="Any text; the same seed draws the same sample.")],
    size: Annotated[int | None, typer.Option(help="How many items.")] = None,
    interval: Annotated[str | None, typer.Option(help="Of carbon-unit: kg from one hit to the next.")] = None,
    performance_materiality: MaterialityOption = None,
    confidence_factor: FactorOption = None,
    by: ByOption = None,
    gaps: Annotated[int, typer.Option(help="How many units without a value: not quantified, or no data at all.")] = 10,
    output: PapersOption = None,
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
        from ledger.cli.review.sampling_words import print_sample

        wish = Wish(
            method, seed, size, number(interval, "--interval"),
            number(performance_materiality, "--performance-materiality"),
            number(confidence_factor, "--confidence-factor"), by, gaps,
        )  # fmt: skip
        held = book(ledger, actor)
        made = held.sample(period, measure, wish, view=view, at=at, name=name, engagement=engagement, frame_file=frame)
        done = held.record_sample(made) if record else None
        papers = None if output is None else held.write_papers(made, output)
        if as_json:
            print_json(made.as_json() | {"batch": None if done is None else done.batch})
        else:
            print_sample(made, done)
            if papers is not None:
                named = made.sample_id
                typer.echo(f"Wrote {papers}. Filled in, take it back: ghg review results {named} {papers}")


SampleArgument = Annotated[str, typer.Argument(metavar="SAMPLE", help="A sample on record, like S-1f2e3d4c.")]


@commands.command()
def papers(
    sample_id: SampleArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write: .xlsx or .csv.")],
    ledger: LedgerOption = DEFAULT_LEDGER,
    as_json: JsonOption = False,
) -> None:
    """Write the work papers of a sample on record: a line an item, with live formulas and empty columns."""
    with faults(as_json), working("drawing again", quiet=as_json):
        held = book(ledger, None)
        written = held.write_papers(held.recorded_sample(sample_id), output)
        words = f"Wrote {written}. Filled in, take it back: ghg review results {sample_id} {written}"
        answer(as_json, {"sample": sample_id, "file": str(written)}, words)


@commands.command()
def samples(ledger: LedgerOption = DEFAULT_LEDGER, as_json: JsonOption = False) -> None:
    """The samples on record: method, seed, frame and digests."""
    from ledger.plain import plain

    with faults(as_json):
        from ledger.cli.review.sampling_words import print_samples

        found = book(ledger, None).samples()
        print_json([plain(one.row) for one in found]) if as_json else print_samples(found)


@commands.command()
def results(
    sample_id: SampleArgument,
    file: Annotated[Path, typer.Argument(help="Its work papers, filled in: .xlsx or .csv.")],
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take filled-in work papers back; refused where a line is not as it was handed out."""
    with faults(as_json), working("reading", quiet=as_json):
        from ledger.cli.review.sampling_words import print_results

        done = book(ledger, actor).record_results(sample_id, file)
        print_json(done.as_json()) if as_json else print_results(done, sample_id)
        if done.findings:
            raise typer.Exit(1)


@commands.command()
def evaluate(
    sample_id: SampleArgument,
    projection: Annotated[str, typer.Option(help="Of random and stratum: ratio or difference.")] = "ratio",
    engagement: EngagementOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    as_json: JsonOption = False,
) -> None:
    """What the results of a sample say of its total, against what is material; and what they do not say."""
    with faults(as_json), working("evaluating", quiet=as_json):
        from ledger.cli.review.sampling_words import print_evaluation

        told = book(ledger, None).evaluate(sample_id, engagement=engagement, projection=projection)
        print_json(told.as_json()) if as_json else print_evaluation(told)


misstatement_app = typer.Typer(help="The log of misstatements against materiality.", no_args_is_help=True)
commands.add_typer(misstatement_app, name="misstatement")
MisstatementArgument = Annotated[str, typer.Argument(metavar="ID", help="The misstatement, like M1.")]


@misstatement_app.command()
def add(
    engagement: Annotated[str, typer.Option(help="The engagement, like E2026.")],
    kind: Annotated[str, typer.Option(help="factual, judgemental or projected.")],
    measure: Annotated[str, typer.Option(help="scope_1, scope_2_market, total_market, category_6 …")],
    effect: Annotated[str, typer.Option(help="Recorded less right, kg CO2e: above zero where too much is recorded.")],
    reason: Annotated[str, typer.Option(help="What is wrong, and how that is known.")],
    about: Annotated[
        str | None, typer.Option(help="An entry (B12-3), batch, figure's id or period; the engagement's when left out.")
    ] = None,
    sample_id: Annotated[str | None, typer.Option("--sample", help="The sample that it follows from.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a misstatement into the log."""
    from ledger.book.acts.misstating import Misstated

    with faults(as_json):
        said = Misstated(kind, measure, number(effect, "--effect") or Decimal(0), reason, about, sample_id)
        name, done = book(ledger, actor).add_misstatement(engagement, said)
        words = f"Batch {done.batch}: misstatement {name} is in the log.\nNext: ghg review misstatement list"
        answer(as_json, done.as_json() | {"misstatement": name}, words)


@misstatement_app.command("list")
def listed(
    engagement: EngagementOption = None, ledger: LedgerOption = DEFAULT_LEDGER, as_json: JsonOption = False
) -> None:
    """Every misstatement, and what is uncorrected in each measure against materiality."""
    with faults(as_json):
        from ledger.cli.review.sampling_words import print_misstatements

        found = book(ledger, None).misstatements(engagement)
        print_json(found.as_json()) if as_json else print_misstatements(found)


@misstatement_app.command()
def correct(
    misstatement: MisstatementArgument,
    batch: Annotated[str, typer.Option(help="The batch that corrected it, like B57.")],
    note: Annotated[str, typer.Option(help="In your words, for the record.")] = "",
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which batch corrected it; that batch must have changed something of the period."""
    with faults(as_json):
        done = book(ledger, actor).correct_misstatement(misstatement, batch, note=note)
        words = f"Batch {done.batch}: {misstatement} was corrected by {batch}."
        if done.batch is None:
            words = f"{misstatement} says that already; nothing was written."
        answer(as_json, done.as_json(), words)


@misstatement_app.command()
def withdraw(
    misstatement: MisstatementArgument,
    reason: Annotated[str, typer.Option(help="Why it is none.")],
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take it out of the log again; it stays on record."""
    with faults(as_json):
        done = book(ledger, actor).withdraw_misstatement(misstatement, reason=reason)
        answer(as_json, done.as_json(), f"Batch {done.batch}: {misstatement} is withdrawn.")
