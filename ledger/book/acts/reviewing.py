"""Acts of the review: comments, findings, requests, answers, tick marks, and what becomes of each thread."""

from __future__ import annotations

from typing import Any

from ledger.assurance.reviewing.about import About, about_named
from ledger.assurance.reviewing.engagements import engagement_named
from ledger.assurance.reviewing.review import SETTLING, TICK_MARKS, Thread, review_threads
from ledger.book.acts.attaching import entry_named
from ledger.book.acts.resolving import settled_finding
from ledger.book.results import WriteResult
from ledger.book.verbs.book import Book
from ledger.errors import Misuse, Refused, RefusedAct, known_word
from ledger.store import Session, Writing, append, as_arrow, session
from ledger.store.identity import person_called
from ledger.store.tables import ReviewEvent

_LONGEST = 10_000


def recorded_remark(
    ledger: Book, event: str, about: str, text: str, *, engagement: str | None = None, to: str | None = None
) -> WriteResult:
    """Comment, finding or request on something; a comment on a thread goes into it. See :class:`ledger.book.Ledger`."""
    words = _words(text, f"a {event} needs words")
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "review", reason=event)  # noqa: SLF001 — one facade in two files
        thing = about_named(s, about)
        if thing.kind == "thread":
            if event != "comment":
                fix = f"say it in the thread: ghg review comment {thing.text} TEXT, or answer {thing.text} TEXT"
                raise Misuse(f"{thing.text} is itself a remark of the review", fix)
            return _written(s, act, _following(_thread(s, thing.text), event, words))
        row = _opening(s, event, thing, engagement) | {"text": words, "asked": _asked(s, to)}
        return _written(s, act, row)


def recorded_answer(ledger: Book, thread: str, text: str) -> WriteResult:
    """Answer in a thread; see :meth:`ledger.book.Ledger.answer`."""
    words = _words(text, "an answer needs words")
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "review", reason="answer")  # noqa: SLF001 — one facade in two files
        held = _thread(s, thread)
        if held.kind != "comment" and not held.is_open:
            fix = f"open it again first: ghg review reopen {held.id} --note TEXT"
            raise Misuse(f"{held.id} is {held.state}; nobody waits for an answer", fix)
        return _written(s, act, _following(held, "answer", words))


def recorded_tick(ledger: Book, about: str, mark: str, note: str, engagement: str | None) -> WriteResult:
    """Put a tick mark on something; see :meth:`ledger.book.Ledger.tick`."""
    known_word("tick mark", mark, TICK_MARKS)
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "review", reason=f"tick: {mark}")  # noqa: SLF001 — one facade in two files
        thing = about_named(s, about)
        if thing.kind == "thread":
            raise Misuse(f"{thing.text} is itself a remark of the review", "tick what it is about")
        row = _opening(s, "tick", thing, engagement)
        return _written(s, act, row | {"tick_mark": mark, "text": note.strip() or None})


def settled(ledger: Book, what: str, note: str, state: str) -> WriteResult:
    """Resolve, accept or reopen a warning on record or a thread of the review; see :meth:`ledger.book.Ledger.resolve`.

    There is one way to do it: what is named decides where it is written.
    """
    entry = entry_named(what)
    with session(ledger.path) as s:
        is_remark = bool(s.rows("select 1 from review_event where batch_no = ? and seq = ?", list(entry)))
    return _settled_thread(ledger, what, note, state) if is_remark else settled_finding(ledger, what, note, state)


def _settled_thread(ledger: Book, what: str, note: str, state: str) -> WriteResult:
    known_word("state", state, SETTLING)
    words = _words(note, "what became of a thread needs a note")
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "review", reason=state)  # noqa: SLF001 — one facade in two files
        held = _thread(s, what)
        if held.kind == "comment":
            raise Misuse(f"{held.id} is a comment; nothing in it is open", "ghg review list --open shows what is")
        if state == ("reopened" if held.is_open else held.state):
            return WriteResult(None, 0, {"events": 0})
        if not held.may_be_settled_by(act.actor, act.role):
            raise Refused(
                f"'{ledger.actor}' is asked in {held.id} and may not say that it is {state}",
                f"answer it (ghg review answer {held.id} TEXT); whoever opened it settles it, or an auditor or "
                "reviewer who is not the one asked",
                code="review-own",
                act=RefusedAct("review", act.actor, {"code": "review-own", "thread": held.id, "state": state}),
            )
        return _written(s, act, _following(held, state, words))


def _opening(s: Session, event: str, about: About, engagement: str | None) -> dict[str, Any]:
    if engagement is not None:
        engagement_named(s, engagement)
    return {"event": event, "about_kind": about.kind, "about": about.text, "engagement_id": engagement}


def _following(thread: Thread, event: str, text: str) -> dict[str, Any]:
    batch_no, seq = entry_named(thread.id)
    return {
        "event": event, "about_kind": thread.about.kind, "about": thread.about.text, "text": text,
        "engagement_id": thread.engagement_id, "thread_batch": batch_no, "thread_seq": seq,
    }  # fmt: skip


def _written(s: Session, act: Any, row: dict[str, Any]) -> WriteResult:
    def fill(writing: Writing) -> None:
        writing.insert_rows(ReviewEvent, as_arrow(ReviewEvent, [row]))

    done = append(s, act, fill)
    return WriteResult(done.batch_no, done.entries, {"events": 1})


def _thread(s: Session, what: str) -> Thread:
    """The thread that an id names, be it of its first remark or of one that followed."""
    batch_no, seq = entry_named(what)
    rows = s.rows(
        "select coalesce(thread_batch, batch_no), coalesce(thread_seq, seq) from review_event "
        "where batch_no = ? and seq = ? and event <> 'tick'",
        [batch_no, seq],
    )
    found = review_threads(s, about="B{}-{}".format(*rows[0])) if rows else ()
    if not found:
        raise Misuse(f"{what} is no finding, request or comment of the review", "ghg review list shows them with ids")
    return found[0]


def _asked(s: Session, name: str | None) -> str | None:
    if name is None:
        return None
    person = person_called(s.path, name)
    if not s.rows("select 1 from person where person_id = ? limit 1", [person]):
        raise Misuse(f"'{name}' is not a person of this ledger", "ghg person list shows everyone who can be asked")
    return person


def _words(text: str, lacking: str) -> str:
    words = text.strip()
    if not words:
        raise Misuse(lacking, "say what there is to say")
    if len(words) > _LONGEST:
        raise Misuse(f"{len(words)} characters are too many for a remark", "attach a document: ghg attach FILE ENTRY")
    return words
