"""The shape of the file: tables from their classes, triggers that refuse change, and the posting view."""

from __future__ import annotations

from functools import cache

from sqlalchemy.schema import CreateTable
from sqlmodel import SQLModel

from ledger.store.session import Session
from ledger.store.tables import TABLES
from ledger.store.tables.choice import AMOUNTS_PER_UNIT

SCHEMA_VERSION = 3

QUANTITY_ROW = """
create view quantity_row as  -- whatever carries a quantity in one month
select batch_no as quantity_batch, batch_no as activity_batch, seq as activity_seq, key_no, month, legal_entity_id,
       facility_id, null::varchar as instrument_id, false as allocated, quantity,
       case when reverses_batch is null then 1 else -1 end as n
from activity where month is not null
union all
select s.batch_no, s.activity_batch, s.activity_seq, s.key_no, s.month, a.legal_entity_id, a.facility_id,
       null, false, s.quantity, case when a.reverses_batch is null then 1 else -1 end
from activity_slice s join activity a on a.batch_no = s.activity_batch and a.seq = s.activity_seq
union all
select batch_no, null, null, key_no, month, legal_entity_id, facility_id, instrument_id, true,
       (sign * quantity)::decimal(18,6), 0
from allocation
union all
select batch_no, null, null, key_no, month, legal_entity_id, facility_id, null, true,
       (-sign * quantity)::decimal(18,6), 0
from allocation
"""


def table_name(table: type[SQLModel]) -> str:
    """The name of a table in the file."""
    return str(table.__tablename__)


def amount_name(per_unit: str) -> str:
    """The name in a posting of a choice's amount: `co2_kg` from `co2_kg_per_unit`."""
    return per_unit.removesuffix("_per_unit")


def product_sql(quantity: str, per_unit: str, sign: str) -> str:
    """The exact product of a quantity and an amount per unit: scales 6 and 12 make 18, nothing is rounded."""
    return f"({sign} * {quantity} * {per_unit}::decimal(20,12))::decimal(38,18)"


def posting_view_sql() -> str:
    """The view `posting`: every quantity times every choice of its key, all gases in one row."""
    amounts = ",\n       ".join(
        f"{product_sql('q.quantity', 'c.' + name, 'c.sign')} as {amount_name(name)}" for name in AMOUNTS_PER_UNIT
    )
    return f"""
create view posting as  -- quantity x choice, exact
select q.quantity_batch, q.activity_batch, q.activity_seq, q.key_no, q.month, q.legal_entity_id, q.facility_id,
       q.instrument_id, q.allocated, q.quantity, q.n, c.batch_no as choice_batch, c.seq as choice_seq,
       c.calculation_no, c.book, c.method, c.line, c.scope, c.source_type, c.scope3_category, c.sub_line,
       c.iso_category, c.factor_id, c.reason_code, c.flags, c.gwp_set, c.sign, c.energy_source,
       {amounts}
from quantity_row q
join choice c on c.key_no = q.key_no and c.instrument_id is not distinct from q.instrument_id
     and (not q.allocated or (c.method = 'market' and c.line = 'energy'))
"""


def trigger_sql(name: str) -> tuple[str, ...]:
    """The statements that make a table append-only inside the engine (truncate counts as delete)."""
    return tuple(
        f"create trigger {name}_no_{verb} before {verb} on {name} for each statement "
        f"insert into refusal select error('append-only: {verb} of {name} is refused; add a correction instead')"
        for verb in ("update", "delete")
    )


def create_schema(s: Session) -> None:
    """Make every table, trigger and view in an empty file, all of them or none, and checkpoint it."""
    s.run("begin transaction")
    s.run(_schema_sql())
    s.run("commit")
    s.run("checkpoint")


def _schema_sql() -> str:
    """The statements of the whole schema."""
    made = ["create table refusal (reason varchar)"]
    for table in TABLES:
        made += [_table_sql(table), *trigger_sql(table_name(table))]
    return ";\n".join((*made, QUANTITY_ROW, posting_view_sql()))


@cache
def _table_sql(table: type[SQLModel]) -> str:
    """The statement that makes a table, written once in a process: to write them all takes a twentieth of a second."""
    from duckdb_sqlalchemy import Dialect

    return str(CreateTable(table.__table__).compile(dialect=Dialect()))  # type: ignore[attr-defined]
