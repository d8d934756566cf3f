"""Looks go from a source's polygons to its tiles: numbered, spooled, meant from afar."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling.content.linear import TO_LINEAR, linear_colour
from citiverse_tiling.content.materials import PALETTE
from citiverse_tiling.image_library import ImageLibrary
from citiverse_tiling.looks import STEEP_SIDE, UPPER_SIDE, LookTable, far_look
from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.model import Appearance, Geometry
from citiverse_tiling.report import Reason, Report
from citiverse_tiling.transforms.clean_rings import clean_rings
from citiverse_tiling.transforms.drape import drape
from citiverse_tiling.transforms.ground import HeightField, level_field
from citiverse_tiling.transforms.smooth_land import smooth_land
from tiling.appearance_documents import image
from tiling.cities import UTM, box, building, meshes, polygons
from tiling.spools import spooled

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.meshes import Meshes
    from citiverse_tiling.model import Polygons
    from citiverse_tiling.spool import Spool
    from citiverse_tiling.spool_index import SpoolIndex

RED = Appearance(colour=(1.0, 0.0, 0.0, 1.0))
WALLS = slice(1, 5)
"""Of `cities.box`: its floor is the first face, its roof the last."""


def table(report: Report | None = None) -> LookTable:
    return LookTable(ImageLibrary(), report or Report())


def looking(shape: Polygons, rows: list[int], places: np.ndarray | None = None) -> Polygons:
    """The polygons with appearances; all show the middle of their image where nothing is said."""
    if places is None:
        places = np.full((len(shape.coordinates), 2), 0.5, np.float32)
    return replace(
        shape, appearances=np.array(rows, np.int32), texture_coordinates=places.astype(np.float32)
    )


def test_equal_looks_have_one_number_whatever_their_theme() -> None:
    looks = table()
    shape = looking(box(0, 0, 0, (1, 1, 1)), [0, 1, 0, 1, -1, 0])
    given = (RED, replace(RED, theme="winter"))
    found = looks.numbered(Geometry("1", UTM, shape, given), building("b", shape))
    assert found.appearances is not None
    assert found.appearances.tolist() == [0, 0, 0, 0, -1, 0]
    assert looks.looks == [RED]


def test_row_25_an_image_that_is_none_gives_way_to_the_colour(tmp_path: Path) -> None:
    report = Report()
    looks = table(report)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xffno more")
    shape = looking(box(0, 0, 0, (1, 1, 1)), [0, 0, 0, 1, 1, -1])
    given = (Appearance(str(broken)), Appearance(str(broken), colour=RED.colour))
    for name in ("one", "two"):
        found = looks.numbered(Geometry("1", UTM, shape, given), building(name, shape))
        assert found.appearances is not None
        assert found.appearances.tolist() == [-1, -1, -1, 0, 0, -1]
    assert looks.looks == [RED]
    report.list_images()
    (loss,) = report.losses
    assert (loss.reason, loss.object_id, loss.count) == (Reason.MISSING_IMAGE, "one", 10)
    assert str(tmp_path) not in loss.detail
    assert loss.detail.startswith("broken.jpg: ")


def dressed_meshes(shape: Polygons, groups: list[SurfaceGroup]) -> Meshes:
    """A mesh with the looks of its polygons, numbered as they are there."""
    made = meshes(shape)
    sizes = np.diff(shape.ring_offsets[shape.polygon_offsets])
    assert shape.appearances is not None
    normals = np.zeros((len(shape), 3), np.int8)
    normals[[0, -1], 2] = -127, 127
    return replace(
        made,
        normals=np.repeat(normals, sizes, axis=0),
        groups=np.repeat(np.array(groups, np.uint8), sizes),
        looks=np.repeat(shape.appearances, sizes),
        texture_coordinates=shape.texture_coordinates,
    )


BOX_GROUPS = [SurfaceGroup.GROUND, *[SurfaceGroup.WALL] * 4, SurfaceGroup.ROOF]


def test_from_afar_each_side_has_the_mean_of_its_colours() -> None:
    looks = table()
    looks.looks += [RED, Appearance(colour=(0.0, 0.0, 1.0, 1.0))]
    shape = looking(box(0, 0, 0, (10, 10, 10)), [0, 0, 0, 1, -1, -1])
    found = far_look(dressed_meshes(shape, BOX_GROUPS), looks)
    walls = found.colours[0, STEEP_SIDE]
    expected = np.array([[2, 0, 0], [0, 0, 1], PALETTE[SurfaceGroup.WALL]]).sum(axis=0) / 4
    assert np.abs(walls[:3] / 255 - expected).max() < 0.005
    assert walls[3] == 255
    assert found.colours[0, UPPER_SIDE].tolist() == [0, 0, 0, 0], "the roof has no look of its own"
    assert found.texels.tolist() == [0]


def test_from_afar_an_image_is_the_mean_of_what_is_shown_of_it(tmp_path: Path) -> None:
    looks = table()
    looks.looks.append(Appearance(str(image(tmp_path / "a.png", (64, 64)))))
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    upper_left, all_of_it = square * 0.4 + [0.05, 0.55], square
    places = np.concatenate([upper_left] * 5 + [all_of_it])
    shape = looking(box(0, 0, 0, (10, 10, 10)), [0] * 6, places)
    found = far_look(dressed_meshes(shape, BOX_GROUPS), looks)
    assert found.colours[0, STEEP_SIDE].tolist() == [255, 0, 0, 255]
    assert (found.colours[0, UPPER_SIDE, :2] > 80).all(), "half of it is red, half green"
    assert found.texels[0] == pytest.approx(5 * 0.16 * 64 * 64 + 64 * 64, abs=2)


def test_no_more_pixels_are_worth_showing_than_a_walker_sees(tmp_path: Path) -> None:
    looks = table()
    looks.looks.append(Appearance(str(image(tmp_path / "a.png", (1000, 1000)))))
    places = np.tile(np.array([[0, 0], [1, 0], [1, 1], [0, 1]]), (6, 1))
    shape = looking(box(0, 0, 0, (1, 1, 1)), [0] * 6, places)
    found = far_look(dressed_meshes(shape, BOX_GROUPS), looks)
    assert found.texels[0] == pytest.approx(6 * 50 * 50, rel=1e-3)


def test_linear_light_is_that_of_the_standard() -> None:
    assert TO_LINEAR[[0, 10, 255]] == pytest.approx([0, 0.0030353, 1], abs=1e-6)
    assert linear_colour((0.5, 2.0, float("nan"), 0.5)) == pytest.approx(
        [0.21586, 1, 0, 0.5], abs=1e-4
    )


# What keeps looks on their way


def test_the_spool_gives_back_looks_and_tells_who_has_none(tmp_path: Path) -> None:
    plain = meshes(box(0, 0, 0, (1, 1, 1)), box(2, 0, 0, (1, 1, 1)))
    shape = looking(box(4, 0, 0, (1, 1, 1)), [7, -1, -1, -1, -1, 0])
    looking_mesh = dressed_meshes(shape, BOX_GROUPS)
    batches = [(plain, [b"", b""]), (looking_mesh, [b""]), (plain, [b"", b""])]
    for segments in ([batches], [[batch] for batch in batches]):
        numbers = [np.arange(8, dtype=np.int32)] * len(segments)
        _gives_back_looks(*spooled(tmp_path / str(len(segments)), segments, numbers))


def _gives_back_looks(spool: Spool, index: SpoolIndex) -> None:
    for rows in ([0, 1], [3, 4], [0]):
        assert spool.meshes(index, np.array(rows)).looks is None
    found = spool.meshes(index, np.array([2]))
    mixed = spool.meshes(index, np.array([1, 2, 4]))
    assert found.looks is not None
    assert found.texture_coordinates is not None
    assert found.looks.tolist() == np.repeat([7, -1, -1, -1, -1, 0], 4).tolist()
    assert (found.texture_coordinates[found.looks >= 0] == 0.5).all()
    assert mixed.looks is not None
    assert mixed.looks[:24].max() == -1
    assert mixed.looks[24:48].tolist() == found.looks.tolist()
    assert mixed.looks[48:].max() == -1


def test_cleaning_takes_texture_coordinates_with_their_points() -> None:
    face = [[(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (1.0, 0.0, 0.0), (1.0, 1.0, 0.0), (0.0, 1.0, 0.0)]]
    line = [[(0.0, 0.0, 0.0), (1.0, 0.0, 0.0)]]
    given = polygons([line, face])
    places = np.arange(14).reshape(7, 2)
    shape = looking(given, [3, 5], places)
    found = clean_rings(shape, building("b", shape), Report())
    assert found.appearances is not None
    assert found.texture_coordinates is not None
    assert found.appearances.tolist() == [5]
    kept = [tuple(point) for point in found.coordinates.tolist()]
    assert kept == [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
    assert found.texture_coordinates[:, 0].tolist() in ([4, 6, 10, 12], [4, 8, 10, 12])


def flat_square(side: float = 40.0) -> Meshes:
    """A textured square of land on the ground, u and v from 0 to 1 over it."""
    corners = [(0.0, 0.0, 0.0), (side, 0.0, 0.0), (side, side, 0.0), (0.0, side, 0.0)]
    places = np.array(corners)[:, :2] / side
    shape = looking(polygons([[corners]]), [0], places)
    made = dressed_meshes(shape, [SurfaceGroup.GREEN])
    return replace(made, normals=np.tile(np.array([[0, 0, 127]], np.int8), (4, 1)))


def hilly() -> HeightField:
    field = level_field(np.zeros(2), np.full(2, 40.0), 64.0, 2.0, 10_000)
    return replace(field, heights=field.heights + np.sin(field.x / 5)[None, :] * 3)


def test_land_that_is_laid_on_the_ground_keeps_its_picture() -> None:
    laid = drape(flat_square(), hilly())
    assert len(laid.positions) > 50
    assert laid.looks is not None
    assert laid.texture_coordinates is not None
    assert (laid.looks == 0).all()
    assert np.allclose(laid.texture_coordinates, laid.positions[:, :2] / 40, atol=1e-6)


def test_smoothing_joins_no_vertices_with_looks() -> None:
    faces = [
        [[(x, 0.0, 0.0), (x + 1, 0.0, 0.0), (x + 1, 1.0, 0.0), (x, 1.0, 0.0)]] for x in (0.0, 1.0)
    ]
    made = dressed_meshes(looking(polygons(faces), [0, 0]), [SurfaceGroup.GREEN] * 2)
    made = replace(made, normals=np.tile(np.array([[0, 0, 127]], np.int8), (8, 1)))
    assert len(smooth_land(made, np.array([True])).positions) == 8
    plain = replace(made, looks=None, texture_coordinates=None)
    assert len(smooth_land(plain, np.array([True])).positions) == 6
