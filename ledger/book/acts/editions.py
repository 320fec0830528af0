"""Editions of factors: what one would change before it is used, and taking a dataset out of use."""

from __future__ import annotations

from datetime import date
from typing import Any

from ledger.book.results import WriteResult
from ledger.book.verbs.book import Book
from ledger.errors import Misuse
from ledger.factors.overlay import lay_over
from ledger.factors.publish import chosen_datasets, factor_rows, is_table
from ledger.factors.search import available_datasets, dataset_record
from ledger.inventory.data_quality.editions import ComparedFactor, compared_editions
from ledger.inventory.periods.effect import Effect, planned_effect
from ledger.store import Session, Writing, append, as_arrow, session
from ledger.store.tables import Setting

WITHDRAWN = "withdrawn_datasets"


def effect_of_calculation(ledger: Book, period: str | None) -> Effect:
    """What `calculate` would change now, every cause together. Raises Misuse for a period that is none."""
    with session(ledger.path) as s:
        of = None if period is None else ledger._period(s, period)  # noqa: SLF001 — one facade in two files
        view = ledger._view(s, None)  # noqa: SLF001
        return planned_effect(s, of=of, view=view, subject="everything that is published and set, calculated anew")


def effect_of_dataset(ledger: Book, dataset: str, edition: str | None, period: str | None) -> Effect:
    """What a dataset would change: one that was published and not yet calculated with, or one that is only shipped.

    Raises Misuse for a dataset that is neither.
    """
    with session(ledger.path) as s:
        of = None if period is None else ledger._period(s, period)  # noqa: SLF001
        view = ledger._view(s, None)  # noqa: SLF001
        name, published = _named(s, dataset, edition)
        if not published:
            lay_over(s, factor_rows(next(found for found in chosen_datasets([name]) if found.name == name)))
        subject = f"{name}, " + ("published" if published else "shipped and not yet published")
        return planned_effect(s, of=of, dataset=name, subject=subject, view=view)


def dataset_with_state(s: Session, name: str) -> dict[str, Any]:
    """The record of a dataset and its state. Raises Misuse for one that this ledger lacks and that is not shipped."""
    from ledger.calculation.policy import policy

    record = dataset_record(s, name)
    if record is not None:
        return record | {"state": "withdrawn" if name in policy(s).withdrawn_datasets else "in use"}
    found = next((one for one in available_datasets(s) if one["dataset"] == name), None)
    if found is None:
        raise Misuse(f"there is no dataset '{name}' in this ledger, and none is shipped", "see ghg factors list",
                     code="not-found")  # fmt: skip
    return found | {"state": "available"}


def editions_beside(s: Session, new: str, old: str) -> tuple[ComparedFactor, ...]:
    """The factors of two datasets beside each other; what is only shipped is laid over this session alone.

    Raises Misuse for a dataset that is neither published nor shipped.
    """
    for dataset in (new, old):
        name, published = _named(s, dataset, None)
        if not published:
            lay_over(s, factor_rows(next(found for found in chosen_datasets([name]) if found.name == name)))
    return compared_editions(s, new, old)


def _named(s: Session, dataset: str, edition: str | None) -> tuple[str, bool]:
    """The dataset that is meant, and whether this ledger has it: `desnz-2025`, or `desnz` and `2025`."""
    held = {row[0] for row in s.rows("select distinct dataset from emission_factor")}
    tried = [dataset] if edition is None else [f"{dataset}-{edition}", dataset]
    for name in tried:
        if name in held:
            return name, True
    shipped = {found.name for found in chosen_datasets(()) if not is_table(found.name)}
    for name in tried:
        if name in shipped:
            return name, False
    raise Misuse(
        f"there is no dataset '{tried[0]}' in this ledger, and none is shipped",
        "see ghg factors list; for a publisher's file: ghg factors import FILE --check",
    )


def withdrawn(ledger: Book, dataset: str, reason: str, *, restore: bool = False) -> WriteResult:
    """Take a dataset out of use, or back into it: it stays readable, and does not win while it is withdrawn.

    What rests on it changes with the next `calculate`. Raises Misuse for a dataset that the ledger does not have,
    or where nothing would change.
    """
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "setting", reason=reason)  # noqa: SLF001
        if not s.rows("select 1 from factor_dataset where dataset = ? limit 1", [dataset]):
            raise Misuse(f"this ledger has no dataset '{dataset}'", "see ghg factors list")
        from ledger.calculation.policy import policy

        standing = set(policy(s).withdrawn_datasets)
        if (dataset in standing) is not restore:
            state = "in use" if restore else "withdrawn"
            raise Misuse(f"the dataset '{dataset}' is {state} already", "see ghg factors list")
        value = ",".join(sorted(standing ^ {dataset}))
        row = {"name": WITHDRAWN, "value": value, "valid_from": date(1900, 1, 1)}

        def fill(writing: Writing) -> None:
            writing.insert_rows(Setting, as_arrow(Setting, [row]))

        done = append(s, act, fill)
    return WriteResult(done.batch_no, done.entries, {"withdrawn": len(standing ^ {dataset})})
