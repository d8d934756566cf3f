"""How what is usual follows what comes: running means that no single value can lead astray."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .detectors import A_DAY_S, LONGER_THAN_USUAL, longest_run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .detectors import Runs
    from .recalled import Recalled

    Floats = NDArray[np.float64]
    Rows = NDArray[np.intp]
    Flags = NDArray[np.bool_]

# How fast what is usual follows: one over so many observations.
BACK, FAST, USUAL, SLOW, DRIFTING = 3.0, 12.0, 64.0, 512.0, 4_096.0
# So many observations are needed to know what is usual.
LEARNING = 24
# The largest of so many steps is followed.
RARE = 100.0
# Of a run that is odd so much may be usual the next time.
RUN_GROWTH = 1.5
# Steps are rounded: what is less than this, times the smallest, is the smallest.
SMALLEST = 1.5
DELAY_FLOOR_S = 0.5
PACE_FLOOR = 0.02
FAR_OFF = 4.0


def clock(recalled: Recalled, rows: Rows, delay: Floats, off: Flags) -> None:
    """The delay, seconds; from what seems to be off it is learned slowly, for it may be lasting."""
    rate = np.where(off, SLOW, USUAL)
    recalled.delay[rows], recalled.delay_step[rows] = _towards(
        recalled.delay[rows], recalled.delay_step[rows], delay, DELAY_FLOOR_S, rate
    )


def pace(recalled: Recalled, rows: Rows, since: Floats) -> None:
    """How often a value comes, seconds; NaN where this is the first."""
    former = recalled.period[rows]
    floor = PACE_FLOOR * np.where(np.isnan(former), since, former)
    period, jitter = _towards(former, recalled.jitter[rows], since, floor, USUAL)
    # Two values that happened to come at once, or before and after a night, are no pace: at first
    # it is sought in long steps.
    early = (recalled.count[rows] < LEARNING) & ~np.isnan(former)
    near = np.clip(since, former / FAR_OFF, former * FAR_OFF)
    period = np.where(early, former + (near - former) / BACK, period)
    apart = np.fmax(np.abs(near - period), PACE_FLOOR * period)
    wide = recalled.jitter[rows]
    jitter = np.where(early, wide + (apart - wide) / BACK, jitter)
    known = ~np.isnan(since)
    recalled.period[rows[known]], recalled.jitter[rows[known]] = period[known], jitter[known]


def steps(recalled: Recalled, rows: Rows, values: Floats, runs: Runs) -> None:
    """How values go on from one to the next, and for how long they stay the same."""
    old, former = recalled, recalled.value[rows]
    apart = np.abs(values - former)
    first = np.isnan(former)
    early = old.count[rows] < LEARNING
    resolution = np.fmin(old.resolution[rows], np.where(apart > 0.0, apart, np.nan))
    step, largest = old.step[rows], old.largest[rows]
    most = 4.0 * np.fmax(step, resolution)
    step = np.where(np.isnan(step), apart, step + (np.fmin(apart, most) - step) / USUAL)
    up = np.fmax(step, resolution) / 2.0
    followed = np.where(apart > largest, largest + up, largest - up / (RARE - 1.0))
    largest = np.where(early | np.isnan(largest), np.fmax(largest, apart), followed)
    largest = np.fmax(largest, 0.0)
    old.resolution[rows] = resolution
    old.step[rows] = np.where(first, np.nan, step)
    old.largest[rows] = np.where(first, np.nan, largest)
    smallest = apart < SMALLEST * resolution
    _runs(old, rows, runs, (apart > 0.0) & ~first, smallest)
    old.run[rows] = runs.now
    old.third[rows] = old.second[rows]
    old.second[rows] = former
    old.value[rows] = values


def _runs(old: Recalled, rows: Rows, runs: Runs, changed: Flags, smallest: Flags) -> None:
    """For how long values stay the same, from a run that has ended; and how they change."""
    was, usual = old.run[rows], old.usual_run[rows]
    longer = RUN_GROWTH * longest_run(usual) / LONGER_THAN_USUAL
    early = (old.count[rows] < LEARNING) | (runs.coarse & (runs.watched < A_DAY_S))
    learned = np.fmax(usual, np.where(early, was, np.fmin(was, longer)))
    ended = changed & (old.value[rows] != 0.0)
    old.usual_run[rows] = np.where(ended, learned, usual)
    share = old.smallest_steps[rows]
    # A flood rises by more than its smallest step, and is over before it has changed the rule.
    rate = np.fmin(old.count[rows], SLOW)
    followed = np.where(np.isnan(share), smallest, share + (smallest - share) / rate)
    old.smallest_steps[rows] = np.where(changed, followed, share)


def apart(recalled: Recalled, rows: Rows, difference: Floats, drifting: Flags) -> None:
    """How far off its neighbours a datastream is; what is usual hardly follows a drift."""
    old = recalled
    old.compared[rows] += 1.0
    count = old.compared[rows]
    recent, usual, deviation = old.apart[rows], old.usual_apart[rows], old.deviation[rows]
    first = count == 1.0
    # Who is put right is believed sooner than who goes astray.
    back = np.abs(difference - usual) < np.abs(recent - usual) / 2.0
    follow = np.fmin(count, np.where(back, BACK, FAST))
    recent = np.where(first, difference, recent + (difference - recent) / follow)
    rate = np.where(drifting, DRIFTING, np.fmin(count, SLOW))
    usual = np.where(first, difference, usual + (difference - usual) / rate)
    off = np.abs(difference - usual)
    old.apart[rows], old.usual_apart[rows] = recent, usual
    old.deviation[rows] = np.where(first, off, deviation + (off - deviation) / rate)


def _towards(
    usual: Floats, deviation: Floats, now: Floats, floor: Floats | float, rate: Floats | float
) -> tuple[Floats, Floats]:
    """A running mean and mean deviation, after Huber: what is far off counts as twice as far."""
    off = now - usual
    scale = np.fmax(deviation, floor)
    moved = usual + np.clip(off, -2.0 * scale, 2.0 * scale) / rate
    widened = scale + (np.fmin(np.abs(off), 4.0 * scale) - scale) / rate
    first = np.isnan(usual)
    return np.where(first, now, moved), np.where(first, floor, widened)
