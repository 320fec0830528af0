"""Finding codes of files that other programs write: what they are, what they leave open, what does not fit."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.intake.code import Code

AI_CODES: Mapping[str, Code] = {
    "json-not-read": Code("error", "the JSON cannot be read: {reason}", "export it again, and do not edit it"),
    "records-not-recognised": Code(
        "error",
        "no export that is known has these keys: {keys}",
        "docs/ai-files.md lists the files that are read; send anything else as CSV or XLSX (ghg template activity)",
    ),
    "records-mixed": Code(
        "error", "the file begins as {title} and goes on with other keys: {keys}", "upload each in a file of its own"
    ),
    "foreign-file": Code(
        "info",
        "this is {title}: {count} records make rows: {made}",
        "no action needed",
        "this is {title}: its record makes rows: {made}",
    ),
    "choice-needed": Code("error", "{what}", "say it: --choose {choice}"),
    "choice-unknown": Code(
        "error", "{title} leaves no “{value}” to choose", "its choices are: {choices}; and columns of its rows"
    ),
    "choice-not-read": Code("error", "the choice {column} is “{value}”", "choose {allowed}"),
    "answer-goes-on": Code(
        "warning",
        "the answer has a further page ({column} is filled), which is not in this file",
        "fetch the further pages and upload them too",
    ),
    "answer-denied": Code(
        "error",
        "the answer leaves out a subscription that was denied: {value}",
        "let the reader's role be given and ask again; or take what is there: --choose denied=without",
    ),
    "statement-blank": Code(
        "warning",
        "the row states no emissions; blank is not zero, and nothing is posted of it",
        "ask the provider, or upload an estimate marked as such",
    ),
    "statement-one-basis": Code(
        "warning",
        "{count} rows have no {basis} figure; the {other} one counts in its place",
        "no action where the provider states no other",
        "one row has no {basis} figure; the {other} one counts in its place",
    ),
    "statement-basis-unstated": Code(
        "info",
        "{title} does not say whether its figures are location-based or market-based; that is kept with each row",
        "no action needed",
    ),
    "statement-unit": Code(
        "error", "the unit is “{value}”, and {expected} is expected", "check the export: a ton is a thousand kilograms"
    ),
    "statement-superseded": Code(
        "info",
        "{count} rows state the same services by an earlier method ({value}); the latest counts",
        "no action needed",
        "one row states the same services by an earlier method ({value}); the latest counts",
    ),
    "statement-methods": Code(
        "warning",
        "the provider changed its method within the file ({value}): figures before and after do not compare",
        "ask for the earlier months by the later method, and restate them",
    ),
    "statement-parts-differ": Code(
        "warning",
        "the total is {value}, and its scopes come to {sum}; the total counts",
        "ask the provider which is right",
    ),
    "statement-changed": Code(
        "error",
        "the ledger has another figure for the same services and days: {entry} has {held}, the file {value} {unit}",
        "where the provider restated it, reverse the earlier one (ghg reverse {entry} --reason restated), then upload",
    ),
    "statement-overlaps": Code(
        "error",
        "the ledger has figures of the same provider and days from another kind of report ({other}, {entry}); both "
        "would count",
        "keep one kind of report: reverse the earlier batch, or leave these days out",
    ),
    "statement-recorded-before": Code(
        "info",
        "{count} rows are in the ledger already with the same figure; they are passed over",
        "no action needed",
        "one row is in the ledger already with the same figure; it is passed over",
    ),
}
"""Codes of the formats of :mod:`ledger.intake.ai_files`."""
