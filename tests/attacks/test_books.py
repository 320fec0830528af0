"""Workbooks built to harm are refused in words, quickly and in little memory; what a workbook hides is told."""

from __future__ import annotations

import resource
import time
from dataclasses import replace
from pathlib import Path

import hostile_books as books
import openpyxl
import pytest

from ledger.intake import Limits, read_upload, shipped_known
from ledger.intake.files.limits import FROM_ENVIRONMENT, limits_set, variable_of
from ledger.intake.files.workbook_reader import Unreadable, Workbook
from ledger.intake.known import Place

KNOWN = replace(shipped_known(), facilities={"LON": Place("LON", "London", "GB", "ACME")})
TIGHT = Limits(workbook_memory_bytes=512 * books.MEGABYTE, workbook_cpu_seconds=20)


def read(tmp_path: Path, content: bytes, **options):
    """The upload that a workbook of these bytes makes."""
    path = tmp_path / "file.xlsx"
    path.write_bytes(content)
    return read_upload(path, known=KNOWN, stage=tmp_path / "stage", **{"limits": TIGHT} | options)


def codes(upload) -> list[str]:
    """The codes of its findings."""
    return [found.code for found in upload.findings]


def test_workbooks_built_to_harm_are_refused(tmp_path, subtests):
    """In words, with what to do, and within half a gigabyte: no bomb goes off."""
    for name, content in books.harmful().items():
        with subtests.test(name):
            assert len(content) < books.MEGABYTE, "the corpus is small on disk"
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            upload = read(tmp_path, content)
            assert codes(upload)[0] in ("workbook-suspicious", "file-not-read", "file-empty"), upload.findings
            assert all(found.message and found.fix for found in upload.findings)
            assert (upload.rows, upload.parts) == (0, [])
            assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 15


def test_other_kinds_of_file_under_the_name_of_a_workbook_are_named(tmp_path, subtests):
    """What it is, not what was missing in it."""
    for words, content in books.other_kinds().items():
        with subtests.test(words):
            upload = read(tmp_path, content)
            assert codes(upload) == ["file-not-supported"]
            assert words in upload.findings[0].message


def test_more_columns_than_are_read(tmp_path):
    """Sixteen thousand columns are counted and refused at once; blank ones behind the table are nothing."""
    wide = [*books.HEADER, *(f"c{n}" for n in range(16_377))]
    begun = time.perf_counter()
    upload = read(tmp_path, books.book_of({"S": [wide, books.ROW]}))
    assert codes(upload) == ["columns-too-many"]
    assert "16384" in upload.findings[0].message
    assert time.perf_counter() - begun < 30

    def blank_but_formatted(book):
        book["S"].cell(1, 400).fill = openpyxl.styles.PatternFill("solid", start_color="FFFFFF")

    assert read(tmp_path, books.book_of({"S": [books.HEADER, books.ROW]}, blank_but_formatted)).rows == 1


def test_three_hundred_thousand_blank_rows(tmp_path):
    """Rows that are there and hold nothing make no rows."""
    blank = b"".join(b'<row r="%d"/>' % number for number in range(3, 300_003))
    upload = read(tmp_path, books.with_part(books.SHEET, books._in_rows(blank)))
    assert (upload.rows, codes(upload)) == (1, [])


def test_what_a_workbook_holds_beside_cells_is_told(tmp_path):
    """Macros are not run, links not followed, hidden sheets and merged cells named, formulas counted."""

    def edit(book):
        book["S"].sheet_state = "hidden"
        book["S"].merge_cells("A2:A3")

    parts = books.parts_of(books.book_of({"S": [books.HEADER, books.ROW, [None, *books.ROW[1:]]], "T": [["x"]]}, edit))
    parts["xl/vbaProject.bin"] = b"macro"
    parts["xl/externalLinks/externalLink1.xml"] = b"<externalLink/>"
    parts[books.SHEET] = parts[books.SHEET].replace(b"<v>100</v>", b"<f>50*2</f><v>100</v>", 1)
    upload = read(tmp_path, books.zip_of(parts))
    told = {found.code: found for found in upload.findings}
    assert {"macros-ignored", "links-ignored", "sheet-hidden", "cells-merged", "formulas-read"} <= set(told)
    assert "A2:A3" in told["cells-merged"].message
    assert "one cell" in told["formulas-read"].message
    assert told["sheet-hidden"].severity == "warning"


@pytest.mark.parametrize(
    ("limits", "words", "variable"),
    [
        (Limits(workbook_memory_bytes=120 * books.MEGABYTE), "120 MB of memory", "GHG_MAX_WORKBOOK_MEMORY_BYTES"),
        (Limits(workbook_seconds=0), "0 seconds", "GHG_MAX_WORKBOOK_SECONDS"),
        (Limits(workbook_cpu_seconds=1), "1 seconds of a processor", "GHG_MAX_WORKBOOK_CPU_SECONDS"),
    ],
)
def test_the_process_that_reads_has_limits(tmp_path, limits, words, variable):
    """More memory or time than is allowed ends the reading, in words, with the setting that allows more."""
    book = books.long_book(1 if "0 sec" in words else 400_000 if "processor" in words else 40_000)
    upload = read(tmp_path, book, limits=limits)
    assert codes(upload) == ["workbook-too-costly"], upload.findings
    assert words in upload.findings[0].message
    assert variable in upload.findings[0].fix


def test_a_reader_that_breaks_off_is_told(tmp_path, monkeypatch):
    """Whatever ends the other process, this one has words for it."""
    path = tmp_path / "good.xlsx"
    path.write_bytes(books.good())
    with Workbook(path, tmp_path / "stage", Limits()) as book:
        book.opened()
        book.process.kill()
        with pytest.raises(Unreadable) as fault:
            book.numbers(book_sheet(), 2)
    assert fault.value.code in ("file-not-read", "workbook-too-costly")


def book_sheet():
    """The first sheet of any workbook."""
    from ledger.intake.files.workbook_reader import Sheet

    return Sheet("S", 0, False, 0, 7)


@pytest.mark.thorough
def test_limits_are_set_by_the_environment(ghg, ledger, monkeypatch):
    """Every documented variable is read; one that is no number is refused in words."""
    with monkeypatch.context() as patch:
        for name in FROM_ENVIRONMENT:
            patch.setenv(variable_of(name), "7")
        assert all(getattr(limits_set(), name) == 7 for name in FROM_ENVIRONMENT)
    path = ledger.path.with_name("a.xlsx")
    path.write_bytes(books.good())
    said = ghg("upload", path, GHG_MAX_WORKBOOK_BYTES="ten")
    assert said.code == 2
    assert "GHG_MAX_WORKBOOK_BYTES is 'ten'" in said.err
    said = ghg("upload", path, GHG_MAX_COLUMNS="6")
    assert (said.code, "at most 6" in said.out) == (1, True)
