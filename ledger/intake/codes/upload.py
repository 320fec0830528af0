"""Every finding code of an upload: how grave it is, what it says, and what to do. `docs/codes.md` explains each."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.intake.codes.accrual import ACCRUAL_CODES
from ledger.intake.codes.ai import AI_CODES
from ledger.intake.codes.asset import ASSET_CODES
from ledger.intake.codes.code import Code
from ledger.intake.codes.doubt import DOUBT_CODES
from ledger.intake.codes.formula import FORMULA_CODES
from ledger.intake.codes.publisher import PUBLISHER_CODES
from ledger.intake.codes.run import RUN_CODES
from ledger.intake.codes.shape import SHAPE_CODES
from ledger.intake.codes.workbook import WORKBOOK_CODES

CODES: Mapping[str, Code] = {
    # the file
    "file-empty": Code("error", "the file holds no rows", "check that the right file was exported"),
    "file-too-large": Code("error", "the file has {size} bytes; at most {limit} are read", "split it by year or site"),
    "file-not-supported": Code(
        "error", "this is {found}, not a CSV or XLSX file", "save it as XLSX or as CSV in UTF-8 and upload that"
    ),
    "file-not-read": Code("error", "the file cannot be read: {reason}", "open it, save it anew and upload that"),
    "rows-too-many": Code("error", "the file has more than {limit} rows", "split it by year or site"),
    "columns-too-many": Code(
        "error", "the table has {found} columns; at most {limit} are read", "remove unused columns"
    ),
    "encoding-not-known": Code("error", "byte {value} cannot be read as {encoding}", "save the file as CSV in UTF-8"),
    "encoding-assumed": Code(
        "warning",
        "the file is not UTF-8; it was read as Windows-1252 (Western European)",
        "check names with accents, or save the file as CSV in UTF-8",
    ),
    "nul-byte": Code("error", "the line holds a NUL byte", "export the file again; it is damaged or not a text file"),
    "unclosed-quote": Code(
        "error",
        "a quotation mark that opens here is never closed, so the rest of the file is one cell",
        "close the quotation, or write a quotation mark inside a cell twice",
    ),
    "ragged-row": Code(
        "error",
        "the row has {found} cells where the header has {expected}",
        "look for a missing or an extra delimiter, or a delimiter inside a cell without quotation marks",
    ),
    # the workbook
    **WORKBOOK_CODES,
    # the header
    "title-rows-skipped": Code(
        "info",
        "{count} lines above the header were passed over",
        "no action needed",
        "one line above the header was passed over",
    ),
    "kind-not-recognised": Code(
        "error",
        "no kind of upload has these columns; the nearest is {kind}, which lacks {missing}",
        "name the columns as in `ghg template {kind}`, or say the kind with --as",
    ),
    "kind-ambiguous": Code("error", "the columns fit {kinds} equally well", "say which it is with --as {first}"),
    "column-missing": Code(
        "error",
        "{kind} needs column {missing}, which the file does not have",
        "add the column, or say in a mapping file what means it or holds for every row: "
        "ghg mapping propose {file}{near}",
    ),
    "column-duplicate": Code(
        "error", "columns “{first}” and “{value}” both mean {meaning}", "keep one of them, or rename the other"
    ),
    "column-extra": Code("warning", "column “{value}” is not known; {kept}", "no action where that is meant{near}"),
    "column-unnamed": Code("warning", "column {value} has cells but no header; {kept}", "give the column a header"),
    # rows
    "row-blank": Code(
        "info", "{count} blank rows were passed over", "no action needed", "one blank row was passed over"
    ),
    "row-total": Code(
        "error", "this row looks like a total (“{value}”), not like data", "remove total and subtotal rows"
    ),
    "row-duplicate": Code(
        "warning", "the row is the same as line {first} in every field", "remove it if the activity happened once"
    ),
    "row-recorded-before": Code(
        "warning",
        "the ledger seems to have this row already, as entry {entry}",
        "reverse one of the two if the activity happened once: ghg reverse ENTRY --reason duplicate",
    ),
    "identity-duplicate": Code(
        "error", "{value} stands twice in the file, first on line {first}", "keep one row, or date the versions apart"
    ),
    "holding-of-itself": Code(
        "error", "{value} cannot hold itself", "name the company that holds it; own shares are no holding"
    ),
    "holding-over-whole": Code(
        "error",
        "on {day} {total} of {child} would be held: {parts}",
        "correct the shares, or end what was sold: its row again with valid_to",
    ),
    "holding-circle": Code(
        "error",
        "on {day} the holdings lead in a circle: {way}",
        "correct parent and child, or end one of these holdings with valid_to",
    ),
    "holding-overlap": Code(
        "error",
        "the holding from {value} begins before the end of another of the same two companies: {other}",
        "end the earlier one the day before: its row again with another valid_to",
    ),
    # cells
    "value-missing": Code("error", "{column} is blank", "fill in {column}: {meaning}"),
    "quantity-missing": Code(
        "error",
        "the quantity is blank, and blank is not zero",
        "enter the quantity or an estimate marked as such; leave the row out where nothing happened",
    ),
    "value-not-allowed": Code("error", "“{value}” is not a value of {column}", "{near}write one of: {allowed}"),
    "value-too-long": Code("error", "the cell has {found} characters; at most {limit} are kept", "shorten the text"),
    "text-control": Code(
        "error", "the cell holds a control character ({value})", "retype the cell; it was pasted with hidden characters"
    ),
    "text-invisible": Code(
        "error",
        "the cell holds an invisible or direction-changing character ({value})",
        "retype the cell; what is shown and what is stored differ",
    ),
    "text-mixed-scripts": Code(
        "warning",
        "“{value}” mixes letters of different alphabets that look alike",
        "retype it in one alphabet, so that it is found again",
    ),
    "tags-not-read": Code("error", "“{value}” is not a JSON object", 'write tags as {{"name": "value"}}'),
    # numbers
    "number-not-read": Code("error", "“{value}” is not a number{locale}", "write it as {example}"),
    "number-not-finite": Code(
        "error", "“{value}” is not a quantity", "enter a number, or leave the row out where there is none"
    ),
    "number-scientific": Code(
        "error",
        "“{value}” is in scientific notation, which may have lost digits",
        "format the column as a number and export again",
    ),
    "number-with-unit": Code(
        "error",
        "“{value}” holds more than a number",
        "put the number alone here, and its unit in column unit where there is one; 60 % of the whole is 0.6",
    ),
    "number-ambiguous": Code(
        "error",
        "“{value}” may be a decimal or a thousand",
        "say how the file writes numbers: --locale en reads {en}, --locale de reads {de}",
    ),
    "number-decimal-comma": Code(
        "error", "“{value}” has a decimal comma", "say how the file writes numbers, for instance --locale {locale}"
    ),
    "number-grouped": Code(
        "error", "“{value}” has thousands separators", "say how the file writes numbers, for instance --locale {locale}"
    ),
    "number-too-precise": Code(
        "error",
        "“{value}” has more than {scale} decimals, which would be lost",
        "give the quantity in a smaller unit, or round it and say so in a note",
    ),
    "number-too-large": Code(
        "error",
        "“{value}” has more than {digits} digits before the decimal point",
        "give the quantity in a larger unit",
    ),
    "number-rounded": Code(
        "info",
        "the workbook's number {value} was rounded to {scale} decimals; its text is kept",
        "no action needed",
    ),
    "number-negative": Code(
        "error",
        "{column} is negative ({value})",
        "enter it positive{instead}",
    ),
    "number-out-of-range": Code("error", "{column} is {value}, outside {allowed}", "check the value"),
    # dates
    "date-not-read": Code("error", "“{value}” is not a date", "write dates as 2026-07-31"),
    "date-order-unknown": Code(
        "error",
        "the order of day and month in “{value}” is not told",
        "write dates as 2026-07-31, or say their order: --locale en-GB or de (day first), --locale en-US (month first)",
    ),
    "date-from-serial": Code(
        "info", "the serial number {value} was read as a date of the workbook's calendar", "check one of the dates"
    ),
    "date-out-of-range": Code("error", "{value} is not in the years {allowed}", "check the year"),
    "period-not-read": Code(
        "error", "“{value}” is not a {what}", "write 2026-07 for a month, 2026-Q3 for a quarter, 2026 for a year"
    ),
    "period-end-before-start": Code("error", "the end ({value}) is before the start", "exchange or correct the dates"),
    "period-outside-facility": Code(
        "error",
        "the period {value} lies outside the dates of facility {facility} ({dates})",
        "correct the dates or the facility, or upload the facility with its true dates",
    ),
    "instant-without-zone": Code(
        "error", "“{value}” has no offset and the row no time zone", "add Z or an offset, or fill column timezone"
    ),
    "instant-not-read": Code(
        "error", "“{value}” is not an instant of the time zone", "write it as 2026-07-31T14:00:00Z"
    ),
    # what is known
    "activity-type-unknown": Code(
        "error", "“{value}” is not a known activity type", "{near}ghg template activity lists them all"
    ),
    "activity-type-ambiguous": Code("error", "“{value}” may mean {meanings}", "write one of the codes"),
    "unit-unknown": Code("error", "“{value}” is not a known unit", "{near}units are spelled exactly: kWh, MWh, t, m3"),
    "unit-unsuited": Code(
        "error", "{activity} is not measured in {value} ({dimension})", "give it in a unit of {allowed}"
    ),
    "currency-unknown": Code(
        "error", "“{value}” is not a currency with exchange rates", "write its ISO code, like EUR"
    ),
    "currency-contradicts-unit": Code(
        "error", "the unit is {unit} and the currency is {value}", "keep the one in which the amount is"
    ),
    "calorific-basis-assumed": Code(
        "warning",
        "{activity} is given in {value} without a calorific basis; gross (higher) is taken, as bills have it",
        "fill column calorific_basis with gross or net",
    ),
    "facility-unknown": Code(
        "error",
        "facility “{value}” is not known",
        "{near}upload it first: ghg upload {file} --propose facilities.csv writes the file to fill in",
    ),
    "facility-group-not-read": Code(
        "error",
        "“{value}” is no group of facilities",
        "write LON+MAN, or with stated shares LON:60+MAN:40, each facility once",
    ),
    "shared-by-missing": Code(
        "error",
        "“{value}” is a bill of several facilities, and nothing says by what it is shared",
        "fill column shared_by with floor_area, headcount or stated",
    ),
    "share-basis-missing": Code(
        "error", "{value} has no {what} by which the bill could be shared", "upload it first, or give stated shares"
    ),
    "share-stated-missing": Code(
        "error", "the share of {value} in the bill is not stated", "write LON:60+MAN:40, a share for each"
    ),
    "share-sum-differs": Code(
        "warning",
        "the stated shares of {value} come to {sum}, and to neither 1 nor 100: each is taken as so many parts of {sum}",
        "correct them where per cent are meant; no action where they are parts",
    ),
    "share-of-formula": Code(
        "error",
        "the quantity of “{value}” follows from a formula and cannot be shared",
        "give a row for each facility",
    ),
    "facility-missing": Code(
        "warning",
        "{activity} has no facility; its place is taken from the row's country, and it counts in full",
        "fill column facility_id",
    ),
    "legal-entity-unknown": Code(
        "error",
        "legal entity “{value}” is not known",
        "{near}upload it first: ghg upload {file} --propose entities.csv writes the file to fill in",
    ),
    "country-unknown": Code("error", "“{value}” is not a country", "{near}write its ISO 3166 code, like GB"),
    "timezone-unknown": Code("error", "“{value}” is not a time zone", "write its IANA name, like Europe/London"),
    "factor-unknown": Code(
        "error", "emission factor “{value}” is not known", "upload it first (ghg template factor) or leave it blank"
    ),
    "contract-unknown": Code(
        "warning",
        "contract “{value}” is no known instrument",
        "upload it for market-based figures: ghg upload {file} --propose instruments.csv writes the file to fill in",
    ),
    "chp-without-efficiency": Code(
        "error",
        "the split by efficiencies needs {column}, which is not given",
        "enter the efficiency of making the product alone (0 to 1) with its source, or split by energy_content",
    ),
    "series-of-nothing": Code(
        "warning",
        "“{value}” is no {kind} in the register, so the series matches nothing",
        "name a known {kind}; several meters of a facility are written FACILITY/METER",
    ),
    "criterion-applies": Code(
        "error",
        "criterion {number} applies to an instrument of type {type} and cannot be na",
        "answer it: met, not_met or unknown (unknown counts as not met)",
    ),
    "instrument-without-energy": Code("error", "the instrument holds no kWh", "enter the kWh, or leave the row out"),
    "retired-before-issue": Code(
        "error", "it was retired on {value}, before it was issued on {issued}", "exchange or correct the two days"
    ),
    "certificates-claimed-twice": Code(
        "error",
        "certificates from “{value}” on are held already by {other} ({place}) of the same registry",
        "correct the numbers, or withdraw the other lot (withdrawn = yes); a certificate counts once",
    ),
    "classification-unknown": Code(
        "warning",
        "no spend factor has NAICS code {value}; the row will not be quantified",
        "use a six-digit NAICS 2017 code",
    ),
    "stated-scope-differs": Code(
        "warning",
        "the row states {value}; {activity} is {expected}",
        "check the activity type; the catalogue's scope is used",
    ),
    "stated-scope-missing": Code(
        "error",
        "emissions stated by someone else need a scope",
        "fill stated_scope, or use type stated_scope_1 and so on",
    ),
    # registers, and what a row says of itself
    "interval-without-quantity": Code(
        "error",
        "the range {value} does not hold the quantity",
        "give both ends in the unit of the quantity, low below it and high above; or column uncertainty_pct",
    ),
    "not-above-zero": Code("error", "{column} is {value}, and must be above zero", "correct it, or leave the row out"),
    "covers-unknown": Code(
        "error", "“{value}” names scopes that are none", "write the scopes it covers, each once, joined by bars: 1|2|3"
    ),
    "validity-overlap": Code(
        "warning",
        "the price holds until {value}, and a later version of the same scheme begins before",
        "end it the day before the next begins; the later one holds from its own day on",
    ),
    "measure-unknown": Code("error", "“{value}” is not a measure of the inventory", "write one of: {allowed}"),
    "target-not-after-base": Code("error", "the target year {value} is not after the base year", "correct the years"),
    "credit-cancelled-early": Code(
        "error", "cancelled on {value}, before the year in which it was made", "correct the day or the vintage year"
    ),
    "removal-overlap": Code(
        "warning",
        "{value} and {other} are of the same kind, place and days",
        "keep one where it is the same carbon; both count otherwise",
    ),
    # formulas, their terms, and money
    **FORMULA_CODES,
    # publishers' files of factors
    **PUBLISHER_CODES,
    # what was taken for granted
    "data-basis-assumed": Code(
        "info",
        "{count} rows do not say how their quantity came about; they are taken as calculated",
        "fill column data_basis with measured, calculated, estimated or proxy",
        "one row does not say how its quantity came about; it is taken as calculated",
    ),
    "spend-beside-quantity": Code(
        "info",
        "{count} rows have a quantity and a cost; the quantity is used and the cost kept in the tags",
        "no action needed",
        "one row has a quantity and a cost; the quantity is used and the cost kept in the tags",
    ),
    "default-taken": Code("info", "{column} is not given; {value} is taken", "fill the column where that is wrong"),
    "serves-assumed": Code(
        "info",
        "{value} names no supplier and no kind; it is taken as an average of its place, which serves location-based "
        "and market-based figures",
        "fill column supplier where it is a supplier's rate, which serves market-based figures alone, or column serves",
    ),
    **SHAPE_CODES,
    # files that other programs write
    **AI_CODES,
    **DOUBT_CODES,
    # runs of AI models and readings of their energy
    **RUN_CODES,
    # machines held
    **ASSET_CODES,
    # months before a provider's export
    **ACCRUAL_CODES,
}
"""Finding codes of intake, in the order in which a file meets them."""
