"""A group consolidated from its members' own ledgers: each read from a snapshot, verified, and counted at its share.

A member keeps its own ledger and hands over a snapshot and the key that signs its checkpoints. Nothing is copied into a
ledger of the group: the figures are read anew each time, so that they cannot drift from what the members recorded.
The share at which a member counts follows from the table of consolidation rules
(:mod:`ledger.inventory.boundaries.consolidation`; GHG Protocol Corporate Standard, chapter 3).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.book.group_file import GroupFile, MemberAsked
from ledger.errors import Damage, LedgerError, Misuse, Refused
from ledger.inventory.boundaries.consolidation import HoldingRule, holding_rule
from ledger.inventory.exact import WIDE, exact_sum
from schemas.measures import INVENTORY_MEASURES

if TYPE_CHECKING:
    from ledger.book import Ledger

MEASURES = INVENTORY_MEASURES
_WHOLE = Decimal(1)
_NAMES_TOLD = 6


@dataclass(frozen=True, slots=True)
class MemberRead:
    """What was read of a member: its figures as its own ledger has them, kg CO2e, and what they rest on.

    ``is_signed`` says that its checkpoint is signed by the key that the group file names.
    """

    organisation: str
    start: date
    end: date
    status: str
    gwp: tuple[str, str]
    size: int
    root: str
    is_signed: bool
    figures: Mapping[str, Decimal | None]
    not_quantified: int


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a group in a view: the share at which it counts and why, and its figures at that share."""

    name: str
    share: Decimal
    source: str
    read: MemberRead | None
    figures: Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of a group, kg CO2e; None where no member has one. What its members left open stands with them."""

    organisation: str
    period: str
    view: str
    members: tuple[Member, ...]
    figures: Mapping[str, Decimal | None]
    notes: tuple[str, ...]


def consolidated(
    group: GroupFile, period: str, view: str | None, *, quick: bool, workers: int | None = None,
    heard: Callable[[int, int], None] | None = None,
) -> Group:  # fmt: skip
    """The figures of a group in a period under a view (the one that its file names where None).

    Each member that counts is verified as a whole, by the key that its group file names; with ``quick`` only its
    snapshot's digests and the signature of its checkpoint are. ``workers`` are read at once, as many as the machine
    has processors where None; ``heard`` is told how many of how many have been. Raises Damage for a member that does
    not hold, Refused for members whose figures cannot stand in one sum.
    """
    named = view or group.view
    rules = [holding_rule(named, *member.control, member.equity_share) for member in group.members]
    asked = [
        (member, period, named, quick)
        for member, rule in zip(group.members, rules, strict=True)
        if _share(rule, member)
    ]
    _check_at_hand([member for member, *_ in asked])
    read = dict(zip((member.name for member, *_ in asked), _read_all(asked, workers, heard), strict=True))
    members = tuple(
        _counted(member, rule, read.get(member.name)) for member, rule in zip(group.members, rules, strict=True)
    )
    _check_of_one_kind(members)
    figures = {name: _known_sum(member.figures[name] for member in members) for name in MEASURES}
    return Group(group.organisation, period, named, members, figures, _notes(members, quick=quick))


def _check_at_hand(members: list[MemberAsked]) -> None:
    """Raises Misuse, before any is read, where snapshots are not there or a key is none."""
    from ledger.assurance.signed.keys import brought_keys

    if missing := [f"{member.name}: {member.snapshot}" for member in members if not member.snapshot.is_file()]:
        raise Misuse(
            f"there is no snapshot of {first_names(missing)}",
            "put what the member wrote with ghg snapshot there, or name it in the group file; nothing was read",
        )
    for member in members:
        try:
            brought_keys([] if member.public_key is None else [member.public_key])
        except Misuse as fault:
            raise Misuse(f"{member.name}: {fault}", fault.fix) from None


def first_names(names: Sequence[str]) -> str:
    """A list of names in words, the first few of many."""
    more = len(names) - _NAMES_TOLD
    return ", ".join(names) if more < 2 else f"{', '.join(names[:_NAMES_TOLD])} and {more} more"


def _share(rule: HoldingRule, member: MemberAsked) -> Decimal:
    return {"whole": _WHOLE, "equity": member.equity_share}.get(rule.counts, Decimal(0))


def _counted(member: MemberAsked, rule: HoldingRule, read: MemberRead | None) -> Member:
    share = _share(rule, member)
    held: Mapping[str, Decimal | None] = {} if read is None else read.figures
    figures = {
        name: None if (kg := held.get(name)) is None else kg if share == _WHOLE else WIDE.multiply(kg, share)
        for name in MEASURES
    }
    return Member(member.name, share, rule.source, read, figures)


def _known_sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return exact_sum(known) if known else None


def _read_all(
    asked: list[tuple[MemberAsked, str, str, bool]], workers: int | None, heard: Callable[[int, int], None] | None
) -> list[MemberRead]:
    """Every member, several at once: each is a process of its own, and what it read does not depend on the others.

    The processors are divided among them: a member's ledger is mostly small, and its statements then run faster on one
    thread than on several that wait for each other.
    """
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    at_once = min(workers or processors, len(asked))
    if at_once < 2:
        return list(_told(map(_read, asked), len(asked), heard))
    threads = max(1, processors // at_once)
    with ProcessPoolExecutor(
        at_once, mp_context=get_context("spawn"), initializer=_keep_to, initargs=(threads,)
    ) as pool:
        return list(_told(pool.map(_read, asked), len(asked), heard))


def _keep_to(threads: int) -> None:
    """So many threads for each session of this process, where nobody set another number."""
    os.environ.setdefault("GHG_THREADS", str(threads))


def _told(
    found: Iterable[MemberRead], total: int, heard: Callable[[int, int], None] | None
) -> Iterator[MemberRead]:
    for number, one in enumerate(found, 1):
        if heard is not None:
            heard(number, total)
        yield one


def _read(asked: tuple[MemberAsked, str, str, bool]) -> MemberRead:
    """A member, put back from its snapshot into a folder of the moment."""
    from ledger.book import Ledger

    member, period, view, quick = asked
    with tempfile.TemporaryDirectory(prefix="ghg-group-") as folder:
        try:
            ledger = Ledger.restore(member.snapshot, Path(folder) / "ledger.duckdb")
            _check(ledger, member, quick=quick)
            found = ledger.inventory(period, view=view)
            policy = ledger.policy()
        except LedgerError as fault:
            raise type(fault)(f"{member.name}: {fault}", fault.fix, fault.code) from None
    return MemberRead(
        policy.organisation, found.period.start, found.period.end, found.status, (found.gwp_set, found.gwp_policy),
        found.checkpoint.size, found.checkpoint.root, member.public_key is not None,
        {name: getattr(found, name) for name in MEASURES}, len(found.not_quantified),
    )  # fmt: skip


def _check(ledger: Ledger, member: MemberAsked, *, quick: bool) -> None:
    """Raises Damage where a member's ledger does not hold, or its checkpoint is signed by another key than named."""
    if quick:
        from ledger.assurance.signed.cosign import signed_by

        size = ledger.checkpoint().size
        if member.public_key is not None and not signed_by(ledger.path, member.public_key, size):
            raise Damage(f"its checkpoint of {size} batches is not signed by the key that the group file names",
                         "ask the member which key signs, and for a new snapshot", "checkpoint-signature")  # fmt: skip
        return
    found = ledger.verify(public_key=member.public_key)
    if not found.ok:
        first = next(finding for finding in found.findings if finding.severity == "error")
        raise Damage(
            f"its ledger does not hold: {first.message}", "ask the member for a snapshot that verifies", first.code
        )


def _check_of_one_kind(members: tuple[Member, ...]) -> None:
    """Raises Refused where figures would be added that are of different days or warming potentials."""
    read = [(member.name, member.read) for member in members if member.read is not None]
    days = {f"{one.start} to {one.end}": name for name, one in read}
    potentials = {" ".join(one.gwp): name for name, one in read}
    for what, kinds in (("days", days), ("warming potentials", potentials)):
        if len(kinds) > 1:
            told = ", ".join(f"{name}: {kind}" for kind, name in sorted(kinds.items()))
            raise Refused(
                f"the members' figures are of different {what} ({told})",
                "ask them to state the period by its days and with the same GWP set; nothing was added",
                "group-differs",
            )


def _notes(members: tuple[Member, ...], *, quick: bool) -> tuple[str, ...]:
    words = "What one member buys of another counts with both, in Scope 1 or 2 of the one and Scope 3 of the other"
    made = [f"{words}: nothing is eliminated."]
    unsigned = [member.name for member in members if member.read is not None and not member.read.is_signed]
    if unsigned:
        words = "nobody vouches that the snapshot is the member's own"
        made.append(f"No key is named for {first_names(unsigned)}: {words}.")
    open_ones = [
        member.name
        for member in members
        if member.read is not None and member.read.status not in {"closed", "restated"}
    ]
    if open_ones:
        made.append(f"The period is not closed at {first_names(open_ones)}: these figures may still change.")
    if quick:
        made.append("The members' ledgers were not verified, only the digests and signatures of their snapshots.")
    return tuple(made)
