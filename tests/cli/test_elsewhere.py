"""Cities from storage to storage, and from there to a browser: as if all lay here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from citiverse.main import app
from citiverse_server.errors import ConfigError, SceneError
from citiverse_server.scene import open_scene
from citiverse_server.state import state_folder
from citiverse_tiling.objects import fetch
from storage import bucket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.conftest import Citiverse

CITY = Path("s3://bucket/scenes/hamlet")


@pytest.fixture(scope="module", autouse=True)
def storage() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch, bucket(patch) as address:
        yield address


def put(key: str, data: Path | bytes) -> None:
    import obstore
    from obstore.store import S3Store

    obstore.put(S3Store("bucket", client_options={"allow_http": True}), key, data)


@pytest.fixture(scope="module")
def tiled(hamlet: Path) -> Path:
    """The hamlet's source on storage, tiled there."""
    put("in/hamlet.gml", hamlet)
    named = ["tile", "s3://bucket/in/hamlet.gml", "-o", "s3://bucket/scenes/hamlet"]
    result = CliRunner().invoke(app, named)
    assert result.exit_code == 0, result.output
    assert "citiverse serve s3://bucket/scenes/hamlet" in result.stdout
    return CITY


def files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_a_city_tiled_on_storage_is_the_one_tiled_here(
    tiled: Path, scene: Path, tmp_path: Path
) -> None:
    assert files(fetch(tiled, tmp_path)) == files(scene)


def test_a_scene_on_storage_is_served_without_its_tiles_being_here(
    tiled: Path, scene: Path
) -> None:
    there, here = open_scene(tiled), open_scene(scene)
    assert there.name == here.name
    for row in range(here.catalog.tiles.count):
        one, other = here.tile_file(row), there.tile_file(row)
        assert other.path.read_bytes() == one.path.read_bytes()
    assert there.features.read_bytes() == here.features.read_bytes()
    assert sorted(path.name for path in there.features.parent.iterdir()) == [
        "features.sqlite",
        "tree.bin",
    ]
    assert there.tile_file(0).path == there.tile_file(0).path
    with pytest.raises(OSError, match="absent"):
        (there.root / "absent").read_bytes()


def test_what_people_say_needs_a_folder_here(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--state"):
        state_folder(CITY, "hamlet", None)
    assert state_folder(CITY, "hamlet", tmp_path) == tmp_path / "hamlet.state"


def test_a_scene_that_is_half_uploaded_is_refused(scene: Path) -> None:
    put("scenes/half/scene.json", scene / "scene.json")
    put("scenes/half/tree.bin", b"another")
    with pytest.raises(SceneError, match="checksum"):
        open_scene(Path("s3://bucket/scenes/half"))
    with pytest.raises(SceneError, match=r"scene\.json"):
        open_scene(Path("s3://bucket/scenes/absent"))


def test_tiling_onto_a_scene_on_storage_leads_its_identities_on(
    citiverse: Citiverse, tiled: Path, hamlet: Path, tmp_path: Path
) -> None:
    assert tiled == CITY
    again = tmp_path / "again.gml"
    again.write_bytes(hamlet.read_bytes())
    result = citiverse("tile", again, "-o", "s3://bucket/scenes/hamlet")
    assert result.exit_code == 0, result.output
    assert "Since the former delivery: " in result.stdout
    assert "renamed" in result.stdout
