"""What speaks against observations: each detector finds its fault, and leaves the healthy alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.overlays.model import Batch, Datastream, Quality
from citiverse_server.quality.judge import MOST_ROUNDS, Judge
from citiverse_server.quality.neighbours import middle, nearest
from citiverse_server.quality.report import duration, report

if TYPE_CHECKING:
    from collections.abc import Sequence

BEGIN_S = 1_700_000_000.0
MINUTE_S = 60.0


def datastream(
    key: str = "air",
    *,
    limits: tuple[float, float] | None = (-40.0, 50.0),
    period_s: float = MINUTE_S,
) -> Datastream:
    return Datastream(key, key, "Temperature", "°C", "", 300.0, limits, period_s=period_s)


def healthy(count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A day's curve with a little unrest, in tenths, the same each time."""
    minutes = np.arange(count)
    unrest = np.random.default_rng(3).normal(0.0, 0.2, count)
    return np.round(15.0 + 5.0 * np.sin(minutes / 230.0) + unrest, 1)


def batch(
    rows: Sequence[int],
    values: Sequence[float],
    times: Sequence[float],
    arrivals: Sequence[float] | None = None,
) -> Batch:
    micros = np.rint(np.array(times) * 1e6).astype(np.int64)
    came = micros + 1_000_000 if arrivals is None else np.rint(np.array(arrivals) * 1e6)
    return Batch(
        np.array(rows, dtype=np.uint32),
        np.array(values, dtype=np.float64),
        micros,
        came.astype(np.int64),
        np.zeros(len(rows), dtype=np.uint8),
    )


def heard(
    values: Sequence[float],
    times: Sequence[float] | None = None,
    arrivals: Sequence[float] | None = None,
    judge: Judge | None = None,
) -> list[Quality]:
    """What a judge says of each value of one datastream, one after another."""
    judge = judge or knowing(datastream())
    when = [BEGIN_S + MINUTE_S * at for at in range(len(values))] if times is None else times
    came = [time + 1.0 for time in when] if arrivals is None else arrivals
    return [
        Quality(int(judge.judge(batch([0], [value], [time], [arrival])).quality[0]))
        for value, time, arrival in zip(values, when, came, strict=True)
    ]


def knowing(*datastreams: Datastream) -> Judge:
    judge = Judge()
    for row, one in enumerate(datastreams):
        judge.put(row, one)
    return judge


def five_stations(period_s: float = MINUTE_S) -> Judge:
    """A judge of neighbours that stand in a row."""
    judge = knowing(*(datastream(f"station-{row}", period_s=period_s) for row in range(5)))
    for row in range(5):
        judge.stand(row, 13.0 + 0.002 * row, 52.4)
    return judge


def test_nothing_speaks_against_a_healthy_sensor() -> None:
    assert set(heard(healthy(1_500).tolist())) == {Quality(0)}


def test_what_is_out_of_the_range_is_implausible_and_nothing_else() -> None:
    values = healthy(100)
    values[50] = 9_999.0
    said = heard(values.tolist())
    assert said[50] == Quality.IMPLAUSIBLE
    assert set(said[:50] + said[51:]) == {Quality(0)}


def test_the_first_after_a_missing_value_tells_of_the_gap() -> None:
    minutes = [at for at in range(100) if at not in (50, 51)]
    said = heard(healthy(98).tolist(), [BEGIN_S + MINUTE_S * at for at in minutes])
    assert [at for at, one in enumerate(said) if one] == [50]
    assert said[50] == Quality.GAP


def test_the_pace_is_learned_where_nobody_tells_it() -> None:
    judge = knowing(datastream(period_s=0.0))
    minutes = [at for at in range(100) if at != 50]
    said = heard(healthy(99).tolist(), [BEGIN_S + 600.0 * at for at in minutes], judge=judge)
    assert said[50] == Quality.GAP
    assert abs(judge.periods_s(np.array([0]))[0] - 600.0) < 1.0


def test_a_value_that_stays_is_stuck_but_nothing_may_stay_nothing() -> None:
    values = healthy(200)
    values[100:140] = values[100]
    said = heard(values.tolist())
    assert Quality.STUCK in said[100:110]
    assert all(one == Quality.STUCK for one in said[110:140])
    assert said[140] == Quality(0)
    assert set(heard([0.0] * 200)) == {Quality(0)}


def whole_degrees(days: int, every_s: float = 300.0) -> list[float]:
    """By day it changes every hour or so, from the evening until the morning not at all."""
    hours = np.arange(0.0, 24.0 * days, every_s / 3_600.0) % 24.0
    warmth = np.fmax(np.sin((hours - 6.0) / 12.0 * np.pi), 0.0)
    return [float(one) for one in np.round(8.0 + 6.0 * warmth)]


def heard_every(seconds: float, values: list[float]) -> list[Quality]:
    times = [BEGIN_S + seconds * at for at in range(len(values))]
    return heard(values, times, judge=knowing(datastream(period_s=0.0)))


def test_what_rests_between_its_smallest_steps_by_nature_is_not_stuck() -> None:
    assert set(heard_every(300.0, whole_degrees(10))) == {Quality(0)}
    wet_then_still = [20.0 + at % 2 for at in range(1_500)] + [20.0] * 13 + [21.0, 20.0] * 20
    assert set(heard_every(60.0, wet_then_still)) == {Quality(0)}


def test_what_is_coarse_is_stuck_when_it_rests_for_twice_its_longest_night() -> None:
    values = whole_degrees(4)
    said = heard_every(300.0, [*values, *[values[-1]] * 600])
    assert set(said[: len(values)]) == {Quality(0)}
    assert said[-1] == Quality.STUCK


def test_what_never_changed_is_stuck_after_a_day() -> None:
    said = heard_every(300.0, [21.5] * 300)
    assert set(said[:288]) == {Quality(0)}
    assert said[-1] == Quality.STUCK


def test_a_spike_is_found_and_neither_the_way_back_nor_a_lasting_step_is_one() -> None:
    values = healthy(300)
    values[100] += 12.0
    values[200:] += 12.0
    said = heard(values.tolist())
    assert said[100] == Quality.SPIKE
    assert [at for at, one in enumerate(said) if one] == [100, 200]


def test_who_goes_another_way_than_the_neighbours_drifts() -> None:
    judge = five_stations()
    chance = np.random.default_rng(4)
    flagged = []
    for at, value in enumerate(healthy(600).tolist()):
        values = value + np.round(chance.normal(0.0, 0.1, 5), 1)
        values[0] += max(0, at - 300) * 0.02
        times = [BEGIN_S + 5 * MINUTE_S * at] * 5
        said = judge.judge(batch(range(5), values.tolist(), times)).quality
        flagged.append((said & Quality.DRIFT) != 0)
    drifting = np.array(flagged)
    assert not drifting[:300].any()
    assert drifting[400:, 0].mean() > 0.9
    assert not drifting[:, 1:].any()


def test_a_clock_that_is_ahead_jumps_or_stands_still_is_wrong() -> None:
    arrivals = [BEGIN_S + MINUTE_S * at for at in range(300)]
    times = [arrival - 1.0 for arrival in arrivals]
    times[100:110] = [time + 120.0 for time in times[100:110]]
    times[150:160] = [time - 3_600.0 for time in times[150:160]]
    times[200:205] = [times[199]] * 5
    said = heard(healthy(300).tolist(), times, arrivals)
    wrong = {*range(100, 110), *range(150, 160), *range(200, 205)}
    assert {at for at, one in enumerate(said) if Quality.CLOCK in one} == wrong


def test_what_was_held_up_on_its_way_has_no_wrong_clock() -> None:
    times = [BEGIN_S + MINUTE_S * at for at in range(100)]
    arrivals = [time + 1.0 for time in times]
    arrivals[60:90] = [arrivals[90] - 1.0 + 0.01 * at for at in range(30)]
    assert Quality.CLOCK not in set(heard(healthy(100).tolist(), times, arrivals))


def test_what_is_told_afterwards_says_nothing_of_the_clock_of_what_follows() -> None:
    past = [BEGIN_S - 10.0 * MINUTE_S * (200 - at) for at in range(200)]
    live = [BEGIN_S + MINUTE_S * at for at in range(100)]
    told = [BEGIN_S - 1.0 + 0.001 * at for at in range(200)]
    values = healthy(300).tolist()
    said = heard(values, [*past, *live], [*told, *(time + 1.0 for time in live)])
    assert Quality.CLOCK not in set(said[200:])


def test_many_of_one_batch_are_judged_as_one_by_one_up_to_a_bound() -> None:
    values = healthy(MOST_ROUNDS * 3)
    values[150] += 12.0
    times = [BEGIN_S + MINUTE_S * at for at in range(len(values))]
    judge = knowing(datastream())
    together = []
    for begin in range(0, len(values), MOST_ROUNDS):
        end = begin + MOST_ROUNDS
        part = batch([0] * MOST_ROUNDS, values[begin:end].tolist(), times[begin:end])
        together += judge.judge(part).quality.tolist()
    assert together == [int(one) for one in heard(values.tolist(), times)]
    flood = batch([0] * 1_000, [9_999.0] * 1_000, [BEGIN_S + 1e6 + at for at in range(1_000)])
    assert set(judge.judge(flood).quality.tolist()) >= {int(Quality.IMPLAUSIBLE)}


def test_what_was_learned_goes_on_in_another_process() -> None:
    values = healthy(200)
    values[150] += 12.0
    times = [BEGIN_S + MINUTE_S * at for at in range(200)]
    first = knowing(datastream())
    heard(values[:100].tolist(), times[:100], judge=first)
    second = knowing(datastream())
    second.learn_from(first.packed())
    said = heard(values[100:].tolist(), times[100:], judge=second)
    assert said == heard(values.tolist(), times)[100:]
    for broken in (b"", b"no such thing", first.packed()[:-9]):
        third = knowing(datastream())
        third.learn_from(broken)
        assert set(heard(healthy(50).tolist(), judge=third)) == {Quality(0)}


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.floats(allow_nan=False, allow_infinity=False),
            st.integers(-(10**15), 2 * 10**15),
            st.integers(10**15, 2 * 10**15),
        ),
        max_size=40,
    )
)
def test_whatever_comes_is_judged_and_stays_as_it_is(
    said: list[tuple[int, float, int, int]],
) -> None:
    judge = knowing(*(datastream(f"{row}", limits=None, period_s=0.0) for row in range(4)))
    rows, values, times, arrivals = zip(*said, strict=True) if said else ((), (), (), ())
    came = Batch(
        np.array(rows, dtype=np.uint32),
        np.array(values, dtype=np.float64),
        np.array(times, dtype=np.int64),
        np.array(arrivals, dtype=np.int64),
        np.zeros(len(rows), dtype=np.uint8),
    )
    judged = judge.judge(came)
    assert np.array_equal(judged.values, came.values)
    assert np.array_equal(judged.times, came.times)


def test_the_nearest_are_of_the_same_kind_and_never_oneself() -> None:
    chance = np.random.default_rng(5)
    lon, lat = 13.0 + chance.random(200) * 0.02, 52.0 + chance.random(200) * 0.02
    lon[7] = np.nan
    kinds = chance.integers(0, 2, 200)
    found = nearest(lon, lat, kinds)
    for row, others in enumerate(found.tolist()):
        there = [other for other in others if other >= 0]
        assert row not in there
        assert 7 not in there
        assert len(set(there)) == len(there)
        assert {int(kinds[other]) for other in there} <= {int(kinds[row])}
    assert (found[7] == -1).all()


def test_the_middle_leaves_out_what_is_missing() -> None:
    values = np.array([[3.0, np.nan, 1.0, 2.0], [1.0, np.nan, np.nan, np.nan]])
    middles = middle(values, 3)
    assert middles[0] == 2.0
    assert np.isnan(middles[1])


def test_the_report_says_in_plain_words_how_a_sensor_does() -> None:
    judge = knowing(datastream(), datastream("silent"))
    values = healthy(60)
    values[40] = 9_999.0
    minutes = [at for at in range(61) if at != 30]
    heard(values.tolist(), [BEGIN_S + MINUTE_S * at for at in minutes], judge=judge)
    streams = {0: datastream(), 1: datastream("silent")}
    air, silent = report(judge, streams, round((BEGIN_S + 70 * MINUTE_S) * 1e6))
    assert air.stale
    assert air.completeness is not None
    assert 0.8 < air.completeness < 0.9
    assert air.sentences == (
        "85 % of the values of the last day came; one is due every 1 minute.",
        "As a rule a value comes 1 second late.",
        "It has been silent for 10 minutes.",
        "1 value was out of the plausible range.",
        "1 value was the first after a gap.",
    )
    assert silent.sentences == ("Nothing has come yet.",)


def test_durations_are_said_in_their_largest_unit() -> None:
    assert [duration(one) for one in (0.25, 1.0, 90.0, 7_200.0, 86_400.0 * 3)] == [
        "0.2 seconds",
        "1 second",
        "1.5 minutes",
        "2 hours",
        "3 days",
    ]


def test_who_goes_off_at_once_and_comes_back_after_a_night_has_no_drift() -> None:
    assert not _beside_neighbours(hours=6.0)[:, 0].any()


def test_who_goes_off_at_once_and_stays_so_drifts() -> None:
    drifting = _beside_neighbours(hours=20.0)[:, 0]
    assert drifting.any()
    assert not drifting[: 300 + 8 * 12].any()


def test_what_comes_after_a_long_silence_may_be_far_from_what_was() -> None:
    values = healthy(302)
    values[300:] += 12.0
    times = BEGIN_S + MINUTE_S * np.arange(302)
    times[300:] += 6 * 3_600.0
    assert heard(values.tolist(), times.tolist())[300:] == [Quality.GAP, Quality(0)]


def test_seconds_are_no_time_to_drift_in() -> None:
    assert not _beside_neighbours(hours=0.3, period_s=2.0).any()


def _beside_neighbours(
    hours: float, period_s: float = 5 * MINUTE_S
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Who drifts of five, the first of which is 5 degrees warmer for so long in the middle."""
    judge = five_stations(period_s)
    chance = np.random.default_rng(4)
    flagged = []
    for at, value in enumerate(healthy(900).tolist()):
        values = value + np.round(chance.normal(0.0, 0.1, 5), 1)
        if 300 <= at < 300 + hours * 3_600.0 / period_s:
            values[0] += min(5.0, (at - 299) * 0.5)
        said = judge.judge(batch(range(5), values.tolist(), [BEGIN_S + period_s * at] * 5))
        flagged.append((said.quality & Quality.DRIFT) != 0)
    return np.array(flagged)
