"""A group of companies that each keep a ledger: verified snapshots, counted at their share."""

from __future__ import annotations

import json
import os
import zipfile
from decimal import Decimal
from pathlib import Path
from unittest import mock

import pytest
from in_process import ghg

from ledger import Ledger
from ledger.book.group_file import read_group
from ledger.book.grouping import MEASURES, consolidated
from ledger.errors import Damage, Misuse, Refused
from ledger.store.checkpoint import public_key_text, signing_key

ENTITY = "legal_entity_id,name,country,valid_from\n{0},{0} Ltd,GB,2010-01-01\n"
SITE = "facility_id,name,legal_entity_id,country,relation,valid_from\nS1,Site,{0},GB,owned,2010-01-01\n"
GAS = """external_id,facility_id,activity_type,quantity,unit,period_start,period_end,calorific_basis,data_basis
1,S1,natural_gas,{1},kWh,2024-03-01,2024-03-31,gross,measured
2,S1,electricity_purchased,{1},kWh,2024-03-01,2024-03-31,,measured
"""
GROUP = """organisation = "Halden Group"
view = "equity_share"

[[member]]
name = "North"
snapshot = "NORTH.zip"
public_key = "{key}"

[[member]]
name = "South"
snapshot = "SOUTH.zip"
public_key = "{key}"
equity_share = "0.4"
financial_control = "joint"

[[member]]
name = "East"
snapshot = "EAST.zip"
public_key = "{east}"

[[member]]
name = "Sold"
snapshot = "nowhere.zip"
equity_share = "0.1"
financial_control = "none"
operational_control = false
in_accounts = false
"""


def founded(folder: Path, name: str, kwh: int, gwp: str = "AR6") -> Ledger:
    """A member's ledger with gas and electricity of one month, and its snapshot."""
    ledger = Ledger.init(folder / f"{name}.duckdb", organisation=name, actor="anna", gwp=gwp, datasets=["desnz-2024"])
    for kind, text in (("entity", ENTITY), ("site", SITE), ("gas", GAS)):
        file = folder / f"{name}_{kind}.csv"
        file.write_text(text.format(name, kwh))
        assert ledger.upload(file).status == "accepted"
    ledger.snapshot(folder / f"{name}.zip", people=False)
    return ledger


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    """Three members, the third with a key of its own, their snapshots, and the file of the group; read only."""
    folder = tmp_path_factory.mktemp("group")
    made = {name: founded(folder, name, kwh) for name, kwh in (("NORTH", 5000), ("SOUTH", 1003))}
    key = public_key_text(signing_key())
    with mock.patch.dict(os.environ, GHG_SIGNING_KEY=str(folder / "east.key")):
        made["EAST"] = founded(folder, "EAST", 77)
        east = public_key_text(signing_key())
    assert east != key
    (folder / "group.toml").write_text(GROUP.format(key=key, east=east))
    return folder, made


def sums_of(ledgers: dict[str, Ledger]) -> dict[str, Decimal]:
    """What the members' own ledgers say, added at their shares."""
    north, south, east = (ledgers[name].inventory("2024", view="equity_share") for name in ("NORTH", "SOUTH", "EAST"))
    return {
        measure: getattr(north, measure) + getattr(south, measure) * Decimal("0.4") + getattr(east, measure)
        for measure in MEASURES
    }


def test_each_member_counts_at_its_share(members):
    """Equity share: all of the one, 0.4 of the joint venture to the last digit, nothing of a tenth held."""
    folder, ledgers = members
    told = []
    found = consolidated(
        read_group(folder / "group.toml"), "2024", None, quick=True, workers=1, heard=lambda *of: told.append(of)
    )
    assert dict(found.figures) == sums_of(ledgers)
    assert [(one.name, one.share) for one in found.members] == [
        ("North", Decimal(1)), ("South", Decimal("0.4")), ("East", Decimal(1)), ("Sold", Decimal(0)),
    ]  # fmt: skip
    assert found.members[3].read is None
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_financial_control_takes_the_same_members_otherwise(members):
    """The table decides: a joint venture by its equity share, an associate not; operational control whole."""
    folder, _ = members
    group = read_group(folder / "group.toml")
    shares = {
        view: [one.share for one in consolidated(group, "2024", view, quick=True, workers=1).members]
        for view in ("financial_control", "operational_control")
    }
    assert shares == {"financial_control": [1, Decimal("0.4"), 1, 0], "operational_control": [1, 1, 1, 0]}


def test_the_command_tells_members_and_group(members):
    """As a person calls it; and several at once, each verified whole, in JSON: the members' own sums as exact text."""
    folder, ledgers = members
    asked = ("group", "inventory", folder / "group.toml", "--period", "2024")
    told = ghg(*asked, "--quick", "--workers", "1")
    assert told.returncode == 0, told.stderr
    assert "South" in told.stdout
    assert "40 %" in told.stdout
    assert "not closed at North, South, East" in told.stdout.replace("\n", " ")
    made = json.loads(ghg(*asked, "--workers", "2", "--json").stdout)
    assert {measure: Decimal(made[measure]) for measure in MEASURES} == sums_of(ledgers)
    assert [one["ledger"]["is_signed"] for one in made["members"][:3]] == [True, True, True]


def test_a_snapshot_that_was_changed_is_refused(members, tmp_path):
    """One byte of a member's file, and nothing is added; the member is named."""
    folder, _ = members
    with zipfile.ZipFile(folder / "NORTH.zip") as source, zipfile.ZipFile(tmp_path / "NORTH.zip", "w") as copy:
        for name in source.namelist():
            content = bytearray(source.read(name))
            if name == "ledger.duckdb":
                content[len(content) // 2] ^= 1
            copy.writestr(name, bytes(content))
    (tmp_path / "group.toml").write_text('[[member]]\nname = "North"\nsnapshot = "NORTH.zip"\n')
    with pytest.raises(Damage, match=r"North: ledger\.duckdb is not the file"):
        consolidated(read_group(tmp_path / "group.toml"), "2024", None, quick=True)


@pytest.mark.parametrize("quick", [True, False])
def test_a_snapshot_signed_by_another_is_refused(members, tmp_path, quick):
    """A key that the member never had does not vouch for it, looked at quickly or whole."""
    folder, _ = members
    other = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="  # the public key of the first test vector of RFC 8032
    text = f'[[member]]\nname = "North"\nsnapshot = "{folder}/NORTH.zip"\npublic_key = "{other}"\n'
    (tmp_path / "group.toml").write_text(text)
    with pytest.raises(Damage, match="North: its"):
        consolidated(read_group(tmp_path / "group.toml"), "2024", None, quick=quick)


def test_figures_of_different_warming_potentials_are_not_added(members, tmp_path):
    """AR5 and AR6 do not stand in one sum."""
    folder, _ = members
    founded(tmp_path, "OLD", 7, gwp="AR5")
    (tmp_path / "group.toml").write_text(
        f'[[member]]\nname = "North"\nsnapshot = "{folder}/NORTH.zip"\n[[member]]\nname = "Old"\nsnapshot = "OLD.zip"\n'
    )
    with pytest.raises(Refused, match="warming potentials"):
        consolidated(read_group(tmp_path / "group.toml"), "2024", None, quick=True, workers=1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no member"),
        ("view = [", "is not read"),
        ('[[member]]\nname = "A"\n', "has no snapshot"),
        ('[[member]]\nname = "A"\nsnapshot = "a"\nequity_share = 0.5\n', "equity share 0.5"),
        ('[[member]]\nname = "A"\nsnapshot = "a"\nequity_share = "1.5"\n', "equity share 1.5"),
        ('[[member]]\nname = "A"\nsnapshot = "a"\ncontrol = "sole"\n', "no word in member 1"),
        ('[[member]]\nname = "A"\nsnapshot = "a"\noperational_control = "yes"\n', "operational_control = 'yes'"),
        ('[[member]]\nname = "A"\nsnapshot = "a"\n[[member]]\nname = "A"\nsnapshot = "b"\n', "names A twice"),
        ('view = "control"\n[[member]]\nname = "A"\nsnapshot = "a"\n', "no view 'control'"),
    ],
)
def test_a_file_that_does_not_say_what_it_must(tmp_path, text, said):
    """Each fault of the file of a group is told in words."""
    (tmp_path / "group.toml").write_text(text)
    with pytest.raises(Misuse, match=said):
        read_group(tmp_path / "group.toml")


def test_what_is_not_at_hand_is_told_before_anything_is_read(members, tmp_path):
    """Every snapshot that is missing is named at once, and a key that is none, before a member takes its time."""
    folder, _ = members
    text = f'[[member]]\nname = "North"\nsnapshot = "{folder}/NORTH.zip"\n'
    text += "".join(f'[[member]]\nname = "N{number}"\nsnapshot = "no{number}.zip"\n' for number in range(9))
    (tmp_path / "group.toml").write_text(text)
    heard = []
    with pytest.raises(Misuse, match=r"N0: \S+no0\.zip, N1: .*no5\.zip and 3 more"):
        consolidated(read_group(tmp_path / "group.toml"), "2024", None, quick=True, heard=lambda *of: heard.append(of))
    text = f'[[member]]\nname = "North"\nsnapshot = "{folder}/NORTH.zip"\npublic_key = "abc"\n'
    (tmp_path / "group.toml").write_text(text)
    with pytest.raises(Misuse, match="North: the public key 'abc' cannot be read"):
        consolidated(read_group(tmp_path / "group.toml"), "2024", None, quick=True, heard=lambda *of: heard.append(of))
    assert heard == []
