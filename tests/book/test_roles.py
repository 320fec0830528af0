"""Who may do what: every verb that writes, by every role; what is refused is on record and changes nothing."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import sys
import textwrap
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent.parent / "calculation")]
import tiny  # noqa: E402 — found by the line above

from ledger import Ledger, LedgerError, Misuse, Refused  # noqa: E402 — as above
from ledger.assurance.checks import roles as verified  # noqa: E402 — as above
from ledger.book.acts.engaging import Terms  # noqa: E402 — as above
from ledger.book.acts.people import record_person  # noqa: E402 — as above
from ledger.book.roles import MAY, ROLES  # noqa: E402 — as above
from ledger.store import append, session  # noqa: E402 — as above
from ledger.store.checkpoint import last_note  # noqa: E402 — as above
from ledger.store.control_log import control_log_path  # noqa: E402 — as above

Q1 = "2024-Q1"
ROOT = Path(__file__).parent.parent.parent

# Who may, written down once more: p reparer, r eviewer, a uditor, m (admin); a dot is a refusal.
MATRIX = """
upload              p...
telemetry           p...
check_may           p...
correct             p...
reverse             p...
calculate           pr..
publish_factors     p...
import_factors      p...
attach              p...
record_completeness p...
submit              p...
approve             .r..
close               .r..
restate             .r..
decide_base_year    .r..
set_setting         .r.m
withdraw_dataset    .r.m
add_person          ...m
set_roles           ...m
name_person         ...m
erase_person        ...m
set_password        ...m
new_token           ...m
revoke_key          ...m
vouch_for_key       ...m
confirm_checkpoints ...m
record_engagement   ..a.
remark              pram
answer              pram
tick                pram
resolve             pram
"""
"""Passwords and tokens are those of somebody else; everyone may change their own."""

KINDS = """
init               ...m
upload             p...
correction         p...
reversal           p...
advice             p...
true_up            p...
calculation        pr..
catalogue          p...
factor_set         p...
attach             p...
finding            p...
period:submitted   p...
period:approved    .r..
period:closed      .r..
restatement        .r..
base_year          .r..
issue              .r..
setting            .r.m
person             ...m
key                ...m
migration          ...m
engagement         ..a.
sample             ..a.
misstatement       ..a.
sign_off           ..a.
review             pram
timestamp          pram
"""

ELSEWHERE = {
    "migrate", "revoke_token", "rotate_key", "issue_report", "import_time_stamp", "record_sample", "record_results",
    "add_misstatement", "correct_misstatement", "withdraw_misstatement", "sign_off", "connect_spool",
    "connect_grid", "connect_kubernetes", "connect_mlflow", "connect_prometheus",
    "record_advice", "true_up", "true_up_all",
}  # fmt: skip
"""Verbs that need more than a tiny ledger before they come to the question; their own tests ask it."""

VERBS: dict[str, Callable[[Ledger, Path], object]] = {
    "upload": lambda held, file: held.upload(file),
    "telemetry": lambda held, file: held.telemetry(file.parent / "nothing"),
    "check_may": lambda held, _: held.check_may("upload"),
    "correct": lambda held, _: held.correct("B3-1", {"quantity": "9"}, reason="error"),
    "reverse": lambda held, _: held.reverse("B3-1", reason="error"),
    "calculate": lambda held, _: held.calculate(),
    "publish_factors": lambda held, _: held.publish_factors(("desnz-2024",)),
    "import_factors": lambda held, file: held.import_factors(file),
    "attach": lambda held, file: held.attach(file, "B3-1"),
    "record_completeness": lambda held, _: held.record_completeness(Q1),
    "submit": lambda held, _: held.submit(Q1),
    "approve": lambda held, _: held.approve(Q1),
    "close": lambda held, _: held.close(Q1),
    "restate": lambda held, _: held.restate(Q1, reason="error", note="n"),
    "decide_base_year": lambda held, _: held.decide_base_year("B9", "decline", reason="r"),
    "set_setting": lambda held, _: held.set_setting("base_year", "2024", reason="r"),
    "withdraw_dataset": lambda held, _: held.withdraw_dataset("t-2024", reason="r"),
    "add_person": lambda held, _: held.add_person("new"),
    "set_roles": lambda held, _: held.set_roles("preparer", "preparer"),
    "name_person": lambda held, _: held.name_person("p-0123456789abcdef", "new"),
    "erase_person": lambda held, _: held.erase_person("nobody"),
    "set_password": lambda held, _: held.set_password("tester", "correct horse battery"),
    "new_token": lambda held, _: held.new_token("tester"),
    "revoke_key": lambda held, _: held.revoke_key("none", reason="r"),
    "vouch_for_key": lambda held, _: held.vouch_for_key("none", reason="r"),
    "confirm_checkpoints": lambda held, _: held.confirm_checkpoints(),
    "record_engagement": lambda held, _: held.record_engagement("E1", TERMS, reason="r"),
    "remark": lambda held, _: held.remark("comment", "B3-1", "t"),
    "answer": lambda held, _: held.answer("B9-1", "t"),
    "tick": lambda held, _: held.tick("B3-1", "agreed"),
    "resolve": lambda held, _: held.resolve("B9-1", note="n"),
}


TERMS = Terms(level="limited", criteria="ISO 14064-1", period="2024-03", materiality="5%")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny ledger with a person of each role, named after it."""
    path = tiny.ledger_path(tmp_path_factory.mktemp("roles"))
    with session(path, "write", create=True) as s:
        tiny.found(s, [tiny.factor("t:power", co2e_published_kg_per_unit="0.2")])

        def fill(writing) -> None:
            for role in ROLES:
                record_person(writing, role, role)

        append(s, tiny.act("person", "people"), fill)
        tiny.upload(s, "u1", [tiny.row("electricity_purchased", "1000", "kWh", date(2024, 3, 1), date(2024, 3, 31))])
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A bill as a file."""
    file = tmp_path / "bill.csv"
    file.write_text(
        "activity_type,quantity,unit,period_start,period_end,country\n"
        "electricity_purchased,100,kWh,2024-04-01,2024-04-30,GB\n"
    )
    return file


def refusals(path: Path) -> list[dict]:
    """The lines of the log of refusals."""
    log = control_log_path(path)
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def code_of(act: Callable[[], object]) -> str | None:
    """The code of the fault that an act ends with; None where it is done."""
    try:
        act()
    except LedgerError as fault:
        return fault.code
    return None


def rows(matrix: str = MATRIX) -> list[tuple[str, str]]:
    """The verbs or kinds of a matrix with the letters of who may."""
    return [(line.split()[0], line.split()[1]) for line in matrix.strip().splitlines()]


@pytest.mark.parametrize(("verb", "may"), rows(), ids=[verb for verb, _ in rows()])
def test_each_role_may_what_the_matrix_says(made: Path, file: Path, verb: str, may: str):
    """A role that may comes past the check; one that may not is refused: exit code 1, a line on record, no entry."""
    assert len(may) == len(ROLES)
    for role, letter in zip(ROLES, may, strict=True):
        held = Ledger(made, actor=role)
        size, before = last_note(made).size, len(refusals(made))
        if letter == ".":
            with pytest.raises(Refused, match=f"'{role}' is an? {role} and may not") as refused:
                VERBS[verb](held, file)
            assert (refused.value.code, refused.value.exit_code) == ("role-not-allowed", 1)
            assert last_note(made).size == size
            told = refusals(made)[before:]
            assert [line["details"]["roles"] for line in told] == [role]
            assert told[0]["details"]["code"] == "role-not-allowed"
            assert role != told[0]["actor"], "the name itself is not written down"
        else:
            assert code_of(lambda held=held: VERBS[verb](held, file)) != "role-not-allowed"


def test_each_role_may_act_in_the_kinds_of_the_matrix(made: Path):
    """Every kind of act, by every role: an act of that role, or a refusal; the table has no others."""
    assert {act for act, _ in rows(KINDS)} == set(MAY)
    with session(made) as s:
        for act, may in rows(KINDS):
            kind, _, step = act.partition(":")
            for role, letter in zip(ROLES, may, strict=True):
                acting = partial(Ledger(made, actor=role)._act, s, kind, step=step or None)
                assert code_of(acting) == "role-not-allowed" if letter == "." else acting().role == role, act


def test_every_verb_that_writes_is_in_the_matrix():
    """A verb that comes to an act, by whatever page, is tried above or named as tried elsewhere."""
    writing = {verb for verb in dir(Ledger) if not verb.startswith("_") and comes_to_an_act(verb)}
    assert {"upload", "approve", "add_person", "remark"} <= writing
    assert writing <= set(VERBS) | ELSEWHERE, sorted(writing - set(VERBS) - ELSEWHERE)


def comes_to_an_act(verb: str) -> bool:
    """Whether the code of a verb, or of the pages of the book that it calls, makes the header of an act."""
    seen: set[str] = set()
    waiting = [inspect.getattr_static(Ledger, verb)]
    while waiting:
        found = waiting.pop()
        found = getattr(found, "__func__", found)
        name = f"{getattr(found, '__module__', '')}.{getattr(found, '__qualname__', '')}"
        if name in seen or not inspect.isfunction(found) or not found.__module__.startswith("ledger.book"):
            continue
        seen.add(name)
        tree = ast.parse(textwrap.dedent(inspect.getsource(found)))
        scope = dict(found.__globals__)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ledger.book"):
                page = importlib.import_module(str(node.module))
                scope |= {alias.asname or alias.name: getattr(page, alias.name) for alias in node.names}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in ("_act", "_check_may"):
                return True
            if isinstance(node, ast.Name) and node.id in scope:
                waiting.append(scope[node.id])
    return False


def test_every_verb_of_the_matrix_is_tried_and_every_kind_is_known():
    """The matrix of the test, the table of the program and that of the verifier speak of the same kinds."""
    assert {verb for verb, _ in rows()} == set(VERBS)
    kinds = {act.split(":")[0] for act in MAY}
    assert kinds == set(verified._ROLES)
    for act, roles in MAY.items():
        kind, _, step = act.partition(":")
        assert set(roles) <= verified._ROLES[kind]
        if step:
            assert roles == (verified._STEPS[step],)
        else:
            assert set(roles) == verified._ROLES[kind]
    used = set(acts_of_the_code())
    assert used <= set(MAY), f"no role is said for {used - set(MAY)}"


def acts_of_the_code() -> list[str]:
    """Every kind that code of ours gives to an act, with its step where it is written out."""
    found = []
    for path in (ROOT / "ledger").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            if call.func.attr not in ("_act", "_check_may"):
                continue
            given = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
            step = next((word.value for word in call.keywords if word.arg == "step"), None)
            if given and step is None:
                found.append(":".join(given))
    return found


def test_what_was_refused_can_be_read(made: Path):
    """The log as a list: the kind, the pseudonym, the reason; the same as its lines."""
    with pytest.raises(Refused):
        Ledger(made, actor="auditor").submit(Q1)
    told = Ledger(made).refusals()
    assert told == refusals(made)
    assert (told[-1]["what"], told[-1]["details"]["step"], told[-1]["details"]["code"]) == (
        "period", "submitted", "role-not-allowed",
    )  # fmt: skip


def test_a_kind_that_nobody_declared_fails_loudly(made: Path):
    """An act of a new kind is not written by whoever comes: its author is told where to say who may."""
    with session(made) as s, pytest.raises(LookupError, match="does not say who may act as 'gift'"):
        Ledger(made, actor="admin")._act(s, "gift")


def test_an_upload_is_refused_before_the_file_is_read(made: Path, tmp_path: Path):
    """What an auditor hands in is not even opened."""
    with pytest.raises(Refused, match="may not upload"):
        Ledger(made, actor="auditor").upload(tmp_path / "not there.csv")


def test_a_person_may_hold_several_roles(made: Path):
    """Each act is done in the first role that may, and the header names it; a role taken away is gone."""
    adm = Ledger(made, actor="admin")
    adm.add_person("both", ["reviewer", "preparer"])
    both = Ledger(made, actor="both")
    assert {row["role"] for row in both.people() if row["name"] == "both"} == {"preparer reviewer"}
    assert acted_as(both, lambda: both.attach(__file__, "B3-1")) == "preparer"
    assert acted_as(both, lambda: both.set_setting("base_year", "2025", reason="r")) == "reviewer"
    adm.set_roles("both", "auditor")
    with pytest.raises(Refused):
        both.set_setting("base_year", "2023", reason="r")
    adm.set_roles("both", [])
    with pytest.raises(Refused, match="without a role"):
        both.resolve("B9-1", note="n")
    assert adm.verify().ok


def test_the_last_admin_stays_one(made: Path, tmp_path: Path):
    """Nobody can leave the ledger without someone who says who may act."""
    ledger = Ledger.init(tmp_path / "own.duckdb", organisation="Own", actor="ann", datasets=("ipcc-gwp",))
    with pytest.raises(Misuse, match="without an admin"):
        ledger.set_roles("ann", "preparer")
    ledger.add_person("ben", "admin")
    ledger.set_roles("ann", "preparer")
    with pytest.raises(Refused, match="'ann' is a preparer and may not say who may act"):
        ledger.add_person("cy")
    assert [row["role"] for row in ledger.people()] == ["preparer", "admin"]
    assert ledger.verify().ok


def acted_as(held: Ledger, act: Callable[[], object]) -> str:
    """The role in the header of the one batch that an act writes."""
    before = held.checkpoint().size
    act()
    with session(held.path) as s:
        return s.one("select role from batch where batch_no = ? + 1", [before])[0]
