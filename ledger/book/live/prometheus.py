"""Histories of meters out of Prometheus into the ledger: every answer a file that is evidence, taken in once."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ledger.book.live.connected import PrometheusResult
from ledger.book.recording.uploading import uploaded
from ledger.book.results import UploadResult
from ledger.book.verbs.book import Book
from ledger.connectors.asking import Server
from ledger.connectors.prometheus import PRESETS, Page, Prometheus, Span, selected, span_of
from ledger.errors import Misuse
from ledger.intake.tables.mapping import Shaping
from ledger.store import session

_ENDED = """
select max(end_utc) from (
    select * from measurement where query in (select query from asked)
        and ($cluster is null or cluster = $cluster) and ($facility is null or facility_id = $facility)
    qualify row_number() over (partition by source, subject, energy_part, start_utc, end_utc
                               order by batch_no desc, seq desc) = 1
) where not withdrawn
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for: presets or expressions, a selector of labels, and a range.

    ``start`` None is where the readings of the ledger end, ``end`` None the last whole hour that is over.
    """

    queries: Sequence[str]
    match: str | None
    start: datetime | None
    end: datetime | None
    step: str
    check: bool = False


def connected_prometheus(ledger: Book, server: Server, choices: Mapping[str, str], wish: Wish) -> PrometheusResult:
    """Take in a range of histories; see :meth:`ledger.book.Ledger.connect_prometheus`."""
    if not wish.check:
        ledger._check_may("upload")  # noqa: SLF001 — one facade in two files
    groups = _groups(wish)
    span = _span(ledger, wish, groups, choices)
    files: list[UploadResult] = []
    asked: list[str] = []
    empty: list[str] = []
    source = Prometheus(server)
    with source.asking, tempfile.TemporaryDirectory() as folder:
        for group in groups:
            for query in group:
                found = False
                for page in source.pages(query, span):
                    found = True
                    files.append(_taken(ledger, page, Path(folder), choices, check=wish.check))
                (asked if found else empty).append(query)
                if found:
                    break  # the others of the group are the same energy in another cut
    return PrometheusResult(server.shown, tuple(files), tuple(asked), tuple(empty), span.start, span.end)


def _groups(wish: Wish) -> list[tuple[str, ...]]:
    """Groups of queries, of each of which the first that has samples counts. Raises Misuse where none was asked for."""
    if not wish.queries:
        raise Misuse("nothing is asked for", f"give --query {' or --query '.join(PRESETS)}, or an expression of PromQL")
    if wish.match and not set(wish.queries) <= set(PRESETS):
        raise Misuse("--match is for dcgm and kepler", "write the labels into the expression itself")
    made: list[tuple[str, ...]] = []
    for query in wish.queries:
        made += [tuple(selected(metric, wish.match) for metric in group) for group in PRESETS.get(query, ((query,),))]
    return made


def _span(ledger: Book, wish: Wish, groups: Sequence[Sequence[str]], choices: Mapping[str, str]) -> Span:
    """The range that is asked for. Raises Misuse where its beginning follows from nothing."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    start = wish.start or _ended(ledger, [query.partition("{")[0] for group in groups for query in group], choices)
    if start is None:
        raise Misuse("the ledger has no reading of this yet", "say where to begin: --from 2026-03-01T00:00")
    return span_of(start, wish.end or now, wish.step)


def _ended(ledger: Book, metrics: Sequence[str], choices: Mapping[str, str]) -> datetime | None:
    """The whole hour in which the last reading of some metrics ends, of the cluster and facility that were chosen."""
    import polars as pl

    place = {"cluster": choices.get("cluster"), "facility": choices.get("facility_id")}
    with session(ledger.path) as s, s.given(asked=pl.DataFrame({"query": list(metrics)}).to_arrow()):
        (last,) = s.one(_ENDED, place)
    return None if last is None else last.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _taken(ledger: Book, page: Page, folder: Path, choices: Mapping[str, str], *, check: bool) -> UploadResult:
    """An answer as an upload of its own bytes."""
    path = folder / page.file_name
    path.write_text(page.text, encoding="utf-8")
    return uploaded(
        ledger, path, kind=None, locale=None, sheet=None, encoding=None, check=check, again=False, reason=None,
        shaping=Shaping(choices=choices),
    )  # fmt: skip
