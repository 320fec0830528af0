"""The three lines at the end of a run: energy, carbon, and what of it is an estimate."""

from __future__ import annotations

from decimal import Decimal

from ghg_track.record import Record
from ghg_track.totals import PARTS

_NAMES = {"gpu": "GPU", "cpu": "CPU", "ram": "memory"}
_WORDS = {
    "counter": "measured by its counter", "integrated_power": "summed up from measured power",
    "model": "estimated by a model", "tdp": "estimated from its rated power",
}  # fmt: skip


def lines(record: Record, *, why_not: str | None) -> tuple[str, str, str]:
    """The lines; ``why_not`` says why nothing was measured, where that is known."""
    where = f"written to {record.spool.path}" if record.spool.path else "not written: no folder took it"
    if record.last is None or not record.last.wh:
        first = f"energy not known: {why_not or 'CodeCarbon told nothing'}"
        return (f"{record.name}: {first}", f"{record.name}: carbon not known", f"{record.name}: {where}")
    last = record.last
    parts = ", ".join(f"{_NAMES[part]} {shown(last.wh[part] / 1000)}" for part in PARTS if part in last.wh)
    overhead = f"PUE {last.pue} inside" if last.pue else "without the building's overhead"
    place = last.country or last.cloud_region
    carbon = 'carbon not stated: say country="DEU", or let the ledger do it'
    if place and last.co2e_kg is not None:
        carbon = f"{shown(last.co2e_kg)} kg CO2e by CodeCarbon's average of {place}; the ledger takes its own factor"
    ways = _ways(record)
    if last.gpu_count and "gpu" not in last.wh:
        ways.append("GPU not read")
    if record.who.unseen_gpus:
        ways.append(f"not seen: {record.who.unseen_gpus}")
    return (
        f"{record.name}: {shown(last.all_wh / 1000)} kWh in {_clock(record.seconds)} ({parts}; {overhead})",
        f"{record.name}: {carbon}",
        f"{record.name}: {'; '.join(ways)}; {where}",
    )


def _ways(record: Record) -> list[str]:
    """What is an estimate and what was measured, the parts of one way together."""
    read = [part for part in PARTS if record.last is not None and part in record.last.wh]
    parts = {way: [_NAMES[part] for part in read if record.method[part] == way] for way in _WORDS}
    return [f"{' and '.join(names)} {_WORDS[way]}" for way, names in parts.items() if names]


def shown(value: Decimal) -> str:
    """A number with four digits that count, without an exponent."""
    return format(Decimal(f"{value:.4g}"), "f")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
