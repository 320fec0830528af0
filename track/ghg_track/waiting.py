"""Work that nobody waits for longer than was said."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ghg_track.about import say


def within(seconds: float, what: str, act: Callable[[], object]) -> bool:
    """Do something in a thread of its own, and go on without it after some seconds or when it fails.

    Gives whether it was done in time. ``what`` says it to the person where not.
    """
    faults: list[BaseException] = []

    def guarded() -> None:
        try:
            act()
        except BaseException as fault:  # noqa: BLE001 — nothing of it may reach the job
            faults.append(fault)

    worker = threading.Thread(target=guarded, name="ghg-track", daemon=True)
    try:
        worker.start()
    except RuntimeError:  # the interpreter ends and begins no threads
        guarded()
    else:
        worker.join(seconds)
    if worker.is_alive():
        say(f"does not wait longer than {seconds:g} s to {what}; the job goes on")
        return False
    if faults:
        say(f"could not {what}: {type(faults[0]).__name__}: {faults[0]}; the job goes on")
    return not faults
