"""The lines of a run that ended, posted to where the ledger is served; only where somebody said where that is.

`GHG_TRACK_URL` names the app (`ghg serve`), `GHG_TRACK_TOKEN` or the file `GHG_TRACK_TOKEN_FILE` has a token that may
write. The lines lie in their file whatever comes of it, and are recorded once however often they are sent.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ghg_track.about import VERSION, say

PATH = "/api/v1/measurements"
_SECONDS = 8.0
"""How long one answer is waited for; whoever calls waits a little longer for all of it."""
_TRIES = 4
_LONGEST_WAIT = 3.0
_ANSWER_BYTES = 65_536
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class _Stays(urllib.request.HTTPRedirectHandler):
    """A token goes to the address that was named, and nowhere it points to."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nothing."""


def is_wanted() -> bool:
    """Whether somebody said where lines are posted to."""
    return bool(os.environ.get("GHG_TRACK_URL"))


def post(name: str, path: Path) -> None:
    """Post the lines of a file, and say what became of it; no call raises for what the app or the network does."""
    url, token = os.environ.get("GHG_TRACK_URL", "").rstrip("/"), _token()
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        say(f"{name}: not posted: a token goes by https:// alone, and GHG_TRACK_URL is none")
    elif not token:
        say(f"{name}: not posted: there is no token (GHG_TRACK_TOKEN, GHG_TRACK_TOKEN_FILE)")
    else:
        say(f"{name}: {_posted(url + PATH, token, path)}")


def _token() -> str:
    file = os.environ.get("GHG_TRACK_TOKEN_FILE")
    try:
        text = Path(file).read_text(encoding="utf-8") if file else os.environ.get("GHG_TRACK_TOKEN", "")
    except (OSError, ValueError):
        return ""
    return text.strip() if text.strip().isascii() else ""


def _posted(url: str, token: str, path: Path) -> str:
    """What became of it, in words."""
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:16]
    headers = {
        "Authorization": f"Bearer {token}", "Content-Type": "application/jsonl", "User-Agent": f"ghg-track/{VERSION}",
        "Idempotency-Key": f"{re.sub('[^A-Za-z0-9._-]', '_', path.stem)[:100]}.{digest}",
    }  # fmt: skip
    asked = urllib.request.Request(url, content, headers, method="POST")  # noqa: S310 — the scheme was looked at
    opener = urllib.request.build_opener(_Stays)
    words = "nothing answered"
    for left in reversed(range(_TRIES)):
        wait = 0.5
        try:
            with opener.open(asked, timeout=_SECONDS) as answer:
                return _recorded(answer.status, _read(answer))
        except urllib.error.HTTPError as refused:
            words = f"{refused.code} {_why(_read(refused))}".rstrip()
            if refused.code not in {429, 503}:
                break
            told = refused.headers.get("Retry-After", "")
            wait = min(float(told), _LONGEST_WAIT) if told.isascii() and told.isdigit() else wait
        except (OSError, ValueError) as fault:  # URLError is one
            words = f"not reached ({type(getattr(fault, 'reason', fault)).__name__})"
        if left:
            time.sleep(wait)
    return f"not posted: {words}; the lines are in {path}, and ghg connect spool takes them in"


def _recorded(status: int, told: Any) -> str:
    batch = told.get("batch") if isinstance(told, dict) else None
    where = f" in batch {batch}" if isinstance(batch, int) else ""
    return f"recorded{where} by the ledger" if status == 201 else f"the ledger has it already{where}"


def _why(told: Any) -> str:
    """The words of a refusal."""
    fault = told.get("error") if isinstance(told, dict) else None
    if not isinstance(fault, dict):
        return ""
    words = "; ".join(str(fault[key]) for key in ("message", "fix") if fault.get(key))
    return "".join(sign for sign in words if sign.isprintable())[:300]


def _read(answer: Any) -> Any:
    try:
        return json.loads(answer.read(_ANSWER_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
