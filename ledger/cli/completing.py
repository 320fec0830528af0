"""What the shell completes beside commands and options: kinds, periods, views …, without opening a ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

VIEWS = ("operational_control", "financial_control", "equity_share", "esrs_set1", "esrs_revised")
CUTS = (
    "facility", "category", "month", "activity_type", "source_type", "scope", "country", "legal_entity", "gas",
    "tag:project", "tag:model", "tag:team",
)  # fmt: skip
_PARTS = ("Q1", "Q2", "Q3", "Q4", "H1", "H2", *(f"{month:02d}" for month in range(1, 13)))
_YEARS_BACK = 3


def periods(begun: str) -> list[str]:
    """Periods that may be meant: the last years, then quarters, halves and months of one."""
    year, dash, _ = begun.partition("-")
    if dash and year.removeprefix("FY").isdigit():
        return [f"{year}-{part}" for part in _PARTS]
    this = date.today().year  # noqa: DTZ011 — the year of whoever types
    sign = "FY" if begun.startswith("F") else ""
    years = [f"{sign}{year}" for year in range(this, this - _YEARS_BACK - 1, -1)]
    return [*years, *(f"{year}-Q{quarter}" for year in years[:2] for quarter in range(1, 5))]


def upload_kinds(_begun: str) -> list[str]:
    """The kinds of upload that ship."""
    from schemas.vocabulary import UploadKind

    return [kind.value for kind in UploadKind]


def report_kinds(_begun: str) -> list[str]:
    """The kinds of report that ship."""
    from ledger import shipped

    return ["quarterly", *sorted(file.stem for file in (shipped.path("templates") / "documents").glob("*.toml"))]


def rule_sets(_begun: str) -> list[str]:
    """The rule sets that ship."""
    from ledger import shipped

    names = (file.stem for file in (shipped.path("data") / "requirements").glob("*.csv"))
    return sorted(name for name in names if name not in ("narratives", "rule_sets"))


def several(words: Iterable[str]) -> Callable[[str], list[str]]:
    """Words, several of which may be joined by commas."""
    listed = tuple(words)

    def completed(begun: str) -> list[str]:
        before, comma, _ = begun.rpartition(",")
        return [f"{before}{comma}{word}" for word in listed if word not in before.split(",")]

    return completed


WORDS: dict[tuple[str, str], Callable[[str], list[str]]] = {
    ("", "period"): periods,
    ("", "view"): several((*VIEWS, "all")),
    ("inventory", "by"): several(CUTS),
    ("upload", "kind"): upload_kinds,
    ("template", "kind"): upload_kinds,
    ("propose", "kind"): upload_kinds,
    ("report", "kind"): lambda begun: [*report_kinds(begun), "all", "compare"],
    ("report", "formats"): several(("pdf", "xlsx", "html", "json", "ixbrl", "csv")),
    ("pack", "formats"): several(("pdf", "xlsx", "html", "json")),
    ("requirements", "rule_set"): rule_sets,
    ("init", "consolidation"): several(VIEWS[:3]),
    ("init", "gwp"): several(("AR6", "AR5", "AR4")),
    ("init", "fiscal_year_start"): lambda _begun: [f"{month:02d}-01" for month in range(1, 13)],
    ("add", "role"): several(("preparer", "reviewer", "auditor", "admin")),
    ("role", "role"): several(("preparer", "reviewer", "auditor", "admin")),
}
"""Name of a command (of any where blank) and of what it takes → the words for it."""


def complete_words(command: Any) -> None:
    """Give every command of a tree the words by which its arguments and options are completed."""
    _leave_values_alone(command)
    for name, inner in getattr(command, "commands", {}).items():
        complete_words(inner)
        for taken in inner.params:
            words = WORDS.get((name, taken.name)) or WORDS.get(("", taken.name))
            if words is not None:
                taken._custom_shell_complete = _offered(words)  # noqa: SLF001 — one place rather than sixty options


def _leave_values_alone(command: Any) -> None:
    """Let a command take values as they are: it is not run, and what checks them takes a tenth of a second to load."""
    params_of = command.get_params

    def unchecked(context: Any) -> list[Any]:
        params: list[Any] = params_of(context)
        for taken in params:
            taken.process_value = lambda _context, value: value
        return params

    command.get_params = unchecked


def _offered(words: Callable[[str], list[str]]) -> Callable[[Any, Any, str], list[Any]]:
    from typer._click.shell_completion import CompletionItem

    def offered(_context: Any, _taken: Any, begun: str) -> list[Any]:
        return [CompletionItem(word) for word in words(begun) if word.startswith(begun)]

    return offered
