"""Bounding volumes of 3D Tiles 1.1 (OGC 22-025r4, 7.3): points that span them, and their parts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from pyproj import Transformer

if TYPE_CHECKING:
    from citiverse_tiling.check.standard.documents import BoundingVolume
    from citiverse_tiling.model import Float64Array

_SIGNS = (np.arange(8)[:, None] >> np.arange(3) & 1) * 2.0 - 1.0
_STEPS = 5
"""A region is curved: it is spanned by so many points along each side, at both heights."""


def points_of(volume: BoundingVolume, transform: Float64Array) -> Float64Array | None:
    """Points in ECEF (n, 3) around a volume; `transform` (4, 4) doesn't move regions.

    None where the volume is of an extension, or isn't made of numbers.
    """
    if volume.region is not None:
        points = _region(volume.region)
    elif volume.box is not None:
        box = np.array(volume.box)
        points = moved(box[:3] + _SIGNS @ box[3:].reshape(3, 3), transform)
    elif volume.sphere is not None:
        sphere = np.array(volume.sphere)
        radius = sphere[3] * scale_of(transform)
        points = moved(sphere[None, :3], transform) + _SIGNS * radius
    else:
        return None
    return points if np.isfinite(points).all() else None


def moved(points: Float64Array, transform: Float64Array) -> Float64Array:
    """Points (n, 3) by an affine matrix (4, 4)."""
    result: Float64Array = points @ transform[:3, :3].T + transform[:3, 3]
    return result


def scale_of(transform: Float64Array) -> float:
    """The largest scale of an affine matrix along its axes (3D Tiles 1.1, 7.4)."""
    return float(np.linalg.norm(transform[:3, :3], axis=0).max())


def part_of(volume: BoundingVolume, place: tuple[int, int, int, int], axes: int) -> BoundingVolume:
    """The volume of an implicit tile at level, x, y, z, of a root's box or region (9.3)."""
    level, *at = place
    share = 0.5**level
    if volume.region is not None:
        west, south, east, north, low, high = volume.region
        # A region may reach across the antimeridian.
        width = (east - west) % (2 * math.pi) or east - west
        step_x, step_y = width * share, (north - south) * share
        step_z = (high - low) * (share if axes == 3 else 1.0)
        bottom = low + step_z * (at[2] if axes == 3 else 0)
        left, front = west + step_x * at[0], south + step_y * at[1]
        region = [left, front, left + step_x, front + step_y, bottom, bottom + step_z]
        return type(volume)(region=region)
    if volume.box is None:
        return volume
    box = np.array(volume.box)
    centre, half = box[:3], box[3:].reshape(3, 3).copy()
    for axis in range(axes):
        centre = centre + half[axis] * ((2 * at[axis] + 1) * share - 1)
        half[axis] *= share
    return type(volume)(box=[*centre.tolist(), *half.ravel().tolist()])


def _region(region: list[float]) -> Float64Array:
    west, south, east, north, low, high = region
    if east < west:
        east += 2 * math.pi
    lon, lat, height = np.meshgrid(
        np.linspace(west, east, _STEPS), np.linspace(south, north, _STEPS), [low, high]
    )
    to_ecef = Transformer.from_crs(4979, 4978, always_xy=True)
    return np.column_stack(
        to_ecef.transform(lon.ravel(), lat.ravel(), height.ravel(), radians=True)
    )
