"""Finding factors in a ledger by words, and showing one whole."""

from __future__ import annotations

import csv
import functools
import json
from decimal import Decimal
from typing import Any

from ledger import shipped
from ledger.errors import Misuse
from ledger.factors.datasets import shipped_datasets
from ledger.store import Session

_FOUND = """
with factor as (
    select *, concat_ws(' ', country, $names[list_position($codes, country)]) as place from emission_factor
    qualify row_number() over (partition by factor_id order by batch_no desc, seq desc) = 1
)
select f.factor_id, f.dataset, f.edition, f.activity_type, f.classification_code, f.line, f.kind, f.country, f.region,
       f.per_unit, f.calorific_basis, f.valid_from, f.valid_to, f.co2e_published_kg_per_unit, f.co2_kg_per_unit,
       f.gwp_set, f.verification, f.licence, f.source_cell
from factor f
where list_bool_and(list_transform($words, lambda word: concat_ws(' ', f.factor_id, f.activity_type, f.dataset,
      f.place, f.region, f.classification_code, f.line, f.edition) ilike '%' || word || '%'))
order by list_has_any(string_split(lower(f.place), ' '), $words) desc,
         list_bool_or(list_transform($words, lambda word: starts_with(f.activity_type, word))) desc,
         f.activity_type, f.line, f.country nulls last, f.region, f.edition desc,
         f.valid_from desc nulls last, f.factor_id
limit $limit
"""


def found_factors(s: Session, words: str, limit: int) -> list[dict[str, Any]]:
    """Factors that have every one of the words somewhere; kg per their own unit.

    A place is found by its code of two or three letters and by its name. First come those of which a word is the place,
    then those whose activity begins with a word: `electricity DE` finds Germany's current before a dataset `desnz`.
    """
    codes, names = _places()
    given = {"words": words.casefold().split() or [""], "limit": limit, "codes": codes, "names": names}
    result = s.con.execute(_FOUND, given)
    columns = [column[0] for column in result.description]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


@functools.cache
def _places() -> tuple[list[str], list[str]]:
    """ISO 3166 codes, and beside each its code of three letters and its name."""
    with (shipped.path("data") / "countries.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["country"] for row in rows], [f"{row['alpha_3']} {row['name']}" for row in rows]


def factor_record(s: Session, factor_id: str) -> dict[str, Any]:
    """One factor with every column that it fills, its dataset, and its species. Raises Misuse where there is none."""
    result = s.con.execute(
        "select * from emission_factor where factor_id = ? order by batch_no desc, seq desc limit 1", [factor_id]
    )
    names = [column[0] for column in result.description]
    rows = result.fetchall()
    if not rows:
        fix = "look for it with: ghg factors search WORDS"
        raise Misuse(f"this ledger has no factor '{factor_id}'", fix, code="not-found")
    record = {name: value for name, value in zip(names, rows[0], strict=True) if value is not None}
    species: list[tuple[str, Decimal, str]] = [
        (row[0], row[1], row[2])
        for row in s.rows("select species, value, value_as from factor_gas where factor_id = ? order by 1", [factor_id])
    ]
    if species:
        record["species"] = [{"species": name, "value": value, "as": value_as} for name, value, value_as in species]
    record["history"] = _history(s, factor_id)
    record["evidence"] = _evidence(s, record["batch_no"])
    source = s.rows(
        "select title, publisher, attribution, caveats from factor_dataset where dataset = ? "
        "order by batch_no desc limit 1",
        [record["dataset"]],
    )
    if source:
        record.update(zip(("title", "publisher", "attribution", "caveats"), source[0], strict=True))
    return record


def _history(s: Session, factor_id: str) -> list[dict[str, Any]]:
    """Every version of a factor, the first one first: entry, edition, figures, what it takes the place of and why."""
    columns = "edition, version, verification, co2e_published_kg_per_unit, co2_kg_per_unit, supersedes, erratum"
    rows = s.rows(
        f"select concat('B', f.batch_no, '-', f.seq), b.recorded_at::date, {columns} from emission_factor f "
        "join batch b using (batch_no) where factor_id = ? order by f.batch_no, f.seq",
        [factor_id],
    )
    names = ["entry", "recorded", *columns.split(", ")]
    return [
        {name: value for name, value in zip(names, row, strict=True) if value is not None} for row in rows
    ]  # fmt: skip


def _evidence(s: Session, batch_no: int) -> dict[str, Any]:
    """The file that the factor came with: name, digest and size, and who recorded it; evidence holds its bytes."""
    row = s.one("select source_name, source_sha256, source_bytes, actor from batch where batch_no = ?", [batch_no])
    return dict(zip(("file", "sha256", "bytes", "recorded_by"), row, strict=True))


def published_datasets(s: Session) -> list[dict[str, Any]]:
    """Every dataset of the ledger: edition, publisher, licence, batch, and how many factors it holds."""
    result = s.con.execute(
        "select d.dataset, d.edition, d.version, d.publisher, d.licence, d.verification, d.batch_no as batch, "
        "count(f.factor_id) as factors from factor_dataset d left join emission_factor f "
        "on f.dataset = d.dataset and f.batch_no = d.batch_no group by all order by 1, 2, 3"
    )
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def dataset_record(s: Session, name: str) -> dict[str, Any] | None:
    """The source record of a dataset of this ledger as it was published last, with every batch; None without one."""
    result = s.con.execute(
        "select d.*, b.recorded_at, b.actor as recorded_by, b.source_name, b.reason from factor_dataset d "
        "join batch b using (batch_no) where dataset = ? order by batch_no desc, d.seq desc",
        [name],
    )
    names = [column[0] for column in result.description]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    if not rows:
        return None
    counts = "count(distinct factor_id), min(valid_from), max(valid_to)"
    factors, first, last = s.one(f"select {counts} from emission_factor where dataset = ?", [name])
    told = ("batch_no", "edition", "version", "recorded_at", "recorded_by", "source_name", "reason")
    batches = [{key: row[key] for key in told} for row in rows]
    caveats = json.loads(rows[0]["caveats"] or "[]")
    return rows[0] | {"factors": factors, "valid_from": first, "valid_to": last, "batches": batches, "caveats": caveats}


def available_datasets(s: Session) -> list[dict[str, Any]]:
    """The shipped datasets that this ledger does not have, by name, as their records say."""
    held = {row[0] for row in s.rows("select distinct dataset from factor_dataset")}
    return [
        {"dataset": found.name} | {name: found.source.get(name) for name in _RECORD}
        for found in shipped_datasets()
        if found.name not in held
    ]


_RECORD = ("edition", "version", "title", "publisher", "published", "licence", "redistributable", "attribution",
           "verification", "gwp_set", "life_cycle", "caveats", "valid_from", "valid_to", "source_sha256", "origin",
           "edition_basis")  # fmt: skip
