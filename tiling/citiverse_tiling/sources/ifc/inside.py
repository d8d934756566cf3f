"""Where the floors of a model are: of its buildings and storeys by their frames, of rooms by their
bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from citiverse_tiling.ifc.messages import Frame
    from citiverse_tiling.model import Float64Array, Int64Array

MOST_CORNERS = 256
"""Of the floor of a room; of rounder ones some are left out."""

_FACES_DOWN = -0.7
_STRAIGHT = 1e-3
_SAME_POINT_M = 1e-3
_CORNER_BITS = 32


def points_of(frame: Frame) -> Float64Array:
    """The origin of a frame, and a point a metre ahead of it, (2, 3) in metres of the model."""
    ahead = np.array([*frame.ahead, 0.0])
    origin = np.array(frame.origin)
    return np.stack([origin, origin + ahead / np.linalg.norm(ahead)])


def floor_of(corners: Float64Array) -> Float64Array:
    """The floor of a room whose body has the triangles `corners` (T, 3, 3), in metres.

    Its outline seen from above is that of the largest piece of what faces down, as high as the
    lowest of the body: (N, 3), counter-clockwise, without the holes that columns make; (0, 3) where
    nothing faces down.
    """
    if not len(corners):
        return np.zeros((0, 3))
    lowest = float(corners[..., 2].min())
    ahead, aside = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    across = np.cross(ahead, aside)
    faces_down = across[:, 2] < _FACES_DOWN * np.linalg.norm(across, axis=1)
    plan = corners[faces_down, ::-1, :2]
    rings = [_without_straight(ring) for ring in _rings(plan)]
    if not rings:
        return np.zeros((0, 3))
    outline = max(rings, key=_area)
    if _area(outline) <= 0:
        return np.zeros((0, 3))
    if len(outline) > MOST_CORNERS:
        outline = outline[np.arange(MOST_CORNERS) * len(outline) // MOST_CORNERS]
    return np.column_stack([outline, np.full(len(outline), lowest)])


def _rings(plan: Float64Array) -> list[Float64Array]:
    """The rims of triangles (T, 3, 2) that share edges, each counter-clockwise round its inside."""
    points, places = np.unique(
        np.round(plan.reshape(-1, 2) / _SAME_POINT_M).astype(np.int64), axis=0, return_inverse=True
    )
    triangles = places.reshape(-1, 3)
    begins, ends = triangles.ravel(), triangles[:, [1, 2, 0]].ravel()
    key, back = begins << _CORNER_BITS | ends, ends << _CORNER_BITS | begins
    is_rim = ~np.isin(key, back) & (begins != ends)
    following: dict[int, list[int]] = {}
    for begin, end in zip(begins[is_rim].tolist(), ends[is_rim].tolist(), strict=True):
        following.setdefault(begin, []).append(end)
    corners: Float64Array = points.astype(np.float64) * _SAME_POINT_M
    return [corners[ring] for ring in _followed(following)]


def _followed(following: dict[int, list[int]]) -> list[Int64Array]:
    """Rings of corners, each edge (corner, next one) in one of them."""
    rings = []
    for first in list(following):
        while following[first]:
            ring, here = [first], following[first].pop()
            while here != first and following.get(here):
                ring.append(here)
                here = following[here].pop()
            if here == first:
                rings.append(np.array(ring))
    return rings


def _without_straight(ring: Float64Array) -> Float64Array:
    """A ring (N, 2) without the corners that lie on the way between their neighbours."""
    behind, ahead = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
    bend = np.abs(behind[:, 0] * ahead[:, 1] - behind[:, 1] * ahead[:, 0])
    reach = np.linalg.norm(behind, axis=1) + np.linalg.norm(ahead, axis=1)
    kept: Float64Array = ring[bend > _STRAIGHT * np.maximum(reach, _SAME_POINT_M)]
    return kept if len(kept) >= 3 else ring


def _area(ring: Float64Array) -> float:
    """Of a ring (N, 2), m², above 0 where it goes counter-clockwise."""
    after = np.roll(ring, -1, axis=0)
    return float((ring[:, 0] * after[:, 1] - after[:, 0] * ring[:, 1]).sum() / 2)
