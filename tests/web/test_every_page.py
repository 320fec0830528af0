"""Every page that a link leads to, for each role: none fails, none leads nowhere, none holds code, all can be read."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import walking

POLICY = "default-src 'self'"
PLACES = ("/?period=2024", "/login", "/accounts", "/accounts/people", "/accounts/settings", "/accounts/keys",
          "/accounts/refused", "/upload", "/upload/templates", "/explore?period=2024", "/review", "/factors", "/ai",
          "/reports", "/nothing")  # fmt: skip
GRAVE = {"serious", "critical"}
@pytest.fixture(scope="module")
def everyone(served) -> str:
    """Somebody with every role, who is offered all that there is."""
    served.ledger("ada").add_person("max", ["preparer", "reviewer", "auditor", "admin"])
    served.ledger("ada").set_password("max", "correct horse battery")
    return "max"


def check_walk(client: Any, *, least: int, **how: Any) -> None:
    """Walk, and fail with all that was found: faults of ours, dead ends, code within pages, policies that lack."""
    found, kinds = [], Counter[str]()
    for path, origin, answer in walking.walked(client, "/?period=2024", **how):
        kinds[walking.pattern_of(path.partition("?")[0])] += 1
        if answer.status_code not in {200, 303}:
            found.append(f"{answer.status_code} {path} (from {origin}): {walking.said(answer.text)}")
        if not answer.headers.get("content-security-policy", "").startswith(POLICY):
            found.append(f"{path} has no policy")
        if walking.is_page(answer):
            found += [f"{path}: {fault}" for fault in walking.Page(answer.text).faults]
    assert found == []
    assert len(kinds) >= least


def test_every_link_leads_somewhere(served, everyone):
    """From home, one of every kind of link, as somebody who may do all."""
    check_walk(served.client(everyone), least=35)


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["pia", "rob", "eve", "ada"])
def test_every_link_leads_each_role_somewhere(served, name):
    """As each role alone, with the files of every table."""
    check_walk(served.client(name), least=30, most_of_a_kind=2, files=True)


@pytest.mark.needs("chromium")
def test_pages_can_be_read_by_everyone(everyone, visit):
    """No finding of axe that is serious or critical (WCAG 2.2 AA), in light and dark, and no word in the console."""
    looked_at(visit(everyone), PLACES)


@pytest.mark.thorough
@pytest.mark.needs("chromium")
def test_every_page_can_be_read_by_everyone(served, everyone, visit):
    """The same for a page of every kind that a link leads to."""
    walk = walking.walked(served.client(everyone), "/?period=2024")
    seen = {walking.pattern_of(path.partition("?")[0]): path for path, _, answer in walk if walking.is_page(answer)}
    looked_at(visit(everyone), tuple(seen.values()))


def looked_at(page: Any, paths: tuple[str, ...]) -> None:
    """Look at pages in both colours; whatever is found is told at once."""
    from axe_playwright_python.sync_playwright import Axe

    found, axe = [], Axe()
    page.on("console", lambda word: found.append(f"console: {word.text}") if word.type == "error" else None)
    for path in paths:
        page.goto(path)
        for colours, rules in (("light", None), ("dark", {"runOnly": ["color-contrast"]})):
            page.emulate_media(color_scheme=colours)
            for rule in axe.run(page, options=rules).response["violations"]:
                if rule["impact"] in GRAVE:
                    where = [node["html"][:120] for node in rule["nodes"][:3]]
                    found.append(f"{path} {colours} {rule['id']}: {rule['help']} {where}")
    assert [word for word in found if "404 (Not Found)" not in word] == []
