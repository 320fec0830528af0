"""The comparison of hardware and places before a run: a form, and its answer at an address of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.errors import Misuse
from ledger.plain import visible
from ledger.web.ai.parts import TABS, answer_file, ends, of_form, told_fault
from ledger.web.frame.charts import drawn
from ledger.web.frame.forms import Form, Posted
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.tables import Column, Row, Table

if TYPE_CHECKING:
    from ledger.ai.interval import Interval
    from ledger.ai.tradeoff.compare import Comparison, Wish

router = APIRouter()
AMOUNTS = ("hours", "flops", "utilisation", "count", "draw", "host_power_w", "life_years", "carbon_price")
WORDS = ("reference", "benchmark", "precision", "basis", "price_kind", "run", "prices", "start")
BY_PLACE = ("pue", "factor", "market_factor", "zone")
MANY = ("hardware", "places", "options")
FIELDS = (*MANY, *AMOUNTS, *WORDS, *BY_PLACE, "power_w")
EXAMPLE = {
    "hardware": "H100 SXM\nA100 SXM4 80GB", "places": "gcp:us-central1\ngcp:europe-north1\nPL", "hours": "1000",
    "reference": "A100 SXM4 80GB", "benchmark": "bert/v2.1/8", "count": "8", "pue": "PL=1.3",
}  # fmt: skip


@router.get("/ai/compare")
def compare(here: InPage) -> Response:
    """The form, and below it the answer where something was asked."""
    asked = asked_of(here)
    if not any(asked[name] for name in MANY):
        return _page(here, asked, None, "", "")
    try:
        made = compared(here, asked)
        if form := here.query("file"):
            from ledger.book.words.compare import page_of

            return answer_file("comparison", form, lambda name: page_of(made, name))
        return _page(here, asked, made, "", "")
    except (Misuse, ArithmeticError) as fault:
        return _page(here, asked, None, *told_fault(fault), 422)


def asked_of(here: Here, fields: Sequence[str] = FIELDS) -> dict[str, str]:
    """The fields as the address has them. Raises Misuse for what nobody can see."""
    found = {name: here.request.query_params.get(name, "").replace("\r\n", "\n").strip() for name in fields}
    if hidden := next((name for name, text in found.items() if visible(text) != text), None):
        raise Misuse(f"'{hidden}' in the address holds an invisible character", "fill in the form anew")
    return found


@router.post("/ai/compare")
def ask(here: InPage, form: Posted) -> Response:
    """Take the fields, keep a file of prices for whoever sent it, and lead to the answer."""
    given = {name: lines_of(form, name) for name in FIELDS}
    file = form.file("price_file")
    if file is not None:
        given["prices"] = here.site.texts.keep(here.person, str(file.filename)[:80], file.file.read(MOST_READ))
    return here.go("/ai/compare", **given)


MOST_READ = 1_000_001
"""Bytes of a file that are read: one more than are taken, so that a longer one is told."""
LONGEST = 2000
"""Letters of a field: all of them stand in the address of the answer."""


def lines_of(form: Form, name: str) -> str:
    """A field of one line or more, without those that are blank."""
    return "\n".join(line.strip() for line in form.text(name, most=LONGEST).split("\n") if line.strip())


def compared(here: Here, asked: Mapping[str, str]) -> Comparison:
    """The comparison that the fields ask for. Raises Misuse for what cannot be read, and for what is not known."""
    question = ("compare", here.person, datetime.now(UTC).date(), tuple(sorted(asked.items())))
    wish = wish_of_fields(here, asked)
    made: Comparison = here.site.answers.get(question, lambda: here.book.compare(wish, asked["run"] or None))
    return made


def wish_of_fields(here: Here, asked: Mapping[str, str]) -> Wish:
    """The wish that the fields describe; prices are read from the file that was sent."""
    from ledger.ai.tradeoff.request_file import wish_of

    told: dict[str, Any] = {name: asked[name].split("\n") for name in MANY if asked[name]}
    told |= {name: asked[name] for name in (*AMOUNTS, *WORDS) if asked[name] and name != "run"}
    told["place"] = by_name({name: asked[name] for name in BY_PLACE})
    told["machine"] = by_name({"power_w": asked["power_w"]})
    prices = here.site.texts.of(here.person, asked["prices"]) if asked["prices"] else None
    if prices is not None:
        told["prices"] = prices.name  # as its faults name it
    return wish_of(told, lambda _: "" if prices is None else prices.text, datetime.now(UTC).date())


def by_name(fields: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Fields with a line NAME=VALUE for each, by name. Raises Misuse for another line."""
    made: dict[str, dict[str, str]] = {}
    for key, text in fields.items():
        for line in filter(None, (line.strip() for line in text.split("\n"))):
            name, equals, value = (part.strip() for part in line.rpartition("="))
            if not equals or not name or not value:
                raise Misuse(f"'{line}' gives no amount of a name", "write a line like gcp:us-central1=1.1 for each")
            made.setdefault(name, {})[key] = value
    return made


def _page(
    here: Here, asked: Mapping[str, str], made: Comparison | None, fault: str, fix: str, status: int = 200
) -> Response:
    from ledger.ai.catalogue import all_hardware
    from ledger.ai.tradeoff.options import BASES
    from ledger.ai.tradeoff.prices import COLUMNS, KINDS

    told = {} if made is None else answer(here, made)
    return here.page(
        "ai/compare.html.j2", title="Compare", place="ai", tabs=TABS, asked=asked, fault=fault, fix=fix, status=status,
        made=made, answer=told, bases=BASES, kinds=("", *KINDS), columns=",".join(COLUMNS), example=EXAMPLE,
        hardware=[part.hardware_id for part in all_hardware()], kept=_kept(here, asked["prices"]),
        tables=() if made is None else (options_table(made),),
        again={name: value for name, value in asked.items() if value},
    )  # fmt: skip


def _kept(here: Here, key: str) -> str:
    """What the file of prices was called; empty where none is kept."""
    try:
        return visible(here.site.texts.of(here.person, key).name) if key else ""
    except Misuse:
        return ""


def answer(here: Here, made: Comparison) -> dict[str, Any]:
    """The words and plots of a comparison."""
    from ledger.book.words.compare import lead, rows_of, sources, verdicts
    from ledger.disclosure.charts.tradeoff import tradeoff

    return {
        "lead": lead(made), "verdicts": list(map(of_form, verdicts(made))), "sources": sources(made),
        "rows": rows_of(made),
        "chart": drawn(here, tradeoff(made)), "starts": starts(here, made),
    }  # fmt: skip


def starts(here: Here, made: Comparison) -> dict[str, Any] | None:
    """The same by the hour at which the work begins; None where no hours were asked for."""
    from ledger.book.words.start import HEAD, NUMERIC, start_rows, start_verdicts, title
    from ledger.disclosure.charts.starts import start_chart

    if not made.starts:
        return None
    return {
        "title": title(made), "head": HEAD, "numeric": NUMERIC, "rows": start_rows(made),
        "verdicts": start_verdicts(made), "chart": drawn(here, start_chart(made)),
    }  # fmt: skip


def options_table(made: Comparison) -> Table:
    """Every option: a range is both its ends, each in a column, so that files have numbers."""
    from ledger.ai.tradeoff.ranking import front, ranks

    money = made.currency or ""
    measures: Sequence[tuple[str, str, str]] = (
        ("duration", "Time", "h"), ("cost", "Cost", money), ("kwh", "Energy", "kWh"),
        ("location", "Location-based", "kg CO₂e"), ("market", "Market-based", "kg CO₂e"),
        ("embodied", "Made (embodied)", "kg CO₂e"), ("water", "Water", "L"), ("full", "Cost with carbon", money),
    )  # fmt: skip
    shown = [one for one in measures if money or one[0] not in ("cost", "full")]
    columns = [Column("option", "Option"), Column("front", "Pareto front"), Column("rank", "Rank by carbon")]
    for key, title, unit in shown:
        columns += [Column(f"{key}_{end}", f"{title}, {words}", "number", unit, 2)
                    for end, words in (("low", "low"), ("high", "high"))]  # fmt: skip
    standing = front(made.options, made.front_measures)
    placed = ranks(made.options, made.basis, made.carbon_price)
    rows = []
    for option, where, rank in zip(made.options, standing, placed, strict=True):
        values: dict[str, Interval | None] = {
            "duration": option.duration, "cost": option.cost, "kwh": option.kwh,
            "location": option.operational("location"), "market": option.operational("market"),
            "embodied": option.embodied, "water": option.water,
            "full": option.full_cost(made.basis, made.carbon_price) if made.has_cost else None,
        }  # fmt: skip
        cells: dict[str, Any] = {"option": option.name, "front": {"on": "on", "off": "off"}.get(where, "undecided")}
        cells["rank"] = rank.words() if rank.is_decided else f"{rank.words()}, undecided"
        for key, _, _ in shown:
            cells |= ends(key, values[key])
        rows.append(Row(cells, "total" if where == "on" else ""))
    return Table("options", "Options", columns, rows,
                 note="Low and high are the ends of what the inputs leave open. Location-based and market-based "
                      "figures are not added; manufacture is beside them. In bold: on the Pareto front.")  # fmt: skip
