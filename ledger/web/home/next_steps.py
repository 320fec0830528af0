"""What is next for somebody, by their roles: at most a few steps, the most pressing first, each with its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ledger.book.roles import ADMIN, AUDITOR, PREPARER, REVIEWER
from ledger.plain import grouped_amount

if TYPE_CHECKING:
    from ledger.inventory import Inventory
    from ledger.web.frame.here import Here


@dataclass(frozen=True, slots=True)
class Step:
    """A step: what to do, why now, and where."""

    do: str
    why: str
    href: str


def next_steps(here: Here, now: Inventory) -> list[Step]:
    """The steps of every role that a person holds."""
    made: list[Step] = []
    if PREPARER in here.roles:
        made += _preparing(here, now)
    if REVIEWER in here.roles:
        made += _reviewing(here)
    if AUDITOR in here.roles:
        made += _auditing(here)
    if ADMIN in here.roles:
        made += _keeping(here)
    return made


def lines_without_figure(now: Inventory) -> int:
    """Lines of activity that are not quantified, each row by itself, as reports count them."""
    return sum(gap.rows for gap in now.not_quantified)


def _preparing(here: Here, now: Inventory) -> list[Step]:
    if now.total_location is None and not now.not_quantified:
        words = f"{now.period.label} has no activity yet: an empty workbook and a sample are on the upload page."
        return [Step("Upload the first file", words, here.link("/upload"))]
    steps = []
    found = here.read("findings", here.period, open_only=True)
    if found:
        words = f"{len(found)} {'is' if len(found) == 1 else 'are'} open in {here.period}."
        steps.append(Step("Settle findings", words, here.link("/review/findings")))
    if now.not_quantified:
        count = lines_without_figure(now)
        lines = "line has" if count == 1 else "lines have"
        words = f"{grouped_amount(count)} {lines} no figure, mostly for want of a factor."
        steps.append(Step("Quantify what is open", words, here.link("/explore/not-quantified")))
    if now.status == "open" and not steps:
        steps.append(Step(f"Submit {here.period}", "Nothing is missing; a second person approves.",
                          here.link("/review/periods")))  # fmt: skip
    elif now.status == "open" and now.period.end < datetime.now(UTC).date():
        steps.append(Step(f"Submit {here.period}", "What is open goes along, and is shown to whoever approves.",
                          here.link("/review/periods")))  # fmt: skip
    return steps or [Step("Upload the next file", "Everything that came is in order.", here.link("/upload"))]


def _reviewing(here: Here) -> list[Step]:
    steps = []
    for state in here.read("status"):
        label = state.period.label
        if state.state == "submitted":
            words = "Somebody who did not prepare it looks at it and approves."
            steps.append(Step(f"Approve {label}", words, here.link("/review/periods", period=label)))
        if state.state == "approved":
            steps.append(Step(f"Close {label}", "It is approved; closing fixes its figures.",
                              here.link("/review/periods", period=label)))  # fmt: skip
        late = state.received_after_close
        if late is not None and late.rows:
            count = "1 row" if late.rows == 1 else f"{grouped_amount(late.rows)} rows"
            words = f"{count} came after it was closed: in no figure until it is restated."
            steps.append(Step(f"See what restating {label} does", words,
                              here.link("/review/periods/restate", period=label)))  # fmt: skip
    return steps


def _auditing(here: Here) -> list[Step]:
    verify = Step("Verify the ledger", "Recompute every digest and posting, from what you can read.",
                  here.link("/review/verification"))  # fmt: skip
    if here.read("samples"):
        return [verify, Step("Go on with your samples", "Work papers, results and evaluation.",
                             here.link("/review/samples"))]  # fmt: skip
    return [verify, Step("Draw a sample", "By money-unit sampling over kg CO2e, seeded so that it can be redrawn.",
                         here.link("/review/samples"))]  # fmt: skip


def _keeping(here: Here) -> list[Step]:
    if len(here.read("people")) < 2:
        words = "Nobody approves what they prepared themselves."
        return [Step("Take a second person in", words, here.link("/accounts/people"))]
    return []
