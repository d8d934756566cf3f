"""Many scenes: opened when somebody comes, given up when nobody has for long."""

from __future__ import annotations

import asyncio
import gc
import json
import shutil
from typing import TYPE_CHECKING

import httpx
import pytest

from citiverse_server import library as library_module
from citiverse_server.errors import SceneError
from citiverse_server.library import Library, size_of
from citiverse_server.scene import open_scene

if TYPE_CHECKING:
    from pathlib import Path

    from server.conftest import Serving


def _copy(scene: Path, folder: Path) -> Path:
    shutil.copytree(scene, folder)
    manifest = json.loads((folder / "scene.json").read_text())
    (folder / "scene.json").write_text(json.dumps({**manifest, "name": folder.name}))
    return folder


@pytest.fixture
def folders(scene: Path, tmp_path: Path) -> tuple[Path, ...]:
    return tuple(_copy(scene, tmp_path / "many" / name) for name in ("a", "b", "c"))


def test_of_many_scenes_nothing_but_the_manifest_is_read_until_somebody_comes(
    folders: tuple[Path, ...],
) -> None:
    library = Library(folders, 1 << 30)
    assert list(library) == ["a", "b", "c"]
    assert library.entries["b"].manifest_file.manifest.title
    assert library.held == ()
    assert asyncio.run(library.opened("b")) is library["b"]
    assert set(library.alive) == {"b"}
    assert asyncio.run(library.opened("nowhere")) is None


def test_the_only_scene_is_opened_at_once_and_what_is_wrong_with_it_told(
    folders: tuple[Path, ...],
) -> None:
    assert len(Library(folders[:1], 1).held) == 1
    (folders[0] / "tree.bin").write_bytes(b"")
    with pytest.raises(SceneError, match="missing or empty"):
        Library(folders[:1], 1)
    assert len(Library(folders, 1)) == 3


def test_those_who_come_at_the_same_time_share_one_opening(
    folders: tuple[Path, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []

    def count(folder: Path) -> object:
        opened.append(folder)
        return open_scene(folder)

    monkeypatch.setattr(library_module, "open_scene", count)

    async def come() -> None:
        library = Library(folders, 1 << 30)
        scenes = await asyncio.gather(*(library.opened("a") for _ in range(5)))
        assert len(set(map(id, scenes))) == 1

    asyncio.run(come())
    assert opened == [folders[0]]


def test_the_longest_unvisited_scene_is_given_up_but_not_one_that_somebody_is_in(
    folders: tuple[Path, ...],
) -> None:
    library = Library(folders, 2 * size_of(open_scene(folders[0])))
    inside = library["a"]
    for name in ("b", "c"):
        assert library[name].name == name
    gc.collect()
    assert [one.name for one in library.held] == ["a", "b", "c"]
    assert library["a"] is inside
    gc.collect()
    assert [one.name for one in library.held] == ["a", "c"]
    del inside


@pytest.mark.anyio
async def test_a_scene_that_breaks_after_the_start_is_told_of_and_the_others_go_on(
    serving: Serving, folders: tuple[Path, ...]
) -> None:
    (folders[0] / "tree.bin").write_bytes(b"CVTREE")
    async with serving(scenes=folders) as running:
        async with running.stranger() as stranger:
            await stranger.send({"t": "hello", "protocol": [1, 0], "scene": "a"})
            error = await stranger.until("error")
            assert (error["code"], error["fatal"]) == ("server-error", True)
        async with httpx.AsyncClient(base_url=running.http) as client:
            listed = (await client.get("/scenes")).json()["scenes"]
            assert [one["name"] for one in listed] == ["a", "b", "c"]
            assert (await client.get("/scenes/a/tileset.json")).status_code == 500
            assert (await client.get("/scenes/a/features")).status_code == 500
            assert (await client.get("/s/a/comments")).status_code == 500
            assert (await client.get("/scenes/b/tileset.json")).status_code == 200
        async with running.stranger() as stranger:
            await stranger.hello("b")
            assert stranger.welcome["manifest"]["name"] == "b"
