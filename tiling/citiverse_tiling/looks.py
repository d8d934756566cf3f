"""The looks of a city: each way that surfaces look, once; and what objects look like from afar."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiverse_tiling.content.linear import TO_LINEAR, linear_colour
from citiverse_tiling.content.materials import PALETTE
from citiverse_tiling.content.patches import FINEST_TEXEL_M, within
from citiverse_tiling.image_decoding import UnusableImage
from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.model import Appearance
from citiverse_tiling.transforms.surface_group import STEEP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.image_library import ImageLibrary
    from citiverse_tiling.meshes import Meshes
    from citiverse_tiling.model import (
        CityObject,
        Float64Array,
        Geometry,
        Int32Array,
        Int64Array,
        Polygons,
        UInt8Array,
        Wrap,
    )
    from citiverse_tiling.report import Report

STEEP_SIDE, UPPER_SIDE = 0, 1
_NO_SIDE = 2


def _centres(steps: int) -> Float64Array:
    """The middles of the equal triangles that a triangle is cut into, barycentric, (steps², 3)."""
    found = []
    for x in range(steps):
        for y in range(steps - x):
            found.append((x + 1 / 3, y + 1 / 3))
            if x + y < steps - 1:
                found.append((x + 2 / 3, y + 2 / 3))
    two = np.array(found) / steps
    return np.column_stack([two, 1 - two.sum(axis=1)])


_PLACES = _centres(4)


class FarLook(NamedTuple):
    """What n objects look like from afar, and how much there is to see of them nearby.

    colours  uint8 (n, 2, 4): of the walls and of what faces up, linear and opaque; opacity 0 where
             nothing there has a look of its own
    texels   int64 (n,): pixels of images that are worth showing
    """

    colours: UInt8Array
    texels: Int64Array


@dataclass(slots=True)
class LookTable:
    """All looks of a run, by number; images that can't be used are replaced by plain colours."""

    library: ImageLibrary
    report: Report
    looks: list[Appearance] = field(default_factory=list)
    _numbers: dict[Appearance, int] = field(default_factory=dict)

    def numbered(self, geometry: Geometry, item: CityObject) -> Polygons:
        """The polygons of an object's geometry, their `appearances` being rows of `looks`."""
        polygons = geometry.polygons
        if polygons.appearances is None:
            return polygons
        counts = np.bincount(polygons.appearances + 1, minlength=len(geometry.appearances) + 1)
        numbers = np.full(len(counts), -1, np.int32)
        for row in np.flatnonzero(counts[1:]).tolist():
            count = int(counts[row + 1])
            numbers[row + 1] = self._number(geometry.appearances[row], item, count)
        appearances = numbers[polygons.appearances + 1]
        if (appearances < 0).all():
            return replace(polygons, appearances=None, texture_coordinates=None)
        return replace(polygons, appearances=appearances)

    def adopt(self, looks: Sequence[Appearance]) -> Int32Array:
        """The numbers of looks of another table."""
        return np.array([self._enter(look) for look in looks], np.int32)

    def _number(self, look: Appearance, item: CityObject, count: int) -> int:
        look = replace(look, theme="")
        if look.image:
            try:
                self.library.small(look.image)
            except UnusableImage as problem:
                name, who = PurePath(look.image).name, (item.source_id, item.class_name)
                self.report.lose_image(item.place, who, name, str(problem), count)
                look = Appearance(colour=look.colour)
        if not look.image and look.colour is None:
            return -1
        return self._enter(look)

    def _enter(self, look: Appearance) -> int:
        if look not in self._numbers:
            self._numbers[look] = len(self.looks)
            self.looks.append(look)
        return self._numbers[look]


def far_look(meshes: Meshes, table: LookTable) -> FarLook:
    """The mean colours of objects, by area; where a side has looks, the palette has its say too.

    What faces up is the roof where there is one, and not its sills and balconies.
    """
    count = len(meshes)
    colours, texels = np.zeros((count, 2, 4), np.uint8), np.zeros(count, np.int64)
    if meshes.looks is None or meshes.texture_coordinates is None:
        return FarLook(colours, texels)
    triangles = meshes.global_triangles
    first = triangles[:, 0]
    looks = meshes.looks[first]
    corners = meshes.positions[triangles]
    crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.sqrt(np.einsum("ij,ij->i", crosses, crosses)) / 2
    seen = PALETTE[meshes.groups[first]]
    worth = np.zeros(len(looks))
    for number in np.unique(looks[looks >= 0]).tolist():
        rows = np.flatnonzero(looks == number)
        look = table.looks[number]
        if look.image:
            places = meshes.texture_coordinates[triangles[rows]].astype(np.float64)
            seen[rows] = _mean_seen(places, table.library.small(look.image), look.wrap)
            width, height = table.library.size(look.image)
            there = np.abs(_doubled_areas(places)) / 2 * width * height
            worth[rows] = np.minimum(there, areas[rows] / FINEST_TEXEL_M**2)
        elif look.colour is not None:
            seen[rows] = linear_colour(look.colour)[:3]
    owners = meshes.triangle_objects
    texels[:] = np.bincount(owners, worth, count)
    facing = meshes.normals[first, 2] / 127
    is_roof = (meshes.groups[first] == SurfaceGroup.ROOF) & (facing > 0)
    has_roof = np.bincount(owners, is_roof, count) > 0
    is_upper = is_roof | ((facing > 0) & ~has_roof[owners])
    sides = np.where(np.abs(facing) < STEEP, STEEP_SIDE, np.where(is_upper, UPPER_SIDE, _NO_SIDE))
    for side in (STEEP_SIDE, UPPER_SIDE):
        colours[:, side] = _mean_colours(
            seen, np.where(sides == side, areas, 0.0), looks, owners, count
        )
    return FarLook(colours, texels)


def _mean_colours(
    seen: Float64Array, weights: Float64Array, looks: Int32Array, owners: Int64Array, count: int
) -> UInt8Array:
    """Weighted means of triangles' colours (T, 3) by object, (n, 4)."""
    total = np.bincount(owners, weights, count)
    has_look = np.bincount(owners, np.where(looks >= 0, weights, 0.0), count) > 0
    result = np.zeros((count, 4), np.uint8)
    for channel in range(3):
        sums = np.bincount(owners, weights * seen[:, channel], count)
        result[:, channel] = np.where(has_look, np.rint(255 * sums / np.maximum(total, 1e-12)), 0)
    result[:, 3] = np.where(has_look, 255, 0)
    return result


def _mean_seen(places: Float64Array, pixels: UInt8Array, wrap: Wrap) -> Float64Array:
    """What triangles (T, 3, 2) show of an image, in the mean of places all over, linear, (T, 3)."""
    points = np.einsum("kc,tcx->tkx", _PLACES, places)
    height, width = pixels.shape[:2]
    inside = within(np.nan_to_num(points), wrap)
    columns = np.clip((inside[..., 0] * width).astype(int), 0, width - 1)
    rows = np.clip(((1 - inside[..., 1]) * height).astype(int), 0, height - 1)
    means: Float64Array = TO_LINEAR[pixels[rows, columns, :3]].mean(axis=1)
    return means


def _doubled_areas(places: Float64Array) -> Float64Array:
    one, two = places[:, 1] - places[:, 0], places[:, 2] - places[:, 0]
    areas: Float64Array = np.nan_to_num(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])
    return areas
