"""A model's recorded energy and compute in other people's forms: SPDX 3.0.1, BoAmps 0.1, EU AI Act Annex XI.

What maps to what is data (`data/ai_exports/`). A stage without a place in a form is listed beside it, never folded
into another. Sources: SPDX 3.0.1, AI profile; Boavizta/BoAmps, model/report_schema.json; Regulation (EU) 2024/1689,
Annex XI, section 1, point 2 (d) and (e).
"""

from __future__ import annotations

import csv
import functools
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from ledger import shipped
from ledger.ai import catalogue
from ledger.ai.model_runs import ModelRun, StageSum
from ledger.errors import Misuse
from ledger.plain import plain_amount
from ledger.tabular import Tabular

FORMS = ("spdx", "boamps", "annex-xi")
_TWO = Context(prec=2, rounding=ROUND_HALF_UP)
_NAMESPACE = uuid.UUID("6c1b2d52-6a0f-5c7e-9a53-6b1a6f7b2f10")
KWH_OF_MWH = Decimal(1000)
TERMS_OF_SPDX = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"


@dataclass(frozen=True, slots=True)
class About:
    """Whose document it is and what it rests on: the model, the organisation, the ledger, its size and time."""

    model: str
    organisation: str
    origin: str
    size: int
    recorded_at: datetime
    task_family: str | None = None


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A stage that a form has no place for: its energy in kWh, its runs, and why."""

    stage: str
    energy_kwh: Decimal | None
    runs: int
    why: str


@dataclass(frozen=True, slots=True)
class Export(Tabular):
    """One or more documents, the stages that have no place in them, and what bounds the figures."""

    form: str
    documents: tuple[dict[str, Any], ...]
    unplaced: tuple[Unplaced, ...]
    boundary: tuple[str, ...]


class Number(str):
    """A number of a document that its form wants as a JSON number: exact digits, no quotes when written."""

    __slots__ = ()


@functools.cache
def mapping(form: str) -> Mapping[str, tuple[str, str]]:
    """Stage → (their place, note); a place of '' is none."""
    with (shipped.path("data") / "ai_exports" / f"{form}.csv").open(encoding="utf-8", newline="") as file:
        return {row["ours"]: (row["theirs"], row["note"]) for row in csv.DictReader(file) if row["kind"] == "stage"}


def export(form: str, stages: Mapping[str, StageSum], about: About) -> Export:
    """The documents of a form for the stages of a model.

    Raises Misuse for an unknown form, a model without runs, or what a form requires and nobody gave.
    """
    from ledger.errors import known_word

    known_word("form", form, FORMS)
    if not stages:
        raise Misuse(f"no run of the model '{about.model}' is recorded", "upload its runs: ghg template ai_run")
    places = mapping(form)
    placed = {stage: held for stage, held in stages.items() if places[stage][0]}
    unplaced = tuple(
        Unplaced(stage, held.energy_kwh, len(held.runs), places[stage][1])
        for stage, held in stages.items()
        if not places[stage][0]
    )
    boundary = boundary_words(placed.values())
    documents: tuple[dict[str, Any], ...]
    if form == "spdx":
        documents = (_spdx(placed, about, places, boundary),)
    elif form == "boamps":
        documents = tuple(_boamps(held, about, places[stage][0]) for stage, held in placed.items())
    else:
        documents = (_annex_xi(placed, about, boundary),)
    return Export(form, documents, unplaced, boundary)


def boundary_words(stages: Iterable[StageSum]) -> tuple[str, ...]:
    """What the energy holds and what not, in sentences: the boundary is ours, since the forms set none."""
    held = list(stages)
    runs, not_kept = sum(len(stage.runs) for stage in held), sum(stage.not_kept for stage in held)
    kwh = plain_amount(_sum(held, "not_kept_kwh"))
    lost = f"{not_kept} of them failed, interrupted or superseded, which count with {kwh} kWh"
    count = f"{runs} recorded run" + ("" if runs == 1 else "s")
    told = [f"energy of {count}" + (f", {lost}" if not_kept else "")]
    below = _sum(held, "below_overhead_kwh")
    if below:
        told.append(f"{plain_amount(below)} kWh are of the machines alone, as no PUE is known: a lower bound")
    else:
        told.append("with the overhead of the site (PUE) once")
    without = sum(stage.without_energy for stage in held)
    if without:
        told.append(f"{without} runs have no energy and are not in it: a lower bound")
    estimated = _sum(held, "estimated_kwh")
    if estimated:
        told.append(f"{plain_amount(estimated)} kWh are estimated from power and time, the rest is measured")
    told.append("manufacture, water and the network outside the site are not in it")
    return tuple(told)


def said(boundary: Iterable[str]) -> str:
    """The boundary as one sentence of a document."""
    words = "; ".join(boundary)
    return f"{words[:1].upper()}{words[1:]}."


def _sum(stages: list[StageSum], name: str) -> Decimal:
    from ledger.ai.model_runs import total_of

    return total_of(getattr(stage, name) for stage in stages) or Decimal(0)


def _spdx(
    stages: Mapping[str, StageSum], about: About, places: Mapping[str, tuple[str, str]], boundary: tuple[str, ...]
) -> dict[str, Any]:
    """SPDX 3.0.1 as JSON-LD: the model as an AI package with its energy by stage, in kWh."""
    base = f"urn:uuid:{_uuid(about, 'spdx')}"
    energy: dict[str, Any] = {"type": "ai_EnergyConsumption"}
    for stage, held in stages.items():
        if held.energy_kwh is not None:
            energy[places[stage][0]] = [
                {
                    "type": "ai_EnergyConsumptionDescription",
                    "ai_energyQuantity": plain_amount(held.energy_kwh),
                    "ai_energyUnit": "kilowattHour",
                }
            ]
    package: dict[str, Any] = {
        "type": "ai_AIPackage", "spdxId": f"{base}#model", "creationInfo": "_:creation", "name": about.model,
        "software_primaryPurpose": "model", "comment": said(boundary),
    }  # fmt: skip
    runs = [run for held in stages.values() for run in held.runs]
    if version := _last(runs, "model_version"):
        package["software_packageVersion"] = version
    if len(energy) > 1:
        package["ai_energyConsumption"] = energy
    if metrics := _quality(runs):
        package["ai_metric"] = [
            {"type": "DictionaryEntry", "key": name, "value": plain_amount(value)} for name, value in metrics.items()
        ]
    return {
        "@context": TERMS_OF_SPDX,
        "@graph": [
            {"type": "CreationInfo", "@id": "_:creation", "specVersion": "3.0.1",
             "created": _instant(about.recorded_at), "createdBy": [f"{base}#organisation"]},
            {"type": "Organization", "spdxId": f"{base}#organisation", "creationInfo": "_:creation",
             "name": about.organisation},
            {"type": "SpdxDocument", "spdxId": f"{base}#document", "creationInfo": "_:creation",
             "profileConformance": ["core"], "rootElement": [f"{base}#model"],
             "element": [f"{base}#model", f"{base}#organisation"]},
            package,
        ],
    }  # fmt: skip


def _boamps(held: StageSum, about: About, stage: str) -> dict[str, Any]:
    """A BoAmps report of one stage. Raises Misuse where the family of the task, which it requires, is not given."""
    if not about.task_family:
        raise Misuse(
            "BoAmps requires the family of the task", "give --task-family, such as chatbot or 'text classification'"
        )
    report: dict[str, Any] = {
        "header": {
            "formatVersion": "0.1", "reportId": str(_uuid(about, f"boamps:{stage}")),
            "reportDatetime": about.recorded_at.strftime("%Y-%m-%d %H:%M:%S"), "reportStatus": "draft",
            "publisher": {"name": about.organisation, "confidentialityLevel": "internal"},
        },
        "task": {
            "taskStage": stage, "taskFamily": about.task_family, "algorithms": [_algorithm(held, about)],
            "dataset": _datasets(held), "taskDescription": said(boundary_words([held])),
        },
        "measures": [_measure(held)],
        "infrastructure": _infrastructure(held),
    }  # fmt: skip
    if stage == "inference" and held.requests is not None:
        report["task"]["nbRequest"] = _number(held.requests)
    countries = {run.country for run in held.runs}
    if len(countries) == 1 and (country := countries.pop()):
        report["environment"] = {"country": country}
    return report


def _measure(held: StageSum) -> dict[str, Any]:
    measure: dict[str, Any] = {
        "measurementMethod": "ghg-ledger, energy of the recorded runs",
        "measurementDuration": _number(held.wall_seconds),
        "measurementDateTime": min(run.start for run in held.runs).strftime("%Y-%m-%d %H:%M:%S"),
    }
    if held.energy_kwh is not None:
        measure["powerConsumption"] = _number(held.energy_kwh)
    return measure


def _algorithm(held: StageSum, about: About) -> dict[str, Any]:
    made: dict[str, Any] = {"foundationModelName": about.model}
    if parameters := _last(list(held.runs), "parameters_total"):
        made["parametersNumber"] = _number(parameters / Decimal(10) ** 9)
    return made


def _datasets(held: StageSum) -> list[dict[str, Any]]:
    """Tokens in and out; where none is known, that something went in, as the form requires an entry."""
    known = [("input", held.tokens_in), ("output", held.tokens_out)]
    made = [
        {"dataUsage": usage, "dataType": "token", "dataQuantity": _number(count)}
        for usage, count in known
        if count is not None
    ]
    return made or [{"dataUsage": "input", "dataType": "other"}]


def _infrastructure(held: StageSum) -> dict[str, Any]:
    providers = {run.cloud_provider for run in held.runs}
    kind = "publicCloud" if None not in providers else "onPremise" if providers == {None} else "other"
    made: dict[str, Any] = {"infraType": kind, "components": _components(held)}
    if len(providers) == 1 and (provider := providers.pop()):
        made["cloudProvider"] = provider
    return made


def _components(held: StageSum) -> list[dict[str, Any]]:
    """Each accelerator with the largest count that a run had of it; one of unknown kind where no run names any."""
    most: dict[str, int] = {}
    for run in held.runs:
        if run.hardware_id:
            most[run.hardware_id] = max(most.get(run.hardware_id, 0), run.hardware_count or 1)
    made = []
    for name, count in sorted(most.items()):
        part = next(iter(catalogue.variants(name)), None)
        component: dict[str, Any] = {
            "componentName": part.name if part else name, "componentType": part.kind if part else "other",
            "nbComponent": Number(count),
        }  # fmt: skip
        if part and part.memory_gb is not None and part.memory_gb == part.memory_gb.to_integral_value():
            component["memorySize"] = _number(part.memory_gb)
        if part:
            component["manufacturer"] = part.vendor
        made.append(component)
    return made or [{"componentType": "other", "nbComponent": Number(1)}]


def _annex_xi(stages: Mapping[str, StageSum], about: About, boundary: tuple[str, ...]) -> dict[str, Any]:
    """Compute, training time and energy of training, as the Code of Practice's form has them: MWh at two digits."""
    from ledger.ai.model_runs import total_of

    held = list(stages.values())
    runs = [run for stage in held for run in stage.runs]
    kwh = total_of(stage.energy_kwh for stage in held)
    flops = total_of(stage.flops for stage in held)
    return {
        "model": about.model,
        "versions": sorted({run.model_version for run in runs if run.model_version}),
        "provider": about.organisation,
        "law": "Regulation (EU) 2024/1689, Article 53(1)(a), Annex XI, section 1, point 2 (d) and (e)",
        "compute": {
            "flop": None if flops is None else plain_amount(flops),
            "flop_estimated": plain_amount(_sum(held, "estimated_flops")),
            "runs_without": sum(stage.without_flops for stage in held),
            "method": sorted({run.flops_method or "6 × N × D" for run in runs if _has_flops(run)}),
        },
        "training_time": {
            "first_start": _instant(min(run.start for run in runs)) if runs else None,
            "last_end": _instant(max(run.end for run in runs)) if runs else None,
            "wall_hours": plain_amount(_hours(_sum(held, "wall_seconds"))),
            "accelerator_hours": _plain(total_of(stage.accelerator_hours for stage in held)),
        },
        "energy": {
            "mwh": None if kwh is None else plain_amount(two_digits(kwh / KWH_OF_MWH)),
            "kwh_exact": _plain(kwh),
            "estimated_kwh": plain_amount(_sum(held, "estimated_kwh")),
            "by_stage_kwh": {stage.stage: _plain(stage.energy_kwh) for stage in held},
        },
        "boundary": list(boundary),
        "rests_on": f"{about.origin}, {about.size} batches",
    }


def annex_xi_words(document: Mapping[str, Any]) -> str:
    """The Annex XI figures in lines, as somebody would copy them into a form."""
    compute, time, energy = document["compute"], document["training_time"], document["energy"]
    flop = "not known" if compute["flop"] is None else f"{Decimal(compute['flop']):.3e} FLOP".replace("e+", " × 10^")
    hours = f"{time['wall_hours']} h of runs, {time['accelerator_hours'] or '—'} accelerator-hours"
    if Decimal(compute["flop_estimated"]):
        flop += f", {Decimal(compute['flop_estimated']):.3e} of them estimated".replace("e+", " × 10^")
    used = f"{energy['mwh']} MWh ({energy['kwh_exact']} kWh)" if energy["mwh"] else "not known"
    lines = [
        f"{document['model']}, {document['provider']}",
        document["law"],
        f"(d) compute of training: {flop} ({', '.join(compute['method']) or 'no method'})",
        f"(d) training time: {time['first_start']} to {time['last_end']}, {hours}",
        f"(e) energy of training: {used}",
    ]
    if compute["runs_without"]:
        without = "1 run gives" if compute["runs_without"] == 1 else f"{compute['runs_without']} runs give"
        lines.append(f"{without} neither operations nor parameters and tokens")
    lines += [f"boundary: {words}" for words in document["boundary"]]
    return "\n".join(lines)


def _has_flops(run: ModelRun) -> bool:
    return run.flops is not None or (run.tokens_in is not None and bool(run.parameters_active or run.parameters_total))


def two_digits(value: Decimal) -> Decimal:
    """A number at two significant digits, half away from zero."""
    return _TWO.plus(value)


def written(document: Mapping[str, Any]) -> str:
    """A document as indented JSON; its numbers keep every digit and stand without quotes."""
    text = json.dumps(_marked(document), ensure_ascii=False, indent=2)
    return re.sub(r'"\\u0001(-?[0-9]+(?:\.[0-9]+)?)"', r"\1", text)


def _marked(value: Any) -> Any:
    """The value with each number behind a control character, which no text of a ledger can hold."""
    if isinstance(value, Number):
        return f"\x01{value}"
    if isinstance(value, Mapping):
        return {key: _marked(item) for key, item in value.items()}
    return [_marked(item) for item in value] if isinstance(value, (list, tuple)) else value


def _hours(seconds: Decimal) -> Decimal:
    return (seconds / Decimal(3600)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else plain_amount(value)


def _number(value: Decimal) -> Number:
    return Number(plain_amount(value))


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _uuid(about: About, what: str) -> uuid.UUID:
    """The same document again has the same id: it follows from ledger, size, model and form."""
    return uuid.uuid5(_NAMESPACE, f"{about.origin}:{about.size}:{about.model}:{what}")


def _last(runs: list[ModelRun], name: str) -> Any:
    """The value of the latest run that has one."""
    known = [run for run in runs if getattr(run, name) is not None]
    return getattr(max(known, key=lambda run: run.end), name) if known else None


def _quality(runs: list[ModelRun]) -> dict[str, Decimal]:
    """The last value of each quality metric."""
    found: dict[str, Decimal] = {}
    for run in sorted(runs, key=lambda run: run.end):
        if run.quality_name and run.quality_value is not None:
            found[run.quality_name] = run.quality_value
    return found
