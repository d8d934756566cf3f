"""A far block shows what is behind it, as somebody before it would see it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.content import atlas
from citiverse_tiling.content.baking import Palette, Surfaces, bake
from citiverse_tiling.content.materials import palette_colour
from citiverse_tiling.content.tile_meshes import block_mesh
from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.model import Appearance, Wrap
from citiverse_tiling.transforms.block import Blocks

if TYPE_CHECKING:
    from citiverse_tiling.content.glb import TileMesh

RED, GREEN, BLUE, YELLOW = (220, 20, 20), (20, 200, 20), (20, 20, 220), (220, 200, 20)
QUARTERS = np.array([[RED, GREEN], [BLUE, YELLOW]], np.uint8).repeat(32, 0).repeat(32, 1)
"""Upper left, upper right, lower left, lower right."""

TEXEL_M = 0.25
TEXTURED, COLOURED = 0, 1
LOOKS = (Appearance("quarters", Wrap.REPEAT), Appearance(colour=(0.1, 0.9, 0.9, 1.0)))


class Pixels:
    def full(self, path: str) -> np.ndarray:
        return QUARTERS

    def small(self, path: str) -> np.ndarray:
        return QUARTERS

    def size(self, path: str) -> tuple[int, int]:
        return 64, 64


PALETTE = Palette(LOOKS, Pixels())


def blocks(places: list[tuple[float, float]], *, gabled: bool = False) -> Blocks:
    """Blocks of 12 m × 8 m, 6 m high, along x."""
    count = len(places)
    return Blocks(
        np.array(places, np.float64),
        np.tile([1.0, 0.0], (count, 1)),
        np.tile([6.0, 4.0], (count, 1)),
        np.tile([0.0, 6.0], (count, 1)),
        np.full(count, 4.0 if gabled else 6.0),
        np.zeros(count),
    )


def wall(
    corners: np.ndarray, look: int, owner: int = 0, group: SurfaceGroup = SurfaceGroup.WALL
) -> Surfaces:
    """A quad, lower left corner first, counter-clockwise; it shows its image once."""
    return Surfaces(
        np.asarray(corners, np.float64),
        np.array([[0, 1, 2], [0, 2, 3]]),
        np.full(4, group, np.uint8),
        np.full(4, look, np.int32),
        np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32),
        np.full(2, owner),
    )


def together(*parts: Surfaces) -> Surfaces:
    starts = np.cumsum([0, *(len(one.positions) for one in parts[:-1])])
    return Surfaces(
        np.concatenate([one.positions for one in parts]),
        np.concatenate([one.triangles + at for one, at in zip(parts, starts, strict=True)]),
        np.concatenate([one.groups for one in parts]),
        np.concatenate([one.looks for one in parts]),
        np.concatenate([one.places for one in parts]),
        np.concatenate([one.owners for one in parts]),
    )


def front(depth: float = 0.0, owner: int = 0, look: int = TEXTURED, x: float = 0.0) -> Surfaces:
    """The southern wall of a block at x."""
    y = -4.0 + depth
    low, high = (x - 6.0, y, 0.0), (x + 6.0, y, 6.0)
    return wall(np.array([low, (high[0], y, 0.0), high, (low[0], y, 6.0)]), look, owner)


def made(mesh: TileMesh, behind: Surfaces, most: int = 1024) -> tuple[TileMesh, np.ndarray]:
    found = bake(mesh, behind, PALETTE, TEXEL_M, most)
    assert found is not None
    return found


def seen(
    mesh: TileMesh, image: np.ndarray, point: tuple[float, float, float], normal: tuple[int, ...]
) -> list[int]:
    """The colour at a point of the side that looks that way."""
    assert mesh.images is not None
    assert mesh.texture_coordinates is not None
    corners = mesh.positions[mesh.triangles]
    turned = (mesh.normals[mesh.triangles[:, 0]] == np.array(normal)).all(axis=1)
    for triangle, own in zip(mesh.triangles[turned], corners[turned], strict=True):
        edges = np.stack([own[1] - own[0], own[2] - own[0]], axis=1)
        weights, *_ = np.linalg.lstsq(edges, np.array(point) - own[0], rcond=None)
        if weights.min() < -1e-6 or weights.sum() > 1 + 1e-6:
            continue
        if np.linalg.norm(edges @ weights - (np.array(point) - own[0])) > 1e-6:
            continue
        assert (mesh.images[triangle] == 0).all()
        places = mesh.texture_coordinates[triangle]
        u, v = places[0] + weights @ (places[1:] - places[0])
        height, width = image.shape[:2]
        return list(image[int(v * height), int(u * width)].tolist())
    raise AssertionError("no such point on a side that looks that way")


SOUTH, NORTH, UP = (0, -127, 0), (0, 127, 0), (0, 0, 127)


def test_a_side_shows_the_wall_behind_it_where_it_is() -> None:
    mesh = block_mesh(blocks([(0, 0)]), np.zeros((1, 2, 4), np.uint8), np.zeros(3))
    dressed, image = made(mesh, front(depth=0.3))
    for place, colour in (
        ((-3, 4.5), RED),
        ((3, 4.5), GREEN),
        ((-3, 1.5), BLUE),
        ((3, 1.5), YELLOW),
    ):
        assert seen(dressed, image, (place[0], -4.0, place[1]), SOUTH) == list(colour)


def test_what_lies_farther_out_hides_what_is_behind() -> None:
    mesh = block_mesh(blocks([(0, 0)]), np.zeros((1, 2, 4), np.uint8), np.zeros(3))
    hidden = front(depth=3.0)
    before = replace(front(look=COLOURED), places=np.zeros((4, 2), np.float32))
    dressed, image = made(mesh, together(hidden, before))
    assert np.abs(np.array(seen(dressed, image, (2, -4, 3), SOUTH)) - [26, 230, 230]).max() <= 1


def test_sides_behind_which_nothing_is_have_the_mean_of_the_block() -> None:
    mesh = block_mesh(blocks([(0, 0)]), np.zeros((1, 2, 4), np.uint8), np.zeros(3))
    dressed, image = made(mesh, front())
    mean = QUARTERS.reshape(-1, 3).mean(axis=0)
    assert np.abs(np.array(seen(dressed, image, (0, 4, 3), NORTH)) - mean).max() < 6
    assert np.abs(np.array(seen(dressed, image, (0, 0, 6), UP)) - mean).max() < 6


def test_blocks_without_images_behind_them_stay_as_they_are() -> None:
    mesh = block_mesh(blocks([(0, 0), (40, 0)]), np.zeros((2, 2, 4), np.uint8), np.zeros(3))
    plain = front(owner=1, look=-1, x=40.0)
    dressed, _ = made(mesh, together(front(), plain))
    assert mesh.feature_ids is not None
    assert dressed.images is not None
    assert ((dressed.images >= 0) == (mesh.feature_ids == 0)).all()
    assert bake(mesh, plain, PALETTE, TEXEL_M, 1024) is None
    assert bake(mesh, replace(plain, looks=np.full(4, COLOURED, np.int32)), PALETTE, 1, 64) is None


def test_surfaces_without_a_look_have_the_colour_of_the_palette() -> None:
    mesh = block_mesh(blocks([(0, 0)]), np.zeros((1, 2, 4), np.uint8), np.zeros(3))
    top = np.array([(-6, -4, 6), (6, -4, 6), (6, 4, 6), (-6, 4, 6)], np.float64)
    roof = wall(top, -1, group=SurfaceGroup.ROOF)
    dressed, image = made(mesh, together(front(), roof))
    assert seen(dressed, image, (1, 1, 6), UP) == list(palette_colour(SurfaceGroup.ROOF))


def test_where_there_are_too_many_sides_the_largest_have_images() -> None:
    mesh = block_mesh(blocks([(0, 0), (40, 0)]), np.zeros((2, 2, 4), np.uint8), np.zeros(3))
    behind = together(front(), front(owner=1, x=40.0))
    dressed, image = made(mesh, behind, most=64)
    assert image.shape == (64, 64, 3)
    assert dressed.images is not None
    assert (dressed.images >= 0).sum() == 4 * atlas.most_patches(64)
    assert (dressed.images[(dressed.normals == np.array(UP)).all(axis=1)] == 0).all()


@settings(max_examples=25)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 9),
    st.booleans(),
    st.floats(0.05, 5.0),
    st.sampled_from([64, 256, 1024]),
)
def test_whatever_is_behind_blocks_one_small_image_shows_it(
    seed: int, count: int, gabled: bool, texel_m: float, most: int
) -> None:
    random = np.random.default_rng(seed)
    some = blocks([(40.0 * number, 0.0) for number in range(count)], gabled=gabled)
    mesh = block_mesh(some, np.zeros((count, 2, 4), np.uint8), np.zeros(3))
    parts = [
        wall(
            np.add(random.uniform(-8, 8, (4, 3)), (40.0 * number, 0, 3)),
            int(random.integers(-1, 2)),
            number,
        )
        for number in random.integers(0, count, 12).tolist()
    ]
    behind = together(*parts, front())
    found = bake(mesh, behind, PALETTE, texel_m, most)
    assert found is not None
    dressed, image = found
    assert max(image.shape[:2]) <= most
    assert image.dtype == np.uint8
    assert dressed.texture_coordinates is not None
    assert ((dressed.texture_coordinates >= 0) & (dressed.texture_coordinates <= 1)).all()
    again = bake(mesh, behind, PALETTE, texel_m, most)
    assert again is not None
    assert (again[1] == image).all()
