"""Who may act: people, their roles, and how they show who they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from ledger.book.results import NewToken, WriteResult
from ledger.book.verbs.book import Book
from ledger.tabular import Rows

if TYPE_CHECKING:
    from ledger.book.credentials import Token


class Persons(Book):
    """Who may act: people, their roles, and how they show who they are."""

    __slots__ = ()

    def add_person(self, name: str, role: str | Sequence[str] = "preparer") -> WriteResult:
        """Take someone in who may act on this ledger, in one role or several; an admin does.

        ``name`` is theirs. Raises Misuse where somebody has it.
        """
        from ledger.book.acts.people import added_person

        return added_person(self, name, [role] if isinstance(role, str) else role)

    def set_roles(self, name: str, role: str | Sequence[str]) -> WriteResult:
        """Give a person other roles from now on, or none; what they did before stays theirs. An admin does.

        ``name`` is theirs, ``role`` one or several, or none. Raises Misuse for who is no person of this ledger.
        """
        from ledger.book.acts.people import changed_roles

        return changed_roles(self, name, [role] if isinstance(role, str) else role)

    def name_person(self, person: str, name: str) -> WriteResult:
        """Say who is behind an id (`p-…`) whose name was lost; an admin does, and the ledger is bound to it.

        ``person`` is the id. Raises Misuse for one that is not there, or a name that is another's.
        """
        from ledger.book.acts.people import named_person

        return named_person(self, person, name)

    def erase_person(self, name: str) -> WriteResult:
        """Take every role from a person and forget name, password and tokens; what they did stays, under their id.

        ``name`` is theirs, or their id.
        """
        from ledger.book.acts.people import erased_person

        return erased_person(self, name)

    def people(self) -> Rows[dict[str, str]]:
        """Everyone who may act or might once, with their roles."""
        from ledger.book.acts.people import people_of
        from ledger.store import session

        with session(self.path) as s:
            return Rows(people_of(s), ("person", "name", "role"), "People")

    def check_may(self, kind: str, step: str | None = None) -> None:
        """Say before work is begun that an act of this kind would be refused. Raises as the act does, on record.

        ``kind`` is of the act, ``step`` of a period's life.
        """
        self._check_may(kind, step)

    def refusals(self) -> Rows[dict[str, Any]]:
        """What was refused, the oldest first: files and acts, when, whose, and why; as the hash-chained log has it."""
        from ledger.store.control_log import refusals

        return Rows(refusals(self.path), about="Refused")

    def set_password(self, name: str, password: str) -> None:
        """Give a person a password for programs that ask for one: their own, or, as an admin, anyone's (on record).

        ``name`` is theirs.
        """
        from ledger.book.credentials import set_password

        set_password(self, name, password)

    def password_marks(self) -> dict[str, str]:
        """The ids of everyone who has a password, each with what changes whenever the password does."""
        from ledger.book.credentials import password_marks

        return password_marks(self)

    def new_token(self, name: str, *, expires: date | None = None, scope: str = "read") -> NewToken:
        """Make a token for a program that acts as a person (`read` or `write`); it is given here and never again.

        ``name`` is theirs, ``expires`` the last day, ``scope`` read or write. Raises Misuse for another scope, or a
        day that is over.
        """
        from ledger.book.credentials import new_token

        return NewToken(*new_token(self, name, expires, scope))

    def tokens(self, name: str | None = None) -> Rows[Token]:
        """The tokens of everyone, or of a person, without what makes them worth anything.

        ``name`` is theirs.
        """
        from ledger.book.credentials import Token, tokens

        return Rows(tokens(self, name), Token)

    def revoke_token(self, token: str) -> None:
        """Make a token worthless, by the part of it that is listed: one's own, or, as an admin, anyone's.

        Raises Misuse where there is none such.
        """
        from ledger.book.credentials import revoke_token

        revoke_token(self, token)

    def authenticated(self, name: str, password: str) -> Self:
        """This ledger as the person whose name and password are given.

        Raises Refused where they do not fit (`not-authenticated`), or too many did not (`throttled`); Busy where many
        are looked at already.
        """
        from ledger.book.credentials import check_password

        check_password(self, name, password)
        return type(self)(self.path, actor=name)

    def bearer(self, token: str) -> Self:
        """This ledger as the person whose token is given; by one that only reads, nothing can be written.

        Raises Refused where it is unknown, revoked or has expired.
        """
        from ledger.book.credentials import bearer

        name, scope = bearer(self, token)
        return type(self)(self.path, actor=name, read_only=scope == "read")
