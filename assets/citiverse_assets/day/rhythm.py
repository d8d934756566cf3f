"""What days and weeks do to people, and the unrest of nature."""

from __future__ import annotations

import math

DAY_S = 86_400.0
YEAR_S = 365.2422 * DAY_S


def hour(time_s: float) -> float:
    """Hour of the day in the town's solar time, which is 39 minutes ahead of UTC."""
    return ((time_s + 2_340.0) % DAY_S) / 3600.0


def weekday(time_s: float) -> int:
    """0 for Monday to 6 for Sunday."""
    # 1 January 1970 was a Thursday.
    return int((time_s + 2_340.0) // DAY_S + 3) % 7


def is_weekend(time_s: float) -> bool:
    """Saturday or Sunday."""
    return weekday(time_s) >= 5


def peak(hour: float, at: float, width: float) -> float:
    """A bell around an hour of the day, 1 at its top."""
    apart = (hour - at + 12.0) % 24.0 - 12.0
    return math.exp(-((apart / width) ** 2) / 2.0)


def between(hour: float, begin: float, end: float) -> float:
    """Nearly 1 between two hours of the same day, nearly 0 outside, with soft ends."""
    return 1.0 / (1.0 + math.exp(-2.0 * (hour - begin))) - 1.0 / (1.0 + math.exp(end - hour))


def unrest(time_s: float, size: float) -> float:
    """Two waves whose periods never meet, so that a reading rarely repeats."""
    return size * (0.6 * math.sin(time_s / 7.31) + 0.4 * math.sin(time_s / 41.77 + 1.9))


def grain(time_s: float, seed: float) -> float:
    """What a sensor adds of its own: another in each second, evenly between -1 and 1."""
    wild = math.sin(math.floor(time_s) % 1e6 * 12.9898 + seed) * 43_758.5453
    return 2.0 * (wild - math.floor(wild)) - 1.0


def wander(time_s: float, days: float) -> float:
    """From -1 to 1, from one to the other in about so many days: fronts that come and go."""
    pace = 2.0 * math.pi / (days * DAY_S)
    waves = ((1.0, 0.0, 0.5), (2.3, 1.7, 0.3), (5.1, 4.2, 0.2))
    return sum(size * math.sin(time_s * pace * rate + at) for rate, at, size in waves)
