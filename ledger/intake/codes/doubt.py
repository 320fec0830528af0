"""Finding codes of rows that hold and yet are doubtful, and of the documents and meters that rows name."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.intake.codes.code import Code

DOUBT_CODES: Mapping[str, Code] = {
    "invoice-recorded-before": Code(
        "warning",
        "the ledger has invoice {invoice} already with another amount: {entry} ({place}) has {held}",
        "reverse {entry} if this row replaces it (ghg reverse {entry} --reason replaced), else check the number",
    ),
    "meter-recorded-before": Code(
        "warning",
        "the ledger has days of meter {meter} already: {entry} ({place}) has {held} from {first} to {last}",
        "reverse {entry} if this row replaces it (ghg reverse {entry} --reason replaced), else correct the days",
    ),
    "interval-recorded-before": Code(
        "warning",
        "{count} of these readings were recorded before, {other} of them with another value or length: the later count",
        "no action where they are meant to replace the earlier ones, which ghg hourly --at N still shows; else send "
        "the earlier values again in a new file",
        "one of these readings was recorded before ({other} with another value or length): the later counts",
    ),
    "estimate-replaced": Code(
        "warning",
        "the ledger has an estimate for these days: {entry} has {held} from {first} to {last}; both count until one is "
        "reversed",
        "ghg reverse {entry} --reason superseded",
    ),
    "quantity-implausible": Code(
        "warning",
        "{value} {unit} of {activity} is more than {limit} a {per}: {reason}",
        "check the number and its unit; where both are right, nothing need be done",
    ),
    "quantity-off-by-thousand": Code(
        "warning",
        "{value} {unit} is about {ratio} times the usual row of {facility}, {activity} ({usual} {unit}); it {likely}",
        "check the unit; a row that is recorded is put right by ghg correct ENTRY --set unit=…",
    ),
    "certificate-unretired": Code(
        "warning",
        "criterion 3 is answered met and no day of retirement is given: it counts as unretired, and covers nothing",
        "fill retired_on with the day on which it was retired or cancelled for the company",
    ),
    "certificate-untracked": Code(
        "warning",
        "the certificate has no {lacks}: what it covers cannot be looked up",
        "fill registry, certificate_from and certificate_to as the registry's statement has them",
    ),
    "certificates-too-few": Code(
        "warning",
        "the numbers hold {certificates} certificates of {each} kWh, {held} kWh in all, and the row states {kwh} kWh",
        "correct the numbers or the kWh",
    ),
    "period-long": Code(
        "warning",
        "the row spans {days} days, more than a year",
        "split it by year, so that each part takes the factors of its own year",
    ),
    "period-far": Code("warning", "the period {value} lies {where}", "check the year; factors are chosen by it"),
    "expectation-overlaps": Code(
        "warning",
        "the version from {value} runs on beyond {next}, when the next version begins",
        "end it the day before with valid_to; until then the later version counts from its own start",
    ),
    "meter-unknown": Code(
        "warning", "the ledger has no row of meter “{value}” yet", "check its spelling; a new meter needs nothing"
    ),
    "evidence-unknown": Code(
        "error",
        "“{value}” is neither a SHA-256 nor the name of one document that the ledger keeps",
        "keep the document first: ghg attach FILE; or write its SHA-256",
    ),
    "evidence-not-kept": Code(
        "warning",
        "the ledger keeps no document with the SHA-256 {value}",
        "keep it: ghg attach FILE",
    ),
}
"""Codes told beside those of intake: by what the ledger holds, and by what is plausible."""
