"""Folders are searched and archives unpacked; what is in them is not trusted."""

from __future__ import annotations

import gzip
import stat
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from citiverse_tiling import unpacking
from citiverse_tiling.errors import InputError, TilingError
from citiverse_tiling.inputs import opened
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from tiling.cities import town, write_citygml

if TYPE_CHECKING:
    from pathlib import Path

CODE_LIST = b'<?xml version="1.0"?><gml:Dictionary xmlns:gml="http://www.opengis.net/gml"/>'


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    """A folder as cities deliver them."""
    folder = tmp_path / "delivery"
    (folder / "udx" / "bldg").mkdir(parents=True)
    (folder / "codelists").mkdir()
    write_citygml(folder / "udx" / "bldg" / "town.gml", town(3))
    (folder / "codelists" / "class.xml").write_bytes(CODE_LIST)
    (folder / "package.json").write_text('{"name": "delivery"}')
    (folder / "README.md").write_text("Our town.")
    (folder / ".hidden.gml").write_text("<CityModel/>")
    return folder


def zipped(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())
    return path


def names(*named: Path) -> tuple[list[str], list[str]]:
    with opened(named) as inputs:
        assert all(file.path.is_file() for file in inputs.files)
        return [file.path.name for file in inputs.files], inputs.skipped


def test_row_34_a_folder_gives_its_city_files_and_lists_the_others(delivery: Path) -> None:
    assert names(delivery) == (
        ["town.gml"],
        ["delivery/README.md", "delivery/package.json", "delivery/codelists/class.xml"],
    )


def test_row_35_an_archive_is_a_folder_and_a_compressed_file_a_file(
    delivery: Path, tmp_path: Path
) -> None:
    source = delivery / "udx" / "bldg" / "town.gml"
    packed = delivery / "udx" / "second.gml.gz"
    packed.write_bytes(gzip.compress(source.read_bytes()))
    files, skipped = names(zipped(delivery, tmp_path / "delivery.bin"), packed)
    assert files == ["second.gml", "town.gml", "second.gml"]
    assert "delivery.bin/README.md" in skipped


def test_what_was_unpacked_is_gone_afterwards(delivery: Path, tmp_path: Path) -> None:
    with opened([zipped(delivery, tmp_path / "a.zip")]) as inputs:
        (file,) = inputs.files
    assert not file.path.exists()


def test_an_archive_gives_the_same_scene_as_its_file(delivery: Path, tmp_path: Path) -> None:
    tile(TileOptions((delivery / "udx" / "bldg" / "town.gml",), tmp_path / "a", name="town"))
    packed = zipped(delivery, tmp_path / "town.zip")
    done = tile(TileOptions((packed,), tmp_path / "b", name="town"))
    assert (tmp_path / "a" / "tree.bin").read_bytes() == (tmp_path / "b" / "tree.bin").read_bytes()
    assert done.report.skipped[0] == "town.zip/README.md"


def test_the_output_is_not_looked_into(delivery: Path) -> None:
    options = TileOptions((delivery,), delivery / "scene")
    first, second = tile(options), tile(options)
    assert first.report.skipped == second.report.skipped


def test_images_of_textures_are_no_photos_of_the_ground(delivery: Path) -> None:
    source = delivery / "udx" / "bldg" / "town.gml"
    (source.parent / "looks").mkdir()
    (source.parent / "looks" / "a b.tif").write_bytes(b"II*\x00" + bytes(60))
    text = source.read_text()
    end = text.rindex("</")
    named = "<imageURI>looks\\a%20b.tif</imageURI>"
    source.write_text(text[:end] + named + text[end:])
    assert names(delivery)[0] == ["town.gml"]


def test_a_folder_without_a_city_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("Nothing here.")
    with pytest.raises(InputError, match="nothing in it is of a format"):
        names(tmp_path)


@pytest.mark.parametrize("name", ["../out.gml", "/etc/out.gml", "a/../../out.gml", "..\\out.gml"])
def test_an_entry_that_leads_out_of_the_archive_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "x")
    with pytest.raises(InputError, match="leads out of the archive"):
        names(path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.zip"]


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    entry = zipfile.ZipInfo("link")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(InputError, match="leads out of the archive"):
        names(path)


@pytest.mark.parametrize("kind", ["zip", "gz"])
def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(unpacking, "_SMALL_BYTES", 1 << 16)
    path, zeros = tmp_path / f"a.{kind}", bytes(8 << 20)
    if kind == "gz":
        path.write_bytes(gzip.compress(zeros))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.gml", zeros)
    with pytest.raises(InputError, match="more comes out of it than is sane"):
        names(path)


def test_too_many_entries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MAX_ENTRIES", 2)
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.gml", "x")
    with pytest.raises(InputError, match="more than 2 files"):
        names(path)


def test_archives_in_archives_end(delivery: Path, tmp_path: Path) -> None:
    inner = zipped(delivery, tmp_path / "0.zip")
    for number in range(1, 5):
        (tmp_path / f"in{number}").mkdir()
        (tmp_path / f"in{number}" / "a.zip").write_bytes(inner.read_bytes())
        inner = zipped(tmp_path / f"in{number}", tmp_path / f"{number}.zip")
    with pytest.raises(InputError, match="nothing in it"):
        names(inner)


@pytest.mark.parametrize("cut", [1, 10, 200])
@pytest.mark.parametrize("kind", ["zip", "gz"])
def test_a_broken_archive_is_one_sentence(
    delivery: Path, tmp_path: Path, kind: str, cut: int
) -> None:
    path = zipped(delivery, tmp_path / "a.zip")
    if kind == "gz":
        path.write_bytes(gzip.compress((delivery / "udx/bldg/town.gml").read_bytes()))
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(InputError, match="can't be unpacked"):
        names(path)


def test_a_locked_archive_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.gml", "x")
    data = bytearray(path.read_bytes())
    struct.pack_into("<H", data, 6, 1)
    struct.pack_into("<H", data, data.index(b"PK\x01\x02") + 8, 1)
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match="encrypted"):
        names(path)


def test_messages_name_the_archive_and_not_a_temporary_folder(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "cut.gml").write_text('<CityModel xmlns="http://www.opengis.net/citygml/2.0">')
    with pytest.raises(TilingError, match=r"a\.zip/cut\.gml:"):
        tile(TileOptions((zipped(folder, tmp_path / "a.zip"),), tmp_path / "scene"))


def test_an_image_in_a_folder_that_lies_nowhere_is_no_photo_of_the_ground(delivery: Path) -> None:
    Image.new("RGB", (8, 8)).save(delivery / "logo.png")
    with opened([delivery]) as inputs:
        assert "logo.png" not in {one.path.name for one in inputs.files}
        assert any(name.endswith("logo.png") for name in inputs.skipped)


def test_who_is_in_a_hurry_gets_images_too(delivery: Path) -> None:
    Image.new("RGB", (8, 8)).save(delivery / "logo.png")
    with opened([delivery], sort_images=False) as inputs:
        assert delivery / "logo.png" in [one.path for one in inputs.files]
        assert str(delivery / "logo.png") not in inputs.skipped
