"""Whether instruments cover what they may: within kWh, market, vintage and kind, every criterion met, nothing twice.

Statements of its own, each as of the batch that allotted; the register's state and the room that allots are not read.
"""

from __future__ import annotations

import csv
from fractions import Fraction
from typing import Any

from ledger import shipped
from ledger.assurance.checks.periods import make_month_pins
from ledger.assurance.verification import Faults, tell
from ledger.store import Session

_ROUNDING = "0.01"
"""KWh that rounding may leave on both sides; where it is more, a millionth of the unit for each part covered."""


def markets() -> str:
    """SQL: country and market of certificates, as `data/countries.csv` has them."""
    with (shipped.path("data") / "countries.csv").open(encoding="utf-8", newline="") as file:
        pairs = ", ".join(f"('{row['country']}', '{row['market_boundary']}')" for row in csv.DictReader(file))
    return f"select * from (values {pairs}) market(country, market)"


def check_instruments(s: Session, since: int, faults: Faults) -> None:
    """Every allocation of a batch after ``since``, and what was left uncovered by the last calculation."""
    if not s.one("select count(*) from instrument")[0] and not s.one("select count(*) from allocation")[0]:
        return
    with s.given(kind_asked=_kinds(), unit_kwh=_units(s)):
        _check_groups(s, since, faults)
        _check_kwh(s, since, faults)
        _make_allotted(s, since)
        _check_allowed(s, faults)
        _check_claims(s, faults)
        _check_energy(s, faults)
        _check_supplier_rates(s, since, faults)
        _check_left(s, since, faults)


def _kinds() -> Any:
    """Arrow: type, kind of energy, and the criteria beyond the common ones that it must meet."""
    import pyarrow as pa

    with (shipped.path("data") / "instrument_types.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return pa.table(
        {
            "type": [row["type"] for row in rows],
            "carrier": [row["carrier"] for row in rows],
            "is_certificate": [row["class"] == "certificate" for row in rows],
            "asks_6": ["6" in row["criteria"].split("|") for row in rows],
            "asks_7": ["7" in row["criteria"].split("|") for row in rows],
        }
    )


def _units(s: Session) -> Any:
    """Arrow: kWh in one unit of energy as a numerator over a denominator, by the newest units of the ledger."""
    import pyarrow as pa

    newest = "batch_no = (select max(batch_no) from unit)"
    rows = dict(s.rows(f"select unit, to_base from unit where dimension = 'energy' and {newest}"))
    ratios = {unit: Fraction(str(to_base)) / Fraction(str(rows["kWh"])) for unit, to_base in rows.items()}
    return pa.table(
        {
            "unit": list(ratios),
            "over": [str(ratio.numerator) for ratio in ratios.values()],
            "under": [str(ratio.denominator) for ratio in ratios.values()],
        }
    )


def _check_groups(s: Session, since: int, faults: Faults) -> None:
    """No consumption is covered twice or beyond itself."""
    make_month_pins(s)
    tell(
        s, "allocation-excess",
        f"""
        with covered as (
            select legal_entity_id, facility_id, month, key_no, sum(sign * quantity) as quantity,
                   max(batch_no) as batch_no, arg_max(seq, (batch_no, seq)) as seq
            from allocation group by all
        ),
        consumed as (
            -- what came for a closed month after its close takes no cover away until it counts
            select r.legal_entity_id, r.facility_id, r.month, r.key_no,
                   greatest(sum(r.quantity), sum(r.quantity) filter (where r.batch_no <= p.pin)) as quantity from (
                select batch_no, legal_entity_id, facility_id, month, key_no, quantity from activity
                where month is not null and key_no in (select key_no from covered)
                union all
                select a.batch_no, a.legal_entity_id, a.facility_id, c.month, c.key_no, c.quantity from activity_slice c
                join activity a on a.batch_no = c.activity_batch and a.seq = c.activity_seq
                where c.key_no in (select key_no from covered)) r
            left join month_pin p on p.month = r.month and p.legal_entity_id is not distinct from r.legal_entity_id
            group by r.legal_entity_id, r.facility_id, r.month, r.key_no
        )
        select v.batch_no, v.seq, v.month, coalesce(v.facility_id, 'no facility'), v.quantity, coalesce(u.quantity, 0)
        from covered v left join consumed u on u.month = v.month and u.key_no = v.key_no
             and u.facility_id is not distinct from v.facility_id
             and u.legal_entity_id is not distinct from v.legal_entity_id
        where v.batch_no > {since} and (v.quantity < 0 or v.quantity > greatest(coalesce(u.quantity, 0), 0))
        """,
        "in {0} at {1} instruments cover {2} of {3}", faults,
    )  # fmt: skip


def _check_kwh(s: Session, since: int, faults: Faults) -> None:
    """After no batch did an instrument cover more than it held as it was known then."""
    tell(
        s, "allocation-excess",
        f"""
        with moved as (
            select instrument_id, batch_no, sum(sign * kwh) as kwh, max(seq) as seq from allocation group by all
        ),
        standing as (
            select *, sum(kwh) over (partition by instrument_id order by batch_no) as covering from moved
        )
        select a.batch_no, a.seq, a.instrument_id, a.covering, coalesce(i.kwh::varchar, 'nothing')
        from standing a left join instrument i on i.instrument_id = a.instrument_id and i.batch_no <= a.batch_no
        where a.batch_no > {since}
        qualify row_number() over (partition by a.instrument_id, a.batch_no order by i.batch_no desc, i.seq desc) = 1
            and (i.kwh is null or a.covering > i.kwh or a.covering < 0)
        """,
        "the instrument {0} covers {1} kWh and holds {2}", faults,
    )  # fmt: skip


def _make_allotted(s: Session, since: int) -> None:
    """Temp table `allotted`: each thing allotted, with its key and the instrument as it was known at the time."""
    s.run(
        f"""
        create or replace temp table allotted as
        with used as (select distinct instrument_id, batch_no from allocation where sign = 1 and batch_no > {since}),
        known as (
            select u.batch_no as used_in, i.* from used u
            join instrument i on i.instrument_id = u.instrument_id and i.batch_no <= u.batch_no
            qualify row_number() over (partition by u.batch_no, i.instrument_id
                                       order by i.batch_no desc, i.seq desc) = 1
        )
        select a.batch_no, a.seq, a.month, a.instrument_id, a.quantity, a.kwh as kwh_taken, k.activity_type,
               k.unit_given, k.direction, k.market_boundary as key_market, i.* exclude (batch_no, seq, instrument_id)
        from allocation a join choice_key k using (key_no)
        left join known i on i.instrument_id = a.instrument_id and i.used_in = a.batch_no
        where a.sign = 1 and a.batch_no > {since}
        """
    )


def _check_allowed(s: Session, faults: Faults) -> None:
    """Market, vintage, kind of energy, criteria, rate: each thing allotted was one that the instrument may cover."""
    asked = [
        f"case when criterion_{n} <> 'met' then 'criterion {n} is ' || criterion_{n} end" for n in (1, 2, 3, 4, 5, 8)
    ]
    asked += [
        f"case when criterion_{n} = 'not_met' or (t.asks_{n} and criterion_{n} <> 'met') "
        f"then 'criterion {n} is ' || criterion_{n} end"
        for n in (6, 7)
    ]
    said = ", ".join(
        (
            "case when a.withdrawn is null then 'it is not in the register' end",
            "case when a.withdrawn then 'it was withdrawn' end",
            "case when a.own_generation_sold then 'its certificates were sold' end",
            ("case when a.key_market is distinct from a.market_boundary then concat('it is of the market ', "
            "a.market_boundary, ', the consumption of ', coalesce(a.key_market, 'none')) end"),
            ("case when a.month not between a.vintage_start and a.vintage_end then concat('its vintage is ', "
            "a.vintage_start, ' to ', a.vintage_end, ', the consumption of ', a.month) end"),
            "case when a.direction not in ('consumed', 'generated_sold') then 'nothing was consumed' end",
            ("case when l.factor_activity_type is distinct from t.carrier then concat('it is of ', t.carrier, ', the "
            "consumption of ', coalesce(l.factor_activity_type, a.activity_type)) end"),
            ("case when coalesce(a.co2_kg_per_kwh, a.ch4_kg_per_kwh, a.n2o_kg_per_kwh, a.co2e_kg_per_kwh) is null "
            "then 'it states no rate' end"),
            ("case when least(a.co2_kg_per_kwh, a.ch4_kg_per_kwh, a.n2o_kg_per_kwh, a.co2e_kg_per_kwh) < 0 "
            "then 'its rate is negative' end"),
            "case when a.retired_on < a.issued then 'it was retired before its issue' end",
            "case when a.retired_on is null and t.is_certificate is not false then 'it is not retired' end",
            *asked,
        )
    )
    tell(
        s, "allocation-barred",
        f"""
        with told as (
            select a.batch_no, a.seq, a.instrument_id, a.kwh_taken,
                   list_filter([{said}], lambda word: word is not null) as words
            from allotted a left join kind_asked t using (type)
            left join activity_line l on l.activity_type = a.activity_type and l.line = 'energy'
                 and l.method = 'market' and l.batch_no = (select max(batch_no) from activity_line)
        )
        select batch_no, seq, instrument_id, kwh_taken, array_to_string(words, '; ') from told where len(words) > 0
        """,
        "the instrument {0} covers {1} kWh that it may not: {2}", faults,
    )  # fmt: skip


def _check_claims(s: Session, faults: Faults) -> None:
    """Of lots of one registry with overlapping numbers, only the one that was entered first covers anything."""
    tell(
        s, "allocation-barred",
        r"""
        with numbered as (
            select instrument_id, batch_no, seq, withdrawn, upper(trim(registry_name)) as registry,
                   regexp_extract(certificate_from, '^(.*?)\d*$', 1) as stem,
                   regexp_extract(certificate_from, '\d*$') as low,
                   regexp_extract(coalesce(certificate_to, certificate_from), '\d*$') as high
            from instrument
        ),
        entered as (select instrument_id, min((batch_no, seq)) as at from instrument group by 1),
        used as (select instrument_id, batch_no, min(seq) as seq from allotted group by all),
        own as (
            select u.batch_no, u.seq, n.instrument_id, n.registry, n.stem, n.low, n.high, e.at
            from used u join numbered n on n.instrument_id = u.instrument_id and n.batch_no <= u.batch_no
            join entered e on e.instrument_id = n.instrument_id
            qualify row_number() over (partition by u.batch_no, n.instrument_id
                                       order by n.batch_no desc, n.seq desc) = 1
        ),
        others as (
            select o.batch_no as used_in, n.*, e.at from (select distinct batch_no from own) o
            join numbered n on n.batch_no <= o.batch_no join entered e using (instrument_id)
            qualify row_number() over (partition by o.batch_no, n.instrument_id
                                       order by n.batch_no desc, n.seq desc) = 1
        )
        select distinct on (o.batch_no, o.seq) o.batch_no, o.seq, o.instrument_id, x.instrument_id
        from own o join others x on x.used_in = o.batch_no and x.registry = o.registry and x.stem = o.stem
             and not x.withdrawn and x.at < o.at
             and (length(ltrim(x.low, '0')), ltrim(x.low, '0')) <= (length(ltrim(o.high, '0')), ltrim(o.high, '0'))
             and (length(ltrim(o.low, '0')), ltrim(o.low, '0')) <= (length(ltrim(x.high, '0')), ltrim(x.high, '0'))
        """,
        "the instrument {0} covers with certificates that {1} holds already", faults,
    )  # fmt: skip


def _check_energy(s: Session, faults: Faults) -> None:
    """The kWh of an allocation are those of its quantity, rounded down once for each stage of the allotting."""
    whole = "replace({0}::varchar, '.', '')::hugeint"
    kwh, quantity = whole.format("a.kwh_taken"), whole.format("a.quantity")
    tell(
        s, "allocation-excess",
        f"""
        select a.batch_no, a.seq, a.kwh_taken, a.quantity, a.unit_given
        from allotted a left join unit_kwh u on u.unit = a.unit_given
        where u.unit is null or a.quantity <= 0
           or not ({kwh} * u.under::hugeint <= {quantity} * u.over::hugeint
                   and {quantity} * u.over::hugeint < ({kwh} + 3) * u.under::hugeint)
        """,
        "{0} kWh are not {1} {2}", faults,
    )  # fmt: skip


def _check_supplier_rates(s: Session, since: int, faults: Faults) -> None:
    """Where a certificate bought with its energy covers part of a key, its supplier's rate serves none of it."""
    tell(
        s, "supplier-rate",
        f"""
        with taken as (
            select o.batch_no, o.seq, o.key_no, o.factor_id, contains(o.flags, 'supplier_rate_barred') as barred
            from choice o where o.reverses_batch is null and o.line = 'energy' and o.method = 'market'
                 and o.instrument_id is null and o.batch_no > {since}
        ),
        bundle as (
            select t.batch_no, t.key_no, a.instrument_id from taken t
            join allocation a on a.key_no = t.key_no and a.batch_no <= t.batch_no
            group by all having sum(a.sign * a.quantity) > 0
        ),
        holding as (
            select b.batch_no, b.key_no from bundle b
            join instrument i on i.instrument_id = b.instrument_id and i.batch_no <= b.batch_no
            qualify row_number() over (partition by b.batch_no, b.key_no, b.instrument_id
                                       order by i.batch_no desc, i.seq desc) = 1 and i.bundled
        )
        select t.batch_no, t.seq, coalesce(t.factor_id, 'no factor'), if(t.barred, 'is barred and nothing bars it',
               'serves consumption of which certificates bought with the energy cover a part')
        from taken t
        left join (select distinct factor_id, true as kind from emission_factor
                   where kind = 'supplier' or supplier is not null) f using (factor_id)
        left join (select distinct batch_no, key_no from holding) h on h.batch_no = t.batch_no and h.key_no = t.key_no
        where (f.kind is not null and h.key_no is not null) or (t.barred and h.key_no is null)
        """,
        "the supplier's rate ({0} was chosen) {1}", faults,
    )  # fmt: skip


def _make_covering(s: Session, last: int) -> None:
    """Temp table `covering`: what stood allotted after a batch, with the kWh in the least that each part can take."""
    s.run(
        f"""
        create or replace temp table covering as
        select a.legal_entity_id, a.facility_id, a.month, a.key_no, a.instrument_id,
               sum(a.sign * a.quantity) as quantity, sum(a.sign * a.kwh) as kwh,
               any_value(u.over::double / u.under::double / 1000000) as millionth
        from allocation a join choice_key k using (key_no) left join unit_kwh u on u.unit = k.unit_given
        where a.batch_no <= {last} group by all having sum(a.sign * a.quantity) <> 0
        """
    )


def _check_left(s: Session, since: int, faults: Faults) -> None:
    """After the last calculation no certificate lies idle beside consumption that it may cover."""
    last = s.one("select max(batch_no) from batch where kind = 'calculation'")[0]
    if last is None or last <= since:
        return
    restated = s.rows("select 1 from batch where batch_no = ? and kind = 'restatement'", [last + 1])
    make_month_pins(s, last + len(restated))  # what was allotted for a restatement covers what counts by it
    _make_covering(s, last)
    tell(
        s, "allocation-missing",
        f"""
        with bought as (
            select t.month, t.legal_entity_id, t.facility_id, t.key_no, sum(t.quantity) as quantity
            from period_total t left join month_pin p
                 on p.month = t.month and p.legal_entity_id is not distinct from t.legal_entity_id
            where t.batch_no <= coalesce(p.pin, {last}) and not t.allocated and t.instrument_id is null group by all
        ),
        uncovered as (
            select b.month, b.facility_id, k.market_boundary, k.contract_id, l.factor_activity_type as carrier,
                   ((b.quantity - coalesce(a.quantity, 0))::double * u.over::double / u.under::double) as kwh,
                   greatest({_ROUNDING}, coalesce(a.millionths, 0)) as rounding
            from bought b join choice_key k using (key_no)
            join activity_line l on l.activity_type = k.activity_type and l.line = 'energy' and l.method = 'market'
                 and l.batch_no = (select max(batch_no) from activity_line)
            join unit_kwh u on u.unit = k.unit_given
            left join (select legal_entity_id, facility_id, month, key_no, sum(quantity) as quantity,
                              sum(millionth) as millionths from covering group by all) a
                 on a.month = b.month and a.key_no = b.key_no and a.facility_id is not distinct from b.facility_id
                 and a.legal_entity_id is not distinct from b.legal_entity_id
            where k.direction in ('consumed', 'generated_sold')
        ),
        idle as (
            select i.*, t.carrier, t.is_certificate, i.kwh - g.kwh as rest,
                   greatest({_ROUNDING}, g.millionths) as rounding
            from instrument i join kind_asked t using (type)
            join (select instrument_id, sum(kwh) as kwh, sum(millionth) as millionths from covering group by 1
                  having sum(kwh) > 0) g using (instrument_id)
            where i.batch_no <= {last}
            qualify row_number() over (partition by i.instrument_id order by i.batch_no desc, i.seq desc) = 1
        )
        select distinct on (i.instrument_id) {last}, i.instrument_id, round(i.rest, 3), u.month,
               coalesce(u.facility_id, 'no facility')
        from idle i join uncovered u on u.market_boundary = i.market_boundary and u.carrier = i.carrier
             and u.month between i.vintage_start and i.vintage_end
        where i.rest > i.rounding and u.kwh > u.rounding and not i.withdrawn
          and (u.contract_id = i.instrument_id or u.facility_id = i.facility_id
               or (i.facility_id is null and i.is_certificate and not i.bundled))
        """,
        "the instrument {0} has {1} kWh left while consumption of {2} at {3} stands uncovered", faults, of_batch=True,
    )  # fmt: skip
