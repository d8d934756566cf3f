"""The benchmark of the stream sees what is there: ours and the peer show the same view, whole."""

from __future__ import annotations

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import numpy as np
import pytest

import peer_viewer
from browser.conftest import serving
from citiverse.bench.stream import visits
from citiverse_server import lod
from citiverse_server.protocol import View
from citiverse_server.scene import open_scene
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from browser.conftest import Served

POTSDAM = "potsdam-lod1/Potsdam_LoD1.gml"
NOTHING = np.empty(0, dtype=np.intp)
LARGE = 1 << 30


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing: a test says what went wrong."""


@pytest.fixture(scope="module")
def scene(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stream") / "potsdam-lod1"
    tile(TileOptions(inputs=(data / POTSDAM,), output=folder))
    return folder


@pytest.fixture(scope="module")
def ours(scene: Path) -> Iterator[Served]:
    with serving(scene) as served:
        yield served


@pytest.fixture(scope="module")
def peer(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of the peer's page, and the folder that is served there."""
    root = tmp_path_factory.mktemp("peer")
    for part in peer_viewer.build().iterdir():
        (root / part.name).symlink_to(part)
    (root / "scene").symlink_to(scene)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", root
        server.shutdown()


def shown_tiles(scene: Path) -> int:
    """How many tiles make the picture of who arrives, by the server's own rule."""
    tiles = open_scene(scene).catalog.tiles
    spawn = json.loads((scene / "scene.json").read_bytes())["spawn_points"][0]
    half = np.radians(spawn["heading_deg"]) / 2
    # Level, turned from north: a quarter turn about x, then the heading about z.
    quarter = np.sqrt(0.5)
    orientation = (
        quarter * np.cos(half),
        -quarter * np.sin(half),
        -quarter * np.sin(half),
        quarter * np.cos(half),
    )
    x, y, z = spawn["position"]
    view = lod.viewpoint(
        View(
            seq=1,
            position=(x, y, z + visits.EYE_HEIGHT_M),
            orientation=orientation,
            fov=[np.radians(visits.FIELD_OF_VIEW_DEG)],
            viewport=(float(visits.WIDTH), float(visits.HEIGHT)),
        )
    )
    cut = lod.select(tiles, view, lod.Aim(visits.ERROR_PX, LARGE), NOTHING)
    shown = np.setdiff1d(lod.wanted(tiles, cut), cut.refined)
    return int(lod.in_view(tiles, shown, view).sum())


@pytest.mark.parametrize("painted", [True, False])
def test_our_visit_has_its_moments_in_order_and_no_hole(
    browser: Browser, ours: Served, painted: bool
) -> None:
    visit = visits.our_visit(browser, f"{ours.url}/s/potsdam-lod1", painted)
    assert 0 < visit.script_ms < visit.first_view_ms <= visit.complete_ms
    assert visit.holes == 0
    assert visit.tiles > 0
    assert visit.content_bytes > 0


def test_the_peer_shows_the_tiles_that_our_server_counts_as_the_picture(
    browser: Browser, peer: tuple[str, Path], scene: Path
) -> None:
    address, root = peer
    query = visits.peer_query(scene, "/scene/tileset.json", tuned=True)
    visits.write_inlined(browser, f"{address}/index.html?{query}", root)
    tuned, inlined = (
        visits.peer_visit(browser, f"{address}/{page}.html?{query}", painted=False)
        for page in ("index", "inlined")
    )
    assert tuned.tiles == inlined.tiles == shown_tiles(scene)
    assert 0 < tuned.script_ms < tuned.first_view_ms <= tuned.complete_ms
    assert inlined.content_bytes < tuned.content_bytes
