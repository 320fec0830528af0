"""The auditor's work: engagement, comments and marks, samples, misstatements, sign-offs; keys and time stamps."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from ledger.store.tables.columns import Entry, as_big, as_instant, as_mass, as_quantity


class Engagement(Entry, table=True):
    """What a verifier was asked: the level of assurance, the criteria, and what is material.

    With a per cent, `materiality_kg` is that of `basis_kg`: the measure of the period under the view, as the ledger
    stood at `basis_size` batches. The version recorded last is in force.
    """

    __tablename__ = "engagement"

    engagement_id: str
    level: str
    criteria: str
    period_start: date
    period_end: date
    view: str
    measure: str
    materiality_pct: Decimal | None = as_quantity(None)
    basis_kg: Decimal | None = as_mass()
    basis_size: int | None = as_big(None)
    materiality_kg: Decimal = as_mass(...)
    performance_materiality_kg: Decimal = as_mass(...)
    clearly_trivial_kg: Decimal | None = as_mass()
    note: str | None = None
    withdrawn: bool


class ReviewEvent(Entry, table=True):
    """A comment, finding, request or tick mark on an entry, batch, figure, period or warning; an answer, a resolution.

    What opens a thread names none; all that follows in it names its first entry and says the same about.
    """

    __tablename__ = "review_event"

    engagement_id: str | None = None
    about_kind: str
    about: str
    event: str
    tick_mark: str | None = None
    asked: str | None = None
    thread_batch: int | None = as_big(None)
    thread_seq: int | None = None
    text: str | None = None


class ReviewSample(Entry, table=True):
    """A sample that was drawn: its frame, method and seed, from which anyone draws it again."""

    __tablename__ = "review_sample"

    sample_id: str
    engagement_id: str | None = None
    period_start: date
    period_end: date
    view: str
    measure: str
    sampling_method: str
    seed: str
    checkpoint_size: int = as_big()
    frame_count: int = as_big()
    frame_kg: Decimal = as_mass(...)
    frame_sha256: str
    item_count: int
    items_sha256: str
    parameters: str


class SampleResult(Entry, table=True):
    """What came of an item of a sample: the audited value beside the recorded one, and on which evidence."""

    __tablename__ = "sample_result"

    sample_id: str
    item: int
    about: str
    outcome: str
    recorded_kg: Decimal | None = as_mass()
    audited_kg: Decimal | None = as_mass()
    evidence_sha256: str | None = None
    evidence: str | None = None
    tick_mark: str | None = None
    note: str | None = None


class Misstatement(Entry, table=True):
    """A misstatement: factual, judgemental or projected; its effect on a measure, and whether it was corrected."""

    __tablename__ = "misstatement"

    misstatement_id: str
    engagement_id: str
    misstatement_kind: str
    about_kind: str
    about: str
    measure: str
    effect_kg: Decimal = as_mass(...)
    corrected: bool
    corrected_batch: int | None = as_big(None)
    sample_id: str | None = None
    reason: str
    withdrawn: bool


class SignOff(Entry, table=True):
    """A conclusion on a period, bound to the checkpoint and to the figures that it speaks of.

    `open_findings` were open at that size and named in `despite`; the auditor's signature, where there is one, lies in
    evidence with the text that it is under.
    """

    __tablename__ = "sign_off"

    engagement_id: str
    period_start: date
    period_end: date
    view: str
    legal_entity_id: str | None = None
    level: str
    conclusion: str
    checkpoint_size: int = as_big()
    checkpoint_root: str
    figures_sha256: str
    open_findings: int
    despite: str | None = None
    statement: str
    signed_sha256: str | None = None


class KeyEvent(Entry, table=True):
    """What one signing key says of another: it takes my place, I vouch for it, it counts no more from a time on.

    ``signature`` (base64) is that of ``signed_by`` over the statement described in `docs/keys.md`.
    """

    __tablename__ = "key_event"

    event: str
    public_key: str
    signed_by: str
    signature: str
    revoked_from: datetime | None = as_instant(None)
    reason: str


class TimeStamp(Entry, table=True):
    """A time-stamping authority's reply for a checkpoint (RFC 3161); its bytes lie in evidence.

    ``nonce`` is the number of the request (decimal digits), ``authority`` the subject of the certificate that signed.
    """

    __tablename__ = "time_stamp"

    checkpoint_size: int = as_big()
    checkpoint_root: str
    reply_sha256: str
    stated_at: datetime = as_instant()
    authority: str
    serial: str
    nonce: str
