"""Commands for Jobs of a Kubernetes cluster that wait for cleaner hours."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.ai import ai_app
from ledger.cli.options import JsonOption, faults, print_json

if TYPE_CHECKING:
    from ledger.connectors.kubernetes.acts import Act

ContextOption = Annotated[
    list[str] | None, typer.Option("--context", help="A context of the kubeconfig; repeatable. Else the current one.")
]
NamespaceOption = Annotated[str | None, typer.Option("--namespace", "-n", help="One namespace; all when left out.")]
KubeconfigOption = Annotated[
    Path | None, typer.Option("--kubeconfig", help="The kubeconfig; else KUBECONFIG, or ~/.kube/config.")
]
ApplyOption = Annotated[bool, typer.Option("--apply", help="Do it; without it everything is only told.")]


@ai_app.command("release-overdue")
def release_overdue(
    context: ContextOption = None,
    namespace: NamespaceOption = None,
    kubeconfig: KubeconfigOption = None,
    longest_hold: Annotated[
        float, typer.Option(help="Hours that a Job without a deadline is held at most.", min=0, max=8784)
    ] = 24,
    apply: ApplyOption = False,
    as_json: JsonOption = False,
) -> None:
    """Let go every held Job whose last moment has come. Needs no ledger, no forecast and no controller."""
    from ledger.connectors.kubernetes.acts import failed
    from ledger.connectors.kubernetes.client import cluster_of
    from ledger.connectors.kubernetes.faults import ClusterFault
    from ledger.connectors.kubernetes.kubeconfig import access_of
    from ledger.connectors.kubernetes.overdue import overdue_released

    with faults(as_json), ExitStack() as stack:
        names: list[str | None] = [*context] if context else [None]
        clusters = [stack.enter_context(cluster_of(access_of(name, kubeconfig))) for name in names]
        acts: list[Act] = []
        for cluster in clusters:
            try:
                hold = timedelta(hours=longest_hold)
                acts += overdue_released(cluster, namespace, datetime.now(UTC), hold, apply=apply)
            except ClusterFault as fault:
                acts.append(failed(cluster.context, "", fault))
    tell(acts, apply=apply, as_json=as_json)


def tell(acts: list[Act], *, apply: bool, as_json: bool) -> None:
    """Print what was done, and end with 1 where something failed."""
    if as_json:
        print_json({"applied": apply, "jobs": [_plain(act) for act in acts]})
    else:
        _print(acts, apply=apply)
    if any(act.what == "failed" for act in acts):
        raise typer.Exit(1)


def _plain(act: Act) -> dict[str, Any]:
    from ledger.plain import plain

    made: dict[str, Any] = plain(act)
    return made


def _print(acts: list[Act], *, apply: bool) -> None:
    from ledger.plain import visible

    for act in acts:
        place = f"{act.context} {act.job}".strip()
        typer.echo(visible(f"{place}: {_verb(act, apply=apply)}: {act.why}"), err=act.what == "failed")
    if not acts:
        typer.echo("No Job with the label ghg-ledger/shift=yes.")
    if not apply and any(act.what in _DOES for act in acts):
        typer.echo("Nothing was changed. Next: the same with --apply")


_DOES = {"released": "release", "held": "hold", "interrupted": "interrupt", "moved": "move"}


def _verb(act: Act, *, apply: bool) -> str:
    """What was done, or what would be."""
    if act.what in _DOES and act.what != "held" and not apply:
        return f"would {_DOES[act.what]}"
    return act.what
