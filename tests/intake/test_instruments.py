"""What an instrument cannot be is told by row and rule when it is entered."""

from __future__ import annotations

HEADER = (
    "instrument_id,type,registry,certificate_from,certificate_to,kwh,technology,energy_source,country,vintage_start,"
    "vintage_end,issued,retired_on,co2e_kg_per_kwh," + ",".join(f"criterion_{n}" for n in range(1, 9)) + "\n"
)
MET = "met,met,met,met,met,,,met"


def line(name: str, *, numbers: str = ",,", kwh: str = "10", days: str = "2024-01-01,2024-12-31,,", rate: str = "0",
         kind: str = "go", criteria: str = MET) -> str:  # fmt: skip
    """A row of the file."""
    return f"{name},{kind},{numbers},{kwh},wind,renewable,DE,{days},{rate},{criteria}\n"


def told(upload) -> set[tuple[int | None, str]]:
    """Line and code of every error."""
    return {(found.line, found.code) for found in upload.findings if found.severity == "error"}


def test_each_rule_is_told_on_its_row(read):
    """No energy, negative rate, vintage backwards, retired before issue, a criterion that applies answered na."""
    upload = read(
        HEADER + line("A", kwh="0") + line("B", rate="-0.1") + line("C", days="2024-12-31,2024-01-01,,")
        + line("D", days="2024-01-01,2024-12-31,2025-03-01,2025-02-01") + line("E", criteria="met,na,met,met,met,,,met")
        + line("F", kind="ppa", criteria="met,met,met,met,met,,na,met") + line("G")
    )  # fmt: skip
    assert told(upload) == {
        (2, "instrument-without-energy"), (3, "number-negative"), (4, "period-end-before-start"),
        (5, "retired-before-issue"), (6, "criterion-applies"), (7, "criterion-applies"),
    }  # fmt: skip


def test_certificates_that_two_lots_hold(read):
    """Overlapping numbers of one registry are told; another registry, stem or stretch is not concerned."""
    upload = read(
        HEADER + line("A", numbers="EECS,G0100,G0200") + line("B", numbers="eecs,G200,G0300")
        + line("C", numbers="I-REC,G0100,G0200") + line("D", numbers="EECS,H0100,H0200")
        + line("E", numbers="EECS,G0301,G0302")
    )  # fmt: skip
    assert told(upload) == {(3, "certificates-claimed-twice")}
    (finding,) = [found for found in upload.findings if found.severity == "error"]
    assert "held already by A (line 2)" in finding.message


def test_criteria_that_do_not_apply_may_stay_blank(read):
    """A blank criterion 6 or 7 of a certificate is na, and nothing is said of it."""
    upload = read(HEADER + line("A"))
    row = upload.frames["instrument"].to_dicts()[0]
    assert (row["criterion_6"], row["criterion_7"]) == ("na", "na")
    assert "criterion_6" not in {found.column for found in upload.findings}


def test_certificates_without_proof_are_told_by_row(read):
    """No day of retirement, no registry, no numbers, fewer numbers than kWh; contracts need none of it."""
    upload = read(
        HEADER + line("A", numbers="EECS,A001,A010", kwh="10000", days="2024-01-01,2024-12-31,,2025-03-01")
        + line("B", numbers="EECS,B001,B010", kwh="10000") + line("C", days="2024-01-01,2024-12-31,,2025-03-01")
        + line("D", numbers="EECS,D001,D010", kwh="10001", days="2024-01-01,2024-12-31,,2025-03-01")
        + line("E", numbers="EECS,E001,F010", kwh="90000", days="2024-01-01,2024-12-31,,2025-03-01")
        + line("F", kind="ppa", criteria="met,met,met,met,met,,met,met")
        + line("G", kind="lgc", numbers="REC-R,G001,G010", kwh="10001", days="2024-01-01,2024-12-31,,2025-03-01")
    )  # fmt: skip
    found = {(told.line, told.code, told.column) for told in upload.findings if told.severity == "warning"}
    assert {one for one in found if one[1].startswith("certificate")} == {
        (3, "certificate-unretired", "retired_on"), (4, "certificate-untracked", "registry"),
        (4, "certificate-untracked", "certificate_from"), (5, "certificates-too-few", "certificate_to"),
    }  # fmt: skip
    (few,) = [told.message for told in upload.findings if told.code == "certificates-too-few"]
    assert few == "the numbers hold 10 certificates of 1000 kWh, 10000 kWh in all, and the row states 10001 kWh"
