"""Faults put into recorded observations, and where they are: what the judge is measured with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Series:
    """One sensor's observations (n,): values, and times in seconds since 1970; `there`: it came.

    `faulty` (n,) are those that a detector is to find, `events` (k, 2) from where to before where
    each fault reaches.
    """

    values: Floats
    times: Floats
    arrivals: Floats
    there: Flags
    faulty: Flags
    events: NDArray[np.int64]


Fault: TypeAlias = Callable[[Series, np.random.Generator, int], Series]
"""A fault that begins at a place of a series."""


def clean(values: Floats, times: Floats, chance: np.random.Generator) -> Series:
    """A series with nothing wrong; it arrives some seconds late, one in a hundred some minutes."""
    count = len(values)
    held_up = np.where(chance.random(count) < 0.01, chance.uniform(30.0, 240.0, count), 0.0)
    delays: Floats = 0.5 + chance.exponential(2.0, count) + held_up
    none = np.zeros(count, dtype=np.bool_)
    events = np.empty((0, 2), dtype=np.int64)
    return Series(values, times, times + delays, ~none, none, events)


def with_faults(
    series: Series, fault: Fault, chance: np.random.Generator, every: int, first: int
) -> Series:
    """The same with a fault at a random place of each stretch of `every` observations."""
    for begin in range(first, len(series.values) - every, every):
        series = fault(series, chance, begin + int(chance.integers(every // 4)))
    return series


def gap(series: Series, chance: np.random.Generator, at: int) -> Series:
    """1 to 12 observations never come; the first after them tells."""
    end = at + int(chance.integers(1, 13))
    there = series.there.copy()
    there[at:end] = False
    return _marked(series, end, end + 1, there=there)


def freeze(series: Series, chance: np.random.Generator, at: int) -> Series:
    """The same value 12 to 48 times."""
    end = at + int(chance.integers(12, 49))
    values = series.values.copy()
    values[at:end] = values[at]
    return _marked(series, at + 1, end, values=values)


def long_freeze(series: Series, chance: np.random.Generator, at: int) -> Series:
    """The same value 288 to 864 times, one to three days of a value in five minutes."""
    end = at + int(chance.integers(288, 865))
    values = series.values.copy()
    values[at:end] = values[at]
    return _marked(series, at + 1, end, values=values)


def spike(series: Series, chance: np.random.Generator, at: int) -> Series:
    """One value is off by 30 to 100 % of what the middle 98 % of the series span."""
    low, high = np.percentile(series.values, (1, 99))
    values = series.values.copy()
    values[at] += chance.choice((-1.0, 1.0)) * chance.uniform(0.3, 1.0) * (high - low)
    return _marked(series, at, at + 1, values=values)


def drift(series: Series, chance: np.random.Generator, at: int) -> Series:
    """In 150 observations it goes off by 0.5 to 1.5 standard deviations; then it is put right."""
    end = at + 150
    values = series.values.copy()
    most = chance.choice((-1.0, 1.0)) * chance.uniform(0.5, 1.5) * float(np.std(series.values))
    values[at:end] += np.linspace(0.0, most, end - at)
    return _marked(series, at, end, values=values)


def clock_jump(series: Series, chance: np.random.Generator, at: int) -> Series:
    """For 12 to 48 observations it is 1 to 4 minutes ahead, or an hour to a day behind."""
    end = at + int(chance.integers(12, 49))
    ahead = chance.uniform(60.0, 240.0)
    off = ahead if chance.random() < 0.5 else -chance.uniform(3_600.0, 86_400.0)
    times = series.times.copy()
    times[at:end] += off
    return _marked(series, at, end, times=times)


def clock_freeze(series: Series, chance: np.random.Generator, at: int) -> Series:
    """For 3 to 12 observations the time doesn't go on."""
    end = at + int(chance.integers(3, 13))
    times = series.times.copy()
    times[at:end] = times[at - 1]
    return _marked(series, at, end, times=times)


def sentinel(series: Series, chance: np.random.Generator, at: int) -> Series:
    """A number that stands for none, as loggers write it."""
    values = series.values.copy()
    values[at] = chance.choice((-9999.0, -999.0, 9999.0))
    return _marked(series, at, at + 1, values=values)


def _marked(
    series: Series,
    begin: int,
    end: int,
    *,
    values: Floats | None = None,
    times: Floats | None = None,
    there: Flags | None = None,
) -> Series:
    faulty = series.faulty.copy()
    faulty[begin:end] = True
    return Series(
        series.values if values is None else values,
        series.times if times is None else times,
        series.arrivals,
        series.there if there is None else there,
        faulty,
        np.append(series.events, [[begin, end]], axis=0),
    )
