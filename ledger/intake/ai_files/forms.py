"""Every format of somebody else's file that is read, and which one a table or a document is."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from ledger.intake.ai_files.form import Form, field_name

_MODULES = (
    "aws", "google_cloud", "azure", "codecarbon", "grid_answers", "electricity_maps", "uk_carbon_intensity", "metrics",
    "cloud_estimates", "mlflow", "mlflow_run", "boamps", "ecologits", "gateway", "track", "telemetry",
    "without_readings",
)  # fmt: skip


@functools.cache
def forms() -> tuple[Form, ...]:
    """The formats, those first that are known by more."""
    from importlib import import_module

    found = (import_module(f"ledger.intake.ai_files.{name}") for name in _MODULES)
    return tuple(form for module in found for form in module.FORMS)


def form_of_headers(headers: Sequence[str]) -> Form | None:
    """The format of a table with these headers; of several the one that asks for most of them."""
    there = {field_name(header) for header in headers}
    fits = [(len(needed), form) for form in forms() for needed in form.headers if needed <= there]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None


def form_of_document(document: Any) -> Form | None:
    """The format of a JSON document."""
    return next((form for form in forms() if form.fits is not None and form.fits(document)), None)
