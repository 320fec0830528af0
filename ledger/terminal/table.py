"""Tables without boxes, laid out by the width of the window: names and numbers stay whole however narrow it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions, RenderResult

_GAP = 2  # blanks between two columns: a number has thin spaces inside
_UNBROKEN = (1000, 24, 16, 12)  # how much of an id or a long word stays on one line: all of it, else less
_BREAKS = "-_/:.,@"  # an id goes on below after one of these
_BETWEEN = "   "


class RuledTable(Table):
    """A table without a box that loses nothing in a narrow window.

    As it is where it fits; else with its words wrapped and columns that hold nothing left out; and where even its
    numbers and shortest words have no place side by side, row by row. Nothing is ever cut.
    """

    def __init__(self, columns: Sequence[tuple[Text, bool]]) -> None:
        super().__init__(box=None, pad_edge=False, header_style="bold", show_edge=False)
        for title, numeric in columns:
            self.add_column(title, justify="right" if numeric else "left", no_wrap=numeric)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines of the table, as wide as there is room."""
        heads = [_text(console, column.header) for column in self.columns]
        body = [[_text(console, cell) for cell in column.cells] for column in self.columns]
        if _needed([_width(head, cells) for head, cells in zip(heads, body, strict=True)]) <= options.max_width:
            yield from super().__rich_console__(console, options)
            return
        held = [at for at, cells in enumerate(body) if any(cell.plain.strip() for cell in cells)] or [0]
        heads, body = [heads[at] for at in held], [body[at] for at in held]
        widths = _widths(heads, body, [self.columns[at].no_wrap for at in held], options.max_width)
        if widths is None:
            yield from self._row_by_row(heads, body, options.max_width)
        else:
            yield self._in_columns(heads, body, widths, [self.columns[at].justify for at in held])

    def _in_columns(self, heads: list[Text], body: list[list[Text]], widths: list[int], sides: list[Any]) -> Table:
        """The table with its columns as wide as given, and words that are longer broken."""
        made = Table(box=None, pad_edge=False, header_style="bold", show_edge=False, show_header=self.show_header)
        for head, width, side in zip(heads, widths, sides, strict=True):
            made.add_column(_wrapped(head, width), justify=side, width=width, overflow="fold")
        for number, row in enumerate(self.rows):
            cells = (_wrapped(cells[number], width) for cells, width in zip(body, widths, strict=True))
            made.add_row(*cells, style=row.style, end_section=row.end_section)
        return made

    def _row_by_row(self, heads: list[Text], body: list[list[Text]], width: int) -> Iterator[Text]:
        """The first cell of each row, and below it what the others hold, each after its title."""
        for number, row in enumerate(self.rows):
            first, *others = (cells[number] for cells in body)
            told = [_pair(head, cell) for head, cell in zip(heads[1:], others, strict=True) if cell.plain.strip()]
            if first.plain.strip():
                yield Text(first.plain, style="bold")
            for line in _lines(told, width):
                line.style = row.style or ""
                yield line


def _text(console: Console, cell: Any) -> Text:
    """A cell as text; one that is given as a string is read as the rest of the library reads it."""
    return cell if isinstance(cell, Text) else console.render_str(str(cell), highlight=False)


def _needed(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _width(head: Text, cells: Sequence[Text]) -> int:
    """What a column needs to stand as it is."""
    return max(line.cell_len for text in (head, *cells) for line in text.split("\n", allow_blank=True))


def _widths(heads: list[Text], body: list[list[Text]], numeric: list[bool], room: int) -> list[int] | None:
    """What each column is given; None where not even numbers and short words have their place."""
    for longest in _UNBROKEN:
        least = [
            max(_least(text.plain, 1000 if is_numeric else longest) for text in (head, *cells))
            for head, cells, is_numeric in zip(heads, body, numeric, strict=True)
        ]
        if _needed(least) <= room:
            wanted = [_width(head, cells) for head, cells in zip(heads, body, strict=True)]
            return _filled(least, wanted, room)
    return None


def _least(text: str, longest: int) -> int:
    """How long the longest part is that is not to be broken: a number as it is, of words each, with what indents it."""
    if not any(sign.isalpha() for sign in text):
        return len(text)
    return max((min(len(word), longest) for word in re.findall(r"(?m)(?:^ +)?[^ \n]+", text)), default=0)


def _filled(least: list[int], wanted: list[int], room: int) -> list[int]:
    """The room that is left, blank by blank to the column with the most lines."""
    widths = [max(width, 1) for width in least]
    while _needed(widths) < room:
        at = max(range(len(widths)), key=lambda at: wanted[at] / widths[at])
        if wanted[at] <= widths[at]:
            break
        widths[at] += 1
    return widths


def _wrapped(text: Text, width: int) -> Text:
    """A text in lines of at most this width; only between words, and within one where it is longer than a line."""
    return Text("\n").join(part for line in text.split("\n", allow_blank=True) for part in _parts(line, width))


def _parts(line: Text, width: int) -> list[Text]:
    """A line in as many as it needs. Not by the library, to which the thin space within a number ends a word."""
    offsets, begun = [], 0
    for word in re.finditer(r"[^ ]+", line.plain):
        if word.end() - begun > width and line.plain[begun : word.start()].strip():
            begun = word.start()
            offsets.append(begun)
        while word.end() - begun > width:
            cut = max(line.plain.rfind(sign, begun, begun + width) for sign in _BREAKS) + 1
            begun = cut if cut > begun else begun + width
            offsets.append(begun)
    parts = list(line.divide(offsets))
    for part in parts:
        part.rstrip()
    return parts


def _pair(head: Text, cell: Text) -> Text:
    """A cell after the title of its column."""
    title = head.plain.replace("\n", " ")
    return Text().append(f"{title}: " if title else "", style="dim").append_text(cell)


def _lines(pairs: Sequence[Text], width: int) -> Iterator[Text]:
    """Pairs side by side, as many as a line holds; one that is longer goes on below, further in."""
    line = Text("  ")
    for pair in pairs:
        if line.plain.strip() and line.cell_len + len(_BETWEEN) + pair.cell_len > width:
            yield line
            line = Text("  ")
        first, *more = _parts(pair, max(width - 4, 8))
        line.append(_BETWEEN if line.plain.strip() else "").append_text(first)
        for part in more:
            yield line
            line = Text("    ").append_text(part)
    if line.plain.strip():
        yield line
