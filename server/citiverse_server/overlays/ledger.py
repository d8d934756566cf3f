"""What is known of each datastream now, in columns by its row, and what was refused, counted.

Nothing here grows with time: a row of numbers for each datastream, and one shortened message for
each of the last few that refused one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .model import Rejected

if TYPE_CHECKING:
    from .model import Batch

REASONS = tuple(Rejected)
MAX_SAMPLES = 1000
SAMPLE_BYTES = 160
NEVER = np.iinfo(np.int64).min
NO_ROW = -1

_KEPT = np.dtype(
    [
        ("value", "f8"),
        ("time", "i8"),
        ("arrival", "i8"),
        ("quality", "u1"),
        ("count", "u8"),
        ("late", "u8"),
        ("refused", "u8"),
        ("refused_at", "i8"),
        ("reason", "u1"),
    ]
)
_BLANK = np.array([(np.nan, NEVER, NEVER, 0, 0, 0, 0, NEVER, 0)], dtype=_KEPT)


class Refusal(NamedTuple):
    """A reading of which nothing was taken, and why; `row` is `NO_ROW` where nobody can tell.

    `sample` is the message, or what of it matters.
    """

    reason: Rejected
    row: int = NO_ROW
    sample: bytes = b""


@dataclass(frozen=True, slots=True)
class Account:
    """One datastream now: its latest value, how many came, and the last that was refused.

    Times are µs since 1970 UTC, None: never. `late` came behind a newer one.
    """

    value: float
    time_us: int | None
    arrival_us: int | None
    quality: int
    count: int
    late: int
    refused: int
    refused_us: int | None
    reason: Rejected | None


class Ledger:
    """Columns grow with the datastreams; `rejected` counts refusals by source and reason, `strays`
    those of no datastream.
    """

    def __init__(self) -> None:
        self._kept = np.repeat(_BLANK, 64)
        self._samples: dict[tuple[str, Rejected, int], bytes] = {}
        self.rejected: Counter[tuple[str, Rejected]] = Counter()
        self.strays: Counter[tuple[str, Rejected]] = Counter()
        self.observations = 0
        self.late = 0

    def at(self, row: int) -> Account:
        """What is known of a datastream."""
        if row >= len(self._kept):
            return _account(_BLANK[0])
        return _account(self._kept[row])

    def sample(self, source: str, reason: Rejected, row: int = NO_ROW) -> bytes:
        """The last message of a source that was refused for a reason, shortened; of one datastream,
        or of none. Empty where there is none, or where many others were refused since.
        """
        return self._samples.get((source, reason, row), b"")

    def record(self, batch: Batch) -> Batch:
        """Counts observations, and gives back the newest of each row, where none newer was known.

        What comes again, or behind a newer one, is late.
        """
        if not len(batch.rows):
            return batch
        self._grow(int(batch.rows.max()))
        kept, rows = self._kept, batch.rows
        self.observations += len(rows)
        np.add.at(kept["count"], rows, 1)
        np.maximum.at(kept["arrival"], rows, batch.arrivals)
        late = batch.times <= kept["time"][rows]
        self.late += int(np.count_nonzero(late))
        np.add.at(kept["late"], rows[late], 1)
        return self._take_newest(batch, ~late)

    def recall(self, batch: Batch) -> Batch:
        """Takes what was observed before the server started, where nothing newer is known; gives
        back what it took.
        """
        if not len(batch.rows):
            return batch
        self._grow(int(batch.rows.max()))
        taken = self._take_newest(batch, batch.times > self._kept["time"][batch.rows])
        self._kept["arrival"][taken.rows] = taken.arrivals
        return taken

    def _take_newest(self, batch: Batch, among: np.ndarray) -> Batch:
        newest = _newest(batch, among)
        rows = newest.rows
        self._kept["value"][rows] = newest.values
        self._kept["time"][rows] = newest.times
        self._kept["quality"][rows] = newest.quality
        return newest

    def refuse(self, source: str, refusal: Refusal, arrival_us: int) -> None:
        """Counts a reading that nothing was taken of."""
        self.rejected[source, refusal.reason] += 1
        key = (source, refusal.reason, refusal.row)
        self._samples.pop(key, None)
        self._samples[key] = refusal.sample[:SAMPLE_BYTES]
        if len(self._samples) > MAX_SAMPLES:
            del self._samples[next(iter(self._samples))]
        if refusal.row == NO_ROW:
            self.strays[source, refusal.reason] += 1
            return
        self._grow(refusal.row)
        kept = self._kept
        kept["refused"][refusal.row] += 1
        kept["refused_at"][refusal.row] = arrival_us
        kept["reason"][refusal.row] = REASONS.index(refusal.reason)

    def _grow(self, row: int) -> None:
        if row >= len(self._kept):
            more = max(len(self._kept), row + 1 - len(self._kept))
            self._kept = np.concatenate((self._kept, np.repeat(_BLANK, more)))


def _newest(batch: Batch, among: np.ndarray) -> Batch:
    """One observation of each row, the latest of its time, and of those the last that came."""
    chosen = np.flatnonzero(among)
    order = chosen[np.lexsort((chosen, batch.times[chosen], batch.rows[chosen]))]
    rows = batch.rows[order]
    last = np.append(rows[1:] != rows[:-1], np.ones(min(len(rows), 1), dtype=bool))
    order = order[last]
    return replace(
        batch,
        rows=batch.rows[order],
        values=batch.values[order],
        times=batch.times[order],
        arrivals=batch.arrivals[order],
        quality=batch.quality[order],
    )


def _account(kept: np.void) -> Account:
    refused_us = _moment(kept["refused_at"])
    return Account(
        value=float(kept["value"]),
        time_us=_moment(kept["time"]),
        arrival_us=_moment(kept["arrival"]),
        quality=int(kept["quality"]),
        count=int(kept["count"]),
        late=int(kept["late"]),
        refused=int(kept["refused"]),
        refused_us=refused_us,
        reason=None if refused_us is None else REASONS[int(kept["reason"])],
    )


def _moment(time: np.int64) -> int | None:
    return None if time == NEVER else int(time)
