"""How far a reading is, told to whoever asked: rows of activities, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TOLD: ContextVar[Callable[[int], None] | None] = ContextVar("rows_read", default=None)


@contextmanager
def rows_told(to: Callable[[int], None]) -> Iterator[None]:
    """Within it, what this thread reads is told: how many rows are read so far."""
    before = _TOLD.set(to)
    try:
        yield
    finally:
        _TOLD.reset(before)


def tell_rows(count: int) -> None:
    """Say how many rows are read so far."""
    told = _TOLD.get()
    if told is not None:
        told(count)
