"""Derived quantities made again: the formula that stands on the row, over the terms that stand beside it.

Nothing here is shared with the room that evaluated it. A term is a whole number of millionths; the formula is brought
to one fraction of such numbers, and what is recorded must be that fraction rounded once, half away from zero.
"""

from __future__ import annotations

import csv
import re

from ledger import shipped
from ledger.assurance.verification import Faults, tell
from ledger.store import Session

_TOKEN = re.compile(r"\s*(?:([a-z][a-z0-9_]*)|(\d+)|([()+*/-]))")
Fraction = tuple[str, int, str, int]
"""SQL of a numerator and the power of ten it is too large by, then of a denominator."""


def check_derived(s: Session, since: int, faults: Faults) -> None:
    """Every derived row after ``since``: its quantity is what its formula and its terms give."""
    tell(
        s, "derived-quantity",
        f"""
        select a.batch_no, a.seq from activity a
        left join activity_detail d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
        where a.kind = 'derived' and a.reverses_batch is null and d.formula is null and a.batch_no > {since}
        """,
        "this row is derived and names no formula", faults,
    )  # fmt: skip
    known = _shipped()
    for (text,) in s.rows(
        "select distinct formula from activity_detail d where formula is not null "
        f"and activity_batch > {since} order by 1"
    ):
        name, _, expression = text.partition(": ")
        if name in known and known[name] != expression:
            _tell_other(s, text, known[name], since, faults)
        fraction = _fraction(expression)
        if fraction is None:
            _tell_other(s, text, "terms, + - * / and brackets", since, faults)
        else:
            _check_formula(s, text, expression, fraction, since, faults)


def _shipped() -> dict[str, str]:
    with (shipped.path("data") / "formulas.csv").open(encoding="utf-8", newline="") as file:
        return {row["formula"]: row["expression"] for row in csv.DictReader(file)}


def _tell_other(s: Session, text: str, expected: str, since: int, faults: Faults) -> None:
    tell(
        s, "derived-quantity",
        f"select activity_batch, activity_seq, formula from activity_detail "
        f"where formula = {_quoted(text)} and activity_batch > {since}",
        "its formula {0} is not " + expected.replace("{", "{{").replace("}", "}}"), faults,
    )  # fmt: skip


def _check_formula(s: Session, text: str, expression: str, fraction: Fraction, since: int, faults: Faults) -> None:
    """Each row of one formula against the fraction, its terms there once and no others."""
    top, too_large, bottom, bottom_too_large = fraction
    shift = 6 + bottom_too_large - too_large
    top = f"({top}) * {10 ** max(shift, 0)}::hugeint"
    bottom = f"({bottom}) * {10 ** max(-shift, 0)}::hugeint"
    names = sorted(set(re.findall(r"[a-z][a-z0-9_]*", expression)))
    terms = ", ".join(
        f"max(case when p.name = '{name}' then (p.value::decimal(30,6) * 1000000)::hugeint end) as {name}"
        for name in names
    )
    listed = ", ".join(f"'{name}'" for name in names)
    tell(
        s, "derived-quantity",
        f"""
        with own as (
            select a.batch_no, a.seq, a.quantity, {terms}, count(p.name) as n,
                   count(*) filter (where p.name in ({listed})) as fitting
            from activity_detail d join activity a on a.batch_no = d.activity_batch and a.seq = d.activity_seq
            left join activity_parameter p on p.activity_batch = a.batch_no and p.activity_seq = a.seq
            where d.formula = {_quoted(text)} and a.reverses_batch is null and a.batch_no > {since}
            group by a.batch_no, a.seq, a.quantity
        ),
        made as (
            select *, {top} as top, nullif({bottom}, 0) as bottom from own
        ),
        rounded as (
            select *, case when (top < 0) <> (bottom < 0) then -1 else 1 end
                      * ((2::hugeint * abs(top) + abs(bottom)) // (2::hugeint * abs(bottom))) as millionths
            from made
        )
        select batch_no, seq, quantity, coalesce((millionths * 0.000001::decimal(7,6))::varchar, 'nothing')
        from rounded where n <> {len(names)} or fitting <> {len(names)}
           or (quantity::decimal(30,6) * 1000000)::hugeint is distinct from millionths
        """,
        "the quantity is {0}; " + _braced(text) + " gives {1}, with each term once", faults,
    )  # fmt: skip


def _fraction(expression: str) -> Fraction | None:
    """The expression as one fraction; None where it holds anything but terms, whole numbers, + - * / and brackets."""
    tokens: list[str] = []
    place = 0
    while place < len(expression):
        found = _TOKEN.match(expression, place)
        if found is None:
            return None
        tokens.append(found.group().strip())
        place = found.end()
    try:
        made = _sum(tokens)
    except IndexError:
        return None
    return None if tokens else made


def _sum(tokens: list[str]) -> Fraction:
    made = _product(tokens)
    while tokens and tokens[0] in "+-":
        sign = tokens.pop(0)
        made = _added(made, _product(tokens), sign)
    return made


def _product(tokens: list[str]) -> Fraction:
    made = _atom(tokens)
    while tokens and tokens[0] in "*/":
        sign, (top, by, bottom, bottom_by) = tokens.pop(0), _atom(tokens)
        if sign == "/":
            top, by, bottom, bottom_by = bottom, bottom_by, top, by
        made = (f"({made[0]}) * ({top})", made[1] + by, f"({made[2]}) * ({bottom})", made[3] + bottom_by)
    return made


def _atom(tokens: list[str]) -> Fraction:
    first = tokens.pop(0)
    if first == "(":
        made = _sum(tokens)
        if tokens.pop(0) != ")":
            raise IndexError
        return made
    if first in ")+-*/":
        raise IndexError
    return (f"{first}::hugeint", 0, "1::hugeint", 0) if first.isdecimal() else (first, 6, "1::hugeint", 0)


def _added(a: Fraction, b: Fraction, sign: str) -> Fraction:
    """Both over the product of their denominators, the smaller power of ten raised to the larger."""
    by_a, by_b = a[1] + b[3], b[1] + a[3]
    first = f"({a[0]}) * ({b[2]}) * {10 ** max(by_b - by_a, 0)}::hugeint"
    second = f"({b[0]}) * ({a[2]}) * {10 ** max(by_a - by_b, 0)}::hugeint"
    return f"{first} {sign} {second}", max(by_a, by_b), f"({a[2]}) * ({b[2]})", a[3] + b[3]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
