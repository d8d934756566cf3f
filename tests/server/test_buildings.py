"""Storeys and rooms over HTTP: what the manifest names, of the scene and of its variants."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from citiverse_server.app import create_app
from citiverse_server.config import ServerConfig
from citiverse_tiling.archive import pack
from server.scenes import SceneOptions, write_scene

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

NAME = "buildings.json"
OF_VARIANT = "variants/a-00000001"
OWN, PROPOSED = b'{"buildings": []}\n', b'{"buildings": [\n]}\n'


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """A scene that says what is inside, and so does its variant."""
    folder = write_scene(tmp_path / "town", SceneOptions())
    inner = write_scene(folder / OF_VARIANT, SceneOptions("a"))
    manifest = json.loads((folder / "scene.json").read_bytes())
    layers = json.loads((inner / "scene.json").read_bytes())["layers"]
    (folder / NAME).write_bytes(OWN)
    (inner / NAME).write_bytes(PROPOSED)
    said = {"name": "a", "title": "A", "description": "", "folder": OF_VARIANT}
    named = f"{OF_VARIANT}/{NAME}"
    manifest["variants"] = [said | {"layers": layers, "hides": [], "buildings": named}]
    manifest["buildings"] = NAME
    manifest["checksums"] = {NAME: "sha256:", named: "sha256:"}
    (folder / "scene.json").write_text(json.dumps(manifest))
    return folder


async def asked(place: Path, path: str) -> httpx.Response:
    application = create_app(ServerConfig(scenes=(place,), static=place.parent))
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://town") as client:
        return await client.get(f"/scenes/town/{path}")


@pytest.mark.parametrize("is_packed", [False, True])
async def test_what_is_inside_of_buildings_is_served_where_it_is_named(
    scene: Path, tmp_path: Path, is_packed: bool
) -> None:
    place = scene
    if is_packed:
        place = tmp_path / "town.3tz"
        pack(scene, place)
    own = await asked(place, NAME)
    assert (own.status_code, own.content) == (200, OWN)
    assert own.headers["content-type"] == "application/json"
    proposed = await asked(place, f"{OF_VARIANT}/{NAME}")
    assert (proposed.status_code, proposed.content) == (200, PROPOSED)


async def test_what_the_manifest_does_not_name_is_not_there(scene: Path) -> None:
    (scene / OF_VARIANT / "notes").mkdir()
    (scene / OF_VARIANT / "notes" / NAME).write_bytes(b"secret")
    assert (await asked(scene, f"{OF_VARIANT}/notes/{NAME}")).status_code == 404
    manifest = json.loads((scene / "scene.json").read_bytes())
    del manifest["checksums"][NAME]
    (scene / "scene.json").write_text(json.dumps(manifest))
    assert (await asked(scene, NAME)).status_code == 404
