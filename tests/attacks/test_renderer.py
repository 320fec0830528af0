"""The renderer of PDFs reads nothing and asks nobody, whatever stands in the text that it is given."""

from __future__ import annotations

import http.server
import re
import threading
import zlib

import pytest

from ledger.errors import Misuse

pytestmark = pytest.mark.needs("pdf")


@pytest.fixture
def listener():
    """A server of this machine that counts who asks."""
    asked: list[str] = []

    class Counting(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()


def hostile_markup(address: str, canary: str) -> str:
    """A page that asks for everything a page can ask for."""
    places = [address, canary]
    return "<html><head><title>x</title>" + "".join(
        f'<link rel="stylesheet" href="{place}/a.css"><link rel="attachment" href="{place}">'
        f"<style>@import url({place}/b.css); @font-face{{font-family:x;src:url({place}/f.ttf)}}"
        f"body{{background:url({place}/c.png);font-family:x;list-style:url({place}/d.png)}}"
        f"p::before{{content:url({place}/e.png)}}</style>"
        f'<img src="{place}/g.png"><object data="{place}/h"></object><embed src="{place}/i">'
        f'<svg xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="{place}/j.png"/>'
        f'<use href="{place}/k.svg#x"/></svg><a rel="attachment" href="{place}">l</a><p>x</p>'
        for place in places
    )


def test_nothing_is_fetched(listener, tmp_path):
    """Addresses of the network and of files: none is asked, none is embedded, and the page is made all the same."""
    from ledger.disclosure.documents.pdf import laid_out

    address, asked = listener
    secret = tmp_path / "canary.txt"
    secret.write_text("CANARY-IN-A-FILE")
    made = laid_out(hostile_markup(address, secret.as_uri()))
    assert made.startswith(b"%PDF")
    assert asked == []
    streams = [zlib.decompress(raw) for raw in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL)
               if raw[:1] == b"x"]  # fmt: skip
    assert b"CANARY" not in made + b"".join(streams)
    assert b"/EmbeddedFile" not in made


def test_a_fetcher_that_gives_up_is_told_in_words(monkeypatch):
    """The library raises something that is no Exception where an address is refused for good; it is caught."""
    from weasyprint.urls import FatalURLFetchingError

    from ledger.disclosure.documents import pdf

    assert not issubclass(FatalURLFetchingError, Exception)

    class Failing:
        def write_pdf(self, **_named):
            raise FatalURLFetchingError("no")

    library = pdf.weasyprint_there()
    monkeypatch.setattr(library, "HTML", lambda **_named: Failing())
    with pytest.raises(Misuse, match="cannot be made"):
        pdf.laid_out("<p>x")


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:9/", "https://x/", "file:///etc/passwd", "ftp://x/", "/etc/passwd", "jar:file:x", "gopher://x",
     "shipped-font:../../etc/passwd"],
)  # fmt: skip
def test_the_fetcher_knows_fonts_and_data_alone(address):
    """Every other kind of address is refused."""
    from ledger.disclosure.documents import pdf

    with pytest.raises(BaseException, match=r".") as fault:
        pdf._fetcher().fetch(address)
    assert not isinstance(fault.value, (AttributeError, TypeError)), fault.value
    assert pdf._fetcher().fetch("data:text/plain,x")
