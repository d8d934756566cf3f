"""What is recalled of each datastream, in columns by its row."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_ROWS = 64
HOURS = 24


@dataclass(slots=True)
class Recalled:
    """Seconds and the values' own units; NaN where nothing is known yet."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    told_period: NDArray[np.float64]
    count: NDArray[np.float64]
    value: NDArray[np.float64]
    second: NDArray[np.float64]
    third: NDArray[np.float64]
    time: NDArray[np.float64]
    said: NDArray[np.float64]
    arrival: NDArray[np.float64]
    clock_off: NDArray[np.float64]
    period: NDArray[np.float64]
    jitter: NDArray[np.float64]
    delay: NDArray[np.float64]
    delay_step: NDArray[np.float64]
    run: NDArray[np.float64]
    usual_run: NDArray[np.float64]
    step: NDArray[np.float64]
    largest: NDArray[np.float64]
    resolution: NDArray[np.float64]
    smallest_steps: NDArray[np.float64]
    compared: NDArray[np.float64]
    apart: NDArray[np.float64]
    usual_apart: NDArray[np.float64]
    deviation: NDArray[np.float64]
    drifts_from: NDArray[np.float64]
    compared_at: NDArray[np.float64]

    @classmethod
    def empty(cls, rows: int) -> Self:
        """Nothing is known of so many datastreams."""
        return cls(**{one.name: np.full(rows, _START.get(one.name, np.nan)) for one in fields(cls)})

    def __len__(self) -> int:
        return len(self.value)

    def packed(self) -> bytes:
        """All of it but what the sensor file says, for a later process; from any thread."""
        names = [one.name for one in fields(self) if one.name not in _TOLD]
        # Columns only grow: so many rows has each of them, whatever comes meanwhile.
        count = min(len(getattr(self, name)) for name in names)
        columns = [getattr(self, name)[:count].astype("<f8").tobytes() for name in names]
        head = ",".join((str(count), *names)).encode()
        return zlib.compress(head + b"\n" + b"".join(columns), 1)

    def unpack(self, packed: bytes) -> None:
        """Takes what a former process knew; what can't be read, or was of another kind, is left."""
        names = [one.name for one in fields(self) if one.name not in _TOLD]
        try:
            head, _, body = zlib.decompress(packed).partition(b"\n")
            count, *known = head.decode().split(",")
            columns = np.frombuffer(body, dtype="<f8").reshape(len(names), int(count))
        except (zlib.error, ValueError):
            return
        if known != names:
            return
        self.grow(columns.shape[1])
        for name, column in zip(names, columns, strict=True):
            getattr(self, name)[: len(column)] = column

    def grow(self, rows: int) -> None:
        """There are so many datastreams."""
        if rows <= len(self):
            return
        more = max(rows, 2 * len(self)) - len(self)
        for one in fields(self):
            start = np.full(more, _START.get(one.name, np.nan))
            setattr(self, one.name, np.append(getattr(self, one.name), start))


# The sensor file says it, anew with each start.
_TOLD = ("low", "high", "told_period")
_START = {
    "low": -np.inf,
    "high": np.inf,
    "told_period": 0.0,
    "count": 0.0,
    "run": 0.0,
    "usual_run": 0.0,
    "compared": 0.0,
    "clock_off": 0.0,
}
