"""Accounts: one's own password, sessions and tokens; everyone's by an admin; settings, keys and what was refused."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime, timedelta

import pytest

from ledger.errors import Refused

PASSWORD = "correct horse battery"
NEW = "four other words here"


@pytest.fixture(scope="module")
def own(make_served):
    """A ledger of this file's own: its people change."""
    return make_served()


def person(served, name: str) -> str:
    """The id of a person."""
    return next(row["person"] for row in served.ledger().people() if row["name"] == name)


def added(served, name: str, *roles: str) -> str:
    """A new person with a password; gives their id."""
    served.ledger("ada").add_person(name, roles or ("preparer",))
    served.ledger("ada").set_password(name, PASSWORD)
    return person(served, name)


def logged_in(served, name: str, password: str = PASSWORD):
    """A new browser of somebody."""
    client = served.stranger()
    assert client.submit("/login", name=name, password=password, next="/accounts").status_code == 200
    return client


def is_in(client) -> bool:
    """Whether a browser is still logged in."""
    return client.get("/accounts", follow_redirects=False).status_code == 200


def test_a_new_password_ends_every_other_session(own):
    """The old one is asked for; this browser goes on by a new session, the others and the old cookie are out."""
    added(own, "pat")
    here, other = logged_in(own, "pat"), logged_in(own, "pat")
    before = dict(here.cookies)
    wrong = here.submit("/accounts/password", old="not the right one", chosen=NEW, chosen_again=NEW)
    assert (wrong.status_code, "The old password is not right" in wrong.text) == (422, True)
    assert is_in(other)
    differing = here.submit("/accounts/password", old=PASSWORD, chosen=NEW, chosen_again=NEW + "!")
    assert "The two passwords differ" in differing.text
    short = here.submit("/accounts/password", old=PASSWORD, chosen="x", chosen_again="x")
    assert "has 12 to 1000 characters" in short.text
    done = here.submit("/accounts/password", old=PASSWORD, chosen=NEW, chosen_again=NEW)
    assert "Your password is the new one" in done.text
    assert is_in(here)
    assert not is_in(other)
    replayed = own.stranger()
    replayed.cookies.update(before)
    assert not is_in(replayed)
    assert own.stranger().submit("/login", name="pat", password=PASSWORD).status_code == 401


def test_a_password_changed_at_the_command_line_ends_sessions_too(own):
    """A session is of the password that began it, wherever that was changed."""
    added(own, "cli")
    client = logged_in(own, "cli")
    own.ledger("cli").set_password("cli", NEW)
    assert not is_in(client)


def test_a_name_that_another_bears_now_opens_nothing(own):
    """A session is of a person: whoever gets the name of somebody who was erased finds them logged out."""
    gone = added(own, "sam")
    client = logged_in(own, "sam")
    texts = {"texts": ("texts.toml", b"responsible_person = 'Sam Reed'")}
    brought = client.submit("/reports/ghg-protocol/texts?period=2024", files=texts).url
    assert client.get(str(brought)).status_code == 200
    own.ledger("ada").erase_person("sam")
    assert added(own, "sam", "admin") != gone
    assert not is_in(client)
    assert logged_in(own, "sam").get(str(brought)).status_code == 404


def test_other_sessions_are_listed_and_ended(own):
    """Each by its handle, which is no secret; one's own alone, whatever handle a form names."""
    added(own, "uma")
    one, two, three = (logged_in(own, "uma") for _ in range(3))
    stranger = own.client("rob")
    page = one.page("/accounts")
    handles = re.findall(r'name="session" value="([0-9a-f]{12})"', page)
    assert len(handles) == 2
    for value in two.cookies.values():
        assert value not in page
    stranger.submit("/accounts/sessions", session=handles[0])
    assert is_in(two)
    assert is_in(three)
    assert "1 session ended" in one.submit("/accounts/sessions", session=handles[0]).text
    assert [is_in(one), is_in(two), is_in(three)].count(True) == 2
    one.submit("/accounts/sessions")
    assert [is_in(one), is_in(two), is_in(three)] == [True, False, False]


def test_a_token_is_shown_once_and_revoked(own):
    """The page that makes it has it, no page after; what the ledger keeps proves it; revoked it opens nothing."""
    added(own, "tom")
    client = logged_in(own, "tom")
    last = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    made = client.submit("/accounts/token", scope="read", last=last)
    (token,) = re.findall(r"ghg_[0-9a-f]{8}_[A-Za-z0-9_-]+", made.text)
    assert made.headers["cache-control"] == "no-store"
    assert token not in client.page("/accounts")
    assert last in client.page("/accounts")
    assert own.ledger().bearer(token).read_only
    public = token.split("_")[1]
    assert own.client("rob").submit("/accounts/token/revoke", token=public).status_code == 403
    assert "worthless from now on" in client.submit("/accounts/token/revoke", token=public).text
    with pytest.raises(Refused):
        own.ledger().bearer(token)
    wrong = (("admin", "", "take one of"), ("read", "2001-01-01", "is over"), ("read", "soon", "is not read"))
    for scope, day, words in wrong:
        refused = client.submit("/accounts/token", scope=scope, last=day)
        assert (refused.status_code, words in refused.text) == (422, True)


def test_an_admin_keeps_people(own):
    """Taken in with roles and a password, given others, a password reset, erased after the name was typed."""
    admin = own.client("ada")
    assert " checked" not in admin.page("/accounts/people")
    name = 'Zoë <b>"O\'Neil"</b>'
    assert " checked" not in admin.page("/accounts/people"), "a role is given, never left ticked"
    fields = {"role": ["preparer", "reviewer"], "first": PASSWORD, "first_again": PASSWORD}
    done = admin.submit("/accounts/people", name=name, **fields)
    assert "Zoë &lt;b&gt;" in done.text
    assert "acts as preparer and reviewer" in done.text
    who = person(own, name)
    client = logged_in(own, name)
    assert "<b>" not in client.page("/accounts")
    assert "acts as auditor" in admin.submit(f"/accounts/person/{who}/roles", role=["auditor"]).text
    assert "You may" not in client.page("/accounts")
    assert "record an engagement" in client.page("/accounts")
    admin.submit(f"/accounts/person/{who}/password", chosen=NEW, chosen_again=NEW)
    assert not is_in(client)
    client = logged_in(own, name, NEW)
    page = admin.page(f"/accounts/person/{who}/erase")
    assert "It cannot be undone" in page
    assert admin.submit(f"/accounts/person/{who}/erase", name="Zoe").status_code == 422
    assert is_in(client)
    assert "is erased" in admin.submit(f"/accounts/person/{who}/erase", name=name).text
    assert not is_in(client)
    assert who in admin.page("/accounts/people")
    assert "was erased" in admin.page(f"/accounts/person/{who}")


def test_faults_of_an_admin_are_told_on_the_page(own):
    """No role, a role that is not there, a name that is taken or none, the last admin: nothing is written."""
    admin, before = own.client("ada"), own.ledger().checkpoint().size
    fields = {"name": "new", "role": ["preparer"]}
    for changed, words in (
        ({"role": []}, "no role was chosen"), ({"role": ["king"]}, "is not a role"), ({"name": ""}, "has no name"),
        ({"name": "pia"}, "is a person of"), ({"name": "p-0123456789abcdef"}, "is not a name"),
        ({"first": "short", "first_again": "short"}, "12 to 1000"), ({"first": PASSWORD}, "differ"),
    ):  # fmt: skip
        answer = admin.submit("/accounts/people", **fields | changed)
        assert (answer.status_code, words in answer.text.casefold()) == (422, True), (changed, answer.text[-900:])
    if any(row["name"] == "sam" for row in own.ledger().people()):  # who is an admin by then
        own.ledger("ada").set_roles("sam", "preparer")
        before = own.ledger().checkpoint().size
    answer = admin.submit(f"/accounts/person/{person(own, 'ada')}/roles", role=["auditor"])
    assert "without an admin" in answer.text
    assert admin.get("/accounts/person/p-0000000000000000").status_code == 404
    assert own.ledger().checkpoint().size == before


def test_settings_are_set_with_a_reason(own):
    """By a reviewer or an admin; what is not taken is told on the page with what was typed."""
    reviewer = own.client("rob")
    fields = {"setting": "base_year_threshold_pct", "value": "7", "since": "2024-01-01", "reason": "a <i>reason</i>"}
    wrong = reviewer.submit("/accounts/settings", **fields | {"value": "seventy"})
    assert (wrong.status_code, 'value="seventy"' in wrong.text) == (422, True)
    assert "needs a reason" in reviewer.submit("/accounts/settings", **fields | {"reason": ""}).text
    assert "is not a day" in reviewer.submit("/accounts/settings", **fields | {"since": "soon"}).text
    done = reviewer.submit("/accounts/settings", **fields)
    assert "base_year_threshold_pct is set" in done.text
    assert "a &lt;i&gt;reason&lt;/i&gt;" in done.text
    held = next(one for one in own.ledger().settings() if one.name == fields["setting"] and one.in_force)
    assert (held.value, str(held.valid_from)) == ("7", "2024-01-01")


def test_a_logo_comes_with_the_form_alone(own, company):
    """The path of a file of this machine is none of a logo's; the bytes that were sent are."""
    admin = own.client("ada")
    logo = _png()
    (company / "secret.png").write_bytes(logo)
    fields = {"setting": "report_logo", "value": "", "since": "", "reason": "ours"}
    refused = admin.submit("/accounts/settings", **fields | {"value": str(company / "secret.png")})
    assert (refused.status_code, "is a file" in refused.text) == (422, True)
    broken = admin.submit("/accounts/settings", files={"file": ("../../x.png", b"no png")}, **fields)
    assert "The file is no PNG" in broken.text
    assert "logo.png" not in broken.text  # where it lay on this machine
    done = admin.submit("/accounts/settings", files={"file": ("l.png", logo)}, **fields)
    assert "report_logo is set" in done.text


def test_keys_are_rotated_and_revoked_by_an_admin(own, tmp_path, monkeypatch):
    """A key that nobody vouches for revokes nothing, which is told; vouched for, it has another in its place."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("GHG_SIGNING_KEY", str(tmp_path / "key"))
        own.ledger("ada").add_person("key user", "preparer")  # a new key is introduced by its first act
        admin, keys = own.client("ada"), own.ledger().signing_keys()
        new = next(key for key in keys if key.mine == "signs")
        old = next(key for key in keys if key.mine != "signs")
        told = admin.submit("/accounts/keys/revoke", key=old.id, reason="lost", since="")
        assert "no known key vouches for the app" in told.text
    vouched = admin.submit("/accounts/keys/vouch", vouched=new.id, vouch_reason="heard it by phone")
    assert "counts (batch" in vouched.text
    monkeypatch.setenv("GHG_SIGNING_KEY", str(tmp_path / "key"))
    assert "needs a reason" in admin.submit("/accounts/keys/rotate", rotate_reason=" ").text
    admin.submit("/accounts/keys/rotate", rotate_reason="a year is over")
    now = next(key for key in own.ledger().signing_keys() if key.mine == "signs")
    assert now.id not in {new.id, old.id}
    assert "counts no more" in admin.submit("/accounts/keys/revoke", key=new.id, reason="lost", since="").text
    assert {key.id: key.state for key in own.ledger().signing_keys()}[new.id] == "revoked"
    assert admin.submit("/accounts/keys/revoke", key="ffffffff", reason="lost", since="never").status_code == 422


def test_what_was_refused_is_listed(own):
    """An act that a person may not do stands there, with who and why, after it was refused by its page."""
    auditor = own.client("eve")
    refused = auditor.submit("/accounts/people", name="friend", role=["admin"])
    assert (refused.status_code, "may not say who may act" in refused.text) == (403, True)
    page = auditor.page("/accounts/refused")
    assert "role-not-allowed" in page
    assert ">eve<" in page
    rows = auditor.get("/accounts/refused?as=json&table=refused").json()["rows"]
    assert rows[0]["who"] == "eve"
    assert "friend" not in str(rows)


def _png() -> bytes:
    """A whole PNG of 16 × 16 grey pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)

    size = (16).to_bytes(4)
    head = size + size + bytes([8, 0, 0, 0, 0])
    pixels = zlib.compress((b"\0" + b"\x80" * 16) * 16)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
