"""What an accountant with paper and pencil expects of a ledger: rows times factors in plain decimals, and no database.

Knows three activities of one country, whose factors it reads from the shipped files (DESNZ; Ember's for the electricity
of years of which no DESNZ edition is published), corrections as a negative and a
new row, closed quarters that wait for a restatement, and certificates, which cover whole millionths of a row's unit.
It shares nothing with the product.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Context, Decimal, localcontext
from pathlib import Path

DATA = Path(__file__).parent.parent.parent / "data" / "factors"
YEARS = (2023, 2024)
PUBLISHED = "co2e_published_kg_per_unit"

# What one unit gives: measure → factors of DESNZ (number of the row in its flat file), which are the same each year.
LINES = {
    "natural_gas": {"scope_1": ("1_100_1004_6",), "scope_3": ("11_100_1004_6",)},
    "diesel": {"scope_1": ("1_101_1011_8",), "scope_3": ("11_101_1011_8",)},
    "electricity_purchased": {
        "scope_2_location": ("7_400_4000_5",),
        "scope_2_market": ("7_400_4000_5",),  # where nothing better is known
        "scope_3": ("15_917_4000_5", "13_402_4000_5", "15_918_4000_5"),
    },
}
MEASURES = ("scope_1", "scope_2_location", "scope_2_market", "scope_3")
EMBER = "ember-2026"
EMBER_MEASURES = ("scope_2_location", "scope_2_market")  # of the life cycle: the upstream is inside; losses it has none
BASE_UNIT = {"kWh": 1, "MWh": 1000, "L": 1}


def _factors() -> dict[str, Decimal]:
    held = {}
    for name in (*(f"desnz-{year}" for year in YEARS), EMBER):
        with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as rows:
            held |= {row["factor_id"]: Decimal(row[PUBLISHED]) for row in csv.DictReader(rows) if row[PUBLISHED]}
    return held


FACTORS = _factors()


def kg_per_unit(kind: str, unit: str, measure: str, year: int, publisher: str) -> Decimal | None:
    """The factor of a measure per unit given: the sum of its lines. None where the publisher has none."""
    if publisher == EMBER:
        ids = [f"{EMBER}:GB:{year}"] if kind == "electricity_purchased" and measure in EMBER_MEASURES else []
    else:
        ids = [f"desnz-{year}:{line}" for line in LINES[kind].get(measure, ())]
    return sum((FACTORS[name] * BASE_UNIT[unit] for name in ids), Decimal(0)) if ids else None


@dataclass(frozen=True)
class Row:
    """A row as it was entered, or the negative of one: month (year, month), amount and the batch that brought it."""

    name: str
    kind: str
    unit: str
    month: tuple[int, int]
    amount: Decimal
    batch: int
    entry: str
    site: str


@dataclass
class Books:
    """The state of the company's accounts."""

    rows: list[Row] = field(default_factory=list)
    standing: dict[str, Row] = field(default_factory=dict)  # entry → row that was not taken back
    files: dict[str, tuple[str, int, int]] = field(default_factory=dict)  # bytes' name → file, batch, rows
    editions: set[int] = field(default_factory=set)  # years whose factors are published
    ember: bool = False  # whether Ember's factors are published
    decided: dict[tuple[str, str, tuple[int, int]], str] = field(default_factory=dict)  # key → publisher of its factor
    seen: set[tuple[str, str, tuple[int, int]]] = field(default_factory=set)
    certificates: list[int] = field(default_factory=list)  # kWh of each, all of 2024 and of rate zero
    calculated: bool = True  # nothing came since the last calculation that certificates could cover
    pins: dict[str, int] = field(default_factory=dict)  # closed quarter → the last batch that counts

    def copy(self) -> Books:
        """The same books again, which go on by themselves."""
        return deepcopy(self)

    def enter(self, rows: Iterable[Row]) -> None:
        """Rows of a batch. A key that was not seen before takes the factors that are published now."""
        for row in rows:
            key = (row.kind, row.unit, row.month)
            if key not in self.seen:
                self.seen.add(key)
                self._decide(key)
            self.rows.append(row)
            self.standing[row.entry] = row
            self.calculated = self.calculated and row.kind != "electricity_purchased"

    def take_back(self, entry: str, batch: int, seq: int) -> Row:
        """The exact negative of a row, in the row's own month."""
        row = self.standing.pop(entry)
        self.rows.append(Row(row.name, row.kind, row.unit, row.month, -row.amount, batch, f"B{batch}-{seq}", row.site))
        self.calculated = self.calculated and row.kind != "electricity_purchased"
        return row

    def calculate(self) -> None:
        """Every key takes what is published; certificates cover what they can."""
        for key in self.seen:
            self._decide(key)
        self.calculated = True

    def _decide(self, key: tuple[str, str, tuple[int, int]]) -> None:
        """The national factor comes before that of the life cycle, which serves electricity alone."""
        if key[2][0] in self.editions:
            self.decided[key] = "desnz"
        elif self.ember and key[0] == "electricity_purchased":
            self.decided[key] = EMBER

    def factor(self, row: Row, measure: str) -> Decimal | None:
        """Kg CO2e of a measure per unit of a row; None where its key has no factor yet."""
        publisher = self.decided.get((row.kind, row.unit, row.month))
        return kg_per_unit(row.kind, row.unit, measure, row.month[0], publisher) if publisher else None

    def counted(self, months: Iterable[tuple[int, int]]) -> list[Row]:
        """The rows that count in these months: of closed quarters only those up to their pin."""
        wanted = set(months)
        return [row for row in self.rows if row.month in wanted and row.batch <= self.pin(row.month)]

    def pin(self, month: tuple[int, int]) -> int:
        """The last batch that counts in a month; a very large one while it is open."""
        return self.pins.get(quarter_of(month), 10**9)

    def total(self, measure: str, months: Iterable[tuple[int, int]]) -> Decimal:
        """The kg CO2e of a measure over some months, to the last digit; what has no factor yet is not in it."""
        with localcontext(Context(prec=60)):
            made = Decimal(0)
            for row in self.counted(months):
                made += row.amount * (self.factor(row, measure) or 0)
            return made

    def covered_2024(self) -> tuple[Decimal, Decimal] | None:
        """The least and the most kWh of 2024 that certificates cover; None where it hangs on what was calculated when.

        No less than a millionth of the unit given is covered. So where there are too few certificates each part of them
        may leave up to that; where there are enough, nothing that was used stays uncovered.
        """
        if self.pins or not self.calculated:
            return None
        used: dict[tuple[str, str, tuple[int, int]], Decimal] = {}  # kWh by site, unit and month
        for row in self.counted(months_of("2024")):
            if row.kind == "electricity_purchased":
                part = (row.site, row.unit, row.month)
                used[part] = used.get(part, Decimal(0)) + row.amount * BASE_UNIT[row.unit]
        held, wanted = Decimal(sum(self.certificates)), sum(used.values(), Decimal(0))
        if held >= wanted + 1:
            return wanted, wanted
        units = [BASE_UNIT[unit] for (_, unit, _), kwh in used.items() if kwh > 0]
        rounding = (len(units) + len(self.certificates)) * Decimal(max(units, default=0)) / 10**6
        return max(Decimal(0), min(held, wanted) - rounding), min(held, wanted)

    def market_2024(self, covered: Decimal) -> Decimal:
        """Scope 2 of 2024 by the market-based method, kg CO2e, where certificates cover so many kWh."""
        with localcontext(Context(prec=60)):
            rate = kg_per_unit("electricity_purchased", "kWh", "scope_2_market", 2024, "desnz") or Decimal(0)
            return self.total("scope_2_market", months_of("2024")) - covered * rate


def months_of(period: str) -> list[tuple[int, int]]:
    """The months of a year or quarter, like `2024` or `2024-Q3`."""
    year, _, quarter = period.partition("-Q")
    first, last = (1, 12) if not quarter else (3 * int(quarter) - 2, 3 * int(quarter))
    return [(int(year), month) for month in range(first, last + 1)]


def quarter_of(month: tuple[int, int]) -> str:
    """The quarter of a month."""
    return f"{month[0]}-Q{(month[1] + 2) // 3}"
