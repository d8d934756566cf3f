"""Judges observations as they come, and learns from them what is usual for each datastream."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..overlays.model import Quality
from . import detectors, learning
from .neighbours import NOBODY, middle, nearest
from .recalled import Recalled
from .tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ..overlays.model import Batch, Datastream

    Floats = NDArray[np.float64]
    Rows = NDArray[np.intp]
    Flags = NDArray[np.bool_]

SECOND_US = 1_000_000
# Of a flood of one datastream in one batch so many are judged for more than their range: a sensor
# that has gone mad mustn't take the time of the others.
MOST_ROUNDS = 64
LEARNING_APART = 48
LEAST_NEIGHBOURS = 3
FRESH_PERIODS = 2.5


@dataclass(frozen=True, slots=True)
class _Round:
    """At most one observation of each row, in seconds."""

    rows: Rows
    values: Floats
    times: Floats
    arrivals: Floats

    def only(self, chosen: Flags) -> _Round:
        return _Round(
            self.rows[chosen], self.values[chosen], self.times[chosen], self.arrivals[chosen]
        )


class Judge:
    """Learns by `put` what datastreams there are, by `stand` where; rows are the registry's."""

    def __init__(self) -> None:
        self.recalled = Recalled.empty(0)
        self.tally = Tally()
        self._lon, self._lat = np.empty(0), np.empty(0)
        self._kinds = np.empty(0, dtype=np.int64)
        self._names: dict[tuple[str, str], int] = {}
        self._neighbours: NDArray[np.int64] | None = None

    def put(self, row: int, datastream: Datastream) -> None:
        """From now on a datastream is this."""
        self._grow(row + 1)
        low, high = datastream.range or (-np.inf, np.inf)
        self.recalled.low[row], self.recalled.high[row] = low, high
        self.recalled.told_period[row] = datastream.period_s
        kind = (datastream.observed_property, datastream.unit)
        number = self._names.setdefault(kind, len(self._names))
        if self._kinds[row] != number:
            self._kinds[row] = number
            self._neighbours = None

    def stand(self, row: int, lon: float, lat: float) -> None:
        """Where a datastream observes, in degrees."""
        self._grow(row + 1)
        if (self._lon[row], self._lat[row]) != (lon, lat):
            self._lon[row], self._lat[row] = lon, lat
            self._neighbours = None

    def judge(self, batch: Batch) -> Batch:
        """The same observations, and what speaks against them."""
        if not len(batch.rows):
            return batch
        self._grow(int(batch.rows.max()) + 1)
        low, high = self.recalled.low[batch.rows], self.recalled.high[batch.rows]
        beyond = detectors.implausible(batch.values, low, high)
        quality = batch.quality | _bit(Quality.IMPLAUSIBLE, beyond)
        # The largest numbers are too large to be counted with: then nothing more is said of them.
        with np.errstate(over="ignore", invalid="ignore"):
            for chosen in _rounds(batch.rows):
                quality[chosen] |= self._judge(_round(batch, chosen), beyond[chosen])
        judged = replace(batch, quality=quality)
        self.tally.take(judged)
        return judged

    def packed(self) -> bytes:
        """What was learned, for a later process with the same rows."""
        return self.recalled.packed()

    def learn_from(self, packed: bytes) -> None:
        """Goes on where a former process ended, if it can be read."""
        self.recalled.unpack(packed)
        self._grow_places()

    def periods_s(self, rows: Rows) -> Floats:
        """How often a value is due: as it was told, else as it was seen, or NaN."""
        told = self.recalled.told_period[rows]
        return np.where(told > 0.0, told, self.recalled.period[rows])

    def _grow(self, rows: int) -> None:
        if rows <= len(self.recalled):
            return
        self.recalled.grow(rows)
        self._grow_places()

    def _grow_places(self) -> None:
        more = len(self.recalled) - len(self._kinds)
        self._lon = np.append(self._lon, np.full(more, np.nan))
        self._lat = np.append(self._lat, np.full(more, np.nan))
        self._kinds = np.append(self._kinds, np.full(more, NOBODY, dtype=np.int64))
        self._neighbours = None

    def _judge(self, now: _Round, beyond: Flags) -> NDArray[np.uint8]:
        old, rows = self.recalled, now.rows
        known = old.count[rows] >= learning.LEARNING
        # Nothing is true of what isn't known yet.
        since, period = now.times - old.time[rows], self.periods_s(rows)
        delay, was_off = now.arrivals - now.times, old.clock_off[rows] != 0.0
        delays = detectors.Delays(delay, old.delay[rows], old.delay_step[rows])
        sinces = detectors.Sinces(
            now.times - old.said[rows], now.arrivals - old.arrival[rows], period
        )
        off = detectors.clock_off(delays, sinces, was_off) & (known | (delay < 0.0))
        off |= detectors.clock_frozen(sinces)
        gap = detectors.after_gap(since, period, old.jitter[rows]) & known & ~off & ~was_off
        # What comes at once with others was told afterwards: it says nothing of live delays.
        live = sinces.arrived > detectors.SOON * period
        learning.clock(old, rows[live], delay[live], off[live])
        old.said[rows], old.arrival[rows], old.clock_off[rows] = now.times, now.arrivals, off
        quality = _bit(Quality.CLOCK, off) | _bit(Quality.GAP, gap)
        # What is of the past, or of no time that can be believed, says nothing of what follows.
        later = ~(since <= 0.0) & ~off
        quality[later] |= self._judge_later(now.only(later), beyond[later])
        return quality

    def _judge_later(self, now: _Round, beyond: Flags) -> NDArray[np.uint8]:
        old = self.recalled
        since = now.times - old.time[now.rows]
        periods = since / old.period[now.rows]
        learning.pace(old, now.rows, since)
        old.time[now.rows] = now.times
        quality = np.zeros(len(now.rows), dtype=np.uint8)
        quality[~beyond] = self._judge_values(now.only(~beyond), periods[~beyond])
        old.count[now.rows] += 1.0
        return quality

    def _judge_values(self, now: _Round, periods: Floats) -> NDArray[np.uint8]:
        old, rows, values = self.recalled, now.rows, now.values
        known = old.count[rows] >= learning.LEARNING
        run = np.where(values == old.value[rows], old.run[rows] + 1.0, 1.0)
        coarse = detectors.is_coarse(old.smallest_steps[rows])
        period = self.periods_s(rows)
        lasts, watched = run * period, old.count[rows] * period
        runs = detectors.Runs(run, old.usual_run[rows], lasts, watched, coarse)
        is_stuck = detectors.stuck(values, runs)
        former = np.stack((old.value[rows], old.second[rows], old.third[rows]))
        steps = detectors.Steps(old.step[rows], old.largest[rows], old.resolution[rows], periods)
        is_spike = detectors.spike(values, former, steps)
        learning.steps(old, rows, values, runs)
        due = ~is_spike & ~(now.times - old.compared_at[rows] < detectors.DRIFT_EVERY_S)
        self._compare(now.only(due))
        drifting = ~is_spike & (now.times >= old.drifts_from[rows])
        return (
            _bit(Quality.STUCK, is_stuck & known)
            | _bit(Quality.SPIKE, is_spike & known)
            | _bit(Quality.DRIFT, drifting)
        )

    def _compare(self, now: _Round) -> None:
        """From when on drifts who is off its neighbours otherwise than it was."""
        old = self.recalled
        if self._neighbours is None:
            self._neighbours = nearest(self._lon, self._lat, self._kinds)
        others = self._neighbours[now.rows]
        has = others[:, LEAST_NEIGHBOURS - 1] != NOBODY
        if not has.any():
            return
        others, rows = others[has], now.rows[has]
        age = np.abs(now.times[has, np.newaxis] - old.time[others])
        # Who drifts itself says nothing of others.
        fresh = (others != NOBODY) & np.isnan(old.drifts_from[others])
        fresh &= age < FRESH_PERIODS * self.periods_s(rows)[:, np.newaxis]
        difference = now.values[has] - middle(
            np.where(fresh, old.value[others], np.nan), LEAST_NEIGHBOURS
        )
        there = ~np.isnan(difference)
        times = now.times[has][there]
        old.drifts_from[rows[~there]] = np.nan
        rows, difference = rows[there], difference[there]
        old.compared_at[rows] = times
        usual = (old.apart[rows], old.usual_apart[rows], old.deviation[rows])
        off = detectors.drifting(*usual, old.resolution[rows]) & (
            old.compared[rows] >= LEARNING_APART
        )
        learning.apart(old, rows, difference, off)
        sudden = detectors.sudden(difference, old.apart[rows], old.usual_apart[rows])
        begins = times + np.where(sudden, detectors.DRIFT_LASTS_S, 0.0)
        was = old.drifts_from[rows]
        old.drifts_from[rows] = np.where(off, np.where(np.isnan(was), begins, was), np.nan)


def _round(batch: Batch, chosen: NDArray[np.intp]) -> _Round:
    return _Round(
        rows=batch.rows[chosen].astype(np.intp),
        values=batch.values[chosen],
        times=batch.times[chosen] / SECOND_US,
        arrivals=batch.arrivals[chosen] / SECOND_US,
    )


def _rounds(rows: NDArray[np.uint32]) -> Iterator[NDArray[np.intp]]:
    """The first of each row, the second of each row and so on, as places in the batch."""
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    begins = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    lengths = np.diff(np.append(begins, len(ordered)))
    for turn in range(min(int(lengths.max()), MOST_ROUNDS)):
        yield order[begins[lengths > turn] + turn]


def _bit(bit: Quality, flags: Flags) -> NDArray[np.uint8]:
    return np.where(flags, np.uint8(bit), np.uint8(0))
