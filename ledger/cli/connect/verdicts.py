"""What became of what a live system gave: the verdict in words, and the findings that count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.terminal import console, print_findings, safe

if TYPE_CHECKING:
    from ledger.book.results import UploadResult


def print_verdict(name: str, done: UploadResult, beside: str = "") -> None:
    """A line of what became of it, and its findings; what is only for information is left to --json."""
    out = console()
    out.print(safe(f"{name}: {_verdict(done)}{beside}"))
    told = [finding for finding in done.findings if finding.severity != "info"]
    print_findings(out, told, done.more_findings if told else {})


def _verdict(done: UploadResult) -> str:
    return {
        "accepted": f"batch {done.batch}",
        "already_recorded": "already recorded",
        "checked": "would be accepted",
        "refused": "refused; nothing of it was recorded",
    }[done.status]
