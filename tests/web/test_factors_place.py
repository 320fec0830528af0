"""Factors in the web app: found, shown whole, compared, published, withdrawn, and brought from a publisher's file."""

from __future__ import annotations

import re
from typing import Any

import pytest

AIB = b"Country,Year,Residual mix (gCO2/kWh)\nGB,2024,700.5\nAT,2024,N/A\n"


@pytest.fixture(scope="module")
def own(make_served: Any) -> Any:
    """A ledger of its own to which factors are brought."""
    return make_served()


def test_a_search_finds_what_the_ledger_has(served):
    """Each row leads to its factor, with value, unit, place, edition, dataset, kind and who checked it."""
    client, held = served.client("eve"), served.ledger().factors("electricity GB desnz", limit=5_000)
    page = client.page("/factors?q=electricity+GB+desnz")
    rows = client.get("/factors?q=electricity+GB+desnz&as=json&table=factors").json()["rows"]
    assert [row["factor"] for row in rows] == [one["factor_id"] for one in held]
    assert {"value", "per", "place", "edition", "dataset", "kind", "verification"} <= set(rows[0])
    one = next(one for one in held if one["co2e_published_kg_per_unit"] is not None)
    assert f'href="/factors/{one["factor_id"].replace(":", "%3A")}"' in page
    assert f'{format(one["co2e_published_kg_per_unit"].normalize(), "f")}</' in page
    assert "No factor has every one of these words" in client.page("/factors?q=nothing+of+the+kind")
    assert "<i>" not in client.page("/factors?q=%3Ci%3E").split("<main")[1]


@pytest.mark.parametrize("words", ["electricity DE", "electricity Germany", "electricity deu"])
def test_a_place_is_found_by_its_names_and_comes_first(served, words):
    """Code of two letters, of three, or the name: first the place that is meant, its newest data before older ones."""
    rows = served.client("eve").get(f"/factors?q={words}&as=json&table=factors").json()["rows"]
    assert rows[0]["place"] == "DE"
    assert served.ledger().factors(words)[0]["valid_from"] == max(
        one["valid_from"] for one in served.ledger().factors(words, limit=5_000) if one["country"] == "DE"
    )


def test_long_results_come_in_pages(served):
    """A page holds 200 rows at most, the file all of them."""
    client = served.client()
    count = len(served.ledger().factors("desnz", limit=5_000))
    page = client.page("/factors?q=desnz&page=2")
    assert page.count("<tr>") == 201
    assert f"Page 2 of {-(-count // 200)}" in page
    assert len(client.get("/factors?q=desnz&as=json&table=factors").json()["rows"]) == count
    assert client.get("/factors?q=desnz&page=9999").status_code == 422


def test_a_factor_is_shown_whole(served):
    """Value with every digit, gases, source cell, licence, attribution; and what of the period rests on it."""
    book = served.ledger()
    (line,) = (one for one in book.factors("natural_gas desnz-2024") if one["line"] == "direct"
               and one["per_unit"] == "kWh" and one["calorific_basis"] == "gross")  # fmt: skip
    record = book.factor(line["factor_id"])
    page = served.client().page(f"/factors/{line['factor_id']}?period=2024")
    for said in (record["source_cell"], record["licence"], record["attribution"], record["evidence"]["sha256"]):
        assert str(said) in page.replace("&#39;", "'").replace("&amp;", "&"), said
    assert f'<td class="number">{format(record["co2e_published_kg_per_unit"].normalize(), "f")}</td>' in page
    (used,) = book.factor_use(line["factor_id"], "2024")
    assert used.kg_co2e == book.inventory("2024").scope_1
    assert f'title="{format(used.kg_co2e.normalize(), "f")} kg CO2e"' in page
    assert "2023 does not use it." in served.client().page(f"/factors/{line['factor_id']}?period=2023")


def test_editions_stand_beside_each_other(served):
    """Old and new value of what differs, and the change; a factor that one edition lacks is told, never zero."""
    client = served.client()
    rows = client.get("/factors/dataset/desnz-2025?old=desnz-2024&as=json&table=editions").json()["rows"]
    compared = served.ledger().compare_editions("desnz-2025", "desnz-2024")
    assert len(rows) == len(compared)
    power = next(row for row in rows if row["activity"] == "electricity" and row["line"] == "energy")
    of = {year: next(one["co2e_published_kg_per_unit"] for one in served.ledger().factors(f"electricity desnz-{year}")
                    if one["line"] == "energy" and one["activity_type"] == "electricity")
          for year in (2024, 2025)}  # fmt: skip
    assert (power["old"], power["new"]) == tuple(format(of[year].normalize(), "f") for year in (2024, 2025))
    assert power["change"].startswith("-") is (of[2025] < of[2024])
    assert any(one.new_kg is None for one in compared)
    page = client.page("/factors/dataset/desnz-2025?old=desnz-2024")
    assert "not in it" in page
    assert page.count("<tr>") <= 220
    assert client.get("/factors/dataset/desnz-2025?old=..%2F..%2Fetc").status_code == 422


def test_a_dataset_is_withdrawn_and_put_back_by_a_reviewer(own):
    """Both need a reason and a role; the page says where it stands, and nobody else changes it."""
    client, size = own.client("rob"), own.ledger().checkpoint().size
    assert own.client("pia").submit("/factors/dataset/egrid-2023/withdraw", reason="x").status_code == 403
    assert client.submit("/factors/dataset/egrid-2023/withdraw", reason=" ").status_code == 422
    assert client.submit("/factors/dataset/..%2Fx/withdraw", reason="x").status_code in {404, 405, 422}
    assert own.ledger().checkpoint().size == size
    page = client.submit("/factors/dataset/egrid-2023/withdraw", reason="<i>superseded</i>").text
    assert "It is withdrawn: readable as ever" in page
    assert own.ledger().policy().withdrawn_datasets == ("egrid-2023",)
    assert "withdrawn" in client.page("/factors/datasets").split('id="published"')[1]
    client.submit("/factors/dataset/egrid-2023/restore", reason="a mistake")
    assert not own.ledger().policy().withdrawn_datasets


def test_a_publishers_file_is_looked_at_before_it_is_published(own, tmp_path):
    """The effect is that of the ledger, nothing is written by looking, and only who brought it publishes it."""
    client, size = own.client("pia"), own.ledger().checkpoint().size
    answer = client.submit("/factors/import?period=2024", files={"file": ("../../aib <b>.csv", AIB)})
    assert answer.status_code == 200, answer.text
    page, address = wait(client, answer), answer.url.path
    assert "1 factors of aib-residual-mix-2024" in page
    assert "never zero" in page
    assert "aib _b_.csv" in page
    assert "ghg-web-" not in page
    (tmp_path / "aib.csv").write_bytes(AIB)
    effect = own.ledger().import_factors(tmp_path / "aib.csv", check=True).effect
    rows = client.get(f"{address}?as=json&table=effect").json()["rows"]
    assert effect.totals
    assert [row["difference"] for row in rows] == [format(one.difference_kg.normalize(), "f") for one in effect.totals]
    assert own.ledger().checkpoint().size == size
    assert own.client("rob").get(address).status_code == 404
    assert own.client("rob").submit(f"{address}/publish").status_code == 404
    done = client.submit(f"{address}/publish")
    assert done.url.path == "/factors/dataset/aib-residual-mix-2024"
    assert "are recorded as batch" in done.text
    assert own.ledger().factor("aib-2024:GB")["verification"] == "user"
    assert client.get(address).status_code == 404
    market = own.ledger().inventory("2024").scope_2_market
    assert "Recalculate" in client.page("/factors/recalculation")
    assert client.submit("/factors/recalculation", reason="").status_code == 422
    assert "Recalculated by batch" in client.submit("/factors/recalculation", reason="AIB 2024").text
    assert own.ledger().inventory("2024").scope_2_market != market


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"Country,Year,Residual mixture\nDE,2025,7\n", "not recognised|no publisher|header"),
        (b"\x00\x01\x02", "."), (b"", "."), (b"PK\x03\x04 no workbook", "."),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_in_words(served, content, said):
    """Whatever comes is answered with what is wrong and where; nothing is written."""
    client, size = served.client(), served.ledger().checkpoint().size
    page = wait(client, client.submit("/factors/import", files={"file": ("x.csv", content)}))
    assert re.search(said, page)
    assert ("It cannot be taken" in page or 'class="told wrong"' in page)
    assert "Publish" not in page.split("<main")[1]
    assert served.ledger().checkpoint().size == size


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/factors/nothing:GB", 404), ("/factors/..%2F..%2Fetc%2Fpasswd", 404), ("/factors/dataset/none", 404),
        ("/factors/dataset/none/effect", 404), ("/factors/import/guess", 404), ("/factors?q=" + "x" * 300, 422),
        ("/factors/dataset/gwp/effect", 422), ("/factors?q=%E2%80%AE", 422),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said(served, address, status):
    """Ids, names and words that there are not are answered in words."""
    answer = served.client().get(address)
    assert answer.status_code == status
    assert "This did not work" in answer.text


def test_forged_fields_do_nothing(served):
    """A kind that there is not, no file, no tick, somebody who may not: nothing is written."""
    client, size = served.client(), served.ledger().checkpoint().size
    assert client.submit("/factors/import", kind="exe", files={"file": ("x.csv", AIB)}).status_code == 422
    assert client.submit("/factors/import", kind="aib").status_code == 422
    assert client.submit("/factors/datasets/publish").status_code == 422
    assert client.submit("/factors/datasets/publish", dataset="../../etc").status_code == 422
    assert served.client("eve").submit("/factors/datasets/publish", dataset="desnz-2025").status_code == 403
    assert served.client("eve").submit("/factors/recalculation", reason="x").status_code == 403
    assert served.ledger().checkpoint().size == size


def test_what_the_period_rests_on_carries_its_attribution(served):
    """Each dataset used, with both Scope 2 methods apart and the words that every output has to carry."""
    rows = served.client().get("/factors/used?period=2024&as=json&table=used").json()["rows"]
    used = served.ledger().datasets_used("2024")
    assert [(row["dataset"], row["attribution"], row["kg_location"], row["kg_market"]) for row in rows] == [
        (one.dataset, one.attribution, *(None if kg is None else format(kg.normalize(), "f") for kg in (
            one.kg_location, one.kg_market))) for one in used
    ]  # fmt: skip


@pytest.mark.needs("chromium")
def test_a_factor_is_found_by_keys(visit):
    """The key / leads to the search, and Enter finds; a row leads to the factor."""
    page = visit("eve")
    page.goto("/factors")
    page.keyboard.press("/")
    page.keyboard.type("natural_gas desnz-2024 direct")
    page.keyboard.press("Enter")
    page.locator("#factors tbody a").first.click()
    page.get_by_role("heading", name="Where it comes from").wait_for(timeout=8_000)
    assert page.locator("h1").inner_text().startswith("natural gas")


def wait(client: Any, answer: Any) -> str:
    """The page of something that is being done, once it is done."""
    import time

    page, until = answer.text, time.monotonic() + 60
    while 'http-equiv="refresh"' in page:
        assert time.monotonic() < until, "it is never done"
        time.sleep(0.1)
        page = client.page(answer.url.path)
    return str(page)
