"""What was decided for a Job, as notes on the Job itself: whoever reads them can go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ledger.connectors.kubernetes import words
from ledger.connectors.kubernetes.jobs import ClusterJob, instant_of, note_of, utc
from ledger.schedule.decide import Advice


@dataclass(frozen=True, slots=True)
class Plan:
    """A decision as the Job carries it.

    Attributes:
        advice: the id of the advice.
        advised_at: when it was given.
        start: when the Job is to be let go.
        region: where.
        pieces: when it is to run, where it stops in between; else empty.
    """

    advice: str
    advised_at: datetime
    start: datetime
    region: str
    pieces: tuple[tuple[datetime, datetime], ...] = ()

    def resumes(self, now: datetime) -> datetime | None:
        """When a Job that is to stand still now goes on; None where it is to run now, or has no pieces."""
        for (_, end), (start, _) in zip(self.pieces, self.pieces[1:], strict=False):
            if end <= now < start:
                return start
        return None


def plan_of(job: ClusterJob) -> Plan | None:
    """The decision that a Job carries; None where it has none of its own, or one that cannot be read."""
    notes = job.annotations
    if not job.bears(words.ADVISED_AT):
        return None
    try:
        return Plan(
            notes[words.ADVICE],
            instant_of(notes[words.ADVISED_AT].partition(" ")[0]),
            instant_of(notes[words.START]),
            notes[words.REGION],
            tuple(_piece(text) for text in notes.get(words.PIECES, "").split()),
        )
    except (KeyError, ValueError):
        return None


def _piece(text: str) -> tuple[datetime, datetime]:
    start, _, end = text.partition("/")
    return instant_of(start), instant_of(end)


def notes_of(job: ClusterJob, advice: Advice, release_by: datetime) -> dict[str, str | None]:
    """The notes of a decision: its id, when it was given, the chosen hour and place, and the last moment.

    ``release_by`` is the last moment at which the Job is let go, whatever happens.
    """
    pieces = " ".join(f"{utc(start)}/{utc(end)}" for start, end in advice.intervals) if advice.is_interrupted else None
    return {
        words.ADVICE: advice.advice_id,
        words.ADVISED_AT: note_of(job, advice.advised_at, "advised"),
        words.START: utc(advice.start_utc),
        words.REGION: advice.region,
        words.PIECES: pieces,
        words.RELEASE_BY: utc(release_by),
    }
