"""Tiles show in each place what the source's image shows there, told by a stranger's reading."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from citiverse_tiling.check import check
from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from tiling.gltf_validator import assert_nothing_to_say
from tiling.scenes import tiles
from tiling.source_textures import (
    of_citygml,
    of_cityjson,
    on_black,
    pixels,
    seen,
    with_its_images,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tiling.source_textures import TexturedPolygon

PHOTOGRAPHED = {"lyon", "haneda", "testtown", "fzk-haus"}
"""Their images look different upside down; Ingolstadt's are of plaster and tiles."""

TRIANGLES_PER_PRIMITIVE = 40
NEAR_M = 0.02
SMALLEST_M2 = 0.01
TYPICAL, MOST = 2.0, 10.0
"""Levels of 255 that the mean colour of a triangle may differ by: in the middle, and of nine in
ten. JPEG and scaling blur; a texture that is turned, mirrored or shifted is off by far more."""

_GRID = np.array([(a, b) for a in range(12) for b in range(12 - a)], float) + 1 / 3
WEIGHTS = np.column_stack([_GRID / 12, 1 - _GRID.sum(axis=1) / 12])
"""Places in a triangle, barycentric."""


@dataclass(frozen=True)
class City:
    """A file, its CRS, and whether it writes north before east."""

    file: str
    crs: str
    north_first: bool = False


CITIES = {
    "lyon": City("lyon-textured/LYON_1ER_BATI_2015_small_house.gml", "EPSG:3946"),
    "haneda": City(
        "plateau-tokyo-haneda/udx/bldg/53392642_bldg_6697_op2.gml", "EPSG:6697", north_first=True
    ),
    "ingolstadt": City("ingolstadt-lod3/4018106/4018106.xml", "EPSG:32632"),
    "testtown": City("testtown-lod3/lod3_building_v2.gml", "EPSG:25833"),
    "fzk-haus": City(
        "cityjson-fzkhaus-textured/01-FZK-Haus-LoD2-Tex-no-Storey-CG30-V01_formatted.json",
        "EPSG:25832",
    ),
}


@pytest.fixture(scope="module")
def files(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The cities' files."""
    found = {name: data / city.file for name, city in CITIES.items()}
    found["fzk-haus"] = with_its_images(found["fzk-haus"], tmp_path_factory.mktemp("fzk-haus"))
    return found


@pytest.fixture(scope="module")
def scenes(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("textured")
    for name, city in CITIES.items():
        tile(TileOptions((files[name],), folder / name, crs=city.crs))
    return {name: folder / name for name in CITIES}


def in_metres(polygons: list[TexturedPolygon], city: City) -> list[TexturedPolygon]:
    """The polygons in ECEF."""
    crs = CrsRegistry()
    crs.resolve(city.crs, None, None)
    order = [1, 0, 2] if city.north_first else [0, 1, 2]
    return [
        replace(one, points=crs.to_ecef(city.crs, one.points[:, order].copy())) for one in polygons
    ]


def differences(scene: Path, source: list[TexturedPolygon], *, upside_down: bool) -> np.ndarray:
    """How far the mean colours of triangles are from those of the source, (n,), in levels."""
    points = np.concatenate([one.points for one in source])
    places = np.concatenate([one.places for one in source])
    owners = np.repeat(np.arange(len(source)), [len(one.points) for one in source])
    found = []
    for leaf in (one for one in tiles(scene, "buildings") if one.leaf):
        glb = leaf.glb()
        images = [on_black(Image.open(io.BytesIO(data))) for data in glb.images]
        for one in glb.primitives:
            if one.texture_coordinates is None:
                continue
            corners = leaf.to_ecef(one.positions)
            step = max(1, len(one.triangles) // TRIANGLES_PER_PRIMITIVE)
            for triangle in one.triangles[::step]:
                normal = np.cross(*(corners[triangle[1:]] - corners[triangle[0]])) / 2
                gaps = (np.linalg.norm(points - corner, axis=1) for corner in corners[triangle])
                near = [gap < NEAR_M for gap in gaps]
                shared = set.intersection(*(set(owners[there].tolist()) for there in near))
                shared = {polygon for polygon in shared if source[polygon].normal @ normal > 0}
                if not shared or np.linalg.norm(normal) < SMALLEST_M2:
                    continue
                shown = seen(images[one.image], WEIGHTS @ one.texture_coordinates[triangle])
                errors = []
                for polygon in shared:
                    own = [places[there & (owners == polygon)][0] for there in near]
                    turned = WEIGHTS @ np.array(own)
                    if not upside_down:
                        turned[:, 1] = 1 - turned[:, 1]
                    there = seen(pixels(source[polygon].image), turned)
                    errors.append(np.abs(there.mean(axis=0) - shown.mean(axis=0)).mean())
                found.append(min(errors))
    return np.array(found)


@pytest.mark.parametrize("name", CITIES)
def test_triangles_have_the_colours_of_the_source(
    files: dict[str, Path], scenes: dict[str, Path], name: str
) -> None:
    read = of_cityjson if name == "fzk-haus" else of_citygml
    source = in_metres(list(read(files[name])), CITIES[name])
    found = differences(scenes[name], source, upside_down=False)
    assert len(found) >= 5
    assert np.median(found) < TYPICAL
    assert np.percentile(found, 90) < MOST
    if name in PHOTOGRAPHED:
        wrong = differences(scenes[name], source, upside_down=True)
        assert np.mean(wrong) > 4 * np.mean(found), "the comparison tells right from wrong"


@pytest.mark.parametrize("name", CITIES)
def test_the_scene_keeps_its_contract(scenes: dict[str, Path], name: str) -> None:
    assert check(scenes[name]) == []


def test_the_gltf_validator_has_nothing_to_say(scenes: dict[str, Path]) -> None:
    assert_nothing_to_say(scenes.values())
