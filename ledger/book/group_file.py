"""The file of a group (TOML): who its members are, where their snapshots lie, who signs them, and how they are held."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ledger.errors import Misuse, known_word
from ledger.inventory.boundaries.consolidation import VIEWS

_CONTROL = ("sole", "joint", "none")
_OF_MEMBER = (
    "name", "snapshot", "public_key", "equity_share", "financial_control", "operational_control", "in_accounts",
)  # fmt: skip
_MOST_BYTES = 2**20
_EXAMPLE = "docs/group.md has one"


@dataclass(frozen=True, slots=True)
class MemberAsked:
    """A member as the file names it; ``public_key`` (base64) is None where nobody vouches for its snapshot.

    ``equity_share`` is what the group holds of it in all, 0 to 1.
    """

    name: str
    snapshot: Path
    public_key: str | None
    equity_share: Decimal
    financial_control: str
    operational_control: bool
    in_accounts: bool

    @property
    def control(self) -> tuple[str, bool, bool]:
        """How it is held, as the table of consolidation rules asks."""
        return self.financial_control, self.operational_control, self.in_accounts


@dataclass(frozen=True, slots=True)
class GroupFile:
    """A group: its name, the view it reports in, its members."""

    organisation: str
    view: str
    members: tuple[MemberAsked, ...]


def read_group(path: Path) -> GroupFile:
    """Read the file of a group. Raises Misuse, with the place, where it does not say what it must."""
    if not path.is_file():
        raise Misuse(f"there is no file {path}", f"write one: {_EXAMPLE}")
    if path.stat().st_size > _MOST_BYTES:
        raise Misuse(f"{path.name} has more than {_MOST_BYTES} bytes", f"name the file of a group: {_EXAMPLE}")
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise Misuse(f"{path.name} is not read: {fault}", f"write it in TOML: {_EXAMPLE}") from fault
    members = said.get("member")
    if not isinstance(members, list) or not members or not all(isinstance(one, dict) for one in members):
        raise Misuse(f"{path.name} names no member", f"write [[member]] for each: {_EXAMPLE}")
    if unknown := sorted(set(said) - {"organisation", "view", "member"}):
        raise Misuse(f"{path.name} says {unknown[0]}", "it says organisation, view and [[member]]")
    made = tuple(_member(path, number, one) for number, one in enumerate(members, 1))
    names = [member.name for member in made]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Misuse(f"{path.name} names {twice[0]} twice", "each member counts once")
    view = known_word("view", str(said.get("view", VIEWS[0])), VIEWS)
    return GroupFile(str(said.get("organisation", path.stem)), view, made)


def _member(path: Path, number: int, said: Mapping[str, Any]) -> MemberAsked:
    where = f"member {number} of {path.name}"
    for name in said:
        known_word(f"word in {where}", name, _OF_MEMBER)
    for name in ("name", "snapshot"):
        if not isinstance(said.get(name), str) or not said[name].strip():
            raise Misuse(f"{where} has no {name}", f'say {name} = "…": {_EXAMPLE}')
    financial = known_word(f"financial control in {where}", str(said.get("financial_control", "sole")), _CONTROL)
    key = said.get("public_key")
    return MemberAsked(
        str(said["name"]), path.parent / str(said["snapshot"]), None if key is None else str(key),
        _equity_share(where, said.get("equity_share", "1")), financial,
        _is_set(where, said, "operational_control"), _is_set(where, said, "in_accounts"),
    )  # fmt: skip


def _equity_share(where: str, said: object) -> Decimal:
    try:
        share = Decimal(said) if isinstance(said, str) else Decimal(-1)
    except InvalidOperation:
        share = Decimal(-1)
    if not 0 <= share <= 1:
        raise Misuse(
            f"{where} has the equity share {said}", 'write it as text from "0" to "1", such as equity_share = "0.51"'
        )
    return share


def _is_set(where: str, said: Mapping[str, Any], name: str) -> bool:
    value = said.get(name, True)
    if not isinstance(value, bool):
        raise Misuse(f"{where} says {name} = {value!r}", "write true or false")
    return value
