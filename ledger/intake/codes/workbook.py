"""Finding codes of workbooks: what is refused, what is passed over, and what a cell does not show."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.intake.codes.code import Code

WORKBOOK_CODES: Mapping[str, Code] = {
    "workbook-suspicious": Code("error", "the workbook is refused: {reason}", "save the data in a plain new workbook"),
    "workbook-too-costly": Code(
        "error",
        "the workbook is refused: {reason}",
        "save the data alone in a new workbook or as CSV; {variable} sets another limit",
    ),
    "sheet-skipped": Code(
        "info", "sheet “{value}” holds no known table and was not read", "no action where it is notes"
    ),
    "sheet-not-read": Code(
        "warning",
        "sheet “{value}” has columns of {kind} and was not read, since it lacks {missing}",
        "name its columns as in `ghg template {kind}`, or hand it in as a file of its own; no action where its rows "
        "come elsewhere",
    ),
    "sheet-missing": Code("error", "there is no sheet “{value}”", "choose one of: {names}"),
    "sheet-hidden": Code(
        "warning",
        "sheet “{value}” is hidden in the workbook, and its rows were read",
        "show the sheet and check it; delete it, or name the one to read with --sheet, where it is not meant",
    ),
    "macros-ignored": Code(
        "info", "the workbook holds macros; none was run, and only its cells were read", "no action needed"
    ),
    "links-ignored": Code(
        "warning",
        "the workbook takes values from {count} other workbooks; they were not opened, the values stored here count",
        "check that they are up to date, and hand in the other workbooks too: ghg attach FILE",
        "the workbook takes values from another workbook; it was not opened, the values stored here count",
    ),
    "formulas-read": Code(
        "info",
        "{count} cells of sheet “{value}” are formulas; the values stored with them were read",
        "no action where the workbook was calculated when it was saved",
        "one cell of sheet “{value}” is a formula; the value stored with it was read",
    ),
    "cells-merged": Code(
        "warning",
        "sheet “{value}” has merged cells among its rows ({place}); only the first of them holds the value",
        "unmerge them, and fill in each row",
    ),
    "formula-without-value": Code(
        "error",
        "the formula in this cell has no stored value",
        "open the workbook in a spreadsheet program, let it calculate, and save; or paste the value",
    ),
    "formula-failed": Code("error", "the cell holds the error {value}", "mend the formula or paste the value"),
    "identifier-cut": Code(
        "warning",
        "“{value}” is a number of more than 15 digits: a spreadsheet has replaced its last digits by zeros",
        "format the column as text before typing identifiers",
    ),
}
