"""Which datastreams observe the same nearby, in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 6
FARTHEST_M = 3_000.0
# So many are looked at on either side along a curve that fills the plane: where there are more of a
# kind, one of the nearest may be missed.
LOOKED_AT = 12
METRES_A_DEGREE = 111_320.0
_BITS = 16
NOBODY = -1


def nearest(
    lon: NDArray[np.float64], lat: NDArray[np.float64], kinds: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Up to six of the same kind within 3 km of each (n, 6), or -1; NaN degrees have none."""
    count = len(kinds)
    placed = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    found = np.full((count, MOST), NOBODY, dtype=np.int64)
    if len(placed) < 2:
        return found
    y = lat[placed] * METRES_A_DEGREE
    x = lon[placed] * METRES_A_DEGREE * np.cos(np.radians(lat[placed]))
    order = np.lexsort((_along(x, y), kinds[placed]))
    rows, x, y = placed[order], x[order], y[order]
    candidates, distances = [], []
    for shift in (*range(-LOOKED_AT, 0), *range(1, LOOKED_AT + 1)):
        other = np.arange(len(rows)) + shift
        inside = (other >= 0) & (other < len(rows))
        other = np.where(inside, other, 0)
        apart = np.hypot(x[other] - x, y[other] - y)
        near = inside & (kinds[rows[other]] == kinds[rows]) & (apart <= FARTHEST_M)
        candidates.append(rows[other])
        distances.append(np.where(near, apart, np.inf))
    ranked = np.argsort(np.stack(distances, axis=1), axis=1, kind="stable")[:, :MOST]
    chosen = np.take_along_axis(np.stack(candidates, axis=1), ranked, axis=1)
    near = np.isfinite(np.take_along_axis(np.stack(distances, axis=1), ranked, axis=1))
    found[rows] = np.where(near, chosen, NOBODY)
    return found


def middle(values: NDArray[np.float64], least: int) -> NDArray[np.float64]:
    """The median of each line (n, k) without its NaNs; NaN where fewer than `least` are left."""
    ordered = np.sort(values, axis=1)
    count = np.count_nonzero(~np.isnan(ordered), axis=1)
    last = np.maximum(count - 1, 0)
    lines = np.arange(len(ordered))
    median = (ordered[lines, last // 2] + ordered[lines, (last + 1) // 2]) / 2.0
    return np.where(count >= least, median, np.nan)


def _along(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Places on Morton's curve, which keeps together what is near."""
    size = max(float(np.ptp(x)), float(np.ptp(y)), 1.0)
    most = (1 << _BITS) - 1
    return _spread(((x - x.min()) / size * most).astype(np.int64)) | (
        _spread(((y - y.min()) / size * most).astype(np.int64)) << 1
    )


def _spread(bits: NDArray[np.int64]) -> NDArray[np.int64]:
    """A zero before each of 16 bits."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        bits = (bits | (bits << shift)) & mask
    return bits
