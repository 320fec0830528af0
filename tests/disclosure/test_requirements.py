"""What standards ask: the shipped rule sets are whole, and their index says what is true of a period."""

from __future__ import annotations

import dataclasses
import json
from contextlib import suppress
from pathlib import Path
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ledger.cli import app
from ledger.disclosure.requirements.index import CONDITIONS, content_index
from ledger.disclosure.requirements.narrative import NONE_MAY_BE, Told, read_narrative, write_template
from ledger.disclosure.requirements.rule_sets import LEVELS, narratives, rule_set, rule_sets
from ledger.disclosure.requirements.subjects import PROBES
from ledger.disclosure.words.texts import spoken
from ledger.errors import Misuse


def test_rule_sets_ask_only_what_can_be_answered():
    """Each need is a subject of the figures or a text, each level and condition is known, no code is there twice."""
    for rules in rule_sets().values():
        codes = [asked.code for asked in rules.requirements]
        assert len(codes) == len(set(codes)), rules.name
        for asked in rules.requirements:
            assert asked.level in LEVELS
            assert asked.condition in CONDITIONS
            assert set(asked.needs) <= PROBES.keys() | narratives().keys(), (rules.name, asked.code)
            assert asked.title
            assert asked.source


def test_nothing_is_answered_that_nobody_asks():
    """Every subject, text and condition is asked for by some rule set."""
    asked = {need for rules in rule_sets().values() for one in rules.requirements for need in one.needs}
    assert PROBES.keys() | narratives().keys() == asked
    assert CONDITIONS.keys() == {one.condition for rules in rule_sets().values() for one in rules.requirements}


def test_iso_asks_all_twenty_letters():
    """ISO 14064-1:2018, 9.3.1 has the items a to t, all required."""
    required = [asked.code for asked in rule_set("iso").requirements if asked.level == "required"]
    assert required == list(ascii_lowercase[:20])


def test_a_code_is_of_its_edition():
    """E1-6 are emissions in the first set; in the revised one they are E1-8."""
    first = {asked.code.split(".")[0] for asked in rule_set("esrs-set-1").requirements if "scope_1" in asked.needs}
    revised = {asked.code.split(".")[0] for asked in rule_set("esrs-revised").requirements if "scope_1" in asked.needs}
    assert (first, revised) == ({"E1-6"}, {"E1-8"})


def test_an_unknown_rule_set_is_refused_in_words():
    """The likeliest one is proposed."""
    with pytest.raises(Misuse, match="no rule set 'iso-14064'") as fault:
        rule_set("iso-14064")
    assert "iso-14064-1" in fault.value.fix


def lines(figures, name: str, told: Told | None = None):
    return {line.requirement.code: line for line in content_index(rule_set(name), figures, told or Told()).lines}


def test_figures_meet_what_they_hold(figures):
    """The quarter's totals are met where nothing is open in them; a figure taken away is named, the other stands.

    With both methods of Scope 2 taken away nothing is there, and the requirement is missing.
    """
    assert lines(figures, "iso")["c"].words == figures.current.period.label
    whole = dataclasses.replace(figures.current, not_quantified=())
    met = dataclasses.replace(figures, current=whole)
    assert lines(met, "sb-253")["s1s2"].state == "met"
    without = dataclasses.replace(figures, current=dataclasses.replace(whole, scope_2_market=None))
    line = lines(without, "sb-253")["s1s2"]
    assert (line.state, line.words) == ("partly", "nothing is quantified in Scope 2, market-based")
    neither = dataclasses.replace(whole, scope_1=None, scope_2_market=None, scope_2_location=None)
    assert lines(dataclasses.replace(figures, current=neither), "sb-253")["s1s2"].state == "missing"


def test_no_base_year_is_missing_where_it_is_asked(figures):
    """Without a base year the requirement is missing; what only follows from one does not apply."""
    bare = dataclasses.replace(
        figures, organisation=dataclasses.replace(figures.organisation, base_year=None), base_year=None
    )
    assert lines(bare, "iso")["k"].state == "missing"
    assert lines(bare, "ghg-protocol-scope-3")["11.5"].state == "not_applicable"


def test_an_empty_register_is_missing_until_someone_says_there_is_nothing(figures):
    """Nothing recorded may be nothing or forgotten: unknown is not zero."""
    empty = dataclasses.replace(figures, prices=())
    assert lines(empty, "esrs-revised")["E1-10"].state == "missing"
    assert lines(empty, "esrs-revised", Told(none=frozenset({"internal_price"})))["E1-10"].state == "met"


def test_a_text_meets_what_only_people_can_say(figures):
    """Without it the question is named; with it the narrative is where it stands."""
    assert "responsible_person" in lines(figures, "iso")["b"].words
    told = Told({"responsible_person": "Ann Lee, head of sustainability"})
    assert (lines(figures, "iso", told)["b"].state, lines(figures, "iso", told)["b"].where) == ("met", "narrative")


def test_a_high_impact_sector_needs_its_energy_intensity(figures):
    """Paragraph 38 and 40 to 43 of E1-5 apply to it alone; the intensity is there, how revenue ties is not."""
    assert lines(figures, "csrd")["E1-5.40"].state == "not_applicable"
    assert lines(figures, "csrd", Told(high_climate_impact=True))["E1-5.40"].state == "partly"
    without = dataclasses.replace(figures, intensities=())
    assert lines(without, "csrd", Told(high_climate_impact=True))["E1-5.40"].state == "missing"


def test_the_template_asks_every_question_and_reads_back_as_empty(tmp_path: Path):
    """Written, it is a narrative that tells nothing; it is never overwritten."""
    file = write_template(tmp_path / "disclosure.toml")
    words = file.read_text("utf-8")
    assert all(asked.prompt in words and f'{asked.name} = ""' in words for asked in narratives().values())
    assert all(name in words for name in NONE_MAY_BE)
    assert read_narrative(file) == Told()
    with pytest.raises(Misuse, match="is there already"):
        write_template(file)
    with spoken("de"):
        german = write_template(tmp_path / "angaben.toml")
    assert "Wer ist für diese Treibhausgasbilanz verantwortlich?" in german.read_text("utf-8")
    assert not [asked.name for asked in narratives().values() if asked.prompt in german.read_text("utf-8")]
    assert read_narrative(german) == Told()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"policies = 3", "policies in"),
        (b"none = 'credits'", "not a list"),
        (b"none = ['profit']", "no register"),
        (b"polices = 'x'", "no text of a report 'polices'"),
        (b"policies = ", "not TOML"),
        (b"policies = '\xff'", "not TOML"),
        (b"#" * (1 << 20) + b"##", "larger than"),
    ],
)
def test_a_narrative_that_cannot_be_read_is_refused_in_words(tmp_path: Path, content: bytes, said: str):
    """What is wrong and what to do, never a traceback."""
    file = tmp_path / "n.toml"
    file.write_bytes(content)
    with pytest.raises(Misuse, match=said) as fault:
        read_narrative(file)
    assert fault.value.fix


@given(st.binary(max_size=200))
def test_any_bytes_are_a_narrative_or_refused(tmp_path_factory, content: bytes):
    """No file ends in anything but texts or words of refusal."""
    file = tmp_path_factory.mktemp("n") / "n.toml"
    file.write_bytes(content)
    with suppress(Misuse):
        read_narrative(file)


def test_the_command_lists_refuses_and_writes(tmp_path: Path):
    """Without a name it lists the sets; without a period it says what to add; the template is written once."""
    run = CliRunner().invoke
    listed = json.loads(run(app, ["requirements", "--json"]).stdout)
    assert [one["rule_set"] for one in listed] == list(rule_sets())
    refused = run(app, ["requirements", "iso"])
    assert refused.exit_code == 2
    assert "--period" in refused.stderr
    file = tmp_path / "d.toml"
    assert run(app, ["requirements", "--template", str(file)]).exit_code == 0
    assert run(app, ["requirements", "--template", str(file)]).exit_code == 2
