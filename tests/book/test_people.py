"""People: ids that say nothing; names proven, erased and brought back; passwords and tokens; nothing secret leaves."""

from __future__ import annotations

import json
import os
import shutil
import stat
import zipfile
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ledger import Ledger, Misuse, Refused
from ledger.book import credentials
from ledger.book.acts.people import record_person
from ledger.store import Act, append, session
from ledger.store.control_log import control_log_path
from ledger.store.identity import guessable_id
from ledger.store.people_file import people_path, read_people

ANN, PASSWORD = "ann-of-the-hill", "correct horse battery"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger made by one person, with two others."""
    path = tmp_path_factory.mktemp("people") / "own.duckdb"
    ledger = Ledger.init(path, organisation="Own", actor=ANN, datasets=("desnz-2024",))
    ledger.add_person("ben", "reviewer")
    ledger.add_person("cleo", "preparer")
    return path


@pytest.fixture
def ledger(built: Path, tmp_path: Path) -> Ledger:
    """A copy of it, as the person who made it."""
    folder = tmp_path / "copy"
    shutil.copytree(built.parent, folder)
    return Ledger(folder / built.name, actor=ANN)


def ids(ledger: Ledger) -> dict[str, str]:
    """Name → id."""
    return {row["name"]: row["person"] for row in ledger.people()}


def test_an_id_says_nothing_of_the_name(ledger: Ledger, tmp_path: Path):
    """The same name has another id in every ledger, and no hash of it; the file's bytes do not hold it."""
    other = Ledger.init(tmp_path / "b.duckdb", organisation="B", actor=ANN, datasets=("ipcc-gwp",))
    assert ids(other)[ANN] != ids(ledger)[ANN]
    assert guessable_id(ANN) not in ids(ledger).values()
    assert ANN.encode() not in ledger.path.read_bytes()
    assert stat.S_IMODE(people_path(ledger.path).stat().st_mode) == 0o600


def test_the_side_file_is_private_from_its_first_moment(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    """No file of people is ever made with a looser mode and tightened later, whatever the umask."""
    modes = []
    real = os.open

    def watched(path, flags, mode=0o777, **more):
        descriptor = real(path, flags, mode, **more)
        if flags & os.O_CREAT and "people" in str(path):
            modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return descriptor

    before = os.umask(0)
    try:
        monkeypatch.setattr(os, "open", watched)
        ledger.add_person("dora")
    finally:
        os.umask(before)
    assert modes
    assert set(modes) == {0o600}


def test_a_person_of_an_earlier_version_goes_on(ledger: Ledger):
    """An id that is a hash of the name still stands for it, also where the side file has the lines of that time."""
    admin = ids(ledger)[ANN]
    with session(ledger.path, "write") as s:
        append(s, Act("person", admin, "admin", "old"), lambda w: record_person(w, "otto", "preparer admin"))
    people_path(ledger.path).write_text(f"{guessable_id('otto')}\totto\n", encoding="utf-8")
    otto = Ledger(ledger.path, actor="otto")
    assert otto.attach(__file__).batch
    assert ids(ledger)["otto"] == guessable_id("otto")
    otto.name_person(admin, ANN)
    assert {"otto", ANN} <= set(ids(ledger)), "the file is written anew in the form of this version"
    assert otto.erase_person("otto").counts["guessable"] == 1
    assert ledger.verify().ok


def test_erasing_leaves_the_chain_valid(ledger: Ledger):
    """What they did stays under an id that says nothing; they act no more, and their name is free."""
    cleo = Ledger(ledger.path, actor="cleo")
    person = ids(ledger)["cleo"]
    cleo.attach(__file__)
    cleo.set_password("cleo", PASSWORD)
    done = ledger.erase_person("cleo")
    assert done.counts == {"people": 1, "guessable": 0}
    assert "cleo" not in people_path(ledger.path).read_text()
    assert ledger.verify().findings == []
    assert next(row for row in ledger.people() if row["person"] == person) == {
        "person": person, "name": "", "role": "none",
    }  # fmt: skip
    with pytest.raises(Misuse, match="is not a person"):
        cleo.attach(__file__)
    with pytest.raises(Refused, match="without a role"):
        Ledger(ledger.path, actor=person).attach(Path(__file__).parent / "conftest.py")
    ledger.add_person("cleo")
    assert ids(ledger)["cleo"] != person
    with pytest.raises(Misuse, match="without an admin"):
        ledger.erase_person(ANN)


def test_a_lost_side_file_is_told_and_made_good(ledger: Ledger):
    """By name nobody comes; by id an admin does, and says who is who; the ledger is bound to the new names."""
    known = ids(ledger)
    people_path(ledger.path).unlink()
    with pytest.raises(Misuse, match="lacks those of") as lost:
        ledger.add_person("x")
    assert "ghg person name ID NAME" in lost.value.fix
    assert {check.what: check.state for check in ledger.doctor()}["people"] == "attention"
    by_id = Ledger(ledger.path, actor=known[ANN])
    by_id.name_person(known[ANN], ANN)
    assert {check.what: check.state for check in ledger.doctor()}["names"] == "attention", "two are nameless yet"
    ledger.name_person(known["ben"], "ben")
    with pytest.raises(Misuse, match="'ben' is the name of"):
        ledger.name_person(known["cleo"], "ben")
    with pytest.raises(Refused, match="may not say who may act"):
        Ledger(ledger.path, actor="ben").name_person(known["cleo"], "cleo")
    ledger.name_person(known["cleo"], "cleo")
    assert ids(ledger) == known
    assert "names" not in {check.what for check in ledger.doctor()}
    assert ledger.verify().ok


def test_a_name_that_was_changed_in_the_file_is_not_believed(ledger: Ledger):
    """The commitment tells: the other name does not act, is not shown, and the doctor names the id."""
    path = people_path(ledger.path)
    path.write_text(path.read_text().replace('"ben"', '"eve"'), encoding="utf-8")
    person = next(row["person"] for row in ledger.people() if not row["name"])
    with pytest.raises(Misuse, match="is not the name that the ledger was told of"):
        Ledger(path.with_suffix(".duckdb"), actor="eve").approve("2024")
    found = [check for check in ledger.doctor() if check.what == "names"]
    assert [(check.state, person in check.words) for check in found] == [("wrong", True)]


def test_a_password_is_asked_for(ledger: Ledger):
    """Who knows it acts as that person; a wrong one and an unknown name are told alike; short ones are not taken."""
    ledger.set_password("ben", PASSWORD)
    assert ledger.authenticated("ben", PASSWORD).actor == "ben"
    told = set()
    for name, password in (("ben", "wrong horse battery"), ("nobody", PASSWORD), ("cleo", PASSWORD), ("ben", "")):
        with pytest.raises(Refused) as refused:
            ledger.authenticated(name, password)
        told.add((str(refused.value), refused.value.code))
    assert len(told) == 1
    with pytest.raises(Misuse, match="12 to 1000 characters"):
        ledger.set_password("ben", "short")
    assert read_people(ledger.path)["people"][ids(ledger)["ben"]]["password"].startswith("$argon2id$")
    ledger.set_password("ben", "caf\u00e9 au lait et croissant")
    assert ledger.authenticated("ben", "cafe\u0301 au lait et croissant").actor == "ben"
    ledger.set_roles("ben", [])
    with pytest.raises(Refused):
        ledger.authenticated("ben", "caf\u00e9 au lait et croissant")


def test_wrong_passwords_have_to_wait(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    """After five the next waits, longer each time; the right one is not even tried. It is on record once, as an id."""
    ledger.set_password("ben", PASSWORD)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(credentials, "_now", lambda: now)

    def code(password: str, name: str = "ben") -> str | None:
        try:
            ledger.authenticated(name, password)
        except Refused as refused:
            return refused.code
        return None

    for name in ("ben", "nobody"):
        assert [code("wrong horse battery", name) for _ in range(6)] == ["not-authenticated"] * 5 + ["throttled"]
    assert code(PASSWORD) == "throttled"
    log = [json.loads(line) for line in control_log_path(ledger.path).read_text().splitlines()]
    assert [(line["what"], line["actor"]) for line in log] == [("login", ids(ledger)["ben"])]
    now += timedelta(seconds=2)
    assert code("wrong again and again") == "not-authenticated"
    now += timedelta(seconds=1)
    assert code(PASSWORD) == "throttled", "two seconds now"
    now += timedelta(seconds=2)
    assert code(PASSWORD) is None
    assert code("wrong once more, then") == "not-authenticated", "counted from the start"
    assert "nobody" not in people_path(ledger.path).read_text()


def test_a_token_acts_within_its_scope_and_days(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    """Reading ones write nothing; each ends with its last day, when it is revoked, or when its person has no role."""
    token, told = ledger.new_token("cleo", expires=date(2099, 1, 31), scope="read")
    reader = ledger.bearer(token)
    assert (reader.actor, reader.checkpoint()) == ("cleo", ledger.checkpoint())
    with pytest.raises(Refused, match="may only read") as refused:
        reader.attach(__file__)
    assert refused.value.code == "token-reads"
    with pytest.raises(Refused, match="may only read"):
        reader.set_password("cleo", PASSWORD)
    writing, _ = ledger.new_token("cleo", scope="write")
    assert ledger.bearer(writing).attach(__file__).batch
    for wrong in (token[:-1], token + "x", token.replace(told.token, "00000000"), "", "ghg__", "x" + token):
        with pytest.raises(Refused, match="not known here"):
            ledger.bearer(wrong)
    listed = ledger.tokens("cleo")[0]
    assert (listed.name, listed.scope, listed.expires) == ("cleo", "read", "2099-01-31")
    with monkeypatch.context() as then:
        then.setattr(credentials, "_now", lambda: datetime(2099, 2, 1, tzinfo=UTC))
        with pytest.raises(Refused, match="held until 2099-01-31"):
            ledger.bearer(token)
    with pytest.raises(Misuse, match="is over"):
        ledger.new_token("cleo", expires=date(2020, 1, 1))
    ledger.revoke_token(told.token)
    with pytest.raises(Refused, match="not known here"):
        ledger.bearer(token)
    ledger.set_roles("cleo", [])
    with pytest.raises(Refused, match="not known here"):
        ledger.bearer(writing)


def test_whose_credentials_somebody_may_change(ledger: Ledger):
    """One's own; an admin anyone's, as an act on record; others nobody's."""
    ben = Ledger(ledger.path, actor="ben")
    size = ledger.checkpoint().size
    ben.set_password("ben", PASSWORD)
    assert ledger.checkpoint().size == size
    with pytest.raises(Refused, match="'ben' is a reviewer and may not say who may act"):
        ben.set_password("cleo", PASSWORD)
    ledger.set_password("cleo", PASSWORD)
    with session(ledger.path) as s:
        told = s.one("select kind, actor, reason from batch order by batch_no desc limit 1")
    known = ids(ledger)
    assert told == ("person", known[ANN], f"password of {known['cleo']}")
    assert ledger.verify().findings == []


def test_a_side_file_that_others_can_read_tells_nobody_apart(ledger: Ledger):
    """With a looser mode no password, token or hash is believed or written; the doctor says so too."""
    ledger.set_password("ben", PASSWORD)
    token, _ = ledger.new_token("ben")
    people_path(ledger.path).chmod(0o640)
    for act in (lambda: ledger.authenticated("ben", PASSWORD), lambda: ledger.bearer(token),
                lambda: ledger.set_password("ben", PASSWORD), lambda: ledger.new_token("ben")):  # fmt: skip
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "people-not-private"
    assert {check.what: check.state for check in ledger.doctor()}["people"] == "wrong"


def test_nothing_secret_leaves_the_side_file(ledger: Ledger, tmp_path: Path):
    """Passwords, tokens, their hashes, salts and names: in no ledger, log, evidence, report, pack or bare snapshot."""
    bill = tmp_path / "bill.csv"
    bill.write_text("activity_type,quantity,unit,period_start,period_end,country\n"
                    "electricity_purchased,100000,kWh,2024-01-01,2024-01-31,GB\n")  # fmt: skip
    ledger.upload(bill)
    ledger.set_password("ben", PASSWORD)
    token, _ = ledger.new_token("cleo", scope="write")
    ledger.bearer(token).upload(bill)
    for _ in range(6):
        with pytest.raises(Refused):
            ledger.authenticated("ben", "wrong horse battery")
    with pytest.raises(Refused):
        Ledger(ledger.path, actor="ben").upload(bill)
    out = tmp_path / "out"
    out.mkdir()
    ledger.report("quarterly", period="2024-Q1", formats=("html", "json"), folder=out)
    ledger.pack("2024-Q1", out / "pack.zip", formats=("json",))
    ledger.snapshot(out / "bare.zip", people=False)
    (out / "people.json").write_text(json.dumps([asdict(told) for told in ledger.tokens()]), encoding="utf-8")
    held = read_people(ledger.path)["people"]
    secrets = [PASSWORD, token.split("_", 2)[2]]
    for record in held.values():
        secrets += [record["salt"], record.get("password", ""), record["name"] if record["name"] == ANN else ""]
        secrets += [kept["sha256"] for kept in record.get("tokens", {}).values()]
    secrets = [secret.encode() for secret in secrets if secret]
    assert len(secrets) == 8
    beside = [path for path in ledger.path.parent.rglob("*") if path.is_file() and path.suffix != ".people"]
    looked = 0
    for path in [*beside, *out.rglob("*.*")]:
        contents = [path.read_bytes()] if path.is_file() else []
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                contents += [archive.read(name) for name in archive.namelist()]
        for content in contents:
            looked += 1
            assert not [secret for secret in secrets if secret in content], path
    assert looked > 20
    assert PASSWORD.encode() not in people_path(ledger.path).read_bytes()
    ledger.snapshot(out / "whole.zip")
    assert stat.S_IMODE((out / "whole.zip").stat().st_mode) == 0o600
    back = Ledger.restore(out / "whole.zip", tmp_path / "back.duckdb", actor=ANN)
    assert stat.S_IMODE(people_path(back.path).stat().st_mode) == 0o600
    assert back.bearer(token).actor == "cleo"
