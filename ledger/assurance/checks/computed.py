"""Postings of runs and readings made again: that each follows from its records, once, and that parts keep to meters.

Nothing here is shared with the room that planned them. What stands is held against what the last decisions say.
"""

from __future__ import annotations

from ledger.assurance.checks.machines import check_machines
from ledger.assurance.verification import Faults, tell
from ledger.store import Session

_BILLS = "('electricity_purchased', 'leased_in_electricity')"

_TABLES = """
create or replace temp table last_decision as
select * from ai_decision
qualify row_number() over (partition by record_table, record_batch, record_seq order by batch_no desc, seq desc) = 1
"""

_POSTED = """
create or replace temp table computed as
with taken_back as (
    select reverses_batch as batch_no, reverses_seq as seq from activity where reverses_batch is not null
),
own as (
    select distinct activity_batch as batch_no, activity_seq as seq from ai_decision
    where decision <> 'breakdown' and activity_batch is not null and record_table <> 'hardware_asset'
),
reading as (
    select d.activity_batch as batch_no, d.activity_seq as seq, m.source, m.subject, m.energy_wh, m.cluster, m.account,
           m.cloud_provider, m.facility_id, d.reason_code = 'rest_of_meter' as is_rest,
           m.energy_level in ('chip', 'it') and coalesce(m.pue_inside, 1) <= 1 as is_below,
           case m.energy_part when 'total' then 1 when 'facility' then 2 when 'node' then 3 else 4 end as class
    from last_decision d
    join measurement m on d.record_table = 'measurement' and m.batch_no = d.record_batch and m.seq = d.record_seq
    where d.decision = 'posted'
),
counted as (
    select * from reading qualify class = min(class) over (partition by batch_no, seq, source, subject)
),
read as (
    select batch_no, seq, sum(energy_wh)::decimal(38,6) as wh, bool_and(is_below) as is_below,
           any_value(cluster) as cluster, concat(any_value(cloud_provider), '/', any_value(account)) as account,
           any_value(facility_id) as facility_id,
           bool_or(is_rest) as is_rest
    from counted group by all
),
run as (
    select d.activity_batch as batch_no, d.activity_seq as seq, r.energy_kwh, r.pue, r.power_w, r.utilisation,
           r.energy_level in ('chip', 'it') as is_below, concat(r.cloud_provider, '/', r.account) as account,
           count(*) over (partition by d.activity_batch, d.activity_seq) as runs
    from last_decision d
    join ai_run r on d.record_table = 'ai_run' and r.batch_no = d.record_batch and r.seq = d.record_seq
    where d.decision = 'posted'
),
term as (
    select activity_batch as batch_no, activity_seq as seq, count(*) as terms,
           max(value) filter (where name = 'it_energy_kwh') as it_energy_kwh,
           max(value) filter (where name = 'pue') as pue, max(value) filter (where name = 'utilisation') as utilisation
    from activity_parameter group by all
)
select a.batch_no, a.seq, a.external_id, a.quantity, a.month, a.facility_id, a.period_start, a.period_end,
       e.wh, e.cluster, coalesce(e.account, r.account) as account, coalesce(e.is_rest, false) as is_rest,
       coalesce(r.runs, 0) as runs, r.energy_kwh, coalesce(e.is_below, r.is_below, true) as is_below,
       r.pue as run_pue, r.power_w, r.utilisation as run_utilisation,
       t.it_energy_kwh, t.pue, t.utilisation, coalesce(t.terms, 0) as terms,
       coalesce((e.wh * 0.001::decimal(4,3))::decimal(38,6), r.energy_kwh) as energy
from own join activity a using (batch_no, seq)
anti join taken_back using (batch_no, seq)
left join read e using (batch_no, seq) left join run r using (batch_no, seq) left join term t using (batch_no, seq)
"""


def check_computed(s: Session, faults: Faults) -> None:
    """Everything that stands of runs and readings, whenever it came: a later record may move an earlier posting."""
    if not s.rows("select 1 from ai_decision limit 1"):
        return
    s.run(_TABLES)
    _check_references(s, faults)
    s.run(_POSTED)
    _check_energy(s, faults)
    _check_once(s, faults)
    _check_meters(s, faults)
    check_machines(s, faults)


def _check_references(s: Session, faults: Faults) -> None:
    """A decision is about a record of its own or an earlier batch, and names an activity where it says so."""
    names = ("ai_run", "measurement", "hardware_asset")
    records = " union all ".join(f"select '{name}' as t, batch_no, seq from {name}" for name in names)
    tell(
        s, "computing-reference",
        f"""
        select d.batch_no, d.seq, case when r.t is null then 'a record that is not there'
                                       when d.record_batch > d.batch_no then 'a record of a later batch'
                                       else 'an activity that is not there' end
        from ai_decision d
        left join ({records}) r
          on r.t = d.record_table and r.batch_no = d.record_batch and r.seq = d.record_seq
        left join activity a on a.batch_no = d.activity_batch and a.seq = d.activity_seq
        where r.t is null or d.record_batch > d.batch_no or (d.decision in ('posted', 'breakdown') and a.seq is null)
        """,
        "this decision is about {0}", faults,
    )  # fmt: skip


def _check_energy(s: Session, faults: Faults) -> None:
    """The quantity is the energy of the posted records, or follows from it or from the run's power by its formula."""
    tell(
        s, "computing-energy",
        """
        select batch_no, seq, case when wh is null and runs = 0 then 'no record is posted in it'
            when runs > 1 then 'several runs are posted in it'
            when it_energy_kwh is not null and it_energy_kwh is distinct from energy
            then concat('its energy is ', it_energy_kwh, ' kWh, its records have ', coalesce(energy::varchar, 'none'))
            when pue is not null and pue is distinct from run_pue
            then concat('its PUE is ', pue, ', not that of the run')
            when pue is not null and not is_below then 'PUE is applied to energy that holds overhead already'
            when terms = 0 and not is_rest and quantity is distinct from energy
            then concat('it has ', quantity, ' kWh, its records have ', coalesce(energy::varchar, 'none'))
            when pue is null and is_below and run_pue is not null and not is_rest
            then 'the PUE of the run is not applied'
            when utilisation is not null and utilisation is distinct from
                 case when power_w is not null then 1 else coalesce(run_utilisation, 1) end
            then concat('its utilisation is ', utilisation, ', not that of the run')
            when is_rest and (quantity < 0 or quantity > energy)
            then concat('the rest of a meter of ', energy, ' kWh is ', quantity) end as fault
        from computed where fault is not null
        """,
        "{0}", faults,
    )  # fmt: skip


def _check_once(s: Session, faults: Faults) -> None:
    """One posting a unit, and none of a facility on days of which a bill holds its electricity."""
    tell(
        s, "computing-twice",
        f"""
        select c.batch_no, c.seq, concat('B', min((o.batch_no, o.seq))[1], '-', min((o.batch_no, o.seq))[2])
        from computed c join (
            select batch_no, seq, external_id, facility_id, period_start, period_end, true as is_own from computed
            union all
            select a.batch_no, a.seq, null, a.facility_id, a.period_start, a.period_end, false from activity a
            left join activity_detail d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
            where a.activity_type in {_BILLS} and a.facility_id is not null and a.reverses_batch is null
              and coalesce(d.direction, 'consumed') = 'consumed'
              and not exists (select 1 from activity r where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq)
              and not exists (select 1 from computed p where p.batch_no = a.batch_no and p.seq = a.seq)
        ) o on (o.is_own and o.external_id = c.external_id and (o.batch_no, o.seq) < (c.batch_no, c.seq))
            or (not o.is_own and o.facility_id = c.facility_id
                and o.period_start <= c.period_end and o.period_end >= c.period_start)
        group by c.batch_no, c.seq
        """,
        "its energy is in the book already, as {0}", faults,
    )  # fmt: skip


def _check_meters(s: Session, faults: Faults) -> None:
    """What is posted of a cluster, an account or a facility in a month is what its meter read, to the last digit."""
    for name in ("cluster", "account", "facility_id"):
        tell(
            s, "computing-meter",
            f"""
            with part as (
                select c.batch_no, c.seq, c.{name} as place, coalesce(c.month, p.month) as month,
                       coalesce(p.quantity, c.quantity) as kwh
                from computed c left join activity_slice p on p.activity_batch = c.batch_no and p.activity_seq = c.seq
            )
            select m.batch_no, m.seq, m.energy, sum(p.kwh)::decimal(38,6) from computed m
            join part p on p.place = m.{name} and p.month = date_trunc('month', m.period_start)
            where m.is_rest and m.external_id like 'ai:{name.removesuffix("_id")}:%'
            group by all having m.energy <> sum(p.kwh)
            """,
            "its meter read {0} kWh, and what is posted of it is {1} kWh", faults,
        )  # fmt: skip
