"""Settings: checked values, a reason, a person, a day; earlier ones stay, and closed periods keep theirs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from in_process import ghg

from ledger import Ledger, Misuse, Refused


def in_force(ledger: Ledger) -> dict[str, str]:
    """Each setting's value now."""
    return {told.name: told.value for told in ledger.settings() if told.in_force}


def test_what_was_not_set_is_a_default(ledger: Ledger):
    """The threshold is 5 per cent by default and says so; what the founding set is no default."""
    told = {one.name: one for one in ledger.settings() if one.in_force}
    assert (told["base_year_threshold_pct"].value, told["base_year_threshold_pct"].default) == ("5", True)
    assert (told["base_year"].value, told["base_year"].default) == ("2024", False)
    assert "origin" not in told
    assert "signing_key" not in told


def test_a_setting_is_recorded_with_person_and_reason(ledger: Ledger):
    """It is a batch of its own; the earlier value stays in the history, and the same again writes nothing."""
    before = ledger.checkpoint().size
    done = ledger.set_setting("base_year_threshold_pct", "7.5 %", reason="board decision of 12 May")
    assert done.batch == before + 1
    assert in_force(ledger)["base_year_threshold_pct"] == "7.5"
    (told,) = [one for one in ledger.settings() if one.name == "base_year_threshold_pct"]
    assert (told.batch, told.reason, told.default) == (done.batch, "board decision of 12 May", False)
    assert told.person is not None
    assert ledger.set_setting("base_year_threshold_pct", "7.5", reason="once more").batch is None
    ledger.set_setting("base_year_threshold_pct", "5", reason="back")
    values = [one.value for one in ledger.settings() if one.name == "base_year_threshold_pct"]
    assert values == ["7.5", "5"]
    assert ledger.verify().ok


def test_a_later_day_holds_from_that_day(ledger: Ledger):
    """A base year from 2090 on is recorded now and is not in force; a period of that time has it."""
    ledger.set_setting("base_year", "2025", reason="new target", since="2090-01-01")
    assert in_force(ledger)["base_year"] == "2024"
    from datetime import date

    from ledger.calculation.policy import policy
    from ledger.store import session

    with session(ledger.path) as s:
        assert policy(s, date(2089, 12, 31)).base_year == 2024
        assert policy(s, date(2090, 12, 31)).base_year == 2025


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("colour", "red", "there is no setting 'colour'"),
        ("gwp", "AR3", "gwp does not take 'AR3'"),
        ("base_year", "1066", "base_year does not take"),
        ("base_year_threshold_pct", "0", "does not take"),
        ("base_year_threshold_pct", "NaN", "does not take"),
        ("base_year_threshold_pct", "five", "does not take"),
        ("fiscal_year_start", "04-15", "does not take"),
        ("preferred_datasets", "ecoinvent", "does not take"),
        ("price_index", "hicp", "does not take"),
        ("time_basis", "hourly", "does not take"),
        ("single_person", "yes", "does not take"),
        ("base_year_convention", "half", "does not take"),
        ("organisation", "  ", "does not take"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(ledger: Ledger, name: str, value: str, words: str):
    """In words, with what fits; nothing is written."""
    before = ledger.checkpoint()
    with pytest.raises(Misuse, match=words) as refused:
        ledger.set_setting(name, value, reason="r")
    assert refused.value.fix
    assert ledger.checkpoint() == before


def test_reason_role_and_day_are_asked_for(ledger: Ledger):
    """No reason, a preparer, a day that is none, and a day for what decides calculations are refused."""
    with pytest.raises(Misuse, match="needs a reason"):
        ledger.set_setting("base_year", "2025", reason=" ")
    with pytest.raises(Misuse, match="is not a day"):
        ledger.set_setting("base_year", "2025", reason="r", since="next year")
    with pytest.raises(Misuse, match="cannot hold from a day on"):
        ledger.set_setting("gwp", "AR5", reason="r", since="2026-01-01")
    ledger.add_person("pia", "preparer")
    with pytest.raises(Refused, match="may not change settings"):
        Ledger(ledger.path, actor="pia").set_setting("base_year", "2025", reason="r")


@pytest.mark.thorough
def test_a_closed_quarter_keeps_its_policies(ledger: Ledger, energy: Path):
    """Another GWP set, policy and fiscal year decide what is open anew; the closed quarter stays, and all verifies."""
    ledger.upload(energy)
    ledger.add_person("rob", "reviewer")
    rob = Ledger(ledger.path, actor="rob")
    ledger.submit("2024-Q1")
    rob.approve("2024-Q1")
    rob.close("2024-Q1")
    before = ledger.inventory("2024-Q1")
    ledger.set_setting("gwp", "AR5", reason="parent's policy")
    ledger.set_setting("gwp_policy", "restate", reason="parent's policy")
    ledger.set_setting("fiscal_year_start", "07-01", reason="parent's year")
    assert ledger.calculate().batch is not None
    after = ledger.inventory("2024-Q1")
    assert (after.gwp_set, after.gwp_policy) == (before.gwp_set, before.gwp_policy) == ("AR6", "published")
    assert (after.scope_1, after.by_gas, after.notes) == (before.scope_1, before.by_gas, before.notes)
    assert ledger.inventory("2024-Q2").gwp_set == "AR5"
    assert ledger.verify().findings == []


def test_the_command_lists_and_sets(ledger: Ledger):
    """`ghg setting list` shows value, person and reason; `ghg setting set` names the next command."""
    words = ("base_year_reason", "first year with all meters", "--reason", "policy 3")
    done = ghg("setting", "set", *words, ledger=ledger)
    assert done.returncode == 0, done.stderr
    listed = ghg("setting", "list", ledger=ledger)
    assert "first year with all meters" in listed.stdout
    assert "anna" in listed.stdout
    told = json.loads(ghg("setting", "list", "--json", ledger=ledger).stdout)
    assert {"name", "value", "valid_from", "in_force", "default", "person", "reason"} <= told[0].keys()
    assert ghg("setting", "set", "gwp", "AR1", "--reason", "r", ledger=ledger).returncode == 2
