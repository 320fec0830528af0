"""The life of a period: each step from the right one, by the right person; what came late; restatement; what stays."""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path[:0] = [str(Path(__file__).parent.parent / "calculation")]
import tiny  # noqa: E402 — found by the line above

from ledger import Ledger, Misuse, Refused  # noqa: E402 — as above
from ledger.book.acts.people import record_person  # noqa: E402 — as above
from ledger.inventory import compile_inventory, period  # noqa: E402 — as above
from ledger.store import Act, append, as_arrow, session  # noqa: E402 — as above
from ledger.store.control_log import control_log_path  # noqa: E402 — as above
from ledger.store.tables import Setting  # noqa: E402 — as above

Q1, YEAR = "2024-Q1", "2024"
PEOPLE = {
    "pia": "preparer", "rob": "reviewer", "ria": "reviewer", "ada": "preparer reviewer admin", "odd": "auditor",
}  # fmt: skip
MEASURES = ("scope_1", "scope_2_location", "scope_2_market", "scope_3")


def power(quantity: str, month: int, **given: Any) -> dict[str, Any]:
    """Electricity of a month of 2024, 0.2 kg/kWh."""
    last = {1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30}[month]
    return tiny.row("electricity_purchased", quantity, "kWh", date(2024, month, 1), date(2024, month, last), **given)


@pytest.fixture
def path(made_once, tmp_path: Path) -> Path:
    """A copy of that ledger."""
    return tiny.ledger_path(made_once(found, tmp_path / "kept"))


def found(folder: Path) -> None:
    """A tiny ledger with five people, 1000 kWh in each month of the first half of 2024, and certificates of 600."""
    path = tiny.ledger_path(folder)
    with session(path, "write", create=True) as s:
        tiny.found(s, [tiny.factor("t:power", co2e_published_kg_per_unit="0.2")],
                   instruments=[tiny.instrument("R1", "600")])  # fmt: skip
        for name, role in PEOPLE.items():
            append(s, Act("person", *tiny.WHO, name), lambda w, n=name, r=role: record_person(w, n, r))
        tiny.upload(s, "u1", [power("1000", month) for month in range(1, 7)])


def by(path: Path, name: str) -> Ledger:
    """The ledger as someone."""
    return Ledger(path, actor=name)


def closed(path: Path, label: str = Q1, **whose: Any) -> None:
    """A period is taken from open to closed."""
    by(path, "pia").submit(label, **whose)
    by(path, "rob").approve(label, **whose)
    by(path, "rob").close(label, **whose)


def uploaded(path: Path, key: str, rows: list[dict[str, Any]]) -> int:
    """Rows that someone else than the reviewers recorded."""
    with session(path, "write") as s:
        return tiny.upload(s, key, rows)


def calculated(path: Path, key: str) -> int:
    """A calculation."""
    with session(path, "write") as s:
        return tiny.calculate(s, key)


def set_to(path: Path, name: str, value: str) -> None:
    """A setting is recorded."""
    row = {"name": name, "value": value, "valid_from": tiny.EPOCH}
    with session(path, "write") as s:
        append(s, Act("setting", *tiny.WHO, f"{name}={value}"), lambda w: w.insert_rows(
            Setting, as_arrow(Setting, [row])))  # fmt: skip


def figures(path: Path, label: str = Q1, at: int | None = None) -> dict[str, Decimal | None]:
    """The four measures of a period."""
    held = Ledger(path).inventory(label, at=at)
    return {name: getattr(held, name) for name in MEASURES}


@pytest.mark.thorough
def test_each_step_comes_from_the_right_one(path: Path):
    """Open, submitted, approved, closed: any other step is refused in words that name the next one."""
    pia, rob = by(path, "pia"), by(path, "rob")
    for verb in (rob.approve, rob.close):
        with pytest.raises(Misuse) as refused:
            verb(Q1)
        assert "not submitted yet" in str(refused.value)
        assert "ghg submit 2024-Q1" in refused.value.fix
    with pytest.raises(Misuse, match="nothing of 2024-Q1 is closed"):
        rob.restate(Q1, reason="error", note="n")
    assert pia.submit(Q1).state == "submitted"
    with pytest.raises(Misuse, match="submitted already"):
        pia.submit(Q1)
    with pytest.raises(Misuse, match="cannot be closed"):
        rob.close(Q1)
    assert rob.approve(Q1).state == "approved"
    with pytest.raises(Misuse, match="approved already"):
        rob.approve(Q1)
    done = rob.close(Q1)
    assert (done.state, Ledger(path).inventory(Q1).status) == ("closed", "closed")
    for verb in (pia.submit, rob.approve, rob.close):
        with pytest.raises(Misuse) as refused:
            verb(Q1)
        assert "closed already" in str(refused.value)
        assert "ghg restate" in refused.value.fix


def test_roles_and_the_second_person(path: Path):
    """A reviewer does not submit, a preparer or auditor does not approve, and nobody approves what they submitted."""
    for name in ("rob", "odd"):
        with pytest.raises(Refused, match="may not submit"):
            by(path, name).submit(Q1)
    by(path, "ada").submit(Q1)
    for name in ("pia", "odd"):
        with pytest.raises(Refused, match="may not approve a period"):
            by(path, name).approve(Q1)
    with pytest.raises(Refused, match="'ada' submitted 2024-Q1 and may not approve it"):
        by(path, "ada").approve(Q1)
    assert by(path, "rob").approve(Q1).single_person is False


def test_who_entered_rows_does_not_approve_them(path: Path):
    """Entering is preparing, also after the role was changed; months that others closed before are not in question."""
    with session(path, "write") as s:
        append(s, tiny.act("person", "rob prepares"), lambda w: record_person(w, "rob", "preparer"))
    own = by(path, "rob").reverse("B7-4", reason="error")
    with session(path, "write") as s:
        append(s, tiny.act("person", "rob reviews"), lambda w: record_person(w, "rob", "reviewer"))
    by(path, "pia").submit("2024-Q2")
    size, log = Ledger(path).checkpoint().size, control_log_path(path)
    with pytest.raises(Refused, match=rf"'rob' entered rows of 2024-Q2 \(batch {own.batch}\) and may not approve"):
        by(path, "rob").approve("2024-Q2")
    told = json.loads(log.read_text().splitlines()[-1])
    assert (told["what"], told["details"]["code"]) == ("period", "approval-own")
    assert "rob" not in log.read_text()
    assert Ledger(path).checkpoint().size == size
    by(path, "ria").approve("2024-Q2")
    by(path, "ria").close("2024-Q2")
    closed(path, Q1)
    by(path, "pia").submit("2024-H1")
    assert by(path, "rob").approve("2024-H1").state == "approved"
    found = Ledger(path).verify()
    assert found.findings == []


@pytest.mark.thorough
def test_a_single_person_is_recorded_and_printed(path: Path):
    """With the setting one person does both; the state, each inventory and its notes say so."""
    set_to(path, "single_person", "on")
    ada = by(path, "ada")
    ada.submit(Q1)
    assert ada.approve(Q1).single_person
    ada.close(Q1)
    held = ada.inventory(Q1)
    assert held.single_person
    assert any("Single-person operation" in note for note in held.notes)
    found = ada.verify()
    assert found.ok
    assert [finding.code for finding in found.findings if finding.code.startswith("approval")] == ["approval-single"]


@pytest.mark.thorough
def test_what_is_added_after_submission_opens_the_period(path: Path):
    """Figures that moved are approved by nobody: the period is open again, and says since which step."""
    by(path, "pia").submit(Q1)
    uploaded(path, "late", [power("1", 2)])
    (state,) = Ledger(path).status(Q1)
    assert (state.state, state.changed) == ("open", True)
    assert Ledger(path).inventory(Q1).status == "open"
    with pytest.raises(Misuse, match="changed after it was submitted and is open again"):
        by(path, "rob").approve(Q1)
    by(path, "pia").submit(Q1)
    by(path, "rob").approve(Q1)
    uploaded(path, "other quarter", [power("1", 5)])
    assert by(path, "rob").close(Q1).state == "closed", "another quarter's rows do not matter"


@pytest.mark.thorough
def test_a_late_row_waits_and_is_told(path: Path):
    """A row and a reversal for a closed quarter leave its digits and are counted and weighed beside it."""
    closed(path)
    before = figures(path)
    uploaded(path, "late", [power("500", 3), tiny.row("electricity_purchased", "61", "kWh", date(2024, 3, 10),
                                                      date(2024, 4, 9))])  # fmt: skip
    with session(path, "write") as s:
        tiny.reverse(s, "r", 7, 1)
    assert figures(path) == before == dict.fromkeys(MEASURES) | {
        "scope_2_location": Decimal(600), "scope_2_market": Decimal(600)}  # fmt: skip
    late = Ledger(path).inventory(Q1).received_after_close
    assert late is not None
    # 500 + 43.290323 (22 of 31 days of 61) - 1000 kWh, x 0.2 kg
    assert late.scope_2_location == Decimal("-91.3419354")
    assert (late.rows, late.reversals, late.scope_1) == (3, 1, None)
    assert late.total_location == late.scope_2_location
    whole = Ledger(path).inventory(YEAR)
    assert whole.status == "open"
    assert whole.received_after_close == late
    # April has its part of the row at once: 17.709677 kWh
    assert whole.scope_2_location == Decimal("0.2") * (6000 + Decimal("17.709677"))


def test_both_figures_stay_readable(path: Path):
    """A restatement shows old, new and difference, who stood for each; the old figure stays under its size."""
    calculated(path, "c1")
    closed(path)
    size = Ledger(path).checkpoint().size
    uploaded(path, "late", [power("500", 3)])
    ria = by(path, "ria")
    before = ria.checkpoint()
    planned = ria.restate(Q1, reason="late_data", check=True)[0]
    assert ria.checkpoint() == before, "--check writes nothing"
    (told,) = ria.restate(Q1, reason="late_data", note="a bill came late")
    assert [line.difference_kg for line in told.lines] == [line.difference_kg for line in planned.lines]
    location = next(line for line in told.lines if line.measure == "scope_2_location")
    assert (location.old_kg, location.new_kg, location.difference_kg) == (Decimal(600), Decimal(700), Decimal(100))
    assert (told.reason_code, told.note) == ("late_data", "a bill came late")
    assert told.before.person != told.person
    assert told.received is not None
    assert told.received.rows == 1
    assert figures(path, at=size)["scope_2_location"] == Decimal(600)
    assert figures(path)["scope_2_location"] == Decimal(700)
    held = ria.inventory(Q1)
    assert (held.status, held.received_after_close) == ("restated", None)
    assert ria.restatements(Q1) == (told,)
    again = ria.checkpoint()
    assert not ria.restate(Q1, reason="error", note="again")[0].changes, "nothing differs any more"
    assert ria.checkpoint() == again


def test_who_entered_late_rows_does_not_let_them_count(path: Path):
    """A reviewer who recorded a correction is refused the restatement that would count it; another may."""
    closed(path)
    with session(path, "write") as s:
        tiny.upload(s, "late", [power("5", 1)])
    own = by(path, "ada")
    own.reverse("B11-1", reason="error")
    with pytest.raises(Refused, match="entered rows that this restatement would count"):
        own.restate(Q1, reason="error", note="n")
    with pytest.raises(Misuse, match="is not a reason"):
        own.restate(Q1, reason="because", note="n")
    with pytest.raises(Misuse, match="needs an explanation"):
        by(path, "ria").restate(Q1, reason="error")


@pytest.mark.thorough
def test_closed_quarters_keep_their_digits(path: Path):
    """Through late rows, a new edition, recalculation and certificates allotted later, to the last digit."""
    closed(path)
    before = Ledger(path).inventory(Q1)
    uploaded(path, "late", [power("123.456789", 1)])
    calculated(path, "certificates are allotted over the year")
    with session(path, "write") as s:
        tiny.publish(s, "f2", [tiny.factor("t:power", version="1.1", co2e_published_kg_per_unit="0.25")],
                     [tiny.dataset("t-2024", version="1.1")])  # fmt: skip
        tiny.calculate(s, "c2")
    after = Ledger(path).inventory(Q1)
    for name in (*MEASURES, "by_gas", "by_gas_market", "energy_kwh", "share_estimated", "not_quantified", "notes"):
        assert getattr(after, name) == getattr(before, name), name
    assert Ledger(path).inventory("2024-Q2").scope_2_location == Decimal(750)
    assert Ledger(path).verify().ok


@pytest.mark.thorough
def test_a_year_reads_its_own_allocation_and_says_the_difference(path: Path):
    """Certificates allotted after a quarter closed are in the year, not in the quarter; the year prints by how much."""
    closed(path)
    uploaded(path, "late", [power("400", 1)])
    calculated(path, "c1")
    year = Ledger(path).inventory(YEAR)
    # 600 kWh over the 6000 that count, not over the 400 that wait: half of them in the closed quarter
    assert year.scope_2_market == Decimal("0.2") * 5400
    assert year.allotted_since_kg == Decimal("-0.2") * 300
    assert any("-60 kg CO2e" in note for note in year.notes)
    assert figures(path)["scope_2_market"] == Decimal(600)
    closed(path, YEAR)
    assert Ledger(path).inventory(YEAR).scope_2_market == Decimal("0.2") * 5400
    assert Ledger(path).verify().ok


@pytest.mark.thorough
def test_a_restatement_allots_instruments_over_what_now_counts(path: Path):
    """A reversal that starts to count leaves no certificate on consumption that is gone; a closed year follows."""
    calculated(path, "c1")
    closed(path)
    closed(path, YEAR)
    with session(path, "write") as s:
        tiny.reverse(s, "r", 7, 1)
    calculated(path, "c2")
    assert by(path, "ria").verify().ok
    assert figures(path, YEAR)["scope_2_market"] == Decimal("0.2") * 5400
    told = by(path, "ria").restate(Q1, reason="error", note="counted twice")
    assert [one.period.label for one in told] == [Q1, YEAR]
    assert figures(path, YEAR)["scope_2_market"] == Decimal("0.2") * 4400
    assert Ledger(path).inventory(YEAR).status == "restated"
    found = by(path, "ria").verify()
    assert found.findings == []


@pytest.mark.thorough
def test_a_year_follows_its_quarters(path: Path):
    """A year is as settled as its least settled quarter, and closed periods do not cut each other."""
    closed(path)
    assert Ledger(path).inventory("2024-02").status == "closed"
    by(path, "pia").submit("2024-Q2")
    assert Ledger(path).inventory("2024-H1").status == "submitted"
    by(path, "rob").approve("2024-Q2")
    by(path, "rob").close("2024-Q2")
    assert Ledger(path).inventory("2024-H1").status == "closed"
    assert Ledger(path).inventory(YEAR).status == "open", "nothing was said of its second half"
    for label in ("2024-02", "2024-02-01..2024-04-30"):
        with pytest.raises(Misuse, match="shares days"):
            by(path, "pia").submit(label)
    with pytest.raises(Misuse, match="holds no activity"):
        by(path, "pia").submit("2023")
    closed(path, YEAR)
    assert Ledger(path).inventory(YEAR).status == "closed"


def test_a_fiscal_year_has_its_own_quarters(path: Path):
    """FY2024-Q4 of a fiscal year from April is the first calendar quarter of 2024."""
    set_to(path, "fiscal_year_start", "04-01")
    closed(path, "FY2024-Q4")
    assert Ledger(path).inventory(Q1).status == "closed"
    assert Ledger(path).status()[0].period.label == Q1


def test_one_view_and_one_entity(path: Path):
    """A period may be closed for one view or entity; the others stay open, and unknown names are refused."""
    closed(path, view="operational_control")
    assert Ledger(path).inventory(Q1).status == "closed"
    with pytest.raises(Misuse, match="shares days"):
        by(path, "pia").submit(Q1)
    with pytest.raises(Misuse, match="is not computed"):
        by(path, "pia").submit(Q1, view="mine")
    with pytest.raises(Misuse, match="is not a legal entity"):
        by(path, "pia").submit(Q1, entity="L9")


def test_the_digest_is_that_of_the_exported_figures(path: Path):
    """The file that status writes has the SHA-256 that the close recorded, before and after late rows."""
    closed(path)
    text = Ledger(path).sealed_figures(Q1)
    (state,) = Ledger(path).status()
    assert hashlib.sha256(text).hexdigest() == state.figures_sha256
    assert b'"total_co2e_kg":"600"' in text
    uploaded(path, "late", [power("5", 1)])
    assert Ledger(path).sealed_figures(Q1) == text


LATER = st.lists(
    st.tuples(st.sampled_from(["row", "reversal", "edition", "calculation"]), st.integers(1, 10**9)), max_size=4
)


@pytest.mark.slow
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(later=LATER)
def test_figures_at_the_pin_never_move(path: Path, tmp_path: Path, later: list[tuple[str, int]]):
    """Whatever is appended afterwards, in whatever order."""
    import shutil
    import uuid

    folder = tmp_path / uuid.uuid4().hex
    shutil.copytree(path.parent, folder)
    own = folder / path.name
    closed(own)
    with session(own, "write") as s:
        before = compile_inventory(s, period(Q1))
        for place, (what, number) in enumerate(later):
            if what == "row":
                tiny.upload(s, f"k{place}", [power(str(Decimal(number) / 1000), 1 + number % 6)])
            elif what == "edition":
                factor = tiny.factor("t:power", version=f"1.{place + 1}", co2e_published_kg_per_unit=f"0.{number}")
                tiny.publish(s, f"k{place}", [factor], [tiny.dataset("t-2024", version=f"1.{place + 1}")])
            elif what == "calculation":
                tiny.calculate(s, f"k{place}")
            elif not s.rows("select 1 from activity where reverses_batch = 7 and reverses_seq = ?", [1 + number % 6]):
                tiny.reverse(s, f"k{place}", 7, 1 + number % 6)
            after = compile_inventory(s, period(Q1))
            assert [getattr(after, name) for name in MEASURES] == [getattr(before, name) for name in MEASURES]
            assert (after.by_gas_market, after.energy_kwh) == (before.by_gas_market, before.energy_kwh)
    assert Ledger(own).verify().ok
