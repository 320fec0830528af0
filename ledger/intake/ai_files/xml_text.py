"""XML of unknown origin within bounds: no document type, no entities, no depth beyond what feeds have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from ledger.intake.ai_files.json_text import Unread

DEPTH = 32
_PIECE = 2**16
_DECLARES = re.compile(r"<!(DOCTYPE|ENTITY|ELEMENT|ATTLIST)", re.IGNORECASE)


def root_of(text: str) -> ET.Element:
    """The root of a document. Raises Unread where it declares a type or entities, is damaged, or nests too deep."""
    if _DECLARES.search(text):
        raise Unread("it declares a document type or entities, which no feed of meter data needs")
    # Text is fed, not bytes: no encoding that a declaration names is taken.
    parser: ET.XMLPullParser[ET.Element] = ET.XMLPullParser(("start", "end"))
    depth = 0
    root: ET.Element | None = None
    try:
        for place in range(0, len(text), _PIECE):
            parser.feed(text[place : place + _PIECE])
            for event, element in _events(parser):
                root = element if root is None else root
                depth += 1 if event == "start" else -1
                if depth > DEPTH:
                    raise Unread(f"it nests more than {DEPTH} deep")
        parser.close()
    except ET.ParseError as fault:
        raise Unread(str(fault)) from fault
    if root is None:
        raise Unread("it holds no element")
    return root


def _events(parser: ET.XMLPullParser[ET.Element]) -> Iterator[tuple[str, ET.Element]]:
    yield from parser.read_events()  # type: ignore[misc]
