"""A dressed tile shows what its source shows, in few images, whatever the texture coordinates."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from citiverse_tiling.check.glb import decode_glb
from citiverse_tiling.content import atlas
from citiverse_tiling.content.fewer_materials import fold_groups
from citiverse_tiling.content.glb import BLEND, MASK, OPAQUE, Imprint, TileMesh, encode_glb
from citiverse_tiling.content.linear import TO_LINEAR, linear_colour
from citiverse_tiling.content.patches import face_numbers
from citiverse_tiling.content.texturing import FEW_SIDE, Texturer
from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.model import Appearance, Wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.content.glb import TileImage
    from citiverse_tiling.model import UInt8Array

SIDE = 64
TEXEL_M = 0.02
_WAVES = np.cos((np.arange(SIDE) + 0.5) / SIDE * 2 * np.pi)
WAVES = np.stack(
    [
        np.broadcast_to(128 + 100 * _WAVES, (SIDE, SIDE)),
        np.broadcast_to(128 + 100 * np.roll(_WAVES, SIDE // 4)[:, None], (SIDE, SIDE)),
        np.full((SIDE, SIDE), 90.0),
    ],
    axis=2,
).astype(np.uint8)
"""An image without edges, even where it is repeated: what is seen changes slowly with the place."""


class Given:
    """Images by name."""

    def __init__(self, **images: UInt8Array) -> None:
        self.images = images

    def full(self, path: str) -> UInt8Array:
        return self.images[path]

    def small(self, path: str) -> UInt8Array:
        return self.images[path]

    def size(self, path: str) -> tuple[int, int]:
        height, width = self.images[path].shape[:2]
        return width, height


def quads(
    places: Sequence[np.ndarray], metres: float = SIDE * TEXEL_M
) -> tuple[TileMesh, np.ndarray]:
    """Upright squares with these texture coordinates, (4, 2) each; an image is so many metres."""
    positions, triangles = [], []
    for number, own in enumerate(places):
        width, height = np.maximum(np.ptp(own, axis=0), 0.05) * metres
        corners = np.array([[0, 0, 0], [width, 0, 0], [width, 0, height], [0, 0, height]])
        positions.append(corners + np.array([0, number, 0]))
        triangles += [[4 * number + one for one in half] for half in ([0, 1, 2], [0, 2, 3])]
    count = 4 * len(places)
    mesh = TileMesh(
        np.concatenate(positions),
        np.tile(np.array([[0, -127, 0]], np.int8), (count, 1)),
        np.full(count, SurfaceGroup.WALL, np.uint8),
        np.repeat(np.arange(len(places)), 4),
        np.array(triangles),
    )
    return mesh, np.concatenate(places).astype(np.float32)


def pixels_of(image: TileImage) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(image.data)), float)


def inside(places: np.ndarray, wrap: Wrap) -> np.ndarray:
    """What a sampler makes of coordinates (glTF 2.0, 5.26)."""
    if wrap is Wrap.CLAMP:
        return np.asarray(np.clip(places, 0, 1))
    if wrap is Wrap.MIRROR:
        return np.asarray(1 - np.abs(places % 2 - 1))
    return np.asarray(places % 1)


def sampled(image: np.ndarray, places: np.ndarray, wrap: Wrap) -> np.ndarray:
    """Colours at u and 1 − v, (N, channels)."""
    height, width = image.shape[:2]
    there = inside(places, wrap)
    columns = np.minimum((there[:, 0] * width).astype(int), width - 1)
    rows = np.minimum((there[:, 1] * height).astype(int), height - 1)
    found: np.ndarray = image[rows, columns]
    return found


def shown(mesh: TileMesh, images: Sequence[TileImage], weights: np.ndarray) -> np.ndarray:
    """What each triangle shows at places in it, (T, k, 3)."""
    assert mesh.images is not None
    assert mesh.texture_coordinates is not None
    decoded = [pixels_of(image) for image in images]
    found = []
    for triangle in mesh.triangles:
        number = int(mesh.images[triangle[0]])
        assert (mesh.images[triangle] == number).all()
        places = weights @ mesh.texture_coordinates[triangle]
        found.append(sampled(decoded[number], places, images[number].wrap)[:, :3])
    return np.array(found)


WEIGHTS = np.random.default_rng(7).dirichlet([1, 1, 1], 30)

corner = st.floats(-3, 4).map(lambda value: round(value, 3))
spans = st.sampled_from([0.1, 0.5, 1.0, 1.3, 2.5, 6.0])
rectangles = st.tuples(corner, corner, spans, spans, st.booleans()).map(
    lambda r: np.array([[0, 0], [1, 0], [1, 1], [0, 1]])[:: -1 if r[4] else 1] * r[2:4] + r[:2]
)


@settings(max_examples=60)
@given(st.lists(rectangles, min_size=1, max_size=6), st.sampled_from(list(Wrap)))
def test_each_place_shows_what_the_source_shows(places: list[np.ndarray], wrap: Wrap) -> None:
    mesh, coordinates = quads(places)
    looks = np.zeros(len(coordinates), np.int32)
    texturer = Texturer([Appearance("waves", wrap)], Given(waves=WAVES))
    dressed, images = texturer.dress(mesh, looks, coordinates)
    turned = coordinates * [1, -1] + [0, 1]
    expected = np.array(
        [sampled(WAVES.astype(float), WEIGHTS @ turned[one], wrap) for one in mesh.triangles]
    )
    found = shown(dressed, images, WEIGHTS)
    assert np.abs(found - expected).mean() < 6
    assert np.percentile(np.abs(found - expected), 99) < 40
    assert len(images) <= 2
    glb = decode_glb(encode_glb(dressed, (), Imprint(), images))
    assert len(glb.images) == len(images)


def test_patches_of_many_images_share_one() -> None:
    images = {f"i{number}": np.roll(WAVES, number, axis=1) for number in range(9)}
    whole = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    mesh, coordinates = quads([whole] * 9)
    looks = np.repeat(np.arange(9, dtype=np.int32), 4)
    texturer = Texturer([Appearance(name) for name in images], Given(**images))
    dressed, made = texturer.dress(mesh, looks, coordinates)
    assert len(made) == 1
    expected = np.array(
        [
            sampled(
                images[f"i{n // 2}"].astype(float),
                WEIGHTS @ (whole[corners] * [1, -1] + [0, 1]),
                Wrap.CLAMP,
            )
            for n, corners in enumerate([[0, 1, 2], [0, 2, 3]] * 9)
        ]
    )
    assert np.abs(shown(dressed, made, WEIGHTS) - expected).mean() < 6


def test_equal_regions_are_kept_once() -> None:
    part = np.array([[0.2, 0.2], [0.4, 0.2], [0.4, 0.4], [0.2, 0.4]])
    looks = np.zeros(4 * 50, np.int32)
    texturer = Texturer([Appearance("waves")], Given(waves=np.tile(WAVES, (8, 8, 1))))
    mesh, coordinates = quads([part + np.array([number, -number]) for number in range(50)], 10.24)
    _, (made,) = texturer.dress(mesh, looks, coordinates)
    assert pixels_of(made).shape[:2] == (128, 128)


def test_what_a_walker_can_not_see_is_left_out() -> None:
    large = np.tile(WAVES, (16, 16, 1))
    mesh, coordinates = quads([np.array([[0, 0], [1, 0], [1, 1], [0, 1]])], metres=1.0)
    texturer = Texturer([Appearance("large")], Given(large=large))
    _, (made,) = texturer.dress(mesh, np.zeros(4, np.int32), coordinates)
    assert max(pixels_of(made).shape) <= 64, "50 pixels a metre, and the room around them"


def test_row_22_what_repeats_over_a_large_wall_keeps_its_image() -> None:
    places = np.array([[0, 0], [40, 0], [40, 20], [0, 20]])
    mesh, coordinates = quads([places, places + 0.5])
    texturer = Texturer([Appearance("waves")], Given(waves=WAVES))
    dressed, (made,) = texturer.dress(mesh, np.zeros(8, np.int32), coordinates)
    assert made.wrap is Wrap.REPEAT
    assert pixels_of(made).shape[:2] == (SIDE, SIDE)
    assert dressed.texture_coordinates is not None
    assert np.ptp(dressed.texture_coordinates[:4, 0]) == 40


@settings(max_examples=40)
@given(st.lists(rectangles, min_size=1, max_size=6), st.sampled_from(list(Wrap)))
def test_in_few_materials_what_repeats_is_repeated_in_the_atlas(
    places: list[np.ndarray], wrap: Wrap
) -> None:
    mesh, coordinates = quads([*places, places[0] * 3.0])
    looks = np.zeros(len(coordinates), np.int32)
    texturer = Texturer([Appearance("waves", wrap)], Given(waves=WAVES), most_materials=4)
    dressed, images = texturer.dress(mesh, looks, coordinates)
    assert [image.wrap for image in images] == [Wrap.CLAMP]
    assert max(pixels_of(images[0]).shape) <= FEW_SIDE
    turned = coordinates * [1, -1] + [0, 1]
    expected = np.array(
        [sampled(WAVES.astype(float), WEIGHTS @ turned[one], wrap) for one in mesh.triangles]
    )
    found = shown(dressed, images, WEIGHTS)
    assert np.abs(found - expected).mean() < 12


def test_in_few_materials_there_is_one_atlas_where_two_are_too_many() -> None:
    glass = np.dstack([WAVES, np.full((SIDE, SIDE), 255, np.uint8)])
    glass[:, : SIDE // 2, 3] = 0
    mesh, coordinates = quads([np.array([[0, 0], [1, 0], [1, 1], [0, 1]])] * 5)
    looks = np.repeat(np.array([0, 1, -1, -1, -1], np.int32), 4)
    bare = [SurfaceGroup.WALL, SurfaceGroup.ROOF, SurfaceGroup.WINDOW]
    for groups, kinds in ((bare[:2] * 2, [OPAQUE, MASK]), (bare, [MASK])):
        own = [SurfaceGroup.WALL] * 2 + (groups + groups)[:3]
        dressed = replace(mesh, groups=np.repeat(np.array(own, np.uint8), 4))
        texturer = Texturer(
            [Appearance("waves"), Appearance("glass")],
            Given(waves=WAVES, glass=glass),
            most_materials=4,
        )
        found, images = texturer.dress(dressed, looks, coordinates)
        assert [image.alpha_mode for image in images] == kinds
        glb = decode_glb(encode_glb(fold_groups(found, 4), (), Imprint(), images))
        assert len(glb.primitives) <= 4


def test_in_few_materials_what_has_no_room_has_its_mean_colour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(atlas, "MOST_PATCHES", 8)
    images = {f"i{number}": np.full((SIDE, SIDE, 3), 9 * number, np.uint8) for number in range(5)}
    mesh, coordinates = quads([np.array([[0, 0], [1, 0], [1, 1], [0, 1]])] * 5)
    looks = np.repeat(np.arange(5, dtype=np.int32), 4)
    texturer = Texturer([Appearance(name) for name in images], Given(**images), most_materials=4)
    dressed, made = texturer.dress(mesh, looks, coordinates)
    assert len(made) == 1
    assert dressed.images is not None
    assert dressed.colours is not None
    assert (dressed.images >= 0).sum() == 8
    left = np.flatnonzero(dressed.images < 0)
    expected = np.rint(TO_LINEAR[9 * looks[left]] * 255)
    assert dressed.colours[left].tolist() == [[one, one, one, 255] for one in expected.tolist()]
    assert not dressed.colours[dressed.images >= 0].any()


def test_no_tile_has_more_pixels_than_a_viewer_can_hold() -> None:
    images = {f"i{number}": np.full((1024, 1024, 3), number, np.uint8) for number in range(12)}
    mesh, coordinates = quads([np.array([[0, 0], [1, 0], [1, 1], [0, 1]])] * 12, metres=100.0)
    looks = np.repeat(np.arange(12, dtype=np.int32), 4)
    texturer = Texturer([Appearance(name) for name in images], Given(**images))
    _, (made,) = texturer.dress(mesh, looks, coordinates)
    assert max(pixels_of(made).shape) == atlas.LARGEST_SIDE


@pytest.mark.parametrize(("opacity", "mode"), [(255, OPAQUE), (0, MASK), (120, BLEND)])
def test_what_can_be_seen_through_is_an_image_of_its_own(opacity: int, mode: str) -> None:
    glass = np.dstack([WAVES, np.full((SIDE, SIDE), 255, np.uint8)])
    glass[:, : SIDE // 2, 3] = opacity
    if opacity == 255:
        glass = glass[..., :3]
    mesh, coordinates = quads([np.array([[0, 0], [1, 0], [1, 1], [0, 1]])] * 2)
    looks = np.repeat(np.arange(2, dtype=np.int32), 4)
    texturer = Texturer([Appearance("waves"), Appearance("glass")], Given(waves=WAVES, glass=glass))
    _, made = texturer.dress(mesh, looks, coordinates)
    assert [image.alpha_mode for image in made] == ([OPAQUE] if mode == OPAQUE else [OPAQUE, mode])
    assert made[-1].mime_type == "image/webp"
    if opacity == 0:
        hidden = pixels_of(made[-1])
        assert hidden[hidden[..., 3] == 0, :3].min() > 20, "what is hidden isn't black"


def test_colours_are_linear_and_faces_without_a_look_keep_the_palette() -> None:
    mesh, coordinates = quads([np.zeros((4, 2))] * 3)
    looks = np.repeat(np.array([0, 1, -1], np.int32), 4)
    table = [Appearance(colour=(1.0, 0.5, 0.0, 1.0)), Appearance(colour=(0.0, 0.0, 1.0, 0.25))]
    dressed, images = Texturer(table, Given()).dress(mesh, looks, coordinates)
    assert images == ()
    glb = decode_glb(encode_glb(dressed, (), Imprint()))
    plain, orange, glass = glb.primitives
    assert plain.colours is None
    assert orange.colours is not None
    assert glass.colours is not None
    assert np.allclose(orange.colours, linear_colour((1.0, 0.5, 0.0, 1.0)), atol=1 / 255)
    assert (orange.alpha_mode, glass.alpha_mode) == (OPAQUE, BLEND)
    assert glass.colours[0, 3] == pytest.approx(0.25, abs=1 / 255)


def test_the_same_tile_has_the_same_bytes() -> None:
    places = [np.array([[0, 0], [n, 0], [n, 1], [0, 1]]) for n in (0.3, 1, 2, 30)]
    mesh, coordinates = quads(places)
    one, two = (encode_glb(*_dressed(mesh, coordinates)) for _ in range(2))
    assert one == two


def _dressed(
    mesh: TileMesh, coordinates: np.ndarray
) -> tuple[TileMesh, tuple[()], Imprint, Sequence[TileImage]]:
    texturer = Texturer([Appearance("waves")], Given(waves=WAVES))
    dressed, images = texturer.dress(mesh, np.zeros(len(coordinates), np.int32), coordinates)
    return dressed, (), Imprint(), images


def test_vertices_that_nothing_uses_are_left_out() -> None:
    mesh, coordinates = quads([np.array([[0, 0], [1, 0], [1, 1], [0, 1]])])
    mesh = TileMesh(mesh.positions, mesh.normals, mesh.groups, mesh.feature_ids, mesh.triangles[:1])
    texturer = Texturer([Appearance("waves")], Given(waves=WAVES))
    dressed, images = texturer.dress(mesh, np.zeros(4, np.int32), coordinates)
    assert len(dressed.positions) == 3
    assert len(decode_glb(encode_glb(dressed, (), Imprint(), images)).primitives) == 1


def test_faces_are_told_apart_by_their_triangles() -> None:
    triangles = np.array([[0, 1, 2], [2, 1, 3], [4, 5, 6], [7, 9, 8]])
    assert face_numbers(triangles, 10).tolist() == [0] * 4 + [1] * 3 + [2] * 3


# Atlases


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 1_016), st.integers(1, 1_016)), min_size=1, max_size=60))
def test_patches_never_touch_each_other(sizes: list[tuple[int, int]]) -> None:
    layout = atlas.pack(np.array(sizes, float))
    taken = np.zeros(layout.shape[::-1], np.bool_)
    for (x, y), (width, height) in zip(layout.corners, layout.sizes, strict=True):
        left, top = x - atlas.GUTTER, y - atlas.GUTTER
        right, bottom = x + width + atlas.GUTTER, y + height + atlas.GUTTER
        assert min(left, top) >= 0
        assert right <= layout.shape[0]
        assert bottom <= layout.shape[1]
        assert not taken[top:bottom, left:right].any()
        taken[top:bottom, left:right] = True


def test_the_room_around_a_patch_has_the_colour_of_its_edge() -> None:
    patch = np.full((8, 8, 3), 200, np.uint8)
    layout = atlas.pack(np.array([[8.0, 8.0]]))
    made = atlas.compose(layout, [patch])
    (x, y), around = layout.corners[0], atlas.GUTTER
    assert (made[y - around : y + 8 + around, x - around : x + 8 + around] == 200).all()


def test_as_many_patches_as_there_may_be_fit_one_atlas() -> None:
    layout = atlas.pack(np.full((atlas.MOST_PATCHES, 2), 300.0))
    assert layout.shape == (atlas.LARGEST_SIDE, atlas.LARGEST_SIDE)
