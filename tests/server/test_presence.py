"""Where others are, as one client is told: exact enough, soon enough, never too much."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_server.clock import Now
from citiverse_server.people.columns import Columns
from citiverse_server.people.crowd import Crowd, Member
from citiverse_server.people.onlookers import NEAR_M, REACH_M, TICK_S
from citiverse_server.people.poses import Poses
from citiverse_server.people.visit import Visit
from citiverse_server.protocol import Pose, encode
from contract.protocol import write

EYE = (10.0, -20.0, 31.7)
CAP_BYTES_PER_S = 8000
Vector = tuple[float, float, float]


def at(seconds: float) -> Now:
    return Now(seconds, 1_795_000_000_000_000 + round(seconds * 1e6))


def pose(place: Vector, heading: float = 0.0, hands: list[Vector] | None = None) -> Pose:
    return Pose(position=place, heading=heading, pitch=0.0, hands=hands or [])


def beside(metres: float) -> Vector:
    return (EYE[0] + metres, EYE[1], EYE[2])


@dataclass
class Told:
    """A client that keeps what it was told, as protocol.md says how."""

    places: dict[int, Vector] = field(default_factory=dict)
    headings: dict[int, float] = field(default_factory=dict)
    hands: dict[int, list[Vector]] = field(default_factory=dict)
    heard: dict[int, int] = field(default_factory=dict)
    near: set[int] = field(default_factory=set)

    def take(self, frame: dict[str, Any]) -> None:
        near = np.frombuffer(frame.get("near_turns", b""), "<i2")[::2] * math.radians(0.1)
        far = np.frombuffer(frame.get("far_turns", b""), "u1") * (math.tau / 256)
        for size, unit, headings in (("near", 0.01, near), ("far", 0.1, far)):
            persons = np.frombuffer(frame.get(size, b""), "<u2").tolist()
            offsets = np.frombuffer(frame.get(f"{size}_offsets", b""), "<i2").reshape(-1, 3)
            for person, offset, heading in zip(persons, offsets, headings, strict=True):
                self.places[person] = tuple(np.array(frame["origin"]) + offset * unit)
                self.headings[person] = float(heading)
                self.heard[person] = self.heard.get(person, 0) + 1
                (self.near.add if size == "near" else self.near.discard)(person)
        of = np.frombuffer(frame.get("hands", b""), "<u2").tolist()
        hands = np.frombuffer(frame.get("hand_offsets", b""), "<i2").reshape(-1, 3)
        for person, hand in zip(of, hands, strict=True):
            self.hands.setdefault(person, []).append(tuple(np.array(frame["origin"]) + hand * 0.01))
        for person in np.frombuffer(frame.get("gone", b""), "<u2").tolist():
            del self.places[person]


def rows_of(poses: Poses, frame: dict[str, Any], size: str) -> Any:
    """Puts everyone of a golden column where it says, and returns the rows."""
    unit = 0.01 if size == "near" else 0.1
    offsets = np.frombuffer(frame[f"{size}_offsets"], "<i2").reshape(-1, 3) * unit
    if size == "near":
        turns = np.radians(np.frombuffer(frame["near_turns"], "<i2").reshape(-1, 2) / 10.0)
    else:
        headings = np.frombuffer(frame["far_turns"], "u1") * (math.tau / 256)
        turns = np.stack((headings, np.zeros(len(headings))), axis=1)
    hands = np.frombuffer(frame.get("hand_offsets", b""), "<i2").reshape(-1, 2, 3) * 0.01
    handed = np.frombuffer(frame.get("hands", b""), "<u2")[::2].tolist()
    rows = []
    for person, offset, (heading, pitch) in zip(
        np.frombuffer(frame[size], "<u2").tolist(), offsets, turns.tolist(), strict=True
    ):
        rows.append(poses.add(person))
        held = hands[handed.index(person)] + frame["origin"] if person in handed else []
        place = tuple((offset + frame["origin"]).tolist())
        poses.put(rows[-1], Pose(position=place, heading=heading, pitch=pitch, hands=list(held)))
    return np.array(rows)


def test_people_where_the_golden_frame_says_make_the_golden_frame() -> None:
    golden = (write.FOLDER / "presence.msgpack").read_bytes()
    frame = msgpack.unpackb(golden)
    poses = Poses()
    near, far = rows_of(poses, frame, "near"), rows_of(poses, frame, "far")
    gone = np.frombuffer(frame["gone"], "<u2").astype(np.int32)
    made = Columns(poses, np.array([[0.0, 0.0, 0.0], frame["origin"]]))
    made.put_near(np.full(len(near), 1), near)
    made.put_far(np.full(len(far), 1), far)
    made.put_gone(np.full(len(gone), 1), gone)
    assert msgpack.unpackb(encode(made.frame(1, frame["time"]))) == frame
    assert msgpack.unpackb(encode(made.frame(0, 7))).keys() == {"t", "time", "origin"}


class Square:
    """A crowd with one client who looks on from `EYE`, and a clock of its own."""

    def __init__(self, eye: Vector = EYE) -> None:
        self.crowd = Crowd(Random(1))
        self.me = self.crowd.enter("me", "visitor", None)
        self.visit = Visit(self.crowd, self.me)
        self.visit.look_from(eye)
        self.told = Told()
        self.seconds = 0.0
        self.frames: list[tuple[float, int]] = []

    def enter(self) -> Member:
        return self.crowd.enter(str(len(self.crowd)), "visitor", None)

    def put(self, member: Member, place: Vector, **more: Any) -> None:
        self.crowd.move(member, pose(place, **more))

    def tick(self, ticks: int = 1) -> None:
        for _ in range(ticks):
            self.seconds += TICK_S
            self.visit.next_people()
            if self.visit.seat is None:
                continue
            (frame,) = self.crowd.presence([self.visit.seat], at(self.seconds))
            if frame is not None:
                self.frames.append((self.seconds, len(frame) + (2 if len(frame) < 126 else 4)))
                self.told.take(msgpack.unpackb(frame))

    def most_bytes_in_a_second(self) -> int:
        window: deque[tuple[float, int]] = deque()
        most = total = 0
        for seconds, size in self.frames:
            window.append((seconds, size))
            total += size
            while seconds - window[0][0] >= 1.0 - 1e-9:
                total -= window.popleft()[1]
            most = max(most, total)
        return most


def turned(a: float, b: float) -> float:
    """How far two headings lie apart."""
    return abs((a - b + math.pi) % math.tau - math.pi)


coordinate = st.floats(-80.0, 80.0)


@given(
    st.tuples(coordinate, coordinate, coordinate),
    st.floats(-100.0, 100.0),
    st.floats(-90_000.0, 50_000.0),
)
def test_near_is_told_to_the_centimetre_and_far_to_the_decimetre(
    offset: Vector, heading: float, origin: float
) -> None:
    eye = (origin, -origin / 2, 31.7)
    square = Square(eye)
    there = (eye[0] + offset[0], eye[1] + offset[1], eye[2] + offset[2])
    other = square.enter()
    square.put(other, there, heading=heading)
    square.tick()
    is_near = math.dist(eye, there) <= NEAR_M
    if math.dist(eye, there) > REACH_M:
        assert not square.told.places
        return
    assert (other.person in square.told.near) == is_near
    told = square.told.places[other.person]
    limit = 0.01 if is_near else 0.1
    assert max(abs(a - b) for a, b in zip(told, there, strict=True)) <= limit
    limit = math.radians(0.1) if is_near else math.tau / 256
    assert turned(square.told.headings[other.person], heading) <= limit


def test_hands_are_told_of_near_and_an_arm_is_no_longer_than_that() -> None:
    square = Square()
    near, far, stretched = square.enter(), square.enter(), square.enter()
    hands = [(10.5, -19.0, 31.0), (10.0, -19.0, 31.0)]
    square.put(near, beside(1.0), hands=hands)
    square.put(far, beside(9.0), hands=hands)
    square.put(stretched, beside(2.0), hands=[(0.0, 0.0, 90_000.0), (0.0, 0.0, 0.0)])
    square.tick()
    assert list(square.told.hands) == [near.person]
    assert np.allclose(square.told.hands[near.person], hands, atol=0.01)
    assert len(square.told.places) == 3


def test_the_nearer_the_oftener() -> None:
    square = Square()
    distances = (3.0, 20.0, 50.0, 140.0, 160.0)
    members = [square.enter() for _ in distances]
    for step in range(100):
        for member, distance in zip(members, distances, strict=True):
            square.put(member, beside(distance), heading=step / 10)
        square.tick(2)
    heard = [square.told.heard.get(member.person, 0) for member in members]
    assert heard == pytest.approx([100, 50, 25, 10, 0], abs=1)


def test_nothing_is_said_where_nothing_changed() -> None:
    square = Square()
    square.put(square.enter(), beside(3.0))
    square.tick()
    frames = len(square.frames)
    square.tick(200)
    assert len(square.frames) == frames == 1
    assert square.visit.seat is None


def test_one_who_stands_is_told_of_again_only_when_the_viewer_comes_near() -> None:
    square = Square()
    other = square.enter()
    place = beside(20.0123)
    square.put(other, place)
    square.tick(10)
    square.visit.look_from(beside(10.0))
    square.tick(10)
    assert square.told.heard[other.person] == 1
    square.visit.look_from(beside(18.0))
    square.tick(10)
    assert square.told.heard[other.person] == 2
    assert math.dist(square.told.places[other.person], place) < 0.01
    square.visit.look_from(EYE)
    square.tick(10)
    assert square.told.heard[other.person] == 2


def test_who_walks_off_or_leaves_is_gone_and_her_row_may_be_anothers() -> None:
    square = Square()
    walks, leaves = square.enter(), square.enter()
    square.put(walks, beside(3.0))
    square.put(leaves, beside(4.0))
    square.tick()
    assert set(square.told.places) == {walks.person, leaves.person}
    square.put(walks, beside(151.0))
    square.crowd.leave(leaves, square.seconds)
    comes = square.enter()
    square.put(comes, beside(2.0))
    square.tick(3)
    assert set(square.told.places) == {comes.person}


def test_one_who_looks_from_above_is_nowhere_until_she_stands_again() -> None:
    square = Square()
    flyer = square.enter()
    flight = Visit(square.crowd, flyer)
    for height, is_there in ((1.0, True), (9.0, True), (11.0, False), (500.0, False), (0.0, False)):
        if is_there:
            square.put(flyer, beside(3.0))
        flight.look_from((EYE[0] + 3.0, EYE[1], EYE[2] + height))
        square.tick(3)
        assert (flyer.person in square.told.places) == is_there
    square.put(flyer, beside(3.0))
    square.tick(3)
    assert flyer.person in square.told.places


def test_one_who_comes_back_in_anothers_row_is_there_and_not_gone() -> None:
    square = Square()
    walker, other = square.enter(), square.enter()
    square.put(walker, beside(3.0))
    square.put(other, beside(200.0))
    square.tick()
    for member in (walker, other):
        square.crowd.look_from(member, beside(-100.0))
    square.put(walker, beside(2.0))
    assert walker.row != 0
    square.tick(2)
    assert set(square.told.places) == {walker.person}


def test_a_busy_client_hears_the_latest_alone() -> None:
    square = Square()
    other = square.enter()
    for step in range(1000):
        square.put(other, beside(step / 1000))
    square.tick()
    assert len(square.frames) == 1
    assert square.told.places[other.person][0] == pytest.approx(EYE[0] + 0.999, abs=0.006)


def test_a_moving_person_is_told_of_while_her_pose_is_fresh() -> None:
    square = Square()
    other = square.enter()
    ages = []
    sent = 0.0
    for tick in range(400):
        if tick % 2 == 0:
            sent = square.seconds
            square.put(other, beside(15.0), heading=tick / 10)
        before = square.told.heard.get(other.person, 0)
        square.tick()
        if square.told.heard.get(other.person, 0) > before:
            ages.append(square.seconds - sent)
    assert len(ages) >= 95
    assert max(ages) <= TICK_S + 1e-9


@settings(max_examples=8)
@given(st.integers(2, 200), st.sampled_from([2.0, 40.0, 200.0]), st.integers(0, 1 << 16))
def test_a_crowd_never_takes_more_than_the_line_has_and_nobody_is_forgotten(
    count: int, side: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    square = Square()
    members = [square.enter() for _ in range(count)]
    offsets = random.uniform(-side / 2, side / 2, (count, 3)) * (1.0, 1.0, 0.0)
    for step in range(30):
        for member, offset in zip(members, offsets, strict=True):
            place = (EYE[0] + offset[0], EYE[1] + offset[1], EYE[2])
            square.put(member, place, heading=step / 30, hands=[place, place])
        square.tick(2)
    assert square.most_bytes_in_a_second() <= CAP_BYTES_PER_S
    within = {
        member.person
        for member, offset in zip(members, offsets, strict=True)
        if np.linalg.norm(offset) <= REACH_M
    }
    assert set(square.told.places) == within
    for member in members:
        square.crowd.leave(member, square.seconds)
    square.tick(100)
    assert not square.told.places
    assert square.most_bytes_in_a_second() <= CAP_BYTES_PER_S


def test_everyone_in_a_dense_crowd_is_heard_of_again_and_again() -> None:
    square = Square()
    members = [square.enter() for _ in range(500)]
    angles = np.linspace(0.0, math.tau, 500)
    for step in range(200):
        for member, angle in zip(members, angles, strict=True):
            place = (EYE[0] + 4 * math.cos(angle), EYE[1] + 4 * math.sin(angle), EYE[2])
            square.put(member, place, heading=step / 20)
        square.tick(2)
    heard = [square.told.heard[member.person] for member in members]
    assert min(heard) >= 10
    assert max(heard) <= 1.2 * min(heard)
    assert square.most_bytes_in_a_second() <= CAP_BYTES_PER_S


deed = st.tuples(
    st.sampled_from(["enter", "walk", "rise", "leave", "return", "block", "unblock", "look"]),
    st.integers(0, 7),
    st.floats(-200.0, 200.0),
    st.integers(0, 2),
)


@given(st.lists(deed, max_size=60))
def test_whatever_happens_the_client_knows_in_the_end_who_stands_where(
    deeds: list[tuple[str, int, float, int]],
) -> None:
    square = Square()
    crowd = square.crowd
    members: dict[str, Member] = {}
    eye = EYE
    for kind, number, metres, ticks in deeds:
        session = str(number)
        member = members.get(session)
        if kind == "look":
            eye = beside(metres)
            square.visit.look_from(eye)
        elif kind in ("enter", "return"):
            members[session] = crowd.enter(session, "visitor", None)
        elif member is None:
            continue
        elif kind == "walk":
            square.put(member, beside(metres))
        elif kind == "rise":
            crowd.look_from(member, (0.0, 0.0, 9000.0))
        elif kind == "leave":
            crowd.leave(member, square.seconds)
        else:
            crowd.block(square.me, member.person, blocked=kind == "block")
        square.tick(ticks)
    square.tick(60)
    stand = {
        member.person: member.pose.position
        for member in members.values()
        if member.pose is not None
        and math.dist(member.pose.position, eye) <= REACH_M
        and member.person not in square.me.blocks
    }
    assert square.told.places.keys() == stand.keys()
    for person, place in stand.items():
        fine = math.dist(place, eye) <= NEAR_M
        assert math.dist(square.told.places[person], place) <= (0.01 if fine else 0.1)
