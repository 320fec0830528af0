"""Whether each decision follows: kg per unit from its factor, its factor from its key, its lines from the catalogue.

Every statement reads the ledger as it stood when the batch of the choice was written.
"""

from __future__ import annotations

from ledger.assurance.checks.amounts import check_amounts
from ledger.assurance.verification import Faults, tell
from ledger.store import Session
from ledger.store.tables import Choice, ChoiceKey

_TAKEN_BACK = tuple(
    name for name in Choice.model_fields
    if name not in ("batch_no", "seq", "calculation_no", "sign", "reverses_batch", "reverses_seq")
)  # fmt: skip
_NOTHING = (
    "not_consumed", "included_in_energy_line", "no_factor", "too_old", "tie", "no_exchange_rate", "no_price_index",
    "no_gwp", "unit_too_large", "tax_included",
)  # fmt: skip
"""Reasons of a choice that has no amount (docs/methods/choice.md)."""

_DECIDING = tuple(name for name in ChoiceKey.model_fields if name not in ("batch_no", "seq", "key_no"))


def check_choices(s: Session, since: int, faults: Faults) -> None:
    """Every choice of a batch after ``since``: amounts, factor, line, completeness, reversal."""
    _make_originals(s, since)
    _make_out_of_use(s)
    _check_keys(s, since, faults)
    check_amounts(s, faults)
    _check_factors(s, faults)
    _check_gaps(s, faults)
    _check_own(s, faults)
    _check_reasons(s, faults)
    _check_lines(s, faults)
    _check_complete(s, since, faults)
    _check_reversals(s, since, faults)


def _make_originals(s: Session, since: int) -> None:
    """Temp table `original`: what was decided, with its key, its calculation and the catalogue of its time."""
    s.run(
        f"""
        create or replace temp table original as
        select c.*, k.activity_type, k.unit_given, k.calorific_basis, k.month, k.country, k.grid_region, k.supplier,
               k.classification_code, k.stated_scope, k.stated_scope3_category, k.stated_method, k.capitalised,
               k.product, k.price_basis, k.kind as key_kind, k.tax_included,
               k.factor_id as named_factor, coalesce(k.price_year, year(k.month)) as money_year,
               k.direction, n.gwp_set as terms_gwp_set, n.gwp_policy as terms_gwp_policy, e.catalogue
        from choice c left join choice_key k using (key_no)
        left join (select b.batch_no, max(l.batch_no) as catalogue from (select distinct batch_no from choice) b
                   join (select distinct batch_no from activity_line) l on l.batch_no <= b.batch_no group by all) e
             on e.batch_no = c.batch_no
        left join (select distinct on (calculation_no) * from calculation) n using (calculation_no)
        where c.reverses_batch is null and c.batch_no > {since}
        """
    )


def _make_out_of_use(s: Session) -> None:
    """Temp table `out_of_use`: the datasets that were withdrawn when a batch with choices was written."""
    s.run(
        """
        create or replace temp table out_of_use as
        with standing as (
            select o.batch_no, v.value from (select distinct batch_no from original) o
            join setting v on v.name = 'withdrawn_datasets' and v.batch_no <= o.batch_no
            qualify row_number() over (partition by o.batch_no
                                       order by v.valid_from desc, v.batch_no desc, v.seq desc) = 1
        )
        select batch_no, unnest(string_split(value, ',')) as dataset from standing
        """
    )


def _check_keys(s: Session, since: int, faults: Faults) -> None:
    columns = ", ".join(f'"{name}"' for name in _DECIDING)
    tell(
        s, "key-double",
        f"select k.batch_no, k.seq, k.key_no from choice_key k where batch_no > {since} and (key_no in "
        f"(select key_no from choice_key group by key_no having count(*) > 1) or ({columns}) in "
        f"(select ({columns}) from choice_key group by {columns} having count(*) > 1))",
        "the key {0} is there more than once", faults,
    )  # fmt: skip
    tell(
        s, "choice-line", "select batch_no, seq, key_no from original where activity_type is null",
        "there is no key {0}", faults,
    )  # fmt: skip
    tell(
        s, "choice-line", "select batch_no, seq, calculation_no from original where terms_gwp_set is null",
        "there is no calculation {0}", faults,
    )  # fmt: skip


_SERVES = """
    f.line = o.line and coalesce(f.kind, '') <> 'marginal'
    and (f.region is null or f.region = o.grid_region) and (f.country is null or f.country = o.country)
    and (f.supplier is null or f.supplier = o.supplier) and (f.product is null or f.product = o.product)
    and (f.price_basis is null or o.price_basis is null or f.price_basis = o.price_basis)
    and ((f.kind <> 'supplier' and f.supplier is null) or not contains(o.flags, 'supplier_rate_barred'))
    and case o.method when 'location' then f.kind = 'average' and f.serves in ('location', 'both', 'na')
                      when 'market' then f.kind in ('supplier', 'residual', 'average') else f.kind <> 'residual' end
    and case when f.edition_basis = 'reporting_year_most_months' then year(f.valid_from) <= o.edition_year
             else f.valid_from <= last_day(o.month) end
"""
"""SQL: factor f may serve choice o, by docs/methods/choice.md; activity type, unit and basis are held beside it."""


def _make_wanted(s: Session) -> None:
    """Temp table `wanted`: each choice that a factor serves or might, with the terms of its catalogue and year.

    Choices of one batch that ask the same and got the same stand as one, under the first of their numbers: a file with
    200,000 keys of power has a few dozen questions.
    """
    s.run(
        """
        create or replace temp table wanted as
        select o.batch_no, min(o.seq) as seq, o.line, o.method, o.factor_id, o.reason_code, o.country, o.grid_region,
               o.supplier, o.product, o.price_basis, o.month, o.calorific_basis, o.flags, l.factor_activity_type,
               u.dimension,
               year(o.month) - case when month(o.month) < coalesce(z.first, 1) then 1 else 0 end
                   + case when coalesce(z.first, 1) >= 7 then 1 else 0 end as edition_year,
               coalesce(o.classification_code, t.default_classification_code, '') as code
        from original o
        asof left join (
            select batch_no, arg_max(split_part(value, '-', 1)::integer, (valid_from, seq)) as first
            from setting where name = 'fiscal_year_start' group by batch_no) z on o.batch_no >= z.batch_no
        join activity_line l on l.batch_no = o.catalogue and l.activity_type = o.activity_type and l.line = o.line
             and l.method = o.method
        left join activity_type t on t.batch_no = o.catalogue and t.activity_type = o.activity_type
        left join unit u on u.batch_no = o.catalogue and u.unit = o.unit_given
        where o.instrument_id is null and o.line <> 'stated'
        group by all
        """
    )


def _check_factors(s: Session, faults: Faults) -> None:
    """The factor of a choice was published before it, and may serve its key by kind, place, unit, basis and time."""
    _make_wanted(s)
    tell(
        s, "choice-factor",
        f"""
        select o.batch_no, o.seq, o.factor_id, coalesce(f.activity_type, 'not published before it'), o.line, o.method
        from wanted o left join emission_factor f on f.factor_id = o.factor_id and f.batch_no <= o.batch_no
        where o.factor_id is not null
        qualify row_number() over (partition by o.batch_no, o.seq order by f.batch_no desc, f.seq desc) = 1
            and not coalesce({_SERVES} and f.activity_type = o.factor_activity_type
                    and (f.calorific_basis = 'na' or o.dimension <> 'energy' or f.calorific_basis = o.calorific_basis)
                    and coalesce(f.classification_code, o.code, '') = o.code, false)
        """,
        "the factor {0} ({1}) does not serve the line {2} by the method {3}", faults,
    )  # fmt: skip


def _check_gaps(s: Session, faults: Faults) -> None:
    """A choice without a factor says why; 'no factor' only where none serves."""
    tell(
        s, "choice-factor",
        f"""
        select distinct on (o.batch_no, o.seq) o.batch_no, o.seq, f.factor_id
        from wanted o join emission_factor f on f.activity_type = o.factor_activity_type and f.batch_no <= o.batch_no
             and {_SERVES}
        join unit m on m.batch_no = (select max(batch_no) from unit x where x.batch_no <= o.batch_no)
             and m.unit = f.per_unit and m.dimension = o.dimension
        where o.reason_code = 'no_factor' and (o.batch_no, f.dataset) not in (from out_of_use)
          and coalesce(f.classification_code, '') = o.code
          and (f.calorific_basis = 'na' or o.dimension <> 'energy' or f.calorific_basis = o.calorific_basis)
        """,
        "this choice says that no factor serves, and {0} does", faults,
    )  # fmt: skip


def _check_own(s: Session, faults: Faults) -> None:
    """No factor of one's own was passed over whose place is as near as that of every other that serves."""
    near = "case when f.region is not null then 0 when f.country is not null then 1 else 2 end"
    tell(
        s, "choice-factor",
        f"""
        with serving as (
            select o.batch_no, o.seq, o.factor_id, f.factor_id as own_id, f.dataset = 'user' as own, {near} as near
            from wanted o join emission_factor f on f.activity_type = o.factor_activity_type
                 and f.batch_no <= o.batch_no and {_SERVES} and f.kind in ('average', 'spend')
                 and f.supplier is null and f.product is null
                 and coalesce(f.classification_code, '') = o.code
                 and (f.calorific_basis = 'na' or o.dimension <> 'energy' or f.calorific_basis = o.calorific_basis)
                 and if(f.edition_basis = 'activity_period', year(o.month), o.edition_year) - year(f.valid_to) <= 3
            join unit m on m.batch_no = (select max(batch_no) from unit x where x.batch_no <= o.batch_no)
                 and m.unit = f.per_unit and m.dimension = o.dimension
            where o.factor_id is not null and (o.batch_no, f.dataset) not in (from out_of_use)
              and regexp_matches(o.reason_code, '(national|international|life_cycle|preferred)-')
        )
        select batch_no, seq, any_value(factor_id), min(own_id) filter (where own) from serving group by 1, 2
        having min(near) filter (where own) <= min(near) filter (where not own)
        """,
        "this choice takes {0} and passes over {1}, a factor of one's own that is as near", faults,
    )  # fmt: skip


def _check_reasons(s: Session, faults: Faults) -> None:
    """A choice has a factor, an instrument or a stated figure, or a reason why not; what was not consumed has none."""
    told = ", ".join(f"'{reason}'" for reason in _NOTHING)
    tell(
        s, "choice-factor",
        f"""
        select o.batch_no, o.seq, o.reason_code from original o join choice_key k using (key_no)
        where o.line <> 'stated' and o.instrument_id is null and (
            (o.factor_id is null) <> (o.reason_code in ({told}))
            or (o.reason_code = 'not_consumed')
               <> not (k.direction = 'consumed' or (k.direction = 'generated_sold' and o.line = 'energy'))
            or (o.reason_code = 'tax_included') <> (k.direction = 'consumed' and k.kind = 'spend'
                                                    and coalesce(k.tax_included, false)))
        """,
        "the reason {0} does not go with what was chosen and what the key consumed", faults,
    )  # fmt: skip


def _check_lines(s: Session, faults: Faults) -> None:
    """Scope, category and book of a choice are those that the catalogue gives its type and line."""
    tell(
        s, "choice-line",
        """
        select o.batch_no, o.seq, o.activity_type, o.line, o.method,
               concat_ws(' ', o.book, 'scope', o.scope, o.source_type, 'category', o.scope3_category, o.sub_line,
                         o.iso_category)
        from original o
        left join activity_line l on l.batch_no = o.catalogue and l.activity_type = o.activity_type
             and l.line = o.line and (l.method = o.method or o.line = 'stated')
        where o.instrument_id is null and o.activity_type is not null and (
            l.line is null or o.book <> l.book
            or o.method <> case when l.method <> 'single' then l.method else coalesce(o.stated_method, 'single') end
            or o.scope is distinct from coalesce(l.scope, o.stated_scope::varchar)
            or o.source_type is distinct from l.source_type
            or o.scope3_category is distinct from case when o.capitalised and l.scope3_category = 1 then 2
                when concat(l.scope3_category, '>', o.stated_scope3_category) in
                     ('4>9', '9>4', '5>12', '12>5', '8>13', '13>8') and o.line <> 'stated' then o.stated_scope3_category
                else coalesce(l.scope3_category, case when o.line = 'stated' then o.stated_scope3_category end) end
            or o.sub_line is distinct from
               case when o.capitalised and l.scope3_category = 1 then null else l.sub_line end
            or (l.iso_category is not null and o.iso_category <> case
                when o.scope3_category = l.scope3_category or l.scope3_category = 1 or o.scope <> '3'
                then l.iso_category
                when o.scope3_category in (4, 9) then '3' when o.scope3_category in (5, 8) then '4' else '5' end))
        """,
        "the catalogue does not give {0} the line {1} by {2} with {3}", faults,
    )  # fmt: skip
    tell(
        s, "choice-line",
        "select batch_no, seq, instrument_id from original where instrument_id is not null and (book <> 'inventory' "
        "or method <> 'market' or line <> 'energy' or scope <> '2' or factor_id is not null "
        "or iso_category <> if(activity_type in ('district_heat', 'steam', 'cooling'), '2.2', '2.1'))",
        "the instrument {0} stands on another line than market-based energy", faults,
    )  # fmt: skip


def _check_complete(s: Session, since: int, faults: Faults) -> None:
    """Each new key was decided on every line of its type in its own batch, and nowhere do two choices stand."""
    tell(
        s, "choice-missing",
        f"""
        select k.batch_no, k.seq, k.activity_type, l.line, l.method
        from choice_key k
        join (select b.batch_no, max(x.batch_no) as catalogue from (select distinct batch_no from choice_key) b
              join (select distinct batch_no from activity_line) x on x.batch_no <= b.batch_no group by all) e
             on e.batch_no = k.batch_no
        join activity_line l on l.activity_type = k.activity_type and l.batch_no = e.catalogue
        left join (select distinct batch_no, key_no, line, if(line = 'stated', '', method) as method from original) o
             on o.batch_no = k.batch_no and o.key_no = k.key_no and o.line = l.line
             and o.method = if(l.line = 'stated', '', l.method)
        where k.batch_no > {since} and o.line is null
        """,
        "this key of {0} was given no choice on the line {1} by the method {2}", faults,
    )  # fmt: skip
    tell(
        s, "choice-double",
        f"""
        select max(batch_no), arg_max(seq, (batch_no, seq)), key_no, line, method, sum(sign)
        from choice group by key_no, book, line, method, instrument_id
        having (sum(sign) > 1 or sum(sign) < 0) and max(batch_no) > {since}
        """,
        "{3} choices stand for key {0} on the line {1} by the method {2}", faults,
    )  # fmt: skip


def _check_reversals(s: Session, since: int, faults: Faults) -> None:
    """A reversal has sign -1 and its target's every other column; nothing is taken back twice."""
    differs = " or ".join(f'r."{name}" is distinct from t."{name}"' for name in _TAKEN_BACK)
    tell(
        s, "choice-reversal",
        f"""
        select r.batch_no, r.seq, concat('B', r.reverses_batch, '-', r.reverses_seq),
               case when t.seq is null then 'which is not there'
                    when t.reverses_batch is not null then 'which is itself a reversal'
                    when r.sign <> -1 then 'and does not have the sign -1'
                    when t.batch_no > r.batch_no then 'which is later'
                    when {differs} then 'and does not have its numbers'
                    else 'which was taken back before' end
        from choice r
        left join choice t on t.batch_no = r.reverses_batch and t.seq = r.reverses_seq
        where r.reverses_batch is not null and r.batch_no > {since}
        qualify t.seq is null or t.reverses_batch is not null or r.sign <> -1 or t.batch_no > r.batch_no or {differs}
             or row_number() over (partition by r.reverses_batch, r.reverses_seq order by r.batch_no, r.seq) > 1
        """,
        "this choice takes back {0}, {1}", faults,
    )  # fmt: skip
    tell(
        s, "choice-reversal",
        f"select batch_no, seq, sign from choice where batch_no > {since} "
        "and sign <> case when reverses_batch is null then 1 else -1 end",
        "the sign {0} is not that of a choice or of its reversal", faults,
    )  # fmt: skip
