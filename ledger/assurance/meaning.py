"""What follows from the entries, recomputed: read apart, since it is loaded while the entries are hashed."""

from __future__ import annotations

from collections.abc import Callable

from ledger.assurance.checks.accrued import check_accrued
from ledger.assurance.checks.advice import check_advice
from ledger.assurance.checks.chain import Log
from ledger.assurance.checks.choices import check_choices
from ledger.assurance.checks.chp import check_chp
from ledger.assurance.checks.computed import check_computed
from ledger.assurance.checks.derived import check_derived
from ledger.assurance.checks.periods import check_periods
from ledger.assurance.checks.reports import check_reports
from ledger.assurance.checks.review import check_review
from ledger.assurance.checks.roles import check_roles
from ledger.assurance.checks.rows import check_rows
from ledger.assurance.checks.sample import check_sample
from ledger.assurance.checks.sign_off import check_sign_offs
from ledger.assurance.checks.winners import check_winners
from ledger.assurance.reviewing.documents import check_links
from ledger.assurance.reviewing.engagements import check_engagements
from ledger.assurance.sampling.check import check_samples
from ledger.assurance.sampling.misstatements import check_misstatements
from ledger.assurance.verification import Faults
from ledger.store import Session
from ledger.store.session import is_damage


def check_meaning(
    s: Session, log: Log, since: int, complete: bool, faults: Faults, auditor_key: str | None = None
) -> None:
    """Recompute what follows from what; a value that breaks one recomputation must not hide the other faults."""
    checks: dict[str, Callable[[], None]] = {
        "choices": lambda: check_choices(s, since, faults),
        "rows": lambda: check_rows(s, since, faults),
        "derived quantities": lambda: check_derived(s, since, faults),
        "combined heat and power": lambda: check_chp(s, since, faults),
        "runs and readings": lambda: check_computed(s, faults),
        "estimates of providers' services": lambda: check_accrued(s, faults),
        "advice": lambda: check_advice(s, since, faults),
        "links": lambda: check_links(s, since, faults),
        "periods": lambda: check_periods(s, since, faults),
        "roles": lambda: check_roles(s, since, faults),
        "misstatements": lambda: check_misstatements(s, since, faults),
        "engagements": lambda: check_engagements(s, since, faults),
        "the review": lambda: check_review(s, since, faults),
        "issued reports": lambda: check_reports(s, log.roots, since, faults),
        "sign-offs": lambda: check_sign_offs(s, log, since, auditor_key, faults),
    }
    if complete:
        checks["winners"] = lambda: check_winners(s, log.root, faults)
        checks["postings"] = lambda: check_sample(s, log.root, since, faults)
        checks["samples"] = lambda: check_samples(s, since, faults)
    for name, check in checks.items():
        try:
            check()
        except Exception as fault:
            if is_damage(fault):
                raise
            words = f"the recomputation of {name} broke off: {str(fault).splitlines()[0]}"
            faults.add("not-computable", words)
