"""The case folders: what a team uploads, what follows from it by hand, and how to play a case on a ledger."""

from __future__ import annotations

import ast
import csv
import re
import shutil
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from ledger import Ledger
from ledger.store import session

HERE = Path(__file__).parent
DATA = HERE.parent.parent / "data"
COMPANY = HERE / "company"
ACTOR = "accountant"
UPLOAD_ORDER = ("legal_entity.csv", "facility.csv", "factor.csv", "instrument.csv", "metric.csv", "activity.csv")
AMOUNT = re.compile(r"quantity|.*_kg|.*_kwh|.*_kg_per_unit")
KEY_COLUMNS = {
    "gwp.csv": 3, "exchange_rates.csv": 2, "price_indices.csv": 3, "ipcc-gwp.gases.csv": 2,
}  # fmt: skip
"""How many first columns name a row of a file of `data/`; one where nothing is said."""

_POSTINGS = """
select a.external_id, a.source_line, strftime(p.month, '%Y-%m') as month, p.* exclude (month),
       k.activity_type, k.unit_given as unit, c.total_co2e_kg_per_unit as co2e_kg_per_unit
from posting p
join choice c on c.batch_no = p.choice_batch and c.seq = p.choice_seq
join choice_key k on k.key_no = p.key_no
left join activity a on a.batch_no = p.activity_batch and a.seq = p.activity_seq
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A folder: uploads, the postings that must follow, and the sums by hand."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def settings(self) -> dict[str, str]:
        """What its ledger is made with, where that is not the usual."""
        file = self.folder / "ledger.toml"
        return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}

    @property
    def steps(self) -> list[str]:
        """What is done, in order: the uploads in the order of their kinds, unless `steps.txt` says otherwise."""
        file = self.folder / "steps.txt"
        if file.exists():
            return file.read_text(encoding="utf-8").splitlines()
        return [f"upload {name}" for name in UPLOAD_ORDER if (self.folder / name).exists()]

    @property
    def expected(self) -> list[dict[str, str]]:
        """The postings that must follow, as text."""
        return rows_of(self.folder / "expected.csv")

    @property
    def readme(self) -> str:
        """The arithmetic."""
        return (self.folder / "README.md").read_text(encoding="utf-8")

    @property
    def sums(self) -> list[tuple[str, str, str]]:
        """The sums written out: expression, `=` or `≈`, and result."""
        blocks = re.findall(r"```text\n(.*?)```", self.readme, re.DOTALL)
        lines = [line for block in blocks for line in block.splitlines() if line and not line.startswith("#")]
        found = [re.fullmatch(r".+?: (.+) ([=≈]) (\S+)", line) for line in lines]
        return [(match[1], match[2], match[3]) for match in found if match]

    @property
    def sources(self) -> list[tuple[str, ...]]:
        """The numbers quoted: file in `data/`, row, column, value and where its publisher prints it."""
        rows = re.findall(r"^\| (\S+\.csv) \| `(.+?)` \| (\S+) \| (\S+) \| ?(.*?) ?\|$", self.readme, re.MULTILINE)
        return [tuple(row) for row in rows]


def rows_of(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV as text."""
    with file.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def all_cases() -> list[Case]:
    """Every case, by name."""
    return [Case(file.parent) for file in sorted(HERE.glob("*/expected.csv"))]


def founded(folder: Path, settings: dict[str, str]) -> Ledger:
    """A new ledger with the shipped factors and the company that all cases share."""
    ledger = Ledger.init(folder / "x.duckdb", organisation="Brackley Tools", actor=ACTOR, **settings)
    for name in ("legal_entity.csv", "facility.csv"):
        uploaded(ledger, COMPANY / name)
    return ledger


def copied(ledger: Ledger, folder: Path) -> Ledger:
    """The same ledger in another folder, with all that lies beside its file."""
    shutil.copytree(ledger.path.parent, folder, dirs_exist_ok=True)
    return Ledger(folder / ledger.path.name, actor=ACTOR)


def uploaded(ledger: Ledger, file: Path) -> None:
    """Upload a file, which must be taken."""
    result = ledger.upload(file, file.stem, locale="en-GB")
    told = [f"line {f.line} {f.column}: {f.message}" for f in result.findings if f.severity == "error"]
    assert result.status == "accepted", f"{file.parent.name}/{file.name}: {result.status} {told}"


@dataclass(slots=True)
class Book:
    """Cases played on a ledger: the batches of each, or what stopped it, and every posting read once."""

    ledger: Ledger
    batches: dict[str, tuple[int, int]] = field(default_factory=dict)
    stopped: dict[str, Exception] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, other: Book) -> None:
        """Take over what was played on another ledger."""
        self.stopped |= other.stopped
        self.rows |= other.rows

    def postings_of(self, case: Case) -> list[dict[str, Any]]:
        """The postings that the steps of a case made. Raises what stopped it."""
        if case.name in self.stopped:
            raise self.stopped[case.name]
        return self.rows[case.name]


def played(cases: list[Case], ledger: Ledger) -> Book:
    """Play cases one after another; one that cannot be played does not stop the others."""
    made = Book(ledger)
    after = ledger.checkpoint().size
    for case in cases:
        before = after
        try:
            play(case, ledger)
        except Exception as fault:  # noqa: BLE001 — the test of that case raises it
            made.stopped[case.name] = fault
        after = ledger.checkpoint().size
        made.batches[case.name] = (before, after)
    every = postings(ledger)
    for name, (before, after) in made.batches.items():
        made.rows[name] = [row for row in every if before < row["quantity_batch"] <= after]
    return made


def played_together(cases: list[Case], ledger: Ledger, folder: Path) -> Book:
    """The same cases in few uploads: rows of those without steps of their own in one file, the others one by one."""
    plain_cases = [case for case in cases if not (case.folder / "steps.txt").exists()]
    rows: list[dict[str, str]] = []
    case_of: dict[str, str] = {}
    for case in plain_cases:
        for name in UPLOAD_ORDER[:-1]:
            if (case.folder / name).exists():
                uploaded(ledger, case.folder / name)
        own = rows_of(case.folder / "activity.csv")
        assert not case_of.keys() & {row["external_id"] for row in own}, "a row is told by its identifier"
        case_of |= {row["external_id"]: case.name for row in own}
        rows += reversed(own)
    file = folder / "activity.csv"
    with file.open("w", encoding="utf-8", newline="") as made:
        writer = csv.DictWriter(made, list(dict.fromkeys(name for row in rows for name in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)
    uploaded(ledger, file)
    together = {case.name: [] for case in plain_cases}
    for row in postings(ledger):
        together[case_of[row["external_id"]]].append(row)
    book = played([case for case in cases if case not in plain_cases], ledger)
    book.rows |= together
    return book


def play(case: Case, ledger: Ledger) -> None:
    """Do what the case says, step by step."""
    for step in case.steps:
        verb, *words = step.split()
        if verb == "upload":
            uploaded(ledger, case.folder / words[0])
        elif verb == "calculate":
            ledger.calculate(reason=case.name)
        elif verb == "correct":
            changes = dict(word.split("=", 1) for word in words[1:])
            ledger.correct(entry_of(ledger, words[0]), changes, reason="typing_error")
        elif verb == "reverse":
            ledger.reverse(entry_of(ledger, words[0]), reason="not_ours")
        else:
            raise ValueError(step)


def entry_of(ledger: Ledger, external_id: str) -> str:
    """The entry of the row with this identifier."""
    with session(ledger.path) as s:
        batch_no, seq = s.one("select batch_no, seq from activity where external_id = ?", [external_id])
    return f"B{batch_no}-{seq}"


def postings(ledger: Ledger) -> list[dict[str, Any]]:
    """Every posting of the ledger, by the view that an auditor reads."""
    with session(ledger.path) as s:
        return list(s.arrow(_POSTINGS, {}).to_pylist())


def counted(rows: list[dict[str, Any]], columns: list[str]) -> Counter[tuple[str, ...]]:
    """Rows as they are compared: the named columns, amounts in plain notation without trailing zeros."""
    return Counter(tuple(plain(row.get(column), column) for column in columns) for row in rows)


def plain(value: Any, column: str) -> str:
    """A value as text: blank for nothing, digits without trailing zeros for an amount."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if not AMOUNT.fullmatch(column):
        return str(value)
    text = format(Decimal(value), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def value_of(expression: str) -> Fraction:
    """The value of a sum written with + − × ÷ and brackets, exactly."""
    text = expression.replace("×", "*").replace("÷", "/").replace("−", "-").replace(" ", "")

    def value(node: ast.expr) -> Fraction:
        if isinstance(node, ast.BinOp):
            left, right = value(node.left), value(node.right)
            if isinstance(node.op, ast.Add):
                return left + right
            if isinstance(node.op, ast.Sub):
                return left - right
            return left * right if isinstance(node.op, ast.Mult) else left / right
        if isinstance(node, ast.UnaryOp):
            return -value(node.operand)
        return Fraction(ast.get_source_segment(text, node) or "")

    return value(ast.parse(text, mode="eval").body)


def half_away(value: Fraction, places: int) -> Fraction:
    """A fraction rounded half away from zero."""
    whole, rest = divmod(abs(value.numerator) * 10**places, value.denominator)
    rounded = Fraction(whole + (2 * rest >= value.denominator), 10**places)
    return rounded if value >= 0 else -rounded
