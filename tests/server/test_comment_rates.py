"""How many comments one may send, and that neighbours don't pay for each other."""

from __future__ import annotations

import pytest

from citiverse_server.config import Limits
from citiverse_server.consultation.rates import MAX_ADDRESSES, Rates
from citiverse_server.errors import Refusal, RequestRefused

LIMITS = Limits(
    address_comments_per_min=60.0,
    address_comment_burst=2.0,
    scene_comments_per_min=60.0,
    scene_comment_burst=4.0,
)


def taken(rates: Rates, address: str, now: float = 0.0, tries: int = 10) -> int:
    return sum(_is_taken(rates, address, now) for _ in range(tries))


def _is_taken(rates: Rates, address: str, now: float) -> bool:
    try:
        rates.take(address, now)
    except RequestRefused:
        return False
    return True


def test_one_address_has_its_limit_and_the_scene_another() -> None:
    rates = Rates(LIMITS, 0.0)
    assert taken(rates, "203.0.113.1") == 2
    assert taken(rates, "203.0.113.2") == 2
    assert taken(rates, "203.0.113.3") == 0
    assert taken(rates, "203.0.113.3", now=1.0) == 1


@pytest.mark.parametrize("other", ["2001:db8::ffff", "2001:db8:0:0:1:2:3:4"])
def test_a_household_of_ipv6_is_one(other: str) -> None:
    rates = Rates(LIMITS, 0.0)
    assert taken(rates, "2001:db8::1") == 2
    assert taken(rates, other) == 0


@pytest.mark.parametrize("own", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_held_by_the_scenes_limit_alone(own: str) -> None:
    assert taken(Rates(LIMITS, 0.0), own) == 4


def test_who_is_refused_is_told_to_wait() -> None:
    rates = Rates(LIMITS, 0.0)
    taken(rates, "203.0.113.1")
    with pytest.raises(RequestRefused, match="wait a minute") as refused:
        rates.take("203.0.113.1", 0.0, "a-key-of-hers")
    assert (refused.value.code, refused.value.key) == (Refusal.TOO_MANY_COMMENTS, "a-key-of-hers")


def test_addresses_are_remembered_only_so_far() -> None:
    rates = Rates(LIMITS, 0.0)
    for number in range(MAX_ADDRESSES + 10):
        _is_taken(rates, f"198.51.{number // 256}.{number % 256}", 0.0)
    assert len(rates._addresses) == MAX_ADDRESSES
