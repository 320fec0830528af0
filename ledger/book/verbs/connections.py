"""Live systems: what they wrote is taken in exactly once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.book.verbs.book import Book
from ledger.tabular import Rows

if TYPE_CHECKING:
    from ledger.book.live.connected import MlflowResult, PrometheusResult
    from ledger.book.results import GridResult, SpoolResult
    from ledger.inventory.hourly.grid_now import GridNow
    from ledger.inventory.hourly.grid_series import GridSeries


class Connections(Book):
    """Live systems: what they wrote is taken in exactly once."""

    __slots__ = ()

    def connect_spool(
        self,
        folder: Path | str,
        *,
        choices: Mapping[str, str] | None = None,
        check: bool = False,
        replace: bool = False,
        reason: str | None = None,
    ) -> SpoolResult:
        """Take in the lines that `ghg-track` wrote into a folder: each file is an upload, and a batch where it is new.

        Files stay as they are, and may grow: lines that the ledger has alike are passed over. A file that is refused
        keeps no other from being taken.

        Args:
            folder: with the files, one for each run, rank and attempt.
            choices: what the lines leave open: `stage`, `facility_id`, `country`, `unfinished` …
            check: say what would happen and write nothing.
            replace: let a record take the place of an earlier one of the same identity; needs a ``reason``.
            reason: why.

        Raises Misuse where there is no such folder, or no file of `ghg-track` in it.
        """
        from ledger.book.live.files import connected_spool

        return connected_spool(self, Path(folder), choices or {}, check=check, replace_earlier=replace, reason=reason)

    def connect_grid(
        self,
        zone: str,
        *,
        first: datetime | None = None,
        after: datetime | None = None,
        latest: bool = False,
        history: bool = False,
        forecast: bool = False,
        hours: int | None = None,
        source: str = "electricity-maps",
        basis: str = "direct",
        granularity: str | None = None,
        estimates: bool = True,
        shares: bool = False,
        url: str | None = None,
        check: bool = False,
        keep: Path | str | None = None,
    ) -> GridResult:
        """Ask a service how clean a zone's grid was, is or will be, and record it with when it was fetched.

        What it answers is an upload: its bytes are evidence, the same values are recorded once, and revised ones are a
        new revision. The token of Electricity Maps is read from `GHG_ELECTRICITY_MAPS_TOKEN` and written nowhere.

        Args:
            zone: key of the zone, as `DE` or `US-CAL-CISO`.
            first: first instant of a span of measured values, with an offset.
            after: its end, exclusive.
            latest: the present value.
            history: the last 24 hours.
            forecast: what is to come.
            hours: how far the forecast shall reach: 6, 24, 48 or 72, in Britain 24 or 48.
            source: `electricity-maps` or `uk-carbon-intensity`.
            basis: `direct` (generation alone, the basis of Scope 2) or `life_cycle`.
            granularity: `hourly`, `5_minutes`, `15_minutes`, `daily`; the service's usual one where left out.
            estimates: take values that the service estimates, which are flagged so.
            shares: ask for the carbon-free and the renewable share too.
            url: address of the service, where it is another.
            check: say what would happen and write nothing.
            keep: write the answers to this file too.

        Raises Misuse for what cannot be asked, and where the service refuses token, zone or terms; Unanswered where it
        gives no answer that can be read, or is busy also when asked again (then with exit code 75).
        """
        from ledger.book.live.grid import connected_grid
        from ledger.connectors.grid import Wish

        wish = Wish(zone, source, first, after, latest=latest, history=history, forecast=forecast, hours=hours,
                    basis=basis, granularity=granularity, estimates=estimates, shares=shares)  # fmt: skip
        return connected_grid(self, wish, url, check=check, keep=None if keep is None else Path(keep))

    def grid_forecast(
        self, zone: str, issued_before: datetime, *, after: datetime | None = None, basis: str | None = None,
        signal: str = "average", at: int | None = None,
    ) -> GridSeries | None:  # fmt: skip
        """The newest forecast of a zone's intensity that was issued at an instant or before, as it was frozen here.

        None where the ledger holds none. ``after`` leaves out what ends at that instant or before; ``basis`` is
        `direct` or `life_cycle`, the newest of either where left out; ``at`` is a number of batches.

        Raises Misuse for an instant without an offset.

        ``issued_before`` is that instant; ``signal`` is average, marginal or fossil_only. Values in g CO2e/kWh.
        """
        from ledger.inventory.hourly.grid_series import grid_forecast
        from ledger.store import session

        with session(self.path) as s:
            return grid_forecast(s, zone, issued_before, after=after, basis=basis, signal=signal, at=at)

    def grid_actual(
        self, zone: str, first: datetime, after: datetime, *, basis: str | None = None, signal: str = "average",
        at: int | None = None,
    ) -> GridSeries | None:  # fmt: skip
        """What was measured of a zone's intensity from an instant to another (exclusive); None where nothing is held.

        Arguments and errors are those of :meth:`grid_forecast`.

        ``first`` and ``after`` have an offset; ``basis`` and ``signal`` choose among several. Raises Misuse for a span
        that ends before it begins.
        """
        from ledger.inventory.hourly.grid_series import grid_actual
        from ledger.store import session

        with session(self.path) as s:
            return grid_actual(s, zone, first, after, basis=basis, signal=signal, at=at)

    def forecast_zones(self, batch: int) -> tuple[str, ...]:
        """The zones of which a batch brought forecasts, to ask what to do with them; none of one that brought none.

        ``batch`` is its number, as an upload answers it.
        """
        from ledger.inventory.hourly.grid_series import forecast_zones
        from ledger.store import session

        with session(self.path) as s:
            return forecast_zones(s, batch)

    def grid_now(self, now: datetime, zones: Sequence[str] = (), *, most: int = 6) -> Rows[GridNow]:
        """Grids at an instant: the present intensity, the day before, and the newest forecast, as they are held.

        Args:
            now: the instant, with an offset.
            zones: which ones; those with the newest values where none are named.
            most: how many at most.
        """
        from ledger.inventory.hourly import grid_now, grid_zones
        from ledger.inventory.hourly.grid_now import GridNow
        from ledger.store import session

        with session(self.path) as s:
            named = (*zones, *(zone for zone in grid_zones(s, most) if zone not in zones))[:most]
            return Rows((grid_now(s, zone, now) for zone in named), GridNow)

    def connect_mlflow(
        self,
        uri: str,
        *,
        experiments: Sequence[str] = (),
        since: date | None = None,
        choices: Mapping[str, str] | None = None,
        from_tags: bool = False,
        everything: bool = False,
        tag: bool = False,
        check: bool = False,
    ) -> MlflowResult:
        """Take in the runs of an MLflow store that have ended, each once, whatever their number.

        Args:
            uri: a tracking server (http, https), a folder of runs, or a database that MLflow opens.
            experiments: their names or ids; all where empty.
            since: runs that ended on or after this day, in UTC.
            choices: what runs leave open: `stage`, `facility_id`, `country`, `pue`, `metric` …
            from_tags: take runs of `ghg-track` by what it wrote onto them, where their lines are lost.
            everything: take runs that tell no energy too, as not quantified.
            tag: write the entry and the kilograms of every run that the ledger has onto it.
            check: say what would happen and write nothing, here or there.

        Raises Misuse for an address that is no store of MLflow or lets nobody in, Unanswered where none is reached.
        """
        import os

        from ledger.book.live.mlflow import Wish, connected_mlflow
        from ledger.connectors.mlflow import store_of

        wish = Wish(experiments, since, from_tags, everything, tag, check)
        return connected_mlflow(self, store_of(uri, os.environ), choices or {}, wish)

    def connect_prometheus(
        self,
        url: str,
        queries: Sequence[str],
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        step: str = "60s",
        match: str | None = None,
        choices: Mapping[str, str] | None = None,
        check: bool = False,
    ) -> PrometheusResult:
        """Take in what meters of energy told Prometheus: readings by the hour, each answer a file that is evidence.

        Args:
            url: of the server, without `/api`.
            queries: `dcgm`, `kepler`, `kepler-platform`, or expressions of PromQL that keep the metric's name.
            start: a whole hour; where the ledger's readings of these metrics end, where None.
            end: a whole hour that is over; the last one where None.
            step: between two samples; it divides an hour.
            match: a selector of labels for the named queries.
            choices: what samples leave open: `facility_id`, `cluster`, `country` …
            check: say what would happen and write nothing.

        Raises Misuse for a range or an address that is none, Unanswered where the server gives no whole answer.
        """
        import os

        from ledger.book.live.prometheus import Wish, connected_prometheus
        from ledger.connectors.prometheus import server_of

        wish = Wish(queries, match, start, end, step, check)
        return connected_prometheus(self, server_of(url, os.environ), choices or {}, wish)
