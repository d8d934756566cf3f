"""A small textured town from file to scene: leaves have images, and blocks show them from afar."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from citiverse_tiling import far_table
from citiverse_tiling.check import check
from citiverse_tiling.content.linear import TO_LINEAR
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from tiling.appearance_documents import appearance, image, material, square, texture
from tiling.citygml_documents import ORIGIN, building, city, multi_surface, positions
from tiling.scenes import tiles

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.check.glb import Primitive

COUNT = 6


def house(number: int) -> str:
    """A wall and a roof of a house, 10 m apart from the next; only its wall has an image."""
    at = (ORIGIN[0] + 10 * number, ORIGIN[1], ORIGIN[2])
    upright = positions((0, 0, 0), (4, 0, 0), (4, 0, 4), (0, 0, 4), at=at)
    top = positions((0, 0, 4), (4, 0, 4), (4, 4, 4), (0, 4, 4), at=at)
    return building(
        multi_surface(square(f"w{number}", upright), square(f"r{number}", top)),
        appearance(
            texture(f"w{number}", uri="textures/wall.png"),
            material(f"r{number}", "0.5 0.5 1"),
            texture(f"r{number}", uri="textures/roof.png"),
        ),
        gml_id=f"b{number}",
    )


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    image(folder / "textures" / "wall.png", (64, 64))
    (folder / "textures" / "roof.png").write_bytes(b"no image at all")
    path = folder / "town.gml"
    path.write_text(city(*(house(number) for number in range(COUNT))), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def scene(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenes") / "town"
    tile(TileOptions((source,), folder, max_leaf_objects=2))
    return folder


def primitives(scene: Path, *, leaves: bool) -> list[tuple[Primitive, tuple[bytes, ...]]]:
    found = []
    for one in tiles(scene, "buildings"):
        if one.leaf is leaves:
            glb = one.glb()
            found += [(primitive, glb.images) for primitive in glb.primitives]
    return found


def test_the_scene_keeps_its_contract(scene: Path) -> None:
    assert check(scene) == []


def test_walls_of_leaves_show_their_image(scene: Path) -> None:
    walls = [(one, images) for one, images in primitives(scene, leaves=True) if one.image >= 0]
    assert {one.material for one, _ in walls} == {"wall"}
    for one, images in walls:
        assert one.texture_coordinates is not None
        shown = np.asarray(Image.open(io.BytesIO(images[one.image])).convert("RGB"), float)
        height, width = shown.shape[:2]
        for triangle in one.triangles:
            lower = one.positions[triangle, 1].argmin()
            inward = one.texture_coordinates[triangle].mean(axis=0) * 0.2
            x, y = one.texture_coordinates[triangle][lower] * 0.8 + inward
            seen = shown[int(y * height), int(x * width)]
            # The lower quarters of the image are blue and yellow, the upper ones red and green.
            assert np.abs(seen - [0, 0, 255]).max() < 60 or np.abs(seen - [255, 255, 0]).max() < 60


def test_a_roof_whose_image_is_none_has_the_colour_of_its_material(scene: Path) -> None:
    roofs = [one for one, _ in primitives(scene, leaves=True) if one.material == "roof"]
    assert sum(len(one.positions) for one in roofs) == 4 * COUNT
    for one in roofs:
        assert one.colours is not None
        expected = [TO_LINEAR[128], TO_LINEAR[128], 1, 1]
        assert np.abs(one.colours - expected).max() < 0.01


def test_blocks_show_what_is_behind_them(scene: Path) -> None:
    found = primitives(scene, leaves=False)
    assert {one.material for one, _ in found} == {"wall", "roof"}
    for one, images in found:
        assert one.texture_coordinates is not None
        (shown,) = (np.asarray(Image.open(io.BytesIO(image)), float) for image in images)
        height, width = shown.shape[:2]
        middles = one.texture_coordinates[one.triangles].mean(axis=1)
        columns, rows = (middles * [width, height]).astype(int).T
        if one.material == "roof":
            assert np.abs(shown[rows, columns] - [128, 128, 255]).max() < 25
    leafy = min(
        (one for one in tiles(scene, "buildings") if not one.leaf), key=lambda one: one.error
    )
    shown = np.asarray(Image.open(io.BytesIO(leafy.glb().images[0])), float)
    # The quarters of the walls' image are red, green, blue and yellow.
    for colour in ([255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]):
        assert np.abs(shown - colour).max(axis=2).min() < 90, colour


def test_far_away_blocks_have_mean_colours(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far_table, "MOST_BEHIND", 3)
    tile(TileOptions((source,), tmp_path / "town", max_leaf_objects=2))
    assert check(tmp_path / "town") == []
    root = max(tiles(tmp_path / "town", "buildings"), key=lambda one: one.error).glb()
    assert root.images == ()
    found = {one.material: one.colours for one in root.primitives}
    walls, roofs = found["wall"], found["roof"]
    assert walls is not None
    assert roofs is not None
    assert np.abs(walls[:, :3].mean(axis=0) - [0.5, 0.5, 0.25]).max() < 0.06
    assert np.abs(roofs - [TO_LINEAR[128], TO_LINEAR[128], 1, 1]).max() < 0.01


def test_a_block_is_not_shown_where_its_picture_would_be_missed(scene: Path) -> None:
    errors = {one.leaf: one.error for one in tiles(scene, "buildings")}
    assert errors[True] == 0
    assert errors[False] >= 2


def test_row_25_the_image_is_listed_once_with_its_surfaces(scene: Path) -> None:
    report = json.loads((scene / "report.json").read_bytes())
    assert report["degraded"] == {"missing-image": COUNT}
    (loss,) = report["losses"]
    assert (loss["reason"], loss["count"]) == ("missing-image", COUNT)
    assert loss["detail"].startswith("roof.png: ")
    assert report["surfaces"]["read"] == report["surfaces"]["written"] == 2 * COUNT
    assert report["inputs"][0]["details"] == ["themes: summer; used: summer"]


def test_the_same_files_give_the_same_bytes(source: Path, scene: Path, tmp_path: Path) -> None:
    tile(TileOptions((source,), tmp_path / "town", max_leaf_objects=2))
    for one in scene.rglob("*"):
        if one.is_file():
            assert (tmp_path / "town" / one.relative_to(scene)).read_bytes() == one.read_bytes()


def test_nothing_says_where_the_images_were(source: Path, scene: Path) -> None:
    for one in scene.rglob("*.*"):
        if one.is_file():
            assert str(source.parent).encode() not in one.read_bytes()


def test_a_theme_that_is_not_there_leaves_the_palette(source: Path, tmp_path: Path) -> None:
    done = tile(TileOptions((source,), tmp_path / "town", theme="winter"))
    assert any("no theme 'winter'" in warning for warning in done.report.warnings)
    for one, images in primitives(tmp_path / "town", leaves=True):
        assert (one.image, one.colours, images) == (-1, None, ())


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (b"RIFF", b"RAFF", "an image isn't image/webp"),
        (b'"baseColorTexture":{"index":0}', b'"baseColorTexture":{"index":7}', "no texture 7"),
        (b'"TEXCOORD_0":', b'"TEXCOORD_9":', "don't go together"),
    ],
)
def test_check_finds_broken_images(
    source: Path, tmp_path: Path, old: bytes, new: bytes, finding: str
) -> None:
    tile(TileOptions((source,), tmp_path / "town"))
    broken = 0
    for one in tiles(tmp_path / "town", "buildings"):
        content = one.content.read_bytes()
        broken += old in content
        one.content.write_bytes(content.replace(old, new, 1))
    assert broken
    assert any(finding in str(one) for one in check(tmp_path / "town"))
