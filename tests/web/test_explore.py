"""Explore: every number leads to what it is made of, every line to its cell, and an entry can be put right."""

from __future__ import annotations

import csv
import functools
import html
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest

from ledger import Ledger
from ledger.inventory.coverage.completeness import Cell, Completeness

OWN = "2024/operational_control"
CUTS = ("country", "facility", "legal_entity", "category", "month", "activity_type", "source_type", "scope")
INSTRUMENT = """instrument_id,type,registry,certificate_from,certificate_to,kwh,technology,energy_source,country,\
market_boundary,vintage_start,vintage_end,issued,retired_on,co2_kg_per_kwh,ch4_kg_per_kwh,n2o_kg_per_kwh,bundled,\
criterion_1,criterion_2,criterion_3,criterion_4,criterion_5,criterion_6,criterion_7,criterion_8
REGO-A,rego,REGO,G00210025000001,G00210025000001,400,onshore wind,renewable,GB,GB,2025-01-01,2025-12-31,2026-02-10,\
2026-03-18,0,0,0,no,met,met,met,met,met,na,na,met
"""
MARKUP = '"><script>alert(1)</script>'


def numbers(page: str) -> list[tuple[str, str]]:
    """Figure id and amount in the ledger's unit of every number of a page that leads to a figure."""
    found = re.findall(r'<a href="/explore/figure/([^"?]+)[^"]*"><span title="(\S+) (?:kg|kWh)', page)
    return [(html.unescape(figure), amount) for figure, amount in found]


def sent(client: Any, path: str, **fields: Any) -> Any:
    """What a form is answered with; the session's token is read once."""
    return client.submit(path, csrf=token_of(client), **fields)


@functools.cache
def token_of(client: Any) -> str:
    """The token of somebody's session."""
    return str(client.token())


@pytest.fixture
def held(served) -> Ledger:
    """The ledger that is served, as a preparer at the command line."""
    return served.ledger()


@pytest.fixture
def row(served, tmp_path):
    """A function that uploads one row of activity of a facility and gives its entry."""

    def uploaded(quantity: str = "1000", **more: str) -> str:
        values = {
            "facility_id": "LON", "activity_type": "natural_gas", "quantity": quantity, "unit": "kWh",
            "period_start": "2025-05-01", "period_end": "2025-05-31", "calorific_basis": "gross",
        } | more  # fmt: skip
        file = tmp_path / f"{abs(hash(str(values)))}.csv"
        with file.open("w", encoding="utf-8", newline="") as text:
            csv.writer(text).writerows([values, values.values()])
        done = served.ledger().upload(file)
        assert done.status == "accepted", done.findings
        return f"B{done.batch}-1"

    return uploaded


@pytest.mark.parametrize("by", ["gas", *(pytest.param(name, marks=pytest.mark.thorough) for name in CUTS)])
def test_every_number_leads_to_a_figure_that_says_the_same(served, held, by):
    """The inventory, its cut and its gases: each number is linked to an id, and the id's trace gives that number."""
    told = numbers(served.client().page(f"/explore?period=2024&by={by}"))
    assert any(f"/{by}=" in figure for figure, _ in told), told
    assert {f"{OWN}/{name}" for name in ("scope_1", "scope_2_market", "total_location", "energy_kwh")} <= {
        figure.rpartition("@")[0] for figure, _ in told
    }
    cut = {figure: amount for figure, amount in told if f"/{by}=" in figure}
    for figure, amount in list(cut.items())[:: 1 + len(cut) // 6]:
        value = held.trace(figure, limit=1).value
        assert value is not None, figure
        assert value == Decimal(amount), figure


def test_both_methods_stand_beside_each_other(served, held):
    """A row for Scope 2 with both totals, one for each category, and what the year before had; none is added."""
    answer = served.client().get("/explore?period=2024&as=json&table=inventory").json()
    rows = {line["what"]: line for line in answer["rows"]}
    now, before = held.inventory("2024"), held.inventory("2023")
    assert Decimal(rows["Scope 2"]["location"]) == now.scope_2_location
    assert Decimal(rows["Scope 2"]["market"]) == now.scope_2_market
    assert Decimal(rows["Scope 2"]["before_location"]) == before.scope_2_location
    assert len([name for name in rows if re.match(r"\d+ ", name)]) == 15
    assert rows["9 Downstream transportation and distribution"]["location"] is None


def test_a_figure_shows_its_postings_down_to_the_cell(served, held):
    """Quantity, factor, why, licence, source cell, file and line; each leads on, and the file has every line."""
    figure = f"{OWN}/scope_1@{held.checkpoint().size}"
    page, (line,) = served.client().page(f"/explore/figure/{figure}"), held.trace(figure).lines
    shown = unquote(html.unescape(page))
    for name in ("licence", "source_cell", "source_file"):
        assert line.details[name] in shown
    for text in (line.formula, line.reason, "line 3"):
        assert text in shown, text
    for href in (f"/entry/{line.details['entry']}", f"/factors/{line.details['factor_id']}", "/batch/"):
        assert f'href="{href}' in shown, href
    (row,) = served.client().get(f"/explore/figure/{figure}?as=json&table=lines").json()["rows"]
    assert row["amount"] == format(line.amount.normalize(), "f")
    assert (row["quantity"], row["source_line"], row["factor"]) == ("5000", 3, line.details["factor_id"])


def test_lines_are_looked_for(served, held):
    """By measure, place, month and word; what the page says they come to is what they come to, in either order."""
    client = served.client()
    of = {line.details["entry"]: line for line in held.trace(f"{OWN}/total_market@{held.checkpoint().size}").lines}
    assert len(of) == 3
    for query in ("facility=LON", "words=natural", "activity_type=natural_gas&month=2024-03"):
        answers = [
            client.get(
                f"/explore/lines?period=2024&measure=total_market&{query}&order={order}&as=json&table=lines"
            ).json()
            for order in ("size", "entry")
        ]
        assert answers[0]["rows"]
        assert sorted(map(str, answers[0]["rows"])) == sorted(map(str, answers[1]["rows"]))
        total = sum(Decimal(line["amount"]) for line in answers[0]["rows"])
        page = client.page(f"/explore/lines?period=2024&measure=total_market&{query}")
        assert f'title="{format(total.normalize(), "f")} kg CO2e"' in page
    assert "There are no such lines" in client.page("/explore/lines?period=2024&words=nothing-like-it")


def test_pages_of_lines_hold_each_line_once(served, held, monkeypatch):
    """Page after page gives what one look gives."""
    from ledger.web.explore import lines

    monkeypatch.setattr(lines, "SHOWN", 2)
    entries: list[str] = []
    for page in range(1, 20):
        told = served.client().page(f"/explore/lines?period=2024&page={page}")
        found = re.findall(r'<th scope="row" class="code"><a href="/entry/(B[\d-]+)', told)
        if not found:
            break
        entries += found
    every = held.trace(f"{OWN}/total_location@{held.checkpoint().size}", limit=1000).lines
    assert entries == [line.details["entry"] for line in every]


@pytest.mark.parametrize(
    ("sought", "leads"),
    [
        ("B4-1", "/entry/B4-1"), ("b4", "/batch/4"), ("4", "/batch/4"), ("London office", "facility=LON"),
        ("lon", "facility=LON"), ("natural gas", "activity_type=natural_gas"), ("INV 7", "words=INV+7"),
        (f"{OWN}/scope_1@4", f"/explore/figure/{OWN}/scope_1@4"),
    ],
)  # fmt: skip
def test_a_search_leads_there(served, sought, leads):
    """An entry, a batch, a facility by id or name, a type, a figure; anything else is a word of a line."""
    client = served.client()
    answer = client.get("/explore", params={"q": sought, "period": "2024"}, follow_redirects=False)
    assert answer.status_code == 303
    assert leads in unquote(answer.headers["location"])
    assert "period=2024" in answer.headers["location"]


@pytest.mark.parametrize(
    "path",
    [
        "/entry/B999-1", "/entry/B1", "/entry/x", "/entry/B1-99999", "/batch/999", "/batch/abc", "/batch/0",
        "/explore/figure/nonsense", f"/explore/figure/{OWN}/scope_1@999", f"/explore/figure/{OWN}/scope_9@1",
        f"/explore/figure/{OWN}/scope_1/nothing=1@1", "/explore/figure/2024/whole_world/scope_1@1",
        "/explore?by=colour", "/explore?view=mine", "/explore?at=-1", "/explore?at=999", "/explore?by=tag",
        "/explore/lines?page=0", "/explore/lines?tag=team", "/explore/lines?order=colour", "/explore/lines?measure=x",
        "/batch/1/file", "/entry/B1-1/document/00", "/explore/lines?month=2024-99", "/explore?as=exe&table=cut",
    ],
)  # fmt: skip
def test_what_is_not_there_is_said_with_what_to_do(served, path):
    """A page of a fault, never a stack: what is wrong, and what to do."""
    answer = served.client().get(path)
    if path.endswith("month=2024-99"):
        assert "There are no such lines" in answer.text
        return
    assert answer.status_code in {403, 422}, answer.text[-500:]
    assert "What to do:" in answer.text
    assert "Traceback" not in answer.text


def test_what_has_no_figure_is_listed(served):
    """With why, what to do, and its lines; never as zero."""
    page = served.client().page("/explore/not-quantified?period=2024")
    assert "no factor is held" in page
    assert "import a dataset that has one" in page
    href = html.unescape(re.search(r'href="(/explore/lines\?[^"]*amount=none[^"]*)"', page)[1])
    lines = served.client().page(href)
    assert "not quantified" in lines
    assert "/entry/B" in lines


def test_a_missing_figure_is_said_and_leads_to_why(served, row):
    """On the page in words with a link, in JSON as null; never a dash or zero."""
    row("10", period_start="2019-05-01", period_end="2019-05-31")
    page = served.client().page("/explore?period=2019")
    assert '<a href="/explore/not-quantified?period=2019">not quantified</a>' in page
    (scope_1, *_) = served.client().get("/explore?period=2019&as=json&table=inventory").json()["rows"]
    assert (scope_1["what"], scope_1["location"]) == ("Scope 1", None)


def test_beside_the_figures(served):
    """Coverage, boundary with every view, and quality have their tables."""
    client = served.client()
    assert "San Jose laboratory" in client.page("/explore/boundary?period=2024")
    assert len(client.get("/explore/boundary?period=2024&as=json&table=views").json()["rows"]) == 5
    assert "measured" in client.page("/explore/quality?period=2024").lower()
    assert "expected" in client.page("/explore/coverage?period=2024")


def test_text_in_rows_is_shown_as_it_is(served, row):
    """Markup in a supplier, an invoice or a tag's name is text on every page that shows it."""
    entry = row(supplier=MARKUP, invoice_id=MARKUP, **{"Tag <i>": MARKUP})
    client, batch = served.client(), entry.partition("-")[0][1:]
    for path in (f"/entry/{entry}", f"/batch/{batch}", f"/entry/{entry}/correct", "/explore/lines?period=2025",
                 f"/explore/lines?period=2025&words={MARKUP}", "/explore?period=2025&by=tag&tag=Tag <i>"):  # fmt: skip
        page = client.get(path)
        assert page.status_code == 200, path
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;" in page.text or "lines" in path


def test_an_entry_is_put_right(served, row, held):
    """Both rows stay, the effect is said, and the new entry says what it stands for."""
    entry = row("2000", invoice_id="R-1")
    client, before = served.client(), held.inventory("2025").scope_1
    form = {f"set-{name}": value for name, value in held.given(entry).items()}
    page = sent(client, f"/entry/{entry}/correct", **form | {"set-quantity": "500"}, reason="meter", note="read twice")
    assert page.status_code == 200
    assert "stands in its place" in page.text
    assert "It stands in the place of" in page.text
    assert "2025 location-based:" in page.text
    new = held.trace(entry).facts["replaced_by"][-1]
    assert f"<h1>{new}" in page.text
    assert held.trace(new).lines[0].details["quantity"] == 500
    assert held.inventory("2025").scope_1 < before
    old = client.page(f"/entry/{entry}")
    assert "In its place stands" in old
    assert "/correct" not in old


def test_a_correction_that_would_not_hold_writes_nothing(served, row, held):
    """What was typed stands in the form again, with what is wrong; the ledger is as it was."""
    entry, client = row("3000"), served.client()
    size = held.checkpoint().size
    form = {f"set-{name}": value for name, value in held.given(entry).items()} | {"reason": "unit", "note": "x"}
    for changed, status, words in (
        ({"set-quantity": "many"}, 403, "many"),
        ({"set-quantity": "1.234,5"}, 403, "with “numbers and dates” on this page"), ({}, 422, "no column differs"),
        ({"set-quantity": "5", "note": ""}, 422, "say why"),
    ):  # fmt: skip
        answer = sent(client, f"/entry/{entry}/correct", **form | changed)
        assert (answer.status_code, words in answer.text.lower()) == (status, True), changed
        assert "Nothing was written" in answer.text
        assert "--locale" not in answer.text
    forged = form | {"set-batch_no": "1", "set-replaces": "B1-1"}
    assert sent(client, f"/entry/{entry}/correct", **forged).status_code == 422
    assert sent(client, "/entry/B1-1/correct", **form).status_code == 403
    assert held.checkpoint().size == size


def test_only_who_may_puts_right_or_takes_back(served, row, held):
    """An auditor and a reviewer see no button, and are refused where they send the form all the same."""
    entry = row("4000")
    size = held.checkpoint().size
    eve, batch, form = served.client("eve"), entry.partition("-")[0][1:], {"reason": "error", "note": "x"}
    page = eve.page(f"/entry/{entry}") + eve.page(f"/batch/{batch}")
    assert not [act for act in ("/correct", "/reverse", "/attach") if act in page]
    files = {"document": ("a.txt", b"x")}
    assert sent(eve, f"/entry/{entry}/correct", **form, **{"set-quantity": "5"}).status_code == 403
    assert sent(eve, f"/entry/{entry}/attach", files=files).status_code == 403
    rob = served.client("rob")
    for path in (f"/entry/{entry}/reverse", f"/batch/{batch}/reverse"):
        assert sent(rob, path, **form).status_code == 403
    assert held.checkpoint().size == size


def test_entry_and_batch_are_taken_back(served, row):
    """By their exact negative, with the reason; once."""
    client, entry, other = served.client(), row("6000"), row("7000")
    page = sent(client, f"/entry/{entry}/reverse", reason="duplicate", note="came twice")
    assert "It was taken back by" in page.text
    assert sent(client, f"/entry/{entry}/reverse", reason="duplicate", note="again").status_code == 403
    batch = other.partition("-")[0][1:]
    page = sent(client, f"/batch/{batch}/reverse", reason="withdrawn", note="wrong file")
    assert "1 rows of B" in page.text
    assert "taken back by" in client.page(f"/batch/{batch}")


def test_a_closed_period_is_told(served, row, held):
    """A correction of a closed month is recorded and counts only after a restatement; the page says so."""
    entry = row("8000", period_start="2021-05-01", period_end="2021-05-31")
    held.submit("2021")
    for step in (served.ledger("rob").approve, served.ledger("rob").close):
        step("2021")
    answer = sent(served.client(), f"/entry/{entry}/reverse", reason="error", note="never came")
    assert "in 2021, which is closed" in answer.text
    assert "until 2021 is restated, under Review" in answer.text


def test_a_document_is_kept_and_given_back(served, row, held):
    """Under a name that is a file's; as a file to save, whatever it holds; of its own entry alone."""
    entry, other, client = row("9000"), row("9100"), served.client()
    content = b"<script>alert(1)</script>"
    page = sent(
        client, f"/entry/{entry}/attach", files={"document": ("../../../tmp/inv<b>.html", content)}, note=MARKUP
    )
    assert "is attached to" in page.text
    assert "<script>alert" not in page.text
    (kept,) = held.attachments(entry)
    assert "/" not in kept.name
    assert kept.kept_at.read_bytes() == content
    answer = client.get(f"/entry/{entry}/document/{kept.sha256}")
    assert answer.content == content
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert client.get(f"/entry/{other}/document/{kept.sha256}").status_code == 422
    size = held.checkpoint().size
    assert sent(client, f"/entry/{entry}/attach", files={"document": ("e.txt", b"")}).status_code == 422
    assert held.checkpoint().size == size


def test_the_file_of_a_batch_and_the_proof_of_an_entry(served, held):
    """The bytes that came, and hashes that lead from the entry to the root of the ledger."""
    entry = held.trace(f"{OWN}/scope_1@{held.checkpoint().size}").lines[0].details["entry"]
    batch = entry.partition("-")[0][1:]
    answer = served.client().get(f"/batch/{batch}/file")
    assert answer.headers["content-disposition"].startswith('attachment; filename="energy.csv"')
    assert b"electricity_purchased,100000" in answer.content
    proof = json.loads(served.client().get(f"/entry/{entry}/proof").content)
    assert proof["ok"]
    assert (proof["proof"]["entry"], proof["proof"]["root"]) == (entry, held.verify(entry=entry).root)


def test_no_page_names_a_folder_of_the_machine(served, row):
    """Where evidence lies is nobody's business."""
    client, entry = served.client(), row("9900")
    for path in (f"/batch/{entry.partition('-')[0][1:]}", f"/entry/{entry}", f"/entry/{entry}/correct"):
        assert str(Path(served.path).parent) not in client.page(path)


def test_a_cut_may_name_anything(served, row, tmp_path):
    """A facility whose id has a slash, a mark and a per cent sign has a figure that its link leads to."""
    file = tmp_path / "facility.csv"
    file.write_text(
        "facility_id,name,legal_entity_id,country,timezone,relation,valid_from\n"
        "N/S @1 50%,Yard,ACME,GB,Europe/London,owned,2015-01-01\n", "utf-8",
    )  # fmt: skip
    assert served.ledger().upload(file).status == "accepted"
    row("120", facility_id="N/S @1 50%", period_start="2026-02-01", period_end="2026-02-28")
    page = served.client().page("/explore?period=2026&by=facility")
    (href, *_) = re.findall(r'href="(/explore/figure/[^"]*/facility=[^"]*)"', page)
    found = served.client().page(html.unescape(href))
    assert "facility N/S @1 50%" in found
    assert "120 kWh ×" in found


@pytest.mark.needs("chromium")
def test_a_person_follows_a_number_and_puts_it_right_in_the_browser(visit, row):
    """From the inventory to a figure, its entry and the correction; read out as it should be (axe), without a fault."""
    entry, page, faults = row("777", invoice_id="SEEN-1"), visit(), []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto("/explore?period=2025")
    assert serious(page) == []
    page.click("#inventory tbody tr:first-child td a")
    page.wait_for_selector("text=To the last digit")
    assert serious(page) == []
    page.keyboard.press("g")
    page.keyboard.press("e")
    page.wait_for_selector("#find")
    page.keyboard.press("/")
    page.keyboard.type("SEEN-1")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Quantity × factor")
    assert serious(page) == []
    page.click(f"#lines tbody a:has-text('{entry}')")
    page.wait_for_selector("text=Correct this entry")
    page.click("text=Correct this entry")
    page.fill("#f-set-quantity", "7.77")
    page.fill("#f-note", "comma")
    assert serious(page) == []
    page.click("text=Correct it")
    page.wait_for_selector("text=stands in its place")
    page.goto("/explore/coverage")
    assert serious(page) == []
    assert faults == []


def serious(page: Any) -> list[str]:
    """What axe finds that keeps people out."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in {"serious", "critical"}]


def test_no_change_is_told_against_a_part_of_a_year(served, row):
    """Months that have data are held against the same months; where the year before begins later, against nothing."""
    row(period_start="2025-01-01", period_end="2025-03-31")
    rows = served.client().get("/explore?period=2025&as=json&table=inventory").json()["rows"]
    assert {line["change_location"] for line in rows} == {None}
    assert "begin later in the year" in served.client().page("/explore?period=2025")
    whole = served.client().get("/explore?period=2024&as=json&table=inventory").json()["rows"]
    assert any(line["change_location"] for line in whole)
    assert "Jan–Apr 2023, market-based" in served.client().page("/explore?period=2024"), "2024 has data until April"


def test_a_certificate_is_found_from_the_figure_that_it_lowers(served, row, tmp_path):
    """What it covers is told as taken out, and its name leads to its own entry with registry, numbers and days."""
    row("1000", activity_type="electricity_purchased", calorific_basis="", period_start="2025-06-01",
        period_end="2025-06-30")  # fmt: skip
    file = tmp_path / "instrument.csv"
    file.write_text(INSTRUMENT, encoding="utf-8")
    held = served.ledger()
    assert held.upload(file).status == "accepted"
    held.calculate()
    client = served.client()
    page = client.page(f"/explore/figure/2025-06/operational_control/scope_2_market@{held.checkpoint().size}")
    assert "covered by a contractual instrument, so taken out of: " in html.unescape(page)
    assert "moves in lines without an entry" in page
    (href,) = set(re.findall(r'href="(/explore\?[^"]*q=REGO-A[^"]*)"', page))
    entry = client.get(html.unescape(href))
    assert entry.url.path == f"/entry/{held.instrument_entry('REGO-A')}"
    assert "G00210025000001" in entry.text
    assert held.instrument_entry("REGO-B") is None


def test_a_month_that_is_not_over_is_not_missing():
    """Of the month of the last batch and those to come only what has data is shown; an earlier gap stays a gap."""
    cells = [Cell(1, date(2026, month, 1), 30, covered, 0) for month, covered in ((9, 0), (10, 30), (11, 0), (12, 9))]
    found = SimpleNamespace(as_of=date(2026, 11, 28), cells=cells)
    told = Completeness.told_cells.fget(found)
    assert [(cell.month.month, cell.state) for cell in told] == [(9, "missing"), (10, "covered"), (12, "partial")]
