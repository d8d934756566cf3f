"""Terrain that is given as points and lines → triangles between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.report import Loss, Reason

if TYPE_CHECKING:
    from citiverse_tiling.model import CityObject, Float64Array, Polygons
    from citiverse_tiling.report import Report

LEAST_POINTS = 3
MOST_POINTS = 200_000
"""More of one object are thinned: the ground has no more than 400 000 nodes anyway."""


def finite_points(polygons: Polygons, item: CityObject, report: Report) -> Float64Array:
    """The points (N, 3) of a terrain that are numbers, at most about `MOST_POINTS` of them."""
    points = polygons.coordinates
    finite = np.isfinite(points).all(axis=1)
    report.repair("points of terrain that are no numbers, left out", int((~finite).sum()))
    points = points[finite]
    if len(points) > MOST_POINTS:
        report.warn(
            f"{item.place.file}: of the {len(points):,} points of {item.source_id} only some are"
            " used for the ground"
        )
        points = points[:: -(-len(points) // MOST_POINTS)]
    if len(points) < LEAST_POINTS:
        report.lose(Loss.of(item, Reason.TOO_FEW_POINTS, count=len(polygons)))
    else:
        report.write(item, len(polygons))
    return points


def triangles_between(points: Float64Array) -> Float64Array:
    """Delaunay's triangles (T, 3, 3) between points (N, 3), seen from above; none of fewer than 3.

    Of points above each other the last one counts.
    """
    if len(points) < LEAST_POINTS:
        return np.zeros((0, 3, 3))
    # Loading it takes a tenth of a second, which most runs don't need to spend.
    import shapely

    mesh = shapely.delaunay_triangles(shapely.multipoints(points[:, :2]))
    rings = shapely.get_coordinates(mesh).reshape(-1, 4, 2)[:, :3]
    if not len(rings):
        return np.zeros((0, 3, 3))
    keys = points[:, 0] + 1j * points[:, 1]
    order = np.argsort(keys, kind="stable")
    corners = rings.reshape(-1, 2)
    wanted = corners[:, 0] + 1j * corners[:, 1]
    found = order[np.searchsorted(keys[order], wanted, side="right") - 1]
    return np.asarray(points[found].reshape(-1, 3, 3))
