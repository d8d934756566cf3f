"""What is sealed comes out as it went in, in few bytes, and a broken file is told."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.observations import codec, steps
from citiverse_server.observations.codec import CorruptError
from citiverse_server.observations.columns import Columns, merged
from citiverse_server.observations.disk import Place
from citiverse_server.observations.reading import needed
from citiverse_server.observations.store import Span
from citiverse_server.overlays.model import Batch

MINUTE_US = 60_000_000
TIMES = st.integers(946_684_800_000_000, 4_102_444_800_000_000)
VALUES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-10_000, 10_000).map(lambda tenths: tenths / 10),
)
OBSERVED = st.lists(
    st.tuples(TIMES, VALUES, st.integers(-1_000, 10**9), st.integers(0, 63)),
    unique_by=lambda one: one[0],
    max_size=20,
).map(sorted)


def columns(observed: list[tuple[int, float, int, int]]) -> Columns:
    times, values, delays_ms, quality = zip(*observed, strict=True) if observed else ((),) * 4
    when = np.array(times, dtype=np.int64)
    return Columns(
        when,
        np.array(values, dtype=np.float64),
        when + np.array(delays_ms, dtype=np.int64) * 1_000,
        np.array(quality, dtype=np.uint8),
    )


def same(one: Columns, other: Columns) -> bool:
    names = ("times", "values", "arrivals", "quality")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


@given(OBSERVED)
def test_every_observation_comes_out_as_it_went_in(
    observed: list[tuple[int, float, int, int]],
) -> None:
    whole = columns(observed)
    assert same(codec.unpack(codec.pack(whole)), whole)
    rows = whole.batch(7)
    again = codec.unpack_group(codec.pack_group(rows))
    assert all(
        np.array_equal(getattr(again, name), getattr(rows, name)) for name in Batch.__slots__
    )


@given(OBSERVED)
def test_a_summary_comes_out_as_it_went_in(observed: list[tuple[int, float, int, int]]) -> None:
    with np.errstate(over="ignore"):
        summary = steps.of_columns(columns(observed), MINUTE_US)
    again = codec.unpack_summary(codec.pack_summary(summary))
    for name in ("times", "counts", "lows", "highs", "means", "quality"):
        assert np.array_equal(getattr(again, name), getattr(summary, name))


def test_a_day_of_minutes_in_tenths_takes_two_bytes_each() -> None:
    times = 1_700_000_000_000_000 + np.arange(1_440) * MINUTE_US
    values = np.round(15 + 5 * np.sin(np.arange(1_440) / 230), 1)
    none = np.zeros(1_440, dtype=np.uint8)
    assert len(codec.pack(Columns(times, values, times + 2_000_000, none))) < 2 * 1_440


@given(st.binary(max_size=200))
def test_any_other_bytes_are_told_as_such(packed: bytes) -> None:
    for read in (codec.unpack, codec.unpack_summary, codec.unpack_group):
        with pytest.raises(CorruptError):
            read(b"\xff" + packed)


@given(OBSERVED.filter(bool), st.data())
def test_a_batch_with_a_wrong_byte_is_no_other_mistake(
    observed: list[tuple[int, float, int, int]], data: st.DataObject
) -> None:
    packed = bytearray(codec.pack(columns(observed)))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(CorruptError):
        codec.unpack(bytes(packed[: data.draw(st.integers(0, len(packed)))]))


@given(st.lists(OBSERVED, max_size=4))
def test_of_several_at_one_time_the_first_counts(
    parts: list[list[tuple[int, float, int, int]]],
) -> None:
    expected: dict[int, float] = {}
    for part in parts:
        for time_us, value, _, _ in part:
            expected.setdefault(time_us, value)
    found = merged([columns(part) for part in parts])
    assert dict(zip(found.times.tolist(), found.values.tolist(), strict=True)) == expected
    assert found.times.tolist() == sorted(expected)


@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(0, 30), st.integers(1, 9)), max_size=12),
    st.integers(1, 20),
    st.booleans(),
)
def test_only_what_may_hold_the_first_or_last_is_read(
    said: list[tuple[int, int, int]], limit: int, newest: bool
) -> None:
    """Each place stands for observations spread from its first time to its last."""
    span = Span(20, 80)
    places, times = [], {}
    for number, (first, length, count) in enumerate(sorted(said)):
        spread = np.unique(np.linspace(first, first + length, count).astype(np.int64))
        times[number] = spread
        places.append(Place(number, int(spread[0]), int(spread[-1]), len(spread)))
    inside = [one for one in places if one.last >= span.begin_us and one.first < span.end_us]

    def chosen(ids: list[int]) -> list[int]:
        every = sorted(time for one in ids for time in times[one].tolist() if 20 <= time < 80)
        return every[-limit:] if newest else every[:limit]

    read = [one.id for one in needed(inside, span, limit, newest=newest)]
    assert chosen(read) == chosen([one.id for one in inside])
