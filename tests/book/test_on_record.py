"""Documents behind entries, and findings with what became of them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from in_process import ghg

from ledger import Ledger, Misuse
from ledger.store import session
from ledger.store.evidence import evidence_folder


@pytest.fixture
def invoice(tmp_path: Path) -> Path:
    """A document."""
    path = tmp_path / "invoice.pdf"
    path.write_bytes(b"%PDF-1.7 an invoice")
    return path


def test_a_document_is_kept_and_linked(ledger: Ledger, batch: int, invoice: Path):
    """Bytes go to evidence by their digest, the link is an entry, trace shows it, and the ledger verifies."""
    done = ledger.attach(invoice, f"B{batch}-1", f"B{batch}-2", note="March")
    assert dict(done.counts) == {"documents": 1, "links": 2, "already": 0}
    (one,) = ledger.attachments(f"B{batch}-1")
    assert (one.name, one.bytes, one.media_type, one.note) == ("invoice.pdf", 19, "application/pdf", "March")
    assert one.kept_at is not None
    assert one.kept_at.read_bytes() == invoice.read_bytes()
    assert "invoice.pdf" in str(ledger.trace(f"B{batch}-1").facts["documents"])
    assert ledger.verify().ok


def test_the_same_document_twice_is_one(ledger: Ledger, batch: int, invoice: Path):
    """The same link again writes nothing; the same bytes under another name are the same document."""
    ledger.attach(invoice, f"B{batch}-1")
    before = ledger.checkpoint()
    again = invoice.with_name("copy.pdf")
    again.write_bytes(invoice.read_bytes())
    assert ledger.attach(again, f"B{batch}-1").batch is None
    assert ledger.attach(again).batch is None
    assert ledger.checkpoint() == before
    assert dict(ledger.attach(again, f"B{batch}-2").counts) == {"documents": 0, "links": 1, "already": 0}
    assert {one.name for one in ledger.attachments()} == {"invoice.pdf"}


def test_what_cannot_be_attached(ledger: Ledger, batch: int, invoice: Path, tmp_path: Path):
    """A missing or empty file, a folder, a whole batch, an entry that is not there: each in words."""
    empty = tmp_path / "empty.pdf"
    empty.touch()
    for file, entry, words in (
        (tmp_path / "none.pdf", f"B{batch}-1", "is not there"), (tmp_path, f"B{batch}-1", "is a folder"),
        (empty, f"B{batch}-1", "is empty"), (invoice, f"B{batch}", "is a whole batch"),
        (invoice, f"B{batch}-99999", "has no entry"), (invoice, "B999-1", "it has no batch 999"),
        (invoice, "three", "not an entry"),
    ):  # fmt: skip
        with pytest.raises(Misuse, match=words):
            ledger.attach(file, entry)


def test_a_row_names_its_document(ledger: Ledger, invoice: Path, tmp_path: Path):
    """By name or digest; a name that is not kept refuses the file, a digest that is not kept is a warning."""
    header = "facility_id,activity_type,quantity,unit,period_start,period_end,data_basis,attachment\n"
    row = "LON,electricity_purchased,{},kWh,2024-03-01,2024-03-31,measured,{}\n"
    file = tmp_path / "rows.csv"
    file.write_text(header + row.format(1, "invoice.pdf"))
    refused = ledger.upload(file)
    assert [finding.code for finding in refused.findings] == ["evidence-unknown"]
    ledger.attach(invoice)
    assert ledger.upload(file).status == "accepted"
    (one,) = ledger.attachments()
    assert (one.name, one.entry, one.link) == ("invoice.pdf", f"B{ledger.checkpoint().size}-1", None)
    file.write_text(header + row.format(2, "a" * 64))
    assert [finding.code for finding in ledger.upload(file).findings] == ["evidence-not-kept"]
    (scope_2, category_3) = ledger.evidence_shares("2024")
    assert (scope_2.rows, scope_2.rows_with_evidence, scope_2.share_of_rows) == (2, 1, Decimal("0.5"))
    assert scope_2.kg == 3 * Decimal("0.20705")
    assert scope_2.share_of_kg == Decimal("0.3333")
    assert (category_3.scope3_category, category_3.rows) == (3, 2)


def test_lost_bytes_and_broken_links_are_found(ledger: Ledger, energy: Path, invoice: Path):
    """Verification misses the bytes of a document that is gone, and names a link that leads nowhere."""
    from ledger.assurance.reviewing.documents import check_links
    from ledger.assurance.verification import Faults

    batch = ledger.upload(energy).batch
    ledger.attach(invoice, f"B{batch}-1")
    (one,) = ledger.attachments()
    (evidence_folder(ledger.path) / one.sha256).unlink()
    found = ledger.verify()
    assert not found.ok
    assert {finding.code for finding in found.findings} == {"evidence-missing"}
    with session(ledger.path, "write") as s:
        faults = Faults()
        s.run("begin")
        s.run("insert into evidence_link (batch_no, seq, sha256, entry_batch, entry_seq) values (99, 1, 'no', 98, 1)")
        s.run("insert into finding_event (batch_no, seq, finding_batch, finding_seq, state, note) "
              "values (99, 2, 1, 1, 'resolved', 'x')")  # fmt: skip
        check_links(s, 0, faults)
        s.run("rollback")
    assert [finding.entry for finding in faults.kept] == ["B99-1", "B99-1", "B99-2"]


# -- findings ---------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_findings_are_listed_and_settled(ledger: Ledger, energy: Path, tmp_path: Path):
    """A warning of an upload names its row; resolved it is no longer open, keeps its note, and can be reopened."""
    ledger.upload(energy)
    text = energy.read_text().replace("5000", "5001").replace("\n1,", "\n7,").replace("\n2,", "\n8,")
    again = tmp_path / "again.csv"
    again.write_text("\n".join(line for line in text.splitlines() if not line.startswith("3,"))
                     .replace("100000,kWh", "100000,kWh") + "\n")  # fmt: skip
    again.write_text(again.read_text().replace("\n7,", "\n1,"))
    done = ledger.upload(again)
    (one,) = ledger.findings()
    assert (one.code, one.entry, one.other_entry, one.line) == ("row-recorded-before", f"B{done.batch}-1",
                                                                 f"B{done.batch - 1}-1", 2)  # fmt: skip
    # 100,000 kWh: 0.20705 in Scope 2, and 0.0459 + 0.0183 + 0.00397 upstream, kg per kWh
    assert one.effect_kg == 100000 * (Decimal("0.20705") + Decimal("0.06817"))
    assert (one.state, ledger.findings("2024-03"), ledger.findings("2024-04")) == ("open", (one,), ())
    ledger.resolve(one.id, note="two sites share the bill", state="accepted")
    assert ledger.findings(open_only=True) == ()
    (accepted,) = ledger.findings()
    assert (accepted.state, accepted.note) == ("accepted", "two sites share the bill")
    assert ledger.resolve(one.id, note="again", state="accepted").batch is None
    ledger.resolve(one.id, note="not so", state="reopened")
    assert [finding.state for finding in ledger.findings(open_only=True)] == ["open"]
    ledger.reverse(f"B{done.batch - 1}-1", reason="duplicate")
    assert [finding.state for finding in ledger.findings()] == ["reversed"]
    assert ledger.verify().ok


def test_a_finding_is_settled_with_a_note_and_by_its_id(ledger: Ledger):
    """No note, no such finding, no such state: each in words."""
    for finding, note, state, words in (
        ("B1-1", "x", "resolved", "not a finding"), ("B1-1", " ", "resolved", "note"),
        ("B1-1", "x", "gone", "cannot become"), ("x", "x", "resolved", "not an entry"),
    ):  # fmt: skip
        with pytest.raises(Misuse, match=words):
            ledger.resolve(finding, note=note, state=state)


def test_completeness_goes_on_record_once(ledger: Ledger, tmp_path: Path):
    """A gap is recorded as a finding with its days, and not a second time."""
    file = tmp_path / "e.csv"
    file.write_text("facility_id,activity_type,frequency,valid_from,valid_to\n"
                    "LON,water_supply,monthly,2024-01-01,2024-03-31\n")  # fmt: skip
    ledger.upload(file, "expectation")
    first = ledger.record_completeness("2024")
    assert dict(first.counts) == {"findings": 1}
    assert ledger.record_completeness("2024").batch is None
    (one,) = ledger.findings("2024-02")
    assert (one.code, one.value, one.entry) == ("data-missing", "2024-01-01..2024-03-31", None)
    assert ledger.findings("2024-04") == ()


def test_the_effect_of_an_entry_is_location_based(ledger: Ledger, tmp_path: Path):
    """A market-based statement puts nothing into the location-based total; the two are never added."""
    from ledger.inventory.coverage.effects import effects_kg

    file = tmp_path / "stated.csv"
    file.write_text("facility_id,activity_type,quantity,unit,period_start,period_end,data_basis\n"
                    "LON,stated_scope_2_location,500,kgCO2e,2024-03-01,2024-03-31,measured\n"
                    "LON,stated_scope_2_market,900,kgCO2e,2024-03-01,2024-03-31,measured\n")  # fmt: skip
    batch = ledger.upload(file).batch
    assert batch is not None
    with session(ledger.path) as s:
        assert effects_kg(s, [(batch, 1), (batch, 2)], batch) == {f"B{batch}-1": Decimal(500)}


# -- as a person meets it ---------------------------------------------------------------------------


@pytest.mark.thorough
def test_the_commands_say_what_to_do(ledger: Ledger, batch: int, invoice: Path, tmp_path: Path):
    """Each command answers in words with the next step, and in JSON; misuse is exit 2."""
    matrix = ghg("completeness", "--period", "2024", ledger=ledger)
    assert matrix.returncode == 0
    assert "Nothing is expected" in matrix.stdout
    answer = json.loads(ghg("completeness", "--period", "2024", "--json", ledger=ledger).stdout)
    assert answer["days"] == {"expected": 0, "covered": 0, "estimated": 0, "missing": 0}
    assert ghg("completeness", ledger=ledger).returncode == 2
    attached = ghg("attach", str(invoice), f"B{batch}-1", ledger=ledger)
    assert f"is attached to B{batch}-1" in attached.stdout
    missing = ghg("attach", str(tmp_path / "no.pdf"), f"B{batch}-1", ledger=ledger)
    assert (missing.returncode, "is not there" in missing.stderr) == (2, True)
    assert "invoice.pdf" in ghg("attachments", ledger=ledger).stdout
    assert "No claim is on record" in ghg("claims", ledger=ledger).stdout
    assert "No finding is on record" in ghg("findings", ledger=ledger).stdout
    unknown = ghg("findings", "resolve", "B1-1", "--note", "x", ledger=ledger)
    assert (unknown.returncode, "not a finding" in unknown.stderr) == (2, True)
