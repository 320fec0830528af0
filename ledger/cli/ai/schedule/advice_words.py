"""Advice and what came of it, as the commands print them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any

from ledger.plain import plain_amount
from ledger.schedule.forecast import utc_text
from ledger.schedule.options import Option
from ledger.terminal import console, ruled_table, safe

if TYPE_CHECKING:
    from ledger.schedule.decide import Advice
    from ledger.schedule.recorded import HeldAdvice

_FEW = Context(prec=3, rounding=ROUND_HALF_UP)
MEMO = (
    "Savings are a memo beside the inventory: yearly factors know no hours, so no total is lower by them. They are not "
    "added to, or held against, market-based figures."
)


def advice_json(made: Advice) -> dict[str, Any]:
    """The advice as JSON values; forecasts by their digests."""
    before = made.counterfactual
    return {
        "advice_id": made.advice_id, "job": made.job.record(), "choice": made.choice, "region": made.region,
        "zone": made.zone, "start_utc": utc_text(made.start_utc),
        "intervals": [[utc_text(start), utc_text(end)] for start, end in made.intervals],
        "interrupted": made.is_interrupted, "advised_at": utc_text(made.advised_at), "reason": made.reason,
        "warnings": list(made.warnings), "expected_g_per_kwh": _plain(made.expected_g_per_kwh),
        "expected_saving_kg": _plain(made.expected_saving_kg),
        "counterfactual": {
            "start_utc": utc_text(before.start_utc), "region": before.region, "zone": before.zone,
            "expected_g_per_kwh": _plain(before.expected_g_per_kwh),
        },
        "options": [option.record() for option in made.options], "policy_sha256": made.policy_sha256,
        "forecasts": [{"zone": f.zone, "issued_at": utc_text(f.issued_at), "sha256": f.digest} for f in made.forecasts],
    }  # fmt: skip


def print_advice(made: Advice, *, recorded: bool) -> None:
    """The paragraph, the options that were weighed, and the next command."""
    out = console()
    out.print(safe(f"{made.job.job_id}: {made.choice}"), style="bold")
    out.print(safe(made.reason))
    if not any(forecast.zone == made.counterfactual.zone for forecast in made.forecasts):
        zone = made.counterfactual.zone
        out.print(
            safe(
                f"Forecasts that were issued before the decision: ghg connect grid --zone {zone} --forecast, or "
                "--forecast FILE. A region is one of ghg ai regions, a zone like DE, or a site of the policy."
            ),
            style="dim",
        )
    if made.options:
        out.print()
        table = ruled_table(("", False), ("start (UTC)", False), ("end", False), ("zone", False), ("parts", True),
                            ("g/kWh", True), ("kg CO₂e", True), ("cost", True), ("", False))  # fmt: skip
        for option in made.options:
            taken = (option.region, option.intervals) == (made.region, made.intervals)
            table.add_row(*_option_cells(option, taken=taken), style="bold" if taken else "")
        out.print(table)
    out.print()
    if recorded:
        out.print(safe(f"On record as {made.advice_id}. After the run: ghg ai true-up {made.advice_id[:8]}"))
    else:
        out.print(safe(f"Advice {made.advice_id}; nothing was recorded. --record puts it on record before the run."),
                  style="dim")  # fmt: skip


def _option_cells(option: Option, *, taken: bool) -> list[Any]:
    return [
        safe("→" if taken else ""), safe(_when(option.start)), safe(_when(option.end)), safe(option.zone),
        str(len(option.intervals)), _tenth(option.g_per_kwh), _few(option.kg), _few(option.cost), safe(option.barred),
    ]  # fmt: skip


def print_held(held: Sequence[HeldAdvice]) -> None:
    """Every advice with what was expected and what came of it."""
    out = console()
    if not held:
        out.print("No advice is on record. The first: ghg ai schedule --policy P.toml --job … --region … --record")
        return
    table = ruled_table(("advice", False), ("job", False), ("choice", False), ("zone", False), ("start (UTC)", False),
                        ("expected kg", True), ("saved kg", True), ("", False))  # fmt: skip
    for one in held:
        named = (one.advice_id[:8], one.job_id, one.choice, one.chosen_zone, _when(one.start_utc))
        table.add_row(*map(safe, named), _few(one.expected_saving_kg), _saved(one), safe(_state(one)))
    out.print(table)
    out.print()
    out.print(safe(MEMO), style="dim")


def print_truths(held: Sequence[HeldAdvice], waiting: Sequence[str]) -> None:
    """What came of advice, each in a sentence, and which still wait for their run."""
    out = console()
    for one in held:
        assert one.truth is not None  # noqa: S101 — it was just recorded
        out.print(safe(f"{one.advice_id[:8]} {one.job_id}: expected {_few(one.expected_saving_kg)} kg, "
                       f"saved {_saved(one)} kg"), style="bold")  # fmt: skip
        out.print(safe(f"  {one.truth.reason}."))
    if not held:
        out.print("Nothing to true up: no advice has a run on record yet.")
    if waiting:
        out.print(safe(f"Without a run on record: {', '.join(advice[:8] for advice in waiting)}."))
    if held:
        out.print()
        out.print(safe(MEMO), style="dim")


def _state(one: HeldAdvice) -> str:
    if one.truth is None:
        return "not trued up"
    if one.truth.saving_kg is None:
        return "not quantified"
    return "" if one.truth.is_followed else "not followed, not claimed"


def _saved(one: HeldAdvice) -> str:
    return _few(None if one.truth is None else one.truth.saving_kg)


def _when(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")


def _tenth(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.1'), ROUND_HALF_UP):f}"


def _few(value: Decimal | None) -> str:
    return "—" if value is None else f"{_FEW.plus(value):f}".replace("-", "\u2212")


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else plain_amount(value)
