"""Every address of the app: its routes, and its pages by the links that lead to them."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

from fastapi.routing import APIRoute

from ledger.web.app import PAGES


def routes(router: Any = None) -> Iterator[APIRoute]:
    """Every route, those of routers within routers too."""
    for one in PAGES if router is None else router.routes:
        if isinstance(one, APIRoute):
            yield one
        else:
            yield from routes(getattr(one, "original_router", one))


def depends_on(route: APIRoute) -> set[str]:
    """The names of all that runs before a route's handler."""

    def names(dependant: Any) -> Iterator[str]:
        for part in dependant.dependencies:
            yield part.call.__name__
            yield from names(part)

    return set(names(route.dependant))


def some_address(path: str) -> str:
    """An address that a pattern fits."""
    return re.sub(r"{[^}]+}", "1", path)


def pattern_of(path: str) -> str:
    """The pattern of a route that an address fits; the address itself where none does."""
    return next((one.path for one in routes() if "GET" in (one.methods or ()) and one.path_regex.fullmatch(path)), path)


class Page(HTMLParser):
    """What a page of the app holds that matters to whoever walks through it, or looks for what must not be there."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.faults: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.ids: Counter[str] = Counter()
        self.headings = 0
        self.labels: set[str] = set()
        self.fields: list[str] = []
        self.feed(text)
        self.faults += [f"id {name} stands {count} times" for name, count in self.ids.items() if count > 1]
        self.faults += [f"{self.headings} h1"] if self.headings != 1 else []
        self.faults += [f"no label for {name}" for name in self.fields if name not in self.labels]
        self.faults += [f"form {form} without its token" for form in self.forms
                        if form.get("method") == "post" and "csrf" not in form]  # fmt: skip

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element."""
        had = {name: value or "" for name, value in attrs}
        self._look_for_code(tag, had)
        if "id" in had:
            self.ids[had["id"]] += 1
        self.headings += tag == "h1"
        if tag in {"a", "iframe"}:
            self.links.append(had.get("href") or had.get("src", ""))
        if tag == "form":
            self.forms.append({"method": had.get("method", "get").casefold(), "action": had.get("action", "")})
        if tag == "input" and had.get("name") == "csrf" and self.forms:
            self.forms[-1]["csrf"] = "yes"
        if tag == "label":
            self.labels.add(had.get("for", ""))
        is_named = "aria-label" in had or "hidden" in had or had.get("type") == "hidden"
        if tag in {"input", "select", "textarea"} and "id" in had and not is_named:
            self.fields.append(had["id"])

    def _look_for_code(self, tag: str, had: dict[str, str]) -> None:
        """Scripts and styles within a page, and what leads elsewhere."""
        inline = [name for name in had if name == "style" or name.startswith(("on", "hx-on"))]
        self.faults += [f"<{tag} {name}=…>" for name in inline]
        if tag == "style" or (tag == "script" and "src" not in had):
            self.faults.append(f"<{tag}> in the page")
        for name in ("href", "src", "action"):
            if urlsplit(had.get(name, "")).scheme not in ({"", "data"} if name == "src" else {""}):
                self.faults.append(f"{name} leads elsewhere: {had[name][:80]}")


def said(text: str) -> list[str]:
    """What a page tells of a fault."""
    return re.findall('role="alert">(.*?)<', text, re.DOTALL)


def walked(client: Any, first: str = "/", most_of_a_kind: int = 1, *, files: bool = False) -> Iterator[Any]:
    """Address, the page that led there, and the answer; of each pattern of addresses some, of each table its files."""
    waiting, seen, kinds = deque([(first, "")]), {first}, Counter[Any]()
    while waiting:
        path, origin = waiting.popleft()
        answer = client.get(path, follow_redirects=False)
        yield path, origin, answer
        for link in _links(answer):
            to = urldefrag(urljoin(path, link))[0]
            parts = urlsplit(to)
            if parts.scheme or parts.netloc or to in seen or not to.startswith("/"):
                continue
            query = dict(parse_qsl(parts.query))
            is_file = "as" in query or "file" in query or any(word in parts.path for word in ("/file", "/template/"))
            kind = (pattern_of(parts.path), query.get("as"), query.get("table"))
            seen.add(to)
            kinds[kind] += 1
            if kinds[kind] <= most_of_a_kind and (files or not is_file):
                waiting.append((to, path))


def _links(answer: Any) -> list[str]:
    """Where an answer leads."""
    if answer.status_code == 303:
        return [answer.headers["location"]]
    return Page(answer.text).links if is_page(answer) else []


def is_page(answer: Any) -> bool:
    """Whether an answer is a whole page to be shown, no part of one and no file."""
    is_html = answer.headers.get("content-type", "").startswith("text/html") and answer.status_code == 200
    return is_html and "content-disposition" not in answer.headers and '<main id="main"' in answer.text
