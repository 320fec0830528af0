"""Runs of MLflow into the ledger, each once; and what the ledger made of them back onto them as tags."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from ledger.ai.run_carbon import RunCarbon, carbon_of_runs
from ledger.book.live.connected import MlflowResult
from ledger.book.recording.uploading import uploaded
from ledger.book.results import UploadResult
from ledger.book.verbs.book import Book
from ledger.connectors.mlflow import OF_ENERGY, MlflowRun, Store
from ledger.errors import Misuse, known_word
from ledger.intake.tables.mapping import Shaping
from ledger.plain import plain_amount
from ledger.store import session

_RUNS_A_FILE = 1000
_SAMPLES_A_FILE = 500_000
_TRACKED = "ghg.energy_kwh"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for.

    Attributes:
        experiments: names or ids; all where empty.
        since: runs that ended on or after this day (UTC).
        from_tags: take runs of `ghg-track` by what it wrote onto them, where their lines are lost.
        everything: take runs that tell no energy too, as not quantified.
        tag: write entry and emissions onto the runs.
    """

    experiments: Sequence[str] = ()
    since: date | None = None
    from_tags: bool = False
    everything: bool = False
    tag: bool = False
    check: bool = False


def connected_mlflow(ledger: Book, store: Store, choices: Mapping[str, str], wish: Wish) -> MlflowResult:
    """Take in the runs of a store; see :meth:`ledger.book.Ledger.connect_mlflow`."""
    if not wish.check:
        ledger._check_may("upload")  # noqa: SLF001 — one facade in two files
    with store, tempfile.TemporaryDirectory() as folder:
        experiments = _experiments(store, wish.experiments)
        runs = list(store.runs(experiments)) if experiments else []
        ended = [run for run in runs if run.has_ended and _is_since(run, wish.since)]
        made, fresh = _sorted(store.place, runs, ended, _carbon(ledger, ended), wish)
        files: list[UploadResult] = []
        taken: list[str] = []
        for file, ids in _written(store, fresh, Path(folder)):
            files.append(_uploaded(ledger, file, choices, check=wish.check))
            taken += ids if files[-1].status != "refused" else []
        carbon = _carbon(ledger, ended)
        by_run = {run.run_id: carbon[run.ledger_id] for run in ended if run.ledger_id in carbon}
        made = replace(made, files=tuple(files), taken=tuple(taken), carbon=by_run)
        return replace(made, tagged=_tagged(store, ended, made)) if wish.tag and not wish.check else made


def _experiments(store: Store, wanted: Sequence[str]) -> Mapping[str, str]:
    """Id → name of the experiments that are wanted. Raises Misuse for one that is not there, with the likeliest."""
    found = store.experiments()
    if not wanted:
        return found
    by_name = {name: number for number, name in found.items()}
    chosen = [one if one in found else by_name[known_word("experiment", one, by_name)] for one in wanted]
    return {number: found[number] for number in chosen}


def _is_since(run: MlflowRun, since: date | None) -> bool:
    return since is None or _instant(run.end_ms) >= datetime.combine(since, time(), UTC)


def _instant(millis: str | None) -> datetime:
    """Milliseconds since 1970 as an instant. Raises Misuse for what is none."""
    try:
        return datetime.fromtimestamp(int(millis or "") / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        raise Misuse(f"MLflow tells a time that is none: {millis}", "see the run's start and end in MLflow") from None


def _carbon(ledger: Book, runs: Iterable[MlflowRun]) -> dict[tuple[str, int], RunCarbon]:
    """What the ledger holds of runs, by its own ids of them."""
    ids = {run.ledger_id[0] for run in runs}
    if not ids:
        return {}
    with session(ledger.path) as s:
        size = s.one("select count(*) from batch")[0]
        return carbon_of_runs(s, sorted(ids), size)


def _sorted(
    place: str,
    runs: Sequence[MlflowRun],
    ended: Sequence[MlflowRun],
    held: Mapping[tuple[str, int], RunCarbon],
    wish: Wish,
) -> tuple[MlflowResult, list[MlflowRun]]:
    """What becomes of each run, and those that are to be taken in."""
    by_id = {run.run_id: run for run in runs}
    lists: dict[str, list[str]] = defaultdict(list)
    fresh = []
    for run in ended:
        known = held.get(run.ledger_id)
        if known is not None:
            lists["held"].append(run.run_id)
            if not _is_tracked(run) and abs((known.end - _instant(run.end_ms)).total_seconds()) >= 1:
                lists["changed"].append(run.run_id)
        elif _is_tracked(run) and not (wish.from_tags and _TRACKED in run.tags):
            lists["waiting"].append(run.run_id)
        elif _tells_energy(run) and _is_inside(run, by_id):
            lists["nested"].append(run.run_id)
        elif not _tells_energy(run) and not wish.everything:
            lists["without"].append(run.run_id)
        else:
            fresh.append(run)
    going_on = tuple(run.run_id for run in runs if not run.has_ended)
    made = MlflowResult(
        place, held=tuple(lists["held"]), waiting=tuple(lists["waiting"]), without=tuple(lists["without"]),
        nested=tuple(lists["nested"]), going_on=going_on, changed=tuple(lists["changed"]),
    )  # fmt: skip
    return made, fresh


def _is_tracked(run: MlflowRun) -> bool:
    return "ghg.run_id" in run.tags


def _tells_energy(run: MlflowRun) -> bool:
    return _is_tracked(run) or bool(run.power_metrics) or any(_is_total(key) for key in run.metrics)


def _is_total(key: str) -> bool:
    found = OF_ENERGY.search(key)
    return found is not None and found[2] == "energy_consumed"


def _is_inside(run: MlflowRun, by_id: Mapping[str, MlflowRun]) -> bool:
    """Whether a run that this one is nested in tells the energy of both, or may still do so."""
    seen = {run.run_id}
    while run.parent is not None and run.parent in by_id and run.parent not in seen:
        run = by_id[run.parent]
        seen.add(run.run_id)
        if _tells_energy(run) or not run.has_ended:
            return True
    return False


def _written(store: Store, runs: Sequence[MlflowRun], folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Files of the runs with their histories, a line a run, and the runs in each; what a file brings is one batch."""
    lines: list[str] = []
    ids: list[str] = []
    samples = 0
    for run in runs:
        histories = {key: store.history(run.run_id, key) for key in _histories(run)}
        lines.append(json.dumps(run.document(store.place, histories), ensure_ascii=False) + "\n")
        ids.append(run.run_id)
        samples += sum(len(history) for history in histories.values())
        if len(lines) >= _RUNS_A_FILE or samples >= _SAMPLES_A_FILE:
            yield _file(folder, lines), ids
            lines, ids, samples = [], [], 0
    if lines:
        yield _file(folder, lines), ids


def _histories(run: MlflowRun) -> tuple[str, ...]:
    """Metrics whose history is read: the power of GPUs where nothing else tells the energy of the run."""
    told = _TRACKED in run.tags or any(_is_total(key) for key in run.metrics)
    return () if told else run.power_metrics


def _file(folder: Path, lines: Sequence[str]) -> Path:
    content = "".join(lines).encode("utf-8", "replace")
    path = folder / f"mlflow-{hashlib.sha256(content).hexdigest()[:12]}.jsonl"
    path.write_bytes(content)
    return path


def _uploaded(ledger: Book, file: Path, choices: Mapping[str, str], *, check: bool) -> UploadResult:
    return uploaded(
        ledger, file, kind=None, locale=None, sheet=None, encoding=None, check=check, again=False, reason=None,
        shaping=Shaping(choices=choices),
    )  # fmt: skip


def _tagged(store: Store, ended: Sequence[MlflowRun], made: MlflowResult) -> dict[str, dict[str, str]]:
    """Write onto each run that the ledger has what it does not say yet; gives what was written."""
    done: dict[str, dict[str, str]] = {}
    for run in ended:
        if run.run_id not in made.carbon:
            continue
        wanted = tags_of(made.carbon[run.run_id], is_whole=not _is_tracked(run) or _TRACKED in run.tags)
        new = {key: value for key, value in wanted.items() if run.tags.get(key) != value}
        if new:
            store.tag(run.run_id, new)
            done[run.run_id] = new
    return done


def tags_of(carbon: RunCarbon, *, is_whole: bool) -> dict[str, str]:
    """The tags of a run: entries and exact decimals; of one of several runs tracked together the entries alone."""
    amounts = {
        "ghg.entry_kwh": carbon.energy_kwh, "ghg.location_kg_co2e": carbon.location_kg,
        "ghg.market_kg_co2e": carbon.market_kg, "ghg.upstream_kg_co2e": carbon.upstream_kg,
    }  # fmt: skip
    return {
        "ghg.run_entry": carbon.run_entry,
        **({"ghg.entry": carbon.entry} if carbon.entry else {}),
        "ghg.decision": carbon.decision,
        **{key: plain_amount(amount) for key, amount in amounts.items() if amount is not None and is_whole},
    }
