"""A DAG of Airflow: a training that measures itself, then the ledger takes in its lines.

Both tasks see one folder (a shared volume). The task's own ids are the run's id, so that a retry is a further attempt
of the same run; the second task runs also where the training failed, since that used energy too.
"""

from __future__ import annotations

import os
from datetime import datetime

from airflow.sdk import dag, get_current_context, task

LINES = os.environ.get("GHG_TRACK_DIR", "/var/lib/ghg-track")


@dag(schedule=None, start_date=datetime(2026, 1, 1), catchup=False, tags=["carbon"])
def train_and_account():
    """Train, then account for it."""

    @task(retries=2)
    def train(steps: int = 2_000_000) -> float:
        """Fit a line by gradient descent, and give its last squared error."""
        import random

        from ghg_track import track

        context = get_current_context()
        run = f"{context['dag'].dag_id}-{context['run_id']}"
        with track("line", folder=LINES, run=run, stage="pre_training", model="line", country="DEU"):
            weight, error = 0.0, 0.0
            for _ in range(steps):
                x = random.random()
                error = weight * x - 3 * x
                weight -= 0.1 * error * x
        return error * error

    @task.bash(trigger_rule="all_done")
    def account() -> str:
        """Take in what is new; `GHG_LEDGER` and `GHG_ACTOR` are of the worker."""
        return f"ghg connect spool '{LINES}'"

    train() >> account()


train_and_account()
