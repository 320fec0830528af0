"""Recording: staged rows become activities, keys, slices and choices of one batch, as sets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ledger.calculation.choices import make_choices
from ledger.calculation.instruments import country_market
from ledger.calculation.policy import Policy, policy
from ledger.calculation.sql_text import sql
from ledger.errors import Damage
from ledger.store import Session, Writing, as_arrow
from ledger.store.append import software_version
from ledger.store.tables import (
    Activity,
    ActivityDetail,
    ActivityParameter,
    ActivitySlice,
    Calculation,
    Choice,
    ChoiceKey,
    Entry,
)
from schemas.columns import COLUMNS
from schemas.term_columns import OWN_UNIT, TERMS
from schemas.vocabulary import TermBasis

if TYPE_CHECKING:
    import pyarrow as pa

KEY_COLUMNS = tuple(name for name in ChoiceKey.model_fields if name not in ("batch_no", "seq", "key_no"))
_PLACES = ("market_boundary",)
_TERM_COLUMNS = (*TERMS, "term_basis", "term_source")
RAW_COLUMNS = ("facility_id", *(name for name in KEY_COLUMNS if name not in _PLACES))
"""What is given on a row and decides its key; the market comes from the facility."""


def column_type(table: type[Entry], name: str) -> str:
    """The SQL type of a column of a table."""
    return str(table.__table__.columns[name].type.compile())  # type: ignore[attr-defined]


def stage_parts(s: Session, parts: list[Path], after: int = 0, given: dict[str, str] | None = None) -> int:
    """Make view `stage` over Parquet parts, with every column of activity and detail; gives the row count.

    Columns that the upload does not have are null, those in ``given`` have that text on every row. ``seq``
    numbers the rows from 1 in file order; in the ledger they follow the ``after`` activities of the batch. That none is
    there twice shows when the batch is hashed.
    """
    fixed = given or {}
    files = ", ".join("'" + str(part).replace("'", "''") + "'" for part in parts)
    source = f"read_parquet([{files}])"
    held = [row[0] for row in s.rows(f"describe select * from {source}")]
    columns = []
    for table in (Activity, ActivityDetail):
        for name in _own_columns(table):
            made = f'"{name}"' if name in held else f"null::{column_type(table, name)}"
            if name in fixed:
                made = "'" + fixed[name].replace("'", "''") + "'"
            columns.append(f'{made} as "{name}"')
    columns += [f'"{name}"' for name in _TERM_COLUMNS if name in held]
    s.run(f"create or replace temp view stage as select seq + {int(after)} as seq, {', '.join(columns)} from {source}")
    count, first, last = s.one(f"select count(*), min(seq), max(seq) from {source}")
    if count and not (first == 1 and last == count):
        raise Damage("the parts of an upload are not numbered from 1 without gaps", "give the file again")
    return int(count)


def record_activities(writing: Writing, *, summed: bool = False) -> None:
    """Put the rows of `stage` into the batch, under the numbers reserved for them, with keys, slices and choices.

    Where the header has the sums of the file by calorific basis (``summed``), the key alone says it of a row.
    """
    s = writing.s
    rules = policy(s)
    s.run(sql("slices"))
    given = deciding_columns(s)
    make_raw_keys(s, given)
    with s.given(country_market=country_market()):
        s.run(sql("resolved_key"))
    _add_keys(writing)
    matched = s.match_sql("raw_key", given, "k", "t")
    values = ", ".join(f't."{name}"' for name in _own_columns(Activity) if name != "key_no")
    writing.insert_numbered(
        Activity,
        f"select t.seq, {values}, k.key_no from stage t left join key_of_raw k on k.month = t.month and {matched}",
    )
    writing.hash_ahead()
    _add_details(writing, summed=summed)
    _add_parameters(writing)
    writing.insert(
        ActivitySlice,
        f"select {writing.batch_no} as activity_batch, c.seq as activity_seq, k.key_no, c.month, c.days_in, c.days_of, "
        f"c.quantity from stage_slice c join stage t using (seq) join key_of_raw k on k.month = c.month and {matched}",
        "activity_seq, month",
    )
    add_choices(writing, rules, f"select * from choice_key where batch_no = {writing.batch_no}", "upload")


def record_parameters(writing: Writing, parameters: pa.Table) -> int:
    """Record the terms of formulas, each with the row of `stage` that its line made; gives their count.

    A term finds its row by sheet and line, and where it names them by facility, type and first day.
    """
    alike = " and ".join(
        f'(p."{name}" is null or p."{name}" is not distinct from t."{name}")'
        for name in ("facility_id", "activity_type", "period_start") if name in parameters.column_names
    )  # fmt: skip
    with writing.s.given(terms=parameters):
        return writing.insert(
            ActivityParameter,
            f"select {writing.batch_no} as activity_batch, t.seq as activity_seq, p.name, p.value, p.unit, p.basis, "
            "p.source from terms p join stage t on t.source_line = p.source_line "
            f"and t.sheet is not distinct from p.sheet {'and ' + alike if alike else ''}",
            "activity_seq, name",
        )


def add_choices(writing: Writing, rules: Policy, keys: str, reason: str) -> int:
    """Decide the keys that a SELECT gives and record the choices, with the calculation that made them."""
    s = writing.s
    s.run(f"create or replace temp table wanted_key as {keys}")
    if s.one("select count(*) from wanted_key")[0] == 0:
        return 0
    number = add_calculation(writing, rules, reason)
    make_choices(s, rules)
    columns = ", ".join(f"n.{name}" for name in Choice.model_fields if name not in _GIVEN_BY_WRITER)
    s.run(
        "create or replace temp table choice_place as "
        "select rowid as of_row, row_number() over (order by key_no, line, method, book) as place from new_choice"
    )
    return writing.insert_placed(
        Choice,
        f"{number} as calculation_no, null::varchar as instrument_id, 1 as sign, null::bigint as reverses_batch, "
        f"null::integer as reverses_seq, {columns}",
        "new_choice n join choice_place p on p.of_row = n.rowid",
    )


_GIVEN_BY_WRITER = ("batch_no", "seq", "calculation_no", "instrument_id", "sign", "reverses_batch", "reverses_seq")


def add_calculation(writing: Writing, rules: Policy, reason: str, allocation_year: int | None = None) -> int:
    """Record what a calculation runs with; gives its number (1, 2, … over the ledger)."""
    s = writing.s
    number = int(s.one("select coalesce(max(calculation_no), 0) + 1 from calculation")[0])
    datasets = s.one(
        "select coalesce(string_agg(distinct dataset || ' ' || version, '; ' order by dataset || ' ' || version), '') "
        "from factor_dataset"
    )[0]
    catalogue_root = s.one("select entries_root from batch where batch_no = (select max(batch_no) from activity_line)")[
        0
    ]
    row = {
        "calculation_no": number, "datasets": datasets, "gwp_set": rules.gwp_set, "gwp_policy": rules.gwp_policy,
        "allocation_year": allocation_year, "time_basis": rules.time_basis, "catalogue_root": catalogue_root,
        "software_version": software_version(), "reason": reason,
    }  # fmt: skip
    writing.insert_rows(Calculation, as_arrow(Calculation, [row]))
    return number


def add_period_totals(writing: Writing) -> None:
    """Add what this batch changes of the sums by month, entity, facility, key and instrument."""
    total_periods(writing.s, writing.batch_no)


def total_periods(s: Session, batch_no: int) -> None:
    """The sums of one batch, made from its rows."""
    s.run(
        "insert into period_total select ?, month, legal_entity_id, facility_id, key_no, instrument_id, allocated, "
        "sum(quantity)::decimal(38,6), sum(n) from quantity_row where quantity_batch = ? "
        "group by month, legal_entity_id, facility_id, key_no, instrument_id, allocated",
        [batch_no, batch_no],
    )


def _own_columns(table: type[Entry]) -> tuple[str, ...]:
    """The columns that come from the row itself."""
    skipped = {"batch_no", "seq", "activity_batch", "activity_seq"}
    return tuple(name for name in table.model_fields if name not in skipped)


def present_columns(s: Session, names: tuple[str, ...]) -> list[str]:
    """Of the named columns of the stage, those that hold anything: only they need to be joined on."""
    counts = s.one("select " + ", ".join(f'count("{name}")' for name in names if name != "month") + " from stage")
    named = [name for name in names if name != "month"]
    return [name for name, count in zip(named, counts, strict=True) if count]


def deciding_columns(s: Session) -> list[str]:
    """What the rows of `stage` give that may decide a key: suppliers do where any of them has a factor of its own.

    Thousands of suppliers of whom none has one would make a combination of nearly every row.
    """
    names = present_columns(s, RAW_COLUMNS)
    served = "supplier" in names and s.rows(
        "select 1 from emission_factor where supplier in (select distinct supplier from stage) limit 1"
    )
    return [name for name in names if name != "supplier" or served]


def make_raw_keys(s: Session, given: list[str]) -> None:
    """Temp table raw_key: the distinct combinations that rows and slices give, numbered; absent columns null."""
    listed = ", ".join(f't."{name}"' for name in given)
    absent = "".join(
        f', null::{column_type(ChoiceKey if name in ChoiceKey.model_fields else Activity, name)} as "{name}"'
        for name in RAW_COLUMNS
        if name not in given and name != "month"
    )
    s.run(
        f"create or replace temp table raw_key as select row_number() over () as raw_no, *{absent} from ("
        f"select distinct {listed}, t.month from stage t where t.month is not null "
        f"union select distinct {listed}, c.month from stage_slice c join stage t using (seq))"
    )


def _add_keys(writing: Writing) -> None:
    """Add the keys not yet known; temp table key_of_raw maps what was given to its key."""
    s = writing.s
    matched = " and ".join(f'k."{name}" is not distinct from r."{name}"' for name in KEY_COLUMNS)
    columns = ", ".join(f'r."{name}"' for name in KEY_COLUMNS)
    known = int(s.one("select coalesce(max(key_no), 0) from choice_key")[0])
    s.run(
        "create or replace temp table new_key as "
        "select row_number() over (order by all_columns) as place, * exclude (all_columns) from ("
        f"select distinct {columns}, row({columns})::varchar as all_columns from raw_resolved r "
        f"anti join choice_key k on {matched})"
    )
    writing.insert_placed(ChoiceKey, f"{known} + place as key_no, * exclude (place)", "new_key")
    s.run(
        "create or replace temp table key_of_raw as select w.*, k.key_no from raw_key w "
        f"join raw_resolved r using (raw_no) join choice_key k on {matched}"
    )


def _add_details(writing: Writing, *, summed: bool) -> None:
    """A detail row only where something rare was given; a basis that is summed is in the key of each row with one."""
    names = present_columns(writing.s, _own_columns(ActivityDetail))
    if not names:
        return
    given_by_key = {"calorific_basis": "case when month is null then calorific_basis end"} if summed else {}
    anything = ", ".join(given_by_key.get(name, f'"{name}"::varchar') for name in names)
    given = ", ".join(f'"{name}"' for name in names)
    writing.s.run(
        f"create or replace temp table rare as select row_number() over (order by seq) as place, seq, {given} "
        f"from stage where coalesce({anything}) is not null"
    )
    absent = "".join(
        f', null::{column_type(ActivityDetail, name)} as "{name}"'
        for name in _own_columns(ActivityDetail) if name not in names
    )  # fmt: skip
    writing.insert_placed(  # the columns without values come to it after the numbers: they cost as much as others
        ActivityDetail, f"{writing.batch_no} as activity_batch, seq as activity_seq, {given}{absent}", "rare"
    )
    writing.s.run("drop table rare")


def _add_parameters(writing: Writing) -> None:
    """The terms of derived rows, each with its unit and how it is known: what their quantity is recomputed from."""
    held = {row[0] for row in writing.s.rows("describe stage")}
    terms = [name for name in TERMS if name in held]
    if not terms:
        return
    basis = f"coalesce({'term_basis' if 'term_basis' in held else 'null'}, '{TermBasis.STATED.value}')"
    source = "term_source" if "term_source" in held else "null::varchar"
    listed = " union all ".join(
        f"select seq as activity_seq, '{name}' as name, \"{name}\" as value, "
        f"{'unit_given' if name in OWN_UNIT else _literal(COLUMNS[name].unit or 'money')} as unit, "
        f'{basis} as basis, {source} as source from stage where formula is not null and "{name}" is not null'
        for name in terms
    )
    writing.insert(
        ActivityParameter, f"select {writing.batch_no} as activity_batch, * from ({listed})", "activity_seq, name"
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
