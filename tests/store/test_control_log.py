"""The control log: refusals on record, chained, and bound to the ledger by the next batch."""

from __future__ import annotations

import hashlib
import json

import made_rows as made

from ledger.assurance.checks.evidence import check_control_log
from ledger.assurance.verification import Faults
from ledger.store import session
from ledger.store.control_log import control_log_head, control_log_path, record_refusal


def told(ledger):
    """What the verifier, who shares nothing with the writer, says of the log alone."""
    faults = Faults()
    check_control_log(ledger, [], faults)
    return [found.message for found in faults.told()]


def test_refusals_are_chained(path):
    """Each line names the hash of the one before; the head is the hash of the last."""
    assert control_log_head(path) is None
    heads = [record_refusal(path, "upload", "tester", {"source_name": f"é{n}.csv", "errors": str(n)}) for n in range(3)]
    lines = control_log_path(path).read_bytes().splitlines()
    assert [hashlib.sha256(line).hexdigest() for line in lines] == heads
    assert [json.loads(line)["previous"] for line in lines] == ["0" * 64, *heads[:2]]
    assert json.loads(lines[1])["details"] == {"source_name": "é1.csv", "errors": "1"}
    assert control_log_head(path) == heads[-1]
    assert told(path) == []


def test_the_next_batch_carries_the_head(path):
    """A batch written after a refusal holds the head of the log in its header."""
    head = record_refusal(path, "upload", "tester", {})
    with session(path, "write") as s:
        made.upload(s, "k1")
        assert s.rows("select control_log_head from batch order by batch_no") == [(None,), (head,)]


def test_a_changed_dropped_or_torn_line_is_told(path):
    """A line that was changed, dropped, or torn at the end is named."""
    for n in range(3):
        record_refusal(path, "upload", "tester", {"n": str(n)})
    log = control_log_path(path)
    whole = log.read_bytes()
    lines = whole.splitlines(keepends=True)
    log.write_bytes(whole.replace(b'"n":"1"', b'"n":"7"'))
    assert told(path) == ["line 3 of made.control.jsonl does not follow the one before it"]
    log.write_bytes(lines[0] + lines[2])
    assert told(path) == ["line 2 of made.control.jsonl does not follow the one before it"]
    log.write_bytes(whole + b'{"torn')
    assert told(path) == ["the last line of made.control.jsonl is torn"]
    log.write_bytes(lines[0] + b"not json\n")
    assert told(path) == ["line 2 of made.control.jsonl cannot be read"]


def test_a_torn_line_is_cut_by_the_next_refusal(path):
    """What a crash left of a line goes when the next one is written, and the chain holds."""
    first = record_refusal(path, "upload", "tester", {"n": "0"})
    with control_log_path(path).open("ab") as log:
        log.write(b'{"actor":"tes')
    assert control_log_head(path) == first
    record_refusal(path, "upload", "tester", {"n": "1"})
    assert told(path) == []
    assert len(control_log_path(path).read_bytes().splitlines()) == 2
