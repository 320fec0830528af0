"""The log of misstatements: what was found or estimated, whether it was corrected, and what is left of it in all.

An effect is recorded less right, kg CO2e of a measure: above zero the ledger says too much. Factual misstatements are
beyond doubt, judgemental ones rest on an estimate or method held unreasonable, projected ones are what a sample says of
its total (the three kinds of audit practice; ISSA 5000 asks to gather those that are not clearly trivial).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledger.assurance.reviewing.engagements import EngagementTold, engagement_versions
from ledger.assurance.sampling.corrections import moved_by
from ledger.assurance.verification import Faults, tell
from ledger.errors import Misuse
from ledger.inventory.exact import exact_sum
from ledger.store import Session
from schemas.measures import MEASURE_PARTS

KINDS = ("factual", "judgemental", "projected")


@dataclass(frozen=True, slots=True)
class MisstatementTold:
    """A misstatement in its last version; ``effect_kg`` above zero: too much was recorded."""

    misstatement_id: str
    engagement_id: str
    kind: str
    about_kind: str
    about: str
    measure: str
    effect_kg: Decimal
    corrected: bool
    corrected_batch: int | None
    sample_id: str | None
    reason: str
    withdrawn: bool
    entry: str
    person: str


@dataclass(frozen=True, slots=True)
class MeasureTotal:
    """What is uncorrected in a measure, kg: net, too much, too little; clearly trivial and corrected ones apart."""

    measure: str
    uncorrected_kg: Decimal
    overstated_kg: Decimal
    understated_kg: Decimal
    clearly_trivial_kg: Decimal
    corrected_kg: Decimal
    verdict: str


_VERSIONS = """
select m.misstatement_id, m.engagement_id, m.misstatement_kind, m.about_kind, m.about, m.measure, m.effect_kg,
       m.corrected, m.corrected_batch, m.sample_id, m.reason, m.withdrawn, concat('B', m.batch_no, '-', m.seq), b.actor
from misstatement m join batch b using (batch_no)
where m.batch_no <= coalesce($size, m.batch_no)
qualify row_number() over (partition by m.misstatement_id order by m.batch_no desc, m.seq desc) = 1
order by length(m.misstatement_id), m.misstatement_id
"""
# What a batch reverses, replaces or adds of activities, or decides anew, in a span of days.
_CHANGES = """
select exists (
    select 1 from activity a left join activity_detail d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
    where a.batch_no = $batch and a.period_start <= $end and a.period_end >= $start
      and (a.reverses_batch is not null or d.replaces is not null or $adding)
) or exists (
    select 1 from choice c join choice_key k using (key_no)
    where c.batch_no = $batch and c.reverses_batch is not null and k.month between $first and $end
)
"""


_BROKEN = {
    "not exists (select 1 from engagement e where e.engagement_id = m.engagement_id and e.batch_no <= m.batch_no)":
        "its engagement {} is not on record",
    "m.sample_id is not null and not exists (select 1 from review_sample r where r.sample_id = m.sample_id "
    "and r.batch_no <= m.batch_no)":
        "engagement {}: the sample it names is not on record",
    "m.about_kind = 'entry' and not exists (select 1 from batch b where b.batch_no <= m.batch_no "
    "and try_cast(split_part(substr(m.about, 2), '-', 1) as bigint) = b.batch_no "
    "and try_cast(split_part(m.about, '-', 2) as bigint) between 1 and b.entry_count)":
        "engagement {}: it is about an entry that is not there",
    "m.corrected <> (m.corrected_batch is not null)":
        "engagement {}: corrected, and the batch that did it, stand only together",
    f"m.misstatement_kind not in {KINDS} or m.measure not in {tuple(MEASURE_PARTS)}":
        "engagement {}: there is no such kind or measure",
}  # fmt: skip
"""What breaks a misstatement, as a condition, and how it is told."""


def misstatements_in_force(
    s: Session, engagement_id: str | None = None, size: int | None = None
) -> tuple[MisstatementTold, ...]:
    """The misstatements that stand, of an engagement or of all, each in its last version (up to a size, or now)."""
    told = (MisstatementTold(*row) for row in s.rows(_VERSIONS, {"size": size}))
    return tuple(one for one in told if not one.withdrawn and engagement_id in (None, one.engagement_id))


def misstatement_named(s: Session, misstatement_id: str) -> MisstatementTold:
    """The misstatement in force under an id. Raises Misuse where there is none."""
    found = {one.misstatement_id: one for one in misstatements_in_force(s)}
    if misstatement_id not in found:
        known = ", ".join(found) or "none; ghg review misstatement add records one"
        raise Misuse(f"there is no misstatement '{misstatement_id}'", f"misstatements: {known}")
    return found[misstatement_id]


def changes_something(s: Session, batch: int, start: date, end: date, *, adding: bool) -> bool:
    """Whether a batch reverses or replaces rows or choices of these days, or, with ``adding``, brings rows of them."""
    given = {"batch": batch, "start": start, "end": end, "first": start.replace(day=1), "adding": adding}
    return bool(s.one(_CHANGES, given)[0])


def measure_totals(found: Iterable[MisstatementTold], engagement: EngagementTold | None) -> tuple[MeasureTotal, ...]:
    """What is uncorrected in each measure, and last in the engagement's, into which scopes and categories roll up.

    Only that one is held against materiality; of the others the verdict says whether they are part of it.
    """
    listed = list(found)
    whole = engagement.measure if engagement is not None and listed else None
    parts = [one for one in dict.fromkeys(told.measure for told in listed) if one != whole]
    trivial = engagement.clearly_trivial_kg if engagement is not None else None
    made = []
    for measure in [*parts, whole] if whole is not None else parts:
        own = [one for one in listed if one.measure == measure or (measure == whole and is_part(one.measure, whole))]
        open_ones = [one.effect_kg for one in own if not one.corrected]
        large = [kg for kg in open_ones if trivial is None or abs(kg) > trivial]
        net = exact_sum(large)
        made.append(
            MeasureTotal(
                measure, net, exact_sum(kg for kg in large if kg > 0), exact_sum(kg for kg in large if kg < 0),
                exact_sum(kg for kg in open_ones if kg not in large),
                exact_sum(one.effect_kg for one in own if one.corrected), _verdict(measure, net, engagement),
            )
        )  # fmt: skip
    return tuple(made)


def is_part(measure: str, whole: str) -> bool:
    """Whether what is misstated in a measure is misstated in another: category 6 and Scope 3 in a total."""
    own = ("scope_3",) if measure.startswith("category_") else MEASURE_PARTS[measure]
    return measure == whole or set(own) <= set(MEASURE_PARTS[whole])


def _verdict(measure: str, net: Decimal, engagement: EngagementTold | None) -> str:
    if engagement is None:
        return "no engagement is named"
    if measure != engagement.measure:
        part = "part" if is_part(measure, engagement.measure) else "no part"
        return f"{part} of {engagement.measure}"
    if abs(net) > engagement.materiality_kg:
        return "above materiality"
    if abs(net) > engagement.performance_materiality_kg:
        return "above performance materiality"
    return "within performance materiality"


def check_misstatements(s: Session, since: int, faults: Faults) -> None:
    """What each version refers to is there: engagement, entry, sample, and a correction that corrects something."""
    for missing, words in _BROKEN.items():
        tell(
            s, "misstatement-broken",
            "select m.batch_no, m.seq, m.engagement_id from misstatement m "
            f"where m.batch_no > {int(since)} and ({missing})",
            words, faults,
        )  # fmt: skip
    by_id = {told.engagement_id: told for told in engagement_versions(s)}
    rows = s.rows(
        "select batch_no, seq, engagement_id, corrected_batch, effect_kg, about_kind, about, measure "
        "from misstatement where batch_no > ? "
        "and corrected_batch is not null order by 1, 2",
        [since],
    )
    for batch_no, seq, engagement_id, corrected, effect, kind, about, measure in rows:
        told = by_id.get(engagement_id)
        if told is None:
            continue
        if corrected >= batch_no or not changes_something(s, corrected, told.start, told.end, adding=effect < 0):
            entry = f"B{batch_no}-{seq}"
            words = f"{entry}: batch {corrected}, said to have corrected it, changed nothing of {told.period.label}"
            faults.add("misstatement-broken", words, entry=entry)
        elif kind in ("entry", "batch") and not moved_by(
            s, corrected, (kind, about), (told.start, told.end), measure
        ).touches:
            words = f"B{batch_no}-{seq}: batch {corrected}, said to have corrected it, does not touch {about}"
            faults.add("misstatement-broken", words, entry=f"B{batch_no}-{seq}")
