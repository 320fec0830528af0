"""The figures of a period in one canonical text, whose SHA-256 a step in its life records.

They are those of every facility, whole, before a view takes its share: whatever a view shows is made from them and from
holdings, which the pinned checkpoint holds. The text is canonical JSON (RFC 8785): amounts as plain decimal text
in kg or kWh, an amount that no posting tells left out. An auditor makes it anew from rows and choices alone
(:mod:`ledger.assurance.checks.periods`), and `sha256sum` reads the exported text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from ledger.inventory.period import Period
from ledger.inventory.posted import AMOUNTS, make_whole_posted
from ledger.plain import plain_amount
from ledger.store import Session

CUTS = ("legal_entity_id", "facility_id", "book", "scope", "method", "scope3_category")
"""What the figures are cut by; a cut that a line does not have is null."""
FORM = 1
"""The number of this form, so that a later one can be told from it."""


def sealed_text(
    s: Session, of: Period, view: str, entity: str | None, size: int, *, released: Sequence[str] = ()
) -> bytes:
    """The figures of a period at a size, as canonical JSON (RFC 8785).

    With ``released`` closed periods are read as their restatement would read them. Makes temp tables `pin` and
    `posted` anew.
    """
    import rfc8785

    make_whole_posted(s, of, view, size, released=released)
    document: dict[str, Any] = {
        "form": FORM,
        "period_start": of.start.isoformat(),
        "period_end": of.end.isoformat(),
        "view": view,
        "legal_entity_id": entity,
        "figures": _figures(s, entity),
    }
    return rfc8785.dumps(document)


def figures_digest(
    s: Session, of: Period, view: str, entity: str | None, size: int, *, released: Sequence[str] = ()
) -> str:
    """The SHA-256 of :func:`sealed_text`, in hex."""
    return hashlib.sha256(sealed_text(s, of, view, entity, size, released=released)).hexdigest()


def _figures(s: Session, entity: str | None) -> list[dict[str, Any]]:
    """One object for each place, book, scope, method and category: its rows, those without a result, its amounts."""
    cuts = ", ".join(CUTS)
    sums = ", ".join(f"sum({amount})" for amount in AMOUNTS)
    rows = s.rows(
        f"select {cuts}, coalesce(sum(n), 0)::bigint, coalesce(sum(n) filter (where is_null), 0)::bigint, {sums} "
        f"from posted where $entity is null or legal_entity_id = $entity group by {cuts} "
        f"order by {', '.join(f'{cut} nulls first' for cut in CUTS)}",
        {"entity": entity},
    )
    made = []
    for row in rows:
        cut = dict(zip(CUTS, row, strict=False))
        amounts = {
            name: plain_amount(value)
            for name, value in zip(AMOUNTS, row[len(CUTS) + 2 :], strict=True)
            if value is not None
        }
        counted = {"rows": row[len(CUTS)], "rows_not_quantified": row[len(CUTS) + 1]}
        if any(counted.values()) or any(text != "0" for text in amounts.values()):
            made.append({**cut, **counted, "amounts": amounts})
    return made
