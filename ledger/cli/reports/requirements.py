"""The command that holds a period against what a standard asks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    from ledger.disclosure.requirements.index import ContentIndex

commands = typer.Typer()
_STYLE = {"met": "green", "partly": "yellow", "missing": "red", "not_applicable": "dim"}


@commands.command()
def requirements(
    rule_set: Annotated[
        str | None, typer.Argument(help="Like iso-14064-1, esrs-set-1, ghg-protocol; all are listed without one.")
    ] = None,
    period: Annotated[str | None, typer.Option(help="2026, FY2026, 2026-Q3 …")] = None,
    narrative: Annotated[Path | None, typer.Option(help="The texts that people give, a TOML file.")] = None,
    template: Annotated[Path | None, typer.Option(help="Write an empty narrative with its questions.")] = None,
    language: Annotated[
        str | None, typer.Option(help="en or de; the company's own when left out, of a template's questions en.")
    ] = None,
    view: ViewOption = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """What a standard asks of a report: each requirement, where it is met, or that it is missing and why."""
    from ledger.errors import Misuse

    with faults(as_json):
        if template is not None:
            _write_template(template, language or "en")
        elif rule_set is None:
            _list_rule_sets(as_json)
        elif period is None:
            raise Misuse("no period is given", f"name one: ghg requirements {rule_set} --period 2026")
        else:
            with working("reading", quiet=as_json):
                index = book(ledger, actor).requirements(
                    rule_set, period=period, narrative=narrative, view=view, at=at, language=language
                )
            if as_json:
                print_json(index.as_json())
            else:
                from ledger.disclosure.words.texts import spoken

                with spoken(index.language):
                    _print_index(index)


def _write_template(file: Path, language: str) -> None:
    from ledger.disclosure.requirements.narrative import write_template
    from ledger.disclosure.words.texts import spoken

    with spoken(language):
        write_template(file)
    typer.echo(f"Wrote {file}. Fill it in, then: ghg requirements RULE_SET --period P --narrative {file}")
    typer.echo(f"and for the statement: ghg report KIND --period P --narrative {file}")


def _list_rule_sets(as_json: bool) -> None:
    from ledger.disclosure.requirements.rule_sets import rule_sets

    known = rule_sets().values()
    if as_json:
        print_json(
            [
                {
                    "rule_set": one.name, "title": one.title, "version": one.version, "in_force": one.in_force,
                    "requirements": len(one.requirements), "source": one.source,
                }
                for one in known
            ]
        )  # fmt: skip
        return
    from ledger.terminal import console, ruled_table

    table = ruled_table(("rule set", False), ("title", False), ("version", False), ("in force", False))
    for one in known:
        table.add_row(one.name, one.title, one.version, one.in_force)
    console().print(table)
    typer.echo("\nNext: ghg requirements iso-14064-1 --period 2026")


def _print_index(index: ContentIndex) -> None:
    from rich.table import Table

    from ledger.disclosure.requirements.narrative import NONE_MAY_BE
    from ledger.disclosure.requirements.rule_sets import narratives
    from ledger.disclosure.words.texts import ENGLISH, named, text
    from ledger.terminal import console, safe

    out = console()
    rules = index.rule_set
    out.print(f"[bold]{named(rules.title)}[/bold] ({named(rules.version)})", highlight=False)
    out.print(safe(f"{index.period}, {index.view}, as of size {index.checkpoint_size}\n"), highlight=False)
    table = Table(box=None, pad_edge=False)
    for name, width in (("code", None), ("state", 14), ("asked", None), ("place", None)):
        table.add_column(text(f"column_{name}"), overflow="fold", width=width, no_wrap=name == "code")
    for line in index.lines:
        state = f"[{_STYLE[line.state]}]{text(f'index_{line.state}')}[/]"
        asked = line.requirement
        level = "" if asked.level == "required" else f" ({text(f'level_{asked.level}')})"
        title = named(asked.title) + level
        table.add_row(asked.code, state, title, safe(line.words or f"in: {line.where.replace('_', ' ')}"))
    out.print(table)
    met, all_asked = index.count("met", "required"), sum(one.level == "required" for one in rules.requirements)
    out.print(f"\n{text('index_counts', met=met, count=all_asked)} {text('index_open', count=index.open)}")
    told_by_people = {*narratives(), *NONE_MAY_BE}
    if any(told_by_people & set(line.requirement.needs) for line in index.lines if line.state == "missing"):
        asked_in = "" if index.language == ENGLISH else f" --language {index.language}"
        out.print(f"Next: ghg requirements --template disclosure.toml{asked_in}, fill it in, give it with --narrative")
