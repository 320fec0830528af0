"""A policy is read from TOML, whole or not at all, and says when a job may run."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ledger.errors import Misuse
from ledger.schedule.policy import hours, policy_of, policy_of_record

FULL = """
[policy]
name = "nights"
threshold_g_per_kwh = 180
least_gain_g_per_kwh = 5
earliest = 18:00:00
deadline = 07:00:00
timezone = "Europe/Berlin"
max_delay_hours = 24
allowed_regions = ["gcp:europe-west3", "our-hall"]
residency = ["de", "FR"]
cost_ceiling = 100.50
currency = "EUR"
price_per_tonne = 120
interruptible = true
unknown_duration_hours = 8
stale_after_hours = 12

[sites."our-hall"]
zone = "DE"
country = "DE"

[price_per_hour]
"our-hall" = 3.20

[budget_kg]
research = 500
"""


def test_every_rule_is_read():
    """Amounts are exact, countries are codes, and a site of one's own has its zone."""
    policy = policy_of(FULL)
    assert (policy.threshold_g_per_kwh, policy.cost_ceiling) == (Decimal(180), Decimal("100.50"))
    assert policy.residency == ("DE", "FR")
    assert (policy.site("our-hall").zone, policy.site("gcp/europe-west3").zone) == ("DE", "DE")
    assert policy.budget_kg == {"research": Decimal(500)}


def test_the_hash_is_of_what_the_policy_says():
    """Comments and order change no hash; a rule does; and what is recorded reads back as the same policy."""
    policy = policy_of(FULL)
    assert policy_of("# a note\n" + FULL).sha256 == policy.sha256
    assert policy_of(FULL.replace("180", "181")).sha256 != policy.sha256
    assert policy_of_record(policy.record()).sha256 == policy.sha256
    assert policy_of_record(policy.record()) == policy


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("threshold = 3", "no table [policy]|table in a policy"),
        ("[policy]\nthreshold_g_kwh = 3", "threshold_g_kwh"),
        ("[policy]\nthreshold_g_per_kwh = -3", "no amount that can be meant: -3"),
        ("[policy]\nthreshold_g_per_kwh = true", "no amount"),
        ("[policy]\nthreshold_g_per_kwh = nan", "no amount"),
        ("[policy]\ndeadline = 06:00:00", "a time of no zone"),
        ("[policy]\ndeadline = 2026-11-28T06:00:00", "has no offset"),
        ('[policy]\ndeadline = "06:00"', "is no time"),
        ("[policy]\ndeadline = 2026-11-28", "is no time"),
        ('[policy]\ntimezone = "Berlin"', "timezone is not known"),
        ("[policy]\nmax_delay_hours = 9000", "longer than a year"),
        ("[policy]\nunknown_duration_hours = 0", "zero"),
        ("[policy]\nresidency = []", "names no country"),
        ('[policy]\nresidency = ["Germany"]', "no code of a country"),
        ('[policy]\nallowed_regions = "DE"', "no list of names"),
        ('[policy]\nallowed_regions = ["gcp:europe-west33"]', "europe-west33"),
        ("[policy]\ncost_ceiling = 3", "in no currency"),
        ('[policy]\ninterruptible = "yes"', "neither true nor false"),
        ("[policy]\n[sites.hall]\ncountry = 'DE'", "has no zone"),
        ("[policy", "no TOML"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(text, words):
    """A wrong key or value is named with what to write, and nothing is taken for a default."""
    with pytest.raises(Misuse, match=words.replace("[", r"\[").replace("]", r"\]")) as fault:
        policy_of(text)
    assert fault.value.fix


def test_a_file_that_is_not_there_is_told(tmp_path):
    """A missing file is no traceback."""
    with pytest.raises(Misuse, match="cannot be read"):
        policy_of(tmp_path / "none.toml")


def bounds(submitted: str, text: str) -> tuple[datetime | None, datetime | None]:
    """Earliest start and deadline of a policy in Berlin for a job submitted then."""
    policy = policy_of(f'[policy]\ntimezone = "Europe/Berlin"\n{text}')
    return policy.bounds(datetime.fromisoformat(submitted).replace(tzinfo=UTC))


def test_a_time_of_day_is_the_next_one():
    """07:00 in Berlin is 06:00 UTC in winter: today's where it is still to come, else tomorrow's."""
    assert bounds("2026-11-28T05:59", "deadline = 07:00:00")[1] == datetime(2026, 11, 28, 6, tzinfo=UTC)
    assert bounds("2026-11-28T06:01", "deadline = 07:00:00")[1] == datetime(2026, 11, 29, 6, tzinfo=UTC)


def test_an_hour_that_there_is_twice_breaks_no_bound():
    """On 2026-10-25 Berlin shows 02:30 at 00:30 and 01:30 UTC: the deadline is the first, the earliest the last."""
    earliest, deadline = bounds("2026-10-24T12:00", "deadline = 02:30:00\nearliest = 02:30:00")
    assert deadline == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert earliest == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_an_hour_that_there_is_not_breaks_no_bound():
    """On 2026-03-29 Berlin has no 02:30: read with summer time it is 00:30 UTC, with winter time 01:30 UTC."""
    earliest, deadline = bounds("2026-03-28T12:00", "deadline = 02:30:00\nearliest = 02:30:00")
    assert deadline == datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert earliest == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_duration_is_rounded_up():
    """A third of an hour is not shortened to a whole number of microseconds."""
    assert hours(Decimal(1) / Decimal(3)).microseconds == 0
    assert hours(Decimal("0.3333333333")).total_seconds() * 1_000_000 == pytest.approx(1_199_999_999.88, abs=0.2)
    assert hours(Decimal("0.00000000001")).microseconds == 1
