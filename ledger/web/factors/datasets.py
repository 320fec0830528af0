"""Datasets of factors: published, shipped and withdrawn; records, editions side by side, and their effect."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.errors import Misuse
from ledger.factors.publish import is_table
from ledger.plain import visible
from ledger.web.factors.words import available_table, compared_table, effect_tables, published_table, used_table
from ledger.web.frame.forms import Posted
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.paging import SHOWN
from ledger.web.frame.tables import Column, Linked, Row, Table
from ledger.web.frame.workshop import Work, workshop

router = APIRouter()
_AFTER = "Figures change with the next recalculation."


@router.get("/factors/datasets")
def datasets(here: InPage) -> Response:
    """What is published, what is shipped and not published, and what is out of use."""
    withdrawn = here.read("policy").withdrawn_datasets
    available = here.read("available_datasets")
    tables = (published_table(here, here.read("datasets"), withdrawn), available_table(here, available))
    return here.page("factors/datasets.html.j2", title="Datasets", place="factors", available=available, tables=tables)


@router.get("/factors/used")
def used(here: InPage) -> Response:
    """What the figures of the period rest on, with the words that every output has to carry."""
    table = used_table(here, here.read("datasets_used", here.period, view=here.view))
    return here.page("factors/used.html.j2", title="Datasets used", place="factors", tables=(table,))


@router.post("/factors/datasets/publish")
def publish(here: InPage, form: Posted) -> Response:
    """Publish shipped datasets: those that are ticked."""
    names = form.many("dataset")
    if not names:
        raise Misuse("no dataset was chosen", "tick one; nothing was done")
    done = here.book.publish_factors(names)
    if done.batch is None:
        return here.go("/factors/datasets", "These are published already; nothing was written.", "attention")
    words = f"{done.counts['datasets']} published, with {done.entries} entries. {_AFTER}"
    return here.go(f"/factors/dataset/{names[0]}" if len(names) == 1 else "/factors/datasets", words)


@router.post("/factors/dataset/{name}/withdraw")
def withdraw(here: InPage, form: Posted, name: str) -> Response:
    """Take a dataset out of use, with a reason."""
    reason = form.text("reason", required="a withdrawal needs its reason", most=1_000)
    done = here.book.withdraw_dataset(name, reason=reason)
    return here.go(f"/factors/dataset/{name}", f"Withdrawn by batch {done.batch}. {_AFTER}")


@router.post("/factors/dataset/{name}/restore")
def restore(here: InPage, form: Posted, name: str) -> Response:
    """Put a withdrawn dataset back into use, with a reason."""
    reason = form.text("reason", required="to put it back needs its reason", most=1_000)
    done = here.book.withdraw_dataset(name, reason=reason, restore=True)
    return here.go(f"/factors/dataset/{name}", f"Back in use by batch {done.batch}. {_AFTER}")


@router.get("/factors/dataset/{name}")
def dataset(here: InPage, name: str) -> Response:
    """The record of a dataset, and another edition beside it where one is named."""
    record = here.read("dataset", name)
    others = _others(here, record)
    old = here.query("old")
    tables, found = [_batches(here, record)], 0
    if old:
        compared = here.read("compare_editions", name, old)
        found = len(compared)
        shown = compared if here.query("as") else compared[:SHOWN]
        tables.append(compared_table(here, shown, name, old))
    return here.page(
        "factors/dataset.html.j2", title=name, place="factors", d=record, others=others, old=old, found=found,
        most=SHOWN, tables=tables, is_table=is_table(name),
    )  # fmt: skip


@router.get("/factors/dataset/{name}/effect")
def effect(here: InPage, name: str) -> Response:
    """What a dataset would change, or does since it was published, in tonnes; nothing is written."""
    here.read("dataset", name)  # which must be there
    if is_table(name):
        raise Misuse(f"{visible(name)} holds no factors", "what it changes stands in the effect of a recalculation")
    book, size = here.book, here.read("checkpoint").size
    period = here.of.label if here.query("one") else None

    def computed(_: Work) -> Any:
        return book.edition_effect(name, period=period)

    begun = workshop(here.request).begin(here.person, computed, shared=True, key=("effect", name, period, size))
    work = begun.seen(2)
    done = not work.running and work.fault is None
    return here.page(
        "factors/effect.html.j2", title=f"Effect of {name}", place="factors", name=name, work=work, period=period,
        tables=effect_tables(here, work.answer) if done else (),
    )  # fmt: skip


def _others(here: Here, record: dict[str, Any]) -> list[tuple[str, str]]:
    """The other datasets that one can stand beside, those of the same publisher first, later editions first."""
    named = {row["dataset"]: row for row in (*here.read("available_datasets"), *here.read("datasets"))}
    own = record["publisher"]
    ranked = sorted(named, reverse=True)
    ranked.sort(key=lambda name: named[name]["publisher"] != own)
    others = [(name, name) for name in ranked if name != record["dataset"] and not is_table(name)]
    likely = bool(others) and named[others[0][0]]["publisher"] == own
    return others if likely else [("", "choose one"), *others]


def _batches(here: Here, record: dict[str, Any]) -> Table:
    columns = [
        Column("batch", "Batch", "code"), Column("when", "Recorded", "time"), Column("by", "By"),
        Column("edition", "Edition"), Column("version", "Version"), Column("file", "File"), Column("reason", "Reason"),
    ]  # fmt: skip
    rows = [
        Row({
            "batch": Linked(one["batch_no"], here.link(f"/batch/{one['batch_no']}")), "when": one["recorded_at"],
            "by": here.called(one["recorded_by"]), "edition": one["edition"],
            "version": one["version"], "file": one["source_name"], "reason": one["reason"],
        }) for one in record.get("batches", ())
    ]  # fmt: skip
    return Table("batches", "How it came", columns, rows, empty="It is shipped, and not published to this ledger yet.")
