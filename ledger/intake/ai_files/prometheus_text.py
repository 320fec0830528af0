"""Samples of Prometheus: text exposition of one scrape or of several, and the answers of a range query.

Source: the text exposition format 0.0.4 and the HTTP API of Prometheus (`query_range`, resultType matrix).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ledger.intake.faults import Faults

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = re.compile(rf'\s*({_NAME})\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)')
_SAMPLE = re.compile(rf"({_NAME})\s*(?:\{{(.*)\}})?\s+(\S+)(?:\s+(-?\d+))?\s*")
_ESCAPES = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}
_FAMILIES = ("DCGM_", "kepler_", "codecarbon_")
_LONGEST = 10_000
"""Characters of a sample; a pattern is not tried on longer lines."""
LABEL = "label_"
"""What stands before the name of a label in a record."""


def opens_metrics(head: bytes) -> bool:
    """Whether a file's first lines are metrics of a family that is read."""
    for line in head[:4096].decode("utf-8", errors="replace").removeprefix("\ufeff").splitlines()[:20]:
        if line.startswith(("# HELP ", "# TYPE ")):
            return line.split(" ")[2].startswith(_FAMILIES)
        if line.strip() and not line.startswith("#"):
            return line.startswith(_FAMILIES) and _SAMPLE.fullmatch(line) is not None
    return False


def samples(text: str, faults: Faults) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and record of each sample: `metric`, `value`, `time` (milliseconds, where given), and its labels."""
    for line, row in enumerate(text.split("\n"), start=1):
        bare = row.strip()
        if not bare or bare.startswith("#"):
            continue
        found = _SAMPLE.fullmatch(bare) if len(bare) <= _LONGEST else None
        labels = None if found is None else _labels(found[2] or "")
        if found is None or labels is None:
            faults.add("metrics-line", line=line, value=bare)
            continue
        made = {"metric": found[1], "value": found[3], **{f"{LABEL}{name}": value for name, value in labels.items()}}
        yield line, made | ({"time": found[4]} if found[4] else {})


def _labels(text: str) -> dict[str, str] | None:
    """Labels of a sample; None where they are not written as labels are."""
    made: dict[str, str] = {}
    place = 0
    while place < len(text):
        found = _LABEL.match(text, place)
        if found is None:
            return made if not text[place:].strip() else None
        made[found[1]] = re.sub(r'\\[n"\\]', lambda escape: _ESCAPES[escape[0]], found[2])
        place = found.end()
    return made


def is_answer(document: Any) -> bool:
    """Whether a document is the answer of a query, over a range of time or at an instant."""
    data = document.get("data") if isinstance(document, Mapping) else None
    kinds = ("matrix", "vector")
    return isinstance(data, Mapping) and data.get("resultType") in kinds and isinstance(data.get("result"), list)


def answer_records(document: Any, _: Faults) -> Iterator[dict[str, str]]:
    """A record for each value of each series; seconds become milliseconds, as in text."""
    for series in document["data"]["result"]:
        if not isinstance(series, Mapping) or not isinstance(series.get("metric"), Mapping):
            continue
        labels = {f"{LABEL}{name}": str(value) for name, value in series["metric"].items() if name != "__name__"}
        name = str(series["metric"].get("__name__") or "")
        values = series.get("values") or [series.get("value")]
        for pair in values if isinstance(values, list) else ():
            if isinstance(pair, list) and len(pair) == 2:
                yield {"metric": name, "value": str(pair[1]), "time": _milliseconds(str(pair[0])), **labels}


def _milliseconds(seconds: str) -> str:
    whole, _, part = seconds.partition(".")
    return f"{whole}{(part + '000')[:3]}" if whole.lstrip("-").isdigit() and (part.isdigit() or not part) else seconds
