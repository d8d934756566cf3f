"""Everyone hears of the others once in a round, and many at a time what each would alone."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from citiverse_server import rounds
from citiverse_server.people.crowd import Crowd
from citiverse_server.people.onlookers import TICK_S
from citiverse_server.people.visit import Visit
from server.test_presence import EYE, at, pose

if TYPE_CHECKING:
    from citiverse_server.connection import Connection


class Client:
    """A connection as far as rounds know it."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        self.visit = Visit(crowd, crowd.enter(str(number), "visitor", None))
        self.visit.look_from((EYE[0] + number / 100, EYE[1], EYE[2]))
        self.ticks = 0
        self.is_free = True
        self.frames: list[bytes] = []

    def tick(self) -> None:
        self.ticks += 1

    @property
    def place_among_people(self) -> tuple[Crowd, int] | None:
        seat = self.visit.seat
        return (self.visit.crowd, seat) if self.is_free and seat is not None else None

    def hear(self, frame: bytes) -> None:
        self.frames.append(frame)


def test_only_who_is_free_is_told_and_each_of_her_own_crowd() -> None:
    here, there = Crowd(Random(1)), Crowd(Random(2))
    clients = [Client(crowd, number) for number, crowd in enumerate((here, here, there))]
    here.move(here.enter("walker", "visitor", None), pose(EYE))
    clients[1].is_free = False
    rounds.meet(cast("list[Connection]", clients), at(1.0))
    assert [client.ticks for client in clients] == [1, 1, 1]
    assert [len(client.frames) for client in clients] == [1, 0, 0]


def test_one_without_an_eye_is_told_of_nobody() -> None:
    crowd = Crowd(Random(1))
    blind = Visit(crowd, crowd.enter("blind", "visitor", None))
    crowd.move(crowd.enter("walker", "visitor", None), pose(EYE))
    assert blind.seat is None


@pytest.mark.parametrize(("count", "groups"), [(0, 1), (64, 1), (65, 2), (640, 10)])
def test_with_many_clients_a_round_takes_longer(
    count: int, groups: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    met: list[int] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) > groups:
            raise EOFError

    monkeypatch.setattr(asyncio, "sleep", pause)
    monkeypatch.setattr(rounds, "meet", lambda group, now: met.append(len(group)))
    everyone = {cast("Connection", object()) for _ in range(count)}
    with pytest.raises(EOFError):
        asyncio.run(rounds.run(everyone, lambda: at(0.0)))
    assert sum(met) == count
    assert max(met) <= rounds.AT_ONCE
    assert min(pauses) >= rounds.LEAST_PAUSE_S
    assert sum(pauses[:groups]) == pytest.approx(max(TICK_S, groups * rounds.LEAST_PAUSE_S))


def test_many_who_look_on_hear_together_what_each_would_hear_alone() -> None:
    def stroll(together: bool) -> list[list[bytes | None]]:
        random, crowd, heard = np.random.default_rng(3), Crowd(Random(1)), []
        members = [crowd.enter(str(number), "visitor", None) for number in range(30)]
        visits = [Visit(crowd, member) for member in members]
        crowd.block(members[0], members[1].person, True)
        for step in range(40):
            for visit, spot in zip(visits, random.uniform(-40.0, 40.0, (30, 2)), strict=True):
                if random.random() < 0.5:
                    visit.move(pose((EYE[0] + spot[0], EYE[1] + spot[1], EYE[2])))
            if step == 20:
                visits[5].leave(at(step / 20), for_good=True)
            seats = [visit.seat for visit in visits if visit.seat is not None]
            groups = [seats] if together else [[seat] for seat in seats]
            frames = [crowd.presence(group, at(step / 20)) for group in groups]
            heard.append([frame for group in frames for frame in group])
        return heard

    assert stroll(together=True) == stroll(together=False)
