"""What interrupted acts have left beside a ledger: pieces on which no entry rests, told by kind with what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ledger.store import Session
from ledger.store.evidence import PARTS_LIST
from ledger.store.session import side_folder

_BY_HAND = "remove them when nobody is at work; no entry rests on them"


def pieces(ledger: Path) -> Iterator[tuple[str, list[Path], str]]:
    """Kind in words, the pieces and what to do, of all that can be told without opening the ledger."""
    stage = side_folder(ledger, "stage")
    staged = sorted({file.relative_to(stage).parts[0] for file in stage.rglob("*") if file.is_file()})
    yield "of uploads that were not finished", [stage / name for name in staged], _BY_HAND
    partial = sorted(side_folder(ledger, "evidence").glob("*.partial"))
    yield "of files that were not copied to the end", partial, _BY_HAND
    spill = side_folder(ledger, "spill")
    yield "that DuckDB put on the disk for want of memory", sorted(spill.iterdir()) if spill.is_dir() else [], _BY_HAND
    made = re.compile(r"\.(?:.+)\.[0-9a-f]{8}")
    waiting = [path for path in sorted(ledger.parent.iterdir()) if made.fullmatch(path.name)]
    yield "of a ledger or snapshot that was not made to the end", waiting, _BY_HAND


def parts_without_batch(s: Session) -> list[str]:
    """Folders of parts whose act never became a batch; the same act takes its own up again."""
    folder = side_folder(s.path, "evidence") / "parts"
    known = {row[0] for row in s.rows("select idempotency_key from batch")}
    return sorted(path.name for path in folder.iterdir() if path.name not in known) if folder.is_dir() else []


def unsealed_parts(s: Session) -> list[str]:
    """Batches whose rows are not kept whole, so that the ledger could not be rebuilt from them."""
    folder = side_folder(s.path, "evidence") / "parts"
    keys = s.rows("select batch_no, idempotency_key from batch order by 1")
    return [f"B{number}" for number, key in keys if not (folder / key / PARTS_LIST).exists()]
