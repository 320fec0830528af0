"""A statement as inline XBRL: XHTML in which each figure of the taxonomy carries its concept and context."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ledger.disclosure.documents.page import environment, style
from ledger.disclosure.statement.facts import Context, Fact, Place, statement_facts
from ledger.disclosure.statement.page import closing_heads, indexes, statement_words, written_chapters
from ledger.disclosure.statement.reading import Statement
from ledger.disclosure.statement.taxonomy import Taxonomy, taxonomy
from ledger.disclosure.tables.table import Table
from ledger.disclosure.words import texts
from ledger.disclosure.words.texts import text
from ledger.errors import Misuse

LEI_SCHEME = "http://standards.iso.org/iso/17442"
_UNIT_MEASURES = {"tCO2e": "utr:tCO2e", "MWh": "utr:MWh", "pure": "xbrli:pure"}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def statement_ixbrl(statement: Statement, tables: Mapping[str, Table]) -> str:
    """The statement as XHTML with inline XBRL 1.1; the same statement gives the same text.

    Raises Misuse where the kind of statement has no taxonomy here, or the ledger has no LEI to name the reporter by.
    """
    from markupsafe import Markup

    names = taxonomy(statement.layout.kind)
    if not statement.lei:
        raise Misuse(
            "a tagged statement names the reporter by its LEI, and the ledger has none",
            "ghg setting set lei YOUR20CHARACTERLEI000 --reason …",
        )
    facts = statement_facts(statement, tables, names)
    page = (
        environment()
        .get_template("ixbrl.xhtml.j2")
        .render(
            language=texts.language(),
            css=Markup(style()),  # noqa: S704  ours, not a user's
            t=text,
            d=statement_words(statement),
            chapters=[
                {**chapter, "tables": [_rows(table, facts, names) for table in chapter["tables"]]}
                for chapter in written_chapters(statement, tables, {})
            ],
            indexes=[_rows(table, facts, names) for table in indexes(tables)],
            **closing_heads(statement),
            names=names,
            contexts=[_context(statement, context, names) for context in _contexts(facts)],
            units=[
                {"id": unit, "measure": _UNIT_MEASURES[unit]} for unit in sorted({fact.unit for fact in facts.values()})
            ],
        )
    )
    return _NOT_XML.sub("\ufffd", page)


def _contexts(facts: Mapping[Place, Fact]) -> list[Context]:
    return sorted({fact.context for fact in facts.values()}, key=lambda context: context.id)


def _context(statement: Statement, context: Context, names: Taxonomy) -> dict[str, Any]:
    return {
        "id": context.id,
        "scheme": LEI_SCHEME,
        "lei": statement.lei,
        "start": context.start.isoformat(),
        "end": context.end.isoformat(),
        "members": [
            {"axis": f"{names.prefix}:{axis}", "member": f"{names.prefix}:{member}"} for axis, member in context.members
        ],
    }


def _rows(table: Table, facts: Mapping[Place, Fact], names: Taxonomy) -> dict[str, Any]:
    """A table as the template places it: each cell's text, or its fact with the attributes of the tag."""
    rows = []
    for line, row in enumerate(table.rows):
        cells = []
        for place, cell in enumerate(row.cells):
            fact = facts.get((table.key, line, place))
            cells.append({"text": cell.text, "kind": cell.kind, "fact": None if fact is None else _tag(fact, names)})
        rows.append({"kind": row.kind, "cells": cells})
    return {"key": table.key, "caption": table.caption, "unit": table.unit, "columns": table.columns, "rows": rows,
            "notes": table.notes}  # fmt: skip


def _tag(fact: Fact, names: Taxonomy) -> dict[str, Any]:
    return {
        "name": f"{names.prefix}:{fact.element}",
        "context": fact.context.id,
        "unit": fact.unit,
        "decimals": str(fact.decimals),
        "scale": "-2" if fact.item_type == "percent" else "0",
        "negative": fact.negative,
        "shown": fact.shown,
        "mark": "\u202f%" if fact.item_type == "percent" else "",
    }
