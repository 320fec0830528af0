"""Stories of Jobs that wait: each is told by passes over a cluster, and nothing is kept between two passes."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from cluster_double import Double, kubeconfig, served

from ledger.connectors.kubernetes.client import cluster_of
from ledger.connectors.kubernetes.controller import Rules, controlled
from ledger.connectors.kubernetes.kubeconfig import access_of
from ledger.connectors.kubernetes.overdue import overdue_released
from ledger.errors import Busy
from ledger.schedule.decide import advise
from ledger.schedule.forecast import Forecast
from ledger.schedule.policy import policy_of

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
POLICY = '[policy]\nmax_delay_hours = 10\nallowed_regions = ["aws:eu-north-1", "aws:eu-west-3"]\n'
OURS = {"advice", "advised-at", "start", "region", "pieces", "release-by", "released", "interrupted", "moved-to"}
THREE = {"ghg-ledger/hours": "3", "ghg-ledger/energy-kwh": "10", "ghg-ledger/idle-kwh": "2"}


def forecast(zone: str, *by_hour: int, issued: datetime = NOON) -> Forecast:
    """A forecast of a zone from its issue on, in g/kWh by the hour; what follows is as the last."""
    hours = [*by_hour, *[by_hour[-1]] * (36 - len(by_hour))]
    values = tuple((issued + timedelta(hours=n), Decimal(g)) for n, g in enumerate(hours))
    return Forecast(zone, issued, "average", "direct", 3600, values, False, "a test")


@dataclass
class Desk:
    """Who decides, by forecasts of our own, and what is on record."""

    forecasts: dict[str, Forecast] = field(default_factory=dict)
    record_of: list[str] = field(default_factory=list)
    fault: Exception | None = None

    def advise(self, job, policy, now):
        """By the policy engine itself."""
        self.job = job
        return advise(job, policy, {zone: f for zone, f in self.forecasts.items() if f.issued_at <= now}, now)

    def record(self, advice):
        """Kept in a list."""
        if self.fault:
            raise self.fault
        self.record_of.append(advice.advice_id)


@pytest.fixture
def desk():
    """Germany dirty now and cleaner from 18:00 to 21:00; Sweden and France as they come."""
    return Desk({"DE": forecast("DE", *[500] * 6, *[100] * 3, 500)})


@pytest.fixture
def german(cluster, config):
    """A cluster whose nodes stand in Frankfurt."""
    cluster.node("n1", "eu-central-1", gpu="NVIDIA-A100-SXM4-80GB")
    return cluster


def watched(desk, *doubles: Double, policy=POLICY, apply=True, contexts=("home",), **more):
    """One pass at the first cluster's time: what became of each Job. Everything that was read before is forgotten."""
    with ExitStack() as stack:
        clients = [stack.enter_context(cluster_of(access_of(name))) for name in contexts]
        rules = Rules(policy_of(policy), apply=apply, **more)
        acts = controlled(clients, rules, desk, doubles[0].now)
    for double in doubles:
        for _, form, body in double.patches:
            permitted(form, body)
    return {act.job.removeprefix("ml/") if len(contexts) == 1 else f"{act.context} {act.job}": act for act in acts}


def permitted(form: str, body: dict) -> None:
    """A patch holds the version that was read, notes of ours, suspend, and the region of the nodes; nothing else."""
    assert form == "application/merge-patch+json"
    assert set(body) <= {"metadata", "spec"}
    assert set(body["metadata"]) == {"resourceVersion", "annotations"}
    assert {key.removeprefix("ghg-ledger/") for key in body["metadata"]["annotations"]} <= OURS
    assert all(key.startswith("ghg-ledger/") for key in body["metadata"]["annotations"])
    spec = body.get("spec", {})
    assert set(spec) <= {"suspend", "template"}
    if "template" in spec:
        assert set(spec["template"]["spec"]["nodeSelector"]) == {"topology.kubernetes.io/region"}
        assert set(spec["template"]["spec"]) == {"nodeSelector"}


def test_a_held_job_is_let_go_at_the_chosen_hour(german, desk):
    """Noon: the three clean hours begin at 18:00, so it waits until then, by an advice that is on record first."""
    german.job("a", notes=THREE)
    act = watched(desk, german)["a"]
    assert (act.what, act.at.hour, german.suspended("a")) == ("held", 18, True)
    notes = german.notes("a")
    assert notes["advice"] == act.advice == desk.record_of[0]
    assert (notes["start"], notes["region"]) == ("2026-11-28T18:00:00Z", "aws:eu-central-1")
    assert notes["release-by"] == "2026-11-28T22:00:00Z"
    german.pass_hours(5.9)
    assert watched(desk, german)["a"].what == "held"
    assert len(desk.record_of) == 1
    german.pass_hours(0.1)
    act = watched(desk, german)["a"]
    assert (act.what, act.done, act.advice) == ("released", True, notes["advice"])
    assert not german.suspended("a")
    assert german.get("a")["spec"]["template"]["spec"]["nodeSelector"] == {}
    german.pass_hours(1)
    assert watched(desk, german)["a"].what == "running"


def test_a_job_that_somebody_takes_meanwhile_gets_no_notes(german, desk):
    """Let go by a person, or taken by Kueue, at the moment at which it was to be noted: it is left as it is."""
    for change in (lambda job: job["spec"].update(suspend=False),
                   lambda job: job["metadata"]["labels"].update({"kueue.x-k8s.io/queue-name": "q"})):  # fmt: skip
        german.job("a", notes=THREE)
        german.before_patch = lambda change=change: german.change("a", change)
        assert watched(desk, german)["a"].what == "left"
        assert "advice" not in german.notes("a")


def test_the_shorter_delay_counts(german, desk):
    """A Job may shorten the delay of the policy and not lengthen it."""
    german.job("short", notes={**THREE, "ghg-ledger/max-delay-hours": "4"})
    german.job("long", notes={**THREE, "ghg-ledger/max-delay-hours": "40"})
    watched(desk, german)
    assert german.notes("short")["release-by"] == german.notes("short")["start"] == "2026-11-28T16:00:00Z"
    assert german.notes("long")["release-by"] == "2026-11-28T22:00:00Z"


def test_a_dirty_grid_holds_nothing_past_its_deadline(german, desk):
    """No hour is below the threshold: the job goes when its deadline less its hours comes, and no later."""
    desk.forecasts = {"DE": forecast("DE", *range(900, 880, -1))}
    german.job("a", notes={**THREE, "ghg-ledger/deadline": "2026-11-28T20:00:00Z"})
    policy = "[policy]\nthreshold_g_per_kwh = 50\n"
    assert watched(desk, german, policy=policy)["a"].at.hour == 17
    german.pass_hours(4.9)
    assert watched(desk, german, policy=policy)["a"].what == "held"
    german.pass_hours(0.1)
    assert watched(desk, german, policy=policy)["a"].what == "released"


def test_the_deadline_counts_before_the_chosen_hour(german, desk):
    """Somebody needs it sooner than was planned: the new deadline counts, without any new advice."""
    german.job("a", notes=THREE)
    watched(desk, german)
    put = {"ghg-ledger/deadline": "2026-11-28T16:00:00Z"}
    german.change("a", lambda job: job["metadata"]["annotations"].update(put))
    german.pass_hours(1)
    act = watched(desk, german)["a"]
    assert act.what == "released"
    assert act.why.startswith("its deadline is 2026-11-28T16:00:00Z and it runs 3 h")


@pytest.mark.parametrize("dies_at", ["record", "first patch", "second patch"])
def test_a_controller_that_dies_loses_no_job(german, desk, monkeypatch, dies_at):
    """It is killed before its first record, or between two patches; the next one, which knows nothing, goes on."""
    for name in ("a", "b"):
        german.job(name, notes=THREE)

    class Killed(BaseException):
        pass

    from ledger.connectors.kubernetes.client import Cluster

    sent, kept = [], Cluster.patched_job

    def dying(self, *words):
        sent.append(words)
        if len(sent) == {"first patch": 1, "second patch": 2}.get(dies_at):
            raise Killed
        return kept(self, *words)

    desk.fault = Killed() if dies_at == "record" else None
    with monkeypatch.context() as patch:
        patch.setattr(Cluster, "patched_job", dying)
        with pytest.raises(Killed):
            watched(desk, german)
    desk.fault = None
    assert all(german.suspended(name) for name in ("a", "b"))
    assert {act.what for act in watched(Desk(desk.forecasts), german).values()} == {"held"}
    german.pass_hours(6)
    assert {act.what for act in watched(Desk({}), german).values()} == {"released"}
    assert not german.suspended("a")
    assert not german.suspended("b")


def test_a_dead_controller_holds_nothing(german, desk):
    """It advised and died: the other command lets the job go at the last moment that was set, without forecasts."""
    german.job("a", notes=THREE)
    watched(desk, german)
    german.pass_hours(9.9)
    with cluster_of(access_of()) as client:
        assert overdue_released(client, None, german.now, apply=True)[0].what == "held"
        german.pass_hours(0.1)
        assert overdue_released(client, None, german.now, apply=True)[0].what == "released"


def test_a_job_that_is_deleted_while_it_is_held(german, desk):
    """Gone between two passes it is in no answer; gone between reading and letting go it is told as gone."""
    german.job("a", notes=THREE)
    german.job("b", notes=THREE)
    watched(desk, german)
    german.delete("a")
    german.pass_hours(7)
    german.before_patch = lambda: german.delete("b")
    acts = watched(desk, german)
    assert set(acts) == {"b"}
    assert acts["b"].what == "gone"


@pytest.mark.parametrize(("policy", "words"), [("Forbid", "makes no other Job"), ("Replace", "deletes it when")])
def test_a_held_job_of_a_cron_job_says_what_it_keeps_waiting(german, desk, policy, words):
    """A suspended Job counts as active: with Forbid the next is skipped, with Replace this one is deleted."""
    german.put("cronjobs", {"metadata": {"name": "nightly", "namespace": "ml"}, "spec": {"concurrencyPolicy": policy}})
    owner = {"kind": "CronJob", "name": "nightly", "apiVersion": "batch/v1", "uid": "x"}
    german.job("nightly-1", notes=THREE, head={"ownerReferences": [owner]})
    why = watched(desk, german)["nightly-1"].why
    assert words in why
    assert "nightly" in why
    german.change("nightly", lambda cron: cron["spec"].update(concurrencyPolicy="Allow"), "cronjobs")
    assert "CronJob" not in watched(desk, german)["nightly-1"].why


def test_an_unknown_duration_is_no_reason_to_wait(german, desk):
    """Nobody said how long it runs: it goes at once, and says so; the policy's own assumption lets it wait."""
    german.job("a")
    act = watched(desk, german, apply=False)["a"]
    assert act.what == "released"
    assert "nobody said how long the job runs" in act.why
    assert watched(desk, german, policy=POLICY + "unknown_duration_hours = 3")["a"].at.hour == 18


def test_doubt_lets_go(german, desk):
    """No forecast, a place that nobody names, a zone that is not known: it runs, and the reason says why."""
    german.job("a", notes=THREE)
    old = forecast("DE", 1, issued=NOON - timedelta(hours=30))
    for forecasts, words in (({}, "no forecast is held for the zone DE"), ({"DE": old}, "is stale")):
        desk.forecasts = forecasts
        act = watched(desk, german, apply=False)["a"]
        assert act.what == "released"
        assert words in act.why
    german.node("closed", "eu-north-1")
    german.change("closed", lambda node: node["spec"].update(unschedulable=True), "nodes", "")
    assert "is stale" in watched(desk, german, apply=False)["a"].why  # a node that takes no pods is no place
    german.node("n2", None, provider="")
    assert "others that do not say where" in watched(desk, german, apply=False)["a"].why
    german.delete("n2", "nodes", "")
    german.change("a", lambda job: job["metadata"]["annotations"].update({"ghg-ledger/energy-kwh": "many"}))
    assert "ghg-ledger/energy-kwh cannot be read: 'many'" in watched(desk, german, apply=False)["a"].why
    german.change("a", lambda job: job["spec"]["template"]["spec"].update(nodeSelector={"disk": "fast"}))
    german.change("a", lambda job: job["metadata"]["annotations"].update(THREE))
    assert "no node is there that its selector fits" in watched(desk, german)["a"].why
    assert not german.suspended("a")


def test_nodes_that_do_not_say_where_they_stand_may_be_told(german, desk):
    """Machines of one's own: the zone is given for the cluster."""
    german.delete("n1", "nodes", "")
    german.node("own", None, provider="")
    german.job("a", notes=THREE)
    assert "no label topology" in watched(desk, german, apply=False)["a"].why
    assert watched(desk, german, regions={"home": "DE"})["a"].at.hour == 18


def test_a_newer_forecast_is_asked_and_an_older_one_is_not(german, desk):
    """The chosen hour moves with a forecast issued since, never beyond the last moment that was set first."""
    german.job("a", notes=THREE)
    watched(desk, german)
    german.pass_hours(1)
    desk.forecasts["DE"] = forecast("DE", *[500] * 8, 90, issued=NOON + timedelta(hours=1))
    assert watched(desk, german, policy="[policy]\nmax_delay_hours = 20\n")["a"].at.hour == 21
    assert watched(desk, german)["a"].why.startswith("until 2026-11-28T21:00:00Z, as advised before")
    assert len(desk.record_of) == 2
    assert german.notes("a")["release-by"] == "2026-11-28T22:00:00Z"


def test_a_ledger_that_cannot_be_written_holds_nothing_and_hides_nothing(german, desk):
    """Busy: a job that would wait is not planned and is told as failed; one that is to run runs, and says so."""
    desk.fault = Busy("the ledger is held by another")
    german.job("waits", notes=THREE)
    german.job("runs", notes={**THREE, "ghg-ledger/deadline": "2026-11-28T15:00:00Z"})
    german.now += timedelta(microseconds=1)
    acts = watched(desk, german)
    assert (acts["waits"].what, acts["runs"].what) == ("failed", "released")
    assert "advice" not in german.notes("waits")
    desk.fault = None
    assert watched(desk, german)["waits"].what == "held"


def test_a_cluster_that_fails_for_a_while_holds_nothing_past_its_time(german, desk):
    """Faults on every call of a pass are told, the next does what is due; missing nodes hold no job whose hour came."""
    german.job("a", notes=THREE)
    watched(desk, german)
    german.pass_hours(6)
    german.fail("GET /apis/batch", *[500] * 5)
    german.fail("GET /api/v1/nodes", *[403])
    assert watched(desk, german)[""].what == "failed"
    acts = watched(desk, german)
    assert (acts[""].what, acts["a"].what) == ("failed", "released")


def test_what_is_decided_comes_before_what_is_to_be(german, desk):
    """Recording takes its time: a Job whose hour has come is let go before another one's advice is put on record."""
    german.job("new", notes=THREE)
    german.job("due", notes=THREE)
    watched(desk, german)
    sooner = {**THREE, "ghg-ledger/max-delay-hours": "7"}
    german.change("new", lambda job: job["metadata"].update(annotations=sooner))
    german.pass_hours(6)
    seen = []
    desk.record = lambda _advice: seen.append(german.suspended("due"))
    watched(desk, german)
    assert seen == [False]


def test_a_trial_changes_nothing_and_records_nothing(german, desk):
    """Without apply nothing is sent but questions, and the ledger keeps no advice."""
    german.job("a", notes=THREE)
    german.job("b", "checkpointable", notes=THREE, suspend=False)
    german.pass_hours(0.5)
    acts = watched(desk, german, apply=False)
    assert (acts["a"].what, acts["b"].what) == ("held", "interrupted")
    assert german.patches == []
    assert desk.record_of == []


def test_what_kueue_holds_is_left_to_kueue(german, desk):
    """By quota and not by carbon: neither advised, nor let go, nor interrupted."""
    german.job("a", "kueue.x-k8s.io/queue-name=q", notes={**THREE, "ghg-ledger/deadline": "2026-11-28T13:00:00Z"})
    german.job("b", "kueue.x-k8s.io/queue-name=q", "checkpointable", notes=THREE, suspend=False)
    german.pass_hours(20)
    assert {act.what for act in watched(desk, german).values()} == {"left"}
    assert german.patches == []


def test_a_running_job_is_suspended_only_if_it_can_go_on(german, desk):
    """Arrived running in a dirty hour: the checkpointable one waits for the clean hours, once; the other runs on."""
    german.job("can", "checkpointable", notes=THREE, suspend=False)
    german.job("cannot", notes=THREE, suspend=False)
    german.pass_hours(0)
    german.pass_hours(1)
    acts = watched(desk, german)
    assert (acts["can"].what, acts["cannot"].what) == ("interrupted", "running")
    assert (german.suspended("can"), german.suspended("cannot")) == (True, False)
    assert desk.job.duration_hours == 2
    assert desk.job.energy_kwh == Decimal("6.666667")
    assert acts["can"].at.hour == 18
    german.pass_hours(4.9)
    assert watched(desk, german)["can"].what == "held"
    german.pass_hours(0.1)
    assert watched(desk, german)["can"].what == "released"
    desk.forecasts["DE"] = forecast("DE", 900, 900, 10, issued=german.now)
    german.pass_hours(0.5)
    assert watched(desk, german)["can"].what == "running"
    german.change("can", lambda job: job["spec"].update(suspend=True))
    assert watched(desk, german)["can"].what == "left"


def test_an_interrupted_job_is_wanted_sooner(german, desk):
    """Its deadline is moved while it stands still: it goes on at the deadline at the latest, whoever is alive."""
    german.job("a", "checkpointable", notes=THREE, suspend=False)
    german.pass_hours(0)
    assert watched(desk, german)["a"].what == "interrupted"
    put = {"ghg-ledger/deadline": "2026-11-28T15:00:00Z"}
    german.change("a", lambda job: job["metadata"]["annotations"].update(put))
    german.pass_hours(2.9)
    with cluster_of(access_of()) as client:
        assert overdue_released(client, None, german.now, apply=True)[0].what == "held"
        german.pass_hours(0.1)
        assert overdue_released(client, None, german.now, apply=True)[0].what == "released"


def test_a_job_that_ends_meanwhile_is_not_suspended(german, desk):
    """It ends between reading and suspending: it is left, and nothing is written."""
    german.job("a", "checkpointable", notes=THREE, suspend=False)
    german.pass_hours(0)
    ended = {"conditions": [{"type": "Complete", "status": "True"}]}
    german.before_patch = lambda: german.change("a", lambda job: job["status"].update(ended))
    assert watched(desk, german)["a"].what == "left"
    assert not german.suspended("a")
    assert watched(desk, german) == {}


def test_a_job_that_went_at_its_deadline_is_not_stopped_again(german, desk):
    """Let go without any advice, it begins and runs on, however clean the evening is going to be."""
    german.job("a", "checkpointable", notes={**THREE, "ghg-ledger/deadline": "2026-11-28T14:00:00Z"})
    assert watched(desk, german)["a"].what == "released"
    german.pass_hours(0.1)
    german.change("a", lambda job: job["metadata"]["annotations"].pop("ghg-ledger/deadline"))
    assert watched(desk, german)["a"].what == "running"
    assert desk.record_of == []


def test_a_running_job_that_had_better_run_is_asked_about_once(german, desk):
    """Clean now: it runs on, with a note, and no later pass asks again."""
    desk.forecasts = {"DE": forecast("DE", 100, 100, 100, 100, 500)}
    german.job("a", "checkpointable", notes=THREE, suspend=False)
    german.pass_hours(0)
    assert watched(desk, german)["a"].what == "running"
    desk.forecasts = {"DE": forecast("DE", 900, 900, 900, 10)}
    german.pass_hours(0.1)
    assert watched(desk, german)["a"].what == "running"
    assert len(desk.record_of) == 1


def test_a_job_in_pieces_stops_between_them(german, desk):
    """The policy cuts checkpointable jobs: it runs in each clean hour and stands still between them, to the end."""
    desk.forecasts = {"DE": forecast("DE", 500, 100, 500, 100, 500, 100, 500)}
    german.job("a", "checkpointable", notes=THREE)
    policy = POLICY + "interruptible = true\n"
    seen = []
    for _ in range(12):
        seen.append((german.now.hour + german.now.minute / 60, watched(desk, german, policy=policy)["a"].what))
        german.pass_hours(0.5)
    assert seen == [
        (12, "held"), (12.5, "held"), (13, "released"), (13.5, "running"), (14, "interrupted"), (14.5, "held"),
        (15, "released"), (15.5, "running"), (16, "interrupted"), (16.5, "held"), (17, "released"), (17.5, "running"),
    ]  # fmt: skip
    assert len(desk.record_of) == 1


def test_another_region_of_the_same_cluster_is_chosen_by_its_nodes(german, desk):
    """A portable job is bound to the cleaner region while it has never run; one that is not portable stays unbound."""
    german.node("n2", "eu-north-1")
    desk.forecasts["SE-SE3"] = forecast("SE-SE3", 20)
    home = {**THREE, "ghg-ledger/home-region": "aws:eu-central-1"}
    german.job("moves", "portable", notes=home)
    german.job("stays", notes=home)
    german.job("bound", "portable", notes=THREE, selector={"topology.kubernetes.io/region": "eu-central-1"})
    acts = watched(desk, german, policy=SITES)
    assert {name: act.what for name, act in acts.items()} == {"moves": "released", "stays": "held", "bound": "held"}
    selector = german.get("moves")["spec"]["template"]["spec"]["nodeSelector"]
    assert selector == {"topology.kubernetes.io/region": "eu-north-1"}


SITES = POLICY + '[sites."aws:eu-north-1"]\nzone = "SE-SE3"\ncountry = "SE"\n'


@pytest.fixture
def both(german, config):
    """A second cluster in Paris, with a copy of the job that waits there."""
    with served() as away:
        away.now = german.now
        away.node("p1", "eu-west-3")
        away.job("a", "portable", "standby", notes=THREE)
        config.write_text(kubeconfig(home=german, away=away))
        german.job("a", "portable", notes=THREE)
        yield german, away


def test_another_cluster_runs_the_copy(both, desk):
    """Elsewhere is another context: its copy is let go, the job here is marked and never runs."""
    home, away = both
    desk.forecasts["FR"] = forecast("FR", 30)
    acts = watched(desk, home, away, contexts=("home", "away"))
    assert (acts["home ml/a"].what, acts["away ml/a"].what) == ("moved", "left")
    assert (home.suspended("a"), away.suspended("a")) == (True, False)
    home.pass_hours(100)
    acts = watched(desk, home, away, contexts=("home", "away"))
    assert (acts["home ml/a"].what, acts["away ml/a"].what) == ("left", "running")
    with cluster_of(access_of()) as client:
        assert overdue_released(client, None, home.now, apply=True)[0].what == "left"
    assert home.suspended("a")


def test_a_move_that_was_cut_off_is_finished(both, desk):
    """The copy runs and the controller died before it marked the job: the next pass marks it, and lets go nothing."""
    home, away = both
    desk.forecasts["FR"] = forecast("FR", 30)
    home.fail("PATCH", *[500] * 5)
    assert watched(desk, home, away, contexts=("home", "away"))["home ml/a"].what == "failed"
    assert not away.suspended("a")
    home.pass_hours(100)
    assert watched(desk, home, away, contexts=("home", "away"))["home ml/a"].what == "moved"
    assert home.suspended("a")


def test_only_portable_jobs_leave_and_only_where_a_copy_waits(both, desk):
    """No label, or no copy, or a copy that somebody let go: the job is advised as if there were no other cluster."""
    home, away = both
    desk.forecasts["FR"] = forecast("FR", 30)
    home.change("a", lambda job: job["metadata"]["labels"].pop("ghg-ledger/portable"))
    acts = watched(desk, home, away, contexts=("home", "away"), apply=False)
    assert acts["home ml/a"].at.hour == 18
    home.change("a", lambda job: job["metadata"]["labels"].update({"ghg-ledger/portable": "yes"}))
    assert watched(desk, home, away, contexts=("home", "away"), apply=False)["home ml/a"].what == "moved"
    for change in (lambda job: job["metadata"]["labels"].pop("ghg-ledger/portable"),
                   lambda job: job["metadata"]["labels"].pop("ghg-ledger/standby"),
                   lambda job: job["spec"].update(suspend=False)):  # fmt: skip
        away.change("a", change)
        assert watched(desk, home, away, contexts=("home", "away"), apply=False)["home ml/a"].at.hour == 18
        away.job("a", "portable", "standby", notes=THREE)
    assert watched(desk, home, away, contexts=("home", "away"), apply=False)["home ml/a"].what == "moved"
    away.delete("a")
    assert watched(desk, home, away, contexts=("home", "away"), apply=False)["home ml/a"].at.hour == 18


def test_a_job_that_is_no_longer_portable_stays(both, desk):
    """The label is taken away while it waits for the other cluster: at its hour it runs here."""
    home, away = both
    desk.forecasts["FR"] = forecast("FR", 90, 90, 30)
    watched(desk, home, away, contexts=("home", "away"))
    home.change("a", lambda job: job["metadata"]["labels"].pop("ghg-ledger/portable"))
    home.pass_hours(2)
    assert watched(desk, home, away, contexts=("home", "away"))["home ml/a"].what == "released"
    assert (home.suspended("a"), away.suspended("a")) == (False, True)


def test_a_copy_that_somebody_lets_go_meanwhile_moves_nothing(both, desk):
    """A person lets go the copy at the same moment: it is theirs, and the Job here still waits for its own hour."""
    home, away = both
    desk.forecasts["FR"] = forecast("FR", 30)
    away.before_patch = lambda: away.change("a", lambda job: job["spec"].update(suspend=False))
    assert watched(desk, home, away, contexts=("home", "away"))["home ml/a"].what == "failed"
    assert "moved-to" not in home.notes("a")
    assert watched(desk, home, away, contexts=("home", "away"))["home ml/a"].at.hour == 18


def test_a_move_that_fails_at_the_last_moment_is_none(both, desk):
    """The other cluster answers 500 when the last moment has come: the Job runs here, in the same pass."""
    home, away = both
    desk.forecasts["FR"] = forecast("FR", 90, 90, 30)
    watched(desk, home, away, contexts=("home", "away"))
    home.pass_hours(2)
    away.fail("PATCH", *[500] * 5)
    assert watched(desk, home, away, contexts=("home", "away"))["home ml/a"].what == "failed"
    home.pass_hours(8)
    away.fail("PATCH", *[500] * 5)
    act = watched(desk, home, away, contexts=("home", "away"))["home ml/a"]
    assert act.what == "released"
    assert act.why.startswith("the last moment that was set for it")


def test_a_cluster_that_is_out_of_reach_keeps_no_job_from_running_here(both, desk):
    """It was to go elsewhere at 14:00 and the other cluster is down: at its last moment it runs here."""
    home, away = both
    desk.forecasts["FR"] = forecast("FR", 90, 90, 30)
    assert watched(desk, home, away, contexts=("home", "away"))["home ml/a"].at.hour == 14
    away.token = "another"
    home.pass_hours(2)
    act = watched(desk, home, away, contexts=("home", "away"))["home ml/a"]
    assert act.what == "released"
    assert "no copy of it waits in aws:eu-west-3" in act.why
    assert not home.suspended("a")


def test_every_kind_of_act_is_within_the_rules():
    """The check of patches itself turns down what is not ours to change."""
    good = {"metadata": {"resourceVersion": "1", "annotations": {"ghg-ledger/start": "x"}}, "spec": {"suspend": True}}
    permitted("application/merge-patch+json", good)
    for bad in ({"parallelism": 0}, {"template": {"spec": {"nodeSelector": {"a": "b"}}}}):
        with pytest.raises(AssertionError):
            permitted("application/merge-patch+json", {**good, "spec": bad})


def test_nothing_else_can_be_put_into_a_patch(german, desk):
    """A foreign annotation, or a region for a job that has run, is a fault of ours before it is sent."""
    from ledger.connectors.kubernetes.jobs import job_of
    from ledger.connectors.kubernetes.patches import patch

    job = job_of("home", german.job("a"))
    with pytest.raises(ValueError, match="not ours"):
        patch(job, {"app": "x"})
    with pytest.raises(ValueError, match="has run"):
        patch(replace(job, started=NOON), {}, region_label="x")
    with pytest.raises(ValueError, match="has run"):
        patch(replace(job, suspended=False), {}, region_label="x")
