"""Who may act: people and their roles."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.book.results import WriteResult
from ledger.book.verbs.book import Book


class Persons(Book):
    """Who may act: people and their roles."""

    __slots__ = ()

    def add_person(self, name: str, role: str | Sequence[str] = "preparer") -> WriteResult:
        """Take someone in who may act on this ledger, in one role or several; an admin does."""
        from ledger.book.people import added_person

        return added_person(self, name, [role] if isinstance(role, str) else role)

    def set_roles(self, name: str, role: str | Sequence[str]) -> WriteResult:
        """Give a person other roles from now on, or none; what they did before stays theirs. An admin does."""
        from ledger.book.people import changed_roles

        return changed_roles(self, name, [role] if isinstance(role, str) else role)

    def people(self) -> list[dict[str, str]]:
        """Everyone who may act or might once, with their roles."""
        from ledger.book.people import people_of
        from ledger.store import session

        with session(self.path) as s:
            return people_of(s)
