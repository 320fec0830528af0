"""A company's look: its logo is checked before it is kept, its colour can be read, and documents hold both."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import struct
import zlib
from collections.abc import Callable

import pypdf
import pytest

from ledger import Damage, Ledger, Misuse
from ledger.book.logos import LARGEST_BYTES, read_logo
from ledger.store.evidence import evidence_folder

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG with its check sum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 40, height: int = 20, rows: bytes | None = None, *, interlaced: int = 0, told: int = 0) -> bytes:
    """A PNG of one colour; ``told`` is a width that its header says instead of its own."""
    held = (b"\0" + b"\x14\x69\x4e" * width) * height if rows is None else rows
    header = struct.pack(">IIBBBBB", told or width, height, 8, 2, 0, 0, interlaced)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(held)) + chunk(b"IEND", b"")


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "a page": (lambda: b"<svg onload='alert(1)'/>", "no PNG"),
    "cut off": (lambda: png()[:-20], "breaks off"),
    "one byte changed": (lambda: png().replace(b"IDAT\x78", b"IDAT\x79"), "damaged"),
    "a page behind it": (lambda: png() + b"<script>", "behind its end"),
    "giant by its header": (lambda: png(told=60_000), "60000"),
    "a dot": (lambda: png(1, 1), "1 × 1"),
    "more pixels than told": (lambda: png(rows=b"\0" * 50_000_000), "as many"),
    "fewer pixels than told": (lambda: png(rows=b"\0" * 10), "as many"),
    "interlaced": (lambda: png(interlaced=1), "interlaced"),
    "no header": (lambda: SIGNATURE + chunk(b"IEND", b""), "breaks off"),
    "too many bytes": (lambda: png() + b"\0" * LARGEST_BYTES, "MB large"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_broken_or_giant_logo_is_refused_in_words(tmp_path, name):
    """What is wrong is said with the way out, before anything is kept or unpacked whole."""
    made, words = BAD[name]
    file = tmp_path / "logo.png"
    file.write_bytes(made())
    with pytest.raises(Misuse, match=words) as refused:
        read_logo(file)
    assert "whole PNG" in refused.value.fix


def test_a_whole_logo_is_read_as_it_is(tmp_path):
    """A good file passes byte for byte; one that is not there is told."""
    file = tmp_path / "logo.png"
    file.write_bytes(png())
    assert read_logo(file) == png()
    with pytest.raises(Misuse, match="not there"):
        read_logo(tmp_path / "none.png")


@pytest.mark.thorough
def test_documents_bear_logo_and_colour_of_their_checkpoint(ledger: Ledger, tmp_path):
    """The cover holds the logo whole, with words for who cannot see it; an earlier checkpoint has neither."""
    before = ledger.checkpoint().size
    file = tmp_path / "logo.png"
    file.write_bytes(png())
    done = ledger.set_setting("report_logo", str(file), reason="house style")
    ledger.set_setting("report_colour", "#8A1538", reason="house style")
    held = {told.name: told.value for told in ledger.settings() if told.in_force}
    assert held["report_logo"] == hashlib.sha256(png()).hexdigest()
    assert held["report_colour"] == "#8a1538"
    assert ledger.set_setting("report_logo", str(file), reason="again").batch is None
    assert done.batch == before + 1

    made = ledger.report(period="2024-Q2", formats=("html", "pdf"), folder=tmp_path / "now")
    page = made["html"].read_text(encoding="utf-8")
    logo = f'<img class="logo" src="data:image/png;base64,{base64.b64encode(png()).decode()}" alt="Logo of '
    assert page.count(logo) == 1
    assert "--brand: #8a1538" in page
    cover = pypdf.PdfReader(io.BytesIO(made["pdf"].read_bytes())).pages[0]
    assert {(one.image.width, one.image.height) for one in cover.images} == {(40, 20)}

    earlier = ledger.report(period="2024-Q2", formats=("html",), folder=tmp_path / "then", at=before)
    assert "<img" not in earlier["html"].read_text(encoding="utf-8")
    assert "--brand:" not in earlier["html"].read_text(encoding="utf-8")
    assert ledger.check_reports(*made.values(), earlier["html"])[0].verdict == "draft"
    assert ledger.verify().ok


def test_a_kept_logo_that_is_another_file_is_damage(ledger: Ledger, tmp_path):
    """A document is not made with a picture that nobody recorded."""
    file = tmp_path / "logo.png"
    file.write_bytes(png(60))
    ledger.set_setting("report_logo", str(file), reason="house style")
    kept = evidence_folder(ledger.path) / hashlib.sha256(png(60)).hexdigest()
    kept.chmod(0o600)
    kept.write_bytes(png(61))
    with pytest.raises(Damage, match="logo"):
        ledger.report(period="2024-Q2", formats=("json",), folder=tmp_path)
    kept.write_bytes(png(60))
    ledger.set_setting("report_logo", "", reason="without")
    made = ledger.report(period="2024-Q2", formats=("json",), folder=tmp_path)
    assert json.loads(made["json"].read_text())["language"] == "en"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("report_colour", "#ffcc00", "contrast of 1.5"),
        ("report_colour", "red; } body { display: none", "does not take"),
        ("report_language", "xx", "does not take"),
    ],
)
def test_a_look_that_cannot_be_read_is_refused(ledger: Ledger, name, value, words):
    """A colour that is too light on paper, no colour at all, a language without texts."""
    with pytest.raises(Misuse, match=words):
        ledger.set_setting(name, value, reason="x")
