"""The command `ghg` as a person calls it, run in this process: what it prints and how it ends."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from unittest import mock

from ledger import Ledger
from ledger.cli import main


def ghg(*words: str, ledger: Ledger | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
    """Call the command's own entry point with these words and variables."""
    own = {"GHG_ACTOR": "anna", "COLUMNS": "160"} | ({"GHG_LEDGER": str(ledger.path)} if ledger else {}) | settings
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        mock.patch.dict(os.environ, own),
        mock.patch.object(sys, "argv", ["ghg", *map(str, words)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())
