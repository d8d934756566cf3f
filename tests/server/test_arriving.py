"""The first view of who sends none: from where everyone arrives."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from citiverse_server import lod
from citiverse_server.arriving import EYE_HEIGHT_M, first_view
from citiverse_server.manifest import Extent, Layer, Manifest, SpawnPoint
from citiverse_server.protocol import Start

if TYPE_CHECKING:
    from pathlib import Path

    from server.conftest import Serving

START = Start(fov=[1.0, 1.5], viewport=(1280.0, 720.0))
EMPTY = Manifest(
    schema="citiverse-scene/1",
    name="town",
    title="Town",
    layers=[Layer("ground", "Ground", "ground", "derived", "tiles/ground/tileset.json")],
    collider_cell_m=64.0,
    extent=Extent((-10.0, -20.0, 30.0), (30.0, 60.0, 90.0)),
)


@pytest.mark.parametrize("heading", [0.0, 75.0, 180.0, 300.0])
def test_one_looks_level_along_the_heading_from_eye_height(heading: float) -> None:
    point = SpawnPoint((12.0, -4.5, 33.2), heading)
    view = first_view(msgspec.structs.replace(EMPTY, spawn_points=[point]), START)
    assert view.position == (12.0, -4.5, 33.2 + EYE_HEIGHT_M)
    east, north = math.sin(math.radians(heading)), math.cos(math.radians(heading))
    np.testing.assert_allclose(lod.viewpoint(view).forward, (east, north, 0.0), atol=1e-12)


def test_where_no_place_is_named_one_arrives_in_the_middle() -> None:
    view = first_view(EMPTY, START)
    assert view.position == (10.0, 20.0, 30.0 + EYE_HEIGHT_M)
    assert (view.seq, view.fov, view.viewport) == (0, START.fov, START.viewport)


@pytest.mark.anyio
async def test_the_first_view_needs_no_message_but_hello(serving: Serving, scene: Path) -> None:
    async with serving() as running, running.stranger() as stranger:
        await stranger.hello("town", start={"fov": [1.0], "viewport": [1280, 720]})
        assert (await stranger.until("complete"))["seq"] == 0
        assert stranger.tiles
        await stranger.look([0.0, 0.0, 2.0])


@pytest.mark.anyio
@pytest.mark.parametrize("start", [{"fov": [9.0], "viewport": [1, 1]}, {"fov": [1.0]}, 7])
async def test_a_start_that_cannot_be_is_a_bad_message(serving: Serving, start: object) -> None:
    async with serving() as running, running.stranger() as stranger:
        await stranger.send({"t": "hello", "protocol": [1, 1], "scene": "town", "start": start})
        assert (await stranger.until("error"))["code"] == "bad-message"
