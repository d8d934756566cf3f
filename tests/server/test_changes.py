"""What each variant changes, in words for who can't see it."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from citiverse_server.app import create_app
from citiverse_server.config import ServerConfig
from server.scenes import FEATURE, SceneOptions, write_scene

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "variants/a-00000001"
BAD_NAME = "<b>Bistro</b>"


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """A town in which a house of two storeys and three trees take the place of the town hall, the
    tower of which would stay and be painted."""
    folder = write_scene(tmp_path / "town", SceneOptions(levels=2))
    inner = write_scene(folder / FOLDER, SceneOptions("a", levels=2, side_m=128.0))
    with closing(sqlite3.connect(inner / "features.sqlite")) as connection, connection:
        connection.execute("DELETE FROM feature")
        _add(connection, "site", "Site")
        _add(connection, "house", "Building", parent="site", name=BAD_NAME)
        _add(connection, "a", "BuildingStorey", parent="house", name="Upper floor", elevation=3.0)
        _add(connection, "b", "BuildingStorey", parent="house", name="Ground floor", elevation=0.0)
        _add(connection, "wall", "ExteriorWall", parent="b", heights=(10.0, 13.0))
        _add(connection, "roof", "ExteriorRoof", parent="a", heights=(13.0, 17.25))
        for number in range(3):
            _add(connection, f"tree-{number}", "SolitaryVegetationObject", heights=(10.0, 15.0))
    file = folder / "scene.json"
    manifest = json.loads(file.read_bytes())
    layers = json.loads((inner / "scene.json").read_bytes())["layers"]
    a = {
        "name": "a",
        "title": "A: a house",
        "description": "In the hall's place.",
        "layers": layers,
    }
    look = {"id": "town/P1", "look": "#aa3322", "label": "Red brick"}
    b = {"name": "b", "title": "B: paint", "description": "", "folder": "", "layers": []}
    manifest["variants"] = [
        a | {"folder": FOLDER, "hides": [FEATURE, "town/P1"]},
        b | {"restyles": [look]},
    ]
    file.write_text(json.dumps(manifest))
    return folder


@pytest.mark.anyio
async def test_it_is_told_as_json(scene: Path, tmp_path: Path) -> None:
    answer = await _get(scene, tmp_path, "/scenes/town/changes")
    a, b = json.loads(answer.text)["variants"]
    assert (a["added_count"], a["hidden_count"], a["restyled_count"]) == (4, 1, 0)
    house = a["added"][0]
    assert (house["id"], house["class"], house["reality"]) == ("a/house", "Building", "proposed")
    assert house["storeys"] == ["Ground floor", "Upper floor"]
    assert (house["storey_count"], house["height_m"]) == (2, 7.2)
    assert [(one["name"], one["storey_count"]) for one in a["hidden"]] == [("Town hall", 3)]
    (tower,) = b["restyled"]
    assert (tower["id"], tower["look"]) == ("town/P1", "Red brick")
    assert (b["added"], b["hidden"]) == ([], [])


@pytest.mark.anyio
async def test_it_is_told_in_words(scene: Path, tmp_path: Path) -> None:
    answer = await _get(scene, tmp_path, "/s/town/changes")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert BAD_NAME not in answer.text
    words = re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", answer.text))
    assert "&lt;b&gt;Bistro&lt;/b&gt; : building, proposed; 2 storeys: Ground floor, Upper" in words
    assert "7.2 metres high" in words
    assert "3 × solitary vegetation object without a name, proposed" in words
    assert "What is no longer there Town hall, Market 1 : building, real; 3 storeys" in words
    assert "It is to look otherwise: Red brick . This look is proposed" in words


@pytest.mark.anyio
async def test_a_city_without_variants_says_so(tmp_path: Path) -> None:
    folder = write_scene(tmp_path / "town", SceneOptions(levels=2))
    assert "Nobody has proposed" in (await _get(folder, tmp_path, "/s/town/changes")).text
    assert (await _get(folder, tmp_path, "/s/elsewhere/changes")).status_code == 404


async def _get(scene: Path, static: Path, path: str) -> httpx.Response:
    application = create_app(ServerConfig(scenes=(scene,), static=static))
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://town") as client:
        return await client.get(path)


def _add(
    connection: sqlite3.Connection,
    source_id: str,
    class_name: str,
    *,
    parent: str = "",
    name: str = "",
    heights: tuple[float | None, float | None] = (None, None),
    elevation: float | None = None,
) -> None:
    values: dict[str, Any] = {
        "id": f"a/{source_id}",
        "source_id": source_id,
        "dataset": "a",
        "class": class_name,
        "name": name,
        "address": "",
        "parent": f"a/{parent}" if parent else "",
        "min_z": heights[0],
        "max_z": heights[1],
        "reality": "proposed",
        "attributes": json.dumps({"elevation": elevation}),
    }
    marks = ", ".join("?" * len(values))
    connection.execute(
        f"INSERT INTO feature({', '.join(values)}) VALUES ({marks})", tuple(values.values())
    )
