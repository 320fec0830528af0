"""Tools are loaded beside the reading of figures; what is missing is told where it is needed, not there."""

from __future__ import annotations

import threading

import pytest

from ledger.disclosure.documents import pdf
from ledger.disclosure.documents.made_ready import made_ready
from ledger.errors import Misuse


def test_it_is_over_with_the_reading(monkeypatch):
    """The thread has ended when the reading has, also where that failed, and a missing library stops neither."""
    loaded: list[str] = []

    def missing():
        loaded.append(threading.current_thread().name)
        raise Misuse("the PDF cannot be made", "install it")

    def reading():
        with made_ready(["pdf"]):
            raise ZeroDivisionError

    monkeypatch.setattr(pdf, "weasyprint_there", missing)
    with made_ready(["pdf"]):
        pass
    with pytest.raises(ZeroDivisionError):
        reading()
    with made_ready(["json"]):
        pass
    assert loaded == ["made-ready", "made-ready"]
    assert "made-ready" not in {thread.name for thread in threading.enumerate()}
