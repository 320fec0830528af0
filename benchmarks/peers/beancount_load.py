"""Beancount's load of a book with as many postings: parsed, booked and checked for balance, by its own loader.

The book has half as many transactions as postings, each from a site's account of a scope to the atmosphere, in one
commodity of kilograms: the plainest that beancount can be asked to load. Its cache of loaded books is off.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import date, timedelta
from pathlib import Path

from benchmarks.peers.told import keep_to_a_part_of_memory, tell

SITES, DAYS = 50, 365
os.environ["BEANCOUNT_DISABLE_LOAD_CACHE"] = "1"


def written_book(path: Path, postings: int) -> None:
    """Write a book with so many postings, the same text for the same number."""
    accounts = [f"Expenses:Scope{scope}:F{site:03d}" for scope in (1, 2, 3) for site in range(SITES)]
    days = [(date(2025, 1, 1) + timedelta(days=number)).isoformat() for number in range(DAYS)]
    transactions = postings // 2
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"2015-01-01 open {account} KGCO2E\n" for account in [*accounts, "Equity:Atmosphere"])
        for number in range(transactions):
            kg = f"{1 + number * 7919 % 500_000}.{number % 100:02d}"
            file.write(
                f'{days[number * DAYS // transactions]} * "M{number:09d}"\n'
                f"  {accounts[number % len(accounts)]}  {kg} KGCO2E\n  Equity:Atmosphere\n"
            )


def loaded(path: Path, postings: int) -> float:
    """Seconds of the load; ends where beancount found a fault or did not load what was written."""
    from beancount import loader
    from beancount.core.data import Transaction

    start = time.perf_counter()
    entries, faults, _ = loader.load_file(str(path))
    seconds = time.perf_counter() - start
    held = sum(len(entry.postings) for entry in entries if isinstance(entry, Transaction))
    if faults or held != postings // 2 * 2:
        raise SystemExit(f"beancount loaded {held} of {postings} postings: {faults[:3]}")
    return seconds


if __name__ == "__main__":
    keep_to_a_part_of_memory()
    book, count = Path(sys.argv[1]), int(sys.argv[2])
    written_book(book, count)
    tell(loaded(book, count), {"postings": count // 2 * 2})
