"""Finding codes: each is explained, each is used, and its texts say something that can be done."""

from __future__ import annotations

import re

import pytest

from ledger.errors import Misuse, known_word
from ledger.intake.codes.upload import CODES
from ledger.intake.faults import Faults, shown
from ledger.inventory.codes import HELD_CODES
from schemas.kinds import KINDS


def test_every_code_has_its_paragraph_and_no_other(root):
    """`docs/codes.md` explains exactly the codes that intake can tell, with the severity that they have."""
    text = (root / "docs" / "codes.md").read_text(encoding="utf-8")
    headed = dict(re.findall(r"^### `([a-z0-9-]+)` · (error|warning|info)$", text, flags=re.MULTILINE))
    assert headed == {code: rule.severity for code, rule in (CODES | HELD_CODES).items()}
    for code in CODES | HELD_CODES:
        paragraph = re.split(rf"^### `{code}`.*$", text, flags=re.MULTILINE)[1].split("\n#")[0].strip()
        assert len(paragraph) > 60, code


def test_every_code_is_told_somewhere(root):
    """A code that no line of intake names could never be found."""
    folders = ("ledger/intake", "schemas", "ledger/inventory", "ledger/book", "ledger/ai")
    sources = "".join(
        path.read_text(encoding="utf-8") for folder in folders
        for path in (root / folder).rglob("*.py") if not path.name.endswith("codes.py")
    )  # fmt: skip
    assert [code for code in CODES | HELD_CODES if f'"{code}"' not in sources] == []


def test_texts_leave_no_place_open():
    """Words that were not given leave nothing behind in braces."""
    faults = Faults("f.csv", 10)
    for code in CODES:
        faults.add(code, value="x", column="c")
    assert all("{" not in found.message for found in faults.found)
    assert all(found.fix for found in faults.found)


def test_a_message_shows_what_cannot_be_seen():
    """Control and direction characters are spelled out, long cells are cut."""
    assert shown("a\x07b\u202ec") == "a\\u0007b\\u202ec"
    assert len(shown("x" * 500)) == 81


def test_a_count_of_one_is_told_in_the_singular():
    """Nobody reads of "1 rows"."""
    faults = Faults("f.csv", 10)
    counting = [code for code, rule in CODES.items() if "{count}" in rule.message]
    for code in counting:
        faults.add(code, count=1)
    assert counting
    assert not [found.message for found in faults.found if re.search(r"\b1\b", found.message)]


@pytest.mark.parametrize(
    ("word", "near"), [("instruments", "instrument"), ("Meter-Reading", "meter_reading"), ("xyzzy", None)]
)
def test_a_misspelt_word_is_answered_with_the_likely_one(word, near):
    """And with all of them, in any case."""
    with pytest.raises(Misuse) as fault:
        known_word("kind of upload", word, KINDS)
    assert fault.value.fix.startswith(f"did you mean {near}? " if near else "take one of: ")
    assert "activity" in fault.value.fix
