"""Pages as tagged PDF (PDF/UA-1), laid out on paper.

Nothing is loaded from outside: the only addresses that are answered are the shipped fonts, under a
name of our own. Dates and identifier come from the figures, so the same figures give the same bytes.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ledger import shipped
from ledger.disclosure.documents.page import FONTS
from ledger.errors import Misuse

_SCHEME = "shipped-font:"


def laid_out(markup: str) -> bytes:
    """A page whose fonts are :func:`paper_fonts`, as PDF bytes.

    Raises Misuse where WeasyPrint or the system libraries that it opens are not there.
    """
    weasyprint = weasyprint_there()
    document = weasyprint.HTML(string=markup, url_fetcher=_fetcher())
    identifier = hashlib.sha256(markup.encode()).digest()[:16]
    from weasyprint.urls import FatalURLFetchingError  # no Exception: only a name catches it

    try:
        with _no_collection():
            made: bytes = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier)
    except FatalURLFetchingError as fault:
        raise Misuse(f"The PDF cannot be made: {fault}", "take --format html; nothing is fetched") from None
    return made


def weasyprint_there() -> Any:
    """WeasyPrint, loaded. Raises Misuse where it or a library that it opens is not there."""
    try:
        import weasyprint
    except (ImportError, OSError) as missing:
        raise Misuse(
            f"The PDF cannot be made: {str(missing).splitlines()[0]}",
            "pip install 'ghg-ledger[pdf]' and the libraries pango and harfbuzz-subset, or take --format html",
        ) from missing
    return weasyprint


def paper_fonts() -> str:
    """The fonts as TTF under our own addresses: nothing to decompress and nothing to parse."""
    return "\n".join(
        f"@font-face{{font-family:'{family}';font-weight:{weight};font-style:normal;src:url({_SCHEME}{stem})}}"
        for family, weight, stem in FONTS
    )


def _fetcher() -> Any:
    """A fetcher that knows the shipped fonts and data URIs, and refuses every other address."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    folder = shipped.path("templates") / "fonts"
    known = {f"{_SCHEME}{stem}": folder / f"{stem}.ttf" for _, _, stem in FONTS}

    class ShippedFonts(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url in known:
                return URLFetcherResponse(url, known[url].read_bytes(), {"Content-Type": "font/ttf"})
            return super().fetch(url, headers)

    return ShippedFonts(allowed_protocols={"data"}, allow_redirects=False)


@contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage is sought during layout: its objects live to its end, and seeking takes a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
