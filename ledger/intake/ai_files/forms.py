"""Every format of somebody else's file that is read, and which one a table or a document is."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from ledger.intake.ai_files.form import Form, field_name


@functools.cache
def forms() -> tuple[Form, ...]:
    """The formats, those first that are known by more."""
    from ledger.intake.ai_files import aws, azure, codecarbon, electricity_maps, google_cloud, metrics, without_readings

    return (
        *aws.FORMS, *google_cloud.FORMS, *azure.FORMS, *codecarbon.FORMS, *electricity_maps.FORMS, metrics.METRICS,
        *without_readings.FORMS,
    )  # fmt: skip


def form_of_headers(headers: Sequence[str]) -> Form | None:
    """The format of a table with these headers; of several the one that asks for most of them."""
    there = {field_name(header) for header in headers}
    fits = [(len(needed), form) for form in forms() for needed in form.headers if needed <= there]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None


def form_of_document(document: Any) -> Form | None:
    """The format of a JSON document."""
    return next((form for form in forms() if form.fits is not None and form.fits(document)), None)


def choice_names() -> dict[str, str]:
    """What may be chosen for some format or other, and what it means."""
    return {name: meaning for form in forms() for name, meaning in form.choices.items()}
