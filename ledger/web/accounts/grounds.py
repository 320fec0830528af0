"""What the ledger is kept by: what was refused, its settings, its signing keys; for all to read."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.calculation.settings import KINDS, setting_kind
from ledger.errors import Misuse
from ledger.web.frame.forms import Form, Posted
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.paging import paged
from ledger.web.frame.sent_files import own_folder, put_file
from ledger.web.frame.tables import Column, Row, Table

router = APIRouter()


@router.get("/accounts/refused")
def refused(here: InPage) -> Response:
    """What was refused: files and acts, when, whose and why; the newest first."""
    lines = here.book.refusals()[::-1]
    rows = [
        Row({
            "at": str(line.get("at", ""))[:16].replace("T", " "), "who": here.called(line.get("actor")),
            "what": _said(line, "step", "entry", first=line.get("what")),
            "about": _said(line, "source_name", "period", "roles"), "why": _said(line, "code", "codes"),
        })
        for line in lines
    ]  # fmt: skip
    columns = (
        Column("at", "When (UTC)", "time"), Column("who", "Who"), Column("what", "What"), Column("about", "About"),
        Column("why", "What it is, or why it was set"),
    )  # fmt: skip
    table = Table("refused", "Refused files and acts", columns, rows, empty="Nothing was ever refused.")
    table, pages = paged(here, table)
    return here.page("accounts/refused.html.j2", title="Refused", tab="refused", tables=(table,), pages=pages)


@router.get("/accounts/settings")
def settings(here: InPage) -> Response:
    """The policies of the ledger: every value, since when, by whom and why."""
    return _settings(here)


def _settings(here: Here, wrong: str = "", status: int = 200, **typed: str) -> Response:
    held = here.read("settings")
    columns = (
        Column("name", "Setting", "code"), Column("value", "Value"), Column("since", "From", "day"),
        Column("who", "Set by"), Column("why", "Why"),
    )  # fmt: skip

    def row(one: Any) -> Row:
        who = "default" if one.default else here.called(one.person)
        return Row({"name": one.name, "value": one.value, "since": one.valid_from, "who": who,
                    "why": one.reason or one.about})  # fmt: skip

    now = Table("settings", "In force", columns, [row(one) for one in held if one.in_force])
    others = [row(one) for one in held if not one.in_force]
    before = Table("history", "Earlier, or still to come", columns, others, empty="None was ever another.")
    options = [(kind.name, f"{kind.name}: {kind.values}") for kind in KINDS]
    return here.page(
        "accounts/settings.html.j2", title="Settings", status=status, tab="settings", tables=(now, before),
        options=options, wrong=wrong, typed={"setting": "", "value": "", "since": "", "reason": ""} | typed,
    )  # fmt: skip


@router.post("/accounts/settings")
def set_setting(here: InPage, form: Posted) -> Response:
    """Record a policy; a file comes with the form, and is never one of this machine that a text names."""
    names = ("setting", "value", "since", "reason")
    typed = {name: form.text(name) for name in names}
    try:
        kind = setting_kind(typed["setting"])
        if kind.file:
            done = _set_file(here, form, typed)
        else:
            done = here.book.set_setting(
                kind.name, typed["value"], reason=typed["reason"], since=typed["since"] or None
            )
    except Misuse as fault:
        return _settings(here, f"{fault}; {fault.fix}", 422, **typed)
    if not done.entries:
        return here.go("/accounts/settings", f"{kind.name} has this value already; nothing was written.")
    then = " What is open is decided anew by the next calculation." if kind.recalculates else ""
    return here.go("/accounts/settings", f"{kind.name} is set (batch {done.batch}).{then}")


def _set_file(here: Here, form: Form, typed: dict[str, str]) -> Any:
    """A setting that is a file: the one that was sent, or none."""
    given = form.file("file")
    named: dict[str, Any] = {"reason": typed["reason"], "since": typed["since"] or None}
    if given is None:
        if typed["value"]:
            raise Misuse(f"{typed['setting']} is a file", "choose it below; leave the value blank")
        return here.book.set_setting(typed["setting"], "", **named)
    with own_folder() as folder:
        file = put_file(given, folder)
        try:
            return here.book.set_setting(typed["setting"], str(file), **named)
        except Misuse as fault:
            raise Misuse(str(fault).replace(str(file), "the file"), fault.fix) from None


@router.get("/accounts/keys")
def keys(here: InPage) -> Response:
    """The keys that signed checkpoints of this ledger: how each came, and whether it counts."""
    return _keys(here)


def _keys(here: Here, wrong: str = "", status: int = 200, **typed: str) -> Response:
    held = here.book.signing_keys()
    columns = (
        Column("id", "Key", "code"), Column("state", "State"), Column("came", "Came"), Column("entry", "In", "code"),
        Column("by", "By"), Column("until", "Until"), Column("checkpoints", "Signed", "number"),
        Column("mine", "This app's"), Column("public_key", "Public key", "code"),
    )  # fmt: skip
    rows = [
        Row({name.key: getattr(key, name.key) for name in columns} | {"by": here.called(key.by)},
            "attention" if key.state == "introduced" else "")
        for key in held
    ]  # fmt: skip
    note = "Tell auditors the public key by another way than the ledger: they verify with it."
    table = Table("signing_keys", "Signing keys", columns, rows, note=note, empty="Nothing was signed yet.")
    open_keys = [key.id for key in held if key.mine != "signs" and key.state != "revoked"]
    return here.page(
        "accounts/keys.html.j2", title="Signing keys", status=status, tab="keys", tables=(table,), wrong=wrong,
        open_keys=open_keys, introduced=[key.id for key in held if key.state == "introduced"],
        typed={"reason": "", "since": "", "key": ""} | typed,
    )  # fmt: skip


@router.post("/accounts/keys/rotate")
def rotate(here: InPage, form: Posted) -> Response:
    """A new key in the place of the app's own; the old one signs that."""
    try:
        done = here.book.rotate_key(reason=form.text("rotate_reason"))
    except Misuse as fault:
        return _keys(here, f"{fault}; {fault.fix}", 422)
    return here.go("/accounts/keys", f"The key is {done.id} from now on (batch {done.batch}): {done.public_key}")


@router.post("/accounts/keys/revoke")
def revoke(here: InPage, form: Posted) -> Response:
    """A key counts no more: stolen, lost, or of somebody who left."""
    typed = {name: form.text(name, most=200) for name in ("key", "since")} | {"reason": form.text("reason")}
    try:
        done = here.book.revoke_key(typed["key"], reason=typed["reason"], since=typed["since"] or None)
    except Misuse as fault:
        return _keys(here, f"{fault}; {fault.fix}", 422, **typed)
    state = next((key.state for key in here.book.signing_keys() if key.public_key == done.public_key), "")
    if state != "revoked":
        words = f"Batch {done.batch} is on record, but no known key vouches for the app's: verification passes it over."
        return here.go("/accounts/keys", f"{words} Have the app's key vouched for, and revoke again.", "attention")
    return here.go("/accounts/keys", f"Key {done.id} counts no more (batch {done.batch}). Verify the ledger next.")


@router.post("/accounts/keys/vouch")
def vouch(here: InPage, form: Posted) -> Response:
    """Say that a key is of this ledger's team."""
    try:
        done = here.book.vouch_for_key(form.text("vouched", most=200), reason=form.text("vouch_reason"))
    except Misuse as fault:
        return _keys(here, f"{fault}; {fault.fix}", 422)
    return here.go("/accounts/keys", f"Key {done.id} counts (batch {done.batch}).")


def _said(line: dict[str, Any], *names: str, first: object = None) -> str:
    """The named details of a refusal in one text."""
    details = line.get("details")
    found = [details.get(name) for name in names] if isinstance(details, dict) else []
    return " ".join(", ".join(map(str, part)) if isinstance(part, list) else str(part)
                    for part in (first, *found) if part)  # fmt: skip
