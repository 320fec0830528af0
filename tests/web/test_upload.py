"""Upload: files are checked beside the pages, accepted in one step, and nothing is written before."""

from __future__ import annotations

import html
import io
import re
import stat
import threading
import time
import zipfile

import openpyxl
import pytest

from ledger.book.verbs.recording import Recording
from ledger.errors import Busy
from ledger.intake.progress import tell_rows
from ledger.store import session
from ledger.store.session import side_folder

HEAD = "external_id,facility_id,activity_type,quantity,unit,period_start,period_end,calorific_basis,data_basis\n"
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """Pages wait for what they began, however busy the machine is; but for the test of what is shown meanwhile."""
    monkeypatch.setattr("ledger.web.upload.review.SOON_SECONDS", 60)


def rows(name: str, year: int = 2024) -> str:
    """A small good file of its own."""
    return (
        HEAD + f"{name}-1,LON,electricity_purchased,1000,kWh,{year}-05-01,{year}-05-31,,measured\n"
        f"{name}-2,LON,natural_gas,700,kWh,{year}-05-01,{year}-05-31,gross,measured\n"
    )


def sent(client, text: str | bytes, name: str = "bills.csv", **how: str):
    """The answer to a file that was handed in."""
    content = text.encode() if isinstance(text, str) else text
    return client.submit("/upload", files={"files": (name, content)}, **how)


def settled(client, answer):
    """The page of a file in review once its check has ended, and its address."""
    for _ in range(600):
        if 'id="doing"' not in answer.text:
            break
        time.sleep(0.05)
        answer = client.get(answer.url.path)
    assert answer.status_code == 200, answer.text[-1500:]
    return html.unescape(answer.text), answer.url.path


def size(served) -> int:
    """How many batches the ledger has."""
    return int(served.ledger().checkpoint().size)


def test_a_file_is_checked_then_accepted_and_adds_what_was_said(served):
    """Before: the rows, the postings and the effect by scope, nothing written. After: exactly that, and a batch."""
    client, before, batches = served.client(), served.ledger().inventory("2024"), size(served)
    page, path = settled(client, sent(client, rows("said")))
    assert "2 rows can be accepted" in page
    assert size(served) == batches
    told = client.get(f"{path}?as=json&table=effect").json()["rows"]
    done = client.post(f"{path}/accept", data={"csrf": client.token()}, follow_redirects=False)
    assert done.headers["location"].startswith(f"/batch/{batches + 1}")
    after = served.ledger().inventory("2024")
    for measure in ("scope_1", "scope_2_location", "scope_2_market", "scope_3"):
        added = getattr(after, measure) - getattr(before, measure)
        assert told == [{**told[0], "year": "2024"}]
        assert format(added.normalize(), "f") == told[0][measure]
    assert client.get(path, follow_redirects=False).headers["location"].startswith(f"/batch/{batches + 1}")
    assert "bills.csv" in client.page("/upload")
    again, _ = settled(client, sent(client, rows("said")))
    assert f'recorded as batch <a href="/batch/{batches + 1}' in again


def test_findings_are_told_in_words_ten_of_each_and_taken_along(served):
    """Errors by code with what to do; ten shown and the rest counted; the table and the marked workbook have all."""
    client, batches = served.client(), size(served)
    bad = "".join(f"x{n},LON,electricity_purchased,-,kWh,2024-05-01,2024-05-31,,measured\n" for n in range(12))
    page, path = settled(client, sent(client, HEAD + bad + "y,NOWHERE,diesel,5,L,2024-05-01,2024-05-31,,measured\n"))
    assert "13 errors: nothing can be recorded yet" in page
    assert "… and 2 more" in page
    assert "line 14, column <code>facility_id</code>, value <q>NOWHERE</q>" in page
    assert "“What the ledger lacks” on this page" in page
    assert "--" not in re.sub(r"<[^>]*>", "", page)
    assert "Accept</button>" not in page
    listed = client.get(f"{path}?as=json&table=findings").json()["rows"]
    assert sum(row["severity"] == "error" for row in listed) == 13
    marked = openpyxl.load_workbook(io.BytesIO(client.get(f"{path}/marked").content))
    assert marked.sheetnames[0] == "Findings"
    said = " ".join(str(cell.value) for row in marked["Findings"].iter_rows() for cell in row)
    assert "“What the ledger lacks” on the page of the file" in said
    assert "ghg " not in said
    lacks = openpyxl.load_workbook(io.BytesIO(client.get(f"{path}/unknown").content))
    assert lacks["facility"]["A2"].value == "NOWHERE"
    assert client.submit(f"{path}/accept").status_code == 422
    mended = client.submit(f"{path}/replace", files={"files": ("bills.csv", rows("mended").encode())})
    assert "2 rows can be accepted" in settled(client, mended)[0]
    assert client.get(path).status_code == 404  # the first file is gone
    assert size(served) == batches


def _bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("scan.pdf", b"%PDF-1.7\nnothing", "1 error"),
        ("book.xlsx", _bomb(), "1 error"),
        ("letters.csv", b"a,b\n\x00\x00,1\n", "error"),
        ("../../../etc/pass\x01wd\u202e.csv", rows("name").encode(), "2 rows can be accepted"),
        ("\\\\host\\share\\" + "n" * 400 + ".csv", rows("long").encode(), "2 rows can be accepted"),
    ],
)  # fmt: skip
def test_a_hostile_file_is_told_and_writes_nothing(served, name, content, told):
    """Wrong kinds, bombs and names that lead elsewhere: a page that says what to do, a file in its own folder alone."""
    client, batches = served.client(), size(served)
    page, path = settled(client, sent(client, content, name))
    assert told in page
    assert size(served) == batches
    folder = side_folder(served.path, "inbox") / path.rsplit("/", 1)[1]
    (kept,) = [file for file in (folder / "file").iterdir() if ".marked" not in file.name]
    assert len(kept.name.encode()) < 130
    assert kept.name.isprintable()
    assert not kept.name.startswith(".")
    client.submit(f"{path}/discard")
    assert not folder.exists()


def test_what_is_no_upload_is_told(served):
    """An empty file, none at all, a word that no list has: what to do, and nothing is kept."""
    client = served.client()
    before = set(side_folder(served.path, "inbox").glob("*"))
    assert "is empty" in sent(client, b"").text
    assert "no file was chosen" in client.submit("/upload").text.casefold()
    assert "take one of" in sent(client, rows("kind"), kind="<b>").text
    assert "NAME=VALUE" in sent(client, rows("choice"), choices="what").text
    assert "is no year" in sent(client, rows("year"), year="２０２６").text
    assert set(side_folder(served.path, "inbox").glob("*")) == before


def test_files_in_review_are_private(served):
    """The folder is for the app alone; another preparer, an auditor and a guess at an id find nothing."""
    served.ledger("ada").add_person("pat", "preparer")
    served.ledger("ada").set_password("pat", PASSWORD)
    client = served.client()
    _, path = settled(client, sent(client, rows("mine")))
    folder = side_folder(served.path, "inbox")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for other in ("", "/state", "/marked", "/columns", "/unknown"):
        assert served.client("pat").get(path + other).status_code == 404, other
    for act in ("/accept", "/again", "/discard", "/columns", "/replace"):
        assert served.client("pat").submit(path + act).status_code == 404, act
    assert path.rsplit("/", 1)[1] not in served.client("pat").page("/upload")
    assert served.client("eve").get(path).status_code == 403
    for guess in ("x" * 22, "..%2f..%2fledger", "notes.json"):
        assert client.get(f"/upload/{guess}").status_code == 404
    assert client.get(path).status_code == 200


def test_files_in_review_are_discarded_where_they_are_listed(served):
    """Each stands with a button of its own, so that a full inbox is emptied without opening every file."""
    client = served.client()
    _, path = settled(client, sent(client, THEIRS + "LON,x,1,kWh,2024-06-01,2024-06-30,d\n", "to discard.csv"))
    assert f'action="{path}/discard"' in client.page("/upload")
    assert "to discard.csv was discarded" in client.submit(f"{path}/discard").text
    assert f'action="{path}/discard"' not in client.page("/upload")


@pytest.mark.parametrize("who", ["rob", "eve", "ada"])
def test_only_preparers_upload(served, who):
    """Others see what was recorded and no field for files; what they send is refused before it is read."""
    client = served.client(who)
    assert 'type="file"' not in client.page("/upload")
    before = set(side_folder(served.path, "inbox").glob("*"))
    answer = sent(client, rows("role"))
    assert answer.status_code == 403
    assert "may not upload" in answer.text
    assert set(side_folder(served.path, "inbox").glob("*")) == before


def test_a_ledger_that_is_held_loses_nothing(served, monkeypatch):
    """Where another process holds the ledger at the moment of accepting, the file stays and can be accepted later."""
    client, batches = served.client(), size(served)
    _, path = settled(client, sent(client, rows("busy")))
    with monkeypatch.context() as held:
        held.setattr(Recording, "upload", _busy)
        page, _ = settled(client, client.submit(f"{path}/accept"))
    assert "is held by another process" in page
    assert "Nothing was recorded; the file is kept" in page
    assert size(served) == batches
    settled(client, client.submit(f"{path}/again"))
    client.submit(f"{path}/accept")
    assert size(served) == batches + 1


def _busy(*_args, **_how):
    raise Busy("the ledger is held by another process", "try again in a moment")


def test_pages_answer_while_a_file_is_read(served, monkeypatch):
    """A long check takes nobody's turn: its page says what is done, and others answer meanwhile."""
    client, begun, go_on = served.client(), threading.Event(), threading.Event()
    own = Recording.upload

    def slow(*args, **how):
        tell_rows(1500)
        begun.set()
        assert go_on.wait(20)
        return own(*args, **how)

    monkeypatch.setattr("ledger.web.upload.review.SOON_SECONDS", 0.01)
    monkeypatch.setattr(Recording, "upload", slow)
    answer = sent(client, rows("slow"))
    assert begun.wait(10)
    assert 'id="doing"' in answer.text
    assert '<noscript><meta http-equiv="refresh"' in answer.text
    part = client.page(f"{answer.url.path}/state")
    assert "Reading and checking every cell" in part
    assert "1\u202f500 rows read" in part
    assert "<html" not in part
    assert "is being checked" in client.page("/upload")
    assert client.submit(f"{answer.url.path}/discard").status_code == 422
    go_on.set()
    page, path = settled(client, answer)
    assert "2 rows can be accepted" in page
    assert client.get(f"{path}/state").headers["hx-redirect"] == path


def test_pages_answer_while_a_batch_is_written(served):
    """Who writes has the ledger alone: meanwhile pages show what stood before, and what is new once it is there."""
    client = served.client("eve")
    before, batches = client.page("/upload"), size(served)
    with session(served.path, "write") as s:
        s.run("create temp table somebody_works as select 1")
        served.path.touch()
        begun = time.perf_counter()
        assert client.page("/upload") == before
        assert time.perf_counter() - begun < 5  # a reader waits for a minute before it gives up
    served.client().submit(settled(served.client(), sent(served.client(), rows("late")))[1] + "/accept")
    assert f"B{batches + 1}</td>" in client.page("/upload")


THEIRS = "Ort,Was,Wieviel,Mass,Von,Bis,Beleg\n"


def test_columns_are_named_by_a_person_and_remembered(served):
    """Unknown headers: nothing is guessed; what is confirmed reads the file, and the next one of the same sender."""
    client, batches = served.client(), size(served)
    text = (
        THEIRS
        + "LON,electricity_purchased,40,kWh,2024-06-01,2024-06-30,{0}\nHQ,diesel,4,L,2024-06-01,2024-06-30,x{0}\n"
    )
    page, path = settled(client, sent(client, text.format("a1"), "theirs.csv"))
    assert "Name the columns" in page
    assert "Accept</button>" not in page
    form = client.page(f"{path}/columns")
    assert "perhaps activity type: by its words" in form
    assert '<option value="mass_t">mass t: it looks like it</option>' in form  # and is not chosen
    ours = ("facility_id", "activity_type", "quantity", "unit", "period_start", "period_end", "external_id")
    twice = client.submit(f"{path}/columns", column_0="unit", column_1="unit")
    assert "wo columns are said to be unit" in twice.text
    named = {f"column_{place}": name for place, name in enumerate(ours)}
    page, _ = settled(client, client.submit(f"{path}/columns", **named))
    assert "facility “HQ” is not known" in page
    assert 'aria-label="What HQ is"' in client.page(f"{path}/columns")  # and now its words are asked for
    page, _ = settled(client, client.submit(f"{path}/columns", **named, word_0="LON"))
    assert "2 rows can be accepted" in page
    client.submit(f"{path}/accept")
    assert size(served) == batches + 1
    page, path = settled(client, sent(client, text.format("a2"), "theirs again.csv"))
    assert f'confirmed with batch <a href="/batch/{batches + 1}' in page
    assert "2 rows can be accepted" in page
    blank = {f"column_{place}": "" for place in range(7)}
    page, _ = settled(client, client.submit(f"{path}/columns", **blank))
    assert "Accept</button>" not in page


def test_templates_and_the_sample_can_be_taken(served):
    """Every kind has an empty workbook; the sample passes its check; nothing is written for either."""
    client, batches = served.client("eve"), size(served)
    assert "/upload/template/meter_reading" in client.page("/upload/templates")
    book = openpyxl.load_workbook(io.BytesIO(client.get("/upload/template/facility").content))
    assert book["facility"]["A3"].value == "facility_id"
    assert client.get("/upload/template/nothing").status_code == 422
    page, _ = settled(served.client(), sent(served.client(), client.get("/upload/sample").content, "sample.csv"))
    assert "3 rows can be accepted" in page
    assert size(served) == batches
    with session(served.path) as s:
        assert s.one("select count(*) from activity where quantity = 12000")[0] == 0


FAULTS = (
    "f1,NOWHERE,diesel,5,L,2024-07-01,2024-07-31,,measured",
    "f2,LON,moonshine,5,L,2024-07-01,2024-07-31,,measured",
    "f3,LON,diesel,,L,2024-07-01,2024-07-31,,measured",
    "f4,LON,diesel,nan,L,2024-07-01,2024-07-31,,measured",
    "f5,LON,diesel,5,parsec,2024-07-01,2024-07-31,,measured",
    "f6,LON,diesel,5,km,2024-07-01,2024-07-31,,measured",
    "f7,LON,diesel,-5,L,2024-07-01,2024-07-31,,measured",
    "f8,LON,diesel,5,L,2024-07-32,2024-07-31,,measured",
    "f9,LON,diesel,5,L,2024-08-01,2024-07-31,,measured",
    'f10,LON,diesel,"1,234",L,2024-07-01,2024-07-31,,measured',
    "f11,LON,diesel,5,L,01/02/2024,2024-07-31,,measured",
    "f12,LON,diesel,5,L,2010-07-01,2010-07-31,,measured",
)


@pytest.mark.needs("chromium")
def test_twelve_faults_are_mended_and_accepted_in_a_browser(visit, tmp_path):
    """Twelve faults give twelve messages; the corrected file is accepted, and the figures at home change."""
    page = visit("pia")
    page.goto("/?period=2024")
    before = page.get_attribute(".card.scope_1 .value", "title")
    page.goto("/upload")
    (tmp_path / "fuel.csv").write_text(HEAD + "\n".join(FAULTS) + "\n", encoding="utf-8")
    page.set_input_files("#files", tmp_path / "fuel.csv")
    page.click("text=Check the files")
    page.wait_for_selector("text=12 errors: nothing can be recorded yet", timeout=30_000)
    assert page.locator(".finding.wrong").count() == 12
    with page.expect_download() as marked:
        page.click("text=Marked workbook")
    assert marked.value.suggested_filename == "fuel.marked.xlsx"
    good = HEAD + "f1,LON,diesel,500,L,2024-07-01,2024-07-31,,measured\n"
    page.set_input_files("#files", {"name": "fuel.csv", "mimeType": "text/csv", "buffer": good.encode()})
    page.click("text=Check it instead")
    page.wait_for_selector("text=1 row can be accepted", timeout=30_000)
    page.click("button.primary")
    page.wait_for_url("**/batch/*", timeout=30_000)
    page.goto("/?period=2024")
    after = page.get_attribute(".card.scope_1 .value", "title")
    assert after != before
    page.goto("/upload")
    assert page.locator("th", has_text="fuel.csv").count() == 1
