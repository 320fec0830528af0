"""The postings of a period that somebody looks for: by measure, place, type, month, tag or a word, in pages.

What can be said by a figure's id is read as the figure is; a tag or a word is looked for in the activities themselves.
A page is cut in SQL, so that a million rows cost what the page does and one narrow pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from ledger.assurance.tracing.largest import ACTIVITIES, ROWS, make_largest_rows
from ledger.assurance.tracing.trace import IN_KEYS, IN_LINES, TraceLine, posted_value, selection, trace_line
from ledger.errors import Misuse, known_word
from ledger.inventory import Figure, Period
from ledger.inventory.compile import MEASURE_FILTER, checked_size
from ledger.inventory.figure import figure
from ledger.inventory.lines import counted_lines, largest_lines, lines_in_order
from ledger.inventory.posted import boundary_at_pins, make_parts, make_pins
from ledger.inventory.tags import OWN_COLUMNS
from ledger.store import Arrow, Session
from ledger.store.schema import product_sql
from ledger.tabular import Tabular

Order = Literal["size", "entry"]
LINES_REACHED = 200_000
"""So many postings can be paged through; who needs more takes the evidence pack, which has every one."""

_FIRST_ROWS = "first_row"
_WORDS_READ = 8
_ROWS = "sought_row"
"""Temp table of the activities that have the tag and the words, looked through once."""
_WORDED = ("activity_type", "facility_id", "supplier", "invoice_id", "external_id", "tags")


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for.

    ``measure`` is one of the inventory in kg CO2e, ``cuts`` are those of a figure's id (facility, month, country, …),
    ``tag`` a name and its value, ``words`` stand in what the row itself says: invoice, supplier, place, type, tags.
    Without ``quantified`` it is the postings that have no amount.
    """

    measure: str = "total_location"
    cuts: Mapping[str, str] = field(default_factory=dict)
    tag: tuple[str, str] | None = None
    words: str = ""
    order: Order = "size"
    quantified: bool = True

    def __post_init__(self) -> None:
        known_word("measure", self.measure, tuple(MEASURE_FILTER))
        known_word("order of lines", self.order, ("size", "entry"))
        if refused := sorted(set(self.cuts) & {"gas", "model", "stage"}):
            raise Misuse(f"lines are not sought by {refused[0]}", "look for a model by the tag `model`")

    @property
    def of_rows(self) -> bool:
        """Whether the activities themselves must be read, beyond what a figure's id says."""
        return self.tag is not None or bool(self.words)


@dataclass(frozen=True, slots=True)
class Lines(Tabular):
    """A page of postings: how many count, what they come to in kg CO2e, and the figure's id where one says it.

    The lines hold also what was taken back and what took it back, which cancel and are not counted. ``value`` is None
    where nothing is quantified; ``more`` says whether lines follow.
    """

    ROWS = "lines"

    postings: int
    value: Decimal | None
    figure: str | None
    lines: tuple[TraceLine, ...]
    more: bool


def sought_lines(
    s: Session, of: Period, view: str, at: int | None, sought: Sought, *, first: int = 0, limit: int = 100
) -> Lines:
    """The postings of a period that are looked for, ``limit`` of them after the ``first`` so many.

    Raises Misuse for a view, size, measure or cut that is not there, or a page beyond what can be reached.
    """
    if not 0 <= first <= LINES_REACHED or not 1 <= limit <= LINES_REACHED:
        raise Misuse(f"lines can be had up to the {LINES_REACHED}th", "look for something narrower")
    size = checked_size(s, view, at).size
    named = Figure(of.label, view, sought.measure, size, dict(sought.cuts))
    figure(str(named))  # a cut that is not known is told
    amount, on_choice, on_row, texts = selection(named)
    by_entity = "legal_entity" in named.cuts
    if sought.of_rows:
        _make_rows(s, sought)
    if sought.of_rows or not sought.quantified:
        make_pins(s, of, view, size)
        found = boundary_at_pins(s, of, view, size)
        whole = found.is_whole and not by_entity
        if not whole:
            make_parts(s, found)
        count, value = _counted(s, of, sought, (amount, on_choice, on_row, texts), whole=whole)
    else:
        condition = f"{on_choice} and {on_row}"
        value, count, whole = posted_value(s, of, named, size, amount, condition, texts)
    table = _page(s, of, sought, (f"{amount}_per_unit", on_choice, on_row, texts), first, limit + 1, whole=whole)
    lines = tuple(trace_line(row, "kg") for row in table.to_pylist())
    told = str(named) if not sought.of_rows and sought.quantified else None
    return Lines(count, value, told, lines[:limit], len(lines) > limit)


Selection = tuple[str, str, str, dict[str, str]]
"""The amount, which choices, which rows by place, and the texts of these conditions."""


def _page(
    s: Session, of: Period, sought: Sought, selected: Selection, first: int, limit: int, *, whole: bool
) -> Arrow:
    """The lines of a page. Where all count as they are posted, their rows are found first and only they are joined."""
    column, on_choice, on_row, texts = selected
    everywhere = f"{on_choice} and {_on_line(sought, on_row)}".format(**IN_LINES)
    if not sought.quantified:
        return lines_in_order(
            s, of, column, everywhere, texts, limit, by_share=not whole, first=first, quantified=False
        )  # fmt: skip
    if not whole:
        draw = largest_lines if sought.order == "size" else lines_in_order
        return draw(s, of, column, everywhere, texts, limit, by_share=True, first=first)
    placed = f"{on_choice} and {on_row}".format(**IN_LINES) + (" and not q.allocated" if sought.of_rows else "")
    given = _named(texts, placed)
    if sought.order == "size":
        rows = _on_activity(sought, on_row)
        make_largest_rows(s, column, on_choice.format(**IN_KEYS), rows, texts, first + limit)
        return largest_lines(s, of, column, placed, given, limit, rows=ROWS, activities=ACTIVITIES, first=first)
    _make_first_rows(s, column, on_choice.format(**IN_KEYS), _on_line(sought, on_row), texts, first + limit)
    return lines_in_order(s, of, column, placed, given, limit, rows=_FIRST_ROWS, first=first)


def _make_first_rows(s: Session, column: str, on_choice: str, on_row: str, texts: dict[str, str], count: int) -> None:
    """Make temp table of the first rows by their entry that have a posting, and of every allocation.

    Each row has a posting or more, so that as many rows hold as many postings.
    """
    s.run(
        "create or replace temp table sought_key as "
        "select distinct c.key_no, p.pin, p.legal_entity_id as pinned_entity from choice c "
        "join choice_key k using (key_no) join pin p on p.month = k.month "
        f"where c.instrument_id is null and c.batch_no <= p.pin and c.{column} is not null and {on_choice}",
        _named(texts, on_choice),
    )
    s.run(
        f"""
        create or replace temp table {_FIRST_ROWS} as
        select * from (
            select q.* from quantity_row q
            join sought_key w on w.key_no = q.key_no and w.pinned_entity is not distinct from q.legal_entity_id
            where not q.allocated and q.quantity_batch <= w.pin and {on_row}
            order by q.activity_batch, q.activity_seq, q.month limit {count}
        )
        union all select * from quantity_row where allocated
        """,
        _named(texts, on_row),
    )


def _counted(
    s: Session, of: Period, sought: Sought, selected: Selection, *, whole: bool
) -> tuple[int, Decimal | None]:
    """How many postings count and what they come to, kg CO2e."""
    amount, on_choice, on_row, texts = selected
    condition = f"{on_choice} and {_on_line(sought, on_row)}".format(**IN_LINES)
    column = f"{amount}_per_unit"
    if not whole or not sought.quantified:
        quantified = sought.quantified
        return counted_lines(s, of, column, condition, texts, by_share=not whole, quantified=quantified)
    folded = (
        "with folded as (select q.key_no, p.pin, sum(q.quantity)::decimal(38,6) as quantity, sum(q.n) as n "
        "from quantity_row q join pin p on p.month = q.month and p.legal_entity_id is not distinct from "
        f"q.legal_entity_id where q.quantity_batch <= p.pin and {_on_line(sought, on_row)} group by all) "
    )
    product = product_sql("q.quantity", f"c.{column}", "c.sign")
    count, value = s.one(
        f"{folded} select coalesce(sum(c.sign * q.n), 0)::bigint, sum({product}) from folded q "
        "join choice_key k using (key_no) "
        "join choice c on c.key_no = q.key_no and c.instrument_id is null and c.batch_no <= q.pin "
        f"where c.{column} is not null and {on_choice.format(**IN_KEYS)}",
        texts,
    )
    return int(count), value


def _make_rows(s: Session, sought: Sought) -> None:
    """Make temp table of the activities that have the tag and every word, whatever its case."""
    conditions, texts = [], {}
    if sought.tag is not None:
        name, texts["tag_value"] = sought.tag
        if name in OWN_COLUMNS:
            conditions.append(f"{name} = $tag_value")
        else:
            texts["tag_name"] = "/" + name.replace("~", "~0").replace("/", "~1")
            conditions.append("json_extract_string(tags, $tag_name) = $tag_value")
    for number, word in enumerate(sought.words.split()[:_WORDS_READ]):
        texts[f"word_{number}"] = word.lower()
        held = " or ".join(f"contains(lower({column}), $word_{number})" for column in _WORDED)
        conditions.append(f"({held})")
    s.run(
        f"create or replace temp table {_ROWS} as select batch_no, seq from activity where {' and '.join(conditions)}",
        texts,
    )


def _on_activity(sought: Sought, on_row: str) -> str:
    """SQL over an activity `a`: by place, tag and words."""
    return on_row + (f" and (a.batch_no, a.seq) in (select (batch_no, seq) from {_ROWS})" if sought.of_rows else "")


def _on_line(sought: Sought, on_row: str) -> str:
    """SQL over a quantity `q`: by place, and that its activity has the tag and words."""
    if not sought.of_rows:
        return on_row
    return (
        f"{on_row} and not q.allocated and (q.activity_batch, q.activity_seq) in (select (batch_no, seq) from {_ROWS})"
    )


def _named(texts: dict[str, str], *conditions: str) -> dict[str, str]:
    return {name: text for name, text in texts.items() if any(f"${name}" in condition for condition in conditions)}
