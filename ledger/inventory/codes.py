"""Every finding code about what the ledger holds as a whole; `docs/codes.md` explains each."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ledger.errors import Finding
from ledger.intake.codes.code import Code

HELD_CODES: Mapping[str, Code] = {
    "expectation-missing": Code(
        "info",
        "nobody has said what is expected; what came regularly before is taken for it",
        "ghg completeness --propose -o expectations.csv, check the rows, and ghg upload expectations.csv",
    ),
    "data-missing": Code(
        "warning",
        "{subject}: nothing from {first} to {last} ({days} days)",
        "upload the rows; or estimate them: ghg completeness --fill PERIOD -o estimates.csv; or end the expectation "
        "with valid_to",
    ),
    "statement-missing": Code(
        "warning",
        "{subject}: no provider's export from {first} to {last} ({days} days)",
        "upload it; until it arrives estimate it: ghg ai accrue --provider PROVIDER --period {month}",
    ),
    "data-overlaps": Code(
        "warning",
        "{subject}: {days} days from {first} to {last} are covered more than once, by {rows}",
        "reverse the row that is wrong, for instance ghg reverse {last_entry} --reason duplicate",
    ),
    "estimate-superseded": Code(
        "warning",
        "{subject}: estimate {shown_entry} ({first} to {last}) still counts beside the data that came, {data_entry}",
        "ghg reverse {shown_entry} --reason superseded",
    ),
    "unit-error": Code(
        "warning",
        "{subject}, {month}: {amount} {unit} where {compared} {unit} is usual; it {likely}",
        "ghg trace {shown_entry}; then ghg correct {shown_entry} --set unit=… --reason unit",
    ),
    "outlier-months": Code(
        "warning",
        "{subject}, {month}: {amount} {unit}, {ratio} times the median of {months} months before ({compared} {unit})",
        "check the largest row, {shown_entry}; where it is right, resolve the finding with the reason",
    ),
    "outlier-year": Code(
        "warning",
        "{subject}, {month}: {amount} {unit}, {ratio} times the same month of the year before ({compared} {unit})",
        "check the largest row, {shown_entry}; where it is right, resolve the finding with the reason",
    ),
    "outlier-floor-area": Code(
        "warning",
        "{subject}: {amount} {unit}, {ratio} times the median of the other facilities ({compared})",
        "check floor_m2 of the facility and its largest row, {shown_entry}",
    ),
    "outlier-headcount": Code(
        "warning",
        "{subject}: {amount} {unit}, {ratio} times the median of the other facilities ({compared})",
        "check the headcount of the facility and its largest row, {shown_entry}",
    ),
    "implied-factor": Code(
        "warning",
        "{shown_entry}: {kg} kg CO2e stated over {kwh} kWh ({source}) are {implied} kg/kWh, {ratio} times the factor "
        "of {country} ({national} kg/kWh, {factor})",
        "check the unit of the emission and of the energy, and ask the sender",
    ),
    "claim-differs": Code(
        "warning",
        "claim {claim}: {theirs} {unit} where we have {ours} {unit}, {difference} %, beyond {tolerance} %",
        "explain the difference, or correct what is wrong: {next}",
    ),
    "claim-not-comparable": Code(
        "warning", "claim {claim} cannot be compared: {why}", "upload the claim again, put right or withdrawn"
    ),
    "claim-implied-factor": Code(
        "warning",
        "claim {claim}: {kg} kg CO2e over {kwh} kWh ({source}) are {implied} kg/kWh, {ratio} times {whose} "
        "({known} kg/kWh)",
        "check units and boundary of the claim, and ask its author",
    ),
    "closed-period": Code(
        "info",
        "{fall} in {period}, which is closed: {count} in no figure until ghg restate {label}",
        "ghg restate {label} --reason late_data --check shows what would change",
    ),
    "period-open-again": Code(
        "info",
        "{period} is open again: its figures are no longer those that were {event}",
        "ghg submit {label}, as it now stands",
    ),
}
"""Codes of completeness, plausibility and claims (`ghg completeness`, `ghg claims`), and of rows in settled periods."""


class _Blank(dict[str, str]):
    """Words of a message; one that was not given is left out."""

    def __missing__(self, key: str) -> str:
        return ""


def told(code: str, *, entry: str | None = None, effect_kg: Decimal | None = None, value: str | None = None,
         **words: object) -> Finding:  # fmt: skip
    """The finding of a code about what the ledger holds; ``words`` fill the places of its texts."""
    rule = HELD_CODES[code]
    given = _Blank({name: str(word) for name, word in words.items()})
    return Finding(
        code, rule.severity, rule.message.format_map(given), rule.fix.format_map(given), value=value,
        entry=entry, effect_kg=effect_kg,
    )  # fmt: skip
