"""The ground has no cracks, fits its neighbours, and follows the terrain."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_assets import countryside, heart, terrain
from citiverse_assets.fields import polygon, ribbon
from citiverse_assets.ground import Ground, ground
from citiverse_assets.town import AROUND

if TYPE_CHECKING:
    from citiverse_assets.district import District

BOX = (0.0, -96.0, 192.0, 96.0)


@pytest.fixture(scope="module")
def land() -> Ground:
    return ground(BOX, (ribbon(((10.0, 20.0), (90.0, 70.0), (180.0, 60.0)), 3.0),))


def test_triangles_cover_the_rectangle_once_and_look_up(land: Ground) -> None:
    a, b, c = (land.points[land.triangles[:, i], :2] for i in range(3))
    (u, v), (s, t) = (b - a).T, (c - a).T
    areas = (u * t - v * s) / 2
    assert (areas > 0).all()
    assert areas.sum() == pytest.approx(192.0 * 192.0)


def test_each_edge_inside_is_shared_by_two_triangles(land: Ground) -> None:
    edges = Counter((int(t[i]), int(t[(i + 1) % 3])) for t in land.triangles for i in range(3))
    assert set(edges.values()) == {1}
    alone = [edge for edge in edges if edge[::-1] not in edges]
    for a, b in alone:
        on_border = [
            land.points[a][axis] == land.points[b][axis] == side
            for axis, side in ((0, BOX[0]), (1, BOX[1]), (0, BOX[2]), (1, BOX[3]))
        ]
        assert any(on_border)


def test_it_follows_the_terrain_where_people_walk(heart_district: District) -> None:
    land = heart_district.ground
    middles = land.points[land.triangles].mean(axis=1)
    walked = middles[(middles[:, 1] > 2.0) & (np.abs(middles[:, 0]) < 200.0)]
    off = np.abs(terrain.heights(walked[:, 0], walked[:, 1]) - walked[:, 2])
    assert off.max() < 0.1


def test_a_border_makes_it_finer_and_a_straight_one_hardly() -> None:
    square = (0.0, 96.0, 96.0, 192.0)
    plain = len(ground(square, ()).triangles)
    straight = polygon(((30.0, 96.0), (60.0, 96.0), (60.0, 192.0), (30.0, 192.0)))
    curved = ribbon(((20.0, 100.0), (60.0, 120.0), (30.0, 180.0)), 1.6)
    assert len(ground(square, (straight,)).triangles) < plain * 1.3
    assert len(ground(square, (curved,)).triangles) > plain * 1.5


def test_neighbours_have_the_same_points_along_their_border(heart_district: District) -> None:
    for name, box in AROUND:
        other = countryside.district(name, box, 1, roads=True).ground
        assert along_border(heart_district.ground, box) == along_border(other, heart.BOX), name


def along_border(land: Ground, box: tuple[float, float, float, float]) -> set[tuple[float, ...]]:
    """The points of a ground that lie in a (closed) rectangle."""
    x, y = land.points[:, 0], land.points[:, 1]
    inside = (x >= box[0]) & (y >= box[1]) & (x <= box[2]) & (y <= box[3])
    x, y = land.points[inside, 0], land.points[inside, 1]
    west, south, east, north = heart.BOX
    on = (x == west) | (x == east) | (y == south) | (y == north)
    return {tuple(point) for point in land.points[inside][on].tolist() if in_heart(point)}


def in_heart(point: list[float]) -> bool:
    west, south, east, north = heart.BOX
    return west <= point[0] <= east and south <= point[1] <= north
