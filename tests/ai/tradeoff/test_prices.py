"""Prices: dated, of a named kind, in one currency, from the user's file; none is ever assumed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ledger.ai.tradeoff.prices import one_currency, price_for, prices_of_text
from ledger.errors import Misuse

HEAD = "provider,region,hardware,kind,price_per_accelerator_hour,currency,date,source\n"
TODAY = date(2026, 11, 28)
H100 = "nvidia-h100-sxm5-80gb"


def held(*lines: str):
    """The prices of lines."""
    return prices_of_text(HEAD + "\n".join(lines), "prices.csv")


def test_the_region_goes_before_the_provider_and_the_newest_before_the_older():
    """A price of the region is taken before one of every region; a newer before an older; one of tomorrow never."""
    prices = held(
        "Google Cloud,,H100 SXM,list,9,USD,2026-11-20,page",
        "gcp,us-central1,H100 SXM,list,3.5,USD,2026-10-01,page",
        "gcp,us-central1,H100 SXM,list,3.1,USD,2026-11-01,page",
        "gcp,us-central1,H100 SXM,list,2,USD,2026-12-01,page",
    )
    assert price_for(prices, "gcp", "us-central1", H100, None, TODAY).per_hour == Decimal("3.1")
    assert price_for(prices, "gcp", "europe-north1", H100, None, TODAY).per_hour == 9
    assert price_for(prices, "aws", "us-east-1", H100, None, TODAY) is None
    assert price_for(prices, "gcp", "us-central1", H100, "spot", TODAY) is None


def test_kinds_and_doubles_are_asked_about():
    """List and spot are no choice of ours, nor two prices of one day."""
    prices = held("gcp,,H100 SXM,list,3,USD,2026-11-01,a", "gcp,,H100 SXM,spot,1,USD,2026-11-01,a",
                  "aws,,H100 SXM,list,3,USD,2026-11-01,a", "aws,,H100 SXM,list,4,USD,2026-11-01,b")  # fmt: skip
    with pytest.raises(Misuse, match="of each kind: list, spot"):
        price_for(prices, "gcp", "us-central1", H100, None, TODAY)
    assert price_for(prices, "gcp", "us-central1", H100, "spot", TODAY).per_hour == 1
    with pytest.raises(Misuse, match=r"two prices of 2026-11-01 \(lines 4, 5\)"):
        price_for(prices, "aws", "us-east-1", H100, None, TODAY)


def test_two_currencies_are_not_ranked():
    """No rate is assumed."""
    prices = held("gcp,,H100 SXM,list,3,USD,2026-11-01,a", "aws,,H100 SXM,list,3,EUR,2026-11-01,a")
    with pytest.raises(Misuse, match="EUR and USD"):
        one_currency(prices)
    assert (one_currency(prices[:1]), one_currency([])) == ("USD", None)


def test_every_bad_line_is_named():
    """What is wrong in which line, all at once, and nothing is taken."""
    with pytest.raises(Misuse) as fault:
        held(
            "gcp,,H100,list,3,USD,2026-11-01,a",
            "gcp,,H100 SXM,cheap,3,USD,2026-11-01,a",
            "gcp,,H100 SXM,list,three,USD,2026-11-01,a",
            "gcp,,H100 SXM,list,3,$,2026-11-01,a",
            "gcp,,H100 SXM,list,3,USD,1/11/2026,",
        )
    for words in ("line 2: 'H100' may be", "line 3: kind is 'cheap'", "line 4: price_per", "line 5: currency",
                  "line 6: source is blank"):  # fmt: skip
        assert words in str(fault.value)
    with pytest.raises(Misuse, match="no column currency, date"):
        prices_of_text("provider,region,hardware,kind,price_per_accelerator_hour,source\n", "p.csv")
