"""What `ghg` need not load: pandas, which pandera and pyarrow take up wherever it is installed, and which nothing uses.

It is half a second of each call for everybody who has pandas beside `ghg`. Only the command leaves it out: who uses
the library has a process, and perhaps a pandas, of their own.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder

_UNUSED = frozenset({"pandas", "hypothesis", "pyspark"})
_ASKING = ("pandera", "pyarrow", "ledger")  # what compiled code asks for is asked for by who called it
_USING = "ledger.calculation.engines"  # whoever asks for Spark itself finds it


class _NotFound(MetaPathFinder):
    """Finds nothing; where these ask for what they can do without, it is as if that were not installed."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:  # noqa: ARG002 — a given signature
        """Raises ModuleNotFoundError for what is left out."""
        if fullname in _UNUSED and (asking := _asked_by()).startswith(_ASKING) and not asking.startswith(_USING):
            raise ModuleNotFoundError(f"No module named '{fullname}'", name=fullname)


def _asked_by() -> str:
    """The module whose import is being carried out."""
    frame = sys._getframe(2)  # noqa: SLF001 — there is no other way to see who imports
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("importlib"):
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", ""))


def leave_out_pandas() -> None:
    """From now on these find no pandas in this process; what was loaded before stays."""
    if not any(isinstance(finder, _NotFound) for finder in sys.meta_path):
        sys.meta_path.insert(0, _NotFound())
