"""The rows that hold the largest postings of a figure, found in one narrow pass before anything is joined to them.

A posting is quantity × kg per unit, and a key has few of the latter: no posting of a row is larger than its quantity
times the largest of its key. The rows that are first by this bound hold every one of the largest postings.
"""

from __future__ import annotations

from ledger.store import Session

ROWS, ACTIVITIES = "largest_row", "largest_activity"
"""Temp tables: the rows, with the columns of `quantity_row`, and the activities that they are of."""

_READ = (
    "batch_no", "seq", "external_id", "quantity_text", "period_start", "period_end", "invoice_id", "sheet",
    "source_line", "reverses_batch", "legal_entity_id", "facility_id", "supplier", "data_basis", "tags",
)  # fmt: skip
"""What a line tells of its activity: each column more is read from as many places of the file as there are lines."""

_GLANCE = 250_000
"""So many rows are looked at for a floor below the largest."""

_BELOW = 0.999999
"""The floor is reckoned in floats; it lies this much lower than they say."""

_NEAR_TIES = 64
"""More rows than are asked for: the bound is compared as a float, and their order is settled exactly."""


def make_largest_rows(s: Session, amount: str, on_choice: str, on_row: str, texts: dict[str, str], limit: int) -> None:
    """Make temp tables of the rows that hold the ``limit`` largest postings, and of every allocation.

    Args:
        s: a session in which temp table `pin` is made.
        amount: the column of `choice` that is multiplied.
        on_choice: which choices count; may read the key as `k`.
        on_row: which rows count, by columns that `activity`, called `a`, has.
        texts: the named texts of both conditions.
        limit: how many postings are wanted.
    """
    _make_bounded(s, amount, on_choice, on_row, texts, limit + _NEAR_TIES)
    s.run(
        f"""
        create or replace temp table largest as
        select distinct b.* from (
            select b.row_id, b.key_no, row_number() over (
                order by abs(b.quantity * c.{amount}::decimal(20,12)) desc, b.activity_batch, b.activity_seq) as place
            from bounded b join choice c on c.key_no = b.key_no and c.instrument_id is null and c.batch_no <= b.pin
            join choice_key k on k.key_no = c.key_no where c.{amount} is not null and {on_choice}
        ) p join bounded b using (row_id, key_no) where p.place <= {limit}
        """,
        _named(texts, on_choice),
    )
    listed = ", ".join(f"a.{name}" for name in _READ)
    s.run(
        f"create or replace temp table {ACTIVITIES} as select {listed} from activity a "
        "where a.rowid in (select row_id from largest)"
    )
    s.run(
        f"""
        create or replace temp table {ROWS} as
        select g.quantity_batch, g.activity_batch, g.activity_seq, g.key_no, k.month, a.legal_entity_id, a.facility_id,
               null::varchar as instrument_id, false as allocated, g.quantity,
               case when a.reverses_batch is null then 1 else -1 end as n
        from largest g join choice_key k on k.key_no = g.key_no
        join {ACTIVITIES} a on a.batch_no = g.activity_batch and a.seq = g.activity_seq
        union all select * from quantity_row where allocated
        """
    )


def _make_bounded(s: Session, amount: str, on_choice: str, on_row: str, texts: dict[str, str], count: int) -> None:
    """Make temp table `bounded`: the first rows by quantity times the largest kg per unit of their key."""
    apart = s.one("select count(*) from (select month from pin group by month having count(distinct pin) > 1)")[0]
    entity = "p.legal_entity_id" if apart else "null::varchar as legal_entity_id"
    same = "and w.legal_entity_id is not distinct from a.legal_entity_id" if apart else ""
    # A pin that no batch is beyond excludes nothing, and the pass need not read the batches.
    later = s.one("select (select max(batch_no) from batch) > (select min(pin) from pin)")[0]
    within = "and a.batch_no <= w.pin" if later else ""
    s.run(
        f"""
        create or replace temp table weight as
        select c.key_no, {entity}, max(p.pin) as pin, max(abs(c.{amount}))::double as bound
        from choice c join choice_key k using (key_no) join pin p on p.month = k.month
        where c.instrument_id is null and c.batch_no <= p.pin and c.{amount} is not null and {on_choice}
        group by all
        """,
        _named(texts, on_choice),
    )
    row = _named(texts, on_row)
    joined = f"from activity a join weight w on w.key_no = a.key_no {same} where {on_row} {within}"
    floor = _floor(s, joined, row, count)
    slices = ""
    if s.one("select count(*) from activity_slice")[0]:
        slices = (
            "union all select a.rowid, c.batch_no, a.batch_no, a.seq, c.key_no, c.quantity, w.pin, w.bound "
            "from activity_slice c join activity a on a.batch_no = c.activity_batch and a.seq = c.activity_seq "
            f"join weight w on w.key_no = c.key_no {same} where c.batch_no <= w.pin and {on_row}"
        )
    s.run(
        f"""
        create or replace temp table bounded as from (
            select a.rowid as row_id, a.batch_no as quantity_batch, a.batch_no as activity_batch,
                   a.seq as activity_seq, a.key_no, a.quantity, w.pin, w.bound
            {joined} {floor} {slices}
        )
        order by abs(quantity::double) * bound desc, activity_batch, activity_seq limit {count}
        """,
        row,
    )


def _floor(s: Session, joined: str, texts: dict[str, str], count: int) -> str:
    """SQL: a quantity below which no row can be among the first, told by the first rows of the file."""
    least, found, largest = s.one(
        f"select min(amount), count(*), (select max(bound) from weight) from (select abs(a.quantity::double) * w.bound "
        f"as amount {joined} and a.rowid < {_GLANCE} order by amount desc limit {count})",
        texts,
    )
    if found < count or not least or not largest:
        return ""
    floor = f"{least / largest * _BELOW:.6f}"
    return f"and not (a.quantity > -{floor} and a.quantity < {floor})"


def _named(texts: dict[str, str], *conditions: str) -> dict[str, str]:
    """The texts that conditions name."""
    return {name: text for name, text in texts.items() if any(f"${name}" in condition for condition in conditions)}
