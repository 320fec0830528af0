"""How the names of accelerators are compared: by their words, whatever the order, the maker's brand and the spelling.

Programs, price lists and papers write one part in many ways: `NVIDIA A100-SXM4-80GB`, `A100 SXM4 80 GB`,
`NVIDIA A100 80GB PCIe`. What tells parts apart are a few words: the chip, the form and the memory.
"""

from __future__ import annotations

import functools
import re

# Words that a name may have or leave out without another part being meant.
_SILENT = frozenset({
    "nvidia", "tesla", "geforce", "amd", "instinct", "radeon", "google", "cloud", "aws", "amazon", "intel", "habana",
    "huawei", "gpu", "gpus", "chip", "card", "accelerator", "ai", "tensor", "core", "generation", "hgx", "blackwell",
    "hopper", "ampere", "hbm", "hbm2", "hbm2e", "hbm3", "hbm3e", "gddr6",
})  # fmt: skip
_JOINED = re.compile(r"\b(rtx|gtx|tpu|gaudi|trainium|inferentia|ascend|max)[ -]*(?=v?\d)")
_EITHER_MEMORY = re.compile(r"\b\d+\s*/\s*\d+\s*gb?\b")
_MEMORY = re.compile(r"\b(\d+)\s*g(?:i?b)?\b")
_SOCKET = re.compile(r"\bsxm\d\b")
_PCI = re.compile(r"\bpci(?:-?e|-express)?\b")
_MARK = re.compile(r"\((?:r|tm)\)|[®™]")
_FORM = re.compile(r"sxm|pcie|oam|nvl|\d+(?:\.\d+)?gb")
_COUNT = re.compile(r"^\s*\d+\s*[x×]\s+")


@functools.lru_cache(maxsize=4096)
def words(name: str) -> frozenset[str]:
    """The words that tell a part apart: `NVIDIA A100-SXM4-80GB` gives a100, sxm and 80gb.

    A count in front (`8 x `), the brand, the kind of memory and the number of the socket are no such words, and
    `40/80GB` says nothing about how much memory there is.
    """
    text = _COUNT.sub("", _MARK.sub(" ", name.casefold()))
    text = _EITHER_MEMORY.sub(" ", text)
    text = _MEMORY.sub(r"\1gb", text)
    text = _PCI.sub("pcie", text)
    text = _SOCKET.sub("sxm", text)
    text = _JOINED.sub(r"\1 ", text)
    return frozenset(re.split(r"[^a-z0-9.]+", text)) - _SILENT - {""}


def are_of_form(some: frozenset[str]) -> bool:
    """Whether the words tell form and memory alone, which a short name leaves out, and not the model."""
    return all(_FORM.fullmatch(word) for word in some)


def plainest(name: str) -> str:
    """A name without case, blanks and signs: `US East (Ohio)` and `useastohio` are the same."""
    return re.sub(r"[\W_]+", "", name.casefold())
