"""What the company of the simulator does: each act changes the ledger and the accountant's books, or neither."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accountant import LINES, Row, quarter_of
from points import HOWS

from ledger.errors import LedgerError
from ledger.store import session
from ledger.store.session import side_folder

if TYPE_CHECKING:
    from simulate import Company

_UNITS = {"natural_gas": ("kWh",), "diesel": ("L",), "electricity_purchased": ("kWh", "MWh")}
_HEADER = "external_id,facility_id,activity_type,quantity,unit,month,calorific_basis,data_basis\n"
_FAULTS = ("guessed", "2024-13", "lightyear", "1.000,5,", "MARS")
_CERTIFICATE = (
    "instrument_id,type,facility_id,kwh,technology,energy_source,country,vintage_start,vintage_end,retired_on,"
    "co2_kg_per_kwh,co2e_kg_per_kwh,criterion_1,criterion_2,criterion_3,criterion_4,criterion_5,criterion_6,"
    "criterion_7,criterion_8\n{},certificate,,{},onshore wind,renewable,GB,2024-01-01,2024-12-31,2025-02-10,0,0,"
    "met,met,met,met,met,na,na,met\n"
)


def upload(company: Company, rng: random.Random, number: int) -> str:
    """A new file of a few rows, given whole or cut off at some point."""
    file, rows = _new_file(company, rng, number)
    answer = _maybe_faulty(company, rng, "upload", [str(file)])
    batch = _batch_of(company, file.name)
    if batch is None:
        assert answer.startswith("cut off"), answer
        company.cut_off[file.name] = lambda batch: _enter(company, file, rows, batch)
        return f"{file.name} is not there ({answer})"
    _enter(company, file, rows, batch)
    return f"{file.name} is batch {batch} ({answer})"


def upload_again(company: Company, rng: random.Random, number: int) -> str:
    """A file that was given before, under its own name or another: nothing is added."""
    if not company.books.files:
        return "nothing yet"
    name, (path, batch, _) = rng.choice(sorted(company.books.files.items()))
    file = Path(path)
    if rng.random() < 0.5:
        file = Path(shutil.copy(file, company.folder / f"copy{number}.csv"))
    size = company.size
    done = company.ledger.upload(file)
    assert (done.status, done.batch, company.size) == ("already_recorded", batch, size), name
    return f"{name}: already batch {batch}"


def upload_faulty(company: Company, rng: random.Random, number: int) -> str:
    """A file with one bad cell: refused whole, the refusal on record."""
    file, _ = _new_file(company, rng, number)
    lines = file.read_text().splitlines()
    cells = lines[-1].split(",")
    place, bad = rng.choice(((1, "MARS"), (3, "twelve"), (4, "lightyear"), (5, "2024-13"), (7, "guessed")))
    cells[place] = bad
    file.write_text("\n".join([*lines[:-1], ",".join(cells)]) + "\n")
    size = company.size
    log = side_folder(company.ledger.path, "control.jsonl")
    before = log.read_bytes() if log.exists() else b""
    answer = _maybe_faulty(company, rng, "upload", [str(file)], allowed=("refused",))
    assert company.size == size
    if answer == "refused":
        grown = log.read_bytes()
        assert len(grown) > len(before)
    return f"'{bad}' refused ({answer})"


def correct(company: Company, rng: random.Random, number: int) -> str:
    """A standing row takes another amount: its negative and a new row."""
    row = _standing(company, rng)
    if row is None:
        return "no row"
    amount = _amount(rng)
    size = company.size
    why = {"reason": "typing_error", "note": f"n{number}"}
    answer = _call(company, rng, "correct", [row.entry, {"quantity": str(amount)}], why)

    def done(batch: int) -> None:
        company.books.take_back(row.entry, batch, 1)
        company.books.enter([replace(row, amount=amount, batch=batch, entry=f"B{batch}-2")])

    if company.size == size:
        assert answer.startswith("cut off"), answer
        company.cut_off[f"typing_error: n{number}"] = done
        return f"{row.entry} stands ({answer})"
    done(size + 1)
    return f"{row.entry} is B{size + 1}-2 ({answer})"


def reverse(company: Company, rng: random.Random, number: int) -> str:
    """A standing row is taken back; a second time it is refused."""
    row = _standing(company, rng)
    if row is None:
        return "no row"
    size = company.size
    answer = _call(company, rng, "reverse", [row.entry], {"reason": f"not_ours {number}"})
    if company.size == size:
        assert answer.startswith("cut off"), answer
        company.cut_off[f"not_ours {number}"] = lambda batch: company.books.take_back(row.entry, batch, 1)
        return f"{row.entry} stands ({answer})"
    company.books.take_back(row.entry, size + 1, 1)
    assert _refusal(company.ledger.reverse, row.entry, reason="again"), f"{row.entry} was reversed twice"
    return f"{row.entry} taken back ({answer})"


def calculate(company: Company, rng: random.Random, number: int) -> str:
    """Every key is decided anew."""
    size = company.size
    answer = _call(company, rng, "calculate", [], {"reason": f"c{number}"})
    if answer.startswith("cut off") and company.size == size:
        company.cut_off[f"c{number}"] = lambda _: company.books.calculate()
        return answer
    company.books.calculate()
    return f"{company.size - size} batches ({answer})"


def publish(company: Company, rng: random.Random, number: int) -> str:
    """Another edition or another publisher comes in; what was decided stays until the next calculation."""
    name = rng.choice(("desnz-2023", "desnz-2025", "epa-hub-2024", "ember-2026", "egrid-2023"))
    done = company.ledger.publish_factors([name])
    if name == "desnz-2023":
        company.books.editions.add(2023)
    company.books.ember = company.books.ember or name == "ember-2026"
    return f"{name}: {done.counts['datasets']} new"


def certificates(company: Company, rng: random.Random, number: int) -> str:
    """Certificates of 2024; they cover something from the next calculation on."""
    if sum(company.books.certificates) > 200_000:
        return "enough"
    kwh = rng.randrange(1, 60_000)
    file = company.folder / f"certificate{number}.csv"
    file.write_text(_CERTIFICATE.format(f"R{number}", kwh))
    done = company.ledger.upload(file)
    assert done.status == "accepted", [f.message for f in done.findings]
    company.books.certificates.append(kwh)
    company.books.calculated = False
    return f"{kwh} kWh"


def submit(company: Company, rng: random.Random, number: int) -> str:
    """A quarter is handed in."""
    quarter = f"2024-Q{rng.randrange(1, 5)}"
    refused = _refusal(company.by("anna").submit, quarter)
    if refused:
        nothing = not any(quarter_of(row.month) == quarter for row in company.books.rows)
        assert nothing or quarter in company.books.pins or quarter in company.submitted, refused
        return f"{quarter}: {refused}"
    assert quarter not in company.books.pins
    company.submitted[quarter] = company.size
    company.approved.discard(quarter)
    if rng.random() < 0.5:
        return quarter
    return f"{quarter}, {approve(company, rng, number, quarter)}, {close(company, rng, number, quarter)}"


def approve(company: Company, rng: random.Random, number: int, of: str | None = None) -> str:
    """A second person approves what was submitted; not the one who submitted it, and not if it changed since."""
    if not company.submitted:
        return "nothing submitted"
    quarter = of or rng.choice(sorted(company.submitted))
    refused = _refusal(company.by("ben").approve, quarter)
    if refused:
        changed = company.size > company.submitted[quarter]
        assert changed or quarter in company.approved, refused
        return f"{quarter}: {refused}"
    company.approved.add(quarter)
    return quarter


def close(company: Company, rng: random.Random, number: int, of: str | None = None) -> str:
    """An approved quarter is closed: its figures stand as they are."""
    if not company.approved:
        return "nothing approved"
    quarter = of or rng.choice(sorted(company.approved))
    pin = company.size
    refused = _refusal(company.by("ben").close, quarter)
    if refused:
        assert company.size > company.submitted[quarter], refused
        return f"{quarter}: {refused}"
    company.books.pins[quarter] = pin
    company.submitted.pop(quarter)
    company.approved.discard(quarter)
    company.sealed[quarter] = company.ledger.sealed_figures(quarter)
    return quarter


def restate(company: Company, rng: random.Random, number: int) -> str:
    """A closed quarter takes in what came since."""
    if not company.books.pins:
        return "nothing closed"
    quarter = rng.choice(sorted(company.books.pins))
    size = company.size
    company.by("cleo").restate(quarter, reason="late_data", note=f"n{number}")
    if company.size == size:
        late = [row for row in company.books.rows if quarter_of(row.month) == quarter
                and row.batch > company.books.pins[quarter]]  # fmt: skip
        assert sum((row.amount for row in late), Decimal(0)) == 0 or not late or _nets_out(late), late
        return f"{quarter}: nothing came"
    company.books.pins[quarter] = company.size - 1
    company.sealed[quarter] = company.ledger.sealed_figures(quarter)
    return quarter


def snapshot(company: Company, rng: random.Random, number: int) -> str:
    """A snapshot of this moment."""
    file = company.folder / f"snapshot{number}.zip"
    answer = _maybe_faulty(company, rng, "snapshot", [str(file)])
    if not file.exists():
        assert answer.startswith("cut off"), answer
        return answer
    company.saved.append((file, company.state()))
    return f"of {company.size} ({answer})"


def lose(company: Company, rng: random.Random, number: int) -> str:
    """The ledger is gone with all beside it; the last snapshot comes back, and the books go back with it."""
    if not company.saved:
        return "no snapshot"
    file, state = company.saved[-1]
    home = company.ledger.path.parent
    home.rename(company.folder / f"lost{number}")
    home.mkdir()
    company.ledger.restore(file, company.ledger.path)
    company.go_back(state)
    return f"back to {company.size}"


def break_file(company: Company, rng: random.Random, number: int) -> str:
    """The file alone is damaged; it is made anew from what lies beside it, and nothing is lost."""
    path, size = company.ledger.path, company.size
    content = bytearray(path.read_bytes())
    for place in range(0, 12_288, 7):
        content[place] ^= 0xFF
    path.write_bytes(bytes(content))
    assert _refusal(company.ledger.checkpoint), "a damaged file was read"
    made = company.ledger.rebuild(company.folder / f"rebuilt{number}" / "ledger.duckdb")
    path.parent.rename(company.folder / f"broken{number}")
    made.path.parent.rename(path.parent)
    assert size <= company.size <= size + 1
    if company.size > size:  # an act that was cut off just before its commit, and lay in evidence as a whole
        with session(path) as s:
            mark = s.one("select coalesce(source_name, reason) from batch where batch_no = ?", [company.size])[0]
        company.cut_off[mark](company.size)
    return f"rebuilt at {size}"


def older_copy(company: Company, rng: random.Random, number: int) -> str:
    """An older copy of the file alone is put back: nothing is added to it, and the newer one comes back."""
    path = company.ledger.path
    newer = path.with_name("newer.duckdb")
    shutil.copy(path, newer)
    file, rows = _new_file(company, rng, number)
    done = company.ledger.upload(file)
    later = path.with_name("later.duckdb")
    path.rename(later)
    newer.rename(path)
    other, _ = _new_file(company, rng, 10_000 + number)
    refused = _refusal(company.ledger.upload, other)
    assert "is not the file over which checkpoint" in (refused or ""), refused
    assert not company.ledger.verify().ok
    later.replace(path)
    _enter(company, file, rows, done.batch)
    return f"{file.name} is batch {done.batch}"


def _new_file(company: Company, rng: random.Random, number: int) -> tuple[Path, list[Row]]:
    file = company.folder / f"f{number}.csv"
    rows, lines = [], [_HEADER]
    for place in range(1, rng.randrange(1, 6) + 1):
        kind = rng.choice(sorted(LINES))
        unit = rng.choice(_UNITS[kind])
        month = (2023, rng.randrange(1, 13)) if rng.random() < 0.2 else (2024, rng.randrange(1, 13))
        amount = _amount(rng)
        basis = "gross" if kind == "natural_gas" else ""
        site = rng.choice(("LON", "LEE"))
        rows.append(Row(f"{file.stem}-{place}", kind, unit, month, amount, 0, f"-{place}", site))
        lines.append(f"{file.stem}-{place},{site},{kind},{amount},{unit},{month[0]}-{month[1]:02},{basis},measured\n")
    file.write_text("".join(lines), encoding="utf-8")
    return file, rows


def _amount(rng: random.Random) -> Decimal:
    return Decimal(rng.randrange(1, 10**10)) / 10**6 if rng.random() < 0.7 else Decimal(rng.randrange(1, 9_999))


def _enter(company: Company, file: Path, rows: list[Row], batch: int) -> None:
    company.books.enter([replace(row, batch=batch, entry=f"B{batch}{row.entry}") for row in rows])
    company.books.files[file.name] = (str(file), batch, len(rows))


def _standing(company: Company, rng: random.Random) -> Row | None:
    standing = sorted(company.books.standing.values(), key=lambda row: row.entry)
    return rng.choice(standing) if standing else None


def _nets_out(late: list[Row]) -> bool:
    sums: dict[Any, Decimal] = {}
    for row in late:
        key = (row.kind, row.unit, row.month)
        sums[key] = sums.get(key, Decimal(0)) + row.amount
    return not any(sums.values())


def _refusal(act: Callable[..., Any], *given: Any, **more: Any) -> str | None:
    """Why an act was refused, in words; None where it was not."""
    try:
        act(*given, **more)
    except LedgerError as fault:
        return str(fault)
    return None


def _batch_of(company: Company, name: str) -> int | None:
    with session(company.ledger.path) as s:
        rows = s.rows("select batch_no from batch where source_name = ?", [name])
    assert len(rows) <= 1, f"{name} is there twice"
    return rows[0][0] if rows else None


def _maybe_faulty(
    company: Company, rng: random.Random, act: str, given: list[Any], allowed: tuple[str, ...] = ("accepted",)
) -> str:
    """Do an act in a child, which in some cases meets a full disk or is killed at some point."""
    point, how = (rng.randrange(1, 60), rng.choice(HOWS)) if rng.random() < 0.35 else (0, "full")
    said, _, where = company.trials.act(act, given, point, how)
    if where != "none":
        assert said is None or said[0] in ("fault", *allowed), said
        return f"cut off at {where}, {how}"
    assert said is not None and said[0] in allowed, said  # noqa: PT018 — both say what came
    return str(said[0])


def _call(company: Company, rng: random.Random, verb: str, given: list[Any], more: dict[str, Any]) -> str:
    json.dumps(given)
    return _maybe_faulty(company, rng, "call", [verb, given, more])


ACTS: dict[str, Callable[[Any, random.Random, int], str]] = {
    "upload": upload, "upload again": upload_again, "upload faulty": upload_faulty, "correct": correct,
    "reverse": reverse, "calculate": calculate, "publish": publish, "certificates": certificates, "submit": submit,
    "approve": approve, "close": close, "restate": restate, "snapshot": snapshot, "lose": lose,
    "break file": break_file, "older copy": older_copy,
}  # fmt: skip
WEIGHTS = {
    "upload": 26, "upload again": 6, "upload faulty": 5, "correct": 9, "reverse": 6, "calculate": 6, "publish": 3,
    "certificates": 3, "submit": 9, "approve": 9, "close": 8, "restate": 5, "snapshot": 3, "lose": 1,
    "break file": 1, "older copy": 2,
}  # fmt: skip
