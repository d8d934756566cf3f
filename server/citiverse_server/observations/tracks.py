"""Where moving things were: each part of a fix is a datastream of its own in the store.

So tracks are written, sealed and aged like everything else. Their keys hold a character that no key
of a sensor file or a source has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..overlays.model import Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ..overlays.model import Fix
    from .store import ObservationStore, Span

PARTS = ("lon", "lat", "height", "heading", "speed")
SEPARATOR = "\x1f"
# One thing's fixes in one answer: one a second for two hours, one in ten seconds for a day.
MOST_FIXES = 8_640


@dataclass(frozen=True, slots=True)
class Track:
    """One thing's fixes by time (n,): i64 µs since 1970, degrees, metres above the ellipsoid,
    degrees from north, m/s; NaN where nobody said.
    """

    times: NDArray[np.int64]
    longitudes: NDArray[np.float64]
    latitudes: NDArray[np.float64]
    heights: NDArray[np.float64]
    headings: NDArray[np.float64]
    speeds: NDArray[np.float64]


def rows_of(store: ObservationStore, thing: str) -> tuple[int, ...]:
    """The rows of a thing's longitude, latitude, height, heading and speed. Raises `StateError`."""
    return tuple(store.row(f"{thing}{SEPARATOR}{part}") for part in PARTS)


def record(store: ObservationStore, fixes: Sequence[tuple[str, Fix]], arrival_us: int) -> None:
    """Takes fixes, each with the key of its thing. Raises `StateError`."""
    if not fixes:
        return
    rows = np.array([rows_of(store, thing) for thing, _ in fixes], dtype=np.uint32).ravel()
    values = np.array(
        [(fix.lon, fix.lat, fix.height, fix.heading, fix.speed) for _, fix in fixes]
    ).ravel()
    times = np.repeat([fix.time_us for _, fix in fixes], len(PARTS)).astype(np.int64)
    said = np.isfinite(values)
    count = int(np.count_nonzero(said))
    arrivals = np.full(count, arrival_us, dtype=np.int64)
    quality = np.zeros(count, dtype=np.uint8)
    store.append(Batch(rows[said], values[said], times[said], arrivals, quality))


async def track(
    store: ObservationStore, thing: str, span: Span, every_us: int, limit: int = MOST_FIXES
) -> Track:
    """Where a thing was in a span, at most once in each `every_us`: the first of them.

    Of more than `limit` fixes the first are looked at. Raises `StateError`.
    """
    lon, *others = rows_of(store, thing)
    places = await store.history(lon, span, limit)
    first = np.flatnonzero(np.diff(places.times // every_us, prepend=-1) != 0)
    times = places.times[first]
    columns = [_at(times, await store.history(row, span, limit)) for row in others]
    return Track(times, places.values[first], *columns)


async def last_fixes(store: ObservationStore, thing: str, span: Span, limit: int) -> Track:
    """The last so many places of a thing in a span, by time. Raises `StateError`."""
    lon, *others = rows_of(store, thing)
    places = await store.history(lon, span, limit, newest=True)
    columns = [
        _at(places.times, await store.history(row, span, limit, newest=True)) for row in others
    ]
    return Track(places.times, places.values, *columns)


def _at(times: NDArray[np.int64], part: Batch) -> NDArray[np.float64]:
    """A part of fixes at the times of all; NaN where it wasn't said."""
    values = np.full(len(times), np.nan)
    if len(part.times):
        at = np.minimum(np.searchsorted(part.times, times), len(part.times) - 1)
        there = part.times[at] == times
        values[there] = part.values[at[there]]
    return values
