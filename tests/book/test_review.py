"""The review: what remarks may be about, who settles what, one way to do it, and tampering with any of it."""

from __future__ import annotations

import shutil
import sys
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

sys.path[:0] = [str(Path(__file__).parent.parent / folder) for folder in ("calculation", "assurance")]
import full  # noqa: E402 — found by the line above
import tiny  # noqa: E402 — as above

from ledger import Ledger, Misuse  # noqa: E402 — as above
from ledger.assurance.checks import review as review_checks  # noqa: E402 — as above
from ledger.assurance.reviewing import review  # noqa: E402 — as above
from ledger.assurance.verify import verify  # noqa: E402 — as above
from ledger.book.acts.people import record_person  # noqa: E402 — as above
from ledger.cli import app  # noqa: E402 — as above
from ledger.errors import Refused  # noqa: E402 — as above
from ledger.store import Act, append, as_arrow, session  # noqa: E402 — as above
from ledger.store.identity import guessable_id  # noqa: E402 — as above
from ledger.store.tables import RecordedFinding  # noqa: E402 — as above

PEOPLE = {"pia": "preparer", "pat": "preparer", "rob": "reviewer", "odd": "auditor", "ode": "auditor"}
FIGURE = "2024-03/operational_control/scope_2_location@1"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """March 2024 by pia in batch 7, a warning of hers in batch 8, a finding of odd's on its first row in batch 9."""
    path = tiny.ledger_path(tmp_path_factory.mktemp("reviewed"))
    with session(path, "write", create=True) as s:
        tiny.found(s, [tiny.factor("t:power", co2e_published_kg_per_unit="0.2")])
        for name, role in PEOPLE.items():
            append(s, tiny.act("person", name), lambda w, n=name, r=role: record_person(w, n, r))
    pia = (guessable_id("pia"), "preparer")
    march = tiny.row("electricity_purchased", "1000", "kWh", date(2024, 3, 1), date(2024, 3, 31))
    with session(path, "write") as s, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiny, "act", lambda kind, key: Act(kind, *pia, key))
        tiny.upload(s, "u1", [march, march])
        row = {"code": "row-duplicate", "severity": "warning", "message": "m", "fix": "f", "entry_batch": 7,
               "entry_seq": 2}  # fmt: skip
        append(s, Act("finding", *pia, "f1"), lambda w: w.insert_rows(
            RecordedFinding, as_arrow(RecordedFinding, [row])) and None)  # fmt: skip
    Ledger(path, actor="odd").remark("finding", "B7-1", "the bill says 900")
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(made.parent, tmp_path / "kept")
    return tmp_path / "kept" / made.name


def by(path: Path, name: str) -> Ledger:
    """The ledger as someone."""
    return Ledger(path, actor=name)


def state(path: Path, thread: str = "B9-1") -> str:
    """The state of a thread."""
    (told,) = Ledger(path).threads(about=thread)
    return told.state


def test_everything_that_is_there_can_be_remarked_on(path):
    """An entry, a batch, a figure, a period and a warning; each keeps its kind and days, and verify finds nothing."""
    odd = by(path, "odd")
    for about in ("B7-2", "B7", FIGURE, "2024-Q1", "B8-1"):
        odd.remark("comment", about, "seen")
        odd.tick(about, "inspected")
    told = [(t.about.kind, str(t.about.start), t.about.label) for t in odd.threads()[1:]]
    assert told == [
        ("entry", "2024-03-01", "B7-2"), ("batch", "2024-03-01", "B7"), ("figure", "2024-03-01", FIGURE),
        ("period", "2024-01-01", "2024-Q1"), ("finding", "2024-03-01", "B8-1"),
    ]  # fmt: skip
    assert len(odd.ticks()) == 5
    assert len(odd.threads(period="2024-02")) == 1
    assert verify(path).findings == []


@pytest.mark.parametrize(
    "about", ["B99", "B7-99", "B7-0", "2024-Q9", "x", FIGURE.replace("@1", "@99"), FIGURE.replace("scope_2", "scope_9")]
)
def test_nothing_is_remarked_on_that_is_not_there(path, about):
    """It is refused, and nothing is written."""
    with pytest.raises(Misuse):
        by(path, "odd").remark("comment", about, "seen")
    with pytest.raises(Misuse):
        by(path, "odd").tick(about, "agreed")
    assert len(Ledger(path).threads()) == 1


def test_the_one_who_is_asked_does_not_settle(path):
    """Pia recorded the row: she answers, and neither she nor another preparer says that it is done; odd does."""
    by(path, "pia").answer("B9-1", "misread")
    assert state(path) == "answered"
    for name in ("pia", "pat"):
        with pytest.raises(Refused, match="may not say that it is resolved"):
            by(path, name).resolve("B9-1", note="done")
    by(path, "odd").resolve("B9-1", note="corrected, seen")
    assert state(path) == "resolved"
    assert by(path, "odd").resolve("B9-1", note="again").batch is None
    with pytest.raises(Misuse, match="nobody waits"):
        by(path, "pia").answer("B9-1", "thanks")
    assert verify(path).findings == []


@pytest.mark.parametrize("name", ["rob", "ode"])
def test_another_reviewer_or_auditor_settles(path, name):
    """Neither opened it nor is asked: they may; it can be opened again."""
    by(path, name).resolve("B9-1", note="seen the bill", state="accepted")
    assert state(path) == "accepted"
    by(path, "odd").resolve("B9-1", note="not convinced", state="reopened")
    assert state(path) == "open"
    assert verify(path).findings == []


def test_a_reviewer_who_is_asked_by_name_does_not_settle(path):
    """What is asked of rob is settled by another; what pat opened pat settles, preparer or not."""
    batch = by(path, "pat").remark("request", "2024-Q1", "who approved this?", to="rob").batch
    with pytest.raises(Refused):
        by(path, "rob").resolve(f"B{batch}-1", note="I did")
    by(path, "pat").resolve(f"B{batch}-1", note="it was rob")
    with pytest.raises(Misuse, match="not a person"):
        by(path, "pat").remark("request", "2024-Q1", "and this?", to="nobody")
    assert verify(path).findings == []


@pytest.mark.parametrize("about", ["2024-03", FIGURE])
def test_who_prepared_a_period_is_asked_of_it(path, about):
    """Of a period or a figure whoever submitted it or entered its rows is asked: a reviewer who did does not settle."""
    odd, rob = by(path, "odd"), by(path, "rob")
    late = f"B{odd.remark('finding', about, 'a bill is missing').batch}-1"
    other = f"B{odd.remark('finding', '2024-02', 'and here?').batch}-1"
    row = tiny.row("electricity_purchased", "5", "kWh", date(2024, 3, 1), date(2024, 3, 31))
    with session(path, "write") as s, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiny, "act", lambda kind, key: Act(kind, guessable_id("rob"), "preparer", key))
        tiny.upload(s, "u2", [row])
    with pytest.raises(Refused, match="may not say that it is resolved"):
        rob.resolve(late, note="it came")
    rob.resolve(other, note="nothing is missing")
    by(path, "ode").resolve(late, note="it came")
    assert "review-rule" not in full.codes(verify(path))
    done = Ledger(path).checkpoint().size
    full.harm(path, f"update batch set actor = '{guessable_id('rob')}', role = 'reviewer' where batch_no = {done}")
    assert f"B{done}-1: {late} was resolved by who was asked" in [f.message for f in full.meaning(path)]


def test_a_submitter_is_asked_of_the_period(path):
    """Who submitted a period does not settle a finding on it, even as a reviewer; verify names it."""
    by(path, "pia").submit("2024-Q1")
    thread = f"B{by(path, 'odd').remark('finding', '2024-01', 'no bill').batch}-1"
    (told,) = Ledger(path).threads(about=thread)
    assert told.asked == (guessable_id("pia"),)
    batch = by(path, "rob").resolve(thread, note="none is due").batch
    assert verify(path).findings == []
    full.harm(path, f"update batch set actor = '{guessable_id('pia')}' where batch_no = {batch}")
    assert f"B{batch}-1: {thread} was resolved by who was asked" in [f.message for f in full.meaning(path)]


def test_an_auditors_finding_that_a_reviewer_settled_is_told(path):
    """The list says who settled what an auditor opened; once an auditor settles it, nothing is said."""
    by(path, "rob").resolve("B9-1", note="fine")
    listed = CliRunner().invoke(app, ["review", "list", "--ledger", str(path)]).output
    assert "opened by an auditor, settled by" in listed
    by(path, "ode").resolve("B9-1", note="again", state="reopened")
    by(path, "ode").resolve("B9-1", note="seen")
    assert Ledger(path).threads()[0].settled_without_auditor is None


def test_a_warning_is_settled_the_same_way(path):
    """`resolve` takes warnings and threads alike; one that a reviewer opened again is not settled by a preparer."""
    by(path, "pia").resolve("B8-1", note="two meters")
    by(path, "odd").resolve("B8-1", note="show me", state="reopened")
    with pytest.raises(Refused, match="opened again in a review"):
        by(path, "pia").resolve("B8-1", note="two meters")
    by(path, "ode").resolve("B8-1", note="seen both")
    (found,) = Ledger(path).findings()
    assert (found.state, found.note) == ("resolved", "seen both")
    assert verify(path).findings == []


def test_words_and_marks(path):
    """A remark needs words, a mark must be one of the set, and a thread is followed, not remarked on."""
    odd = by(path, "odd")
    for act in (lambda: odd.remark("finding", "B7", " "), lambda: odd.tick("B7", "aggreed"),
                lambda: odd.resolve("B9-1", note=" "), lambda: odd.remark("finding", "B9-1", "x"),
                lambda: odd.tick("B9-1", "agreed"), lambda: odd.answer("B7-1", "x"),
                lambda: odd.remark("comment", "B7", "x" * 10_001),
                lambda: odd.remark("comment", "B7", "x", engagement="E9")):  # fmt: skip
        with pytest.raises(Misuse):
            act()
    odd.remark("comment", "B9-1", "the meter was changed in February")
    (told,) = odd.threads()
    assert [remark.event for remark in told.remarks] == ["finding", "comment"]


def test_both_lists_of_words_are_the_same(root):
    """The verifier's own lists are those that are written, and the page says what each mark means."""
    page = (root / "docs" / "auditors.md").read_text(encoding="utf-8")
    assert [mark for mark, what in review.TICK_MARKS.items() if f"| `{mark}` | {what} |" not in page] == []
    assert set(review_checks._MARKS) == set(review.TICK_MARKS)
    assert set(review_checks._EVENTS) == {*review.OPENING, *review.FOLLOWING, "tick"}


TAMPERED = (
    ("review-reference", "about = 'B99-1' where seq = 1"),
    ("review-reference", "about = 'B7-99' where batch_no = 9"),
    ("review-reference", "about = 'B7-01' where batch_no = 9"),
    ("review-reference", "about_kind = 'finding' where batch_no = 9"),
    ("review-reference", "about_kind = 'period', about = '2024-13' where batch_no = 9"),
    ("review-reference", f"about_kind = 'figure', about = '{FIGURE[:-1]}99' where batch_no = 9"),
    ("review-reference", "engagement_id = 'E9' where batch_no = 9"),
    ("review-reference", "asked = 'p-none' where batch_no = 9"),
    ("review-reference", "thread_seq = 2 where batch_no = 11"),
    ("review-reference", "thread_batch = 10, thread_seq = 1 where batch_no = 11"),
    ("review-reference", "about = 'B7-2' where batch_no = 11"),
    ("review-reference", "thread_batch = null, thread_seq = null where batch_no = 11"),
    ("review-reference", "thread_batch = 9, thread_seq = 1 where batch_no = 12"),
    ("review-rule", "event = 'praise' where batch_no = 10"),
    ("review-rule", "tick_mark = 'aggreed' where batch_no = 12"),
    ("review-rule", "text = '' where batch_no = 9"),
    ("review-rule", "event = 'comment' where batch_no = 9"),
    ("review-rule", "event = 'reopened' where batch_no = 11"),
    ("review-rule", "asked = (select actor from batch where batch_no = 11) where batch_no = 9"),
)  # fmt: skip


@pytest.fixture(scope="module")
def worked(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Answered in batch 10, resolved by rob in 11, ticked in 12."""
    folder = tmp_path_factory.mktemp("worked") / "kept"
    shutil.copytree(made.parent, folder)
    path = folder / made.name
    by(path, "pia").answer("B9-1", "misread")
    by(path, "rob").resolve("B9-1", note="corrected")
    by(path, "odd").tick("B7-1", "agreed", note="bill 12")
    return path


@pytest.mark.parametrize(
    ("code", "change"), [pytest.param(*one, marks=[pytest.mark.thorough] * (n % 2)) for n, one in enumerate(TAMPERED)]
)
def test_tampering_is_found_by_its_meaning(worked, tmp_path, code, change):
    """Whoever makes every hash anew is still found: nothing points nowhere, nobody settles what they are asked."""
    shutil.copytree(worked.parent, tmp_path / "kept")
    path = tmp_path / "kept" / worked.name
    full.harm(path, f"update review_event set {change}")
    assert code in {finding.code for finding in full.meaning(path)}


def test_an_owner_does_not_settle_in_anothers_name(worked, tmp_path):
    """The header of the settling batch put to pia, who is asked: named."""
    shutil.copytree(worked.parent, tmp_path / "kept")
    path = tmp_path / "kept" / worked.name
    full.harm(path, f"update batch set actor = '{guessable_id('pia')}', role = 'preparer' where batch_no = 11")
    assert [f.message for f in full.meaning(path) if f.code == "review-rule"] == [
        "B11-1: B9-1 was resolved by who was asked"
    ]


def test_the_commands(path):
    """List, trace and status show what is open; each command answers in words and as JSON."""
    run = CliRunner().invoke
    there = ["--ledger", str(path), "--actor", "odd"]
    assert "tick on" not in run(app, ["trace", "B7-1", *there]).output
    assert "B7-1 agreed: agreed to the source" in run(app, ["review", "tick", "B7-1", "agreed", *there]).output
    listed = run(app, ["review", "list", "--open", *there]).output
    assert "B9-1  open  finding on B7-1, by" in listed
    assert "1 thread, 1 open; 1 tick mark" in listed
    assert '"state": "open"' in run(app, ["review", "list", "--json", *there]).output
    traced = run(app, ["trace", "B7-1", *there]).output
    assert "B9-1 finding on B7-1, open: the bill says 900" in " ".join(traced.split())
    assert "the bill says 900" in run(app, ["status", "2024-Q1", *there]).output
    assert "Open in the review" in run(app, ["findings", *there]).output
    settle = ["review", "resolve", "B9-1", "--note", "seen"]
    assert run(app, [*settle, "--ledger", str(path), "--actor", "pia"]).exit_code == 1
    assert run(app, [*settle, *there]).exit_code == 0
    assert "0 open" in run(app, ["review", "list", *there]).output
