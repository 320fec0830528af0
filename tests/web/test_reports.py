"""Reports in the web app: made once beside the requests, seen, taken along, issued, checked, and compared."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from typing import Any

import pytest

from ledger.disclosure.kinds import kinds
from ledger.web.frame.sent_files import plain_name
from ledger.web.frame.workshop import Workshop
from ledger.web.reports.making import PURPOSES

PREVIEW = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:"


@pytest.fixture(scope="module")
def made(served: Any) -> str:
    """The address of the quarterly report of 2024-Q1, once it is made."""
    wait(served.client(), "/reports/quarterly?period=2024-Q1&make=1")
    return "/reports/quarterly{}?period=2024-Q1"


@pytest.fixture(scope="module")
def issued(make_served: Any) -> Any:
    """A ledger of its own whose first quarter is approved and issued by a reviewer on the web."""
    own = make_served()
    own.ledger("pia").submit("2024-Q1")
    own.ledger("rob").approve("2024-Q1")
    answer = own.client("rob").submit(
        "/reports/quarterly/issue?period=2024-Q1", note="To the <b>board</b>", formats="html"
    )
    assert answer.status_code == 200, answer.text
    wait(own.client("rob"), str(answer.url.raw_path, "ascii"))
    return own


def wait(client: Any, address: str) -> str:
    """A page once what it waits for is done; at first it says how it goes on without scripts."""
    page = client.page(address)
    until = time.monotonic() + 60
    while 'http-equiv="refresh"' in page:
        assert time.monotonic() < until, "it is never done"
        time.sleep(0.1)
        page = client.page(re.search(r'content="\d+;url=([^"]+)"', page)[1].replace("&amp;", "&"))
    return page


def test_every_kind_is_listed_with_what_it_is_for(served):
    """A new kind of document cannot be forgotten here."""
    assert set(PURPOSES) == set(kinds())
    page = served.client().page("/reports?period=2024")
    for kind in kinds():
        assert f'href="/reports/{kind}?period=2024"' in page


def test_a_report_is_that_of_the_ledger(served, made, tmp_path):
    """Its files are the very bytes that the ledger makes, one by one and as a whole; a second wish finds them made."""
    client = served.client("eve")
    served.ledger().report("quarterly", period="2024-Q1", formats=("html", "json"), folder=tmp_path)
    answer = client.get(made.format("/file/json"))
    assert answer.content == (tmp_path / "quarterly-2024-Q1.json").read_bytes()
    assert answer.headers["content-disposition"].startswith("attachment;")
    with zipfile.ZipFile(io.BytesIO(client.get(made.format("/file/zip")).content)) as archive:
        assert {"quarterly-2024-Q1.html", "quarterly-2024-Q1.json", "quarterly-2024-Q1.xlsx"} <= set(archive.namelist())
        assert archive.read("quarterly-2024-Q1.html") == (tmp_path / "quarterly-2024-Q1.html").read_bytes()
    named = {"a": str(tmp_path / "quarterly-2024-Q1.json"), "b": "2024-Q1"}
    assert client.get("/reports/compare", params=named).status_code == 422  # no file of this machine is opened by name
    page = client.page(made.format(""))
    held = served.ledger().inventory("2024-Q1")
    assert 'http-equiv="refresh"' not in page
    assert f"checkpoint {held.checkpoint.size} (<code>{held.checkpoint.root[:8]}" in page
    for name, kg in (("location", held.scope_2_location), ("market", held.scope_2_market)):
        assert re.search(rf'Scope 2, {name}-based</dt><dd title="{format(kg.normalize(), "f")} kg', page)


def test_the_preview_runs_and_loads_nothing(served, made):
    """It has a policy of its own, is framed by this app alone, and the page frames it without any leave."""
    answer = served.client().get(made.format("/preview"))
    assert answer.headers["content-security-policy"].startswith(PREVIEW)
    assert "frame-ancestors 'self'; sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert '<iframe class="preview" sandbox title=' in served.client().page(made.format(""))


def test_a_read_only_app_makes_what_it_can(make_served, monkeypatch):
    """Where the app only shows, and nothing lays out PDFs, the other files are made, and the page says why one is not.

    A file is still checked; nothing is issued.
    """
    from ledger.disclosure.documents import pdf
    from ledger.errors import Misuse

    def missing() -> Any:
        raise Misuse("The PDF cannot be made: No module named 'weasyprint'", "install it")

    monkeypatch.setattr(pdf, "weasyprint_there", missing)
    own = make_served(read_only=True)
    client = own.client("eve")
    page = wait(client, "/reports/ai-footprint?period=2024-Q1&make=1&paper=Letter")
    assert "The PDF cannot be made: No module named &#39;weasyprint&#39;. Install it." in page
    assert client.get("/reports/ai-footprint/file/xlsx?period=2024-Q1&paper=Letter").status_code == 200
    assert client.get("/reports/ai-footprint/file/pdf?period=2024-Q1&paper=Letter").status_code == 422
    answer = client.submit("/reports/check", files=[("files", ("x.json", b"{}"))])
    assert "No report of this ledger" in wait(client, str(answer.url.raw_path, "ascii"))
    assert client.submit("/reports/quarterly/issue?period=2024-Q1").status_code == 403


def test_texts_of_people_are_theirs(served):
    """Texts go into a statement of who brought them; another person finds nothing under their id, nor does a guess."""
    client, other = served.client("pia"), served.client("rob")
    texts = b"responsible_person = 'Mara <i>Lind</i>'\n"
    answer = client.submit(
        "/reports/ghg-protocol/texts?period=2024", files={"texts": ("../../texts.toml", texts)}
    )
    assert answer.status_code == 200, answer.text
    found = re.search(r"texts=([\w-]+)", str(answer.url))
    assert found
    assert "<code>texts.toml</code>" in answer.text
    address = f"/reports/ghg-protocol/requirements?period=2024&texts={found[1]}"
    assert "responsible_person" not in client.page(f"{address}&open=1")  # where nobody said it, it is asked for
    assert other.get(address).status_code == 404
    assert client.get("/reports/ghg-protocol?period=2024&texts=guess").status_code == 404
    wrong = client.submit("/reports/ghg-protocol/texts?period=2024", files={"texts": ("x.toml", b"nobody = 'x'")})
    assert wrong.status_code == 422
    assert "no text of a report" in wrong.text
    assert "ghg-web-" not in wrong.text


def test_a_period_without_activity_says_so(served):
    """Nothing is told as a figure, and not as unquantified either: there is nothing."""
    page = served.client().page("/reports/quarterly?period=2031").split("<main")[1]
    assert "There is no activity in 2031 yet" in page
    assert "not quantified" not in page


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/reports/nothing", 404), ("/reports/..%2F..%2Fetc%2Fpasswd", 404), ("/reports/quarterly/file/exe", 422),
        ("/reports/quarterly?language=xx", 422), ("/reports/quarterly?paper=A0", 422), ("/reports/quarterly?at=0", 422),
        ("/reports/quarterly?at=99999999", 422), ("/reports/quarterly?period=abc", 422),
        ("/reports/quarterly?view=none", 422), ("/reports/quarterly?view=%E2%80%AE", 422),
        ("/reports/work/guess", 404), ("/reports/check/guess", 404),
        ("/reports/issued/B1-1", 404), ("/reports/compare?a=ledger.duckdb&b=2024", 422),
        ("/reports/compare?a=%2Fetc%2Fpasswd&b=2024", 422), ("/reports/compare?a=B1&b=2024", 422),
        ("/reports/compare?a=2024-Q1&b=2024", 422), ("/reports/quarterly/preview?period=2023-Q2", 422),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said(served, address, status):
    """Kinds, options, ids and files that there are not are answered in words, and open nothing of this machine."""
    answer = served.client().get(address)
    assert answer.status_code == status
    assert "Traceback" not in answer.text
    assert "root:" not in answer.text


def test_a_report_is_issued_once_with_its_note(issued, tmp_path):
    """A reviewer's issue is on record with note, state and inputs; its files come as they were handed out."""
    (state,) = issued.ledger().issued_reports()
    assert state.row.reason == "To the <b>board</b>"
    client, entry = issued.client("eve"), state.row.entry
    page = client.page(f"/reports/issued/{entry}")
    assert "To the &lt;b&gt;board&lt;/b&gt;" in page
    assert "Its figures stand." in page
    assert "figures sha256" in page
    assert entry in client.page("/reports/issued")
    given = issued.ledger().issued_files(entry, folder=tmp_path)
    assert set(given) == {"html", "json"}
    assert client.get(f"/reports/issued/{entry}/json").content == given["json"].read_bytes()
    assert client.get(f"/reports/issued/{entry}/pdf").status_code == 404


def test_who_may_not_issues_nothing(issued):
    """A preparer is refused, a period that nobody approved is too, and nothing is on record."""
    before = issued.ledger().checkpoint().size
    answer = issued.client("pia").submit("/reports/quarterly/issue?period=2024-Q1&language=de", note="x")
    assert answer.status_code == 403
    assert "may not issue a report" in answer.text
    refused = issued.client("rob").submit("/reports/quarterly/issue?period=2024-Q2", note="x")
    assert "only an approved period is issued" in refused.text
    assert issued.ledger().checkpoint().size == before


def test_a_file_is_held_against_the_record(issued, tmp_path):
    """An issued file is known, under any name; a changed figure is named; the answer is for who asked alone."""
    (state,) = issued.ledger().issued_reports()
    file = issued.ledger().issued_files(state.row.entry, folder=tmp_path)["json"]
    held = json.loads(file.read_bytes())
    held["inventories"]["current"]["measures" if "measures" in held["inventories"]["current"] else "scope_1"] = "1"
    client = issued.client("eve")
    files = [("files", ("..\\..\\<b>.json", file.read_bytes())), ("files", ("other.pdf", b"%PDF-1.4 nothing")),
             ("files", ("changed.json", json.dumps(held).encode()))]  # fmt: skip
    answer = client.submit("/reports/check", files=files)
    address = str(answer.url.raw_path, "ascii")
    page = wait(client, address)
    assert f"Issued as {state.row.entry} from checkpoint {state.row.checkpoint_size}, and unchanged." in page
    assert "_b_.json" in page
    assert "<b>.json" not in page
    assert "No report of this ledger" in page
    assert f"Changed: it differs from what was issued as {state.row.entry}" in page
    assert issued.client("rob").get(address).status_code == 404
    assert client.submit("/reports/check").status_code == 422


def test_two_reports_stand_side_by_side(issued):
    """The figures are those of the ledger with the causes of their difference; the files come along."""
    client, size = issued.client("eve"), issued.ledger().checkpoint().size
    address = f"/reports/compare?a=2024-Q1@{size - 1}&b=2024-Q1"
    rows = client.get(f"{address}&as=json&table=figures").json()["rows"]
    told = {row["figure"]: row["a"] for row in rows}
    assert told["Scope 1, direct"] == format(issued.ledger().inventory("2024-Q1", at=size - 1).scope_1.normalize(), "f")
    assert "Scope 2, location-based" in told
    assert "Scope 2, market-based" in told
    answer = client.get(address.replace("/compare?", "/compare/csv?"))
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.content.startswith(b"figure,")


def test_the_workshop_is_bounded_and_cleared():
    """It takes so much at once and no more, gives a key's work again, hides others' work, and leaves no file behind."""
    import threading

    from starlette.exceptions import HTTPException

    from ledger.errors import Busy

    shop, go = Workshop(), threading.Event()
    first = shop.begin("pia", lambda _: go.wait(20), key="same")
    assert shop.begin("rob", lambda _: None, key="same") is first
    assert first.folder.stat().st_mode & 0o077 == 0
    for _ in range(3):
        shop.begin("pia", lambda _: go.wait(20), shared=True)
    with pytest.raises(Busy):
        shop.begin("pia", lambda _: None, shared=True)
    shared = shop.begin("rob", lambda _: 7, shared=True)
    assert shop.of(shared.id, "eve").folder == shared.folder
    with pytest.raises(HTTPException):
        shop.of(first.id, "rob")
    go.set()
    assert first.finished.wait(10)
    for _ in range(12):
        assert shop.begin("pia", lambda _: None).finished.wait(10)
    with pytest.raises(HTTPException):
        shop.of(first.id, "pia")
    assert not first.folder.exists()
    shop.close()
    assert not shared.folder.exists()


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "passwd"), ("..\\..\\x.csv", "x.csv"), ("", "file"), ("..", "file"),
        ("a/.hidden", "hidden"), ("n\u202eame\x00.xlsx", "n_ame_.xlsx"), ("<b>.csv", "_b_.csv"),
        ("x" * 500 + ".json", "x" * 116 + ".json"), ("年" * 300 + ".csv", "年" * 66 + ".csv"),
        ("Energy & heat, 2024 [No. 7].xlsx", "Energy & heat, 2024 [No. 7].xlsx"), ("C:a*b?.csv", "C_a_b_.csv"),
    ],
)  # fmt: skip
def test_a_files_name_is_only_a_label(given, name):
    """Neither folders nor what cannot be seen survive in the name under which a file is kept."""
    assert plain_name(given) == name


@pytest.mark.needs("chromium")
def test_a_report_is_made_and_seen_in_a_browser(visit):
    """With scripts the page turns into the report by itself: its preview stands in a frame, and files are offered."""
    page = visit("rob")
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto("/reports?period=2024-Q1")
    page.get_by_role("button", name="Make AI footprint report").click()
    frame = page.frame_locator("iframe.preview")
    frame.get_by_role("heading", level=1).first.wait_for(timeout=20_000)
    assert "Acme" in frame.locator("body").inner_text()
    assert faults == []
