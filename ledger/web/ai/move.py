"""A service at other places: what that saves a year, and when it makes up for the move."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.errors import Misuse
from ledger.web.ai.compare import BY_PLACE, asked_of, by_name
from ledger.web.ai.parts import TABS, answer_file, ends, of_form, told_fault
from ledger.web.frame.charts import drawn
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.tables import Column, Row, Table

if TYPE_CHECKING:
    from ledger.ai.interval import Interval
    from ledger.ai.tradeoff.moving import Move, MoveWish

router = APIRouter()
AMOUNTS = ("utilisation", "life_years")
POINTS = ("buy", "transfer_gb", "transfer_gb_month", "pue_here")
WORDS = ("model", "facility", "stage", "year", "gpu", "benchmark", "basis")
FIELDS = ("places", *AMOUNTS, *POINTS, *WORDS, *BY_PLACE[:3], "power_w")


@router.get("/ai/move")
def move(here: InPage) -> Response:
    """The form, and below it the answer where something was asked. Nothing is recorded."""
    asked = asked_of(here, FIELDS)
    if not asked["places"]:
        return _page(here, asked, None)
    try:
        made = moved(here, asked)
        if form := here.query("file"):
            from ledger.book.words.move import move_page

            return answer_file("move", form, lambda name: move_page(made, name))
        return _page(here, asked, made)
    except (Misuse, ArithmeticError) as fault:
        return _page(here, asked, None, *told_fault(fault), 422)


def moved(here: Here, asked: Mapping[str, str]) -> Move:
    """The move that the fields ask for. Raises Misuse for what cannot be read, and for what is not known."""
    from ledger.ai.tradeoff.service import ServiceWish

    of = ServiceWish(
        asked["model"] or None, asked["facility"] or None, asked["stage"] or None, pue=_point(asked, "pue_here")
    )
    question = ("move", datetime.now(UTC).date(), tuple(sorted(asked.items())))
    wish = wish_of_fields(asked)
    made: Move = here.site.answers.get(question, lambda: here.book.move(of, wish, asked["year"] or None))
    return made


def wish_of_fields(asked: Mapping[str, str]) -> MoveWish:
    """The move that the fields describe."""
    from ledger.ai.tradeoff.moving import MoveWish
    from ledger.ai.tradeoff.request_file import amount_of, places_of
    from ledger.ai.tradeoff.speeds import Work

    def amount(name: str) -> Interval | None:
        return amount_of(asked[name], name) if asked[name] else None

    power = {part: amount_of(row["power_w"], part) for part, row in by_name({"power_w": asked["power_w"]}).items()}
    return MoveWish(
        tuple(line for line in asked["places"].split("\n") if line.strip()), datetime.now(UTC).date(),
        places_of(by_name({name: asked[name] for name in BY_PLACE[:3]})), asked["gpu"] or None,
        Work(benchmark=asked["benchmark"] or None, utilisation=amount("utilisation")), power, _point(asked, "buy"),
        life_years=amount("life_years"), transfer_gb=_point(asked, "transfer_gb"),
        transfer_gb_month=_point(asked, "transfer_gb_month"), basis=asked["basis"] or "location",
    )  # fmt: skip


def _point(asked: Mapping[str, str], name: str) -> Decimal | None:
    """One amount of a field; None where it is not filled in. Raises Misuse for a range."""
    from ledger.ai.tradeoff.request_file import amount_of

    if not asked[name]:
        return None
    value = amount_of(asked[name], name.replace("_", " "))
    if not value.is_point:
        raise Misuse(f"{name.replace('_', ' ')} is a range", "give one amount")
    return value.low


def _page(
    here: Here, asked: Mapping[str, str], made: Move | None, fault: str = "", fix: str = "", status: int = 200
) -> Response:
    from ledger.ai.model_runs import STAGES
    from ledger.ai.tradeoff.options import BASES

    return here.page(
        "ai/move.html.j2", title="Move", place="ai", tabs=TABS, asked=asked, fault=fault, fix=fix, status=status,
        made=made, answer=None if made is None else answer(here, made), bases=BASES, stages=("", *STAGES),
        again={name: value for name, value in asked.items() if value},
        tables=() if made is None else (places_table(made),),
    )  # fmt: skip


def answer(here: Here, made: Move) -> dict[str, Any]:
    """The words and the plot of a move."""
    from ledger.book.words.move import lead, rows_of, sources, verdicts
    from ledger.disclosure.charts.move import move_chart

    return {
        "lead": lead(made), "rows": rows_of(made), "verdicts": list(map(of_form, verdicts(made))),
        "sources": sources(made), "chart": drawn(here, move_chart(made)),
    }  # fmt: skip


def places_table(made: Move) -> Table:
    """Here and each place by the month, both ends of every range with all digits."""
    columns = [Column("place", "Place")]
    kg = "kg CO₂e"
    titles = (("kwh", "Energy", "kWh"), ("location", "Location-based", kg), ("market", "Market-based", kg),
              ("made", "Made", kg), ("once", "Once", kg))  # fmt: skip
    for key, title, unit in titles:
        columns += [Column(f"{key}_{end}", f"{title}, {words}", "number", unit, 2)
                    for end, words in (("low", "low"), ("high", "high"))]  # fmt: skip
    own: dict[str, Any] = {"place": f"here, {', '.join(made.here.places)}"}
    for key, value in (("kwh", made.kwh), *((basis, made.kg[basis]) for basis in ("location", "market"))):
        own |= {f"{key}_low": value, f"{key}_high": value}
    rows = [Row(own | ends("made", made.made_kg))]
    for target in made.targets:
        cells: dict[str, Any] = {"place": target.site.key, **ends("kwh", target.kwh)}
        cells |= ends("location", target.kg["location"]) | ends("market", target.kg["market"])
        cells |= ends("made", target.made_kg) | ends("once", target.start_kg(made.wish.basis))
        rows.append(Row(cells))
    return Table("places", "Places, by the month", columns, rows)
