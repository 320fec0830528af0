"""When and where jobs run: the board of advice, a decision by a policy, its record, and the truth after the run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.disclosure.words import numbers
from ledger.errors import Misuse
from ledger.plain import visible
from ledger.web.ai.compare import LONGEST, MOST_READ
from ledger.web.ai.parts import MEMO, TABS, kg, minute, told_fault
from ledger.web.frame.charts import drawn
from ledger.web.frame.forms import Posted
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.links import entry_link
from ledger.web.frame.paging import SHOWN
from ledger.web.frame.tables import Column, Linked, Row, Table

if TYPE_CHECKING:
    from ledger.schedule.board import Board, BoardLine
    from ledger.schedule.decide import Advice
    from ledger.schedule.job import Job
    from ledger.schedule.policy import Policy

router = APIRouter()
JOB = ("job", "region", "hours", "energy_kwh", "idle_kwh", "portable", "checkpointable", "project", "model", "stage")
RULES = ("max_delay_hours", "deadline", "threshold_g_per_kwh", "least_gain_g_per_kwh", "allowed_regions", "residency")
FIELDS = (*JOB, *RULES, "policy", "submitted", "at")
STATES = ("", "held", "released", "overdue", "trued_up")
LONGEST_AGO = timedelta(hours=1)
"""How old a decision may be that is put on record: an older one is made again by what is known by then."""
_LOOKS = {"overdue": "attention"}


@router.get("/ai/schedule")
def schedule(here: InPage) -> Response:
    """The board, the form, and the decision where a job was described."""
    asked = {name: here.query(name) for name in FIELDS}
    if not asked["job"]:
        return _page(here, asked, None, "", "")
    try:
        made = advised(here, asked)
    except Misuse as fault:
        return _page(here, asked, None, *told_fault(fault), 422)
    return _page(here, asked, made, "", "")


@router.post("/ai/schedule")
def decide(here: InPage, form: Posted) -> Response:
    """Take the fields, keep a file of the policy for whoever sent it, and lead to the decision of this moment."""
    given = {name: form.text(name, most=LONGEST) for name in FIELDS}
    file = form.file("policy_file")
    if file is not None:
        given["policy"] = here.site.texts.keep(here.person, str(file.filename)[:80], file.file.read(MOST_READ))
    if form.is_set("forget"):
        given["policy"] = ""
    given["at"] = _text_of(datetime.now(UTC))
    return here.go("/ai/schedule", **given)


@router.post("/ai/schedule/record")
def record(here: InPage, form: Posted) -> Response:
    """Put the decision on record that was shown, and no other."""
    asked = {name: form.text(name) for name in FIELDS}
    at = instant(asked["at"], "the moment of the decision")
    if not timedelta() <= datetime.now(UTC) - at <= LONGEST_AGO:
        raise Misuse("this decision is not of the last hour", "decide anew; what is known since then counts")
    made = advised(here, asked)
    if made.advice_id != form.text("advice"):
        raise Misuse("what the decision rests on has changed since it was shown", "decide anew, and look at it")
    done = here.book.record_advice(made)
    where = " already" if done.batch is None else f" in batch {done.batch}"
    return here.go(f"/ai/schedule/{made.advice_id}", f"The advice for {made.job.job_id} is on record{where}.")


@router.post("/ai/schedule/true-up")
def true_up(here: InPage, form: Posted) -> Response:
    """Hold one advice against its run, or every one that has a run on record."""
    advice = form.text("advice")
    if not advice:
        held, waiting = here.book.true_up_all()
        words = f"{len(held)} advice held against their runs; {len(waiting)} wait for one."
        return here.go("/ai/schedule", words, "good" if held else "attention")
    idle = _amount(form.text("idle_kwh"), "idle energy")
    one, _ = here.book.true_up(advice, run=form.text("run") or None, idle_kwh=idle)
    told = "" if one.truth is None else one.truth.reason
    return here.go(f"/ai/schedule/{one.advice_id}", f"Held against its run: {visible(told)}.")


@router.get("/ai/schedule/{advice}")
def one_advice(here: InPage, advice: str) -> Response:
    """An advice on record: its reason, its plot, and the truth beside it."""
    found = here.read("advice", advice_id=advice)
    if not found:
        raise Misuse(f"no advice '{visible(advice)[:40]}' is on record", "take one from the board")
    held = found[0]
    made = held.again()
    from ledger.disclosure.charts.schedule import advice_chart

    line = next(line for line in _board(here).lines if line.advice_id == held.advice_id)
    return here.page(
        "ai/advice.html.j2", title=held.job_id, place="ai", tabs=TABS, held=held, line=line, made=made,
        chart=drawn(here, advice_chart(made)), memo=MEMO, facts=_facts(held), may_true_up=here.may("true_up"),
        tables=(options_table(made),),
    )  # fmt: skip


def _facts(held: Any) -> list[tuple[str, str, str]]:
    """What was forecast beside what was measured: name, forecast, measured."""
    truth = held.truth
    before = (held.counterfactual_g_per_kwh, None if truth is None else truth.counterfactual_g_per_kwh)
    after = (held.expected_g_per_kwh, None if truth is None else truth.run_g_per_kwh)
    saved = (held.expected_saving_kg, None if truth is None else truth.saving_kg)
    energy = (held.job.energy_kwh, None if truth is None else truth.measured_kwh)
    idle = (held.job.idle_kwh, None if truth is None else truth.idle_kwh)
    named = (
        ("From the submission, g/kWh", before), ("As it runs, g/kWh", after), ("Energy, kWh", energy),
        ("of it idle, kWh", idle), ("Saved, kg CO₂e", saved),
    )  # fmt: skip
    return [(name, _few(told[0]), _few(told[1])) for name, told in named]


def _few(value: Decimal | None) -> str:
    return "—" if value is None else numbers.significant(value, 4)


def _page(
    here: Here, asked: Mapping[str, str], made: Advice | None, fault: str, fix: str, status: int = 200
) -> Response:
    from ledger.ai.model_runs import STAGES
    from ledger.disclosure.charts.schedule import advice_chart

    board = _board(here)
    state = here.query("state")
    if state not in STATES:
        raise Misuse(f"there is no state '{visible(state)[:20]}'", "take one of: " + ", ".join(STATES[1:]))
    tables = [board_table(here, board, state)]
    if made is not None:
        tables.append(options_table(made))
    zones = [one.zone for one in here.read("grid_now", minute(), (), most=20) if one.forecast is not None]
    return here.page(
        "ai/schedule.html.j2", title="Schedule", place="ai", tabs=TABS, asked=asked, board=board, state=state,
        states=STATES, made=made, fault=fault, fix=fix, status=status, memo=MEMO, stages=("", *STAGES), zones=zones,
        chart=None if made is None else drawn(here, advice_chart(made)), kept=_kept(here, asked["policy"]),
        may_record=here.may("advice"), may_true_up=here.may("true_up"), tables=tables,
    )  # fmt: skip


def _board(here: Here) -> Board:
    found: Board = here.read("advice_board", minute())
    return found


def _kept(here: Here, key: str) -> str:
    """What the file of the policy was called; empty where none is kept."""
    try:
        return visible(here.site.texts.of(here.person, key).name) if key else ""
    except Misuse:
        return ""


def board_table(here: Here, board: Board, state: str) -> Table:
    """Every advice with its state, what was expected, and what came of it; a page shows the last of them."""
    columns = [
        Column("job", "Job"), Column("state", "State"), Column("choice", "Advice"), Column("where", "Where"),
        Column("start", "Start", "time"), Column("end", "Expected end", "time"),
        Column("before", "At submission", "number", "g/kWh"), Column("after", "As advised", "number", "g/kWh"),
        kg("expected", "Expected", unknown="—"), kg("saved", "Saved (memo)", unknown="—"), Column("told", "To know"),
        Column("entry", "Entry", "code"),
    ]  # fmt: skip
    lines = [line for line in board.lines if state in ("", line.state)]
    shown = lines if here.query("as") else lines[:SHOWN]
    note = MEMO if len(shown) == len(lines) else f"The last {SHOWN} of {len(lines)}; the files have all. {MEMO}"
    return Table("board", "Board", columns, [Row(_cells(here, line), _LOOKS.get(line.state, "")) for line in shown],
                 empty="No advice is on record. Describe a job below, look at the decision, and put it on record "
                       "before the run.", note=note)  # fmt: skip


def _cells(here: Here, line: BoardLine) -> dict[str, Any]:
    told = {"held": "waits for its start", "released": "no truth yet: true it up after the run",
            "overdue": "its hours are over and no run of it is on record", "trued_up": ""}[line.state]  # fmt: skip
    if line.state == "released" and line.run_id is not None:
        told = f"run {line.run_id} is on record: true it up"
    if line.state == "trued_up":
        told = "not quantified" if line.saving_kg is None else "" if line.is_followed else "not followed, not claimed"
    return {
        "job": Linked(line.job_id, here.link(f"/ai/schedule/{line.advice_id}")), "state": line.state.replace("_", " "),
        "choice": line.choice, "where": line.chosen_region, "start": line.start_utc, "end": line.end_utc,
        "before": line.counterfactual_g_per_kwh, "after": line.expected_g_per_kwh,
        "expected": line.expected_saving_kg, "saved": line.claimed_kg, "told": told,
        "entry": entry_link(here, line.entry),
    }  # fmt: skip


def options_table(made: Advice) -> Table:
    """What was weighed, the chosen one first in weight."""
    columns = [
        Column("start", "Start", "time"), Column("end", "End", "time"), Column("region", "Where"),
        Column("parts", "Parts", "number"), Column("g", "Forecast", "number", "g/kWh"),
        kg("kg", "Above idle", unknown="—"), Column("cost", "Cost", "number", made.policy.currency, 2),
        Column("told", "To know"),
    ]  # fmt: skip
    rows = []
    for option in made.options:
        taken = (option.region, option.intervals) == (made.region, made.intervals)
        told = "chosen" if taken else option.barred
        rows.append(Row({
            "start": option.start, "end": option.end, "region": option.region, "parts": len(option.intervals),
            "g": option.g_per_kwh, "kg": option.kg, "cost": option.cost, "told": told,
        }, "total" if taken else ""))  # fmt: skip
    return Table("options", "What was weighed", columns, rows, empty="Nothing could be compared.")


def advised(here: Here, asked: Mapping[str, str]) -> Advice:
    """The advice for the job of the fields by their policy. Raises Misuse for what cannot be read."""
    at = instant(asked["at"], "the moment of the decision") if asked["at"] else minute()
    return here.book.advise(_job(asked, at), _policy(here, asked), now=at)


def _job(asked: Mapping[str, str], at: datetime) -> Job:
    from ledger.errors import known_word
    from ledger.schedule.job import Job
    from schemas.ai_vocabulary import RunStage

    if asked["stage"]:
        known_word("stage", asked["stage"], [word.value for word in RunStage])
    if not asked["region"]:
        raise Misuse("nobody says where the job was submitted", "give a region (aws:eu-central-1) or a zone (DE)")
    submitted = instant(asked["submitted"], "the submission") if asked["submitted"] else at
    return Job(
        job_id=asked["job"], submitted_utc=submitted, region=asked["region"],
        duration_hours=_amount(asked["hours"], "hours"), energy_kwh=_amount(asked["energy_kwh"], "energy"),
        idle_kwh=_amount(asked["idle_kwh"], "idle energy"), portable=bool(asked["portable"]),
        checkpointable=bool(asked["checkpointable"]), project=asked["project"] or None, model=asked["model"] or None,
        stage=asked["stage"] or None,
    )  # fmt: skip


def _policy(here: Here, asked: Mapping[str, str]) -> Policy:
    """The policy of the file that was sent, else of the fields."""
    from ledger.schedule.policy import policy_of

    if asked["policy"]:
        return policy_of(here.site.texts.of(here.person, asked["policy"]).text)
    return policy_of_fields(asked)


def policy_of_fields(asked: Mapping[str, str]) -> Policy:
    """The policy of the fields, under the rules of a file."""
    from ledger.schedule.policy import policy_of_record

    told: dict[str, Any] = {"name": "fields"}
    for name in ("max_delay_hours", "threshold_g_per_kwh", "least_gain_g_per_kwh"):
        if asked[name]:
            told[name] = asked[name]
    if asked["deadline"]:
        told["deadline"] = _text_of(instant(asked["deadline"], "the deadline"))
    for name in ("allowed_regions", "residency"):
        words = [word.strip() for word in asked[name].replace("\n", ",").split(",") if word.strip()]
        if words:
            told[name] = words
    told["interruptible"] = bool(asked["checkpointable"])
    return policy_of_record(told)


def instant(text: str, what: str) -> datetime:
    """An instant of a field; one without an offset is in UTC. Raises Misuse for none."""
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Misuse(f"{what} is no instant: {visible(text)[:40]}", "write it like 2026-11-29T06:00Z") from None


def _text_of(at: datetime) -> str:
    return at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _amount(text: str, what: str) -> Decimal | None:
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("nan")
    if not amount.is_finite() or abs(amount.adjusted()) > 18 or len(amount.as_tuple().digits) > 28:
        raise Misuse(f"the {what} is no amount: {visible(text)[:40]}", "write it like 12.5")
    return amount
