"""Real files of other programs, all of them: each is known for what it is, without a word about its kind."""

from __future__ import annotations

import pytest

UNKNOWN = {"kind-not-recognised", "kind-ambiguous", "records-not-recognised", "column-missing", "file-not-read"}


@pytest.mark.needs("reference")
def test_every_sample_is_known(samples, read, codes):
    """Each is taken, or asks for a choice, or is refused for what it holds; none is strange."""
    told = {}
    for path in sorted(samples.iterdir()):
        if path.suffix != ".md" and ".marked." not in path.name:
            upload = read(path.read_bytes(), name=f"file{path.suffix}")
            told[path.name] = set(codes(upload))
            assert upload.rows or upload.has_errors, path.name
    assert len(told) >= 29
    assert {name: found & UNKNOWN for name, found in told.items() if found & UNKNOWN} == {}
    asked = {name for name, found in told.items() if "choice-needed" in found}
    assert {"codecarbon_v2.5.0_multi_gpu.csv", "azure_logicapp_emission_details.csv"} <= asked
