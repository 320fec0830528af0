"""Energy of moving data between data centres, kWh per GB, as a published method takes it for each provider."""

from __future__ import annotations

from decimal import Decimal

from build_record import BuildError, Dataset, Raw, plain
from build_words import record

CONSTANTS = "ccf_estimation_constants.json"
NAME = "NETWORKING_COEFFICIENT"
UNIT = "kWh / Gb"
"""As the file writes it; the program multiplies gigabytes by it."""
COLUMNS = ("provider", "kwh_per_gb", "source", "verification")


def dataset(raw: Raw) -> Dataset:
    """One row a provider. Raises BuildError for a unit other than the one known, or no amount above zero."""
    held = raw.values(CONSTANTS)
    rows = []
    for provider in ("aws", "azure", "gcp"):
        constant = held[provider]["scalars"][NAME]
        if constant["comment"] != UNIT or Decimal(constant["value"]) <= 0:
            raise BuildError(f"{NAME} of {provider}: {constant['value']} {constant['comment']}")
        rows.append(
            {
                "provider": provider, "kwh_per_gb": plain(Decimal(constant["value"])),
                "source": f"Cloud Carbon Footprint, estimation constants, {NAME} of {provider}",
                "verification": "secondary",
            }
        )  # fmt: skip
    return Dataset(record(raw, "transfer-energy", CONSTANTS), rows, COLUMNS, file_name="transfer_energy")
