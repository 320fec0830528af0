"""What an issued report was made from, as canonical JSON: whoever has these inputs can make the same bytes again.

A report is a pure function of them. Amounts are digested as they stand under the ids of the figures, without the size
of the checkpoint, so that two reports tell by their digest alone whether they say the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from ledger import extensions, shipped
from ledger.calculation.policy import setting_values

if TYPE_CHECKING:
    from ledger.disclosure.documents.document import Document
    from ledger.store import Session

FORM = 1
"""The number of this form, so that a later one can be told from it."""
_NOT_OF_THE_REPORT = frozenset({"origin", "signing_key"})
"""Settings that say who signs which ledger, and nothing of a figure."""
_MAKERS = ("weasyprint", "vl-convert-python", "xlsxwriter")
"""Libraries on whose version the bytes of a document depend."""


def report_inputs(s: Session, document: Document, paper: str, approvals: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The inputs of a report by name; ``approvals`` are the steps that its period's figures rest on.

    A document that takes no rule set or no narrative says null of it.
    """
    figures, rules, told = document.figures, document.rule_sets, document.told
    now = figures.current
    return {
        "form": FORM,
        "report": document.kind,
        "rule_set": None if rules is None else list(rules),
        "narrative_sha256": None if told is None else told.sha256,
        "period": {"label": now.period.label, "start": now.period.start.isoformat(), "end": now.period.end.isoformat()},
        "view": now.view,
        "checkpoint": {"origin": now.checkpoint.origin, "size": now.checkpoint.size, "root": now.checkpoint.root},
        "paper": paper.lower(),
        "language": figures.look.language,
        "software_version": figures.software_version,
        "makers": {name: _version(name) for name in _MAKERS},
        "template": {"version": figures.template_version, "sha256": template_digest()},
        "assets_sha256": _digest_of("fonts"),
        "settings": _settings(s, now.checkpoint.size),
        "approvals": list(approvals),
        "figures_sha256": figures_digest(document.amounts),
    }


def figures_digest(amounts: Mapping[str, str | None]) -> str:
    """The SHA-256 of every figure that a report prints, exact, by its id without the size of the checkpoint."""
    import rfc8785

    told = {name.rpartition("@")[0]: value for name, value in amounts.items()}
    return hashlib.sha256(rfc8785.dumps(told)).hexdigest()


def template_digest() -> str:
    """The SHA-256 over the template files: pages, style and words, with what extensions add to them."""
    return _digest_of("", leave_out="fonts")


def _digest_of(folder: str, leave_out: str | None = None) -> str:
    """One digest over the files of a folder of templates: the lines of `sha256sum`, by name."""
    root = shipped.path("templates")
    lines = []
    for path in sorted((root / folder).rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and name.partition("/")[0] != leave_out:
            lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n")
    for extension, place in extensions.extension_folders().items() if leave_out else ():
        added = [path for part in ("documents", "texts", "requirements") for path in sorted((place / part).glob("*.*"))]
        for path in added:
            name = f"{extension}/{path.relative_to(place).as_posix()}"
            lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n")
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _settings(s: Session, size: int) -> dict[str, str]:
    """The settings in force as recorded up to a size."""
    held = setting_values(s, None, size)
    return {name: held[name] for name in sorted(held) if name not in _NOT_OF_THE_REPORT}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
