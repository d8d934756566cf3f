"""What goes out as rows comes back as the same values, in few bytes."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.overlays.rows import AS_IT_IS, Rows, blocks, coded
from server.hearers import values_of

TIME_US = 1_795_231_806_000_999
TIME_MS = TIME_US // 1000

FLOATS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(-1000, 1000, places=2).map(float),
    st.integers(-(10**12), 10**12).map(float),
)
ROW = st.tuples(FLOATS, st.integers(-600_000, 10**12), st.integers(0, 255), st.integers(0, 3))


def rows_of(entries: dict[int, tuple[float, int, int, int]]) -> tuple[Rows, Any]:
    columns = zip(*entries.values(), strict=True)
    values, ages, quality, labels = (list(column) for column in columns)
    rows = Rows(
        np.array(list(entries), dtype=np.uint32),
        coded(np.array(values, dtype=np.float64)),
        TIME_MS - np.array(ages, dtype=np.int64),
        np.array(quality, dtype=np.uint8),
    )
    return rows, np.array(labels, dtype=np.int64)


@given(st.dictionaries(st.integers(0, 2**32 - 1), ROW, min_size=1, max_size=30))
def test_any_values_come_back_bit_by_bit(entries: dict[int, tuple[float, int, int, int]]) -> None:
    rows, labels = rows_of(entries)
    found_labels, encoded = blocks(rows, labels, TIME_US)
    assert found_labels.tolist() == sorted(found_labels.tolist())
    found = values_of({"time": TIME_US, "rows": b"".join(encoded)})
    assert found.keys() == entries.keys()
    for one, (value, age, quality, _) in entries.items():
        assert struct.pack("<d", found[one][0]) == struct.pack("<d", value)
        assert found[one][1:] == (TIME_MS - age, quality)


def test_each_label_has_its_own_blocks_which_go_together_in_any_order() -> None:
    entries = {5: (1.5, 0, 0, 2), 1: (2.0, 0, 0, 7), 9: (1 / 3, 0, 0, 2)}
    labels, encoded = blocks(*rows_of(entries), TIME_US)
    assert labels.tolist() == [2, 2, 7]
    found = values_of({"time": TIME_US, "rows": b"".join(reversed(encoded))})
    assert {one: value for one, (value, _, _) in found.items()} == {5: 1.5, 1: 2.0, 9: 1 / 3}


def test_nothing_is_no_block() -> None:
    empty = np.empty(0)
    rows = Rows(empty.astype(np.uint32), coded(empty), empty.astype(np.int64), empty.astype("u1"))
    labels, encoded = blocks(rows, empty.astype(np.int64), TIME_US)
    assert (len(labels), encoded) == (0, [])


@pytest.mark.parametrize(
    ("value", "decimals"),
    [(21.4, 1), (412.0, 0), (-0.25, 2), (1e-6, 6), (0.0, 0), (-0.0, AS_IT_IS), (1e10, AS_IT_IS)],
)
def test_a_short_decimal_is_a_whole_number_with_as_few_digits_as_it_takes(
    value: float, decimals: int
) -> None:
    assert coded(np.array([value])).decimals.tolist() == [decimals]


def test_what_a_neighbourhood_says_takes_six_bytes_a_value() -> None:
    entries = {one: (20 + one / 10, 1500, 0, 0) for one in range(100)}
    _, (block,) = blocks(*rows_of(entries), TIME_US)
    assert len(block) <= 2 + 100 * 5
