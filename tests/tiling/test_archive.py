"""A scene as one file: the same bytes each time, the same folder again, and nothing hostile."""

from __future__ import annotations

import hashlib
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest

from citiverse_tiling.archive import INDEX, pack, unpack
from citiverse_tiling.check import check_any
from citiverse_tiling.errors import OutputError, SceneError
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from tiling.cities import town, write_citygml

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    tile(TileOptions((write_citygml(folder / "town.gml", town()),), folder / "scene"))
    return folder / "scene"


@pytest.fixture(scope="module")
def archive(scene: Path) -> Path:
    path = scene.with_name("town.3tz")
    assert pack(scene, path) == path.stat().st_size
    return path


def files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_the_same_scene_gives_the_same_bytes(scene: Path, archive: Path, tmp_path: Path) -> None:
    pack(scene, tmp_path / "again.3tz")
    assert (tmp_path / "again.3tz").read_bytes() == archive.read_bytes()


def test_unpacking_gives_the_very_folder(scene: Path, archive: Path, tmp_path: Path) -> None:
    unpack(archive, tmp_path / "out")
    assert files(tmp_path / "out") == files(scene)


def test_another_reader_of_zip_files_finds_every_file(scene: Path, archive: Path) -> None:
    there = files(scene)
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        *names, last = opened.namelist()
        assert last == INDEX
        assert names == sorted(name for name in there if not name.endswith(".gz"))
        assert all(opened.read(name) == there[name] for name in names)


def test_the_index_finds_each_entry_by_the_hash_of_its_name(archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        places = {entry.filename: entry.header_offset for entry in opened.infolist()}
        index = opened.read(INDEX)
    starts = range(0, len(index), 24)
    rows = [(index[at : at + 16], *struct.unpack_from("<Q", index, at + 16)) for at in starts]
    assert sorted(rows, key=lambda row: struct.unpack("<2Q", row[0])) == rows
    del places[INDEX]
    assert dict(rows) == {hashlib.md5(name.encode()).digest(): at for name, at in places.items()}


def test_an_archive_is_checked_like_its_folder(archive: Path) -> None:
    assert check_any(archive).findings == []


def test_nothing_is_left_where_an_archive_cannot_be_written(scene: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="can't be written"):
        pack(scene, tmp_path / "absent" / "town.3tz")
    with pytest.raises(SceneError, match="no scene"):
        pack(tmp_path, tmp_path / "town.3tz")
    assert list(tmp_path.iterdir()) == []


def with_index(path: Path, names: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    """A .3tz of these files, with a right index."""
    with zipfile.ZipFile(path, "w", method) as made:
        for name, data in names.items():
            made.writestr(name, data)
        rows = [
            (hashlib.md5(entry.filename.encode()).digest(), entry.header_offset)
            for entry in made.infolist()
        ]
        rows.sort(key=lambda row: struct.unpack("<2Q", row[0]))
        listing = b"".join(digest + struct.pack("<Q", at) for digest, at in rows)
        made.writestr(zipfile.ZipInfo(INDEX), listing)
    return path


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/../b", "a\\b", "C:x", "a//b", "é"])
def test_names_that_lead_out_of_the_folder_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="can't be a file of a scene"):
        unpack(with_index(tmp_path / "bad.3tz", {name: b"x"}), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_wrong_index_is_refused(archive: Path, tmp_path: Path) -> None:
    data = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as opened:
        last = opened.infolist()[-1]
    start = last.header_offset + 30 + len(INDEX)
    data[start], data[start + 1] = data[start + 1], data[start]
    (tmp_path / "bad.3tz").write_bytes(data)
    with pytest.raises(SceneError, match=r"index|CRC"):
        unpack(tmp_path / "bad.3tz", tmp_path / "out")


def test_an_archive_without_an_index_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "plain.3tz", "w") as made:
        made.writestr("scene.json", "{}")
    with pytest.raises(SceneError, match=INDEX):
        unpack(tmp_path / "plain.3tz", tmp_path / "out")


def test_overlapping_entries_are_refused(tmp_path: Path) -> None:
    """Two names in the directory that share one place."""
    path = with_index(tmp_path / "bad.3tz", {"aa": b"x" * 99, "bb": b"x" * 99})
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as opened:
        directory, first = opened.start_dir, opened.infolist()[0].header_offset
    second = data.index(b"PK\x01\x02", directory + 4)
    struct.pack_into("<I", data, second + 42, first)
    path.write_bytes(data)
    with pytest.raises(SceneError, match="overlaps"):
        unpack(path, tmp_path / "out")


def test_a_lie_about_a_size_is_refused_before_anything_is_unpacked(tmp_path: Path) -> None:
    bomb = {"scene.json": b"\0" * 5_000_000}
    path = with_index(tmp_path / "bad.3tz", bomb, zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as opened:
        directory = opened.start_dir
    struct.pack_into("<I", data, directory + 24, 0x7FFF_FFFF)
    path.write_bytes(data)
    with pytest.raises(SceneError, match="claims to be larger"):
        unpack(path, tmp_path / "out")


def test_bytes_that_are_cut_or_changed_never_crash(archive: Path, tmp_path: Path) -> None:
    data = archive.read_bytes()
    for at in range(0, len(data), len(data) // 40):
        (tmp_path / "bad.3tz").write_bytes(data[:at])
        with pytest.raises(SceneError):
            unpack(tmp_path / "bad.3tz", tmp_path / "out")
