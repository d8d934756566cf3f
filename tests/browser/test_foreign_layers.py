"""A layer that others made stands beside ours: drawn, picked, and come by our stream."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from browser.conftest import enter, serving
from browser.places import in_scene
from citiverse_tiling.foreign.layer import LayerOptions, add, remove
from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.options import Attribution, TileOptions, silent
from citiverse_tiling.pipeline import tile
from tiling import foreign_tilesets as theirs
from tiling.cities import EAST, NORTH, UTM, box, building, write_citygml

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

HEIGHT_M = 50.0
NORTHWARD_M = 60.0
MIDDLE = (slice(120, 180), slice(290, 350))
"""Rows and columns of the picture, about its middle."""

ASIDE = (slice(110, 150), slice(540, 575))
"""And to the right of it."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One house of ours, and nothing for 60 m north of it."""
    folder = tmp_path_factory.mktemp("beside")
    house = building("ours", box(EAST, NORTH, HEIGHT_M, (8, 8, 6)))
    tile(TileOptions((write_citygml(folder / "ours.gml", [house]),), folder / "beside"))
    return folder / "beside"


def northward(scene: Path) -> tuple[float, float, float]:
    """A place on the ground there, scene frame."""
    x, y, z = in_scene(scene, UTM, EAST, NORTH, HEIGHT_M)
    return x, y + NORTHWARD_M, z


def there(scene: Path) -> list[float]:
    """The transform of a tileset that stands there."""
    origin = json.loads((scene / "scene.json").read_bytes())["origin"]
    frame = SceneFrame(origin["lon"], origin["lat"])
    return list(frame.transform(np.array(northward(scene))))


def put(scene: Path, folder: Path, name: str, title: str) -> None:
    """Add a tileset to the scene, in its place to the north."""
    path = folder / "tileset.json"
    document = json.loads(path.read_bytes())
    document["root"]["transform"] = there(scene)
    path.write_text(json.dumps(document))
    named = (Attribution("Somebody else", "CC0"),)
    add(LayerOptions(scene, path, name, title, attributions=named), silent)


def stand_before(page: Page, scene: Path) -> None:
    """35 m south of it, looking north."""
    x, y, z = northward(scene)
    pose = {"position": [x - 15, y - 45, z], "headingDeg": 0, "pitchDeg": 5}
    page.evaluate("pose => citiverse.setPose(pose)", pose)
    page.evaluate("citiverse.settled()")


def mean_of(page: Page, part: tuple[slice, slice] = MIDDLE) -> np.ndarray:
    """Mean red, green and blue in a part of the picture, 0 … 255."""
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        pixels = np.asarray(shot.convert("RGB"), float)[part]
    mean: np.ndarray = pixels.reshape(-1, 3).mean(axis=0)
    return mean


def test_batched_models_come_by_the_stream_and_are_picked(
    scene: Path, page: Page, tmp_path: Path
) -> None:
    theirs.town(tmp_path, 0.0, 0.0, theirs.Look(image=theirs.png((220, 20, 20)), batched=True))
    put(scene, tmp_path, "batched", "Their houses")
    paths: list[str] = []
    page.on("request", lambda request: paths.append(urlsplit(request.url).path))
    with serving(scene) as served:
        enter(page, f"{served.url}/s/beside?time=2026-06-21T12:00")
        stand_before(page, scene)
        red, green, blue = mean_of(page)
        picked = page.evaluate("citiverse.pickAt(320, 150)")
        assert "Somebody else (CC0)" in page.locator("footer.sources").inner_text()
    remove(scene, "batched")
    assert red > 2 * green
    assert red > 2 * blue
    assert picked["name"] == "House 0"
    assert picked["id"].startswith("batched/")
    assert picked["id"].endswith("#0")
    assert {"label": "height", "value": 12.5} in picked["attributes"]
    assert not [path for path in paths if "/foreign/" in path or "/assets/tilesets-" in path]


def test_points_are_fetched_by_a_viewer_that_no_other_scene_loads(
    scene: Path, page: Page, tmp_path: Path
) -> None:
    """And so is an image on a model that comes with them."""
    across, up = np.meshgrid(np.arange(-20, -5, 0.12), np.arange(0, 14, 0.12))
    wall = np.column_stack([across.ravel(), np.full(across.size, -20.0), up.ravel()])
    root = {
        "boundingVolume": theirs.AROUND,
        "geometricError": 0.0,
        "refine": "ADD",
        "content": {"uri": "both.cmpt"},
    }
    house = theirs.House((0.0, -20.0, 0.0), (12.0, 4.0, 14.0))
    look = theirs.Look(image=theirs.png((20, 20, 220)), unlit=True)
    both = theirs.cmpt(theirs.pnts(wall, (20, 200, 20)), theirs.b3dm(theirs.glb([house], look), {}))
    theirs.write(tmp_path, {"tileset.json": theirs.tileset(root), "both.cmpt": both})
    put(scene, tmp_path, "points", "Their points")
    paths: list[str] = []
    page.on("request", lambda request: paths.append(urlsplit(request.url).path))
    with serving(scene) as served:
        enter(page, f"{served.url}/s/beside?time=2026-06-21T12:00")
        stand_before(page, scene)
        for _ in range(100):
            red, green, blue = mean_of(page)
            of_house = mean_of(page, ASIDE)
            if green > 1.5 * red and of_house[2] > 1.5 * of_house[:2].max():
                break
            page.wait_for_timeout(100)
    remove(scene, "points")
    assert green > 1.5 * red
    assert green > 1.5 * blue
    assert of_house[2] > 1.5 * of_house[:2].max()
    assert [path for path in paths if path.endswith(".cmpt")] != []
    assert [path for path in paths if "/assets/tilesets-" in path] != []
