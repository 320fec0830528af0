"""A model's energy in SPDX, BoAmps and Annex XI: stages keep their place or are listed, failed runs count."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.ai.exports import FORMS, About, export, mapping, two_digits, written
from ledger.ai.model_runs import STAGES, ModelRun, by_stage
from ledger.errors import Misuse

D = Decimal
ABOUT = About("lm-7b", "Example AG", "origin", 12, datetime(2026, 11, 1, 9, tzinfo=UTC), "chatbot")
RUN = ModelRun(
    "r1", 1, "pre_training", "completed", "active", "1.0", "nvidia-a100-sxm4-80gb", 8, "aws", "us-east-1", "US", None,
    datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC), D(864_000), D(6_912_000), D("12345.6"),
    "measured", False, None, None, D("7e9"), None, D("1e12"), None, None, "accuracy", D("0.61"),
)  # fmt: skip
RUNS = [
    RUN,
    replace(RUN, run_id="r2", outcome="failed", energy_kwh=D(1000), tokens_in=D("1e11"), quality_name=None,
            end=datetime(2026, 3, 2, tzinfo=UTC)),
    replace(RUN, run_id="r3", stage="tuning", energy_kwh=D("54.4"), energy_basis="estimated", is_below_overhead=True,
            flops=D("1e20"), flops_method="profiler", quality_value=D("0.64"), end=datetime(2026, 4, 1, tzinfo=UTC)),
    replace(RUN, run_id="r4", stage="evaluation", energy_kwh=D(7), tokens_in=None),
    replace(RUN, run_id="r5", stage="inference", energy_kwh=D("0.5"), requests=D(4000), tokens_in=D(10),
            tokens_out=D(20)),
    replace(RUN, run_id="r6", stage="data", energy_kwh=None, tokens_in=None),
]  # fmt: skip
STAGE_SUMS = by_stage(RUNS)


def test_every_form_maps_every_stage_or_says_why_not():
    """The mapping tables have each of our stages once; one without a place has a reason."""
    for form in FORMS:
        assert set(mapping(form)) == set(STAGES)
        assert all(note for place, note in mapping(form).values() if not place)


def test_spdx_has_energy_by_stage_in_kwh():
    """Training with the failed run 13,345.6, fine-tuning 54.4 and inference 0.5 kWh; evaluation and data are listed."""
    told = export("spdx", STAGE_SUMS, ABOUT)
    (document,) = told.documents
    package = next(node for node in document["@graph"] if node["type"] == "ai_AIPackage")
    energy = {
        name: value[0]["ai_energyQuantity"] for name, value in package["ai_energyConsumption"].items() if name != "type"
    }  # fmt: skip
    assert energy == {
        "ai_trainingEnergyConsumption": "13345.6", "ai_finetuningEnergyConsumption": "54.4",
        "ai_inferenceEnergyConsumption": "0.5",
    }  # fmt: skip
    assert [(each.stage, each.energy_kwh) for each in told.unplaced] == [("data", None), ("evaluation", D(7))]
    assert package["ai_metric"] == [{"type": "DictionaryEntry", "key": "accuracy", "value": "0.64"}]
    assert (
        "Energy of 4 recorded runs, 1 of them failed, interrupted or superseded, which count with 1000 kWh"
        in (package["comment"])
    )
    ids = {node.get("spdxId") for node in document["@graph"]}
    assert set(document["@graph"][2]["element"]) <= ids


def test_nothing_is_folded_into_another_stage():
    """What is placed and what is listed is all that was recorded, in every form."""
    for form in FORMS:
        told = export(form, STAGE_SUMS, ABOUT)
        listed = {each.stage for each in told.unplaced}
        placed = {stage for stage, (place, _) in mapping(form).items() if place}
        assert listed | placed >= set(STAGE_SUMS)
        assert listed & placed == set()


def test_annex_xi_has_flops_time_and_mwh():
    """6 × 7e9 × 1.1e12 + 1e20 FLOP; 13.4 MWh is 13 at two digits; the boundary and the estimate are said."""
    told = export("annex-xi", STAGE_SUMS, ABOUT)
    (document,) = told.documents
    assert document["compute"]["flop"] == "46300000000000000000000"  # 4.62e22 + 1e20
    assert document["compute"]["flop_estimated"] == "46200000000000000000000"
    assert document["energy"]["mwh"] == "13"
    assert document["energy"]["kwh_exact"] == "13400"
    assert document["energy"]["by_stage_kwh"] == {"pre_training": "13345.6", "tuning": "54.4"}
    assert document["training_time"]["accelerator_hours"] == "5760"
    assert any("54.4 kWh are of the machines alone" in words for words in document["boundary"])
    assert {each.stage for each in told.unplaced} == {"data", "evaluation", "inference"}


def test_boamps_is_a_report_for_each_stage_with_numbers():
    """What BoAmps requires is there, numbers are JSON numbers with every digit, and the energy is in kWh."""
    told = export("boamps", STAGE_SUMS, ABOUT)
    made = {report["task"]["taskStage"]: json.loads(written(report), parse_float=D) for report in told.documents}
    assert set(made) == {"datacreation", "training", "finetuning", "inference"}
    training = made["training"]
    assert training["measures"][0]["powerConsumption"] == D("13345.6")
    assert training["task"]["dataset"] == [{"dataUsage": "input", "dataType": "token", "dataQuantity": 1100000000000}]
    assert training["task"]["algorithms"] == [{"foundationModelName": "lm-7b", "parametersNumber": 7}]
    assert training["infrastructure"]["components"][0]["nbComponent"] == 8
    assert training["infrastructure"]["infraType"] == "publicCloud"
    assert made["inference"]["task"]["nbRequest"] == 4000
    assert "powerConsumption" not in made["datacreation"]["measures"][0]
    with pytest.raises(Misuse, match="family of the task"):
        export("boamps", STAGE_SUMS, replace(ABOUT, task_family=None))


def test_the_same_ledger_gives_the_same_document():
    """Ids and times follow from the ledger; another size is another document."""
    one, again = (written(export("spdx", STAGE_SUMS, ABOUT).documents[0]) for _ in range(2))
    assert one == again
    assert written(export("spdx", STAGE_SUMS, replace(ABOUT, size=13)).documents[0]) != one


def test_an_unknown_form_or_model_is_told():
    """Both with what to do."""
    with pytest.raises(Misuse, match="no form 'spdy'") as fault:
        export("spdy", STAGE_SUMS, ABOUT)
    assert "spdx" in fault.value.fix
    with pytest.raises(Misuse, match="no run of the model"):
        export("spdx", {}, ABOUT)


@pytest.mark.parametrize(
    ("value", "digits"), [("13.4", "13"), ("0.0125", "0.013"), ("1287.06", "1300"), ("99.6", "100")]
)
def test_two_significant_digits(value, digits):
    """Half away from zero, whatever the size."""
    assert two_digits(D(value)) == D(digits)


@given(st.text(max_size=20), st.decimals(min_value=0, max_value=10**12, places=6))
def test_no_text_becomes_a_number_and_no_number_loses_a_digit(name, amount):
    """A model's name that looks like a number stays text; an amount stays what it is."""
    run = replace(RUN, energy_kwh=amount)
    told = export("boamps", by_stage([run]), replace(ABOUT, model=name.replace("\x01", "")))
    made = json.loads(written(told.documents[0]), parse_float=D, parse_int=D)
    assert made["task"]["algorithms"][0]["foundationModelName"] == name.replace("\x01", "")
    assert made["measures"][0]["powerConsumption"] == amount
