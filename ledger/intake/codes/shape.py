"""Finding codes of files as people have them: wide tables, mappings, years gone by, readings of meters."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.intake.codes.code import Code

SHAPE_CODES: Mapping[str, Code] = {
    # tables that are wide
    "pivot-offered": Code(
        "error",
        "{what} stand across the columns: {mapping}",
        "if that is right, add: --pivot {pivot}{year}",
    ),
    "pivot-not-possible": Code(
        "error", "no table has {pivot} across its columns", "upload the file without --pivot, or take another of it"
    ),
    "pivot-year-missing": Code(
        "error",
        "column “{value}” does not say its year, and the table has no year column",
        "add: --pivot {pivot} --year {year}",
    ),
    "pivot-column-twice": Code(
        "error",
        "columns “{first}” and “{value}” say the same of their cells",
        "rename one of them, or keep the second set of columns in a table of its own",
    ),
    "pivot-column-unsure": Code(
        "error",
        "column “{value}” is no activity type for sure",
        "{near}ghg mapping propose {file} writes a file that says what it is; upload with --mapping FILE",
    ),
    "pivot-total-differs": Code(
        "error",
        "the total {value} is not the sum of its cells, which is {sum}",
        "correct the cell or the total, or remove the total's column",
    ),
    "pivot-blank": Code(
        "info",
        "{count} blank cells make no row; blank is not zero",
        "enter 0 where nothing was used, and a value or an estimate where it is not known",
        "one blank cell makes no row; blank is not zero",
    ),
    "unit-from-header": Code("info", "the unit {unit} is taken from the header “{value}”", "no action needed"),
    "unit-contradicts-header": Code(
        "error", "the unit is {value} here and {unit} in the header “{header}”", "keep the one that is right"
    ),
    "mapping-unused": Code(
        "error", "{mapping} names a {what} “{value}” that the file does not have", "correct it there, or remove it"
    ),
    "kind-of-extension": Code(
        "info",
        "read as {name} ({about}), by the mapping of an extension",
        "give --as KIND or --mapping FILE where it is something else",
    ),
    # years gone by
    "history-offered": Code(
        "error",
        "this is a table of emissions that were stated by year and scope; they would stand in for activity data",
        "if that is meant, add: --as history{pivot}",
    ),
    "history-method-missing": Code(
        "error",
        "“{value}” of Scope 2 does not say whether it is location-based or market-based",
        "say it in the label or in a column method",
    ),
    # readings of meters
    "meter-single-reading": Code(
        "warning",
        "{value} is the only reading of meter {meter}; consumption follows from two, and nothing of it is kept",
        "hand it in again together with the next reading",
    ),
    "meter-first-readings": Code(
        "info",
        "the first readings of {count} meters begin a consumption and end none",
        "no action needed",
        "the first reading of a meter begins a consumption and ends none",
    ),
    "meter-reset-without-closing": Code(
        "warning",
        "meter {meter} begins anew with {value}, and its last reading before that was on {since}; what it counted "
        "in between is not in the file",
        "add the closing reading of the same day without reset, or the consumption as activity data",
    ),
    "meter-same-day": Code(
        "error",
        "meter {meter} was read on this day already (line {first})",
        "keep one of the two, or mark the later with day_end or reset",
    ),
    "meter-changed": Code(
        "error",
        "{column} of meter {meter} is {value}, and was {old} at the reading before",
        "correct it, or mark the reading with reset where the meter was replaced",
    ),
    "meter-backwards": Code(
        "error",
        "meter {meter} shows {value}, less than the {old} before",
        "correct the reading; mark it with reset where the meter was replaced, or fill in digits where the register "
        "began at 0 again",
    ),
    "meter-rollover": Code(
        "warning",
        "meter {meter} shows {value} after {old}: its register, which counts to {digits}, is taken to have begun anew",
        "check both readings",
    ),
    "meter-differs-from-ledger": Code(
        "error",
        "meter {meter} shows {value} here and {held} in the ledger on the same day ({entry})",
        "correct the reading, or reverse the entry first: ghg reverse {entry} --reason error",
    ),
    "meter-reading-before": Code(
        "info",
        "the reading {value} of meter {meter} is not later than the last in the ledger ({last}, {entry}); passed over",
        "no action needed",
    ),
}
"""What is offered, checked or told where rows are made of cells, of readings, or of totals."""
