"""Finding codes of estimates that stand for a provider's export until it arrives."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.intake.codes.code import Code

ACCRUAL_CODES: Mapping[str, Code] = {
    "accrual-held": Code(
        "error",
        "{value} is accrued for these days already ({accrual}, {kg} kg): both would count",
        "keep it; or take it back first (ghg reverse {accrual} --reason TEXT), then accrue again",
    ),
    "accrual-late": Code(
        "error",
        "the export of {value} for these days is in the book ({statement}): an estimate beside it would count twice",
        "leave the estimate out; what the provider stated counts",
    ),
    "accrual-nameless": Code(
        "error", "nothing says whose services are estimated", "fill cloud_provider: aws, azure, gcp …"
    ),
    "accrual-made": Code(
        "info",
        "{value} is estimated at {kg} kg for {days}, until its export arrives",
        "no action needed: the upload of the export reverses it",
    ),
    "accrual-reversed": Code(
        "warning",
        "the export of {value} is here: its estimate {accrual} of {kg} kg is reversed in this batch; the export has "
        "{stated} kg on {days}",
        "no action where the export holds all of these days; else accrue what it lacks",
    ),
    "accrual-beside-runs": Code(
        "warning",
        "runs with {value} came for days that are accrued ({accrual}): the estimate took off the runs that were there "
        "then, and may hold these too",
        "take it back (ghg reverse {accrual} --reason TEXT) and accrue again; or leave it until the export arrives",
    ),
}
"""Codes of activity type `cloud_services_accrued`."""
