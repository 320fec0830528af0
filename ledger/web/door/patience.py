"""Connections that say nothing, or say it drop by drop, are closed."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


def impatient(seconds: float) -> type[H11Protocol]:
    """The protocol of HTTP/1.1 by which the whole head of a request must come within some seconds of its begin."""

    class Impatient(H11Protocol):
        """Closes a connection whose next request has not come whole in time."""

        _head: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            """Wait for the first request."""
            super().connection_made(transport)
            self._head = self.loop.call_later(seconds, self._close)

        def data_received(self, data: bytes) -> None:
            """Wait on where the head is not whole, no longer where it is."""
            super().data_received(data)
            if self.conn.their_state is not h11.IDLE:
                self._forget()
            elif self._head is None:
                self._head = self.loop.call_later(seconds, self._close)

        def connection_lost(self, exc: Exception | None) -> None:
            """Nothing is waited for any more."""
            self._forget()
            super().connection_lost(exc)

        def _forget(self) -> None:
            if self._head is not None:
                self._head.cancel()
                self._head = None

        def _close(self) -> None:
            self._head = None
            if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
                self.transport.close()

    return Impatient
