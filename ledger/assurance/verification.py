"""What a verification answers: every fault as a finding, and whether the ledger holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ledger.errors import Finding, Severity
from ledger.store import Session
from ledger.tabular import Tabular

SHOWN_PER_CODE = 100
_RESTORE = "hold the ledger against an earlier snapshot, and restore it from there or from its evidence folder"
_REPORT = "ask who wrote this batch; it is put right by a reversal and a new entry, never by a change"
_COMPUTING = "upload the run or reading again with --replace: its posting is then made anew"
FIXES = {
    "file-damaged": "restore the last snapshot, or rebuild the ledger from its evidence folder",
    "schema-older": "run ghg migrate before the next entry; it takes a snapshot first and changes no entry",
    "table-missing": _RESTORE,
    "table-changed": _RESTORE,
    "table-undeclared": "find out who added it and what for; the ledger does not read it",
    "view-changed": "the figures read this view: restore its definition by a snapshot of the same version",
    "view-undeclared": "find out who added it and what for; the ledger does not read it",
    "function-undeclared": "drop it and verify again: it can make every other check say what it likes",
    "trigger-missing": "find out who dropped it; until it is back, rows can be changed by any console",
    "trigger-undeclared": "find out who added it and what for",
    "refusal-filled": "empty it; nothing is ever kept in this table",
    "entry-changed": _RESTORE,
    "entry-missing": _RESTORE,
    "entry-extra": _RESTORE,
    "entry-duplicated": _RESTORE,
    "entry-moved": _RESTORE,
    "entry-orphan": "these rows belong to no act of anyone: find out who added them",
    "entry-numbering": _RESTORE,
    "batch-root": _RESTORE,
    "batch-gap": _RESTORE,
    "header-changed": _RESTORE,
    "header-chain": _RESTORE,
    "header-count": _RESTORE,
    "time-backwards": "find out which batch carries the wrong time; entries are dated by the server",
    "version-unknown": "verify with the version of ghg-ledger that wrote this batch, or a newer one",
    "checkpoint-file-missing": "bring it back from a copy; without it only a kept checkpoint tells of a rewrite",
    "checkpoint-missing": "bring back the file of checkpoints from a copy",
    "checkpoint-not-noted": "the next act notes it; it is lost where the process ended between commit and note",
    "checkpoint-unreadable": "bring back the file of checkpoints from a copy",
    "checkpoint-signature": "ask which key signed it; a checkpoint that our key did not sign proves nothing",
    "checkpoint-other-ledger": "give a checkpoint of this ledger: its first line is the ledger's name",
    "key-unknown": "give the public key (--public-key)",
    "time-stamp": "ask the authority again for a stamp of this checkpoint; what it said before proves nothing",
    "key-unvouched": "ask the person whose key it is; a known key vouches for it with: ghg key vouch KEY",
    "key-event": "ask who wrote this batch: only the key that it names could have signed it",
    "key-revoked": "look at the batches between; ghg checkpoint confirm signs them anew with a key that counts",
    "key-replaced": "ask who still signs with the old key; ghg checkpoint confirm signs anew what you looked at",
    "ledger-shorter": "this file is an older copy, or batches were cut off: find the newer one",
    "not-an-extension": "history was rewritten before this checkpoint: hold the ledger against a copy of that time",
    "evidence-missing": "bring the file back from a copy of the evidence folder",
    "evidence-changed": "bring the file back from a copy of the evidence folder",
    "evidence-orphan": "nothing; an interrupted upload left it, and giving the file again takes it up",
    "control-log": "bring the control log back from a copy",
    "choice-amounts": "run ghg calculate, and ask how this row came about",
    "choice-factor": "run ghg calculate, and ask how this row came about",
    "choice-winner": "run ghg calculate, and ask how this row came about",
    "choice-line": "run ghg calculate, and ask how this row came about",
    "choice-missing": "run ghg calculate: activity without a choice counts as nothing",
    "choice-double": "run ghg calculate: activity with two standing choices counts twice",
    "choice-reversal": _REPORT,
    "key-wrong": "reverse the row and enter it again",
    "key-double": _REPORT,
    "control-total": "hold the rows against the kept file; reverse the batch and upload the file again",
    "activity-reversal": _REPORT,
    "slices": _REPORT,
    "meter-consumption": "reverse the row and give the readings again",
    "shared-bill": _REPORT,
    "period-total": "figures are read from these sums: restore them by a rebuild from the entries",
    "posting-product": "the figures read this view: restore its definition by a snapshot of the same version",
    "chp-factor": "enter the plant again; its factors follow from its row",
    "derived-quantity": "reverse the row and enter it again with its terms",
    "computing-reference": _COMPUTING,
    "computing-energy": _COMPUTING,
    "computing-twice": "reverse one of the two; readings and runs of what a bill holds are a breakdown of it",
    "computing-meter": _COMPUTING,
    "accrual-beside-export": "reverse the estimate: the provider's export counts",
    "accrual-twice": "reverse one of the two: days are estimated once",
    "machine-manufacture": "give the machine again with --replace: its posting follows from its row",
    "machine-twice": "reverse one of the two: a machine is bought once",
    "advice-wrong": "ask how this row came about; an advice that does not follow from its inputs claims nothing",
    "advice-truth": "run ghg ai true-up on the advice again, and ask how this row came about",
    "allocation-excess": "run ghg calculate: a certificate covers no more than its kWh, and no kWh twice",
    "link-broken": _REPORT,
    "allocation-barred": "run ghg calculate; ghg instruments says what the instrument may cover and why not",
    "allocation-missing": "run ghg calculate, which allots what the instruments may cover",
    "supplier-rate": "run ghg calculate: a rate that holds a covering certificate would count it twice",
    "not-computable": "put right what else was found first, and verify again",
    "role-not-allowed": "ask who did this and how it came past the program; judge anew what it brought",
    "approval-own": "have the period approved by someone who did not prepare it",
    "approval-single": "judge whether one person is enough; every figure says that it was one",
    "period-order": "ask who took this step; a period is submitted, approved by another person, closed, then restated",
    "review-reference": _REPORT,
    "sign-off-digest": "hold root and figures against the checkpoint that the auditor kept, and ask what changed",
    "sign-off-rule": "ask the auditor who is named; a sign-off that breaks its own rules says nothing",
    "sign-off-signature": "ask the auditor for the statement that was signed and for their key",
    "sign-off-unchecked": "give the key that the auditor told you: ghg verify --auditor-key KEY",
    "sign-off-void": "have the period signed off again: the conclusion is on figures that are no longer those",
    "review-rule": "ask who settled it; a finding is settled by who opened it, or by an auditor or reviewer",
    "engagement-wrong": "record the engagement anew, with a reason; its thresholds follow from its own basis",
    "period-digest": "hold the figures at the pin (ghg inventory --at) against the issued report, and ask what changed",
    "sample-differs": "do not rest on this sample: draw another, and ask what changed before its checkpoint",
    "sample-result": "give the filled-in papers of the sample again: ghg review results",
    "misstatement-broken": "record the misstatement again, and withdraw this one with its reason",
    "sample-same-statements": "draw it yourself with ghg review sample, and compare the digests",
    "report-unapproved": "withdraw it from whoever has it, and have the period approved; then issue it anew",
    "report-figures": "ask who made the file; ghg report quarterly --period P --at N makes it as the ledger has it",
    "report-files": "bring the files back from a copy of the evidence folder, or issue the report anew",
}  # fmt: skip
"""Every code of a verification, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A checkpoint existed not later than a time, as an authority states; ``checked`` against trusted certificates."""

    size: int
    stated_at: datetime
    authority: str
    checked: bool

    def as_json(self) -> dict[str, Any]:
        """The time stamp as plain JSON values."""
        return {
            "size": self.size,
            "existed_not_later_than": self.stated_at.isoformat(),
            "authority": self.authority,
            "checked": self.checked,
        }


@dataclass(frozen=True, slots=True)
class Consistency(Tabular):
    """Why the log of one size begins with all of an earlier one: both roots, and the hashes that join them (hex)."""

    origin: str
    first: int
    first_root: str
    second: int
    second_root: str
    path: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The proof as `ghg checkpoint proof` writes it."""
        return {
            "format": "ghg-ledger/consistency-proof/1",
            "origin": self.origin,
            "from": {"size": self.first, "root": self.first_root},
            "to": {"size": self.second, "root": self.second_root},
            "path": list(self.path),
        }


@dataclass(frozen=True, slots=True)
class Proof:
    """Why one entry is in the ledger: its text, and the hashes beside its way up to the root of the log."""

    entry: str
    table: str
    text: str
    leaf: str
    path: tuple[tuple[str, str], ...]
    entries_root: str
    header: str
    log_path: tuple[tuple[str, str], ...]
    root: str
    reversed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification(Tabular):
    """Whether a ledger holds, and every fault if not.

    ``ok`` is true when no finding is an error. ``anchored`` is true when a checkpoint kept outside was given and the
    ledger is its continuation; without one the ledger is consistent, not anchored. ``size`` is the number of batches,
    ``root`` that of the log over them (hex), ``entries`` how many entries were hashed. ``cosigned`` names
    who else signed checkpoints beside the ledger by a key that the verifier brought, and up to which size;
    ``unchecked`` whose lines could not be checked. ``partial`` says what alone was checked. ``proof`` is
    that of an entry that was asked
    for, ``consistency`` the one from the kept checkpoint to the ledger as it is.
    """

    ROWS = "findings"

    ok: bool
    anchored: bool
    size: int
    root: str
    entries: int
    findings: list[Finding]
    seconds: float
    proof: Proof | None = None
    consistency: Consistency | None = None
    cosigned: tuple[tuple[str, int], ...] = ()
    time_stamps: tuple[Stamp, ...] = ()
    unchecked: tuple[tuple[str, int], ...] = ()
    partial: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The answer of `ghg verify --json`."""
        made: dict[str, Any] = {
            "ok": self.ok,
            "anchored": self.anchored,
            "size": self.size,
            "root": self.root,
            "entries": self.entries,
            "findings": [finding.as_json() for finding in self.findings],
            "seconds": round(self.seconds, 3),
            "cosigned": [{"name": name, "size": size} for name, size in self.cosigned],
            "unchecked": [{"name": name, "size": size} for name, size in self.unchecked],
            "partial": self.partial,
            "time_stamps": [stamp.as_json() for stamp in self.time_stamps],
        }
        if self.proof is not None:
            made["proof"] = {name: getattr(self.proof, name) for name in self.proof.__slots__}
        if self.consistency is not None:
            made["consistency"] = self.consistency.as_json()
        return made


@dataclass(slots=True)
class Faults:
    """The findings of a verification as they are met; so many of a code are kept, the rest counted."""

    kept: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, message: str, *, severity: Severity = "error", count: int = 1, **where: Any) -> None:
        """One fault; ``where`` names file, line, column, value or entry. ``count`` is how many rows it stands for."""
        self.counts[code] += count
        if sum(1 for finding in self.kept if finding.code == code) < SHOWN_PER_CODE:
            self.kept.append(Finding(code, severity, message, FIXES[code], **where))

    def take(self, others: Faults) -> None:
        """The findings of a check that ran beside this one, after these."""
        self.counts += others.counts
        for finding in others.kept:
            if self.room(finding.code):
                self.kept.append(finding)

    def room(self, code: str) -> int:
        """How many more of a code will be kept."""
        return max(0, SHOWN_PER_CODE - sum(1 for finding in self.kept if finding.code == code))

    def told(self) -> list[Finding]:
        """Every finding kept, and for each code what was counted beyond."""
        told = list(self.kept)
        for code, count in self.counts.items():
            own = [finding for finding in self.kept if finding.code == code]
            if count > len(own):
                told.append(Finding(code, own[0].severity, f"… and {count - len(own)} more of {code}", FIXES[code]))
        return told


def tell(s: Session, code: str, sql: str, words: str, faults: Faults, *, of_batch: bool = False) -> None:
    """One finding a row of a query (batch, entry number, detail …); ``words`` takes the details in order.

    With ``of_batch`` the second column is a detail too: the row is no entry of its own.
    """
    room = faults.room(code)
    found = s.rows(f"from ({sql}) order by 1, 2 limit {room + 1}")
    for batch_no, seq, *details in found[:room]:
        entry = f"B{batch_no}" if of_batch else f"B{batch_no}-{seq}"
        told = words.format(seq, *details) if of_batch else words.format(*details)
        faults.add(code, f"{entry}: {told}", entry=entry)
    if len(found) > room:
        faults.counts[code] += s.one(f"select count(*) from ({sql})")[0] - room
