"""Every roof form closes its solid, faces outwards and is planar."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
import trimesh

from citiverse_assets.plan import rectangle
from citiverse_assets.shapes import Ring, Roof, Solid, Surface
from citiverse_assets.town import build

if TYPE_CHECKING:
    from citiverse_assets.houses import Building

FLATNESS_M = 0.003
"""Corners are written in millimetres, so a face may be out of its plane by that much."""


def solid(roof: Roof) -> Solid:
    top = 6.0 if roof is Roof.FLAT else 9.0
    return Solid(rectangle((3.0, 4.0), 200.0, 8.0, 11.0), 1.0, 6.0, top, roof)


@pytest.mark.parametrize("roof", list(Roof))
def test_each_roof_form_makes_a_closed_solid_that_faces_outwards(roof: Roof) -> None:
    mesh = as_mesh(solid(roof))
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume > 8.0 * 11.0 * 5.0 - 0.1


def test_the_block_has_the_volume_of_its_box() -> None:
    assert as_mesh(solid(Roof.FLAT)).volume == pytest.approx(8.0 * 11.0 * 5.0, abs=0.1)


def test_a_gabled_roof_adds_half_the_box_above_its_eaves() -> None:
    for roof in (Roof.GABLE_ALONG, Roof.GABLE_ACROSS):
        assert as_mesh(solid(roof)).volume == pytest.approx(8.0 * 11.0 * (5.0 + 1.5), abs=0.1)


def test_the_ridge_runs_as_the_roof_form_says() -> None:
    along, across = (ridge_direction(solid(roof)) for roof in (Roof.GABLE_ALONG, Roof.GABLE_ACROSS))
    front = np.subtract(solid(Roof.FLAT).footprint[0], solid(Roof.FLAT).footprint[1])
    assert abs(np.dot(along, front)) > 0.99 * np.linalg.norm(along) * np.linalg.norm(front)
    assert abs(np.dot(across, front)) < 0.01 * np.linalg.norm(across) * np.linalg.norm(front)


@pytest.fixture(scope="module")
def town() -> tuple[Building, ...]:
    return build()


def test_every_solid_of_the_town_is_closed_and_faces_outwards(town: tuple[Building, ...]) -> None:
    for building in town:
        for part in building.solids:
            mesh = as_mesh(part)
            assert mesh.is_watertight, building
            assert mesh.volume > 0.0, building


def test_every_edge_of_the_town_is_used_once_in_each_direction(town: tuple[Building, ...]) -> None:
    for building in town:
        for part in building.solids:
            edges = Counter(edge for _, ring in part.faces for edge in pairwise((*ring, ring[0])))
            assert set(edges.values()) == {1}, building
            assert all((b, a) in edges for a, b in edges), building


def test_every_face_of_the_town_is_planar(town: tuple[Building, ...]) -> None:
    worst = max(
        out_of_plane(ring)
        for building in town
        for part in building.solids
        for _, ring in part.faces
    )
    assert worst < FLATNESS_M


def test_every_roof_face_looks_up_and_every_ground_face_down(town: tuple[Building, ...]) -> None:
    signs = {Surface.ROOF: 1.0, Surface.GROUND: -1.0}
    for building in town:
        for part in building.solids:
            for surface, ring in part.faces:
                if surface in signs:
                    assert normal(ring)[2] * signs[surface] > 0.0, building


def as_mesh(part: Solid) -> trimesh.Trimesh:
    """Faces are convex, so fans of triangles do."""
    corners: list[tuple[float, float, float]] = []
    triangles: list[tuple[int, int, int]] = []
    for _, ring in part.faces:
        first = len(corners)
        corners.extend(ring)
        triangles.extend((first, first + i, first + i + 1) for i in range(1, len(ring) - 1))
    mesh = trimesh.Trimesh(np.array(corners), np.array(triangles), process=False)
    mesh.merge_vertices()
    return mesh


def normal(ring: Ring) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    points = np.array(ring) - ring[0]
    total = np.cross(points, np.roll(points, -1, axis=0)).sum(axis=0)
    return np.asarray(total / np.linalg.norm(total))


def out_of_plane(ring: Ring) -> float:
    points = np.array(ring)
    return float(np.abs((points - points.mean(axis=0)) @ normal(ring)).max())


def ridge_direction(part: Solid) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    top = sorted({p for _, ring in part.faces for p in ring if p[2] == part.ridge})
    return np.subtract(top[0][:2], top[1][:2])
