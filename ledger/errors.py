"""Faults: findings (in the user's data, values) and errors (in use or in the file, exceptions)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault in data: what is wrong, where, and what to do.

    ``code`` is stable and explained in ``docs/codes.md``; ``line`` is the line of the file (or the
    record number where cells hold line breaks); ``effect_kg`` is the emission in kg CO2e that the
    fault keeps out of, or puts into, a total, where it can be told.
    """

    code: str
    severity: Severity
    message: str
    fix: str
    file: str | None = None
    sheet: str | None = None
    line: int | None = None
    column: str | None = None
    value: str | None = None
    entry: str | None = None
    effect_kg: Decimal | None = None

    def as_json(self) -> dict[str, Any]:
        """The finding as plain JSON values, amounts as text."""
        fields = asdict(self)
        fields["effect_kg"] = None if self.effect_kg is None else format(self.effect_kg, "f")
        return fields


class LedgerError(Exception):
    """Something cannot be done; the message says what, ``fix`` what to do about it."""

    code = "ledger-error"
    exit_code = 1

    def __init__(self, message: str = "", fix: str = "", code: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())
        self.fix = fix
        if code is not None:
            self.code = code


class Misuse(LedgerError):
    """The command or call was given something that it cannot take."""

    code = "misuse"
    exit_code = 2


class Busy(LedgerError):
    """Another process holds the ledger."""

    code = "busy"
    exit_code = 75


class Damage(LedgerError):
    """The ledger file is damaged or was changed from outside."""

    code = "damage"
    exit_code = 1


@dataclass(frozen=True, slots=True)
class RefusedAct:
    """What the log of refusals keeps of an act: its kind, who by pseudonym, and why. No name: lines stay for good."""

    what: str
    actor: str
    details: dict[str, str]


class Refused(LedgerError):
    """The act breaks a rule of the ledger and was refused; the ledger is unchanged.

    With an ``act`` it is put on record when the session in which it was raised has given the file back.
    """

    code = "refused"
    exit_code = 1

    def __init__(
        self, message: str = "", fix: str = "", code: str | None = None, *, act: RefusedAct | None = None
    ) -> None:
        super().__init__(message, fix, code)
        self.act = act


def known_word(what: str, text: str, words: Iterable[str]) -> str:
    """The word itself where it is one of the words. Raises Misuse that proposes the likeliest where it is not."""
    import difflib

    listed = list(words)
    if text in listed:
        return text
    near = difflib.get_close_matches(text.casefold().replace("-", "_"), listed, n=1, cutoff=0.6)
    meant = f"did you mean {near[0]}? " if near else ""
    raise Misuse(f"there is no {what} '{text}'", f"{meant}take one of: " + ", ".join(listed))
