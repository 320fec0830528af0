"""`ghg connect kubernetes`: pods of Jobs that have ended become runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.ai.schedule.controller import KubeconfigOption, NamespaceOption, RegionOption
from ledger.cli.given import choices_of
from ledger.cli.options import DEFAULT_LEDGER, ActorOption, JsonOption, LedgerOption, book, faults, print_json, working

if TYPE_CHECKING:
    from ledger.book.live.clusters import ClusterRuns

commands = typer.Typer()


@commands.command("kubernetes")
def kubernetes(
    context: Annotated[str | None, typer.Option(help="A context of the kubeconfig; else the current one.")] = None,
    namespace: NamespaceOption = None,
    selector: Annotated[
        str | None, typer.Option("--selector", "-l", help="Which pods of Jobs; else those that say ghg-ledger/stage.")
    ] = None,
    region: RegionOption = None,
    kubeconfig: KubeconfigOption = None,
    choose: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE: what pods leave open (stage=…, facility_id=…, country=…); repeatable."),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Say what would happen and record nothing.")] = False,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take in the pods of Jobs that have ended as runs, exactly once: times, region, accelerators, what for."""
    with faults(as_json), working("reading the cluster", quiet=as_json):
        done = book(ledger, actor).connect_kubernetes(
            context, kubeconfig=kubeconfig, namespace=namespace, labels=selector, region=region,
            choices=choices_of(choose or ()), check=check,
        )  # fmt: skip
    print_json(done.as_json()) if as_json else _print(done)
    if done.upload is not None and done.upload.status == "refused":
        raise typer.Exit(1)


def _print(done: ClusterRuns) -> None:
    """The upload as any other, and what was left."""
    from ledger.terminal import console, print_upload, safe

    out = console()
    if done.upload is None:
        out.print("No Job has ended whose pods say ghg-ledger/stage (or have the labels asked for); nothing to record.")
    else:
        print_upload(done.upload)
    for name in done.runs.running:
        out.print(safe(f"{name}: a pod of it has not ended; left for later"))
    for name in done.runs.unread:
        out.print(safe(f"{name}: it ended and says no times; left"))
