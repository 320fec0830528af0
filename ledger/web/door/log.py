"""The log of the web app: apart from the ledger, a JSON object a line, without names, secrets or what anybody typed.

A request has its id, method, the pattern of its address, status, milliseconds, and who it was by pseudonym. A fault of
our own has its kind and the places in the code that it came by; its words are left out, as they can hold what somebody
typed.
"""

from __future__ import annotations

import json
import logging
import os
import stat
import sys
import traceback
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any

from ledger.errors import Misuse
from ledger.store.people_file import private_opener

LOG = logging.getLogger("ledger.web")


class Lines(logging.Formatter):
    """A record as a line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """When, how grave, and the fields; of an exception its kind and where it came by."""
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        told: dict[str, Any] = {"at": at, "level": record.levelname.lower()}
        fields = getattr(record, "fields", None)
        told |= fields if isinstance(fields, dict) else {"message": record.getMessage()}
        if record.exc_info and record.exc_info[1] is not None:
            told |= of_fault(record.exc_info[1])
        return json.dumps(told, ensure_ascii=True)


class _Private(WatchedFileHandler):
    """A file that only its owner reads; one that was moved away is begun anew."""

    def _open(self) -> Any:
        return open(self.baseFilename, self.mode, encoding="utf-8", opener=private_opener)


def begin_log(file: Path | None) -> None:
    """Log to a file, or to standard error. Raises Misuse where the file cannot be written, or is none."""
    try:
        handler = logging.StreamHandler(sys.stderr) if file is None else _Private(file, encoding="utf-8")
        if file is not None and not stat.S_ISREG(os.stat(file).st_mode):  # noqa: PTH116
            raise Misuse(f"{file} is no file", "name a file for the log")
    except OSError as fault:
        words = (fault.strerror or "cannot be written").lower()
        raise Misuse(f"{file}: {words}", "name a file for the log in a folder that can be written") from None
    handler.setFormatter(Lines())
    for name, level in (("ledger.web", logging.INFO), ("uvicorn.error", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)


def told(level: int, **fields: Any) -> None:
    """Log a line of fields; those that are None are left out."""
    LOG.log(level, "", extra={"fields": {name: value for name, value in fields.items() if value is not None}})


def of_fault(fault: BaseException) -> dict[str, Any]:
    """The kind of a fault and the places it came by, the innermost last; not its words."""
    frames = traceback.extract_tb(fault.__traceback__)[-12:]
    places = [f"{Path(frame.filename).parent.name}/{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
    return {"fault": type(fault).__name__, "places": places}
