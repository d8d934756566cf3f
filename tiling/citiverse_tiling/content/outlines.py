"""Land for far tiles: each patch is its outline with fewer corners, filled anew.

A street that follows the terrain has thousands of triangles, but seen from afar it is a strip. So
it stays whole where there is room for a tenth or a hundredth of what it has near by. Corners go as
Douglas and Peucker have it (1973, "Algorithms for the reduction of the number of points required to
represent a digitized line"), without letting an outline cross itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.content.vertices import colour_sources
from citiverse_tiling.transforms.triangulate import triangulate

if TYPE_CHECKING:
    import numpy.typing as npt
    from shapely import Geometry

    from citiverse_tiling.content.glb import TileMesh
    from citiverse_tiling.model import Float64Array, Int64Array

FINEST_M = 0.5
"""Outlines move by this at first, then by twice as much each time."""

_STEPS_PER_M = 100
"""Corners in one square centimetre are one."""

_BITS = 31
_ALIKE = 0.02
"""An outline holds all of its patch's faces where it has their area, but for this share."""


def outlined(mesh: TileMesh, most_triangles: float, most_m: float) -> TileMesh:
    """The mesh with at most so many triangles, if no outline must move by more than `most_m`.

    Where it would, it has the triangles that are left at `most_m`. Steep faces go that are no
    higher than this, such as those of kerbs. Patches without an outline, such as those whose faces
    overlap, stay as they are.
    """
    if len(mesh.triangles) <= most_triangles or most_m <= 0:
        return mesh
    patches = _Patches.of(mesh, most_m)
    tolerance_m = min(FINEST_M, most_m)
    found = patches.filled(tolerance_m)
    while len(found.triangles) > most_triangles and 2 * tolerance_m <= most_m:
        tolerance_m *= 2
        found = patches.filled(tolerance_m)
    return found


@dataclass(frozen=True, slots=True)
class _Patches:
    """The outlines of a mesh's patches: faces of one feature, group and colour that look up.

    outlines  areas, (P,); the third coordinate of a corner is the vertex of the mesh that it was
    others    int64 (T, 3): triangles that stay as they are
    """

    mesh: TileMesh
    outlines: npt.NDArray[np.object_]
    others: Int64Array

    @staticmethod
    def of(mesh: TileMesh, most_m: float) -> _Patches:
        patches = _patches_of(mesh)
        steps = np.rint(mesh.positions[:, :2] * _STEPS_PER_M).astype(np.int64)
        keys = np.column_stack([patches, _packed(steps)])
        order = np.lexsort((keys[:, 1], keys[:, 0]))
        is_new = np.ones(len(order), np.bool_)
        is_new[1:] = (np.diff(keys[order], axis=0) != 0).any(axis=1)
        places = np.empty(len(order), np.int64)
        places[order] = np.cumsum(is_new) - 1
        corners = order[is_new]
        drawn = places[mesh.triangles]
        areas = _areas(steps[corners][drawn])
        owners = patches[mesh.triangles[:, 0]]
        sums = np.bincount(owners, np.maximum(areas, 0.0)).astype(np.float64)
        points = np.column_stack([steps[corners] / _STEPS_PER_M, corners])
        numbers, outlines = _outlines(points, drawn[areas > 0], patches[corners], sums)
        has = np.array([outline is not None for outline in outlines], np.bool_)
        is_drawn_anew = np.isin(owners, numbers[has])
        heights = np.ptp(mesh.positions[mesh.triangles, 2], axis=1)
        stays = ~is_drawn_anew | ((areas <= 0) & (heights > most_m))
        return _Patches(mesh, outlines[has], mesh.triangles[stays])

    def filled(self, tolerance_m: float) -> TileMesh:
        """The mesh with outlines whose corners are left out where that moves them so little."""
        import shapely  # only far land pays for it

        fewer = shapely.simplify(self.outlines, tolerance_m, preserve_topology=True)
        triangles = np.concatenate([_filled(fewer), self.others])
        used, renumbered = np.unique(triangles, return_inverse=True)
        mesh = self.mesh
        return replace(
            mesh,
            positions=mesh.positions[used],
            normals=mesh.normals[used],
            groups=mesh.groups[used],
            feature_ids=None if mesh.feature_ids is None else mesh.feature_ids[used],
            triangles=renumbered.reshape(-1, 3),
            colours=None if mesh.colours is None else mesh.colours[used],
        )


def _filled(areas: npt.NDArray[np.object_]) -> Int64Array:
    """Triangles of areas, (T, 3): the third coordinates of their corners."""
    import shapely  # only far land pays for it

    rings, owners = shapely.get_rings(shapely.get_parts(areas), return_index=True)
    corners, of_ring = shapely.get_coordinates(rings, include_z=True, return_index=True)
    if not len(rings):
        return np.zeros((0, 3), np.int64)
    is_last = np.diff(of_ring, append=-1) != 0
    corners, of_ring = corners[~is_last], of_ring[~is_last]
    ring_offsets = np.searchsorted(of_ring, np.arange(len(rings) + 1))
    polygon_offsets = np.searchsorted(owners, np.arange(owners.max(initial=-1) + 2))
    done = triangulate(corners * [1.0, 1.0, 0.0], ring_offsets, polygon_offsets)
    triangles = done.triangles.copy()
    turned = done.normals[done.triangle_polygons, 2] < 0
    triangles[turned] = triangles[turned, ::-1]
    vertices: Int64Array = corners[triangles, 2].astype(np.int64)
    return vertices


def _patches_of(mesh: TileMesh) -> Int64Array:
    """Which patch each vertex belongs to, (V,), from 0."""
    features = np.zeros(len(mesh.groups), np.int64)
    if mesh.feature_ids is not None:
        features = mesh.feature_ids
    colours = np.zeros((len(features), 0), np.uint8) if mesh.colours is None else mesh.colours
    rows = np.column_stack([features, mesh.groups, colour_sources(mesh), colours])
    numbers: Int64Array = np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)
    return numbers


def _packed(steps: Int64Array) -> Int64Array:
    """One number for each place (n, 2)."""
    packed: Int64Array = (steps[:, 0] << _BITS) + steps[:, 1]
    return packed


def _areas(corners: Int64Array) -> Float64Array:
    """Of triangles (T, 3, 2) seen from above, m²; negative where they are seen from below."""
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    doubled = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    areas: Float64Array = doubled / (2 * _STEPS_PER_M**2)
    return areas


def _outlines(
    points: Float64Array, drawn: Int64Array, patches: Int64Array, areas: Float64Array
) -> tuple[Int64Array, npt.NDArray[np.object_]]:
    """Patches that have any, rising, and what lies within the edges that one triangle alone has.

    `points` (C, 3) and `patches` (C,) are those of the corners of the triangles `drawn` (T, 3),
    `areas` (P,) of the patches. There is None where that isn't the patch's area.
    """
    import shapely  # only far land pays for it

    edges = np.concatenate([drawn[:, [0, 1]], drawn[:, [1, 2]], drawn[:, [2, 0]]])
    there = edges[:, 0] * len(points) + edges[:, 1]
    back = edges[:, 1] * len(points) + edges[:, 0]
    rim = edges[~np.isin(there, back)]
    owners = patches[rim[:, 0]]
    order = np.argsort(owners, kind="stable")
    numbers, first = np.unique(owners[order], return_index=True)
    lines = shapely.linestrings(points[rim[order]])
    outlines = np.full(len(numbers), None)
    for row, some in enumerate(np.split(lines, first[1:]) if len(numbers) else ()):
        rims = shapely.multilinestrings(some)
        outlines[row] = _area(rims, areas[numbers[row]]) or _area(_noded(rims), areas[numbers[row]])
    return numbers, outlines


def _area(lines: Geometry | None, expected: float) -> Geometry | None:
    """What lies within some lines, if it is as large as expected."""
    import shapely  # only far land pays for it

    if lines is None:
        return None
    try:
        area = shapely.build_area(lines)
    except shapely.GEOSException:
        return None
    return area if abs(area.area - expected) <= _ALIKE * expected else None


def _noded(lines: Geometry) -> Geometry | None:
    """Lines that meet in corners only: those of faces with an edge in common may have others.

    Where they cross, they go by the nearest corner. None where they cross too often to be told.
    """
    import shapely  # only far land pays for it

    corners = shapely.get_coordinates(lines, include_z=True)
    tree = shapely.STRtree(shapely.points(corners[:, :2]))

    def at_corners(points: Float64Array) -> Float64Array:
        nearest: Float64Array = corners[tree.nearest(shapely.points(points[:, :2]))]
        return nearest

    try:
        crossed = shapely.node(lines)
    except shapely.GEOSException:
        return None
    return shapely.transform(crossed, at_corners, include_z=True)
