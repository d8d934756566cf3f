"""Simulated walkers on a market square, in a process of their own: the load of `bench crowd`.

    python -m citiverse.bench.walkers HOST PORT SCENE COUNT SECONDS

Each walks at 1.4 m/s over the same 100 m and sends ten poses a second. A pose's heading is its
number, so that who sees it knows when it was sent. Prints `BEGIN` when all have settled in, and in
the end `Seen` as JSON.
"""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse.bench import socket_client
from citiverse_server.protocol import Presence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

SQUARE_M = 100.0
SPEED_M_PER_S = 1.4
POSES_PER_S = 10
# The coarsest heading on the wire has so many steps: numbers come again after 25.6 s.
NUMBERS = 256
STEP_S = 0.01
SETTLE_S = 3.0
ARRIVAL_TIMEOUT_S = 60.0
PRESENCE = b"\xa1t\xa8presence"
BEGIN = "begin"


class Seen(msgspec.Struct, frozen=True):
    """What all walkers together saw; times in milliseconds, one direction: down.

    `seen` is how old a pose is when another reads of it. `behind_near` and `behind` are how old
    the oldest pose is that she hadn't heard of until then: of those within 5 m, and of all.
    `busiest_kbit` is the most presence that any walker got in any second, framing included.
    """

    busiest_kbit: float
    mean_kbit: float
    seen_p50_ms: float
    seen_p99_ms: float
    behind_near_p99_ms: float
    behind_p99_ms: float
    frames: int


@dataclass(slots=True)
class Tally:
    """What the walkers share: when each pose was sent, who is which person, and what was seen."""

    sent_at: NDArray[np.float64]
    known: NDArray[np.int16]
    walker_of: NDArray[np.int16]
    measuring_since: float = math.inf


class Walker:
    """One client: sends poses, reads of the others."""

    def __init__(self, number: int, tally: Tally, scene: str) -> None:
        self.number = number
        self.arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost = False
        self.bytes_by_second: Counter[int] = Counter()
        self.frames = 0
        self.ages: list[NDArray[np.float64]] = []
        self.behind_near: list[NDArray[np.float64]] = []
        self.behind: list[NDArray[np.float64]] = []
        self._tally = tally
        self._hello = msgspec.msgpack.encode({"t": "hello", "protocol": [1, 0], "scene": scene})
        self._decoder = msgspec.msgpack.Decoder(Presence)
        self.line: socket_client.Line | None = None

    def connected(self, line: socket_client.Line) -> None:
        """The socket is open."""
        self.line = line
        line.send(self._hello)

    def received(self, message: bytes, framed_bytes: int) -> None:
        """One message of the server."""
        now = time.perf_counter()
        if PRESENCE in message[:16]:
            self._see(message, framed_bytes, now)
        elif not self.arrived.done():
            welcome = msgspec.msgpack.decode(message)
            if welcome["t"] != "welcome":
                raise RuntimeError(welcome["message"])
            self._tally.walker_of[welcome["person"]] = self.number
            self.arrived.set_result(None)

    def closed(self) -> None:
        """The server has gone."""
        self.lost = True

    def _see(self, message: bytes, framed_bytes: int, now: float) -> None:
        frame = self._decoder.decode(message)
        tally = self._tally
        near_turns = np.frombuffer(frame.near_turns, "<i2")[::2]
        turns = np.concatenate(
            (
                np.rint(near_turns * (NUMBERS / 3600.0)).astype(np.int16),
                np.frombuffer(frame.far_turns, "u1").astype(np.int16),
            )
        )
        persons = np.frombuffer(frame.near + frame.far, "<u2")
        walkers = tally.walker_of[persons]
        numbers = turns % NUMBERS
        former = tally.known[self.number, walkers]
        tally.known[self.number, walkers] = numbers
        if now < tally.measuring_since:
            return
        self.frames += 1
        self.bytes_by_second[int(now - tally.measuring_since)] += framed_bytes
        self.ages.append(now - tally.sent_at[walkers, numbers])
        met = former >= 0
        behind = now - tally.sent_at[walkers[met], (former[met] + 1) % NUMBERS]
        self.behind.append(behind)
        self.behind_near.append(behind[: int(met[: len(near_turns)].sum())])


async def walk(host: str, port: int, scene: str, count: int, seconds: float) -> Seen:
    """Lets `count` walkers walk for so many seconds, after they have settled in."""
    tally = Tally(
        sent_at=np.zeros((count, NUMBERS)),
        known=np.full((count, count), -1, dtype=np.int16),
        walker_of=np.zeros(1 << 16, dtype=np.int16),
    )
    walkers = [Walker(number, tally, scene) for number in range(count)]
    async with asyncio.timeout(ARRIVAL_TIMEOUT_S):
        for walker in walkers:
            await socket_client.connect(host, port, "/ws", walker)
        await asyncio.gather(*(walker.arrived for walker in walkers))
    now = time.perf_counter()
    tally.measuring_since = now + SETTLE_S
    asyncio.get_running_loop().call_later(SETTLE_S, _say, BEGIN)
    await _stroll(walkers, tally, until=tally.measuring_since + seconds)
    if any(walker.lost for walker in walkers):
        raise RuntimeError("the server let walkers go")
    for walker in walkers:
        if walker.line is not None:
            walker.line.close()
    await asyncio.sleep(STEP_S)
    return _seen(walkers, int(seconds))


async def _stroll(walkers: list[Walker], tally: Tally, until: float) -> None:
    """Everyone's next step falls due a tenth of a second after her last, not all at once."""
    random = np.random.default_rng(7)
    count = len(walkers)
    places = random.uniform(0.0, SQUARE_M, (count, 2))
    ways = random.uniform(0.0, 2.0 * math.pi, count)
    steps = np.stack((np.cos(ways), np.sin(ways)), axis=1) * SPEED_M_PER_S / POSES_PER_S
    began = time.perf_counter()
    taken = 0
    while time.perf_counter() < until:
        due = int((time.perf_counter() - began) * POSES_PER_S * count)
        for turn in range(taken, due):
            number, pose = turn % count, turn // count
            place = places[number] + steps[number]
            steps[number] *= np.where((place < 0.0) | (place > SQUARE_M), -1.0, 1.0)
            places[number] = place.clip(0.0, SQUARE_M)
            _send_pose(walkers[number], tally, places[number].tolist(), pose % NUMBERS)
        taken = due
        await asyncio.sleep(STEP_S)


def _send_pose(walker: Walker, tally: Tally, place: list[float], number: int) -> None:
    if walker.line is None or walker.lost:
        return
    heading = number * 2.0 * math.pi / NUMBERS
    pose = {"t": "pose", "position": [*place, 1.7], "heading": heading, "pitch": 0.0}
    walker.line.send(msgspec.msgpack.encode(pose))
    tally.sent_at[walker.number, number] = time.perf_counter()


def _seen(walkers: list[Walker], seconds: int) -> Seen:
    per_second = np.array(
        [[walker.bytes_by_second[second] for second in range(seconds)] for walker in walkers]
    )
    ages = _milliseconds(frame for walker in walkers for frame in walker.ages)
    near = _milliseconds(frame for walker in walkers for frame in walker.behind_near)
    behind = _milliseconds(frame for walker in walkers for frame in walker.behind)
    return Seen(
        busiest_kbit=float(per_second.max()) * 8.0 / 1000.0,
        mean_kbit=float(per_second.mean()) * 8.0 / 1000.0,
        seen_p50_ms=_percentile(ages, 50),
        seen_p99_ms=_percentile(ages, 99),
        behind_near_p99_ms=_percentile(near, 99),
        behind_p99_ms=_percentile(behind, 99),
        frames=sum(walker.frames for walker in walkers),
    )


def _milliseconds(frames: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate([np.empty(0), *frames]) * 1000.0


def _percentile(values: NDArray[np.float64], percent: float) -> float:
    """0 where nothing was seen: two walkers may never come near each other."""
    return float(np.percentile(values, percent)) if len(values) else 0.0


def _say(words: str) -> None:
    print(words, flush=True)


def main(host: str, port: str, scene: str, count: str, seconds: str) -> None:
    """Walk, and print what was seen."""
    seen = asyncio.run(walk(host, int(port), scene, int(count), float(seconds)))
    _say(msgspec.json.encode(seen).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
