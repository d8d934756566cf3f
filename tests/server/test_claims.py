"""What a client says that it holds is believed, once or for good, and taken back when it errs."""

from __future__ import annotations

import hashlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.claims import MOST_KEPT, NAME_BYTES, Claims


def hash_of(number: int) -> bytes:
    return hashlib.sha256(number.to_bytes(8, "little")).digest()[:16]


def names_of(numbers: set[int]) -> bytes:
    return b"".join(hash_of(number)[:NAME_BYTES] for number in numbers)


def rows(*numbers: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.array([list(hash_of(number)) for number in numbers], dtype=np.uint8).reshape(-1, 16)


def test_what_is_merely_held_is_believed_once() -> None:
    claims = Claims(have=frozenset({hash_of(1)}))
    assert [claims.holds(hash_of(1)), claims.holds(hash_of(1))] == [True, False]
    assert not claims.holds(hash_of(2))


def test_what_is_kept_is_believed_until_it_is_missing() -> None:
    claims = Claims(kept=names_of({1, 2}))
    assert claims.holds(hash_of(1))
    assert claims.holds(hash_of(1))
    claims.withdraw(rows(1))
    assert not claims.holds(hash_of(1))
    assert claims.holds(hash_of(2))


def test_what_is_kept_outlasts_a_change_of_the_scene_and_what_is_held_does_not() -> None:
    claims = Claims(frozenset({hash_of(1)}), names_of({2})).lasting()
    assert not claims.holds(hash_of(1))
    assert claims.holds(hash_of(2))


def test_more_than_the_most_is_passed_by() -> None:
    claims = Claims()
    for start in range(0, MOST_KEPT + 2000, 2000):
        claims.keep(names_of(set(range(start, start + 2000))))
    assert claims.holds(hash_of(0))
    assert not claims.holds(hash_of(MOST_KEPT + 1999))


@given(st.lists(st.tuples(st.booleans(), st.sets(st.integers(0, 30), max_size=8)), max_size=12))
def test_claims_behave_as_a_set(steps: list[tuple[bool, set[int]]]) -> None:
    claims, expected = Claims(), set[int]()
    for adds, numbers in steps:
        if adds:
            claims.keep(names_of(numbers))
            expected |= numbers
        else:
            claims.withdraw(rows(*sorted(numbers)))
            expected -= numbers
        assert {number for number in range(31) if claims.keeps(hash_of(number))} == expected
