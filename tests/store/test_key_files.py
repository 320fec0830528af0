"""The files that keys lie in: whole or not there, for their owner alone, also where links cannot be made."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import Misuse
from ledger.store.checkpoint import public_key_text, read_key, signing_key, write_key
from ledger.store.keys import kept_key_paths, make_pending_key, pending_key, put_in_place


@pytest.fixture
def file(tmp_path, monkeypatch) -> Path:
    """Where the user's key lies in this test."""
    monkeypatch.setenv("GHG_SIGNING_KEY", str(tmp_path / "keys" / "signing.key"))
    return tmp_path / "keys" / "signing.key"


@pytest.mark.parametrize("links", [True, False])
def test_a_key_is_written_once(file, links, monkeypatch):
    """The first key stays, whoever writes later; nothing else is left in the folder."""
    if not links:
        monkeypatch.setattr(Path, "hardlink_to", lambda *_: (_ for _ in ()).throw(PermissionError("no links")))
    first, second = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    write_key(file, first)
    write_key(file, second)
    assert public_key_text(read_key(file)) == public_key_text(first)
    assert [path.name for path in file.parent.iterdir()] == ["signing.key"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_several_replaced(file):
    """Each key that was replaced is kept aside under its own name, the newest first; a broken file is told."""
    keys = [public_key_text(signing_key())]
    for _ in range(2):
        assert pending_key() is None
        make_pending_key()
        put_in_place()
        keys.append(public_key_text(signing_key()))
    assert len(set(keys)) == 3
    assert {public_key_text(read_key(path)) for path in kept_key_paths()} == set(keys[:2])
    for text in ("", "!", "QUJD"):
        file.write_text(text)
        with pytest.raises(Misuse, match="holds no signing key"):
            signing_key()
