"""The narrative of a report: a TOML file that the team fills in, with a question for each text that is empty."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ledger.disclosure.requirements.rule_sets import narratives
from ledger.disclosure.words.texts import named, text
from ledger.errors import Misuse, known_word
from ledger.inventory.registers.intensity import Reconciliation

NONE_MAY_BE = ("credits", "removals", "internal_price", "targets", "exclusions", "energy_production")
"""Registers that may be empty because there is nothing: it counts as told once somebody says so."""
_LONGEST = 1 << 20  # bytes; a narrative is a few pages


@dataclass(frozen=True, slots=True)
class Told:
    """What stands beside the figures: the team's texts by name, and the registers of which it says there is nothing.

    From the ledger: whether a company is in a high climate impact sector, and how revenue ties to the statements.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    none: frozenset[str] = frozenset()
    high_climate_impact: bool = False
    reconciliations: tuple[Reconciliation, ...] = ()

    @property
    def canonical(self) -> bytes:
        """What people told, in canonical form (RFC 8785): part of what a document rests on."""
        import rfc8785

        return rfc8785.dumps({"texts": dict(self.texts), "none": sorted(self.none)})

    @property
    def sha256(self) -> str:
        """The SHA-256 of what people told."""
        return hashlib.sha256(self.canonical).hexdigest()


def read_narrative(file: Path | None) -> Told:
    """The narrative of a file; nothing is told without one.

    Raises Misuse where it cannot be read, or holds a name that no report asks for.
    """
    if file is None:
        return Told()
    try:
        if file.stat().st_size > _LONGEST:
            raise Misuse(f"{file} is larger than a narrative may be ({_LONGEST:,} bytes)", "keep texts to a few pages")
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as fault:
        raise Misuse(
            f"{file} cannot be read: {(fault.strerror or 'no such file').lower()}",
            "write one: ghg requirements --template FILE",
        ) from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise Misuse(f"{file} is not TOML: {fault}", "write texts as name = \"…\" or name = '''…'''") from fault
    nothing = given.pop("none", [])
    if not isinstance(nothing, list) or not all(isinstance(name, str) for name in nothing):
        raise Misuse(f"none in {file} is not a list of words", "write it as: none = ['credits', 'removals']")
    for name in nothing:
        known_word("register of which there may be nothing", name, NONE_MAY_BE)
    for name, words in given.items():
        known_word("text of a report", name, narratives())
        if not isinstance(words, str):
            raise Misuse(f"{name} in {file} is not a text", f'write it as: {name} = "…"')
    return Told({name: words.strip() for name, words in given.items() if words.strip()}, frozenset(nothing))


def write_template(file: Path) -> Path:
    """Write an empty narrative with the question of each text. Raises Misuse where the file is there already."""
    if file.exists():
        raise Misuse(f"{file} is there already", "name another file; nothing was overwritten")
    file.write_text(template_text(), encoding="utf-8")
    return file


def template_text() -> str:
    """An empty narrative with the question of each text, as TOML."""
    parts = [text("narrative_head", names=", ".join(f"'{name}'" for name in NONE_MAY_BE))]
    parts += [f'# {named(asked.title)}. {named(asked.prompt)}\n{asked.name} = ""\n' for asked in narratives().values()]
    return "\n".join(parts)
