"""Figures read back from the files of a report: by their ids, as the file itself has them."""

from __future__ import annotations

import html
import json
import re
from itertools import pairwise
from typing import Any

_FIGURE = re.compile(r"[^/\s]+/[a-z0-9_]+/[a-z0-9_]+(?:/[a-z_]+=[^/\s]*)*@\d+")
_HTML_FIGURE = re.compile(r'data-figure="([^"]*)" title="([^"]*)"')


def json_figures(content: bytes) -> dict[str, str | None]:
    """Id → exact amount as the JSON document has it. Raises ValueError where it is none of ours."""
    document = json.loads(content)
    figures = document.get("figures") if isinstance(document, dict) else None
    if not isinstance(figures, dict):
        raise ValueError("it is JSON without figures")  # noqa: TRY004  a file is judged, not an argument
    return {str(name): None if value is None else str(value) for name, value in figures.items()}


def xlsx_figures(content: bytes) -> dict[str, set[str]]:
    """Id → the exact amounts that stand beside it in any sheet of the workbook.

    Raises ValueError where it cannot be read.
    """
    import fastexcel

    found: dict[str, set[str]] = {}
    try:
        reader = fastexcel.read_excel(content)
        sheets = [reader.load_sheet(name, header_row=None, dtypes="string") for name in reader.sheet_names]
    except fastexcel.FastExcelError as fault:
        raise ValueError(str(fault).partition("\n")[0]) from fault
    for sheet in sheets:
        for row in sheet.to_polars().iter_rows():
            for cell, beside in pairwise(row):
                if isinstance(cell, str) and beside and _FIGURE.fullmatch(cell):
                    found.setdefault(cell, set()).add(str(beside))
    return found


def html_figures(content: bytes) -> dict[str, set[str]]:
    """Id → the exact amounts that the page gives with it, without their unit."""
    found: dict[str, set[str]] = {}
    for name, title in _HTML_FIGURE.findall(content.decode("utf-8", errors="replace")):
        if title:
            found.setdefault(html.unescape(name), set()).add(html.unescape(title).partition(" ")[0])
    return found


def readers() -> dict[str, Any]:
    """The formats whose figures are read back beside the JSON, with what reads them."""
    return {"xlsx": xlsx_figures, "html": html_figures}
