"""Who hears what of the sensors of a scene, and how often; clocks are the test's."""

from __future__ import annotations

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_server.overlays.binding import Standing
from citiverse_server.overlays.grid import EVERYWHERE, around, square, squares
from citiverse_server.overlays.model import Datastream, Thing
from citiverse_server.protocol import Heard, Overlays
from server.hearers import BEGAN_US, Joined, Town

HERE = (10.0, 10.0, 2.0)
STREET = ((50.0, 20.0, 3.0), "noise")
DISTRICT = ((500.0, 20.0, 3.0), "noise")
FAR = ((5000.0, 20.0, 3.0), "noise")
NOWHERE = (None, "noise")


def heard_of(joined: Joined) -> dict[int, float]:
    """Latest values by id."""
    return {one: value for one, (value, _, _) in joined.hearer.values.items()}


def test_who_comes_hears_of_all_sensors_and_their_latest_values_near_ones_first() -> None:
    town = Town(*([FAR] * 300), STREET)
    town.observe({0: 1.0, 300: 2.0})
    town.tick()
    joined = town.join(HERE)
    messages = [msgpack.unpackb(frame) for frame in joined.hearer.frames]
    assert messages[0]["first"]
    told = [[one["id"] for one in message.get("sensors", ())] for message in messages]
    assert 300 in told[1]
    assert max(map(len, told)) == 200
    assert messages[2]["t"] == "readings"
    assert heard_of(joined) == {0: 1.0, 300: 2.0}
    assert joined.hearer.is_whole
    assert joined.hearer.tick == 1


def test_what_is_near_comes_at_once_and_the_rest_later() -> None:
    town = Town(STREET, DISTRICT, FAR, NOWHERE)
    joined = town.join(HERE)
    town.observe(dict.fromkeys(range(4), 1.0))
    town.tick()
    assert {0, 3} <= heard_of(joined).keys()
    town.observe(dict.fromkeys(range(4), 2.0))
    town.tick()
    assert {one for one, value in heard_of(joined).items() if value == 2.0} == {0, 3}
    for _ in range(21):
        town.tick()
    assert {one for one, value in heard_of(joined).items() if value == 2.0} == {0, 1, 3}
    for _ in range(60):
        town.tick(1.0)
    assert set(heard_of(joined).values()) == {2.0}
    assert not town.audience.owes


def test_a_sensor_that_never_rests_is_told_ten_times_a_second_with_its_latest() -> None:
    town = Town(STREET)
    joined = town.join(HERE)
    before = len(joined.hearer.frames)
    for number in range(100):
        town.observe({0: float(number)})
        town.tick(0.01)
    near = [msgpack.unpackb(frame) for frame in joined.hearer.frames[before:]]
    assert sum("tick" not in message for message in near) <= 11
    town.settle()
    assert heard_of(joined) == {0: 99.0}


def test_what_nobody_shows_is_sent_to_nobody() -> None:
    town = Town(STREET, (STREET[0], "PM2.5"))
    joined = town.join(HERE)
    joined.listener.show(Overlays(properties=["PM2.5"]))
    town.observe({0: 1.0, 1: 2.0})
    town.tick()
    town.settle()
    assert heard_of(joined) == {1: 2.0}
    joined.listener.show(Overlays(properties=["PM2.5", "noise"]))
    joined.hearer.drain(joined.listener)
    assert heard_of(joined) == {0: 1.0, 1: 2.0}
    joined.listener.show(Overlays(properties=[]))
    count = len(joined.hearer.frames)
    town.observe({0: 3.0, 1: 4.0})
    town.tick()
    town.settle()
    assert len(joined.hearer.frames) == count


def test_who_goes_somewhere_hears_what_was_said_there_meanwhile() -> None:
    town = Town(FAR)
    joined = town.join(HERE)
    town.observe({0: 1.0})
    town.tick()
    town.observe({0: 2.0})
    town.tick()
    joined.listener.look((4990.0, 30.0, 2.0))
    joined.hearer.drain(joined.listener)
    assert heard_of(joined) == {0: 2.0}
    town.observe({0: 3.0})
    town.tick()
    assert heard_of(joined) == {0: 3.0}


def test_those_in_one_place_get_the_same_bytes() -> None:
    town = Town(STREET)
    one, other = town.join(HERE), town.join((12.0, 90.0, 2.0))
    town.observe({0: 1.0})
    town.tick()
    assert one.hearer.frames[-1] is other.hearer.frames[-1]


def test_who_does_not_read_gets_only_the_latest_when_she_does() -> None:
    town = Town(STREET, DISTRICT, FAR)
    joined = town.join(HERE)
    joined.hearer.is_open = False
    for number in range(50):
        town.observe(dict.fromkeys(range(3), float(number)))
        town.tick(1.0)
    assert joined.hearer.values == {}
    joined.hearer.is_open = True
    assert joined.hearer.drain(joined.listener) <= 2
    town.settle()
    joined.hearer.drain(joined.listener)
    assert heard_of(joined) == dict.fromkeys(range(3), 49.0)


def test_who_comes_back_gets_only_what_has_changed() -> None:
    town = Town(*([FAR] * 500))
    town.observe(dict.fromkeys(range(500), 1.0))
    town.tick()
    first = town.join(HERE)
    town.audience.leave(first.listener)
    town.observe({7: 2.0})
    town.tick()
    back = town.join(HERE, first.hearer.heard())
    readings, end = (msgpack.unpackb(frame) for frame in back.hearer.frames)
    assert len(readings["rows"]) < 12
    assert end["tick"] == 2
    back.hearer.keys, back.hearer.values = first.hearer.keys, first.hearer.values
    for frame in tuple(back.hearer.frames):
        back.hearer.take(frame)
    assert heard_of(back) == {**dict.fromkeys(range(500), 1.0), 7: 2.0}


@pytest.mark.parametrize(
    "heard",
    [Heard(0, 0, 9, 1), Heard(0, 0, 1, 2), Heard(0, 0, 0, 1)],
    ids=["of the future", "of more sensors", "of before the list changed"],
)
def test_who_says_what_can_not_be_gets_everything(heard: Heard) -> None:
    town = Town()
    town.observe({})
    town.add(*STREET)
    town.observe({0: 1.0})
    town.tick()
    town.renew()
    assert town.join(HERE, heard).hearer.keys == {0: "s-0"}


def test_a_learned_pace_is_told_to_everyone() -> None:
    town = Town()
    said = Datastream("air", "Air", "air", "m", "", 300.0, None, is_pace_unsaid=True)
    row = town.registry.add_datastream(said)
    town.standings["air"] = Standing((), STREET[0])
    town.renew()
    joined = town.join(HERE)
    joined.hearer.drain(joined.listener)
    town.registry.learn_pace(row, 1_200.0)
    town.renew()
    joined.hearer.frames.clear()
    joined.hearer.drain(joined.listener)
    messages = [msgpack.unpackb(frame) for frame in joined.hearer.frames]
    told = [one for one in messages if one["t"] == "sensors" and one.get("sensors")]
    assert [one["kinds"][0]["stale_after_s"] for one in told] == [1_200.0]
    assert not any(one.get("first") for one in told)


def test_a_new_sensor_is_told_to_everyone_with_its_value() -> None:
    town = Town(STREET)
    joined = town.join(HERE)
    joined.listener.show(Overlays(properties=["wind"]))
    joined.hearer.drain(joined.listener)
    town.add(STREET[0], "wind")
    town.renew()
    town.observe({1: 4.0})
    town.tick()
    joined.hearer.drain(joined.listener)
    town.settle()
    assert joined.hearer.keys == {0: "s-0", 1: "s-1"}
    assert heard_of(joined) == {1: 4.0}


def test_no_message_is_long_however_many_sensors_there_are() -> None:
    spread = np.random.default_rng(1).uniform(-2000, 2000, (10_000, 2)).tolist()
    town = Town(*(((x, y, 3.0), "noise") for x, y in spread))
    town.observe({row: row / 10 for row in range(10_000)})
    town.tick()
    joined = town.join(HERE)
    assert heard_of(joined) == {row: row / 10 for row in range(10_000)}
    assert max(map(len, joined.hearer.frames)) < 40_000
    assert sum(map(len, joined.hearer.frames)) < 1_200_000


def test_what_moves_is_told_to_those_near_it_and_later_to_all() -> None:
    town = Town()
    town.registry.add_thing(_tram())
    town.move("tram", 13.0)
    near, far = town.join(HERE), town.join((9000.0, 0.0, 2.0))
    town.tick()
    for joined in (near, far):
        joined.hearer.drain(joined.listener)
        assert joined.hearer.movers[0] == pytest.approx((0.0, 0.0, 5.0), abs=0.1)
    for _ in range(2):
        town.move("tram", 13.001)
        town.tick()
    assert near.hearer.movers[0][0] == pytest.approx(68.7, abs=0.1)
    assert far.hearer.movers[0][0] == pytest.approx(0.0, abs=0.1)
    for _ in range(61):
        town.tick(1.0)
    assert far.hearer.movers[0][0] == pytest.approx(68.7, abs=0.1)
    near.listener.show(Overlays(movers=False))
    town.move("tram", 13.0)
    town.tick()
    town.settle()
    assert near.hearer.movers[0][0] == pytest.approx(68.7, abs=0.1)


def test_a_client_of_before_hears_of_everything_in_plain_columns() -> None:
    town = Town(STREET, FAR)
    town.observe({0: 1.5, 1: 2.5})
    town.tick()
    line = _Plain()
    earlier = town.audience.join_earlier(line)
    listed, values = (msgpack.unpackb(earlier.next(BEGAN_US) or b"") for _ in range(2))
    assert [one["key"] for one in listed["datastreams"]] == ["s-0", "s-1"]
    assert np.frombuffer(values["values"], "<f8").tolist() == [1.5, 2.5]
    assert earlier.next(BEGAN_US) is None
    for number in range(30):
        town.observe({1: float(number)})
        town.tick(0.02)
    assert 5 <= len(line.frames) <= 7
    line.frames.clear()
    town.observe({1: 77.0})
    town.settle()
    assert np.frombuffer(msgpack.unpackb(line.frames[-1])["ids"], "<u4").tolist() == [1]


def test_squares_are_the_same_for_one_and_for_many() -> None:
    places = [(0.0, 0.0, 0.0), (-0.1, 127.9, 5.0), (90_000.0, -90_000.0, 0.0)]
    column = squares(np.array([*places, (np.nan, 0.0, 0.0)]), 128.0).tolist()
    assert column == [*(square(place, 128.0) for place in places), EVERYWHERE]
    assert square((-100.0, 100.0, 0.0), 128.0) in around(column[0])
    assert square((-200.0, 100.0, 0.0), 128.0) not in around(column[0])


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("observe"), st.integers(0, 5), st.integers(0, 99)),
        st.tuples(st.just("tick"), st.just(0), st.integers(1, 400)),
        st.tuples(st.just("line"), st.integers(0, 2), st.integers(0, 1)),
        st.tuples(st.just("look"), st.integers(0, 2), st.integers(-4000, 4000)),
        st.tuples(st.just("cut"), st.integers(0, 2), st.just(0)),
        st.tuples(st.just("take"), st.integers(0, 2), st.integers(1, 3)),
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(STEPS)
def test_whatever_happens_on_the_way_all_come_to_hold_the_same(
    steps: list[tuple[str, int, int]],
) -> None:
    places = [(x * 700.0, 0.0, 0.0) for x in range(-2, 3)]
    town = Town(*((place, "noise") for place in places), NOWHERE)
    joined = [town.join((x * 1000.0, 0.0, 2.0)) for x in range(3)]
    for what, which, much in steps:
        match what:
            case "observe":
                town.seconds += 0.001
                town.observe({which: much / 10}, quality=much % 3)
            case "tick":
                town.tick(much / 100)
            case "line":
                joined[which].hearer.is_open = bool(much)
            case "look":
                joined[which].listener.look((float(much), 0.0, 2.0))
            case "take" if (frame := joined[which].listener.next(town.now.micros)) is not None:
                joined[which].hearer.take(frame)
            case "cut":
                joined[which] = _back(town, joined[which])
    for one in joined:
        one.hearer.is_open = True
        one.hearer.drain(one.listener, town.now.micros)
    town.settle()
    for one in joined:
        one.hearer.drain(one.listener, town.now.micros)
    expected = {
        row: (float(value), int(time) // 1000, int(quality))
        for row, (value, time, quality, told) in enumerate(
            zip(
                town.latest.values,
                town.latest.times,
                town.latest.quality,
                town.latest.told,
                strict=True,
            )
        )
        if told
    }
    assert [one.hearer.values for one in joined] == [expected] * 3


def _back(town: Town, left: Joined) -> Joined:
    """She comes back with what she had, and hasn't taken anything yet."""
    town.audience.leave(left.listener)
    heard = left.hearer.heard() if left.hearer.is_whole and left.hearer.tick else None
    return Joined(left.hearer, town.audience.join(left.hearer, (0.0, 0.0, 2.0), heard))


def _tram() -> Thing:
    return Thing("tram", "Tram 1", moving=True)


class _Plain:
    """A line that keeps what comes."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def push(self, frame: bytes) -> bool:
        self.frames.append(frame)
        return True

    def wake(self) -> None:
        """Nothing waits here."""
