"""A seeded company that does everything with its ledger, beside an accountant who expects the same figures.

    python tests/simulator/simulate.py --seed 7 [--steps 60] [--folder DIR]

Each step is one act, drawn by the seed: uploads of several kinds, corrections, reversals, the same file again, files
with faults, calculations, publications of factors, certificates, the life of quarters, snapshots and what comes after
a disaster; any of them may be killed or meet a full disk at any point, and the clock may jump. After each step the
ledger verifies, its totals equal the accountant's, every earlier checkpoint is a prefix of it, and closed figures keep
their digits. A seed that fails prints the shortest command that repeats it.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent.parent), str(HERE), str(HERE.parent / "durability")]
import acts  # noqa: E402 — found by the line above
import works  # noqa: E402 — as above
from accountant import MEASURES, Books, months_of, quarter_of  # noqa: E402 — as above
from points import AFTER_A_CRASH, Trials  # noqa: E402 — as above

from ledger import Ledger  # noqa: E402 — as above
from ledger.assurance.checks.chain import read_log  # noqa: E402 — as above
from ledger.inventory.exact import exact_sum  # noqa: E402 — as above
from ledger.store import append as _append  # noqa: E402, F401 — loads the module whose clock is set
from ledger.store import session  # noqa: E402 — as above

FULL_EVERY = 12
_CLOCK = sys.modules["ledger.store.append"]


class Company:
    """The ledger, the accountant's books beside it, and what was kept of both."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.seed, self.folder = seed, folder
        self.ledger = works.founded(folder / "home")
        for name, role in (("ben", "reviewer"), ("cleo", "reviewer")):
            self.ledger.add_person(name, role)
        self.books = Books(editions={2024})
        self.kept: list[tuple[int, str]] = []  # sizes and roots that were seen
        self.sealed: dict[str, bytes] = {}  # closed quarter → its figures
        self.submitted: dict[str, int] = {}  # quarter → size when it was submitted
        self.approved: set[str] = set()
        self.cut_off: dict[str, Callable[[int], None]] = {}  # mark of an act that may yet come: what it would do
        self.saved: list[tuple[Path, Any]] = []  # snapshots and the books of that moment
        self.trials = Trials(self.ledger, folder)
        self.told: list[str] = []
        self.keep()

    def by(self, name: str) -> Ledger:
        """The ledger as someone."""
        return Ledger(self.ledger.path, actor=name)

    @property
    def size(self) -> int:
        """How many batches there are."""
        return self.ledger.checkpoint().size

    def keep(self) -> None:
        """Remember the checkpoint as an outsider would."""
        held = self.ledger.checkpoint()
        self.kept.append((held.size, held.root))

    def state(self) -> Any:
        """What goes back with a snapshot."""
        return (
            self.books.copy(), list(self.kept), dict(self.sealed), dict(self.submitted), set(self.approved)
        )  # fmt: skip

    def go_back(self, state: Any) -> None:
        """The books of an earlier moment."""
        books, kept, sealed, submitted, approved = state
        self.books, self.kept, self.sealed = books.copy(), list(kept), dict(sealed)
        self.submitted, self.approved = dict(submitted), set(approved)

    def close(self) -> None:
        """End the program that runs acts in children."""
        self.trials.close()


def step(company: Company, number: int) -> None:
    """One act and everything that must hold after it."""
    rng = random.Random(f"{company.seed}:{number}")  # noqa: S311 — to be repeated
    names, weights = zip(*acts.WEIGHTS.items(), strict=True)
    name = rng.choices(names, weights)[0]
    since = company.size
    set_clock(rng)
    what = acts.ACTS[name](company, rng, number)
    company.told.append(f"{number} {name}: {what}")
    check(company, min(since, company.size), full=number % FULL_EVERY == FULL_EVERY - 1, rng=rng)
    company.keep()


def set_clock(rng: random.Random) -> None:
    """Sometimes the clock of the machine jumps, by up to some days, forth and back."""
    if rng.random() > 0.2:
        return
    jump = timedelta(seconds=rng.randrange(-500_000, 500_000))

    class Jumped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + jump

    _CLOCK.datetime = Jumped


def check(company: Company, since: int, *, full: bool, rng: random.Random) -> None:
    """Verify, totals, checkpoints, reasons, closed figures."""
    works.holds(company.ledger, None if full else since, AFTER_A_CRASH)
    with session(company.ledger.path) as s:
        roots = read_log(s).roots
    for size, root in company.kept:
        assert roots[size : size + 1] == [root], f"the ledger is no continuation of checkpoint {size}"
    periods = ["2023", "2024", *(f"2024-Q{n}" for n in range(1, 5))]
    for period in periods if full else [periods[1], rng.choice(periods)]:
        check_totals(company, period)
    if full:
        check_reasons(company)
    for quarter, figures in company.sealed.items() if full else list(company.sealed.items())[-1:]:
        assert company.ledger.sealed_figures(quarter) == figures, f"the closed figures of {quarter} moved"


def check_reasons(company: Company) -> None:
    """What made the year and a quarter other figures than at an earlier size: reasons that add up, none left out."""
    rng = random.Random(company.size)  # noqa: S311 — a seed for a test
    for period in ("2024", f"2024-Q{rng.randrange(1, 5)}"):
        before = rng.choice(company.kept)[0]
        told = company.ledger.compare_reports(f"{period}@{before}", period).comparison
        assert "unattributed" not in told.reasons, f"{period} since {before}: a difference has no reason"
        for one in told.figures:
            assert exact_sum(one.reasons.values()) == (one.difference or 0), f"{one.measure} of {period} since {before}"


def check_totals(company: Company, period: str) -> None:
    """The ledger's figures of a period are the accountant's, to the last digit."""
    held, books = company.ledger.inventory(period), company.books
    for measure in MEASURES:
        expected: Decimal | None = books.total(measure, months_of(period))
        if measure == "scope_2_market" and books.certificates and period.startswith("2024"):
            expected = market_2024(company) if period == "2024" else None
            if expected is None:
                continue
        found = getattr(held, measure)
        assert (found or 0) == expected, f"{measure} of {period} is {found}, the accountant has {expected}"
        if found is None:  # unknown is not zero: nothing that has a factor counts here
            known = [row for row in books.counted(months_of(period)) if books.factor(row, measure) is not None]
            assert known == [], f"{measure} of {period} is blank"
    closed = {quarter_of(month) for month in months_of(period)} <= set(books.pins)
    assert (held.status in ("closed", "restated")) == closed, f"{period} is {held.status}"


def market_2024(company: Company) -> Decimal | None:
    """What the accountant has for 2024 with the kWh that the register says are used, which are as many as can be."""
    bounds = company.books.covered_2024()
    if bounds is None:
        return None
    used = sum((one.used_kwh for one in company.ledger.instruments()), Decimal(0))
    assert bounds[0] <= used <= bounds[1], f"certificates cover {used} kWh, the accountant has {bounds}"
    return company.books.market_2024(used)


def simulate(seed: int, steps: int, folder: Path) -> Company:
    """So many steps of a seed. Raises AssertionError at the first that does not hold."""
    real = _CLOCK.datetime
    company = Company(seed, folder)
    try:
        for number in range(steps):
            try:
                step(company, number)
            except Exception as fault:
                told = "\n".join(company.told[-12:])
                where = "".join(traceback.format_tb(fault.__traceback__)[-2:])
                again = f"python tests/simulator/simulate.py --seed {seed} --steps {number + 1}"
                raise AssertionError(f"step {number}: {fault!r}\n{told}\n{where}again: {again}") from fault
    finally:
        _CLOCK.datetime = real
        company.close()
    return company


def main() -> None:
    """One seed or several, each in a folder of its own; ends at the first that fails."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--seed", type=int, nargs="+", default=[1])
    words.add_argument("--steps", type=int, default=60)
    words.add_argument("--folder", type=Path, default=None)
    given = words.parse_args()
    failed = 0
    for seed in given.seed:
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            try:
                company = simulate(seed, given.steps, Path(folder))
            except AssertionError as fault:
                failed += 1
                print(f"seed {seed} failed: {fault}", flush=True)  # noqa: T201 — it is a program
                continue
            entries = len(company.books.rows)
            print(f"seed {seed}: {given.steps} steps, {company.size} batches, {entries} rows, all holds", flush=True)  # noqa: T201 — as above
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
