"""Hashes of many messages at a time are those of Python, and a library that errs is found out."""

from __future__ import annotations

import hashlib

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Damage
from ledger.store import digests


def one_by_one(messages: list[bytes]) -> bytes:
    """The digests by Python, one after the other."""
    return b"".join(hashlib.sha256(message).digest() for message in messages)


@given(st.lists(st.text(), max_size=40))
def test_texts(texts):
    """Any text, the empty one too, is hashed as its UTF-8."""
    assert digests.digests(pl.Series(texts, dtype=pl.String)) == one_by_one([text.encode() for text in texts])


@given(st.lists(st.binary(max_size=200), max_size=40), st.integers(0, 5))
def test_bytes_and_parts_of_a_column(messages, left_out):
    """Bytes are hashed as they are, of a column that came in pieces and of a part of one too."""
    column = pl.concat([pl.Series(messages, dtype=pl.Binary), pl.Series(messages, dtype=pl.Binary)], rechunk=False)
    assert digests.digests(column[left_out:]) == one_by_one((messages + messages)[left_out:])


@pytest.mark.parametrize("count", [0, 1, 2, 3, 1999, 2000, 2001, 4095, 4097, 10_001])
def test_the_root_of_a_level(count):
    """Levels joined as columns give what joining one by one gives, around the number from which they are."""
    leaves = [hashlib.sha256(str(number).encode()).digest() for number in range(count)]
    assert digests.root_of(b"".join(leaves)) == digests.tree_root(leaves)


@pytest.mark.parametrize("wrong", [0, 2])
def test_a_library_that_errs_is_told(monkeypatch, wrong):
    """The first and the last digest are held against Python's: nothing is recorded over wrong ones."""
    messages = pl.Series(["a", "b", "c"])
    kept = pl.DataFrame.select

    def select(frame, *asked):
        made = kept(frame, *asked).to_series()
        return pl.DataFrame({"made": [("0" * 64 if place == wrong else text) for place, text in enumerate(made)]})

    monkeypatch.setattr(pl.DataFrame, "select", select)
    with pytest.raises(Damage, match="SHA-256"):
        digests.digests(messages)
