"""The register of machines: manufacture posted once in the year of purchase, by life beside it, never both in a sum."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from ledger import Ledger
from ledger.ai.assets.by_policy import HeldAsset
from ledger.cli import app
from ledger.store import session

D = Decimal
HEADER = (
    "asset_id,hardware_id,count,acquired_on,life_years,retired_on,embodied_kg_each,embodied_source,share,held_as,"
    "counted_by,facility_id,invoice_id,withdrawn"
)
SHEET = "maker's sheet 2024 page 2"
SERVER = f"SRV,server X,2,2024-03-10,4,,1461,{SHEET},,,,LON,,"
SPEND = "activity_type,quantity,currency,period_start,period_end,facility_id,invoice_id"
MARCH = "it_hardware_spend,90000,USD,2024-03-10,2024-03-10,LON"


def give(ledger: Ledger, header: str, *rows: str, **options):
    """Upload rows under a header."""
    file = ledger.path.with_name(f"given{len(list(ledger.path.parent.glob('given*.csv')))}.csv")
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return ledger.upload(file, **options)


def standing(ledger: Ledger) -> list[tuple]:
    """What stands of machines: their numbers with the kilograms."""
    with session(ledger.path) as s:
        return s.rows(
            "select external_id, sum(quantity)::decimal(18,3) from activity where external_id like 'asset:%' "
            "group by 1 having sum(quantity) <> 0 order by 1"
        )


def fates(ledger: Ledger) -> list[tuple]:
    """What became of each machine, by the last decision on its last row."""
    with session(ledger.path) as s:
        return s.rows(
            "select h.asset_id, d.decision, d.reason_code from hardware_asset h join ai_decision d on d.record_table = "
            "'hardware_asset' and d.record_batch = h.batch_no and d.record_seq = h.seq qualify row_number() over "
            "(partition by h.asset_id order by h.batch_no desc) = 1 order by 1"
        )


def codes(done) -> list[str]:
    """The codes of its findings but those that nothing was said of."""
    return [finding.code for finding in done.findings if finding.code != "default-taken"]


@pytest.fixture(scope="module")
def register(_founded: Path, tmp_path_factory) -> Ledger:
    """A ledger with machines of each kind; it is only read."""
    folder = tmp_path_factory.mktemp("register")
    shutil.copytree(_founded, folder, dirs_exist_ok=True)
    ledger = Ledger(folder / "ledger.duckdb", actor="anna")
    done = give(
        ledger, HEADER, SERVER,
        "GPU,h100-sxm,8,2024-03-10,4,2025-12-31,,,,,,LON,,",  # 8 × 164 of the shipped file
        f"PART,host Y,1,2024-07-01,4,,96,{SHEET},0.125,,,LON,,",  # 12 vCPU of 96
        f"RENT,host Z,1,2024-07-01,4,2024-12-15,1461,{SHEET},,rented,,,,",
        "BARE,t4,4,2024-03-10,4,,,,,,,LON,,",  # no source gives its manufacture
        "LOOSE,box,4,2024-03-10,4,,500,,,,,LON,,",  # kilograms without a source
    )  # fmt: skip
    assert done.status == "accepted", done.findings
    assert codes(done).count("asset-not-quantified") == codes(done).count("asset-without-source") == 1
    return ledger


def test_manufacture_counts_in_full_in_the_year_of_purchase(register):
    """2 × 1,461 + 8 × 164 + 96 ÷ 8 = 4,246 kg in category 2 of 2024, nothing in 2025; with its formula and source."""
    assert standing(register) == [("asset:GPU", 1312), ("asset:PART", 12), ("asset:SRV", 2922)]
    assert register.inventory("2024").scope_3_categories[2] == 2922 + 1312 + 12
    assert register.inventory("2024-03").scope_3_categories[2] == 2922 + 1312
    assert not register.inventory("2025").scope_3_categories.get(2)
    with session(register.path) as s:
        ((entry, of),) = s.rows(
            "select concat('B', batch_no, '-', seq), source_line from activity where external_id = 'asset:GPU'"
        )
    assert of == 3
    facts = register.trace(entry).facts
    assert facts["formula"] == "hardware_manufacture: hardware_units * embodied_kg_each * machine_share"
    assert "NVIDIA HGX H100 Product Carbon Footprint" in facts["note"]
    assert "(hardware_asset GPU: given0.csv, line 3)" in facts["records"][0]
    assert register.verify().ok


def test_both_policies_stand_side_by_side_and_are_equal_over_the_life(register):
    """By hand: 1,461 days of life, so 2,922 kg are 2 a day: 297 days of 2024. Written off on 31 December 2025."""
    rows = register.embodied()
    held = {(row.asset.asset_id, row.year): row for row in rows}
    first = held["SRV", 2024]
    assert (first.purchase_kg, first.amortised_kg, first.write_off_kg) == (2922, 2 * 297, 0)
    assert [held["SRV", year].amortised_kg for year in (2025, 2026, 2027, 2028)] == [730, 730, 730, 2 * 69]
    retired = held["GPU", 2025]  # 1312 × 297 / 1461 = 266.710472, 1312 × 365 / 1461 = 327.775496
    assert (held["GPU", 2024].amortised_kg, retired.amortised_kg) == (D("266.710472"), D("327.775496"))
    assert retired.write_off_kg == D("1312") - D("266.710472") - D("327.775496")
    assert ("GPU", 2026) not in held
    for name in ("SRV", "GPU", "PART"):
        own = [row for row in rows if row.asset.asset_id == name]
        spread = sum(row.amortised_kg + row.write_off_kg for row in own)
        assert sum(row.purchase_kg for row in own) == spread == own[0].asset.kg, name


def test_what_is_not_posted_says_why(register):
    """Another's machine is a memo for its days alone; without source both policies are unknown, never zero."""
    held = {row.asset.asset_id: row for row in register.embodied("2024")}
    rented = held["RENT"]  # 1 kg a day from 1 July to 15 December
    assert (rented.purchase_kg, rented.amortised_kg, rented.write_off_kg) == (None, 168, 0)
    assert "another's machine" in rented.asset.note
    for name in ("BARE", "LOOSE"):
        assert (held[name].purchase_kg, held[name].amortised_kg, held[name].write_off_kg) == (None, None, None)
        assert "no source" in held[name].asset.note
    assert fates(register) == [
        ("BARE", "not_quantified", "no_source"), ("GPU", "posted", "counts"), ("LOOSE", "not_quantified", "no_source"),
        ("PART", "posted", "counts"), ("RENT", "evidence", "rented"), ("SRV", "posted", "counts"),
    ]  # fmt: skip


def test_no_total_holds_both(register):
    """Postings of machines are of the inventory alone; its totals have the purchase, no year a share of life."""
    with session(register.path) as s:
        books = s.rows(
            "select distinct c.book, c.line from posting p join choice c on c.batch_no = p.choice_batch "
            "and c.seq = p.choice_seq join activity a on a.batch_no = p.activity_batch and a.seq = p.activity_seq "
            "where a.external_id like 'asset:%'"
        )
        kg = s.rows("select sum(total_co2e_kg)::decimal(18,3) from posting where book <> 'inventory'")
    assert (books, kg) == ([("inventory", "stated")], [(None,)])
    of_year, next_year = register.inventory("2024"), register.inventory("2025")
    assert sum(row.amortised_kg or 0 for row in register.embodied("2025")) > 1000
    assert of_year.scope_3 == sum(kg for kg in of_year.scope_3_categories.values() if kg is not None)
    assert of_year.scope_3_categories[2] == 4246
    assert not next_year.scope_3


def test_the_command_shows_both_policies(register):
    """Machine by machine and year; unknown is a question mark, and there is no sum of the two."""
    told = CliRunner().invoke(app, ["ai", "embodied", "--held", "--ledger", str(register.path), "--actor", "anna"])
    words = " ".join(told.output.split())
    assert told.exit_code == 0
    assert "SRV server X 2 × 2024 2 922.0 594.0 —" in words
    assert "PART host Y, 0.125 of each 1 × 2024 12.0" in words
    assert "BARE t4 4 × 2024 ? ? ? GPU" in words
    assert "never added" in words
    both = ["ai", "embodied", "--held", "--kg", "3", "--ledger", str(register.path)]
    assert CliRunner().invoke(app, both).exit_code == 2


def test_a_machine_is_taken_in_once_and_corrected_by_its_number(ledger):
    """Again in another file: nothing. Another value: refused, then with a reason a reversal and the new kilograms."""
    give(ledger, HEADER, SERVER)
    assert give(ledger, f"{HEADER},note", SERVER + ",").status == "already_recorded"
    assert codes(give(ledger, HEADER, SERVER.replace("1461", "1500"))) == ["record-differs"]
    done = give(ledger, HEADER, SERVER.replace("1461", "1500"), replace=True, reason="newer sheet")
    assert done.status == "accepted"
    assert standing(ledger) == [("asset:SRV", 3000)]
    retired = SERVER.replace("1461", "1500").replace("4,,", "4,2026-01-31,")
    done = give(ledger, HEADER, retired, replace=True, reason="scrapped")
    assert done.posted == 0  # its purchase is what it was
    assert fates(ledger) == [("SRV", "posted", "counts")]
    done = give(ledger, HEADER, retired + "yes", replace=True, reason="not ours")
    assert (standing(ledger), fates(ledger)) == ([], [("SRV", "withdrawn", "withdrawn")])
    assert ledger.verify().ok


def test_spend_and_register_never_count_the_same_purchase_unseen(ledger):
    """The spend line of the month asks for a choice; counted by spend the machine is a memo of it."""
    give(ledger, SPEND, f"{MARCH},INV-1")
    done = give(ledger, HEADER, SERVER)
    assert (done.status, codes(done)) == ("refused", ["asset-or-spend"])
    assert "90000 USD of it_hardware_spend, 2024-03-10" in done.findings[0].message
    elsewhere = f"OTHER,box,1,2024-03-11,4,,10,{SHEET},,,,SJC,,"  # another place: no doubt
    assert codes(give(ledger, HEADER, elsewhere)) == ["assets-posted"]
    done = give(ledger, HEADER, SERVER.replace(",,,,LON,", ",,,spend,LON,"))
    assert done.status == "accepted"
    assert standing(ledger) == [("asset:OTHER", 10)]
    assert ("SRV", "breakdown", "spend_in_book") in fates(ledger)
    named = f"NAMED,box,1,2024-09-01,4,,10,{SHEET},,,register,LON,INV-1,"
    assert "asset-beside-spend" in codes(give(ledger, HEADER, named))
    missing = f"MISSING,box,1,2024-12-01,4,,10,{SHEET},,,spend,LON,,"
    assert "asset-spend-missing" in codes(give(ledger, HEADER, missing))
    assert ("MISSING", "evidence", "spend_missing") in fates(ledger)
    assert ledger.verify().ok


def test_spend_that_comes_later_is_told(ledger):
    """The money of a machine that counts already: a warning with both entries; money of another month none."""
    give(ledger, HEADER, SERVER)
    later = f"{MARCH},".replace("03-10", "06-10")
    done = give(ledger, SPEND, f"{MARCH},", later)
    told = [finding for finding in done.findings if finding.code == "spend-of-asset"]
    assert [(finding.line, finding.value) for finding in told] == [(2, "SRV")]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("A,,1,2024-03-10,4,,,,,,,,,", "asset-of-what"),
        ("A,h100,1,2024-03-10,4,,,,,,,,,", "asset-hardware"),  # may be several
        (f"A,box,1,2024-03-10,4,,0,{SHEET},,,,,,", "not-above-zero"),
        (f"A,box,1,2024-03-10,4,2024-01-01,10,{SHEET},,,,,,", "period-end-before-start"),
        (f"A,box,1,2024-03-10,0,,10,{SHEET},,,,,,", "number-out-of-range"),
        (f"A,box,1,2024-03-10,4,,10,{SHEET},1.5,,,,,", "number-out-of-range"),
        (f"A,box,1,2024-03-10,4,,10,{SHEET},,,,NOWHERE,,", "facility-unknown"),
    ],
)
def test_what_cannot_be_is_refused(register, row, code):
    """With its line; nothing is written."""
    file = register.path.with_name(f"wrong-{abs(hash(row))}.csv")
    file.write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    done = register.upload(file, "hardware_asset", check=True)
    assert (done.status, code in codes(done)) == ("refused", True), done.findings
    assert next(finding.line for finding in done.findings if finding.code == code) == 2


@given(
    kg=st.decimals(min_value=0, max_value=10**6, places=6), bought=st.dates(date(2015, 1, 1), date(2035, 12, 31)),
    life=st.integers(1, 8), served=st.none() | st.integers(0, 4000), step=st.integers(1, 400),
)  # fmt: skip
@settings(max_examples=60)
def test_spans_of_any_length_come_to_the_whole(kg, bought, life, served, step):
    """Purchase, and amortisation with the write-off, each sum to the same kg over months, quarters or odd days."""
    retired = None if served is None else bought + timedelta(days=served)
    asset = HeldAsset("a", "x", 1, D(1), bought, retired, life, kg, kg, "B1-1", None, None, None, None, False, "", "")
    start, purchase, spread = bought - timedelta(days=7), D(0), D(0)
    while start <= bought + timedelta(days=366 * life):
        span = asset.between(start, start + timedelta(days=step - 1))
        assert min(span.amortised_kg_co2e, span.write_off_kg_co2e) >= 0
        purchase += span.purchase_kg_co2e
        spread += span.amortised_kg_co2e + span.write_off_kg_co2e
        start += timedelta(days=step)
    if retired is not None and retired >= start:
        return
    assert purchase == spread == kg
