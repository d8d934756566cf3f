"""A scene in one file is served as its folder is, byte by byte, and hostile ones are refused."""

from __future__ import annotations

import gzip
import hashlib
import struct
import zipfile
from typing import TYPE_CHECKING

import httpx
import pytest

from citiverse_server.archive import INDEX, Archive
from citiverse_server.errors import SceneError
from citiverse_server.scene import open_scene
from citiverse_server.state import state_folder
from citiverse_tiling.archive import pack

if TYPE_CHECKING:
    from pathlib import Path

    from server.conftest import Serving


@pytest.fixture(scope="module")
def archive(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "town.3tz"
    pack(scene, path)
    return path


def test_an_archive_gives_every_file_of_its_folder(scene: Path, archive: Path) -> None:
    folder, packed = open_scene(scene), open_scene(archive)
    assert packed.name == folder.name
    for row in range(folder.catalog.tiles.count):
        one, other = folder.tile_file(row), packed.tile_file(row)
        assert other.path.read_bytes() == one.path.read_bytes()
        assert other.has_gzip == one.has_gzip
        if one.has_gzip:
            gz = other.path.with_name(f"{other.path.name}.gz")
            assert gzip.decompress(gz.read_bytes()) == one.path.read_bytes()
    assert packed.features.read_bytes() == folder.features.read_bytes()


def test_comments_of_a_scene_and_of_its_archive_are_the_same(tmp_path: Path) -> None:
    assert state_folder(tmp_path / "city.3tz", "city", None) == tmp_path / "city.state"
    assert state_folder(tmp_path / "city", "city", None) == tmp_path / "city.state"


@pytest.mark.anyio
async def test_tiles_come_packed_or_plain_over_http(
    archive: Path, scene: Path, serving: Serving
) -> None:
    async with serving(scenes=(archive,)) as running, httpx.AsyncClient() as client:
        root = f"{running.http}/scenes/town"
        tileset = await client.get(f"{root}/tileset.json")
        assert tileset.content == (scene / "tileset.json").read_bytes()
        for path in sorted((scene / "tiles").rglob("*.glb"))[:5]:
            url = f"{root}/{path.relative_to(scene).as_posix()}"
            for encoding in ("identity", "gzip"):
                answer = await client.get(url, headers={"accept-encoding": encoding})
                assert answer.status_code == 200
                assert answer.content == path.read_bytes()
        features = await client.get(f"{root}/features", params={"limit": 3})
        assert len(features.json()["features"]) == 2


def write(path: Path, names: dict[str, bytes], index: bytes | None = None) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, data in names.items():
            made.writestr(name, data)
        rows = [
            (hashlib.md5(entry.filename.encode()).digest(), entry.header_offset)
            for entry in made.infolist()
        ]
        rows.sort(key=lambda row: struct.unpack("<2Q", row[0]))
        right = b"".join(digest + struct.pack("<Q", at) for digest, at in rows)
        made.writestr(INDEX, right if index is None else index)
    return path


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/../b", "a\\b", "scene.json/.."])
def test_names_that_lead_elsewhere_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="can't be a file of a scene"):
        Archive(write(tmp_path / "bad.3tz", {name: b"x"}))


def test_an_index_that_lies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="index"):
        Archive(write(tmp_path / "bad.3tz", {"scene.json": b"{}"}, b"\0" * 24))


def test_entries_that_share_bytes_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "bad.3tz", {"aa": b"x" * 99, "bb": b"x" * 99})
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as opened:
        directory = opened.start_dir
    struct.pack_into("<I", data, data.index(b"PK\x01\x02", directory + 4) + 42, 0)
    path.write_bytes(data)
    with pytest.raises(SceneError, match=r"says one thing|overlaps"):
        Archive(path)


def test_a_bomb_is_never_inflated_beyond_its_size(archive: Path, tmp_path: Path) -> None:
    """An entry whose two headers agree on a size that its bytes exceed."""
    path = tmp_path / "bomb.3tz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("tiles.bin", b"\0" * 10_000_000)
        digest = hashlib.md5(b"tiles.bin").digest()
        made.writestr(zipfile.ZipInfo(INDEX), digest + struct.pack("<Q", 0))
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as opened:
        directory = opened.start_dir
    struct.pack_into("<I", data, 22, 1000)
    struct.pack_into("<I", data, directory + 24, 1000)
    path.write_bytes(data)
    with pytest.raises(OSError, match="checksum"):
        Archive(path).read("tiles.bin")


def test_archives_that_are_cut_short_are_one_sentence(archive: Path, tmp_path: Path) -> None:
    data = archive.read_bytes()
    for at in range(0, len(data), len(data) // 40):
        (tmp_path / "cut.3tz").write_bytes(data[:at])
        with pytest.raises(SceneError) as caught:
            open_scene(tmp_path / "cut.3tz")
        assert str(caught.value).count("\n") == 0
