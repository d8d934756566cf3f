"""The latest observation of every datastream of a scene, encoded once a tick for all who watch.

Readings may come at any rate; a tick gathers those since the last one. Whoever has kept up shares
one encoded frame; whoever is behind gets the latest of everything since the tick he saw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..protocol import DatastreamInfo, Datastreams, Observations, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .model import Observation


# One tick: nobody's clock suffers from a frame of this age.
SHARED_US = 100_000


class LatestValues:
    """Columns by datastream: value f64, phenomenon time i64 µs, tick of the last change."""

    def __init__(self, datastreams: Sequence[DatastreamInfo]) -> None:
        count = len(datastreams)
        self.announcement = encode(Datastreams(datastreams=list(datastreams)))
        self.tick = 0
        self._values = np.zeros(count)
        self._times = np.full(count, np.iinfo(np.int64).min, dtype=np.int64)
        self._changed = np.zeros(count, dtype=np.int64)
        self._pending = False
        self._frames: dict[int, tuple[int, bytes]] = {}

    def inherit(self, former: LatestValues, rows: Sequence[tuple[int, int]]) -> None:
        """Take over observations: row here, row there. Everyone is told of them with the next."""
        self.tick = former.tick + 1
        for here, there in rows:
            self._values[here] = former._values[there]
            self._times[here] = former._times[there]
            if former._changed[there]:
                self._changed[here] = self.tick

    def record(self, index: int, observation: Observation) -> bool:
        """Takes an observation; False where a later one is already held."""
        if observation.time_us < self._times[index]:
            return False
        self._values[index] = observation.value
        self._times[index] = observation.time_us
        self._changed[index] = self.tick + 1
        self._pending = True
        return True

    def advance(self) -> bool:
        """Ends a tick; False where nothing was recorded since the last."""
        if not self._pending:
            return False
        self._pending = False
        self.tick += 1
        self._frames.clear()
        return True

    def frame_since(self, tick: int, now_us: int) -> bytes:
        """The encoded `observations` of everything that changed after `tick`."""
        encoded_us, frame = self._frames.get(tick, (None, b""))
        # Clients set their idea of the server's time by a frame, so an old one mustn't be shared.
        if encoded_us is None or now_us - encoded_us > SHARED_US:
            # What came since the last tick is in here too: to leave it out for the next would keep
            # a busy sensor's value from those who are always a little late.
            ids = np.flatnonzero(self._changed > tick)
            frame = encode(
                Observations(
                    time=now_us,
                    ids=ids.astype("<u4").tobytes(),
                    values=self._values[ids].astype("<f8").tobytes(),
                    times=self._times[ids].astype("<i8").tobytes(),
                )
            )
            self._frames[tick] = (now_us, frame)
        return frame
