"""What speaks against observations: one of each datastream at a time, in columns (n,).

Each detector is given what it needs of the past and reads nothing else. All but the plausible range
learn from the datastream itself what is usual for it, so none has a setting. In the field's terms
they are the gap, gross range, spike, flat line and neighbour tests of QARTOD (U.S. IOOS), designed
after them and with thresholds of our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

# A value is missing when the next comes so many periods after the last.
LATE_PERIODS = 1.75
# Who is irregular is given so many times his usual deviation from the pace.
LATE_JITTERS = 6.0
# Fewer equal values in a row are never too many; then twice as many as were usual.
SHORTEST_RUN = 6
LONGER_THAN_USUAL = 2.0
# Who nearly always goes on by the smallest step is coarse: what it measures may rest between two of
# them, as a rule through a night. So nothing of it is odd on the first day, nor in fewer minutes.
MOSTLY = 0.75
A_DAY_S = 86_400.0
SHORTEST_COARSE_S = 900.0
# A jump of so many times the mean step, and of so many times the largest of a hundred.
SPIKE_MEAN_STEPS = 5.0
SPIKE_LARGEST_STEPS = 2.0
SPIKE_RESOLUTIONS = 8.0
# So far off what it usually is beside its neighbours, in mean deviations.
DRIFT_DEVIATIONS = 3.0
DRIFT_RESOLUTIONS = 3.0
# A drift creeps. Who is already so many times farther off than the mean of the last dozen went off
# at once: a feast, roadworks. That is a drift only where it outlasts a night.
DRIFT_SUDDEN = 2.0
DRIFT_LASTS_S = 8.0 * 3_600.0
# Neighbours are compared no oftener, so that what is usual is that of hours, not of seconds.
DRIFT_EVERY_S = 240.0
# Clocks that are right differ by less, seconds.
CLOCK_S = 10.0
CLOCK_JUMP_S = 30.0
CLOCK_DEVIATIONS = 10.0
# Who says the same again sooner says it twice.
SOON = 0.5


def implausible(values: Floats, low: Floats, high: Floats) -> Flags:
    """Out of the range that the sensor file gives; nothing is where it gives none."""
    beyond: Flags = (values < low) | (values > high)
    return beyond


def after_gap(since_s: Floats, period_s: Floats, jitter_s: Floats) -> Flags:
    """The first after at least one missing value; `period_s` is NaN where nobody knows it yet."""
    late = np.maximum(LATE_PERIODS * period_s, period_s + LATE_JITTERS * jitter_s)
    missing: Flags = since_s > late
    return missing


@dataclass(frozen=True, slots=True)
class Runs:
    """Equal values in a row, this one included: now, and the longest that was usual; seconds that
    this one has lasted, and that the datastream is watched; and whether it is coarse.
    """

    now: Floats
    usual: Floats
    lasts: Floats
    watched: Floats
    coarse: Flags


def stuck(values: Floats, runs: Runs) -> Flags:
    """The same value for more than twice as long as usual.

    Nothing is usual to stay nothing: no rain, nobody there, no sun. So zero is never stuck.
    """
    too_long: Flags = runs.now > longest_run(runs.usual)
    may_rest = (runs.lasts < SHORTEST_COARSE_S) | (runs.watched < A_DAY_S)
    is_stuck: Flags = too_long & ~(runs.coarse & may_rest) & (values != 0.0)
    return is_stuck


def is_coarse(smallest_steps: Floats) -> Flags:
    """By the share of changes that were the smallest there is; NaN where nothing ever changed."""
    coarse: Flags = ~(smallest_steps < MOSTLY)
    return coarse


def longest_run(usual_run: Floats) -> Floats:
    """From so many equal values on it is odd."""
    longest: Floats = np.maximum(SHORTEST_RUN, LONGER_THAN_USUAL * usual_run)
    return longest


@dataclass(frozen=True, slots=True)
class Steps:
    """From one value to the next: the mean, the largest of a hundred, the smallest there was; and
    how many periods have gone by since the former value.
    """

    mean: Floats
    largest: Floats
    resolution: Floats
    periods: Floats


def spike(values: Floats, former: Floats, steps: Steps) -> Flags:
    """Far from each of the last three values (3, n), in steps that are usual here.

    Who comes back from a spike is near one of them, and who stays is near the last; who goes on
    rising after a jump, as the sun does in the morning, is near where that led. In three periods
    a value may go as far as in three steps.
    """
    jump = former[0] - former[1]
    led = np.where(np.abs(jump) > SPIKE_MEAN_STEPS * steps.mean, former[0] + jump, np.nan)
    apart = np.fmin(np.min(np.abs(former - values), axis=0), np.abs(led - values))
    far = np.maximum(SPIKE_MEAN_STEPS * steps.mean, SPIKE_LARGEST_STEPS * steps.largest)
    far = far * np.fmax(steps.periods, 1.0)
    is_spike: Flags = apart > np.maximum(far, SPIKE_RESOLUTIONS * steps.resolution)
    return is_spike


def drifting(recent: Floats, usual: Floats, deviation: Floats, resolution: Floats) -> Flags:
    """Off its neighbours otherwise than it was: means of value − neighbours, now and for long."""
    far = np.fmax(DRIFT_DEVIATIONS * deviation, DRIFT_RESOLUTIONS * resolution)
    is_drifting: Flags = np.abs(recent - usual) > far
    return is_drifting


def sudden(difference: Floats, recent: Floats, usual: Floats) -> Flags:
    """Went off its neighbours so fast that the mean of what was lately is far behind."""
    at_once: Flags = np.abs(difference - usual) > DRIFT_SUDDEN * np.abs(recent - usual)
    return at_once


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds from observation to arrival: now, as a rule, and how far off that it usually is."""

    now: Floats
    usual: Floats
    deviation: Floats


@dataclass(frozen=True, slots=True)
class Sinces:
    """Seconds since the former message: by the sensor's clock, and by ours; and how many are due.

    NaN where there was none, or nobody knows.
    """

    said: Floats
    arrived: Floats
    period: Floats


def clock_off(delays: Delays, sinces: Sinces, was_off: Flags) -> Flags:
    """Observed after it arrived; or its time has jumped although it came when it was due.

    What is held up on its way comes when it isn't due, and says the right time: no clock is wrong.
    A clock that has jumped stays wrong until what it says is as late as usual.
    """
    far = np.fmax(CLOCK_JUMP_S, CLOCK_DEVIATIONS * delays.deviation)
    unusual: Flags = np.abs(delays.now - delays.usual) > far
    by_its_clock = np.abs(sinces.said - sinces.period)
    by_ours = np.abs(sinces.arrived - sinces.period)
    jumped: Flags = by_its_clock - by_ours > far / 2.0
    ahead: Flags = delays.now < -CLOCK_S
    return ahead | (unusual & (jumped | was_off))


def clock_frozen(sinces: Sinces) -> Flags:
    """A time that doesn't go on, although the message comes a good part of a period later."""
    frozen: Flags = (sinces.said == 0.0) & (sinces.arrived > SOON * sinces.period)
    return frozen
