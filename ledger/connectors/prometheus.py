"""Prometheus: the history of meters of energy (DCGM exporter, Kepler) as answers of range queries, page by page.

Source: the HTTP API of Prometheus, `query_range`. A server refuses more than 11,000 points a series in one answer, so
a range is cut into pages that meet at whole hours: the last sample of a page is the first of the next, and no step
between two samples is lost or told twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ledger.connectors.asking import Asking, Server
from ledger.connectors.exchange import Unanswered
from ledger.errors import Misuse

PRESETS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "dcgm": (("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "DCGM_FI_DEV_POWER_USAGE"),),
    "kepler": (
        ("kepler_node_cpu_joules_total", "kepler_node_platform_joules_total", "kepler_node_package_joules_total"),
        ("kepler_node_gpu_joules_total",),
    ),
    "kepler-platform": (("kepler_platform_watts",),),
}
"""Name → what is asked for: of each group the first that has any samples. Kepler's power at the wall takes in what its
counters of chips do, so it is asked for alone."""
MOST_POINTS = 11_000
"""Points of a series in one answer, beyond which Prometheus refuses."""
MOST_SAMPLES = 1_000_000
"""Samples of all series in one file; more are asked for in shorter pages."""
_LONGEST_PAGE = timedelta(hours=24)
_HOUR = timedelta(hours=1)
_STEP = re.compile(r"(\d+)(s|m|h)?")
_UNITS = {"s": 1, "m": 60, "h": 3600, None: 1}


@dataclass(frozen=True, slots=True)
class Span:
    """A range of whole hours and the step between its samples."""

    start: datetime
    end: datetime
    step: timedelta

    @property
    def halves(self) -> tuple[Span, Span] | None:
        """Two shorter ranges that meet at a whole hour; None where it is an hour."""
        hours = (self.end - self.start) // _HOUR
        middle = self.start + _HOUR * (hours // 2)
        return None if hours < 2 else (Span(self.start, middle, self.step), Span(middle, self.end, self.step))

    def pages(self) -> Iterator[Span]:
        """Ranges of a day at most, or of as many hours as an answer has points for."""
        length = min(_LONGEST_PAGE, (MOST_POINTS - 1) * self.step // _HOUR * _HOUR)
        start = self.start
        while start < self.end:
            end = min(start + length, self.end)
            yield Span(start, end, self.step)
            start = end


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: what was asked, over which range, the bytes as they came, and how many samples are in it."""

    query: str
    span: Span
    text: str
    samples: int

    @property
    def file_name(self) -> str:
        """A name that says what and when."""
        name = re.sub(r"[^A-Za-z0-9_]+", "-", self.query).strip("-")[:60]
        return f"prometheus-{name}-{self.span.start:%Y%m%dT%H}-{self.span.end:%Y%m%dT%H}.json"


def span_of(start: datetime, end: datetime, step: str) -> Span:
    """The range from one whole hour to another. Raises Misuse for what is none, and a step that divides no hour."""
    for name, instant in (("from", start), ("to", end)):
        if instant != instant.replace(minute=0, second=0, microsecond=0):
            raise Misuse(f"--{name} {instant:%Y-%m-%dT%H:%M} is no whole hour", "readings are by the hour: give T08:00")
    if start >= end:
        raise Misuse(f"the range ends at {end:%Y-%m-%dT%H:%M}, where it begins or before", "give --from before --to")
    if end > datetime.now(UTC):
        raise Misuse(f"--to {end:%Y-%m-%dT%H:%M} is not over yet", "give the last whole hour, or leave --to out")
    found = _STEP.fullmatch(step.strip())
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not seconds or 3600 % seconds or seconds > 3600:
        raise Misuse(f"--step {step} is no step that divides an hour", "give seconds or minutes: 15s, 60s, 5m")
    return Span(start, end, timedelta(seconds=seconds))


class Prometheus:
    """A server of Prometheus, or of what answers as it does (Thanos, Mimir, VictoriaMetrics)."""

    def __init__(self, server: Server) -> None:
        """Raises Misuse for an address that is none."""
        self.asking = Asking(server)

    def pages(self, query: str, span: Span) -> Iterator[Page]:
        """The answers over a range, each small enough for a file; those in which nothing can be measured are left out.

        Raises Unanswered where one is not whole: what a server of several stores did not reach would count as nothing.
        """
        for page in span.pages():
            yield from self._small(query, page)

    def _small(self, query: str, span: Span) -> Iterator[Page]:
        answer = self._asked(query, span)
        if answer.samples > MOST_SAMPLES and span.halves is not None:
            for half in span.halves:
                yield from self._small(query, half)
        elif answer.samples:
            yield answer

    def _asked(self, query: str, span: Span) -> Page:
        """One answer; its samples are 0 where no series has two of them."""
        asked = {
            "query": query, "start": str(int(span.start.timestamp())), "end": str(int(span.end.timestamp())),
            "step": str(int(span.step.total_seconds())),
        }  # fmt: skip
        document, text = self.asking.whole("/api/v1/query_range", asked)
        data = document.get("data") if isinstance(document, Mapping) else None
        if not isinstance(data, Mapping) or data.get("resultType") != "matrix":
            raise Misuse(
                "the answer is none of Prometheus", "give the address without /api, with its path if it has one"
            )
        if warnings := document.get("warnings"):
            words = "; ".join(str(one) for one in warnings)[:300]
            raise Unanswered(f"the answer may not be whole: {words}", "ask again when all its stores are there")
        lengths = [len(series.get("values", ())) for series in data.get("result", ()) if isinstance(series, Mapping)]
        return Page(query, span, text, sum(lengths) if any(length > 1 for length in lengths) else 0)


def server_of(url: str, environ: Mapping[str, str]) -> Server:
    """The server at an address; who asks is in `GHG_PROMETHEUS_TOKEN`, or `…_USERNAME` and `…_PASSWORD`."""
    user, password = environ.get("GHG_PROMETHEUS_USERNAME"), environ.get("GHG_PROMETHEUS_PASSWORD")
    return Server(
        "Prometheus", url, token=environ.get("GHG_PROMETHEUS_TOKEN"),
        user=(user, password) if user and password else None,
        sign_in="set GHG_PROMETHEUS_TOKEN, or GHG_PROMETHEUS_USERNAME and GHG_PROMETHEUS_PASSWORD",
    )  # fmt: skip


def selected(metric: str, match: str | None) -> str:
    """A metric with a selector of labels, as cluster="a"."""
    return metric if not match else f"{metric}{{{match}}}"
