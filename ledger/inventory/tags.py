"""Figures cut by project, model, team or any tag: read from the activities, since sums by key do not hold them.

Certificates are allotted to a facility's month and not to its rows: within each such group their effect is spread over
the tags by quantity, the last tag taking what rounding leaves.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache
from pathlib import Path
from typing import Any

from ledger.calculation.sql_text import filled
from ledger.errors import Misuse
from ledger.inventory.period import Period
from ledger.inventory.posted import make_posted, shared_sql
from ledger.store import Session

TAG = "tag:"
OWN_COLUMNS = ("project", "model", "team")
_MASS_PLACES = Decimal("1e-18")
_DIGITS = 80

_SUMS = f"""
with whole as (
    select t.label, t.legal_entity_id, t.facility_id, t.month, c.scope, c.method,
           case when c.scope in ('1', '2') then 'own'
                when c.scope = '3' and c.scope3_category is distinct from 3 then 'other' else 'upstream' end as applies,
           sum((c.sign * t.quantity * c.total_co2e_kg_per_unit::decimal(20,12))::decimal(38,18)) as kg
    from tagged t join choice c on c.key_no = t.key_no and c.instrument_id is null and c.batch_no <= t.pin
    where c.book = 'inventory' group by all
)
select w.label,
       case when b.scope3_category is not null then case when w.method <> 'market' then 'scope_3' end
            when w.scope = '1' then 'scope_1'
            when w.scope = '2' and w.method = 'location' then 'scope_2_location'
            when w.scope = '2' and w.method = 'market' then 'scope_2_market'
            when w.scope = '3' then 'scope_3' end as measure,
       sum({shared_sql("w.kg", "b.share")}) as kg
from whole w join boundary_part b on b.given_entity is not distinct from w.legal_entity_id
     and b.facility_id is not distinct from w.facility_id and b.applies = w.applies and not b.left_out
     and w.month between b.first_month and b.last_month
where w.kg is not null group by 1, 2 having measure is not null
"""

_CERTIFICATES = """
with effect as (
    select legal_entity_id, facility_id, month, key_no, sum(total_co2e_kg) as kg from posted
    where allocated and book = 'inventory' and scope = '2' and method = 'market' group by all having kg is not null
)
select e.legal_entity_id, e.facility_id, e.month, e.key_no, e.kg, t.label, sum(t.quantity) as quantity
from effect e left join tagged t on t.legal_entity_id is not distinct from e.legal_entity_id
     and t.facility_id is not distinct from e.facility_id and t.month = e.month and t.key_no = e.key_no
group by all order by 1, 2, 3, 4, 6 nulls first
"""


def tag_rows(s: Session, of: Period, by: str, view: str, size: int, measures: dict[str, str]) -> list[dict[str, Any]]:
    """One dict for each value of the tag, as :func:`ledger.inventory.breakdown.breakdown` gives them.

    ``by`` is `tag:` and a name: project, model or team, else one of the tags of a row. Raises Misuse without a name.
    The rows of each measure sum to the figure; what is left by rounding at the 18th decimal is in the last.
    """
    name = by.removeprefix(TAG).strip()
    if not name:
        raise Misuse("the tag is not named", "write tag:project, tag:model, tag:team, or tag: and a column of your own")
    make_posted(s, of, view, size, by_facility=True, by_entity=True)
    is_own = name in OWN_COLUMNS
    label = f"a.{name}" if is_own else "json_extract_string(a.tags, $tag)"
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    may = f"a.{name} is not null" if is_own else "a.tags is not null"
    sums = labelled_sums(s, label, may, {} if is_own else {"tag": pointer}, measures)
    order = sorted(sums, key=lambda tag: (tag is None, tag or ""))
    return [{by: tag, **{measure: sums[tag].get(measure) for measure in measures}} for tag in order]


def labelled_sums(
    s: Session, label: str, may: str, given: dict[str, Any], measures: dict[str, str]
) -> dict[str | None, dict[str, Decimal]]:
    """Measure sums in kg CO2e by a label of each activity, of what is in temp table `posted` by facility and entity.

    ``label`` is SQL over the activity `a` with the parameters ``given``, ``may`` says which activities can have one;
    None is what has no label. The labels of each measure sum to its figure.
    """
    s.run(filled(_tagged(), {"label": label, "may": may}), given)
    sums: dict[str | None, dict[str, Decimal]] = defaultdict(dict)
    with localcontext() as context:
        context.prec = _DIGITS
        for tag, measure, kg in s.rows(_SUMS):
            sums[tag][measure] = kg
        for tag, kg in _certificates(s):
            sums[tag]["scope_2_market"] = sums[tag].get("scope_2_market", Decimal(0)) + kg
        order = sorted(sums, key=lambda tag: (tag is None, tag or ""))
        for measure, condition in measures.items():
            figure = s.one(f"select sum(total_co2e_kg) from posted where book = 'inventory' and {condition}")[0]
            with_it = [tag for tag in order if measure in sums[tag]]
            if figure is not None and with_it:
                sums[with_it[-1]][measure] += figure - sum(sums[tag][measure] for tag in with_it)
    return dict(sums)


@cache
def _tagged() -> str:
    return (Path(__file__).parent / "tagged.sql").read_text(encoding="utf-8")


def _certificates(s: Session) -> list[tuple[str | None, Decimal]]:
    """What certificates change of the market-based figure, by tag: in each group by the quantities of its rows."""
    groups: dict[tuple[Any, ...], list[tuple[str | None, Decimal]]] = defaultdict(list)
    for *group, tag, quantity in s.rows(_CERTIFICATES):
        groups[tuple(group)].append((tag, quantity or Decimal(0)))
    spread = []
    for (*_, kg), parts in groups.items():
        whole = sum((quantity for _, quantity in parts), Decimal(0))
        rest = kg
        for tag, quantity in parts[:-1]:
            part = (kg * quantity / whole).quantize(_MASS_PLACES, ROUND_HALF_UP) if whole else Decimal(0)
            spread.append((tag, part))
            rest -= part
        spread.append((parts[-1][0], rest))
    return spread
