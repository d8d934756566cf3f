"""Walkers all over a town, each with a client's whole traffic, in a process of their own.

    python -m citiverse.bench.fanout.strollers HOST PORT SCENE COUNT SECONDS

Each walks at 1.4 m/s, turns now and then, sends ten poses a second, and views as the browser does
(web-client/src/net/view-sender.ts). It takes tiles in pieces and returns their credit at once.
Prints `BEGIN` when all have settled in, and in the end `Visited` as JSON.
"""

from __future__ import annotations

import asyncio
import math
import sys
import time
from dataclasses import dataclass, field

import msgspec
import numpy as np
import uvloop

from citiverse.bench import socket_client
from citiverse.bench.message_type import type_of

BEGIN = "begin"
SPEED_M_PER_S = 1.4
TURNS_PER_S = 10
EYE_M = 1.65
# A new way every so many seconds on average, taken at a person's pace.
WAY_S = 8.0
TURN_RAD = math.radians(90.0) / TURNS_PER_S
# view-sender.ts: what is worth a view.
MOVED_M, TURNED_RAD = 0.25, math.radians(2.0)
FOV_RAD, VIEWPORT = 1.05, (1280.0, 720.0)
# Every so many views are timed.
TIMED = 10
STEP_S = 0.005
SETTLE_S = 3.0
ARRIVALS = 20
ARRIVAL_TIMEOUT_S = 300.0
CONTENT = frozenset((b"place", b"collider", b"part"))
ANSWERS = CONTENT | {b"drop", b"drop_colliders", b"visible", b"complete"}

_encode = msgspec.msgpack.Encoder().encode


class Visited(msgspec.Struct, frozen=True):
    """What all walkers did and saw together; milliseconds.

    `view` is from the moment a view is sent until the first message that was decided after the
    server had read it. `late` is how late the walkers themselves were with their steps.
    """

    view_p50_ms: float
    view_p99_ms: float
    late_p99_ms: float
    views: int
    poses: int
    messages: int
    content_bytes: int


class _Content(msgspec.Struct):
    content: bytes = b""


class _Numbered(msgspec.Struct):
    id: int


class _Spawn(msgspec.Struct):
    position: tuple[float, float, float]


class _Extent(msgspec.Struct):
    min: tuple[float, float, float]
    max: tuple[float, float, float]


class _Manifest(msgspec.Struct):
    extent: _Extent
    spawn_points: list[_Spawn]


class _Welcome(msgspec.Struct):
    manifest: _Manifest


_content = msgspec.msgpack.Decoder(_Content)
_numbered = msgspec.msgpack.Decoder(_Numbered)
_welcome = msgspec.msgpack.Decoder(_Welcome)


@dataclass(slots=True)
class Tally:
    """What the walkers count together, from `since` on."""

    since: float = math.inf
    view_s: list[float] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)
    views: int = 0
    poses: int = 0
    messages: int = 0
    content_bytes: int = 0


class Stroller:
    """One client: a body that walks, and the books that a client keeps with the server."""

    def __init__(self, number: int, tally: Tally, scene: str) -> None:
        self.arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.line: socket_client.Line | None = None
        self.lost = False
        self._random = np.random.default_rng((7, number))
        self._tally = tally
        self._hello = _encode({"t": "hello", "protocol": [1, 1], "scene": scene})
        self._seq = -1
        self._low, self._high, self._floor = (0.0, 0.0), (0.0, 0.0), 0.0
        self._x = self._y = 0.0
        self._heading = self._way = float(self._random.uniform(-math.pi, math.pi))
        self._seen_from = (math.inf, math.inf, math.inf)
        self._sent: dict[int, float] = {}
        self._read: list[float] = []

    def connected(self, line: socket_client.Line) -> None:
        """The socket is open."""
        self.line = line
        line.send(self._hello)

    def closed(self) -> None:
        """The server has gone."""
        self.lost = True
        if not self.arrived.done():
            self.arrived.set_exception(ConnectionResetError("the server let a walker go"))

    def received(self, message: bytes, framed_bytes: int) -> None:
        """One message of the server; its type comes first in it."""
        del framed_bytes
        self._tally.messages += 1
        kind = type_of(message)
        if kind in CONTENT:
            self._consume(len(_content.decode(message).content))
        elif kind == b"pong":
            self._read.append(self._sent.pop(_numbered.decode(message).id))
            return
        elif kind == b"welcome":
            self._settle(_welcome.decode(message).manifest)
            return
        elif kind == b"error":
            raise RuntimeError(msgspec.msgpack.decode(message)["message"])
        if kind in ANSWERS and self._read:
            now = time.perf_counter()
            if now >= self._tally.since:
                self._tally.view_s += [now - sent for sent in self._read]
            self._read.clear()
        if kind == b"complete" and not self.arrived.done():
            self.arrived.set_result(None)

    def step(self) -> None:
        """A tenth of a second on: her pose, and a view where it differs enough."""
        if self._random.random() < 1.0 / (WAY_S * TURNS_PER_S):
            self._way = float(self._random.uniform(-math.pi, math.pi))
        away = math.remainder(self._way - self._heading, math.tau)
        self._heading += max(-TURN_RAD, min(TURN_RAD, away))
        pace = SPEED_M_PER_S / TURNS_PER_S
        x = self._x + math.sin(self._heading) * pace
        y = self._y + math.cos(self._heading) * pace
        if not (self._low[0] < x < self._high[0] and self._low[1] < y < self._high[1]):
            self._way = math.remainder(self._heading + math.pi, math.tau)
        self._x, self._y = x, y
        self._send_pose()
        self._look()

    def _settle(self, manifest: _Manifest) -> None:
        """Somewhere in the town, within its middle half."""
        low, high = manifest.extent.min, manifest.extent.max
        self._low = (0.75 * low[0] + 0.25 * high[0], 0.75 * low[1] + 0.25 * high[1])
        self._high = (0.25 * low[0] + 0.75 * high[0], 0.25 * low[1] + 0.75 * high[1])
        self._floor = manifest.spawn_points[0].position[2] if manifest.spawn_points else 0.0
        self._x = float(self._random.uniform(self._low[0], self._high[0]))
        self._y = float(self._random.uniform(self._low[1], self._high[1]))
        self._look()

    def _consume(self, size: int) -> None:
        self._tally.content_bytes += size
        if size and self.line is not None:
            self.line.send(_encode({"t": "credit", "bytes": size}))

    def _send_pose(self) -> None:
        assert self.line is not None
        place = [self._x, self._y, self._floor + EYE_M]
        pose = {"t": "pose", "position": place, "heading": self._heading, "pitch": 0.0}
        self.line.send(_encode(pose))
        self._tally.poses += 1

    def _look(self) -> None:
        x, y, heading = self._seen_from
        turned = abs(math.remainder(self._heading - heading, math.tau)) if x < math.inf else 0.0
        if math.hypot(self._x - x, self._y - y) <= MOVED_M and turned <= TURNED_RAD:
            return
        assert self.line is not None
        self._seen_from = (self._x, self._y, self._heading)
        self._seq += 1
        half, root = -self._heading / 2.0, math.sqrt(0.5)
        sine, cosine = math.sin(half) * root, math.cos(half) * root
        view = {
            "t": "view",
            "seq": self._seq,
            "position": [self._x, self._y, self._floor + EYE_M],
            "orientation": [cosine, sine, sine, cosine],
            "fov": [FOV_RAD],
            "viewport": VIEWPORT,
        }
        self.line.send(_encode(view))
        self._tally.views += 1
        if self._seq % TIMED == 0:
            # It is answered when the view has been read, and before anything that follows from it.
            self._sent[self._seq] = time.perf_counter()
            self.line.send(_encode({"t": "ping", "id": self._seq}))


async def stroll(host: str, port: int, scene: str, count: int, seconds: float) -> Visited:
    """Lets `count` walkers walk for so many seconds, after all have seen their first view."""
    tally = Tally()
    strollers = [Stroller(number, tally, scene) for number in range(count)]
    async with asyncio.timeout(ARRIVAL_TIMEOUT_S):
        for start in range(0, count, ARRIVALS):
            some = strollers[start : start + ARRIVALS]
            for stroller in some:
                await socket_client.connect(host, port, "/ws", stroller)
            await asyncio.gather(*(stroller.arrived for stroller in some))
    tally.since = time.perf_counter() + SETTLE_S
    await _walk(strollers, tally, tally.since)
    tally.views = tally.poses = tally.messages = tally.content_bytes = 0
    tally.late_s.clear()
    _say(BEGIN)
    await _walk(strollers, tally, tally.since + seconds)
    if any(stroller.lost for stroller in strollers):
        raise RuntimeError("the server let walkers go")
    for stroller in strollers:
        if stroller.line is not None:
            stroller.line.close()
    await asyncio.sleep(STEP_S)
    return Visited(
        view_p50_ms=_milliseconds(tally.view_s, 50),
        view_p99_ms=_milliseconds(tally.view_s, 99),
        late_p99_ms=_milliseconds(tally.late_s, 99),
        views=tally.views,
        poses=tally.poses,
        messages=tally.messages,
        content_bytes=tally.content_bytes,
    )


async def _walk(strollers: list[Stroller], tally: Tally, until: float) -> None:
    """Everyone's next step falls due a tenth of a second after her last, not all at once."""
    count, taken = len(strollers), 0
    pace = TURNS_PER_S * count
    began = time.perf_counter()
    while (now := time.perf_counter()) < until:
        due = int((now - began) * pace)
        if due > taken:
            tally.late_s.append(now - began - taken / pace)
        for turn in range(taken, due):
            stroller = strollers[turn % count]
            if not stroller.lost:
                stroller.step()
        taken = due
        await asyncio.sleep(STEP_S)


def _milliseconds(seconds: list[float], percent: float) -> float:
    return float(np.percentile(seconds, percent)) * 1000.0 if seconds else 0.0


def _say(words: str) -> None:
    print(words, flush=True)


def main(host: str, port: str, scene: str, count: str, seconds: str) -> None:
    """Walk, and print what was seen."""
    visited = uvloop.run(stroll(host, int(port), scene, int(count), float(seconds)))
    _say(msgspec.json.encode(visited).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
