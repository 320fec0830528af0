"""Sampling as an auditor does it: draw, record, fill in the papers, take them back, evaluate, and log."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from ledger import Ledger, Misuse, Refused
from ledger.assurance.sampling.drawing import Wish
from ledger.assurance.sampling.papers import guarded, unguarded
from ledger.book.acts.engaging import Terms
from ledger.book.acts.misstating import Misstated
from ledger.cli import app
from ledger.inventory import VIEWS

GAS = """external_id,facility_id,activity_type,quantity,unit,period_start,period_end,calorific_basis,data_basis
{rows}
"""
QUANTITIES = (50000, 30000, 12000, 8000, 6000, 5000, 4000, 3000, 2000, 1000)
"""kWh of gas, 121 000 in all."""


@pytest.fixture
def audited(made_once, _founded: Path, tmp_path: Path) -> Ledger:
    """A copy of that ledger, as its auditor."""
    return Ledger(made_once(engaged, tmp_path / "audited", _founded) / "ledger.duckdb", actor="vera")


def engaged(folder: Path, founded: Path) -> None:
    """Ten gas bills of March, an auditor, and an engagement."""
    shutil.copytree(founded, folder, dirs_exist_ok=True)
    ledger = Ledger(folder / "ledger.duckdb", actor="anna")
    rows = [f"=G{n},LON,natural_gas,{kwh},kWh,2024-03-01,2024-03-31,gross,measured"
            for n, kwh in enumerate(QUANTITIES, 1)]  # fmt: skip
    file = folder / "gas.csv"
    file.write_text(GAS.format(rows="\n".join(rows)), encoding="utf-8")
    assert ledger.upload(file).status == "accepted"
    ledger.add_person("vera", "auditor")
    vera = Ledger(ledger.path, actor="vera")
    vera.record_engagement("E1", Terms("limited", "ISO 14064-1:2018", "2024-03", None, "scope_1", "1000kg", "600kg",
                                       "5kg"))  # fmt: skip


def filled(papers: Path, to: Path, entries: dict[int, dict[str, object]]) -> Path:
    """The papers with something in the auditor's columns: item → column → value."""
    book = openpyxl.load_workbook(papers)
    sheet = book["Items"]
    places = {cell.value: cell.column for cell in sheet[1]}
    rows = {sheet.cell(row, 1).value: row for row in range(2, sheet.max_row + 1)}
    for item, values in entries.items():
        for column, value in values.items():
            sheet.cell(rows[item], places[column]).value = value
    book.save(to)
    return to


def agreed(count: int, but: dict[int, dict[str, object]]) -> dict[int, dict[str, object]]:
    """Every item agrees but some."""
    return {item: but.get(item, {"conclusion": "agrees", "tick mark": "agreed"}) for item in range(1, count + 1)}


@pytest.mark.thorough
def test_the_command_draws_the_same_sample_twice(audited):
    """`ghg review sample` twice with one seed gives the same sample; with another seed another."""
    command = ["review", "sample", "--period", "2024-03", "--measure", "scope_1", "--method", "random", "--size", "4",
               "--ledger", str(audited.path), "--json"]  # fmt: skip
    answers = [CliRunner().invoke(app, [*command, "--seed", seed]) for seed in ("1", "1", "2")]
    assert [answer.exit_code for answer in answers] == [0, 0, 0]
    assert answers[0].output == answers[1].output
    items = [json.loads(answer.output)["items_sha256"] for answer in answers]
    assert items[1] != items[2]


def test_nothing_to_draw_from_and_what_counts(audited):
    """An empty period has nothing to draw from, exit code 2; a size beside an engagement's interval is refused."""
    command = ["review", "sample", "--period", "2021", "--measure", "scope_1", "--method", "random", "--size", "4",
               "--seed", "1", "--ledger", str(audited.path)]  # fmt: skip
    answer = CliRunner().invoke(app, command)
    assert answer.exit_code == 2
    assert "nothing to draw from" in answer.output
    both = Wish("carbon-unit", "1", size=3, confidence_factor=Decimal(3))
    with pytest.raises(Misuse, match="do not go together"):
        audited.sample("2024-03", "scope_1", both, engagement="E1")


@pytest.mark.thorough
def test_a_sample_is_recorded_once_and_verified(audited):
    """A recorded sample stays the same while the ledger grows, is not recorded twice, and its name is its own."""
    wish = Wish("carbon-unit", "7", size=3)
    made = audited.sample("2024-03", "scope_1", wish, engagement="E1", name="S1")
    assert audited.record_sample(made).batch is not None
    assert audited.record_sample(made).batch is None
    other = audited.sample("2024-03", "scope_1", Wish("random", "7", size=3), name="S1")
    with pytest.raises(Refused, match="another sample is on record as S1"):
        audited.record_sample(other)
    Ledger(audited.path, actor="anna").correct(made.items[0].about, {"quantity": "1"}, reason="error")
    assert audited.recorded_sample("S1").items_sha256 == made.items_sha256
    later = audited.sample("2024-03", "scope_1", wish)
    assert later.frame.count == made.frame.count
    assert made.items[0].about not in {one.about for one in later.items}
    assert audited.verify().ok
    with pytest.raises(Misuse, match="no sample 'S9'"):
        audited.recorded_sample("S9")


def test_papers_carry_everything_and_text_stays_text(audited, tmp_path):
    """A line names entry, file, cell, factor and sums as formulas; made twice the bytes are the same."""
    made = audited.sample("2024-03", "scope_1", Wish("carbon-unit", "7", size=3), engagement="E1", name="S1")
    papers = audited.write_papers(made, tmp_path / "papers.xlsx")
    assert papers.read_bytes() == audited.write_papers(made, tmp_path / "again.xlsx").read_bytes()
    book = openpyxl.load_workbook(papers)
    assert book.sheetnames == ["Summary", "Items", "Projection"]
    heads = [cell.value for cell in book["Items"][1]]
    rows = [dict(zip(heads, row, strict=True)) for row in book["Items"].iter_rows(min_row=2, values_only=True)]
    for row, item in zip(rows, made.items, strict=True):
        assert row["entry"] == item.about
        assert row["source file"] == "gas.csv"
        assert len(row["SHA-256 of the file"]) == 64
        assert row["as it stands there"] == str(QUANTITIES[row["line"] - 2])
        assert row["publisher"]
        assert row["licence"] == "Open Government Licence v3.0"
        assert row["recomputed kg = quantity × kg per unit × share"].startswith("=")
        exact = Decimal(row["quantity, exact"]) * Decimal(row["kg CO2e per unit, exact"])
        assert Decimal(row["recorded kg, exact"]) == exact
        assert row["audited kg"] is row["conclusion"] is None
    told = {row[0].value: row[1].value for row in book["Summary"].iter_rows(max_col=2) if row[0].value}
    assert "--seed 7" in told["to draw it again"]
    assert told["SHA-256 of the items"] == made.items_sha256
    for sheet in book:
        for row in sheet.iter_rows():
            assert all(not str(cell.value).startswith("=G") for cell in row if cell.data_type == "f")
    with pytest.raises(Misuse, match="is there already"):
        audited.write_papers(made, papers)
    with pytest.raises(Misuse, match="not written as"):
        audited.write_papers(made, tmp_path / "papers.pdf")


def test_text_that_looks_like_a_formula_comes_back():
    """A text that begins like a formula, or with an apostrophe, is guarded in CSV and comes back as it was."""
    for text in ("=1+1", "+1", "-x", "@a", "'quoted", " =1", "＝1", "plain", ""):
        assert unguarded(guarded(text)) == text
        assert not guarded(text).startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.thorough
def test_results_come_back_and_are_evaluated(audited, tmp_path, kind):
    """Filled in and taken back: the misstatements, what they project, and the verdict; twice changes nothing.

    Of 121 000 kWh three items: 50 000 kWh are more than a third and certain, and two are drawn of the 71 000 kWh that
    are left, one for every 35 500.
    """
    made = audited.sample("2024-03", "scope_1", Wish("carbon-unit", "7", size=3), engagement="E1", name="S1")
    audited.record_sample(made)
    papers = audited.write_papers(made, tmp_path / f"papers.{kind}")
    first = made.items[0]
    assert (first.selection, first.kg) == ("certainty", 50000 * first.details["kg_per_unit"])
    assert made.interval_kg == 35500 * first.details["kg_per_unit"]
    drawn = next(one for one in made.items if one.selection == "interval")
    wrong = {first.number: {"audited kg": "9000", "conclusion": "read anew"},
             drawn.number: {"conclusion": "no evidence", "evidence": "the bill is lost"}}  # fmt: skip
    entries = agreed(len(made.items), wrong)
    if kind == "xlsx":
        done = audited.record_results("S1", filled(papers, tmp_path / "filled.xlsx", entries))
    else:
        done = audited.record_results("S1", filled_csv(papers, tmp_path / "filled.csv", entries))
    assert (done.recorded, done.left, done.findings) == (3, 0, ())
    assert audited.record_results("S1", tmp_path / f"filled.{kind}").batch is None
    told = audited.evaluate("S1")
    assert told.factual_kg == first.kg - 9000
    assert told.projected_kg == made.interval_kg
    assert told.most_likely_kg == first.kg - 9000 + made.interval_kg
    assert told.verdict == "above materiality"
    assert any("without evidence" in words for words in told.limits)
    assert audited.verify().ok


def filled_csv(papers: Path, to: Path, entries: dict[int, dict[str, object]]) -> Path:
    """As :func:`filled`, for the papers as CSV."""
    import csv

    rows = list(csv.reader(io.StringIO(papers.read_text(encoding="utf-8"), newline="")))
    for row in rows[1:]:
        for column, value in entries.get(int(row[0]), {}).items():
            row[rows[0].index(column)] = str(value)
    with to.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return to


def test_changed_papers_are_refused_line_by_line(audited, tmp_path):
    """A cell outside the yellow columns, an unknown mark, document or number: each is told, and nothing is recorded."""
    made = audited.sample("2024-03", "scope_1", Wish("value", "7", size=6), name="S1")
    audited.record_sample(made)
    papers = audited.write_papers(made, tmp_path / "papers.xlsx")
    bad = filled(
        papers, tmp_path / "bad.xlsx",
        {
            1: {"recorded kg, exact": "1", "conclusion": "agrees"}, 2: {"tick mark": "seen", "conclusion": "agrees"},
            3: {"evidence": "a" * 64, "conclusion": "agrees"}, 4: {"audited kg": "much"}, 5: {"tick mark": "agreed"},
            6: {"item": 77},
        },
    )  # fmt: skip
    before = audited.checkpoint()
    done = audited.record_results("S1", bad)
    assert [(one.code, one.line) for one in done.findings] == [
        ("papers-changed", 2), ("papers-mark-unknown", 3), ("papers-evidence-unknown", 4), ("papers-number", 5),
        ("papers-no-value", 6), ("papers-line-unknown", 7),
    ]  # fmt: skip
    assert audited.checkpoint() == before
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(Misuse, match="no work papers"):
        audited.record_results("S1", tmp_path / "other.csv")


@pytest.mark.thorough
def test_what_agrees_has_no_other_kg_and_papers_have_an_owner(audited, tmp_path):
    """'agrees' beside other kg is told; the papers of another sample with the same items are refused."""
    for name in ("S1", "S2"):
        audited.record_sample(audited.sample("2024-03", "scope_1", Wish("value", "7", size=2), name=name))
    papers = audited.write_papers(audited.recorded_sample("S1"), tmp_path / "papers.xlsx")
    bad = filled(papers, tmp_path / "bad.xlsx", {1: {"audited kg": 1, "conclusion": "agrees"}})
    assert [one.code for one in audited.record_results("S1", bad).findings] == ["papers-agrees-not"]
    good = filled(papers, tmp_path / "good.xlsx", agreed(2, {}))
    with pytest.raises(Misuse, match="not those of S2"):
        audited.record_results("S2", good)
    assert audited.record_results("S1", good).recorded == 2


def test_by_chance_ratio_and_difference(audited, tmp_path):
    """Of all ten drawn by chance the projection is what was found: the estimate of a whole is the whole."""
    made = audited.sample("2024-03", "scope_1", Wish("random", "7", size=10), engagement="E1", name="S1")
    audited.record_sample(made)
    papers = audited.write_papers(made, tmp_path / "papers.xlsx")
    entries = agreed(10, {3: {"audited kg": 2000}, 7: {"audited kg": 500.5}})
    audited.record_results("S1", filled(papers, tmp_path / "filled.xlsx", entries))
    found = made.items[2].kg - 2000 + made.items[6].kg - Decimal("500.5")
    for projection in ("ratio", "difference"):
        told = audited.evaluate("S1", projection=projection)
        assert abs(told.projected_kg - found) < Decimal("1e-15")
        assert told.factual_kg == 0


@pytest.mark.thorough
def test_documents_lead_to_the_ledger(audited, tmp_path):
    """Lines of the kept file lead to their entries; a line that became none and a document linked to none are there."""
    note = tmp_path / "note.txt"
    note.write_text("a bill that nobody entered", encoding="utf-8")
    Ledger(audited.path, actor="anna").attach(note)
    made = audited.sample("2024-03", "scope_1", Wish("documents", "7", size=12), name="D1")
    about = {one.about: one for one in made.items}
    header = about["gas.csv line 1"]
    assert "entry" not in header.details
    assert header.kg == 0
    assert header.details["quantity_text"].startswith("external_id,")
    assert about["gas.csv line 2"].details["entry"].startswith("B")
    assert about["gas.csv line 2"].kg == 50000 * made_rate(audited)
    assert about["document note.txt"].kg == 0
    audited.record_sample(made)
    papers = audited.write_papers(made, tmp_path / "papers.xlsx")
    number = about["document note.txt"].number
    audited.record_results("D1", filled(papers, tmp_path / "filled.xlsx", {number: {"audited kg": 250}}))
    told = audited.evaluate("D1", engagement="E1")
    assert (told.factual_kg, told.projected_kg, told.verdict) == (-250, 0, "incomplete")
    checked = audited.verify()
    assert checked.ok
    assert [one.code for one in checked.findings] == ["sample-same-statements"]


def made_rate(ledger: Ledger) -> Decimal:
    """kg per kWh of gas, as the ledger has it."""
    made = ledger.sample("2024-03", "scope_1", Wish("value", "1", size=1))
    rate: Decimal = made.items[0].details["kg_per_unit"]
    return rate


def test_the_log_of_misstatements(audited):
    """Uncorrected by measure, trivial and corrected ones apart; a correction must correct something."""
    sample = audited.sample("2024-03", "scope_1", Wish("value", "1", size=2), name="S1")
    audited.record_sample(sample)
    entry = sample.items[0].about

    def add(kind: str, kg: str, **more: str) -> str:
        return audited.add_misstatement("E1", Misstated(kind, "scope_1", Decimal(kg), "why", **more))[0]

    assert [add("factual", "700", about=entry), add("judgemental", "-40.5"), add("factual", "4"),
            add("projected", "200", sample="S1")] == ["M1", "M2", "M3", "M4"]  # fmt: skip
    (total,) = audited.misstatements("E1").totals
    assert (total.uncorrected_kg, total.overstated_kg, total.understated_kg) == (
        Decimal("859.5"),
        900,
        Decimal("-40.5"),
    )
    assert (total.clearly_trivial_kg, total.verdict) == (4, "above performance materiality")
    with pytest.raises(Misuse, match="follows from a sample"):
        add("projected", "1")
    with pytest.raises(Misuse, match="no engagement 'E9'"):
        audited.add_misstatement("E9", Misstated("factual", "scope_1", Decimal(1), "why"))
    with pytest.raises(Misuse, match="no batch 999"):
        add("factual", "1", about="B999-1")
    with pytest.raises(Misuse, match="no batch B999"):
        audited.correct_misstatement("M1", "B999")
    with pytest.raises(Refused, match="reverses and replaces nothing of 2024-03"):
        audited.correct_misstatement("M1", "B1")
    anna = Ledger(audited.path, actor="anna")
    other = anna.correct(sample.items[1].about, {"quantity": "1"}, reason="error").batch
    with pytest.raises(Refused, match=f"neither reverses nor replaces {entry}"):
        audited.correct_misstatement("M1", f"B{other}")
    small = anna.correct(entry, {"quantity": "49000"}, reason="error").batch
    with pytest.raises(Refused, match=r"moved scope_1 by -1.*the rest is not corrected"):
        audited.correct_misstatement("M1", f"B{small}")
    batch = anna.correct(f"B{small}-2", {"quantity": "44000"}, reason="error").batch
    audited.correct_misstatement("M1", f"B{batch}")
    add("factual", "700", about=entry)
    with pytest.raises(Refused, match="named already as what corrected M1"):
        audited.correct_misstatement("M5", f"B{batch}")
    audited.withdraw_misstatement("M5", reason="it is M1")
    audited.withdraw_misstatement("M4", reason="the sample was drawn again")
    (total,) = audited.misstatements().totals
    assert (total.uncorrected_kg, total.corrected_kg, total.verdict) == (
        Decimal("-40.5"), 700, "within performance materiality"
    )  # fmt: skip
    assert audited.verify().ok
    answer = CliRunner().invoke(app, ["review", "misstatement", "list", "--ledger", str(audited.path)])
    assert "M1" in answer.output
    assert "M4" not in answer.output


def test_scopes_and_categories_roll_up(audited):
    """Parts below performance materiality come to more than it in the total that the engagement is of."""
    terms = Terms("limited", "c", "2024-03", None, "total_location", "1000kg", "600kg")
    audited.record_engagement("E2", terms)
    for measure, kg in (("scope_1", 400), ("category_6", 300), ("scope_2_market", 5000), ("total_location", 10)):
        audited.add_misstatement("E2", Misstated("factual", measure, Decimal(kg), "why"))
    totals = {one.measure: (one.uncorrected_kg, one.verdict) for one in audited.misstatements("E2").totals}
    assert totals == {
        "scope_1": (400, "part of total_location"), "category_6": (300, "part of total_location"),
        "scope_2_market": (5000, "no part of total_location"),
        "total_location": (710, "above performance materiality"),
    }  # fmt: skip


@pytest.mark.needs("libreoffice")
@pytest.mark.slow
def test_libreoffice_recomputes_the_papers(audited, tmp_path):
    """Without stored values a spreadsheet finds every recorded kg again, and projects what `evaluate` says."""
    wish = Wish("carbon-unit", "7", size=4)
    made = audited.sample("2024-03", "scope_1", wish, engagement="E1", name="S1")
    audited.record_sample(made)
    papers = audited.write_papers(made, tmp_path / "papers.xlsx")
    entries = agreed(len(made.items), {2: {"audited kg": 100}, len(made.items): {"conclusion": "no evidence: lost"}})
    file = filled(papers, tmp_path / "filled.xlsx", entries)
    audited.record_results("S1", file)
    again = recalculated(file.read_bytes(), tmp_path)
    heads = [cell.value for cell in again["Items"][1]]
    rows = [dict(zip(heads, row, strict=True)) for row in again["Items"].iter_rows(min_row=2, values_only=True)]
    assert {row["difference"] for row in rows} == {0}
    assert [row["recomputed kg = quantity × kg per unit × share"] for row in rows] == pytest.approx(
        [float(item.kg) for item in made.items], rel=1e-12
    )
    told = audited.evaluate("S1")
    totals = {row[0]: row[3] for row in again["Projection"].iter_rows(values_only=True) if row[0]}
    assert totals["most likely misstatement, kg"] == pytest.approx(float(told.most_likely_kg), rel=1e-9)
    assert totals["items with a result"] == len(made.items)
    assert totals["it is"] == "above performance materiality"


def recalculated(content: bytes, folder: Path) -> openpyxl.Workbook:
    """The workbook after LibreOffice computed every formula; the stored values are taken out first."""
    bare = folder / "bare.xlsx"
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(bare, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename.startswith("xl/worksheets/"):
                data = re.sub(rb"</f><v>[^<]*</v>", b"</f>", data)
            new.writestr(item, data)
    program = shutil.which("soffice") or shutil.which("libreoffice")
    command = [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", str(folder / "out"), str(bare)], check=True, capture_output=True, timeout=180)
    return openpyxl.load_workbook(folder / "out" / "bare.xlsx", data_only=True)


@pytest.mark.thorough
def test_a_view_with_shares_adds_up_too(tmp_path):
    """Under every view the units, each by its share and in its category, are the figure; verify says how it checked."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "cases"))
    import stories

    case = stories.HERE / "boundaries"
    ledger = Ledger.init(tmp_path / "x.duckdb", organisation="Ashby", consolidation="equity_share", actor="anna")
    for kind in ("legal_entity", "holding", "facility", "activity"):
        stories.uploaded(ledger, case / f"{kind}.csv")
    for view in VIEWS:
        figures = ledger.inventory("2024", view=view)
        for measure in ("scope_1", "scope_3", "total_market"):
            made = ledger.sample("2024", measure, Wish("carbon-unit", "1", size=2), view=view)
            assert made.frame.kg == (getattr(figures, measure) or 0), (view, measure)
            for item in made.items:
                told = item.details
                if item.kg is not None:
                    product = told["quantity"] * told["kg_per_unit"] * told["share"]
                    assert abs(product - item.kg) <= Decimal("1e-15"), item
    ledger.add_person("vera", "auditor")
    vera = Ledger(ledger.path, actor="vera")
    vera.record_sample(vera.sample("2024", "scope_1", Wish("random", "1", size=2), view="equity_share"))
    checked = vera.verify()
    assert checked.ok
    assert "sample-same-statements" in {one.code for one in checked.findings}


def test_only_an_auditor_puts_samples_and_misstatements_on_record(audited, tmp_path):
    """Anyone may draw; a preparer may record neither sample nor result nor misstatement."""
    made = audited.sample("2024-03", "scope_1", Wish("value", "1", size=2), name="S1")
    audited.record_sample(made)
    papers = audited.write_papers(made, tmp_path / "papers.csv")
    Ledger(audited.path, actor="anna").add_person("paul", "preparer")
    paul = Ledger(audited.path, actor="paul")
    said = Misstated("factual", "scope_1", Decimal(1), "why")
    assert paul.sample("2024-03", "scope_1", Wish("value", "1", size=2)).items
    for act in (
        lambda: paul.record_sample(paul.sample("2024-03", "scope_1", Wish("value", "1", size=3))),
        lambda: paul.record_results("S1", papers),
        lambda: paul.add_misstatement("E1", said),
    ):
        with pytest.raises(Refused):
            act()
