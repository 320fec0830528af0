"""What CodeCarbon tells of a run so far: cumulative energy of each part, read without trust."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ghg_track.about import written

PARTS = ("gpu", "cpu", "ram")
METHODS: Mapping[str, str] = {"gpu": "counter", "cpu": "model", "ram": "model"}
"""How the energy of each part comes about where nothing is proven: CodeCarbon reads GPUs and models the rest."""
_MILLIONTH = Decimal("0.000001")
_MODES = {
    "intel_rapl": "counter", "windows_emi": "counter", "intel_power_gadget": "integrated_power",
    "constant": "tdp", "cpu_load": "model",
}  # fmt: skip
"""CodeCarbon's modes of a processor; `constant` is half of its rated power."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Everything since the tracker began.

    Attributes:
        tracker: the tracker's own id; another one begins at zero.
        seconds: since it began.
        wh: part → watt hours with six decimals; a part that was not read is left out.
        co2e_kg: as CodeCarbon states it by its own average, None where it is no number.
        pue: what the energy was multiplied by already; None where that is one.
    """

    tracker: str
    seconds: float
    wh: Mapping[str, Decimal]
    co2e_kg: Decimal | None
    pue: str | None
    country: str | None
    cloud_provider: str | None
    cloud_region: str | None
    gpu_count: int
    gpu_model: str | None
    version: str | None

    @property
    def all_wh(self) -> Decimal:
        """Watt hours of all parts."""
        return sum(self.wh.values(), Decimal(0))


def totals(told: Any) -> Totals:
    """The totals in an object with the fields of CodeCarbon's `EmissionsData`."""
    energies = {part: _number(told, f"{part}_energy", 1000) for part in PARTS}
    pue = _number(told, "pue")
    seconds = _number(told, "duration")
    return Totals(
        tracker=str(getattr(told, "run_id", "")),
        seconds=float(seconds) if seconds is not None and seconds > 0 else 0.0,
        wh={part: wh for part, wh in energies.items() if wh is not None and wh > 0},
        co2e_kg=_number(told, "emissions", places=_MILLIONTH * _MILLIONTH),
        pue=None if pue is None or pue == 1 else format(pue.normalize(), "f"),
        country=_text(told, "country_iso_code"),
        cloud_provider=_text(told, "cloud_provider"),
        cloud_region=_text(told, "cloud_region"),
        gpu_count=int(_number(told, "gpu_count") or 0),
        gpu_model=_text(told, "gpu_model"),
        version=_text(told, "codecarbon_version"),
    )


def proven(hardware: Iterable[Any]) -> dict[str, str]:
    """How each part's energy comes about, by the meters that a tracker of CodeCarbon found."""
    methods = dict(METHODS)
    for meter in hardware:
        kind, part = type(meter).__name__, str(getattr(meter, "chip_part", "")).lower()
        if kind == "CPU":
            methods["cpu"] = _MODES.get(str(getattr(meter, "_mode", "")), "model")
        elif kind == "GPU":
            devices = getattr(getattr(meter, "devices", None), "devices", ())
            if any(getattr(device, "_use_power_fallback", False) for device in devices):
                methods["gpu"] = "integrated_power"
        elif kind in {"AppleSiliconChip", "Raspberry"} and part in methods:
            methods[part] = "integrated_power"
    return methods


def _number(told: Any, name: str, times: int = 1, places: Decimal = _MILLIONTH) -> Decimal | None:
    """A field as an exact decimal, rounded half away from zero; None where it is no number."""
    try:
        value = Decimal(repr(float(getattr(told, name)))) * times
        return value.quantize(places, ROUND_HALF_UP) if value.is_finite() else None
    except (AttributeError, TypeError, ValueError, ArithmeticError):
        return None


def _text(told: Any, name: str) -> str | None:
    return written(getattr(told, name, None))
