"""Whatever else is dead, no Job is held past its last moment; and nothing is let go that is not ours to let go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from in_process import ghg

from ledger.connectors.kubernetes.client import cluster_of
from ledger.connectors.kubernetes.kubeconfig import access_of
from ledger.connectors.kubernetes.overdue import overdue_released

DEADLINE = {"ghg-ledger/deadline": "2026-11-28T18:00:00Z", "ghg-ledger/hours": "2.5"}


def released(cluster, *, apply=True, hours=24, namespace=None):
    """One pass at the cluster's own time: what became of each Job."""
    with cluster_of(access_of()) as client:
        acts = overdue_released(client, namespace, cluster.now, timedelta(hours=hours), apply=apply)
    return {act.job.removeprefix("ml/"): act for act in acts}


def advised(cluster, name: str, release_by: str) -> None:
    """Write what a controller would have written on a Job."""
    uid = cluster.get(name)["metadata"]["uid"]
    put = {"ghg-ledger/advised-at": f"2026-11-28T12:00:00Z advised {uid}", "ghg-ledger/release-by": release_by}
    cluster.change(name, lambda job: job["metadata"]["annotations"].update(put))


def test_a_job_is_let_go_when_its_deadline_less_its_duration_comes(cluster, config):
    """18:00 less 2.5 hours is 15:30: held at 15:29, let go at 15:30, with a note of when and why."""
    cluster.job("a", notes=DEADLINE)
    cluster.pass_hours(3.49)
    act = released(cluster)["a"]
    assert (act.what, act.done, cluster.suspended("a")) == ("held", False, True)
    assert "2026-11-28T15:30:00Z at the latest" in act.why
    cluster.pass_hours(0.01)
    act = released(cluster)["a"]
    assert (act.what, act.done, cluster.suspended("a")) == ("released", True, False)
    assert cluster.notes("a")["released"].startswith("2026-11-28T15:30:00Z deadline uid-")


def test_a_trial_changes_nothing(cluster, config):
    """Without apply the same is told and nothing is sent but questions."""
    cluster.job("a", notes=DEADLINE)
    cluster.pass_hours(24)
    assert released(cluster, apply=False)["a"].what == "released"
    assert cluster.suspended("a")
    assert {verb for verb, _ in cluster.asked} == {"GET"}


def test_a_job_that_says_nothing_is_held_for_a_day_at_most(cluster, config):
    """No deadline and no controller that ever saw it: 24 hours after it was submitted it is let go."""
    cluster.job("a")
    cluster.pass_hours(23.9)
    assert released(cluster)["a"].what == "held"
    assert released(cluster, hours=23)["a"].what == "released"


def test_a_job_of_a_cron_job_waits_for_its_own_longest_delay(cluster, config):
    """A template can hold no date: max-delay-hours counts from the moment at which its Job was made."""
    cluster.job("a", notes={"ghg-ledger/max-delay-hours": "1.5", "ghg-ledger/hours": "3"})
    cluster.pass_hours(1.49)
    assert released(cluster)["a"].what == "held"
    cluster.pass_hours(0.01)
    assert released(cluster)["a"].what == "released"


def test_the_earlier_of_two_last_moments_counts(cluster, config):
    """What a controller wrote holds unless the person's own deadline comes first."""
    for name, at in (("early", "2026-11-28T13:00:00Z"), ("late", "2026-11-30T13:00:00+01:00")):
        cluster.job(name, notes=DEADLINE)
        advised(cluster, name, at)
    cluster.pass_hours(1)
    assert released(cluster)["early"].what == "released"
    assert released(cluster)["late"].at.hour == 15


@pytest.mark.parametrize("note", ["deadline", "hours", "release-by", "max-delay-hours"])
@pytest.mark.parametrize("text", ["tomorrow", "2026-11-29T18:00:00", "-1", ""])
def test_a_word_that_cannot_be_read_is_no_reason_to_hold(cluster, config, note, text):
    """A deadline without an offset or hours below zero: the Job goes at once, and the reason says which word."""
    cluster.job("a", notes={"ghg-ledger/deadline": "2026-12-28T18:00:00Z", f"ghg-ledger/{note}": text})
    if note == "release-by":
        advised(cluster, "a", text)
    act = released(cluster)["a"]
    assert act.what == "released"
    assert "cannot be read" in act.why


@pytest.mark.parametrize(
    ("labels", "more", "what"),
    [
        (["kueue.x-k8s.io/queue-name=team"], {}, "Kueue"),
        ([], {"spec": {"managedBy": "kueue.x-k8s.io/multikueue"}}, "another controller"),
        (["standby"], {}, "copy"),
        ([], {"head": {"deletionTimestamp": "2026-11-28T12:00:00Z"}}, "being deleted"),
    ],
)
def test_what_is_not_ours_stays_as_it_is(cluster, config, labels, more, what):
    """Kueue's Jobs, other controllers', copies for a move and Jobs under deletion are left for ever."""
    cluster.job("a", *labels, notes=DEADLINE, **more)
    cluster.pass_hours(1000)
    act = released(cluster)["a"]
    assert act.what == "left"
    assert what in act.why
    assert cluster.patches == []


def test_a_job_without_the_label_is_not_even_looked_at(cluster, config):
    """A suspended Job of somebody who never asked for this is in no answer."""
    cluster.job("a", head={"labels": {}})
    cluster.pass_hours(1000)
    assert released(cluster) == {}


def test_whoever_suspends_a_job_after_us_has_the_last_word(cluster, config):
    """Let go by us, or begun, and suspended by a person then: it is left. A note copied from another Job is no note."""
    cluster.job("a", notes=DEADLINE)
    cluster.job("begun", notes=DEADLINE, suspend=False)
    cluster.pass_hours(5)
    assert {name: act.what for name, act in released(cluster).items()} == {"a": "released", "begun": "running"}
    cluster.pass_hours(1)
    for name in ("a", "begun"):
        cluster.change(name, lambda job: job["spec"].update(suspend=True))
    assert {act.what for act in released(cluster).values()} == {"left"}
    advised(cluster, "a", "2030-01-01T00:00:00Z")
    cluster.job("copy", notes=dict(cluster.get("a")["metadata"]["annotations"]))
    assert released(cluster)["copy"].what == "released"


def test_a_conflict_is_read_again(cluster, config):
    """Another adds a label at the same moment: the Job is read again and let go, and the label stays."""
    cluster.job("a", notes=DEADLINE)
    cluster.pass_hours(10)
    cluster.before_patch = lambda: cluster.change("a", lambda job: job["metadata"]["labels"].update(x="y"))
    assert released(cluster)["a"].done
    assert cluster.get("a")["metadata"]["labels"]["x"] == "y"
    assert not cluster.suspended("a")


def test_a_conflict_after_which_nothing_is_due(cluster, config):
    """Another moves the deadline, or takes the Job away, at the same moment: nothing is forced."""
    cluster.job("later", notes=DEADLINE)
    cluster.pass_hours(10)
    put = {"ghg-ledger/deadline": "2026-12-28T18:00:00Z"}
    cluster.before_patch = lambda: cluster.change("later", lambda job: job["metadata"]["annotations"].update(put))
    assert released(cluster)["later"].what == "left"
    assert cluster.suspended("later")
    cluster.job("gone", notes=DEADLINE)
    cluster.before_patch = lambda: cluster.delete("gone")
    assert released(cluster)["gone"].what == "gone"
    cluster.job("again", notes=DEADLINE)
    cluster.before_patch = lambda: cluster.job("again", notes=DEADLINE)
    assert released(cluster)["again"].what == "gone"
    assert cluster.suspended("again")


def test_a_job_that_becomes_somebody_elses_meanwhile_is_left(cluster, config):
    """Kueue takes the Job at the very moment at which it is due: the patch is not sent again."""
    cluster.job("a", notes=DEADLINE)
    cluster.pass_hours(10)
    kueue = {"kueue.x-k8s.io/queue-name": "q"}
    cluster.before_patch = lambda: cluster.change("a", lambda job: job["metadata"]["labels"].update(kueue))
    assert released(cluster)["a"].what == "left"
    assert cluster.suspended("a")


def test_a_copied_manifest_brings_no_last_moment_of_another_job(cluster, config):
    """The notes of a Job that was held for years, on a new one that says nothing: it waits a day and no longer."""
    cluster.job("a")
    advised(cluster, "a", "2030-01-01T00:00:00Z")
    cluster.job("copy", notes=dict(cluster.get("a")["metadata"]["annotations"]))
    cluster.pass_hours(24)
    assert {name: act.what for name, act in released(cluster).items()} == {"a": "held", "copy": "released"}


def test_one_fault_keeps_no_other_job_waiting(cluster, config):
    """The server fails for one Job: it is told as failed, the next is let go, and a later pass lets go the first."""
    cluster.job("a", notes=DEADLINE)
    cluster.job("b", notes=DEADLINE)
    cluster.pass_hours(10)
    cluster.fail("PATCH /apis/batch/v1/namespaces/ml/jobs/a", *[500] * 5)
    assert {name: act.what for name, act in released(cluster).items()} == {"a": "failed", "b": "released"}
    assert released(cluster)["a"].done


def test_nothing_is_patched_but_suspend_and_our_note(cluster, config):
    """Every body that the server saw: the version, one note of ours, and suspend."""
    cluster.job("a", notes=DEADLINE)
    cluster.pass_hours(10)
    released(cluster)
    [(path, form, body)] = cluster.patches
    assert (path, form) == ("jobs/a", "application/merge-patch+json")
    assert set(body) == {"metadata", "spec"}
    assert set(body["metadata"]) == {"resourceVersion", "annotations"}
    assert set(body["metadata"]["annotations"]) == {"ghg-ledger/released"}
    assert body["spec"] == {"suspend": False}


def test_the_command(cluster, config, tmp_path):
    """Without --apply it tells; with it, it does; a cluster out of reach ends with 1 and a wrong context with 2."""
    cluster.job("a", notes={"ghg-ledger/deadline": "2020-01-01T00:00:00Z"})
    told = ghg("ai", "release-overdue")
    assert (told.returncode, cluster.suspended("a")) == (0, True)
    assert "home ml/a: would release: its deadline is 2020-01-01T00:00:00Z and its duration is not known" in told.stdout
    assert told.stdout.endswith("Nothing was changed. Next: the same with --apply\n")
    done = ghg("ai", "release-overdue", "--apply", "--json")
    assert '"what": "released"' in done.stdout
    assert not cluster.suspended("a")
    assert ghg("ai", "release-overdue", "--context", "hone").returncode == 2
    cluster.token = "another"
    lost = ghg("ai", "release-overdue", "--apply")
    assert lost.returncode == 1
    assert "401" in lost.stderr
    assert not (tmp_path / "ledger.duckdb").exists()
