"""From what age on a datastream's latest value is stale, where nobody says: by its learned pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .detectors import LATE_JITTERS
from .learning import LEARNING
from .report import STALE_PERIODS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ..overlays.model import Datastream
    from .judge import Judge
    from .recalled import Recalled

    Floats = NDArray[np.float64]

MINUTE_US = 60_000_000
# Whoever is told of news works for each of them, at the cost of what is live.
MOST_AT_ONCE = 5_000

# Who is far away hears of a value once a minute: sooner nobody can tell that there is no news.
LEAST_S = 120.0
MOST_S = 14.0 * 86_400.0
# What was learned moves a little all the time. Nobody is told of less than this.
WORTH_TELLING = 1.25


class Paces:
    """Tells from what age on values of datastreams are stale whose file doesn't say it."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._told: dict[int, float] = {}
        self._next_us = 0

    def put(self, row: int, datastream: Datastream) -> None:
        """From now on a datastream is this."""
        if datastream.is_pace_unsaid:
            self._told.setdefault(row, np.nan)
        else:
            self._told.pop(row, None)

    def news(self, now_us: int) -> Iterator[tuple[int, float]]:
        """Rows, and seconds; once a minute and so many at once that nothing is held up."""
        if now_us < self._next_us or not self._told:
            return
        self._next_us = now_us + MINUTE_US
        rows = np.fromiter(self._told, dtype=np.intp)
        before = np.fromiter(self._told.values(), dtype=np.float64)
        now = stale_after_s(self._judge.recalled, rows)
        news = np.flatnonzero(is_news(before, now))[:MOST_AT_ONCE]
        for row, seconds in zip(rows[news].tolist(), now[news].tolist(), strict=True):
            self._told[row] = seconds
            yield row, seconds


def stale_after_s(recalled: Recalled, rows: NDArray[np.intp]) -> Floats:
    """Two periods and the usual delay; NaN where too few values have come.

    Who is irregular has so long as a gap would take. Two digits are told, so that sensors of one
    pace are told alike.
    """
    period, jitter = recalled.period[rows], recalled.jitter[rows]
    silence = np.fmax(STALE_PERIODS * period, period + LATE_JITTERS * jitter)
    silence = silence + np.fmax(recalled.delay[rows], 0.0)
    bounded = np.clip(silence, LEAST_S, MOST_S)
    unit = 10.0 ** (np.floor(np.log10(bounded)) - 1.0)
    tidy: Floats = np.where(
        recalled.count[rows] >= LEARNING, np.round(bounded / unit) * unit, np.nan
    )
    return tidy


def is_news(before_s: Floats, now_s: Floats) -> NDArray[np.bool_]:
    """Whether what was told is so far off that it is told anew; NaN: nothing was told, or known."""
    apart = np.abs(np.log(now_s / before_s)) > np.log(WORTH_TELLING)
    news: NDArray[np.bool_] = ~np.isnan(now_s) & (np.isnan(before_s) | apart)
    return news
