"""JSON of unknown origin: whatever it holds, an answer in words, and nothing taken in on doubt."""

from __future__ import annotations

import json
import random

import pytest

from ledger.intake import Limits

ANSWER = {"accountId": "1", "emissions": {"carbonEmissionEntries": [
    {"mbmCarbon": "0.048", "paceProductCode": "EC2", "regionCode": "EMEA", "startDate": "2020-02-01"}]}}  # fmt: skip
TEXT = json.dumps(ANSWER)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        ("[" * 200_000, "records-not-read", "nests"),
        ('{"a":' * 60 + "1" + "}" * 60, "records-not-recognised", "a"),
        (TEXT.replace('"EC2"', '{"a":' * 30 + "1" + "}" * 30), "records-not-read", "nests more than 24 deep"),
        ('{"mbmCarbon": "1", "mbmCarbon": "2"}', "records-not-read", "“mbmCarbon” twice"),
        (TEXT[:-3], "records-not-read", "line 1, column"),
        (TEXT + "\n" + TEXT[:-3], "records-not-read", "line 2, column"),
        (TEXT.replace('"EC2"', '"\\ud800"'), "records-not-read", "surrogates"),
        ("{}", "records-not-recognised", "none"),
        ("[]", "records-not-recognised", "none"),
        ("[1, 2]", "records-not-recognised", "none"),
        ('{"results": [], "total": 3}', "records-not-recognised", "results, total"),
        (TEXT + '\n{"other": 1}', "records-mixed", "other"),
        (json.dumps({"emissions": {"carbonEmissionEntries": []}}), "file-empty", "no rows"),
        (json.dumps({"emissions": {"carbonEmissionEntries": [1, None]}}), "file-empty", "no rows"),
        (TEXT.replace('"0.048"', "NaN"), "number-not-finite", "NaN"),
        (TEXT.replace('"0.048"', "9" * 300), "number-not-read", "999"),
        (TEXT.replace('"0.048"', "1e999999"), "number-scientific", "1e999999"),
        (TEXT.replace('"EC2"', f'"{"x" * 5000}"'), "value-too-long", "5044 characters"),
        (TEXT.replace('"EC2"', '"a\\u0000b"'), "text-control", "control"),
        (TEXT.encode().replace(b"EC2", b"\xff"), "encoding-not-known", "0xff"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le")[:-1], "encoding-not-known", ""),
    ],
)
def test_hostile_json_is_told(read, content, code, words):
    """Depth, keys twice, damage, half characters, unknown keys, numbers beyond reason: a finding that says which."""
    upload = read(content, name="x.json")
    assert code in [found.code for found in upload.findings], upload.findings
    assert any(words in found.message for found in upload.findings if found.code == code)
    assert upload.parts == []
    assert not upload.is_table


def test_bounds_on_bytes_records_and_fields(read):
    """A file, a number of records, a number of fields beyond the limits are refused by name."""
    assert [f.code for f in read(TEXT, limits=Limits(json_bytes=10)).findings] == ["file-too-large"]
    entries = ANSWER["emissions"]["carbonEmissionEntries"] * 3
    many = json.dumps({"emissions": {"carbonEmissionEntries": entries}})
    assert "rows-too-many" in [f.code for f in read(many, limits=Limits(foreign_rows=2)).findings]
    assert "columns-too-many" in [f.code for f in read(TEXT, limits=Limits(columns=3)).findings]
    table = "accountId,mbmCarbon,startDate\n" + "1,2,2020-02-01\n" * 3
    assert "rows-too-many" in [f.code for f in read(table, limits=Limits(foreign_rows=2)).findings]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b" \n"])
def test_marks_and_blanks_before_it(read, mark):
    """A byte order mark, blanks, and UTF-16 change nothing."""
    assert not read(mark + TEXT.encode()).has_errors
    assert not read(b"\xff\xfe" + TEXT.encode("utf-16-le")).has_errors


def test_mutated_bytes_are_answered_in_words(read):
    """A hundred damaged copies: findings, never an exception, and nothing kept where one is an error."""
    chance = random.Random(7)  # noqa: S311  no secret
    for _ in range(100):
        raw = bytearray(TEXT.encode())
        for _ in range(chance.randint(1, 6)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        upload = read(bytes(raw), name="x.json")
        assert upload.rows or upload.findings
        assert not (upload.has_errors and upload.parts)
