"""A town of sensors without a server, and clients who hear of it as a stranger would."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgpack
import numpy as np

from citiverse_server.clock import Now
from citiverse_server.overlays.audience import Audience
from citiverse_server.overlays.binding import Binding, Standing
from citiverse_server.overlays.fixes import LatestFixes
from citiverse_server.overlays.latest import LatestValues
from citiverse_server.overlays.model import Batch, Datastream, Fix, Thing
from citiverse_server.overlays.place import frame_at
from citiverse_server.overlays.registry import Registry
from citiverse_server.protocol import Heard

if TYPE_CHECKING:
    from citiverse_server.overlays.listener import Listener

BEGAN_US = 1_795_000_000_000_000
Value = tuple[float, int, int]
Place = tuple[float, float, float]


def values_of(message: dict[str, Any]) -> dict[int, Value]:
    """Value, time in ms and quality by id, read as docs/contract/protocol.md says."""
    rows: bytes = message["rows"]
    at, found = 0, {}

    def varint() -> int:
        nonlocal at
        number = shift = 0
        while True:
            byte = rows[at]
            at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    def zigzag() -> int:
        number = varint()
        return -(number + 1) // 2 if number & 1 else number // 2

    while at < len(rows):
        count, mode, one = varint(), rows[at], 0
        at += 1
        for _ in range(count):
            one += varint()
            if mode & 15 == 15:
                (value,) = struct.unpack_from("<d", rows, at)
                at += 8
            else:
                value = zigzag() / 10 ** (mode & 15)
            time_ms, quality = message["time"] // 1000 - zigzag(), 0
            if mode & 16:
                quality = rows[at]
                at += 1
            found[one] = (value, time_ms, quality)
    return found


@dataclass(eq=False)
class Hearer:
    """A client: what came over her line, and what she has made of it."""

    is_open: bool = True
    wakes: int = 0
    frames: list[bytes] = field(default_factory=list)
    keys: dict[int, str] = field(default_factory=dict)
    values: dict[int, Value] = field(default_factory=dict)
    movers: dict[int, tuple[float, ...]] = field(default_factory=dict)
    tick: int = 0
    is_whole: bool = False

    def push(self, frame: bytes) -> bool:
        if self.is_open:
            self.take(frame)
        return self.is_open

    def wake(self) -> None:
        self.wakes += 1

    def drain(self, listener: Listener, time_us: int = BEGAN_US) -> int:
        """Takes all there is for her alone; how many messages that were."""
        count = 0
        while (frame := listener.next(time_us)) is not None:
            self.take(frame)
            count += 1
        return count

    def take(self, frame: bytes) -> None:
        self.frames.append(frame)
        message = msgpack.unpackb(frame)
        match message["t"]:
            case "sensors":
                if message.get("first"):
                    self.keys, self.values, self.is_whole = {}, {}, False
                self.keys.update({one["id"]: one["key"] for one in message.get("sensors", ())})
                self.is_whole = self.is_whole or message.get("last", False)
            case "readings":
                new = values_of(message)
                # What isn't known yet comes again with its sensor.
                self.values.update({one: new[one] for one in new.keys() & self.keys.keys()})
                self.tick = message.get("tick", self.tick)
            case "movers":
                ids = np.frombuffer(message["ids"], "<u4")
                places = np.frombuffer(message["positions"], "<f4").reshape(-1, 3)
                self.movers.update(zip(ids.tolist(), map(tuple, places.tolist()), strict=True))

    def heard(self) -> Heard:
        """What she says when she comes back."""
        return Heard(epoch=0, revision=0, tick=self.tick, sensors=len(self.keys))


class Town:
    """Sensors at places (None: nowhere), each of a property; ticks by its own clock."""

    def __init__(self, *sensors: tuple[Place | None, str]) -> None:
        self.registry = Registry()
        self.standings: dict[str, Standing] = {}
        for place, observed in sensors:
            self.add(place, observed)
        self.latest, self.fixes = LatestValues(), LatestFixes()
        told = (self.latest, self.fixes)
        frame = frame_at(13.0, 52.0)
        self.audience = Audience(self.registry, Binding(self.standings, {}), told, frame)
        self.seconds = 0.0

    def add(self, place: Place | None, observed: str) -> None:
        """One more sensor, of which nobody is told yet."""
        number = len(self.standings)
        self.registry.add_thing(Thing(f"thing-{number}", f"Thing {number}"))
        names = (f"s-{number}", f"Sensor {number}", observed, "m", "")
        self.registry.add_datastream(Datastream(*names, 60.0, None, thing=f"thing-{number}"))
        self.standings[f"thing-{number}"] = Standing((), place)

    def renew(self) -> None:
        """Everyone is told of the new ones."""
        self.audience.renew(Binding(self.standings, {}))

    @property
    def now(self) -> Now:
        return Now(self.seconds, BEGAN_US + round(self.seconds * 1e6))

    def observe(self, values: dict[int, float], quality: int = 0) -> None:
        """New values by row, observed now."""
        count = len(values)
        self.latest.record(
            Batch(
                np.array(list(values), dtype=np.uint32),
                np.array(list(values.values()), dtype=np.float64),
                np.full(count, self.now.micros, dtype=np.int64),
                np.full(count, self.now.micros, dtype=np.int64),
                np.full(count, quality, dtype=np.uint8),
            )
        )

    def move(self, key: str, lon: float, lat: float = 52.0) -> None:
        """A thing that moves is here now."""
        self.fixes.record({key: Fix(self.now.micros, lon, lat, 5.0, 90.0, 8.0)})

    def tick(self, seconds: float = 0.1) -> None:
        """A tick, and then time passes."""
        now = self.now
        told, moved = self.latest.tell(now.monotonic), self.fixes.tell(now.monotonic)
        self.audience.tell(told, moved, now)
        self.seconds += seconds

    def settle(self) -> None:
        """Ticks until nothing is left to be told."""
        while self.audience.owes or self.latest.waiting or self.fixes.waiting:
            self.tick(1.0)

    def join(self, place: Place = (0.0, 0.0, 2.0), heard: Heard | None = None) -> Joined:
        """A client comes, and takes what there is."""
        hearer = Hearer()
        listener = self.audience.join(hearer, place, heard)
        hearer.drain(listener, self.now.micros)
        return Joined(hearer, listener)


@dataclass(frozen=True)
class Joined:
    hearer: Hearer
    listener: Listener
