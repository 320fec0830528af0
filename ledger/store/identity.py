"""Who is meant by a name: a random id in the ledger, a name beside it, and a commitment that ties the two.

The ledger holds SHA-256 over id, salt and name; salt and name lie in the side file. With them anyone can check that the
name is the one that the ledger was told; without them it can neither be read nor guessed, so erasing them erases the
person. Ids of schema version 1 follow from the name by a hash without salt; they go on working, and can be guessed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.store.people_file import read_people

_ID = re.compile(r"p-[0-9a-f]{12,32}")
_ID_BYTES, _SALT_BYTES = 8, 32


@dataclass(frozen=True, slots=True)
class Identity:
    """A new person: the id and the commitment go into the ledger, name and salt into the side file."""

    person: str
    name: str
    salt: str

    @property
    def commitment(self) -> str:
        """What the ledger is told of the name."""
        return commitment(self.person, self.salt, self.name)

    @property
    def record(self) -> dict[str, Any]:
        """What the side file keeps."""
        return {"name": self.name, "salt": self.salt}


def new_identity(name: str, person: str | None = None) -> Identity:
    """A random id (or the one that they have) and a fresh salt for a name."""
    return Identity(person or f"p-{secrets.token_hex(_ID_BYTES)}", name, secrets.token_hex(_SALT_BYTES))


def commitment(person: str, salt: str, name: str) -> str:
    """SHA-256 (hex) over id, salt and name; each with its length before it, so that none runs into the next."""
    parts = [part.encode() for part in ("ghg-ledger person 2", person, salt, name)]
    return hashlib.sha256(b"".join(b"%d:%s," % (len(part), part) for part in parts)).hexdigest()


def guessable_id(name: str) -> str:
    """The id under which a person of schema version 1 acts: a hash of the name, which whoever knows names can guess."""
    return "p-" + hashlib.sha256(f"ghg-ledger person:{name}".encode()).hexdigest()[:12]


def is_id(text: str) -> bool:
    """Whether a text is an id and no name."""
    return _ID.fullmatch(text) is not None


def person_called(ledger: Path, name: str) -> str:
    """The id of a name by the side file, or the id itself; of a name that is not there, the one it had by hash."""
    if is_id(name):
        return name
    people = read_people(ledger)["people"]
    return next((person for person, held in people.items() if held.get("name") == name), guessable_id(name))


def proves(person: str, record: dict[str, Any], committed: str | None) -> bool:
    """Whether the name in a record of the side file is the one that the ledger was told of a person."""
    name = str(record.get("name", ""))
    if committed is None:
        return hmac.compare_digest(person, guessable_id(name))
    return hmac.compare_digest(committed, commitment(person, str(record.get("salt", "")), name))
