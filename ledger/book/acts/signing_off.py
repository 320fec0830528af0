"""Sign-off as an act of an auditor: refused where the ground does not bear it, bound to checkpoint and figures."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from typing import Any

from ledger.assurance.reviewing.engagements import EngagementTold, engagement_named
from ledger.assurance.reviewing.open_matters import open_matters, samples_left
from ledger.assurance.reviewing.review import Thread, review_threads
from ledger.assurance.reviewing.sign_off import CONCLUSIONS, sign_off_text
from ledger.assurance.signed.signed_text import signed_text
from ledger.assurance.verify import verify
from ledger.book.acts.sampling import evaluated
from ledger.book.results import WriteResult
from ledger.book.verbs.book import Book
from ledger.errors import Misuse, Refused, RefusedAct, known_word
from ledger.inventory.period import Period
from ledger.inventory.periods.life import lives, period_status, state_of
from ledger.inventory.periods.sealed import figures_digest
from ledger.store import Checkpoint, Session, Writing, append, as_arrow, latest_checkpoint, ledger_origin, session
from ledger.store.checkpoint import public_key_text, signing_key
from ledger.store.evidence import keep_file, stage_folder
from ledger.store.tables import Evidence, SignOff
from ledger.tabular import Tabular

_READY = ("approved", "closed", "restated")
_SHOWN = 5

# Whoever recorded what figures of the period are made of: its rows, sums and allotments, the choices of its keys, the
# steps of its life, and the registers, factors and policies that hold for every period.
_PREPARERS = """
with live as (
    select distinct key_no from period_total where month between $first and $last
),
made as (
    select batch_no from period_total where month between $first and $last
    union select batch_no from choice where key_no in (from live)
    union select batch_no from period_event where period_start <= $last and period_end >= $first
    union select batch_no from holding union select batch_no from facility union select batch_no from legal_entity
    union select batch_no from instrument union select batch_no from emission_factor
    union select batch_no from setting where name <> 'signing_key'
)
select b.batch_no, b.kind from batch b where b.actor = $person and b.batch_no in (from made) order by 1
"""

# A signing key that someone else than this person brought into the ledger.
_OF_OTHERS = """
with named as (
    select batch_no from setting where name = 'signing_key' and value = $key
    union select batch_no from key_event where event = 'rotated' and public_key = $key
)
select b.batch_no from batch b where b.batch_no in (from named) and b.actor <> $person
"""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What an auditor concludes: of which engagement, the conclusion, the statement in words, and despite what.

    ``despite`` says why it is given although findings are open; ``sign_as`` is the name under which it is signed
    with the key of this machine, None for no signature.
    """

    engagement_id: str
    conclusion: str
    statement: str
    despite: str = ""
    entity: str | None = None
    sign_as: str | None = None


@dataclass(frozen=True, slots=True)
class SignedOff(Tabular):
    """A sign-off that was recorded: its row, what it is bound to, what was open, and the auditor's public key.

    ``shared_key`` is true where the key that signed came into the ledger by someone else: it shows nothing of who did.
    """

    done: WriteResult
    entry: str
    checkpoint: Checkpoint
    figures_sha256: str
    open_threads: tuple[Thread, ...]
    signed_sha256: str | None
    public_key: str | None
    shared_key: bool = False


def signed_off(ledger: Book, text: str, said: Conclusion) -> SignedOff:
    """Sign off a period; see :meth:`ledger.book.Ledger.sign_off`."""
    known_word("conclusion", said.conclusion, CONCLUSIONS)
    if not said.statement.strip():
        raise Misuse("a sign-off needs a statement", "say with --statement what you conclude, on what, and why")
    with session(ledger.path) as s:
        engagement_named(s, said.engagement_id)
        ledger._act(s, "sign_off")  # noqa: SLF001 — one facade in two files; before the work of verifying
    found = verify(ledger.path)
    asking = _asking(ledger, text, said.engagement_id)
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "sign_off", reason=said.conclusion)  # noqa: SLF001 — as above
        if not found.ok:
            wrong = sum(finding.severity == "error" for finding in found.findings)
            raise _refused(act.actor, "sign-off-unverified", f"the ledger does not verify: {wrong} errors",
                           "see them with ghg verify; nobody signs off what does not hold")  # fmt: skip
        at = latest_checkpoint(s)
        if (at.size, at.root) != (found.size, found.root):
            raise _refused(act.actor, "sign-off-moved", "something was recorded while the ledger was verified",
                           "look at it, then sign off again: ghg review changes --from " + str(found.size))  # fmt: skip
        of = ledger._period(s, text)  # noqa: SLF001 — as above
        engagement = engagement_named(s, said.engagement_id)
        _check_ground(s, act, of, engagement, said.entity, at.size)
        still = _open_threads(s, act, of, said.despite)
        despite = _despite(act, (*open_matters(s, engagement, of, at.size), *asking), said.despite.strip())
        row = _row(s, of, engagement, said, at) | {"open_findings": len(still), "despite": despite}
        return _recorded(s, act, row, still, said.sign_as, engagement.criteria)


def _check_ground(s: Session, act: Any, of: Period, engagement: EngagementTold, entity: str | None, size: int) -> None:
    """The period is in the engagement and approved, and the auditor prepared nothing in it. Raises Refused."""
    if not engagement.start <= of.start <= of.end <= engagement.end:
        raise _refused(
            act.actor, "sign-off-period", f"{of.label} is not within {engagement.engagement_id}, which is of "
            f"{engagement.period.label}", "name a period of the engagement, or record a later version of it",
        )  # fmt: skip
    state = _state(s, of, engagement.view, entity, size)
    if state not in _READY:
        raise _refused(
            act.actor, "sign-off-period", f"{of.label} is {state}, and only approved figures are signed off",
            f"it is submitted, then approved by another person: ghg status {of.label}",
        )  # fmt: skip
    own = s.rows(_PREPARERS, {"first": of.months[0], "last": of.months[-1], "person": act.actor})
    if own:
        listed = ", ".join(f"{number} ({kind})" for number, kind in own[:_SHOWN])
        raise _refused(
            act.actor, "sign-off-own", f"you prepared what {of.label} rests on: batches {listed}",
            "have it signed off by an auditor who recorded nothing of it",
        )  # fmt: skip


def _state(s: Session, of: Period, view: str, entity: str | None, size: int) -> str:
    """The state of the period; of one company's that of a life over all these days that speaks for it."""
    if entity is None:
        return period_status(s, of, view, size)
    found = [life for life in lives(s, size) if life.covers(of.start, of.end) and life.speaks_for(view, entity)]
    states = [state_of(s, life, size) for life in found]
    return next((state for state in states if state in _READY), "open")


def _open_threads(s: Session, act: Any, of: Period, despite: str) -> tuple[Thread, ...]:
    """The findings and requests that no auditor settled, or that are open. Raises Refused where nothing is said."""
    still = tuple(thread for thread in review_threads(s, of=of) if thread.is_unsettled)
    if still and not despite.strip():
        listed = ", ".join(
            f"{thread.id} ({thread.kind} on {thread.about.label}{_settled_by(thread)})" for thread in still[:_SHOWN]
        )
        more = f" and {len(still) - _SHOWN} more" if len(still) > _SHOWN else ""
        raise _refused(
            act.actor, "sign-off-open", f"still open in the review: {listed}{more}",
            "have an auditor settle them (ghg review reopen, resolve), or say why it is given all the same: "
            "--despite-open TEXT",
        )  # fmt: skip
    return still


def _asking(ledger: Book, text: str, engagement_id: str) -> tuple[str, ...]:
    """The samples of the engagement in the period whose evaluation asks for more work, in words."""
    with session(ledger.path) as s:
        size, told = latest_checkpoint(s).size, engagement_named(s, engagement_id)
        of = ledger._period(s, text)  # noqa: SLF001 — one facade in two files
        whole = [name for name, left in samples_left(s, told, of, size) if not left]
    verdicts = {name: evaluated(ledger, name, engagement_id, "ratio").verdict for name in whole}
    return tuple(f"sample {name}: {verdict}" for name, verdict in verdicts.items() if "above" in verdict)


def _despite(act: Any, matters: tuple[str, ...], words: str) -> str | None:
    """Why it is given all the same, with each matter that is open. Raises Refused where there are and no word is."""
    if not matters:
        return words or None
    if not words:
        raise _refused(
            act.actor, "sign-off-open", f"not settled in the engagement: {'; '.join(matters)}",
            "have it corrected, finish the samples, or say why it is given all the same: --despite-open TEXT",
        )  # fmt: skip
    return f"{words} (given with {'; '.join(matters)})"


def _settled_by(thread: Thread) -> str:
    """Of an auditor's finding that another settled, that it is so; else nothing."""
    last = thread.settled_without_auditor
    return "" if last is None else f", opened by an auditor, {last.event} by a {last.role}"


def _row(s: Session, of: Period, engagement: EngagementTold, said: Conclusion, at: Checkpoint) -> dict[str, Any]:
    digest = figures_digest(s, of, engagement.view, said.entity, at.size)
    return {
        "engagement_id": engagement.engagement_id, "period_start": of.start, "period_end": of.end,
        "view": engagement.view, "legal_entity_id": said.entity, "level": engagement.level,
        "conclusion": said.conclusion, "checkpoint_size": at.size, "checkpoint_root": at.root,
        "figures_sha256": digest, "statement": said.statement.strip(),
    }  # fmt: skip


def _recorded(
    s: Session, act: Any, row: dict[str, Any], still: tuple[Thread, ...], sign_as: str | None, criteria: str
) -> SignedOff:
    """The batch with the sign-off and, where it is signed, the signed text as evidence."""
    kept, key, shared = None, None, False
    if sign_as is not None:
        own = signing_key()
        key, kept = public_key_text(own), signed_text(sign_off_text(ledger_origin(s), row, criteria), sign_as, own)
        row["signed_sha256"] = hashlib.sha256(kept).hexdigest()
        _keep(s, kept, row["signed_sha256"])
        shared = bool(s.rows(_OF_OTHERS, {"key": key, "person": act.actor}))

    def fill(writing: Writing) -> None:
        if kept is not None:
            name = f"sign-off-{row['engagement_id']}-{row['period_start']}.txt"
            held = {"sha256": row["signed_sha256"], "name": name, "bytes": len(kept), "media_type": "text/plain"}
            writing.insert_rows(Evidence, as_arrow(Evidence, [held]))
        writing.insert_rows(SignOff, as_arrow(SignOff, [row]))

    done = append(s, act, fill)
    seq = s.one("select seq from sign_off where batch_no = ?", [done.batch_no])[0]
    result = WriteResult(done.batch_no, done.entries, {"sign_offs": 1})
    bound = Checkpoint(ledger_origin(s), row["checkpoint_size"], row["checkpoint_root"])
    entry = f"B{done.batch_no}-{seq}"
    return SignedOff(result, entry, bound, row["figures_sha256"], still, row.get("signed_sha256"), key, shared)


def _keep(s: Session, content: bytes, sha256: str) -> None:
    stage = stage_folder(s.path)
    try:
        file = stage / "sign-off.txt"
        file.write_bytes(content)
        keep_file(s.path, file, sha256)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _refused(person: str, code: str, message: str, fix: str) -> Refused:
    return Refused(message, fix, code=code, act=RefusedAct("sign_off", person, {"code": code}))
