"""Passwords and tokens by which a person shows who they are to a program that asks; kept as hashes beside the ledger.

Passwords are hashed by argon2id with the parameters of RFC 9106 for little memory (argon2-cffi's own default). A token
holds 256 random bits, which nobody guesses, so that one SHA-256 keeps it and every request can be checked at once.
Names that are unknown are answered as slowly, and in the same words, as passwords that are wrong.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from ledger.book.acts.people import person_acting
from ledger.book.roles import roles_of
from ledger.book.verbs.book import Book
from ledger.errors import Busy, Misuse, Refused
from ledger.store import append, session
from ledger.store.control_log import record_refusal
from ledger.store.identity import person_called
from ledger.store.people_file import changing_people, is_private, people_path, read_people

if TYPE_CHECKING:
    from argon2 import PasswordHasher

PASSWORD_LENGTHS = (12, 1_000)
"""Characters of a password, at least and at most: our own choice; the upper bound keeps hashing short."""
TOKEN_DAYS = 90
"""Days for which a token holds where nobody says otherwise: our own choice."""
SCOPES = ("read", "write")

FREE_FAILURES = 5
"""Wrong passwords in a row before the next try has to wait; the wait doubles with each, up to the longest."""
LONGEST_WAIT = timedelta(minutes=15)
HASHED_AT_ONCE = 2
"""Passwords that one process hashes at a time; each takes 64 MiB (RFC 9106, 4) and some hundredths of a second."""
_PATIENCE_S = 5.0
_HASHING = threading.BoundedSemaphore(HASHED_AT_ONCE)
_FORGOTTEN_AFTER = timedelta(days=1)
_NAMES_WATCHED = 1_000
_PREFIX = "ghg"


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token but the token itself."""

    token: str
    person: str
    name: str
    scope: str
    created: str
    expires: str


def set_password(ledger: Book, name: str, password: str) -> None:
    """Give a person a password; see :meth:`ledger.book.Ledger.set_password`."""
    check_new_password(name, password)
    _check_private(ledger)
    person = _allowed(ledger, name, "password")
    with _hashing():
        made = _hasher().hash(_as_one(password))
    with changing_people(ledger.path) as held:
        record = _record(ledger, held, person)
        record["password"] = made
        held["failures"].pop(_watched(name), None)


def check_new_password(name: str, password: str) -> None:
    """Raises Misuse for what cannot be the password of a person."""
    least, most = PASSWORD_LENGTHS
    if not least <= len(password) <= most:
        raise Misuse(
            f"a password has {least} to {most} characters", "take a longer one: some words in a row do as well as any"
        )
    if password.casefold() == name.casefold():
        raise Misuse("the password is the name", "take another")


def password_marks(ledger: Book) -> dict[str, str]:
    """What changes with each password; see :meth:`ledger.book.Ledger.password_marks`."""
    people = read_people(ledger.path)["people"]
    return {
        person: hashlib.sha256(str(record["password"]).encode()).hexdigest()[:16]
        for person, record in people.items()
        if "password" in record
    }


def new_token(ledger: Book, name: str, expires: date | None, scope: str) -> tuple[str, Token]:
    """Make a token; see :meth:`ledger.book.Ledger.new_token`."""
    if scope not in SCOPES:
        raise Misuse(f"a token cannot have the scope '{scope}'", "take one of: " + ", ".join(SCOPES))
    today = _now().date()
    last = expires or today + timedelta(days=TOKEN_DAYS)
    if last < today:
        raise Misuse(f"{last} is over", "give a day to come with --expires")
    _check_private(ledger)
    person = _allowed(ledger, name, "token")
    public, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    with changing_people(ledger.path) as held:
        record = _record(ledger, held, person)
        kept = {
            "sha256": hashlib.sha256(secret.encode()).hexdigest(), "scope": scope,
            "created": today.isoformat(), "expires": last.isoformat(),
        }  # fmt: skip
        record.setdefault("tokens", {})[public] = kept
        told = _told(public, person, record)
    return f"{_PREFIX}_{public}_{secret}", told


def tokens(ledger: Book, name: str | None) -> tuple[Token, ...]:
    """The tokens of everyone, or of a person; see :meth:`ledger.book.Ledger.tokens`."""
    people = read_people(ledger.path)["people"]
    whose = None if name is None else person_called(ledger.path, name)
    return tuple(
        _told(public, person, record)
        for person, record in people.items()
        for public in record.get("tokens", {})
        if whose in (None, person)
    )


def revoke_token(ledger: Book, public: str) -> None:
    """Make a token worthless; see :meth:`ledger.book.Ledger.revoke_token`."""
    people = read_people(ledger.path)["people"]
    owner = next((person for person, record in people.items() if public in record.get("tokens", {})), None)
    if owner is None:
        raise Misuse(f"there is no token {public[:20]}", "ghg person tokens lists them by their first part")
    _allowed(ledger, owner, "token")
    with changing_people(ledger.path) as held:
        held["people"].get(owner, {}).get("tokens", {}).pop(public, None)


def check_password(ledger: Book, name: str, password: str) -> None:
    """Raises Refused for a password that is not the person's; see :meth:`ledger.book.Ledger.authenticated`."""
    from argon2.exceptions import VerificationError

    _check_private(ledger)
    person, key = person_called(ledger.path, name), _watched(name)
    given = _as_one(password[: PASSWORD_LENGTHS[1] + 1])
    with _hashing():
        with changing_people(ledger.path) as held:  # counted before it is tried: who tries many at once wins nothing
            wait, failures = _counted(held["failures"], key)
            record = held["people"].get(person, {})
        if wait:
            raise Refused("too many wrong passwords", f"try again in {wait.seconds + 1} seconds", code="throttled")
        try:
            _hasher().verify(record.get("password") or _nobodys_hash(), given)
            right = "password" in record
        except VerificationError:
            right = False
    if not right or not _may_come(ledger, person):
        if record and failures + 1 == FREE_FAILURES:
            record_refusal(ledger.path, "login", person, {"code": "throttled", "failures": str(FREE_FAILURES)})
        raise _not_known()
    with changing_people(ledger.path) as held:
        held["failures"].pop(key, None)
        own = held["people"].get(person, {})
        if "password" in own and _hasher().check_needs_rehash(own["password"]):
            own["password"] = _hasher().hash(given)


def bearer(ledger: Book, token: str) -> tuple[str, str]:
    """The name of whose token it is, and its scope; see :meth:`ledger.book.Ledger.bearer`."""
    _check_private(ledger)
    prefix, _, rest = token.strip().partition("_")
    public, _, secret = rest.partition("_")
    given = hashlib.sha256(secret.encode()).hexdigest()
    for person, record in read_people(ledger.path)["people"].items():
        kept = record.get("tokens", {}).get(public)
        if kept is None or prefix != _PREFIX or not hmac.compare_digest(given, str(kept["sha256"])):
            continue
        if _now().date() > date.fromisoformat(kept["expires"]):
            raise Refused(f"the token {public} held until {kept['expires']}", "make a new one", code="token-expired")
        if not _may_come(ledger, person):
            break
        return str(record["name"]), str(kept["scope"])
    raise _not_known()


def _allowed(ledger: Book, name: str, what: str) -> str:
    """The id of a person whose credentials the actor may change: their own, or anyone's as an admin, on record."""
    with session(ledger.path, "write") as s:
        actor, _ = person_acting(s, ledger.actor)
        person = person_called(ledger.path, name)
        if person == actor and not ledger.read_only:
            return person
        act = ledger._act(s, "person", reason=f"{what} of {person}")  # noqa: SLF001 — one facade in two files
        if roles_of(s, person) is None:
            raise Misuse(f"'{name}' is not a person of this ledger", "ghg person list shows everyone")
        append(s, act, lambda _: None)
    return person


def _record(ledger: Book, held: dict[str, Any], person: str) -> dict[str, Any]:
    record: dict[str, Any] | None = held["people"].get(person)
    if record is None:
        words = f"{people_path(ledger.path).name} has no name for {person}"
        raise Misuse(words, f"name them first: ghg person name {person} NAME")
    return record


def _told(public: str, person: str, record: dict[str, Any]) -> Token:
    kept = record["tokens"][public]
    return Token(public, person, str(record["name"]), kept["scope"], kept["created"], kept["expires"])


def _check_private(ledger: Book) -> None:
    path = people_path(ledger.path)
    if path.exists() and not is_private(path):
        raise Refused(
            f"{path.name} can be read or written by others: nobody can be told by what it holds",
            f"chmod 600 {path.name}; if others may have read it, give new passwords and tokens",
            code="people-not-private",
        )


def _may_come(ledger: Book, person: str) -> bool:
    """Whether a person still has a role; whoever has none is a stranger."""
    with session(ledger.path) as s:
        return bool(roles_of(s, person))


def _counted(failures: dict[str, list[Any]], key: str) -> tuple[timedelta, int]:
    """How long a name has to wait yet and its failures so far; where it need not, this try is counted as one."""
    now = _now()
    for other in [k for k, (_, last) in failures.items() if now - datetime.fromisoformat(last) > _FORGOTTEN_AFTER]:
        del failures[other]
    count, last = failures.get(key, (0, now.isoformat()))
    over = count - FREE_FAILURES
    wait = min(LONGEST_WAIT, timedelta(seconds=2 ** min(over, 30))) if over >= 0 else timedelta(0)
    left = datetime.fromisoformat(last) + wait - now
    if left > timedelta(0):
        return left, count
    if key not in failures and len(failures) >= _NAMES_WATCHED:
        del failures[min(failures, key=lambda k: failures[k][1])]
    failures[key] = [count + 1, now.isoformat()]
    return timedelta(0), count


def _watched(name: str) -> str:
    """What failures are counted under: no name that somebody typed is kept."""
    return hashlib.sha256(name.casefold().encode()).hexdigest()[:16]


def _not_known() -> Refused:
    return Refused("name and password, or token, are not known here", "look again; an admin can give new ones",
                   code="not-authenticated")  # fmt: skip


def _as_one(password: str) -> str:
    """A password as it is hashed: the same, however a keyboard puts its accents together (Unicode NFKC)."""
    return unicodedata.normalize("NFKC", password)


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _hashing() -> Iterator[None]:
    """A turn to hash: however many try passwords at a time, memory and processor are left for the rest."""
    if not _HASHING.acquire(timeout=_PATIENCE_S):
        raise Busy("many passwords are looked at already", "try again in some seconds")
    try:
        yield
    finally:
        _HASHING.release()


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    """The hash of a password that nobody has: a name that is unknown takes as long to refuse."""
    return _hasher().hash(secrets.token_urlsafe(32))
