"""Whether the rows of activity hold together: keys, months and slices, reversals, sums, allocations."""

from __future__ import annotations

from ledger.assurance.checks.instruments import check_instruments, markets
from ledger.assurance.checks.metered import check_metered
from ledger.assurance.verification import Faults, tell
from ledger.store import Session
from ledger.store.tables import Activity, ActivityDetail, ChoiceKey

_KEPT_IN_REVERSAL = tuple(
    name for name in Activity.model_fields
    if name not in ("batch_no", "seq", "quantity", "quantity_text", "reverses_batch", "reverses_seq")
)  # fmt: skip
_GIVEN = tuple(name for name in Activity.model_fields if name in ChoiceKey.model_fields and name not in (
    "batch_no", "seq", "key_no", "month"))  # fmt: skip
_DETAILED = tuple(name for name in ActivityDetail.model_fields if name in ChoiceKey.model_fields and name not in (
    "batch_no", "seq"))  # fmt: skip
_DEFAULTS = {"direction": "'consumed'"}
_BASIS = "calorific_basis"
_SUMMED = "try(json_extract(control_totals, '$.calorific'))"
"""SQL: the sums by unit and calorific basis that a header has of its file; null where it has none."""


def check_rows(s: Session, since: int, faults: Faults) -> None:
    """Every batch after ``since``: what its rows say of each other and of the sums made from them."""
    _check_reversals(s, since, faults)
    _check_slices(s, since, faults)
    check_metered(s, since, faults)
    _check_keys(s, since, faults)
    _check_period_totals(s, since, faults)
    _check_control_totals(s, since, faults)
    check_instruments(s, since, faults)


def _check_reversals(s: Session, since: int, faults: Faults) -> None:
    """A reversal is the exact negative of an earlier row that is none itself, and the only one of it."""
    differs = " or ".join(f'r."{name}" is distinct from t."{name}"' for name in _KEPT_IN_REVERSAL)
    tell(
        s, "activity-reversal",
        f"""
        select r.batch_no, r.seq, concat('B', r.reverses_batch, '-', r.reverses_seq),
               case when t.seq is null then 'which is not there'
                    when t.reverses_batch is not null then 'which is itself a reversal'
                    when t.batch_no >= r.batch_no then 'which is not of an earlier batch'
                    when r.quantity <> -t.quantity
                    then concat('of which it is not the negative: ', r.quantity, ' against ', t.quantity)
                    when {differs} then 'with another key, month or place'
                    else 'which was reversed before' end
        from (select * from activity where reverses_batch is not null) r
        left join activity t on t.batch_no = r.reverses_batch and t.seq = r.reverses_seq
        qualify r.batch_no > {since} and (t.seq is null or t.reverses_batch is not null or t.batch_no >= r.batch_no
             or r.quantity <> -t.quantity or {differs}
             or row_number() over (partition by r.reverses_batch, r.reverses_seq order by r.batch_no, r.seq) > 1)
        """,
        "this row reverses {0}, {1}", faults,
    )  # fmt: skip


def _check_slices(s: Session, since: int, faults: Faults) -> None:
    """A row within a month carries it and its key; a longer one has slices that follow its days and sum to it."""
    tell(
        s, "slices",
        f"""
        select batch_no, seq, period_start, period_end, coalesce(month::varchar, 'none') from activity
        where batch_no > {since} and (period_end < period_start or (month is null) <> (key_no is null)
            or month is distinct from case when date_trunc('month', period_start) = date_trunc('month', period_end)
                                           then date_trunc('month', period_start)::date end)
        """,
        "a row over {0} to {1} does not have the month {2}", faults,
    )  # fmt: skip
    tell(
        s, "slices",
        f"""
        with sliced as (
            select activity_batch, activity_seq, sum(quantity)::decimal(38,6) as quantity, sum(days_in) as days,
                   count(*) as n, count(distinct month) as months, min(month) as first, max(month) as last
            from activity_slice where activity_batch > {since} group by all
        )
        select coalesce(a.batch_no, c.activity_batch), coalesce(a.seq, c.activity_seq),
               coalesce(c.quantity::varchar, 'nothing'), coalesce(a.quantity::varchar, 'no row')
        from (select * from activity where month is null and batch_no > {since}) a
        full join sliced c on c.activity_batch = a.batch_no and c.activity_seq = a.seq
        where a.seq is null or c.n is null or c.quantity <> a.quantity or c.months <> c.n
           or c.days <> a.period_end - a.period_start + 1
           or c.n <> datediff('month', a.period_start, a.period_end) + 1
           or c.first <> date_trunc('month', a.period_start)::date or c.last <> date_trunc('month', a.period_end)::date
        """,
        "the slices come to {0} where the row has {1}, or do not cover its months", faults,
    )  # fmt: skip
    tell(s, "slices", _wrong_parts(since), "the slice of {0} is {1}, which {2} of {3} days do not give", faults)


def _wrong_parts(since: int) -> str:
    """SQL: slices, but the last of each row, that are not quantity x days / days, rounded half away from zero."""
    return f"""
        select c.batch_no, c.seq, c.month, c.quantity, c.days_in, c.days_of
        from activity_slice c join activity a on a.batch_no = c.activity_batch and a.seq = c.activity_seq
        where a.batch_no > {since} and (
            c.days_of <> a.period_end - a.period_start + 1
            or c.days_in <> least(a.period_end, last_day(c.month)) - greatest(a.period_start, c.month) + 1
            or (a.reverses_batch is null and c.month < date_trunc('month', a.period_end)::date
                and abs(2 * (c.quantity::decimal(24,6) * c.days_of - a.quantity::decimal(24,6) * c.days_in))
                    > c.days_of * 0.000001::decimal(7,6)))
    """


def _check_keys(s: Session, since: int, faults: Faults) -> None:
    """Every row has the key of what it gives: its type, unit, month, and its place or its facility's at the time."""
    _make_given(s, since)
    said = _differing_columns()
    tell(
        s, "key-wrong",
        f"""
        with place as (
            select g.batch_no, g.facility_id, g.month, f.country, f.grid_region, f.market_boundary, f.valid_from,
                   f.withdrawn
            from (select distinct batch_no, facility_id, month from given where facility_id is not null) g
            join facility f on f.facility_id = g.facility_id and f.batch_no <= g.batch_no
            qualify row_number() over (partition by g.batch_no, g.facility_id, g.month, f.valid_from
                                       order by f.batch_no desc, f.seq desc) = 1
        ),
        standing as (
            select * from place where not withdrawn
            qualify row_number() over (partition by batch_no, facility_id, month order by
                valid_from > last_day(month), abs(last_day(month) - valid_from)) = 1
        ),
        told as (
            select g.batch_no, g.seq, g.key_no, g.n,
                   case when k.key_no is null then ['there is no such key']
                        else list_filter([{said}], lambda name: name is not null) end as differs
            from given g
            left join standing f on f.batch_no = g.batch_no and f.facility_id = g.facility_id and f.month = g.month
            left join ({markets()}) w on w.country = g.country
            left join choice_key k on k.key_no = g.key_no and k.batch_no <= g.batch_no
            left join (select batch_no from batch where {_SUMMED} is not null) h on h.batch_no = g.batch_no
        )
        select batch_no, seq, key_no, array_to_string(differs, ', '), n from told where len(differs) > 0
        """,
        "this row, and others like it ({2} in all), has key {0}, which is another's: {1}", faults,
    )  # fmt: skip


def _make_given(s: Session, since: int) -> None:
    """Temp view `given`: the distinct combinations that rows and slices give, with the key that they were put under."""
    own = [name for name in _DETAILED if s.one(f'select count("{name}") from activity_detail')[0]]
    detail = "".join(f', d."{name}"' for name in own if name != _BASIS)
    basis = f"d.{_BASIS}" if _BASIS in own else "null::varchar"
    joined = "left join activity_detail d on d.activity_batch = a.batch_no and d.activity_seq = a.seq" if own else ""
    given = ", ".join(f'a."{name}"' for name in _GIVEN)
    s.run(
        f"""
        create or replace temp table combination as
        select a.batch_no, a.facility_id, {given}{detail}, {basis} as {_BASIS}, a.month, a.key_no,
               min(a.seq) as seq, count(*) as n
        from (from activity where month is not null and reverses_batch is null and batch_no > {since}) a {joined}
        group by all
        union all
        select a.batch_no, a.facility_id, {given}{detail}, coalesce({basis}, 'na'), c.month, c.key_no,
               min(a.seq), count(*)
        from activity_slice c
        join (from activity where month is null and reverses_batch is null and batch_no > {since}) a
             on a.batch_no = c.activity_batch and a.seq = c.activity_seq {joined}
        group by all
        """
    )
    absent = "".join(f', null::{_type(name)} as "{name}"' for name in _DETAILED if name not in (*own, _BASIS))
    s.run(f"create or replace temp view given as select *{absent} from combination")


def _differing_columns() -> str:
    """SQL list items: the name of each column of the key `k` that is not what `given` g and its facility f say."""
    compared = [name for name in ChoiceKey.model_fields if name not in ("batch_no", "seq", "key_no")]
    same_country = "g.country is null or g.country = f.country"
    resolved = {
        "country": "coalesce(g.country, f.country)",
        "grid_region": f"coalesce(g.grid_region, case when {same_country} then f.grid_region end)",
        "market_boundary": f"coalesce(case when {same_country} then f.market_boundary end, w.market, g.country)",
        "supplier": "case when exists (select 1 from emission_factor e where e.supplier = g.supplier "
                    "and e.batch_no <= g.batch_no) then g.supplier end",
        # where no detail says it, the key does, and the sums of the file are held against it
        _BASIS: f"coalesce(g.{_BASIS}, if(h.batch_no is null, 'na', k.{_BASIS}))",
    }  # fmt: skip
    return ", ".join(
        f"case when k.\"{name}\" is distinct from {resolved.get(name, _given(name))} then '{name}' end"
        for name in compared
    )


def _given(name: str) -> str:
    default = _DEFAULTS.get(name)
    return f'coalesce(g."{name}", {default})' if default else f'g."{name}"'


def _type(name: str) -> str:
    return str(ActivityDetail.__table__.columns[name].type.compile())  # type: ignore[attr-defined]


def _check_period_totals(s: Session, since: int, faults: Faults) -> None:
    """The sums that figures are read from are those of the rows: by batch, month, place, key and instrument."""
    group = "batch_no, month, legal_entity_id, facility_id, key_no, instrument_id, allocated"
    named = ", ".join(f"r.{name} is not distinct from t.{name}" for name in group.split(", "))
    tell(
        s, "period-total",
        f"""
        with folded as (
            select batch_no, month, legal_entity_id, facility_id, key_no, null::varchar as instrument_id,
                   false as allocated, quantity, if(reverses_batch is null, 1, -1) as n
            from activity where month is not null and batch_no > {since}
            union all
            select c.batch_no, c.month, a.legal_entity_id, a.facility_id, c.key_no, null, false, c.quantity,
                   if(a.reverses_batch is null, 1, -1)
            from activity_slice c
            join activity a on a.batch_no = c.activity_batch and a.seq = c.activity_seq where c.batch_no > {since}
            union all
            select batch_no, month, legal_entity_id, facility_id, key_no, way.instrument_id, true,
                   (way.times * sign * quantity)::decimal(18,6), 0
            from allocation, unnest([struct_pack(instrument_id := instrument_id, times := 1),
                                     struct_pack(instrument_id := null::varchar, times := -1)]) moved(way)
            where batch_no > {since}
        ),
        recorded as (
            select {group}, sum(quantity)::decimal(38,6) as quantity, sum(n) as n, count(*) as rows
            from period_total where batch_no > {since} group by all
        ),
        told as (select {group}, sum(quantity)::decimal(38,6) as quantity, sum(n) as n from folded group by all)
        select coalesce(r.batch_no, t.batch_no), coalesce(r.key_no, t.key_no), coalesce(r.month, t.month),
               coalesce(r.facility_id, t.facility_id, 'no facility'),
               coalesce(r.quantity::varchar, 'nothing'), coalesce(t.quantity::varchar, 'nothing')
        from recorded r full join told t on {named.replace(", ", " and ")}
        where r.quantity is distinct from t.quantity or r.n is distinct from t.n or r.rows > 1
        """,
        "the sum of key {0} in {1} at {2} is {3}, its rows come to {4}", faults, of_batch=True,
    )  # fmt: skip


def _check_control_totals(s: Session, since: int, faults: Faults) -> None:
    """What a file gave by unit and calorific basis, summed as it was read, is what the keys of its rows say.

    What a batch takes back beside the rows of its file is left out.
    """
    tell(
        s, "control-total",
        f"""
        with file as (
            select batch_no, {_SUMMED} as given from batch where batch_no > {since} and {_SUMMED} is not null
        ),
        given as (
            select batch_no, unnest(json_keys(given)) as name, given from file
        ),
        back as (from activity where reverses_batch is not null and batch_no in (select batch_no from file)),
        own as (
            select batch_no, key_no, quantity from period_total where instrument_id is null and not allocated
            union all
            select batch_no, key_no, -quantity from back where month is not null
            union all
            select c.batch_no, c.key_no, -c.quantity
            from activity_slice c join back b on b.batch_no = c.activity_batch and b.seq = c.activity_seq
        ),
        recorded as (
            select o.batch_no, concat(k.unit_given, ' ', k.calorific_basis) as name,
                   sum(o.quantity)::decimal(38,6) as quantity
            from own o join choice_key k on k.key_no = o.key_no
            where o.batch_no in (select batch_no from file) and k.calorific_basis <> 'na'
            group by all having sum(o.quantity) <> 0
        )
        select coalesce(g.batch_no, r.batch_no), coalesce(g.name, r.name),
               coalesce(g.given ->> g.name, 'nothing'), coalesce(r.quantity::varchar, 'nothing')
        from given g full join recorded r on r.batch_no = g.batch_no and r.name = g.name
        where coalesce(try_cast(g.given ->> g.name as decimal(38,6)), if(g.name is null, 0, null))
              is distinct from coalesce(r.quantity, 0)
        """,
        "the file gave {1} of {0}, its rows come to {2}", faults, of_batch=True,
    )  # fmt: skip
