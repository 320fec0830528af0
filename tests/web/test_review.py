"""The review on the web: periods, findings, threads, samples, sign-off, verification; by each role what it may."""

from __future__ import annotations

import ast
import csv
import io
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

import ledger
from ledger.book.acts.engaging import Terms
from ledger.errors import Damage, Misuse
from ledger.web.frame.words import page_words

LATE = """external_id,facility_id,activity_type,quantity,unit,period_start,period_end,calorific_basis,data_basis
90,LON,natural_gas,10000,kWh,2023-04-01,2023-04-30,gross,measured
"""
PAGES = (
    "/review", "/review/periods", "/review/periods/submit", "/review/base-year", "/review/findings", "/review/threads",
    "/review/engagements", "/review/samples", "/review/misstatements", "/review/sign-off", "/review/changes?since=1",
    "/review/verification",
)  # fmt: skip


def size(served):
    """How many batches the ledger has."""
    return served.ledger().checkpoint().size


def late(served, year):
    """A row of an April comes after all others; gives its batch."""
    file = served.path.parent / f"late-{year}.csv"
    file.write_text(LATE.replace("2023-", f"{year}-"), encoding="utf-8")
    done = served.ledger("pia").upload(file)
    assert done.status == "accepted"
    return done.batch


def main_of(page):
    """The part of a page that is its own."""
    return page.split("<main", 1)[1]


def sent(client, path, **fields):
    """Whether a form that is sent leads on; the page that it leads to is not opened."""
    answer = client.post(path, data={"csrf": client.token()} | fields, follow_redirects=False)
    return answer.status_code == 303


def rewritten(note):
    """A checkpoint with another root."""
    lines = note.splitlines(keepends=True)
    return "".join([*lines[:2], "A" * 43 + "=\n", *lines[3:]])


def over(client, path):
    """A page once nothing runs on it."""
    for _ in range(400):
        page = client.page(path)
        if "data-running" not in page:
            return page
        time.sleep(0.05)
    raise AssertionError("it does not end")


@pytest.fixture(scope="module")
def engaged(served):
    """An engagement and a sample of it, recorded by the auditor by forms."""
    eve = served.client("eve")
    given = {"level": "limited", "criteria": "ISO 14064-1", "of": "2024", "measure": "total_market",
             "materiality": "5%", "performance": "60%", "trivial": "5%"}  # fmt: skip
    assert sent(eve, "/review/engagements", engagement="E2024", **given)
    asked = {"of": "2024", "measure": "total_market", "method": "random", "seed": "7", "size": "3", "gaps": "0",
             "sample": "S1", "engagement": "E2024"}  # fmt: skip
    drawn = eve.page("/review/samples/draw?" + "&".join(f"{name}={value}" for name, value in asked.items()))
    before = size(served)
    assert "Put S1 on record" in drawn
    assert eve.submit("/review/samples", **asked).url.path == "/review/sample/S1"
    assert size(served) == before + 1
    return asked


def test_a_period_goes_its_way_by_two_people(served):
    """Submitted, approved and closed by who may, each told beforehand; a late row counts after a restatement only."""
    pia, rob = served.client("pia"), served.client("rob")
    assert "not closed" in rob.page("/review/base-year")
    assert ">Submit 2023</a>" in pia.page("/?period=2023")
    assert sent(pia, "/review/periods/submit", of="2023", note="all bills are in")
    before = size(served)
    refused = pia.submit("/review/periods/approve", of="2023")
    assert refused.status_code == 403
    assert "may not approve a period" in refused.text
    assert size(served) == before
    assert "all bills are in" in rob.page("/review/periods/approve?period=2023")
    assert sent(rob, "/review/periods/approve", of="2023")
    assert sent(rob, "/review/periods/close", of="2023")
    batch = late(served, "2023")
    assert "See what restating 2023 does" in rob.page("/?period=2023")
    _declined(served, batch)
    (plan,) = served.ledger("rob").restate("2023", reason="late_data", check=True)
    preview = rob.get("/review/periods/restate?period=2023&as=json&table=restatement1").json()["rows"]
    assert {row["figure"]: row["difference"] for row in preview}["Scope 1"] == format(
        next(line.difference_kg for line in plan.lines if line.measure == "scope_1").normalize(), "f"
    )
    before = size(served)
    assert rob.submit("/review/periods/restate", of="2023", reason="late_data", note="").status_code == 422
    assert size(served) == before
    page = rob.submit("/review/periods/restate", of="2023", reason="error", note="a bill").text
    assert "Both figures stay" in page
    assert "error: a bill" in page
    assert served.ledger().status("2023")[0].state == "restated"
    assert "restating 2023" not in rob.page("/?period=2023")
    assert rob.get("/review/periods/figures?period=2023").content == served.ledger().sealed_figures("2023")


def _declined(served, batch):
    """What came for the closed base year is a candidate with its effect; it is declined with a reason, and listed."""
    rob = served.client("rob")
    assert f"candidate=B{batch}" in rob.page("/review/base-year")
    assert "asks for a decision" in rob.page(f"/review/base-year/decide?candidate=B{batch}")
    given = {"candidate": f"B{batch}", "decision": "decline", "reason": "a site that is sold <i>"}
    assert served.client("pia").submit("/review/base-year/decide", **given).status_code == 403
    page = rob.submit("/review/base-year/decide", **given).text
    assert "the base year is recalculated" not in page
    assert "a site that is sold &lt;i&gt;" in page


def test_a_period_without_a_word_of_which_is_not_moved(served):
    """A form that names no period, or a step that there is not, does nothing."""
    before = size(served)
    assert served.client("pia").submit("/review/periods/submit").status_code == 422
    assert served.client("pia").submit("/review/periods/reopen", of="2024").status_code == 422
    assert size(served) == before


def test_a_finding_is_settled_with_a_note(served):
    """The warnings of completeness go on record, one is accepted with a reason, and opened again."""
    pia = served.client("pia")
    same = served.path.parent / "again.csv"
    rows = LATE.replace("2023-04", "2024-06").splitlines(keepends=True)
    same.write_text("".join([*rows, rows[1].replace("90", "91", 1)]), encoding="utf-8")
    assert served.ledger().upload(same).status == "accepted"
    assert sent(pia, "/review/findings/record", of="2024")
    one = served.ledger().findings("2024", open_only=True)[0]
    page = pia.page("/review/findings?period=2024")
    assert f"/review/finding/{one.id}" in page
    assert page_words(one.fix).split("'")[0] in pia.page(f"/review/finding/{one.id}")
    assert pia.submit(f"/review/finding/{one.id}", state="accepted", note="").status_code == 422
    assert pia.submit(f"/review/finding/{one.id}", state="gone", note="x").status_code == 422
    assert "is accepted" in pia.submit(f"/review/finding/{one.id}", state="accepted", note="as <b>agreed").text
    assert "as &lt;b&gt;agreed" in pia.page("/review/findings?show=settled&period=2024")
    assert f"/review/finding/{one.id}" not in pia.page("/review/findings?period=2024")
    assert sent(pia, f"/review/finding/{one.id}", state="reopened", note="no")
    assert served.ledger().findings("2024", open_only=True)[0].id == one.id


def test_a_thread_is_settled_by_who_opened_it(served):
    """The auditor's finding on an entry asks who recorded it: they answer, and cannot say that it is settled."""
    eve, pia = served.client("eve"), served.client("ada")  # ada founded the ledger and uploaded its rows
    assert 'value="B3-1"' in eve.page("/review/threads?about=B3-1")
    words = "<script>alert(1)</script> no bill"
    opened = eve.submit("/review/threads", event="finding", about="B3-1", text=words, to="")
    name = opened.url.path.rpartition("/")[2]
    assert "&lt;script&gt;alert(1)&lt;/script&gt; no bill" in opened.text
    assert "/entry/B3-1" in opened.text
    assert sent(pia, f"/review/thread/{name}", act="answer", text="it is attached")
    assert "It is settled by whoever opened it" in pia.page(f"/review/thread/{name}")
    assert pia.submit(f"/review/thread/{name}", act="resolved", note="done").status_code == 403
    assert "is resolved" in eve.submit(f"/review/thread/{name}", act="resolved", note="seen").text
    assert served.ledger().threads(about="B3-1")[0].state == "resolved"
    assert eve.submit("/review/threads", event="finding", about="B999-1", text="x").status_code == 422
    assert sent(eve, "/review/ticks", tick_about="B3-1", mark="recomputed")
    assert served.ledger().ticks(about="B3-1")[0].mark == "recomputed"


def test_a_sample_goes_out_and_comes_back(served, engaged):
    """Work papers are the ledger's own; filled in they give results, changed they are refused with line and column."""
    eve = served.client("eve")
    papers = eve.get("/review/sample/S1/papers.csv")
    assert papers.headers["content-disposition"].startswith("attachment;")
    rows = list(csv.reader(io.StringIO(papers.content.decode("utf-8-sig"))))
    conclusion = rows[0].index(next(head for head in rows[0] if "onclusion" in head))
    for row in rows[1:]:
        row[conclusion] = "agrees to the bill"
    rows[1][rows[0].index("audited kg")], rows[1][conclusion] = "0.5", "the bill says less"
    assert "not known: no item was tested yet" in eve.page("/review/sample/S1")
    spoiled = [list(row) for row in rows]
    spoiled[1][1] = "another"
    before = size(served)
    refused = eve.submit("/review/sample/S1/results", files={"papers": ("../../p.csv", _text(spoiled))})
    assert refused.status_code == 422
    assert "papers-changed" in refused.text
    assert size(served) == before
    assert served.client("pia").submit(
        "/review/sample/S1/results", files={"papers": ("p.csv", _text(rows))}
    ).status_code == 403  # fmt: skip
    page = eve.submit("/review/sample/S1/results", files={"papers": ("../../p.csv", _text(rows))}).text
    assert "3 results are on record" in page
    told = served.ledger().evaluate("S1")
    assert told.concludes[1:] in page
    shown = eve.get("/review/sample/S1?as=json&table=sample_items").json()["rows"]
    assert [row["misstatement"] for row in shown] == [
        format(item.misstatement_kg.normalize(), "f") for item in told.items
    ]
    assert shown[0]["audited"] == "0.5"
    assert eve.get("/review/sample/S1/papers.xlsx").content[:2] == b"PK"
    assert eve.submit("/review/sample/S1/results", files={"papers": ("p.exe", b"MZ")}).status_code == 422


def _text(rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8")


def test_misstatements_are_the_auditors(served, engaged):
    """One is added, weighed against materiality, and withdrawn with a reason; a preparer adds none."""
    eve = served.client("eve")
    given = {"engagement": "E2024", "kind": "factual", "measure": "total_market", "effect": "-12.5", "about": "B3-1",
             "sample": "S1", "reason": "the bill says more"}  # fmt: skip
    before = size(served)
    assert served.client("pia").submit("/review/misstatements", **given).status_code == 403
    for wrong in ("1e5", "NaN", "9" * 30, "1,5"):
        assert eve.submit("/review/misstatements", **given | {"effect": wrong}).status_code == 422
    assert size(served) == before
    assert "M1 is in the log" in eve.submit("/review/misstatements", **given).text
    (row,) = eve.get("/review/misstatements?as=json&table=misstatements").json()["rows"]
    assert (row["effect"], row["about"]) == ("-12.5", "B3-1")
    assert eve.submit("/review/misstatement/M1", act="correct", batch="B1", note="").status_code == 403
    assert "withdrawn" in eve.submit("/review/misstatement/M1", act="withdraw", reason="a copy").text
    assert served.ledger().misstatements().misstatements == ()


def test_what_changed_since_a_kept_checkpoint(served, tmp_path):
    """First it is shown that the ledger continues it; a checkpoint of another history is told, and no file is named."""
    eve = served.client("eve")
    note = eve.get("/review/verification/checkpoint.txt?size=3").text
    page = eve.submit("/review/changes", note=note).text
    assert "The ledger continues your checkpoint of 3 batches" in page
    assert "/batch/4" in page
    refused = eve.submit("/review/changes", note=rewritten(note))
    assert refused.status_code == 500
    assert "two histories were shown" in refused.text
    assert "ghg-web-" not in refused.text
    kept = tmp_path / "kept.txt"
    kept.write_text(note, encoding="utf-8")
    for text in (str(kept), "-1", "9" * 12):
        assert eve.get("/review/changes", params={"since": text}).status_code == 422
    proof = eve.get("/review/verification/proof.json?first=3").json()
    assert proof["from"]["size"] == 3
    assert proof["to"]["size"] == size(served)


def test_that_the_ledger_continues_a_checkpoint(served, tmp_path):
    """The proof joins both roots; another root at that size is damage, another text misuse."""
    held = served.ledger()
    file = tmp_path / "kept.txt"
    file.write_text(held.signed_checkpoint(3).note(), encoding="utf-8")
    shown = held.continuation_of(file)
    assert (shown.first, shown.second) == (3, held.checkpoint().size)
    assert shown == held.consistency_proof(3)
    file.write_text(rewritten(file.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(Damage):
        held.continuation_of(file)
    file.write_text("nothing of this kind\n", encoding="utf-8")
    with pytest.raises(Misuse):
        held.continuation_of(file)


def test_verification_is_told_on_every_page(served):
    """It runs in the background; its outcome stands on its page and, by the checkpoint's size, on every other."""
    eve = served.client("eve")
    note = eve.get("/review/verification/checkpoint.txt").text
    assert sent(eve, "/review/verification", note=note)
    page = over(eve, "/review/verification")
    assert "Everything holds, and the ledger continues the checkpoint that you kept" in page
    assert "· verified" in served.client("pia").page("/accounts")
    eve.submit("/review/verification", files={"kept": ("../c.txt", rewritten(note).encode())})
    page = over(eve, "/review/verification")
    assert "It does not hold" in page
    assert "not-an-extension" in page
    assert "ghg-web-" not in page
    assert "HX-Refresh" in eve.get("/review/verification/state").headers
    at = size(served)
    assert sent(eve, "/review/threads", event="comment", about="2024", text="What follows does not hide it.")
    assert f"· verified up to {at}<" in served.client("pia").page("/accounts")
    served.app._app.state.site.verified[at] = (datetime.now(UTC), False)
    assert f"· did not hold at {at}<" in served.client("pia").page("/accounts")


def test_an_evidence_pack_is_for_who_asked(served):
    """It is made in the background and taken by its maker alone; a stranger's id gives nothing."""
    eve = served.client("eve")
    assert sent(eve, "/review/packs", of="2024-Q1", formats="json")
    for _ in range(200):
        page = eve.page("/review/verification")
        if found := re.search(r'href="(/review/pack/[^"/]+)">', page):
            break
        time.sleep(0.05)
    answer = eve.get(found[1])
    assert answer.content[:2] == b"PK"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert served.client("pia").get(found[1]).status_code == 404
    assert eve.get("/review/pack/guess").status_code == 404


def test_a_period_is_signed_off_from_the_web(served):
    """An auditor concludes on an approved period, with this machine's key in so many words; a late row voids it."""
    eve, period = served.client("eve"), "2024-04"
    served.ledger("pia").submit(period)
    terms = {"engagement": "E1", "level": "limited", "criteria": "ISO 14064-1", "of": "2024", "measure": "total_market",
             "materiality": "5%", "performance": "60%"}  # fmt: skip
    assert sent(eve, "/review/engagements", **terms)
    said = {"of": period, "engagement": "E1", "conclusion": "unmodified", "statement": "It is fair."}
    before = size(served)
    assert sent(eve, "/review/sign-off", **said)
    assert "only approved figures are signed off" in over(eve, f"/review/sign-off?period={period}")
    assert size(served) == before
    served.ledger("rob").approve(period)
    assert served.client("pia").submit("/review/sign-off", **said).status_code == 403
    assert "whoever runs that machine holds it" in eve.page(f"/review/sign-off?period={period}")
    assert sent(eve, "/review/sign-off", **said, sign="yes", sign_as="auditor.example", despite="small")
    assert "does not show that an auditor signed" in over(eve, f"/review/sign-off?period={period}")
    (one,) = served.ledger().sign_offs(period)
    assert (one.told.conclusion, one.is_void, one.told.signed_sha256 is not None) == ("unmodified", False, True)
    late(served, "2024")
    assert "void: the figures moved" in eve.page(f"/review/sign-off?period={period}")


@pytest.mark.parametrize("name", ["pia", "eve"])
def test_everyone_reads_all_and_is_offered_their_own(served, engaged, name):
    """Each page opens for each role; the forms on them are those of the role."""
    client = served.client(name)
    pages = {path: main_of(client.page(path)) for path in (*PAGES, "/review/sample/S1")}
    assert ("Take them back" in pages["/review/sample/S1"]) == (name == "eve")
    assert ("Put it on record" in pages["/review/engagements"]) == (name == "eve")
    assert ("Submit 2024</button>" in pages["/review/periods/submit"]) == (name == "pia")
    assert ("Submit 2024</a>" in pages["/review/periods"]) == (name == "pia")
    assert "Put the mark" in pages["/review/threads"]


def test_an_app_that_only_shows_has_no_form_that_acts(make_served):
    """Served read-only, no page of the review has a form that posts, and none that is forged does anything."""
    served = make_served(read_only=True)
    eve = served.client("eve")
    before = size(served)
    for path in PAGES:
        assert 'method="post"' not in main_of(eve.page(path)), path
    for path, given in (
        ("/review/verification", {}), ("/review/packs", {"of": "2024", "formats": "json"}),
        ("/review/threads", {"event": "comment", "about": "2024", "text": "x"}), ("/review/changes", {"note": "x"}),
    ):  # fmt: skip
        assert eve.submit(path, **given).status_code == 403
    assert size(served) == before


def test_every_table_of_the_review_can_be_taken_along(served, engaged):
    """Each page gives each of its tables as CSV."""
    eve = served.client("eve")
    for path in (*PAGES, "/review/sample/S1"):
        page = eve.page(path)
        for address in set(re.findall(r'href="(/[^"]*as=csv[^"]*)"', page)):
            answer = eve.get(address.replace("&amp;", "&"))
            assert answer.headers["content-type"].startswith("text/csv"), address


@pytest.mark.parametrize(
    "path",
    ["/review/thread/B1-1", "/review/finding/B1-1", "/review/finding/<b>", "/review/sample/none",
     "/review/misstatement/M9", "/review/sample/none/papers.xlsx", "/review/periods?period=abc",
     "/review/findings?show=x", "/review/engagements?id=E9",
     "/review/samples/draw?of=2024&measure=total_market&method=random&seed=1&size=99999999999",
     "/review/samples/draw?of=2024&measure=total_market&method=carbon-unit&seed=1&interval=1e999999",
     "/review/verification/proof.json?first=999999", "/review/periods/restate?period=1999"],
)  # fmt: skip
def test_what_is_not_there_is_told(served, path):
    """An id or a word that names nothing gives a page that says so, and nothing of the machine."""
    answer = served.client("pia").get(path)
    assert answer.status_code == 422, answer.text[-600:]
    assert "What to do" in answer.text
    assert "ghg " not in main_of(answer.text)
    assert "Traceback" not in answer.text
    assert "<b>" not in main_of(answer.text)


REFUSING = (
    "book/acts/closing", "book/acts/reviewing", "book/acts/signing_off", "book/acts/engaging", "book/acts/misstating",
    "book/acts/sampling", "book/second_person", "book/acts/deciding", "book/acts/resolving", "book/acts/attaching",
    "assurance/reviewing/about", "assurance/reviewing/engagements", "assurance/reviewing/changes",
    "assurance/checks/chain", "assurance/sampling/drawing", "assurance/sampling/misstatements",
    "inventory/periods/base_year", "inventory/periods/recalculation_candidates",
)  # fmt: skip
"""Where the review's refusals are worded."""


def worded(module):
    """Every text written out in a module of ours but its docstrings; what is put into one stands as X1."""
    tree = ast.parse((Path(ledger.__file__).parent / f"{module}.py").read_text(encoding="utf-8"))
    holders = [node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
    passed = {id(node.body[0].value) for node in holders if node.body and isinstance(node.body[0], ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            passed |= {id(part) for part in node.values}
            yield "".join(part.value if isinstance(part, ast.Constant) else "X1" for part in node.values)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            yield node.value


@pytest.mark.parametrize("module", REFUSING)
def test_what_the_ledger_refuses_is_told_in_the_words_of_the_pages(module):
    """No page of the review sends anybody to a command or an option of one."""
    assert [told for text in worded(module) if re.search(r"ghg [a-z]|--[a-z]", told := page_words(text))] == []


@pytest.mark.needs("chromium")
def test_a_day_of_the_review_in_a_browser(visit, served):
    """One submits, another approves and closes, the auditor draws, remarks and signs off; verification shows green."""

    def out(page):
        page.click("text=Log out")
        page.wait_for_url("**/login")

    page = visit("pia")
    page.goto("/review/periods?period=2024-03")
    page.click("text=Submit 2024-03")
    page.click("button.primary")
    assert page.inner_text(".told").startswith("2024-03 is submitted")
    out(page)
    page = visit("rob")
    for word in ("Approve", "Close"):
        page.goto("/review/periods?period=2024-03")
        page.click(f"text={word} 2024-03")
        page.click("main button.primary")
    assert "is closed" in page.inner_text(".told")
    out(page)
    terms = Terms("limited", "ISO 14064-1", "2024", None, "total_market", "5%", "60%")
    served.ledger("eve").record_engagement("EB", terms)
    page = visit("eve")
    page.goto("/review/samples?period=2024-03")
    page.fill("#f-seed", "browser")
    page.fill("#f-size", "2")
    page.click("main button.primary")
    page.click("text=on record")
    assert "is on record" in page.inner_text(".told")
    page.goto("/review/threads?about=2024-03")
    page.select_option("#f-event", "comment")
    page.fill("#f-text", "looked at it")
    page.click("main button.primary")
    page.goto("/review/sign-off?period=2024-03")
    page.select_option("#f-engagement", "EB")
    page.fill("#f-statement", "It is fair.")
    page.click("main button.primary")
    page.wait_for_selector("main .told:has-text('signed off as'), main .wrong", timeout=30_000)
    assert "2024-03 is signed off as" in page.inner_text("main")
    page.goto("/review/verification")
    page.click("text=Verify now")
    page.wait_for_selector(".state-good", timeout=20_000)
    assert "It holds" in page.inner_text("#state")
    assert "verified" in page.inner_text(".checkpoint")
    out(page)
