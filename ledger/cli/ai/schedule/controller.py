"""Commands for Jobs of a Kubernetes cluster that wait for cleaner hours."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.options import DEFAULT_LEDGER, ActorOption, JsonOption, LedgerOption, book, faults, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.connectors.kubernetes.acts import Act
    from ledger.connectors.kubernetes.controller import Rules

commands = typer.Typer()
ContextOption = Annotated[
    list[str] | None, typer.Option("--context", help="A context of the kubeconfig; repeatable. Else the current one.")
]
NamespaceOption = Annotated[str | None, typer.Option("--namespace", "-n", help="One namespace; all when left out.")]
KubeconfigOption = Annotated[
    Path | None, typer.Option("--kubeconfig", help="The kubeconfig; else KUBECONFIG, or ~/.kube/config.")
]
RegionOption = Annotated[
    str | None, typer.Option("--region", help="Where nodes stand that have no region label: a zone or site of yours.")
]
ApplyOption = Annotated[bool, typer.Option("--apply", help="Do it; without it everything is only told.")]
HoldOption = Annotated[
    float, typer.Option("--longest-hold", help="Hours that a Job without a deadline is held at most.", min=0, max=8784)
]
_DOES = {"released": "release", "interrupted": "interrupt", "moved": "move"}


@commands.command("release-overdue")
def release_overdue(
    context: ContextOption = None,
    namespace: NamespaceOption = None,
    kubeconfig: KubeconfigOption = None,
    longest_hold: HoldOption = 24,
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
        clusters = [stack.enter_context(cluster_of(access_of(name, kubeconfig))) for name in _names(context)]
        acts: list[Act] = []
        for cluster in clusters:
            try:
                hold = timedelta(hours=longest_hold)
                acts += overdue_released(cluster, namespace, datetime.now(UTC), hold, apply=apply)
            except ClusterFault as fault:
                acts.append(failed(cluster.context, "", fault))
    _tell(acts, apply=apply, as_json=as_json)


@commands.command("controller")
def controller(
    policy: Annotated[Path, typer.Option(help="The policy, a TOML file with [policy] (docs/scheduling.md).")],
    once: Annotated[bool, typer.Option("--once", help="One pass.")] = False,
    every: Annotated[float | None, typer.Option(help="A pass every so many seconds, until stopped.", min=1)] = None,
    context: ContextOption = None,
    namespace: NamespaceOption = None,
    region: Annotated[
        list[str] | None,
        typer.Option(help="PLACE, or CONTEXT=PLACE: where nodes stand that have no region label; repeatable."),
    ] = None,
    kubeconfig: KubeconfigOption = None,
    longest_hold: HoldOption = 24,
    apply: ApplyOption = False,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold suspended Jobs until their hour, by policy and forecasts, and let them go then (docs/kubernetes.md).

    Jobs are those with the label ghg-ledger/shift=yes. Nothing is changed without --apply.
    """
    with faults(as_json):
        from ledger.connectors.kubernetes.controller import Rules
        from ledger.errors import Misuse
        from ledger.schedule.policy import policy_of

        if once == (every is not None):
            raise Misuse("say how often", "give --once, or --every SECONDS")
        names = _names(context)
        hold = timedelta(hours=longest_hold)
        rules = Rules(policy_of(policy), namespace, hold, _regions(names, region or [], kubeconfig), apply)
        held = book(ledger, actor)
        held.grid_forecast("", datetime.now(UTC))  # whether there is a ledger, before anything is let go for lack of it
        if every is None:
            acts = held.control(rules, names, kubeconfig=kubeconfig)
        else:
            _watch(held, rules, names, kubeconfig, every, as_json=as_json)
            return
    _tell(acts, apply=apply, as_json=as_json)


def _names(contexts: Sequence[str] | None) -> list[str | None]:
    return [*contexts] if contexts else [None]


def _regions(names: Sequence[str | None], told: Sequence[str], kubeconfig: Path | None) -> dict[str, str]:
    """The place of each context whose nodes do not say theirs. Raises Misuse for a context that is not looked after."""
    from ledger.connectors.kubernetes.kubeconfig import access_of
    from ledger.errors import known_word

    contexts = [access_of(name, kubeconfig).context for name in names]
    found: dict[str, str] = {}
    for text in told:
        name, mark, place = text.rpartition("=")
        found |= {known_word("context", name, contexts): place} if mark else dict.fromkeys(contexts, text)
    return found


def _watch(
    held: Any, rules: Rules, names: Sequence[str | None], kubeconfig: Path | None, every: float, *, as_json: bool
) -> None:
    """Passes until the process is told to end. What is new in a pass is told; a fault of a pass ends nothing."""
    import json
    import signal
    import sys

    from ledger.errors import LedgerError, Misuse

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the first process of a container has no default for it
    before: dict[tuple[str, str], tuple[str, str]] = {}
    is_first = True
    while True:
        begun = time.monotonic()
        try:
            acts = held.control(rules, names, kubeconfig=kubeconfig)
        except LedgerError as fault:
            if is_first and isinstance(fault, Misuse):
                raise
            typer.echo(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {fault}; {fault.fix}", err=True)
            acts = []
        if as_json:
            typer.echo(json.dumps({"applied": rules.apply, "jobs": [_plain(act) for act in acts]}))
        else:
            fresh = [act for act in acts if before.get((act.context, act.job)) != (act.what, act.why)]
            _print(fresh, apply=rules.apply, stamp=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} ")
        before = {(act.context, act.job): (act.what, act.why) for act in acts}
        is_first = False
        time.sleep(max(0.0, every - (time.monotonic() - begun)))


def _tell(acts: Sequence[Act], *, apply: bool, as_json: bool) -> None:
    """Print what was done, and end with 1 where something failed."""
    if as_json:
        print_json({"applied": apply, "jobs": [_plain(act) for act in acts]})
    else:
        _print(acts, apply=apply)
        if not acts:
            typer.echo("No Job with the label ghg-ledger/shift=yes.")
        if not apply and any(act.what in {"held", *_DOES} for act in acts):
            typer.echo("Nothing was changed. Next: the same with --apply")
    if any(act.what == "failed" for act in acts):
        raise typer.Exit(1)


def _plain(act: Act) -> dict[str, Any]:
    from ledger.plain import plain

    made: dict[str, Any] = plain(act)
    return made


def _print(acts: Sequence[Act], *, apply: bool, stamp: str = "") -> None:
    from ledger.plain import visible

    for act in acts:
        verb = f"would {_DOES[act.what]}" if act.what in _DOES and not apply else act.what
        place = f"{act.context} {act.job}".strip()
        typer.echo(visible(f"{stamp}{place}: {verb}: {act.why}"), err=act.what == "failed")
