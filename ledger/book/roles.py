"""Roles: the one table of who may do what, and the check that every act passes before it is written.

A preparer enters data, a reviewer approves them, an auditor reviews, an admin keeps people, keys and settings. A person
may hold several roles; the header of a batch names the one in which its act was allowed.
"""

from __future__ import annotations

from collections.abc import Iterable

from ledger.errors import Misuse, Refused, RefusedAct
from ledger.store import Session

PREPARER, REVIEWER, AUDITOR, ADMIN = ROLES = ("preparer", "reviewer", "auditor", "admin")
"""Every role, in the order in which a person's are written down."""

_EVERYONE = (AUDITOR, REVIEWER, PREPARER, ADMIN)

MAY: dict[str, tuple[str, ...]] = {
    "init": (ADMIN,),
    "upload": (PREPARER,),
    "correction": (PREPARER,),
    "reversal": (PREPARER,),
    "calculation": (PREPARER, REVIEWER),  # it follows from entries and settings alone, and a restatement needs one
    "catalogue": (PREPARER,),
    "factor_set": (PREPARER,),
    "attach": (PREPARER,),
    "finding": (PREPARER,),
    "advice": (PREPARER,),
    "true_up": (PREPARER,),
    "period:submitted": (PREPARER,),
    "period:approved": (REVIEWER,),
    "period:closed": (REVIEWER,),
    "restatement": (REVIEWER,),
    "base_year": (REVIEWER,),
    "issue": (REVIEWER,),
    "setting": (ADMIN, REVIEWER),
    "person": (ADMIN,),
    "key": (ADMIN,),
    "migration": (ADMIN,),
    "engagement": (AUDITOR,),
    "sample": (AUDITOR,),
    "misstatement": (AUDITOR,),
    "sign_off": (AUDITOR,),
    "review": _EVERYONE,
    "timestamp": _EVERYONE,
}
"""Kind of an act, with its step where it has several, → the roles that may; the first that a person holds acts."""

_WORDS = {
    "upload": "upload data",
    "correction": "correct entries",
    "reversal": "reverse entries",
    "calculation": "calculate",
    "catalogue": "publish the catalogue",
    "factor_set": "publish factors",
    "attach": "attach documents",
    "finding": "put findings on record",
    "advice": "put advice on record",
    "true_up": "true up an advice",
    "period:submitted": "submit a period",
    "period:approved": "approve a period",
    "period:closed": "close a period",
    "restatement": "restate a period",
    "base_year": "decide on the base year",
    "issue": "issue a report",
    "setting": "change settings",
    "person": "say who may act",
    "key": "change signing keys",
    "migration": "migrate the ledger",
    "engagement": "record an engagement",
    "sample": "record a sample",
    "misstatement": "record a misstatement",
    "sign_off": "sign off a period",
}


def role_words(roles: Iterable[str]) -> str:
    """Roles as a person's row holds them: each once, in the fixed order, `none` for none. Raises Misuse for others."""
    given = set(roles)
    if unknown := sorted(given - set(ROLES)):
        raise Misuse(f"'{unknown[0]}' is not a role", "take one of: " + ", ".join(ROLES))
    return " ".join(role for role in ROLES if role in given) or "none"


def may_words(role: str) -> list[str]:
    """What a role may do, act by act, in words; what everyone may is left out."""
    return [words for act, words in _WORDS.items() if role in MAY[act]]


def roles_of(s: Session, person: str) -> tuple[str, ...] | None:
    """The roles that a person holds now; None for someone the ledger does not know."""
    row = s.rows("select arg_max(role, (batch_no, seq)) from person where person_id = ? having count(*) > 0", [person])
    return None if not row else tuple(role for role in str(row[0][0]).split() if role in ROLES)


def acting_role(roles: tuple[str, ...], kind: str, step: str | None, who: tuple[str, str]) -> str:
    """The role in which a person acts; ``who`` is their name, for the message, and their id, for the record.

    Raises Refused, to be put on record, where none of their roles may; LookupError for a kind that the table lacks.
    """
    act = kind if step is None else f"{kind}:{step}"
    if act not in MAY:
        raise LookupError(f"ledger/book/roles.py does not say who may act as '{act}'")
    role = next((role for role in MAY[act] if role in roles), None)
    if role is not None:
        return role
    name, person = who
    held = " and ".join(_a(role) for role in roles) if roles else "without a role"
    raise Refused(
        f"'{name}' is {held} and may not {_WORDS.get(act, act)}",
        f"have it done by {' or '.join(_a(role) for role in MAY[act])}; ghg person list shows everyone",
        code="role-not-allowed",
        act=RefusedAct(kind, person, {"code": "role-not-allowed", "roles": role_words(roles)} | _step(step)),
    )


def refused_reader(person: str, kind: str) -> Refused:
    """The refusal of an act by someone who showed a token that only reads."""
    return Refused(
        "the token that was shown may only read",
        "come with one that may write: ghg person token NAME --scope write",
        code="token-reads",
        act=RefusedAct(kind, person, {"code": "token-reads"}),
    )


def _step(step: str | None) -> dict[str, str]:
    return {} if step is None else {"step": step}


def _a(role: str) -> str:
    return f"an {role}" if role[0] in "aeiou" else f"a {role}"
