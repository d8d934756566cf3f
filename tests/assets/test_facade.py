"""Windows and doors of the town: in their walls, before air, and not too many triangles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_assets.details import installations
from citiverse_assets.facade import DOOR, SETBACK_M, WINDOW, Wall, wall
from citiverse_assets.houses import Building
from citiverse_assets.plan import rectangle
from citiverse_assets.shapes import Roof, Solid, Surface
from citiverse_assets.town import build

if TYPE_CHECKING:
    from citiverse_assets.shapes import Ring

MOST_TRIANGLES = 1500


@pytest.fixture(scope="module")
def detailed() -> tuple[Building, ...]:
    return tuple(building for building in build() if building.detailed)


@pytest.fixture(scope="module")
def made(detailed: tuple[Building, ...]) -> tuple[tuple[Building, tuple[Wall, ...]], ...]:
    return tuple((building, walls(building)) for building in detailed)


def house(roof: Roof, function: str = "home") -> Building:
    solid = Solid(rectangle((0.0, 60.0), 180.0, 8.0, 10.0), 1.9, 8.0, 12.0, roof)
    return Building("", function, 1750, 2, "Test Lane", "1", (solid,), detailed=True)


def front(building: Building) -> Wall:
    solid = building.solids[0]
    corner = tuple(round(value, 3) for value in solid.footprint[0])
    ring = next(r for s, r in solid.faces if s is Surface.WALL and r[0][:2] == corner)
    return wall(building, solid, ring, is_front=True, is_open=True)


def test_a_front_has_one_door_and_rows_of_windows() -> None:
    made = front(house(Roof.GABLE_ALONG))
    kinds = [opening.kind for opening in made.openings]
    assert kinds.count(DOOR) == 1
    assert kinds.count(WINDOW) >= 4
    assert len(made.holes) == len(made.openings)


def test_a_wall_without_air_before_it_stays_blind() -> None:
    building = house(Roof.GABLE_ALONG)
    ring = building.solids[0].faces[1][1]
    assert wall(building, building.solids[0], ring, True, is_open=False) == Wall(ring)


def test_a_gable_has_windows_under_the_roof_too() -> None:
    flat, gable = front(house(Roof.GABLE_ALONG)), front(house(Roof.GABLE_ACROSS))
    assert top(gable) > 8.0 > top(flat)


def test_openings_are_set_back_and_reveals_join_them_to_their_holes() -> None:
    made = front(house(Roof.STEPPED))
    for hole, opening in zip(made.holes, made.openings, strict=True):
        near = np.array(hole[::-1])
        far = np.array(opening.ring)
        assert np.linalg.norm(near - far, axis=1) == pytest.approx(SETBACK_M, abs=0.001)
    assert len(made.reveals) == sum(len(hole) for hole in made.holes)


def test_the_heart_has_many_detailed_houses_none_of_them_heavy(
    made: tuple[tuple[Building, tuple[Wall, ...]], ...],
) -> None:
    assert len(made) >= 40
    for building, its in made:
        assert triangles(building, its) <= MOST_TRIANGLES, building


def test_holes_are_inside_their_walls_and_in_their_planes(
    made: tuple[tuple[Building, tuple[Wall, ...]], ...],
) -> None:
    checked = 0
    for building, its in made:
        for each in its:
            outline = flat(each.ring, each.ring)
            for hole in each.holes:
                points = flat(each.ring, hole)
                assert np.abs(points[:, 2]).max() < 0.003, building
                for u, v, _ in points.tolist():
                    assert holds(outline, u, v), building
                checked += 1
    assert checked > 800


def test_holes_of_a_wall_keep_apart(made: tuple[tuple[Building, tuple[Wall, ...]], ...]) -> None:
    for building, its in made:
        for each in its:
            boxes = [
                (p.min(axis=0), p.max(axis=0)) for p in (flat(each.ring, h) for h in each.holes)
            ]
            for i, (low, high) in enumerate(boxes):
                for other_low, other_high in boxes[:i]:
                    apart = (low[:2] > other_high[:2] + 0.1) | (other_low[:2] > high[:2] + 0.1)
                    assert apart.any(), building


def test_details_have_planar_faces(made: tuple[tuple[Building, tuple[Wall, ...]], ...]) -> None:
    kinds = set()
    for building, its in made:
        for each in installations(building, its):
            kinds.add(each.kind)
            for _, ring in each.faces:
                assert np.abs(flat(ring, ring)[:, 2]).max() < 0.003, each.kind
    assert kinds == {"chimney", "dormer", "window sills"}


def walls(building: Building) -> tuple[Wall, ...]:
    """LoD3 walls of all solids, as the file has them."""
    made = []
    for solid in building.solids:
        corners = [(round(x, 3), round(y, 3)) for x, y in solid.footprint]
        for surface, ring in solid.faces:
            if surface is Surface.WALL and ring[0][:2] in corners and ring[0][2] == solid.base:
                side = corners.index(ring[0][:2])
                is_open = side in building.open_walls or solid is not building.solids[0]
                made.append(wall(building, solid, ring, side == 0, is_open))
    return tuple(made)


def triangles(building: Building, its: tuple[Wall, ...]) -> int:
    """Of the whole LoD3; a polygon of n points with h holes makes n + 2 h - 2."""
    total = sum(len(ring) - 2 for solid in building.solids for _, ring in solid.faces)
    for each in its:
        total += sum(len(hole) + 2 for hole in each.holes) + 2 * len(each.reveals)
        total += sum(len(opening.ring) - 2 for opening in each.openings)
    for part in installations(building, its):
        total += sum(len(ring) - 2 for _, ring in part.faces)
    return total


def top(made: Wall) -> float:
    return max(z for hole in made.holes for _, _, z in hole)


def flat(plane: Ring, ring: Ring) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Points of a ring in the plane of another: along its first side, across, and out of it."""
    origin, points = np.array(plane[0]), np.array(plane) - plane[0]
    normal = np.cross(points, np.roll(points, -1, axis=0)).sum(axis=0)
    normal /= np.linalg.norm(normal)
    along = points[1] / np.linalg.norm(points[1])
    return np.asarray(
        (np.array(ring) - origin) @ np.stack([along, np.cross(normal, along), normal]).T
    )


def holds(outline: np.ndarray[tuple[int, int], np.dtype[np.float64]], u: float, v: float) -> bool:
    odd = False
    for (a, b, _), (c, d, _) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if (b > v) != (d > v) and u < a + (c - a) * (v - b) / (d - b):
            odd = not odd
    return odd
