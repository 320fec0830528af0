"""An evidence pack under attack: whatever is changed in it is told by the program in it, by file, line and field.

The forger is a stranger (changes bytes), a careful stranger (makes the manifest's digests anew), or one of the house,
who has the signing key too. What follows from entries is told of all three; the words of a report are its signer's.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import full
import pytest
import tiny
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mutants import LINED, SEALS, forged, members_of, mutated_json, mutated_lines, other_text, resigned

from ledger.assurance import verify_pack
from ledger.book.packing import write_pack
from ledger.inventory.period import period
from ledger.store import append, as_arrow, latest_checkpoint, session
from ledger.store.checkpoint import checkpoints_path, public_key_text, signed, signing_key
from ledger.store.tables import Holding, LegalEntity, PeriodEvent

PERIOD, VIEW = "2024-Q1", "equity_share"
MARCH = (date(2024, 3, 1), date(2024, 3, 31))


def _built(folder: Path) -> Path:
    """A small ledger: shares that change within a month, a leased site, instruments, a closed month and a late row."""
    path = folder / "packed.duckdb"
    with session(path, "write", create=True) as s:
        named = [{"name": "signing_key", "value": public_key_text(signing_key()), "valid_from": full.EPOCH}]
        tiny.found(
            s, full.FACTORS, gwp=full.gwp("AR6") + full.gwp("AR5"), settings=named, datasets=[tiny.dataset("t-2024")],
            facilities=[tiny.facility("F1"), tiny.facility("F2", legal_entity_id="L2"),
                        tiny.facility("F3", relation="lease_out_finance")],
            instruments=[tiny.instrument("R1", "300"), tiny.instrument("R2", "50", facility_id="F2")],
        )  # fmt: skip
        append(s, tiny.act("upload", "holdings"), _hold)
        first = tiny.upload(s, "u1", _rows())
        tiny.calculate(s, "c1")
        tiny.publish(s, "f2", [tiny.factor("t:power", version="1.1", co2e_published_kg_per_unit="0.25")],
                     [tiny.dataset("t-2024", version="1.1")])  # fmt: skip
        tiny.calculate(s, "c2")
        tiny.reverse(s, "r1", first, 2)
        closed = {"period_start": full.JANUARY[0], "period_end": full.JANUARY[1], "view": "all", "event": "closed"}
        append(s, tiny.act("period", "close", "closed"), lambda writing: writing.insert_rows(
            PeriodEvent, as_arrow(PeriodEvent, [closed])))  # fmt: skip
        late = tiny.row("natural_gas", "77", "kWh", *full.JANUARY, calorific_basis="gross", facility_id="F1")
        tiny.upload(s, "late", [late, *_rows()[:1]])
    return path


def _hold(writing) -> None:
    entity = {"name": "é", "country": "GB", "in_consolidated_accounts": True, "high_climate_impact": False,
              "valid_from": full.EPOCH, "withdrawn": False}  # fmt: skip
    held = {"parent": "L1", "child": "L2", "financial_control": "sole", "operational_control": True,
            "event": "e", "withdrawn": False}  # fmt: skip
    shares = [{**held, "equity_share": Decimal("0.333333"), "valid_from": full.EPOCH},
              {**held, "equity_share": Decimal("0.600000"), "valid_from": date(2024, 3, 11)}]  # fmt: skip
    writing.insert_rows(
        LegalEntity, as_arrow(LegalEntity, [{**entity, "legal_entity_id": name} for name in ("L1", "L2")])
    )
    writing.insert_rows(Holding, as_arrow(Holding, shares))


def _rows() -> list[dict]:
    own = {"legal_entity_id": None}  # the facility's
    made = [
        tiny.row("electricity_purchased", f"{n}00.25", "kWh", *MARCH, facility_id=f"F{1 + n % 3}", external_id=f"é|{n}",
                 supplier=f"S{n}", tags='{"source_column":"Mar","a":"1"}', **own) for n in range(1, 5)
    ]  # fmt: skip
    made += [tiny.row("electricity_purchased", f"{n}1", "MWh", date(2024, 2, 10), date(2024, 4, 9), invoice_id=f"I{n}",
                      facility_id=f"F{n}", **own) for n in range(1, 4)]  # fmt: skip
    made += [tiny.row("natural_gas", f"5{n}", "kWh", *full.JANUARY, calorific_basis="gross", facility_id=f"F{n}")
             for n in range(1, 4)]  # fmt: skip
    made += [tiny.row("diesel", "12.5", "L", *full.JANUARY, facility_id="F2", **own),
             tiny.row("electricity_purchased", "5", "kWh", *full.JANUARY, country="ZZ")]  # fmt: skip
    return made


@pytest.fixture(scope="module")
def ledger(tmp_path_factory) -> Path:
    return _built(tmp_path_factory.mktemp("packed"))


@pytest.fixture(scope="module")
def pack(ledger) -> Path:
    """The pack of a quarter in a view that cuts postings by shares."""
    file = ledger.parent / "pack.zip"
    with session(ledger) as s:
        write_pack(s, period(PERIOD), VIEW, None, file, ("json",))
    return file


@pytest.fixture(scope="module")
def members(pack) -> dict[str, bytes]:
    return members_of(pack)


@pytest.fixture
def told(tmp_path, members):
    """What the program says of a pack in which some files are others, by a forger of one of the three kinds."""

    def tell(changes, *, forger="insider", held=members):
        key = signing_key() if forger == "insider" else None
        bad = forged(held | changes, tmp_path / "bad.zip", sealed=forger != "stranger", key=key)
        return verify_pack.verify(str(bad)).faults

    return tell


@pytest.mark.thorough
def test_it_holds_and_has_something_to_harm(pack, members, told):
    """Left alone it holds, made anew too; and it has shares, moved lines, instruments, nulls and a closed month."""
    assert verify_pack.verify(str(pack)).faults == []
    assert told({}) == []
    postings = members["postings.csv"].decode()
    for what in ("category_13", "0.333333", "R1", "0.513978", "memo_other_basis", "no_factor", "Mar"):
        assert what in postings, what
    assert ",77.000000," not in postings.replace('"', "")  # it came after the close
    boundary = json.loads(members["boundary.json"])
    assert len({pin["pin"] for pin in boundary["pins"]}) == 2
    assert {name for name in members if name.startswith("leaves/")}


def positions(content: bytes) -> list[int]:
    """The first, the middle and the last byte, a digit and a letter."""
    found = {0, len(content) // 2, len(content) - 1}
    for kind in (rb"[0-9]", rb"[a-zA-Z]"):
        if mark := re.search(kind, content[len(content) // 3 :]):
            found.add(len(content) // 3 + mark.start())
    return sorted(found)


@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.thorough)])
def test_a_byte_of_any_file(members, told, step):
    """A byte of any file is told with the file's name, whoever changed it, where it does not stand in the manifest."""
    for turn, (name, content) in enumerate(members.items()):
        for place in positions(content)[turn % step :: step]:
            changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
            faults = told({name: changed}, forger="stranger")
            named = (name,) if name != "manifest.json" else (name, "manifest.txt")
            assert any(fault.startswith(named) for fault in faults), (name, place, faults)


def test_a_careful_stranger(members, told):
    """Where the manifest was made anew too, its signature tells; a signature of one's own is not the ledger's."""
    for name in sorted(set(members) - {*SEALS}):
        content = members[name]
        changed = {name: content[:-2] + bytes([content[-2] ^ 1]) + content[-1:]}
        faults = told(changed, forger="careful")
        assert any(fault.startswith(("manifest.txt: ", f"{name}: cannot be read")) for fault in faults), name


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.thorough] * bool(n % 3)) for n, name in enumerate(LINED)]
)
def test_any_field_of_any_line(name, members, told):
    """Any field of any line, changed by one of the house, is told with file and line; of a CSV with the column."""
    every = {"headers.jsonl": 2, "postings.csv": 3}.get(name, 1)
    columns = members[name].decode().split("\n")[0].replace('"', "").split(",")
    lines = 0
    for content, changed in mutated_lines(name, members[name], every=every):
        faults = told({name: content})
        for line, field in changed.items():
            # a header is bound by the one after it, the last by the root
            either = [line, line + 1] if name == "headers.jsonl" else [line]
            own = [fault for fault in faults if any(fault.startswith(f"{name} line {n}: ") for n in either)]
            if name == "headers.jsonl" and line == members[name].count(b"\n"):
                own += [fault for fault in faults if f": line {line} or one before" in fault]
            assert own, (name, line, field, faults[:5])
            if name.endswith(".csv"):
                assert any(columns[field] in fault or "follows from no entry" in fault for fault in own), own
            lines += 1
    assert lines > 80


def test_a_line_left_out_doubled_or_moved(members, told):
    """A line that is gone or there twice is told; so is a line of another file."""
    for name in LINED:
        lines = members[name].split(b"\n")
        for place in (1, len(lines) // 2, len(lines) - 2):
            without = told({name: b"\n".join(lines[:place] + lines[place + 1 :])})
            assert without, (name, place)
            twice = told({name: b"\n".join([*lines[: place + 1], lines[place], *lines[place + 1 :]])})
            assert any(fault.startswith(name) for fault in twice), (name, place)


def test_any_column_left_out_or_renamed(members, told):
    """A column that is gone, renamed or exchanged with another is told in both tables."""
    for name in ("postings.csv", "factors.csv"):
        rows = [line.split(",") for line in members[name].decode().split("\n") if line]
        for change in (lambda row: row[:-1], lambda row: row[1:], lambda row: [row[1], row[0], *row[2:]]):
            made = "\n".join(",".join(change(row)) for row in rows) + "\n"
            if change(rows[0])[0] == rows[0][1] and len(change(rows[0])) == len(rows[0]):
                made = made.replace(",".join(change(rows[0])), ",".join(rows[0]), 1)  # the names stay, the values move
            assert any(fault.startswith(name) for fault in told({name: made.encode()})), name


def test_any_figure(members, told):
    """Any figure, by its amount or its name, and the same figure in the report."""
    figures = json.loads(members["figures.json"])
    made = {figure: other_text(amount) for figure, amount in figures.items()}
    faults = told({"figures.json": json.dumps(made).encode()})
    assert [f for f in figures if not any(fault.startswith(f"figures.json: {f} is ") for fault in faults)] == []
    label = {other_text(f.split("@")[0]) + "@" + f.split("@")[1]: amount for f, amount in figures.items()}
    assert told({"figures.json": json.dumps(label).encode()})
    report = json.loads(members["report/quarterly.json"])
    own = [figure for figure in report["figures"] if figure.startswith(f"{PERIOD}/")]
    report["figures"] |= {figure: other_text(report["figures"][figure]) for figure in own}
    faults = told({"report/quarterly.json": json.dumps(report).encode()})
    assert [f for f in own if not any(f in fault for fault in faults)] == []


@pytest.mark.thorough
def test_any_part_of_the_boundary(members, told):
    """Any share, place or pin by which postings count is told, where there are postings that it would change."""
    survived = []
    for path, content in mutated_json(members["boundary.json"], lambda path: path[0] in ("parts", "pins")):
        if not told({"boundary.json": content}):
            part = json.loads(members["boundary.json"])[path[0]][path[1]]
            survived.append((path, part))
    # Only what no posting of the quarter rests on: nothing of the rest of Scope 3 happened at these sites, and not in
    # every month something at each.
    for path, part in survived:
        assert path[0] == "parts", (path, part)
        unused = part["applies"] == "other" or part["given_entity"] or part["facility_id"] is None
        assert unused or path[2] in ("first_month", "last_month"), (path, part)


def test_any_word_of_the_manifest(members, told):
    """Any value of the manifest, though signed anew: a digest, the period, the view, the size, the root, the name."""
    tested = 0
    for path, content in mutated_json(members["manifest.json"], lambda path: path[0] != "files"):
        bad = members | {"manifest.json": content}
        bad["manifest.txt"] = resigned(bad, signing_key())
        assert told({}, forger="stranger", held=bad), path
        tested += 1
    assert tested > 8


@pytest.mark.thorough
def test_any_letter_of_the_notes(members, told):
    """Any letter of the signed checkpoint and of the note over the manifest."""
    for name in ("checkpoint.txt", "manifest.txt"):
        text = members[name].decode()
        for place, letter in list(enumerate(text))[::2]:
            changed = text[:place] + ("1" if letter != "1" else "2") + text[place + 1 :]
            forger = "insider" if name == "checkpoint.txt" else "stranger"
            faults = told({name: changed.encode()}, forger=forger)
            assert any(fault.startswith(f"{name}: ") for fault in faults), (name, place)


@pytest.mark.thorough
def test_any_node(members, told):
    """Any leaf of any batch: each of a small one by itself, some of a large one; and leaves cut off or added."""
    chance = random.Random(7)  # noqa: S311  a test that runs the same each time
    for name in sorted(name for name in members if name.startswith("leaves/")):
        raw = members[name]
        count = len(raw) // 32
        for node in range(count) if count < 20 else chance.sample(range(count), 12):
            place = 32 * node + chance.randrange(32)
            changed = raw[:place] + bytes([raw[place] ^ (1 << chance.randrange(8))]) + raw[place + 1 :]
            assert any(fault.startswith(f"{name}: ") for fault in told({name: changed})), (name, node)
        for changed in (raw[:-32], raw[:-1], raw + raw[-32:], raw + b"\0", b""):
            assert any(fault.startswith(f"{name}: ") for fault in told({name: changed})), name


@pytest.mark.thorough
def test_the_archive_itself(pack, tmp_path):
    """A flipped bit anywhere in the archive: either it says nothing, because every file is the same, or it is told."""
    raw, whole = pack.read_bytes(), members_of(pack)
    chance = random.Random(11)  # noqa: S311  as above
    ends = [*range(60), *range(len(raw) - 80, len(raw))]
    bad = tmp_path / "bad.zip"
    found = set()
    for place in ends + chance.sample(range(len(raw)), 150):
        bad.write_bytes(raw[:place] + bytes([raw[place] ^ (1 << chance.randrange(8))]) + raw[place + 1 :])
        try:
            faults = verify_pack.verify(str(bad)).faults
        except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
            found.add("cannot be opened")
            continue
        if faults:
            found.add("told")
        else:
            assert members_of(bad) == whole, place
    assert found == {"cannot be opened", "told"}
    with zipfile.ZipFile(bad, "w") as archive:
        for name, content in whole.items():
            archive.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("figures.json", whole["figures.json"])
        archive.writestr("more.txt", b"")
    faults = verify_pack.verify(str(bad)).faults
    assert [fault.split(":")[0] for fault in faults] == ["figures.json", "more.txt"]


@pytest.mark.thorough
def test_a_whole_pack_of_another_history(ledger, members, tmp_path, told):
    """A pack that holds by itself is told where it is not the continuation of the checkpoint that was kept."""
    kept = tmp_path / "kept.txt"
    kept.write_bytes(checkpoints_path(ledger).read_bytes())
    other = tmp_path / "other"
    shutil.copytree(ledger.parent, other)
    (other / "pack.zip").unlink()
    key = "key_no = (select key_no from activity where batch_no = 3 and seq = 1) and facility_id = 'F2'"
    full.rebuilt(
        other / ledger.name,
        "update activity set quantity = quantity + 1 where batch_no = 3 and seq = 1",
        f"update period_total set quantity = quantity + 1 where batch_no = 3 and month = '2024-03-01' and {key}",
    )
    with session(other / ledger.name) as s:
        write_pack(s, period(PERIOD), VIEW, None, other / "p.zip", ("json",))
        size = latest_checkpoint(s).size
    assert verify_pack.verify(str(other / "p.zip")).faults == []
    faults = verify_pack.verify(str(other / "p.zip"), str(kept)).faults
    assert len(faults) == size - 2
    assert all(fault.startswith("your checkpoint: the pack is no continuation") for fault in faults)
    with session(ledger) as s:
        write_pack(s, period(PERIOD), VIEW, size - 1, tmp_path / "early.zip", ("json",))
    faults = verify_pack.verify(str(tmp_path / "early.zip"), str(kept)).faults
    assert faults == [f"your checkpoint: the pack ends before this note's size {size}; ask for one made later"]
    text = kept.read_text().replace("ghg-ledger/tiny", "ghg-ledger/another")
    kept.write_text(text)
    good = forged(members, tmp_path / "good.zip")
    assert any("is of ghg-ledger/another" in fault for fault in verify_pack.verify(str(good), str(kept)).faults)
    kept.write_text("hello\n")
    assert any("no signed note" in fault for fault in verify_pack.verify(str(good), str(kept)).faults)


def test_another_key(pack, members, tmp_path, ledger):
    """A forger's own key is none of the ledger's; a checkpoint is held against the key that the verifier names."""
    forger = Ed25519PrivateKey.generate()
    bad = forged(members, tmp_path / "bad.zip", key=forger)
    assert [f for f in verify_pack.verify(str(bad)).faults if f.startswith("manifest.txt: no key of the ledger")]
    ours, theirs = public_key_text(signing_key()), public_key_text(forger)
    assert verify_pack.verify(str(bad), None, ours, theirs).faults == []
    for key, name in ((theirs, "checkpoint.txt"), (ours, "manifest.txt")):  # a key that is named counts alone
        assert verify_pack.verify(str(bad), None, key).faults == [f"{name}: none of the keys that you gave signed it"]
    assert verify_pack.verify(str(pack), None, ours).faults == []
    assert len(verify_pack.verify(str(pack), None, theirs).faults) == 2
    with pytest.raises(ValueError, match="44 signs"):
        verify_pack.verify(str(pack), None, "YQ==")
    with session(ledger) as s:
        note = signed(latest_checkpoint(s), forger).note()
    kept = tmp_path / "kept.txt"
    kept.write_text(note)
    assert verify_pack.verify(str(pack), str(kept)).faults
    assert verify_pack.verify(str(pack), str(kept), ours, theirs).faults == []
    assert verify_pack.verify(str(pack), str(kept), ours).faults


def test_on_a_bare_python(pack, members, tmp_path):
    """Without our package or any other: it recomputes and says ok, or names file and line; 2 where it cannot."""
    (tmp_path / "v.py").write_bytes(members["verify_pack.py"])

    def run(*given):
        command = [sys.executable, "-I", "-S", str(tmp_path / "v.py"), *map(str, given)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout

    code, words = run(pack)
    assert code == 0
    assert words.splitlines()[-1].startswith("ok")
    assert "signature NOT CHECKED" in words
    content = members["postings.csv"].replace(b"300.250000", b"300.250001", 1)
    code, words = run(forged(members | {"postings.csv": content}, tmp_path / "bad.zip"))
    assert code == 1
    assert "NOT OK  postings.csv: its bytes are not those of the manifest" in words
    assert re.search(r"NOT OK  postings.csv line \d+: quantity is '300.250001', follows as '300.250000'", words)
    (tmp_path / "text.zip").write_text("hello")
    for missing in (tmp_path / "none.zip", tmp_path / "text.zip"):
        code, words = run(missing)
        assert code == 2
        assert words.startswith("CANNOT BE VERIFIED")
    assert run(tmp_path / "none.zip")[1] == f"CANNOT BE VERIFIED  {tmp_path / 'none.zip'}: No such file or directory\n"
    assert run(pack, "--checkpoint", tmp_path / "none.txt")[0] == 2
    assert run(pack, "--public-key", public_key_text(signing_key()))[0] == 2  # asked for, and nobody can check it
