"""The shipped factors without a ledger: the same tables in memory, for a question that is not posted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ledger import shipped
from ledger.factors.datasets import shipped_datasets, text_rows, typed_rows
from ledger.factors.publish import CATALOGUE_FILES, is_table, typed_factors
from ledger.store import Arrow, Session
from ledger.store.scratch import scratch
from ledger.store.tables import ChoiceKey, EmissionFactor, Entry, FactorDataset, FactorGas, Gwp, Metric, Setting


@contextmanager
def shipped_factors(activity_type: str) -> Iterator[Session]:
    """A session over the catalogue, the GWP values, and every shipped factor that an activity type may take.

    It has no settings, so the defaults hold (AR6, publishers' totals as they stand), and no exchange rates: it is for
    physical quantities.
    """
    lines = text_rows(shipped.path("data") / "activity_lines.csv")
    wanted = {line["factor_activity_type"] for line in lines if line["activity_type"] == activity_type}
    rows: dict[type[Entry], list[Arrow]] = {
        table: [typed_rows(table, [dict(row) for row in text_rows(shipped.path("data") / name)])]
        for name, table in CATALOGUE_FILES.items()
    }
    for dataset in shipped_datasets():
        texts = text_rows(dataset.csv_path)
        if dataset.name == "gwp":
            named = [{**row, "gwp_set": row["set"], "horizon_years": row["horizon"]} for row in texts]
            rows.setdefault(Gwp, []).append(typed_rows(Gwp, named))
        if is_table(dataset.name):
            continue
        kept = [row for row in texts if row["activity_type"] in wanted]
        if kept:
            ids = {row["factor_id"] for row in kept}
            gases = text_rows(dataset.gases_path) if dataset.gases_path.exists() else []
            made = typed_factors(dataset.source, kept, [gas for gas in gases if gas["factor_id"] in ids])
            for table, part in made.items():
                rows.setdefault(table, []).append(part)
    tables: tuple[type[Entry], ...] = (
        *CATALOGUE_FILES.values(), FactorDataset, EmissionFactor, FactorGas, Gwp, Metric, Setting, ChoiceKey,
    )  # fmt: skip
    with scratch(tables, rows) as s:
        yield s
