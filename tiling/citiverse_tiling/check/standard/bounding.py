"""Bounding volumes: in themselves, and content inside of its tile (3D Tiles 1.1, 7.3)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import msgspec
import numpy as np

if TYPE_CHECKING:
    from citiverse_tiling.check.standard.documents import BoundingVolume, Json
    from citiverse_tiling.check.standard.report import Report
    from citiverse_tiling.model import Float64Array

S2 = "3DTILES_bounding_volume_S2"
TOLERANCE = 1e-6


def check_volume(where: str, volume: BoundingVolume, report: Report) -> None:
    """One of box, region and sphere, with numbers that make sense."""
    s2 = (volume.extensions or {}).get(S2)
    if volume.box is None and volume.region is None and volume.sphere is None:
        if not volume.extensions:
            report.bad(where, "it has no bounding volume", "a box, region or sphere")
        elif s2 is None:
            report.not_checked(f"{where}: a bounding volume of an extension")
    if volume.sphere is not None and volume.sphere[3] < 0:
        report.bad(where, f"its radius is {volume.sphere[3]}", "0 or more")
    if volume.region is not None:
        _check_region(where, volume.region, report)
    if s2 is not None:
        _check_s2(where, s2, report)


def _check_region(where: str, region: list[float], report: Report) -> None:
    west, south, east, north, low, high = region
    half = math.pi / 2
    for name, value, limit in (
        ("west", west, math.pi),
        ("east", east, math.pi),
        ("south", south, half),
        ("north", north, half),
    ):
        if abs(value) > limit + TOLERANCE:
            report.bad(where, f"{name} of its region is {value} radians", f"at most ±{limit:.4f}")
    if south > north or low > high:
        report.bad(where, "its region is upside down", "south ≤ north, least ≤ greatest height")


class _S2(msgspec.Struct, rename="camel", frozen=True):
    """3DTILES_bounding_volume_S2: a cell by its token, and heights in metres."""

    token: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{1,16}$")]
    minimum_height: float
    maximum_height: float


def _check_s2(where: str, extension: dict[str, Json], report: Report) -> None:
    try:
        s2 = msgspec.convert(extension, _S2)
    except msgspec.ValidationError as error:
        report.bad(where, f"{S2}: {error}", "a token and two heights")
        return
    if not _is_cell(int(s2.token.ljust(16, "0"), 16)):
        report.bad(where, f"{s2.token} is no S2 cell", "a face below 6, a marker at an even bit")
    if s2.minimum_height > s2.maximum_height:
        report.bad(where, "its least height is above its greatest", "the other way round")


def _is_cell(number: int) -> bool:
    """Whether 64 bits are an S2 cell id: one of 6 faces, lowest set bit at an even place."""
    lowest = number & -number
    return number >> 61 < 6 and bool(lowest & 0x1555555555555555)


def check_inside(where: str, inner: BoundingVolume, outer: BoundingVolume, report: Report) -> None:
    """Content's volume inside of its tile's, as far as both are of kinds in one frame."""
    if inner.region is not None and outer.region is not None:
        a, b = inner.region, outer.region
        outside = (b[0] - a[0], b[1] - a[1], a[2] - b[2], a[3] - b[3], b[4] - a[4], a[5] - b[5])
        holds = max(outside) <= TOLERANCE or b[0] > b[2] or a[0] > a[2]
    else:
        points = _points(inner)
        if points is None or (outer.box is None and outer.sphere is None):
            return
        holds = _holds(outer, points)
    if not holds:
        report.bad(where, "its content's bounding volume reaches out of the tile's", "inside")


def _points(volume: BoundingVolume) -> Float64Array | None:
    """Corners of a box, or the six ends of a sphere, (n, 3)."""
    if volume.box is not None:
        box = np.array(volume.box)
        signs = (np.arange(8)[:, None] >> np.arange(3) & 1) * 2.0 - 1.0
        corners: Float64Array = box[:3] + signs @ box[3:].reshape(3, 3)
        return corners
    if volume.sphere is not None:
        sphere = np.array(volume.sphere)
        ends: Float64Array = sphere[:3] + sphere[3] * np.vstack((np.eye(3), -np.eye(3)))
        return ends
    return None


def _holds(outer: BoundingVolume, points: Float64Array) -> bool:
    if outer.sphere is not None:
        sphere = np.array(outer.sphere)
        away = np.linalg.norm(points - sphere[:3], axis=1)
        return bool((away <= sphere[3] * (1 + TOLERANCE) + TOLERANCE).all())
    box = np.array(outer.box)
    axes = box[3:].reshape(3, 3)
    lengths = np.linalg.norm(axes, axis=1)
    along = np.abs((points - box[:3]) @ (axes / np.maximum(lengths, 1e-12)[:, None]).T)
    return bool((along <= lengths * (1 + TOLERANCE) + TOLERANCE).all())
