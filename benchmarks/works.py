"""What is required of each piece of work and what is aimed at, as limits of one measurement each."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.timing import Measured

GATE_ROWS, LARGE_ROWS, WORKBOOK_ROWS = 1_000_000, 10_000_000, 200_000


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work: the key of its measurement, and its limits in seconds, MB, or times ``base``."""

    name: str
    key: str
    required: float
    aim: float
    base: str | None = None

    @property
    def unit(self) -> str:
        """What its limits count."""
        return "×" if self.base else "MB" if self.key.endswith("_mb") else "s"

    def value(self, measured: Measured) -> float:
        """What is held against the limits."""
        return measured[self.key] / measured[self.base] if self.base else measured[self.key]

    def told(self, measured: Measured) -> str:
        """The measurement in words: seconds or MB, and how many times its base."""
        if self.unit == "MB":
            return f"{measured[self.key]:,.0f} MB"
        against = f" = {self.value(measured):.2f} × {self.base}" if self.base else ""
        return f"{measured[self.key]:.3g} s{against}"

    def limit(self, which: float) -> str:
        """A limit as the table has it."""
        return f"≤ {which:,.6g} {self.unit}"

    def verdict(self, measured: Measured) -> str:
        """Whether it keeps to what is required and to the aim."""
        value = self.value(measured)
        return "aim" if value <= self.aim else "kept" if value <= self.required else "**over**"


READS = (
    Work("inventory of a year", "inventory", 0.3, 0.05),
    Work("trace of a figure", "trace", 0.3, 0.05),
    Work("verify", "verify", 1.5, 1.1, "hashing"),
)
PAGES = (
    Work("web: Home, first", "home_first", 0.3, 0.1),
    Work("web: Home, again", "home_again", 0.3, 0.1),
    Work("web: Explore, first", "explore_first", 0.3, 0.1),
    Work("web: Explore, again", "explore_again", 0.3, 0.1),
    Work("web: a figure with its postings", "figure_again", 0.3, 0.1),
)
OF_A_MILLION = (
    Work("upload", "upload", 6, 3, "bare"),
    Work("upload, its processor time", "upload processor", 6, 3, "bare processor"),
    Work("memory of the upload", "upload_peak_mb", 2_048, 1_024),
)
OF_TEN_MILLION = (
    Work("upload", "upload", 6, 5, "bare"),
    Work("upload, its processor time", "upload processor", 6, 5, "bare processor"),
    Work("upload against a million rows", "upload", 12, 10, "a million"),
    Work("memory of the upload", "upload_peak_mb", 2_048, 1_024),
)
WORKBOOK = Work("upload of a workbook (XLSX)", "workbook", 5, 3)
DOCUMENT = Work("quarterly PDF of the demo's company", "document", 5, 2)


def works_of(rows: int, measured: Measured) -> tuple[Work, ...]:
    """What is held against limits in a file of so many rows; the smaller sizes only show how it grows."""
    uploads = OF_A_MILLION if rows == GATE_ROWS else OF_TEN_MILLION if rows == LARGE_ROWS else ()
    works = (*uploads, *READS, *PAGES) if uploads else ()
    return tuple(work for work in works if work.key in measured and (work.base is None or work.base in measured))


def missed(results: dict[tuple[str, int], Measured]) -> list[str]:
    """The gate: what an upload of a million rows and more takes of bare DuckDB's time, and of memory."""
    return [
        f"{kind}, {rows:,} rows: {work.name} {work.told(measured)}, {work.limit(work.required)} is required"
        for (kind, rows), measured in results.items()
        for work in works_of(rows, measured)
        if work.key in {"upload", "upload_peak_mb"} and work.value(measured) > work.required
    ]
