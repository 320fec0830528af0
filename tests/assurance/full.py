"""A small ledger with rows in every table, in which everything holds; and ways to do it harm from outside."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import tiny
from authority import Authority
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.assurance.checks.chain import read_log
from ledger.assurance.checks.shape import check_shape
from ledger.assurance.meaning import check_meaning
from ledger.assurance.sampling.drawing import Wish
from ledger.assurance.sampling.sample import make_sample
from ledger.assurance.signed.stamps import read_reply, request_for
from ledger.assurance.verification import Faults
from ledger.assurance.verify import Verification
from ledger.errors import Finding
from ledger.factors.chp import chp_factors
from ledger.inventory import Period
from ledger.inventory.periods.sealed import figures_digest
from ledger.inventory.posted import VIEWS
from ledger.store import Act, Session, Writing, append, as_arrow, latest_checkpoint, session
from ledger.store.checkpoint import public_key_text, signed, signing_key, write_checkpoint
from ledger.store.control_log import record_refusal
from ledger.store.evidence import evidence_folder
from ledger.store.keys import key_row
from ledger.store.schema import table_name, trigger_sql
from ledger.store.tables import (
    ENTRIES,
    TABLES,
    ActivityParameter,
    Advice,
    AdviceTruth,
    AiDecision,
    AiRun,
    BaseYearDecision,
    Calculation,
    CarbonPriceScheme,
    ChpPlant,
    Claim,
    Credit,
    EmissionFactor,
    Engagement,
    Evidence,
    EvidenceLink,
    Expectation,
    FactorGas,
    FindingEvent,
    GridIntensity,
    HardwareAsset,
    Holding,
    Interval,
    IssuedReport,
    KeyEvent,
    LegalEntity,
    Measurement,
    Metric,
    Misstatement,
    PeriodEvent,
    Person,
    RecordedFinding,
    Removal,
    ReviewEvent,
    ReviewSample,
    SampleResult,
    Scope3Screening,
    Setting,
    SignOff,
    Target,
    TimeStamp,
)
from ledger.store.tree import entries_root, header_leaves

appending = sys.modules["ledger.store.append"]  # the module; the name in the package is its function

EPOCH = date(1900, 1, 1)
AUTHORITY = Authority()
JANUARY = (date(2024, 1, 1), date(2024, 1, 31))
DAY = (date(2024, 3, 1), date(2024, 3, 31))


def _kept(ledger: Path, content: bytes) -> str:
    """Bytes put into evidence as an invoice would be; their digest."""
    sha256 = hashlib.sha256(content).hexdigest()
    (evidence_folder(ledger) / sha256).write_bytes(content)
    return sha256


def gwp(gwp_set: str) -> list[dict[str, Any]]:
    """A few values, made up for the sums of this ledger."""
    values = (("CH4", "fossil_fugitive", "30"), ("CH4", "other", "28"), ("N2O", "na", "265"), ("HFC-32", "na", "700"))
    return [
        {"gwp_set": gwp_set, "species": species, "origin": origin, "horizon_years": 100, "value": value, "source": "t"}
        for species, origin, value in values
    ]


FACTORS = [
    tiny.factor("t:power", co2e_published_kg_per_unit="0.2", ch4_co2e_kg_per_unit="0.001", co2_kg_per_unit="0.198",
                ch4_other_kg_per_unit="0.00004"),
    tiny.factor("t:td", line="td_loss", co2e_published_kg_per_unit="0.02"),
    tiny.factor("t:up", line="electricity_upstream", co2e_published_kg_per_unit="0.05"),
    tiny.factor("t:gas", activity_type="natural_gas", line="direct", calorific_basis="gross",
                co2e_published_kg_per_unit="0.18", co2_co2e_kg_per_unit="0.17", co2_kg_per_unit="0.17"),
    tiny.factor("t:diesel", activity_type="diesel", line="direct", per_unit="L", co2_kg_per_unit="2.5",
                ch4_other_kg_per_unit="0.001", n2o_kg_per_unit="0.0001", gwp_set=""),
    tiny.factor("t:leak", activity_type="refrigerant_r32", line="direct", per_unit="kg", hfcs_kg_per_unit="1",
                gwp_set=""),
    *(tiny.factor(f"t:spare{n}", activity_type="spare", co2e_published_kg_per_unit=f"{n}") for n in range(8)),
]  # fmt: skip


def rows() -> list[dict[str, Any]]:
    """Activities of every shape: with details, over several months, reversed later, without a factor."""
    made = [
        tiny.row("electricity_purchased", f"{n}00.25", "kWh", *DAY, external_id=f"é|{n}", supplier=f"S{n}",
                 tags='{"a":"1"}') for n in range(1, 9)
    ]  # fmt: skip
    made += [
        tiny.row("electricity_purchased", f"{n}1", "MWh", date(2024, 3, 10), date(2024, 5, 9), invoice_id=f"I{n}",
                 facility_id="F1" if n < 3 else "F2") for n in range(1, 5)
    ]  # fmt: skip
    made += [
        tiny.row("natural_gas", f"5{n}", "kWh", *JANUARY, calorific_basis="gross", meter_id=f"M{n}", note="n|n",
                 start_utc=datetime(2024, 1, 1, n, tzinfo=UTC), uncertainty_pct=Decimal("5.000000"), stated_scope=1)
        for n in range(1, 13)
    ]  # fmt: skip
    made += [tiny.row("diesel", "12.5", "L", *JANUARY), tiny.row("electricity_purchased", "5", "kWh", *JANUARY,
                                                                country="ZZ")]  # fmt: skip
    return made


def build(folder: Path) -> Path:
    """The ledger, in a folder of its own."""
    path = folder / "full.duckdb"
    with session(path, "write", create=True) as s:
        key = {"name": "signing_key", "value": public_key_text(signing_key()), "valid_from": EPOCH}
        tiny.found(
            s, FACTORS, gwp=gwp("AR6") + gwp("AR5"), settings=[key],
            datasets=[tiny.dataset(f"t{n}-2024") for n in range(5)] + [tiny.dataset("t-2024")],
            facilities=[tiny.facility(f"F{n}") for n in range(1, 6)],
            instruments=[tiny.instrument(f"R{n}", f"{n}00", technology=f"wind {n}") for n in range(1, 6)],
        )  # fmt: skip
        fill_registers(s)
        first = tiny.upload(s, "u1", rows())
        tiny.calculate(s, "c1")
        tiny.publish(s, "f2", [tiny.factor("t:power", version="1.1", co2e_published_kg_per_unit="0.25")],
                     [tiny.dataset("t-2024", version="1.1")])  # fmt: skip
        tiny.calculate(s, "c2")
        tiny.reverse(s, "r1", first, 2)
        tiny.reverse(s, "r2", first, 9)
        submit_january(s)
    for n in range(3):
        record_refusal(path, "upload", "tester", {"n": str(n)})
    with session(path, "write") as s:
        tiny.upload(s, "u2", rows()[:3])
        issue_february(s)
        sign_off_january(s)
    return path


def issue_february(s: Session) -> None:
    """February 2020, of which nothing is known, is submitted, approved by another, and reported in every view."""
    span = {"period_start": date(2020, 2, 1), "period_end": date(2020, 2, 29)}
    of = Period(span["period_start"], span["period_end"], "2020-02")
    for who, event in (("tester", "submitted"), ("second", "approved")):
        size = latest_checkpoint(s).size
        digest = figures_digest(s, of, "all", None, size)
        step = {**span, "view": "all", "event": event, "pin_batch": size, "figures_sha256": digest}
        append(s, replace(tiny.act("period", event, event), actor=who), lambda writing, row=step: writing.insert_rows(
            PeriodEvent, as_arrow(PeriodEvent, [row])))  # fmt: skip
    files = [_reported(s, of, view) for view in VIEWS]

    def fill(writing: Writing) -> None:
        writing.insert_rows(IssuedReport, as_arrow(IssuedReport, [span | row for row, _ in files]))
        kept = [{"sha256": sha256, "name": "r.json", "bytes": size, "media_type": "application/json"}
                for _, listed in files for sha256, size in listed]  # fmt: skip
        writing.insert_rows(Evidence, as_arrow(Evidence, kept))

    append(s, Act("issue", "second", "reviewer", "issue"), fill)


def _reported(s: Session, of: Period, view: str) -> tuple[dict[str, Any], list[tuple[str, int]]]:
    """A report of a month without figures: its row, and digest and length of its JSON and its inputs."""
    now = latest_checkpoint(s)
    days = {"label": of.label, "start": of.start.isoformat(), "end": of.end.isoformat()}
    held = {"size": now.size, "root": now.root}
    names = ("scope_1", "scope_2_location", "scope_2_market", "scope_3", "total_location", "total_market")
    document = {
        "checkpoint": held, "figures": {f"{of.label}/{view}/{name}@{now.size}": None for name in names},
        "inventories": {"current": {"period": days, "scope_3_categories": {}, **dict.fromkeys(names)},
                        "comparative": None, "year_to_date": None},
    }  # fmt: skip
    inputs = {"period": days, "view": view, "checkpoint": held, "software_version": "1", "template": {"version": "1"}}
    made, given = (json.dumps(value).encode() for value in (document, inputs))
    kept = [(_kept(s.path, content), len(content)) for content in (made, given)]
    row = {"report": "quarterly", "view": view, "checkpoint_size": now.size, "checkpoint_root": now.root,
           "software_version": "1", "template_version": "1", "inputs_sha256": kept[1][0],
           "files": json.dumps({"r.json": kept[0][0]})}  # fmt: skip
    return row, kept


def fill_registers(s: Session) -> None:
    """Some rows in every table that no upload of activity fills."""
    span = {"period_start": JANUARY[0], "period_end": JANUARY[1]}
    kept = [_kept(s.path, f"invoice {n}".encode()) for n in range(5)]
    given: dict[Any, list[dict[str, Any]]] = {
        LegalEntity: [{"legal_entity_id": f"L{n}", "name": "é", "country": "GB", "in_consolidated_accounts": True,
                       "high_climate_impact": False, "valid_from": EPOCH, "withdrawn": False} for n in range(1, 6)],
        Holding: [{"parent": "L1", "child": f"L{n}", "equity_share": Decimal("0.500000"), "financial_control": "sole",
                   "operational_control": True, "valid_from": EPOCH, "event": "founded", "withdrawn": False}
                  for n in range(2, 7)],
        Metric: [{"name": "revenue", **span, "value": Decimal(n), "unit": "EUR", "source": "t"} for n in range(1, 6)],
        Person: [{"person_id": f"p{n}", "role": "auditor"} for n in range(5)]
        + [{"person_id": "second", "role": "reviewer"}],
        PeriodEvent: [{**span, "view": "all", "event": "submitted", "reason": str(n), "pin_batch": 1,
                       "figures_sha256": figures_digest(s, Period(*JANUARY, ""), "all", None, 1)} for n in range(5)],
        Evidence: [{"sha256": sha256, "name": f"{n}.txt", "bytes": 9, "media_type": "text/plain"}
                   for n, sha256 in enumerate(kept)],
        EvidenceLink: [{"sha256": sha256, "entry_batch": 1, "entry_seq": 1, "note": "é"} for sha256 in kept],
        RecordedFinding: [{"code": "c", "severity": "warning", "message": "m", "fix": "f", "value": str(n)}
                          for n in range(5)],
        FactorGas: [{"factor_id": "t:leak", "species": name, "value": Decimal(1), "value_as": "mass_share"}
                    for name in ("HFC-32",)]
        + [{"factor_id": "t:none", "species": f"S{n}", "value": Decimal(n), "value_as": "kg_gas"} for n in range(4)],
        ActivityParameter: [{"activity_batch": 3, "activity_seq": 1, "name": f"p{n}", "value": Decimal(n), "unit": "1",
                             "basis": "stated"} for n in range(5)],
        Calculation: [{"calculation_no": n, "datasets": "é", "gwp_set": "AR6", "gwp_policy": "published",
                       "time_basis": "yearly", "catalogue_root": "r", "software_version": "1", "reason": str(n)}
                      for n in range(101, 106)],
        Setting: [{"name": f"x{n}", "value": "é", "valid_from": EPOCH} for n in range(5)],
        Interval: [{"source_kind": "facility", "source_id": "F1", "start_utc": datetime(2024, 1, 1, n, tzinfo=UTC),
                    "seconds": 3600, "kwh": Decimal(n), "estimated": False} for n in range(5)],
        GridIntensity: [{"zone": "GB", "start_utc": datetime(2024, 1, 1, n, tzinfo=UTC), "seconds": 3600,
                         "signal_kind": "actual", "signal": "average", "signal_basis": "direct", "estimated": False,
                         "intensity_g_per_kwh": Decimal(100 + n), "source": "t", "revision": 0} for n in range(5)],
        Expectation: [{"facility_id": f"F{n}", "activity_type": "electricity_purchased", "frequency": "monthly",
                       "valid_from": EPOCH, "withdrawn": False} for n in range(5)],
        Scope3Screening: [{"scope3_category": n, "status": "excluded", "why": f"é{n}", "valid_from": EPOCH,
                           "withdrawn": False} for n in range(1, 6)],
        Claim: [{"claim_id": f"c{n}", "about_kind": "period", "about": "2024", "measure": "scope_1", "unit": "kg",
                 "value": Decimal(n), "source": "t", "withdrawn": False} for n in range(5)],
        BaseYearDecision: [{"candidate": f"b{n}", "cause": "structure", "base_year": 2024, "effect_kg": Decimal(n),
                            "effect_pct": Decimal(n), "cumulative_pct": Decimal(n), "threshold_pct": Decimal(5),
                            "decision": "logged"} for n in range(5)],
        CarbonPriceScheme: [{"scheme_id": f"s{n}", "price_type": "internal_fee", "covers": "1", "currency": "EUR",
                             "price_per_t": Decimal(n), "consistent_with_statements": True, "valid_from": EPOCH,
                             "withdrawn": False} for n in range(5)],
        Target: [{"target_id": f"t{n}", "measure": "scope_1", "base_year": 2024, "target_year": 2030 + n,
                  "reduction_pct": Decimal(42), "valid_from": EPOCH, "withdrawn": False} for n in range(5)],
        Credit: [{"credit_id": f"k{n}", "standard": "s", "credit_project": "é", "credit_kind": "removal",
                  "tonnes": Decimal(n), "vintage_year": 2024, "eu_project": False, "corresponding_adjustment": False,
                  "contracted": False, "withdrawn": False} for n in range(5)],
        Removal: [{"removal_id": f"r{n}", "removal_kind": "é", "value_chain": "own", **span, "removed_kg": Decimal(n),
                   "removal_method": "m", "source": "t", "withdrawn": False} for n in range(5)],
        **computed(),
        **reviewed(kept),
        TimeStamp: stamped(s),
    }  # fmt: skip

    def fill(writing: Writing) -> None:
        for table, values in given.items():
            writing.insert_rows(table, as_arrow(table, values))
        told = s.rows("select seq from finding where batch_no = ? order by 1", [writing.batch_no])
        events = [{"finding_batch": writing.batch_no, "finding_seq": seq, "state": "resolved", "note": f"é{seq}"}
                  for (seq,) in told]  # fmt: skip
        writing.insert_rows(FindingEvent, as_arrow(FindingEvent, events))
        runs = s.rows("select seq from ai_run where batch_no = ? order by 1", [writing.batch_no])
        unknown = [{"record_table": "ai_run", "record_batch": writing.batch_no, "record_seq": seq, "reason": f"é{seq}",
                    "decision": "not_quantified", "reason_code": "energy_unknown"} for (seq,) in runs]  # fmt: skip
        writing.insert_rows(AiDecision, as_arrow(AiDecision, unknown))
        writing.insert_rows(Advice, as_arrow(Advice, advised()))
        truths = [{"advice_id": row["advice_id"], "run_id": f"r{n}", "is_followed": False, "segments": "[]",
                   "intensities": "[]", "reason": f"é{n}"} for n, row in enumerate(advised())]  # fmt: skip
        writing.insert_rows(AdviceTruth, as_arrow(AdviceTruth, truths))
        plants = [{"plant_id": f"chp{n}", "supplier": f"W{n}", "chp_method": "efficiency" if n else "energy_content",
                   "fuel_factor_id": "t:gas", "fuel_burned": Decimal(1000), "fuel_unit": "MWh",
                   "heat_kwh": Decimal(400_000), "power_kwh": Decimal(300_000 + n), "data_year": 2024, "source": "é",
                   "heat_efficiency": Decimal("0.8"), "power_efficiency": Decimal("0.35")}
                  for n in range(5)]  # fmt: skip
        own = {"dataset": "t-2024", "edition": "1", "version": "1", "edition_basis": "activity_period", "licence": "l",
               "verification": "user", "redistributable": False, "source_sha256": "s", "source_cell": "c"}  # fmt: skip
        made = [{**row, **own} for plant in plants for row in chp_factors(s, plant)]
        writing.insert_rows(EmissionFactor, as_arrow(EmissionFactor, made))
        writing.insert_rows(ChpPlant, as_arrow(ChpPlant, plants))

    append(s, tiny.act("upload", "registers"), fill)


def advised() -> list[dict[str, Any]]:
    """Rows of advice on five jobs, by a policy and no forecast."""
    from ledger.schedule.decide import advise
    from ledger.schedule.job import Job
    from ledger.schedule.policy import policy_of
    from ledger.schedule.recorded import advice_row

    at = datetime(2024, 1, 1, tzinfo=UTC)
    jobs = [Job(job_id=f"é{n}", submitted_utc=at, region="DE", duration_hours=Decimal(n + 1)) for n in range(5)]
    return [advice_row(advise(job, policy_of("[policy]\nmax_delay_hours = 6\n"), {}, at)) for job in jobs]


def computed() -> dict[Any, list[dict[str, Any]]]:
    """Runs of models, and readings of their energy."""
    hours = [{"start_utc": datetime(2024, 1, 2, n, tzinfo=UTC), "end_utc": datetime(2024, 1, 2, n + 1, tzinfo=UTC)}
             for n in range(10)]  # fmt: skip
    run = {"attempt": 1, "stage": "tuning", "outcome": "failed", "state": "idle", "component": "operational",
           "withdrawn": False, "country": "ZZ"}  # fmt: skip
    reading = {"energy_part": "gpu", "energy_level": "chip", "reading_method": "counter", "withdrawn": False}
    return {
        AiRun: [{**run, **hour, "run_id": f"é{n}", "flops": Decimal(314 * 10**21 + n), "source_line": n,
                 "quality_value": Decimal("-0.5")} for n, hour in enumerate(hours)],
        Measurement: [{**reading, **hour, "source": "dcgm", "subject": f"GPU-{n}", "energy_wh": Decimal(n),
                       "energy_text": f"{n}", "source_line": n} for n, hour in enumerate(hours[:5])],
        HardwareAsset: [{"asset_id": f"é{n}", "hardware_count": 8, "machine_share": Decimal("0.5"), "held_as": "bought",
                         "acquired_on": JANUARY[0], "life_years": 4, "embodied_kg_each": Decimal(n), "withdrawn": False,
                         "source_line": n} for n in range(1, 6)],
    }  # fmt: skip


def reviewed(kept: list[str]) -> dict[Any, list[dict[str, Any]]]:
    """Some rows in every table of the auditor's work and of keys; ``kept`` are digests of evidence."""
    span = {"period_start": JANUARY[0], "period_end": JANUARY[1], "view": "all"}
    kg = Decimal(1)
    return {
        Engagement: [{"engagement_id": f"e{n}", "level": "limited", "criteria": "é", **span, "measure": "scope_1",
                      "view": "operational_control", "materiality_kg": kg, "withdrawn": False,
                      "performance_materiality_kg": kg / 2} for n in range(5)],
        ReviewEvent: [{"about_kind": "entry", "about": "B1-1", "event": "comment",
                       "text": f"é{n}"} for n in range(5)],
        KeyEvent: [key_row(signing_key(), "ghg-ledger/tiny", 2, "vouched", public_key_text(key), "é")
                   for key in (Ed25519PrivateKey.generate() for _ in range(5))],
    }  # fmt: skip


def stamped(s: Session) -> list[dict[str, Any]]:
    """Replies of an authority for the first checkpoint, kept as evidence."""
    checkpoint = latest_checkpoint(s, 1)
    text = checkpoint.body().encode()
    made = []
    for n in range(5):
        reply = AUTHORITY.reply(request_for(text), serial=n)
        told = read_reply(reply)
        made.append({"checkpoint_size": 1, "checkpoint_root": checkpoint.root, "reply_sha256": _kept(s.path, reply),
                     "stated_at": told.stated_at, "authority": told.authority, "serial": str(n),
                     "nonce": str(told.nonce)})  # fmt: skip
    return made


def submit_january(s: Session) -> None:
    """January is submitted in one view, with the figures it has; and some samples are drawn from it."""
    size = latest_checkpoint(s).size
    digest = figures_digest(s, Period(*JANUARY, ""), "operational_control", None, size)
    row = {"period_start": JANUARY[0], "period_end": JANUARY[1], "view": "operational_control", "event": "submitted",
           "pin_batch": size, "figures_sha256": digest}  # fmt: skip
    given = {PeriodEvent: [row], **sampled(s)}

    def fill(writing: Writing) -> None:
        for table, values in given.items():
            writing.insert_rows(table, as_arrow(table, values))

    append(s, tiny.act("period", "submit", "submitted"), fill)


def sampled(s: Session) -> dict[Any, list[dict[str, Any]]]:
    """Samples of January, results of the first of them, and misstatements."""
    wishes = (
        Wish("random", "é", 6), Wish("value", "1", 6), Wish("stratum", "1", 6, by="facility"),
        Wish("carbon-unit", "1", 6), Wish("carbon-unit", "1", interval_kg=Decimal("20.5")),
    )  # fmt: skip
    period = Period(*JANUARY, "2024-01")
    made = [make_sample(s, period, "operational_control", "scope_1", wish, sample_id=f"s{n}")
            for n, wish in enumerate(wishes)]  # fmt: skip
    results = [{"sample_id": "s0", "item": one.number, "about": one.about, "outcome": "agrees", "recorded_kg": one.kg,
                "audited_kg": one.kg, "note": "é"} for one in made[0].items]  # fmt: skip
    return {
        ReviewSample: [one.row for one in made],
        SampleResult: results[:5],
        Misstatement: [{"misstatement_id": f"m{n}", "engagement_id": "e1", "misstatement_kind": "factual",
                        "about_kind": "entry", "about": "B3-1", "measure": "scope_1", "effect_kg": Decimal(n),
                        "reason": "é", "corrected": False, "withdrawn": False} for n in range(5)],
    }  # fmt: skip


def sign_off_january(s: Session) -> None:
    """January is approved by a reviewer, and signed off by an auditor in each engagement."""
    size, of = latest_checkpoint(s).size, Period(*JANUARY, "")
    digest = figures_digest(s, of, "operational_control", None, size)
    span = {"period_start": JANUARY[0], "period_end": JANUARY[1], "view": "operational_control",
            "figures_sha256": digest}  # fmt: skip
    step = {**span, "event": "approved", "pin_batch": size}
    append(s, Act("period", "second", "reviewer", "approve"), lambda w: w.insert_rows(
        PeriodEvent, as_arrow(PeriodEvent, [step])))  # fmt: skip
    now = latest_checkpoint(s)
    given = [{**span, "engagement_id": f"e{n}", "level": "limited", "conclusion": "unmodified", "statement": "é",
              "checkpoint_size": now.size, "checkpoint_root": now.root, "open_findings": 0,
              "despite": "uncorrected misstatements of scope_1 10 kg, above materiality" if n == 1 else None}
             for n in range(5)]  # fmt: skip
    append(s, Act("sign_off", "p0", "auditor", "sign off"), lambda w: w.insert_rows(SignOff, as_arrow(SignOff, given)))


def harm(path: Path, *statements: str) -> None:
    """What someone with a console does who knows of the triggers: drop them, change rows, put them back."""
    named = set(re.findall(r"\w+", " ".join(statements).lower()))
    touched = [name for name in map(table_name, TABLES) if name in named]
    with duckdb.connect(str(path)) as con:
        con.execute("set TimeZone = 'UTC'")
        for name in touched:
            for verb in ("update", "delete"):
                con.execute(f"drop trigger {name}_no_{verb} on {name}")
        for statement in statements:
            con.execute(statement)
        for name in touched:
            for statement in trigger_sql(name):
                con.execute(statement)


def parts_folder(path: Path, key: str) -> Path:
    """Where the rows of a batch are kept."""
    return evidence_folder(path) / "parts" / key


def rebuilt(path: Path, *statements: str) -> None:
    """What an owner can do who has the signing key too: change rows, then make every hash, note and part anew."""
    harm(path, *statements)
    for side in ("checkpoints", "control.jsonl"):
        path.with_suffix(f".{side}").unlink(missing_ok=True)
    harm_headers(path)
    with session(path) as s:
        for size in range(1, s.one("select count(*) from batch")[0] + 1):
            write_checkpoint(path, signed(latest_checkpoint(s, size), signing_key()))


def harm_headers(path: Path) -> None:
    """Put roots, counts and heads into the headers that the rows now give, and keep the rows anew."""
    names = [table_name(table) for table in ENTRIES]
    with duckdb.connect(str(path)) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("drop trigger batch_no_update on batch")
        con.execute("update batch set control_log_head = null")
        s = Session(path, con)
        first, head = 1, "0" * 64
        for batch_no, key in con.execute("select batch_no, idempotency_key from batch order by 1").fetchall():
            held = " union all ".join(f"select seq from {name} where batch_no = {batch_no}" for name in names)
            count = con.execute(f"select count(*) from ({held})").fetchone()[0]
            con.execute(
                "update batch set first_seq = ?, entry_count = ?, entries_root = ?, previous_head = ? "
                "where batch_no = ?",
                [first, count, entries_root(s, batch_no, count), head, batch_no],
            )
            first, head = first + count, header_leaves(s, batch_no)[-1].hex()
            shutil.rmtree(parts_folder(path, key), ignore_errors=True)
            writing = Writing(s, batch_no)
            writing.tables = {
                table for table in ENTRIES
                if con.execute(f"select 1 from {table_name(table)} where batch_no = {batch_no} limit 1").fetchall()
            }  # fmt: skip
            appending._keep_tables(s, key, writing)
        con.execute(trigger_sql("batch")[0])


def meaning(path: Path) -> list[Finding]:
    """What the recomputations find, without a look at hashes."""
    faults = Faults()
    with session(path) as s:
        complete = check_shape(s, faults)
        check_meaning(s, read_log(s), 0, complete, faults)
    return faults.told()


def codes(found: Verification) -> set[str]:
    """The codes of the findings that are errors."""
    return {finding.code for finding in found.findings if finding.severity == "error"}
