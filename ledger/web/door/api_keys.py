"""Posts that came: their bytes on disk, and the keys by which one that is sent again is known.

That lines are recorded once follows from the lines themselves, in the ledger. A key adds that a program learns of its
own mistake: one key, two contents. It is kept as long as the app runs, of each person apart.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator
from pathlib import Path

from ledger.errors import Misuse

_MOST_KEPT = 10_000


async def received(pieces: AsyncIterator[bytes], file: Path) -> str:
    """Write what comes to a new file, piece by piece; gives its SHA-256 (hex)."""
    digest = hashlib.sha256()
    with file.open("xb") as made:
        async for piece in pieces:
            digest.update(piece)
            made.write(piece)
    return digest.hexdigest()


class Keys:
    """Key and person → the digest of what was posted under it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, person: str, key: str, digest: str) -> None:
        """Raises Misuse where a key stood over something else."""
        with self._lock:
            kept = self._kept.get((person, key), digest)
        if kept != digest:
            raise Misuse(
                "this Idempotency-Key was used for other lines; nothing was recorded",
                "give each content a key of its own", "idempotency-key-reused",
            )  # fmt: skip

    def keep(self, person: str, key: str, digest: str) -> None:
        """Remember what a key stands over."""
        with self._lock:
            self._kept[person, key] = digest
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
