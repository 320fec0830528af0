"""A company's logo, checked before it is kept: a whole PNG (W3C PNG, third edition) of moderate size."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from ledger.errors import Misuse

LARGEST_BYTES = 2**20
LEAST_SIDE, LARGEST_SIDE = 16, 4000  # pixels
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a pixel, by colour type (11.2.1)
_HEAD, _CRC = 8, 4
_FIX = "give a whole PNG, at most 1 MB and 4000 pixels a side"


def read_logo(file: Path) -> bytes:
    """The bytes of a logo. Raises Misuse where it is not there, too large, no PNG, or broken."""
    if not file.is_file():
        raise Misuse(f"{file} is not there", "name the PNG file of the logo")
    if file.stat().st_size > LARGEST_BYTES:
        raise Misuse(f"{file} is {file.stat().st_size / LARGEST_BYTES:.1f} MB large", _FIX)
    content = file.read_bytes()
    if not content.startswith(_SIGNATURE):
        raise Misuse(f"{file} is no PNG", _FIX)
    try:
        _check_whole(content)
    except struct.error:
        raise Misuse(f"{file} cannot be read as a PNG: it breaks off", _FIX) from None
    except (ValueError, zlib.error) as fault:
        raise Misuse(f"{file} cannot be read as a PNG: {fault}", _FIX) from None
    return content


def _check_whole(content: bytes) -> None:
    """Every chunk is there with its check sum, and the pixels are as many as the header says. ValueError where not."""
    header, pixels, place = b"", [], len(_SIGNATURE)
    while place < len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        data = content[place + _HEAD : place + _HEAD + length]
        (told,) = struct.unpack_from(">I", content, place + _HEAD + length)
        if zlib.crc32(kind + data) != told:
            raise ValueError(f"its part {kind.decode('latin-1')} is damaged")
        place += _HEAD + length + _CRC
        if kind == b"IHDR":
            header = data
        elif kind == b"IDAT":
            pixels.append(data)
        elif kind == b"IEND":
            break
    if place != len(content):
        raise ValueError("something stands behind its end")
    _check_pixels(header, b"".join(pixels))


def _check_pixels(header: bytes, packed: bytes) -> None:
    """The picture has a usable size, and its pixels unpack to just that, no further."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if not (LEAST_SIDE <= width <= LARGEST_SIDE and LEAST_SIDE <= height <= LARGEST_SIDE):
        raise ValueError(f"it is {width} × {height} pixels; each side is from {LEAST_SIDE} to {LARGEST_SIDE}")
    if interlaced or colour not in _SAMPLES:
        raise ValueError("it is interlaced; save it without" if colour in _SAMPLES else "its colours are of no kind")
    wanted = height * (1 + (width * depth * _SAMPLES[colour] + 7) // 8)
    unpacker = zlib.decompressobj()
    held = unpacker.decompress(packed, wanted + 1)
    if len(held) != wanted or not unpacker.eof:
        raise ValueError("its pixels are not as many as it says")
