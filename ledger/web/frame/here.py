"""Where a request stands: whose it is, of which ledger, period and view; and how it is answered."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Depends, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from ledger.book import Ledger
from ledger.book.roles import MAY
from ledger.errors import Misuse
from ledger.plain import visible
from ledger.web.door.api_keys import Keys
from ledger.web.door.oidc_provider import Provider
from ledger.web.door.sessions import Sessions, WebSession
from ledger.web.frame.answers import Answers
from ledger.web.frame.kept_texts import KeptTexts
from ledger.web.frame.rendering import environment
from ledger.web.frame.tables import Table
from ledger.web.grid_watch import GridWatch
from ledger.web.settings import WebSettings

if TYPE_CHECKING:
    from ledger.inventory import Period

VIEWS = ("operational_control", "financial_control", "equity_share", "esrs_set1", "esrs_revised")
COOKIE = "ghg_session"
POSTS_AT_ONCE = 8
"""Posts of programs that are received or recorded at one time; the next is asked to come again. Our own choice."""
LOGINS_AT_ONCE = 12
"""Logins that are looked at or wait for it at one time: fewer than the threads that serve pages. Our own choice."""


class NotLoggedIn(Exception):
    """Nobody is logged in, or no longer."""


@dataclass(frozen=True, slots=True)
class Site:
    """What all requests of one app share.

    ``verified`` says of sizes of the ledger when they held, or did not; ``held`` is what places keep while it runs.
    ``texts`` are those that forms gave and later pages need; ``watch`` asks after grids, where the app was started so.
    """

    settings: WebSettings
    sessions: Sessions = field(default_factory=Sessions)
    answers: Answers = field(init=False)
    verified: dict[int, tuple[datetime, bool]] = field(default_factory=dict)
    provider: Provider | None = field(init=False)
    keys: Keys = field(default_factory=Keys)
    posts: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(POSTS_AT_ONCE))
    logins: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(LOGINS_AT_ONCE))
    held: dict[str, Any] = field(default_factory=dict)
    texts: KeptTexts = field(default_factory=KeptTexts)
    watch: GridWatch | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "answers", Answers(self.settings.ledger))
        plan = self.settings.grid
        watch = None if plan is None else GridWatch(plan, self.settings.ledger, self.settings.founder)
        object.__setattr__(self, "watch", watch)
        oidc = self.settings.oidc
        object.__setattr__(self, "provider", None if oidc is None else Provider(oidc))

    @property
    def cookie(self) -> str:
        """The name of the session's cookie: bound to this host where people come by TLS (RFC 6265bis, `__Host-`)."""
        return self.cookie_called(COOKIE)

    def cookie_called(self, name: str) -> str:
        """A cookie's name as this app has it; without TLS with its port, as cookies know none: two apps, two names."""
        return f"__Host-{name}" if self.settings.secure else f"{name}_{self.settings.host.rpartition(':')[2]}"

    def person(self, name: str) -> dict[str, str] | None:
        """A person of the ledger by name, with id and roles; None where there is none of that name any more."""
        everyone = self.read(Ledger(self.settings.ledger, actor=name), "people")
        return next((dict(person) for person in everyone if person["name"] == name), None)

    def read(self, book: Ledger, verb: str, *args: Any, **named: Any) -> Any:
        """What a reading verb of a ledger answers; kept until the ledger changes."""
        return self.answers.get(_question(verb, args, named), lambda: getattr(book, verb)(*args, **named))

    def mark(self, person: str) -> str:
        """What changes whenever a person's password does; "" where they have none."""
        asked = Ledger(self.settings.ledger, actor=self.settings.founder)
        marks: dict[str, str] = self.read(asked, "password_marks")
        return marks.get(person, "")


@dataclass(frozen=True, slots=True)
class Here:
    """One request of somebody who is logged in.

    ``book`` is the ledger as that person; ``period`` and ``view`` are what the page is of, by the address.
    """

    request: Request
    site: Site
    session: WebSession
    book: Ledger
    roles: tuple[str, ...]

    @property
    def name(self) -> str:
        """Who it is."""
        return self.session.name

    @property
    def person(self) -> str:
        """The id of whoever it is; a name may be another's one day, so what is somebody's own is kept under this."""
        return self.session.person

    @property
    def names(self) -> Mapping[str, str]:
        """The names of everyone by id, read once in a request; no name where it is erased."""
        kept = self.request.state
        if not hasattr(kept, "names"):
            kept.names = {one["person"]: one["name"] for one in self.read("people")}
        names: Mapping[str, str] = kept.names
        return names

    def called(self, person: str | None) -> str:
        """The name behind an id; the id itself where the name is erased."""
        return self.names.get(person or "") or person or ""

    @property
    def period(self) -> str:
        """The period of the page: the one in the address, or the last year that has data."""
        asked = self.query("period")
        if not asked and (first := self.query("from")) and (last := self.query("to")):
            return f"{first}..{last}"
        return asked or self.years[0]

    @property
    def of(self) -> Period:
        """The period of the page, read. Raises Misuse where the address names none."""
        from ledger.inventory import period

        return period(self.period, int(self.read("policy").fiscal_month))

    @property
    def view(self) -> str:
        """The consolidation of the page: the one in the address, or the ledger's own. Raises Misuse for another."""
        asked = self.query("view")
        if asked and asked not in VIEWS:
            raise Misuse(f"there is no view '{visible(asked)}'", "take one of: " + ", ".join(VIEWS))
        return asked or str(self.read("policy").consolidation)

    @property
    def years(self) -> tuple[str, ...]:
        """The years that have data, the last one first; the running year where there are none."""
        found: tuple[str, ...] = self.read("years")
        return found

    def query(self, name: str, default: str = "") -> str:
        """A word of the address, without its outer blanks. Raises Misuse where it holds what nobody can see."""
        text = self.request.query_params.get(name, default).strip()
        if visible(text) != text:
            raise Misuse(f"'{name}' in the address holds an invisible character", "type the address anew")
        return text

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number of the address, from 1 to ``most``."""
        text = self.query(name, str(default))
        if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= most:
            raise Misuse(f"'{name}' in the address is '{visible(text)[:40]}'", f"give a whole number from 1 to {most}")
        return int(text)

    def read(self, verb: str, *args: Any, **named: Any) -> Any:
        """What a reading verb of the ledger answers; kept until the ledger changes. Never for what a person may not."""
        return self.site.read(self.book, verb, *args, **named)

    def kept(self, verb: str, *args: Any, **named: Any) -> Any:
        """What :meth:`read` would give, where it was read since the ledger changed; None where it was not."""
        return self.site.answers.kept(_question(verb, args, named))

    def verified(self) -> str:
        """Whether the ledger as it stands was verified since the app started; else up to which size it was."""
        found = self.site.verified.get(self.read("checkpoint").size)
        if found is None:
            last = max(list(self.site.verified), default=None)
            if last is None:
                return "not verified yet"
            return f"verified up to {last}" if self.site.verified[last][1] else f"did not hold at {last}"
        when, held = found
        return f"verified {when:%H:%M} UTC" if held else f"does not hold ({when:%H:%M} UTC)"

    def may(self, kind: str, step: str | None = None) -> bool:
        """Whether this person may act so: it decides what a page offers, the ledger decides what is done."""
        act = kind if step is None else f"{kind}:{step}"
        return not self.site.settings.read_only and any(role in self.roles for role in MAY[act])

    def link(self, path: str, **query: Any) -> str:
        """An address within the app that carries the period and the view of this page, where it has been told one."""
        kept = {name: self.query(name) for name in ("period", "from", "to", "view")}
        if "period" in query:
            kept["from"] = kept["to"] = ""
        named = {name: str(value) for name, value in (kept | query).items() if value not in ("", None)}
        return quote(path, safe="/@=%,") + (f"?{urlencode(named)}" if named else "")

    def page(
        self, template: str, *, title: str, place: str = "", tables: Sequence[Table] = (), status: int = 200,
        **context: Any,
    ) -> Response:  # fmt: skip
        """The page of a template; or, where the address asks for a table of it by `as` and `table`, that table.

        ``place`` is which of the seven places it stands in: home, upload, explore, review, factors, ai, reports.
        """
        if form := self.query("as"):
            return self._download(form, tables)
        by_key = {table.key: table for table in tables}
        html = (
            environment()
            .get_template(template)
            .render(here=self, title=title, place=place, tables=by_key, told=self.session.taken(), **context)
        )
        return HTMLResponse(html, status)

    def part(self, template: str, **context: Any) -> Response:
        """A part of a page, for one that is shown already."""
        return HTMLResponse(environment().get_template(template).render(here=self, **context))

    def go(self, path: str, told: str = "", kind: str = "good", **query: Any) -> Response:
        """Send the browser on after something was done, with words for the next page."""
        if told:
            self.session.tell(told, kind)
        return RedirectResponse(self.link(path, **query), 303)

    def _download(self, form: str, tables: Sequence[Table]) -> Response:
        wanted = self.query("table")
        table = next((table for table in tables if table.key == wanted), None)
        if table is None:
            raise Misuse(f"this page has no table '{visible(wanted)[:40]}'", "take the link under the table")
        content, media = table.downloaded(form, table.title)
        return download(content, f"{table.key}.{form}", media)


def _question(verb: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    return verb, args, tuple(sorted(named.items()))


def download(content: bytes, name: str, media: str) -> Response:
    """A file for the browser to keep; never shown as a page of ours."""
    return Response(content, media_type=media, headers=_to_keep(name))


def saved(file: Path, name: str) -> Response:
    """Bytes that are kept as evidence, for the browser to keep under a name; never shown as a page of ours."""
    return FileResponse(file, media_type="application/octet-stream", headers=_to_keep(name))


def _to_keep(name: str) -> dict[str, str]:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name) or "file"
    return {"content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"}


def site_of(request: Request) -> Site:
    """What all requests share."""
    site: Site = request.app.state.site
    return site


def here(request: Request) -> Here:
    """Where a request stands. Raises NotLoggedIn where nobody is, or the ledger knows the person no longer."""
    site = site_of(request)
    session = site.sessions.of(request.cookies.get(site.cookie, ""))
    person = None if session is None else site.person(session.name)
    if session is None or person is None:
        raise NotLoggedIn
    if person["person"] != session.person or site.mark(session.person) != session.mark:
        site.sessions.end_all_of(session.person, handle=session.handle)  # the name is another's, or the password new
        raise NotLoggedIn
    roles = tuple(person.get("role", "").split())
    if roles in {(), ("none",)}:
        raise NotLoggedIn
    request.state.person = session.person
    book = Ledger(site.settings.ledger, actor=session.name, read_only=site.settings.read_only)
    return Here(request, site, session, book, roles)


InPage = Annotated[Here, Depends(here)]
"""The parameter of a page's handler: it runs for people who are logged in alone."""
