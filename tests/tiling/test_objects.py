"""Inputs and scenes on storage that speaks S3: the same bytes, published last, nothing lost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from citiverse_tiling.errors import InputError, OutputError
from citiverse_tiling.objects import fetch, is_remote, is_scene, upload
from storage import bucket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obstore.store import S3Store

SCENE = {
    "scene.json": b'{"schema": "citiverse-scene/1"}',
    "tree.bin": b"tree",
    f"tiles/ground/{'a' * 32}.glb": b"tile",
    f"tiles/ground/{'a' * 32}.glb.gz": b"packed",
    "tiles/ground/tileset.json": b"{}",
}
CITY = Path("s3://bucket/scenes/city")


@pytest.fixture(autouse=True)
def storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with bucket(monkeypatch) as address:
        yield address


@pytest.fixture
def store(storage: str) -> S3Store:
    from obstore.store import S3Store

    return S3Store("bucket", client_options={"allow_http": storage.startswith("http:")})


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    for name, data in SCENE.items():
        path = tmp_path / "scene" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "scene"


def files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_an_address_of_storage_is_told_from_a_path() -> None:
    assert is_remote(Path("s3://bucket/key"))
    assert not is_remote(Path("s3/bucket/key"))
    assert not is_remote(Path("/s3:/bucket/key"))


def test_a_scene_comes_back_as_it_went(scene: Path, tmp_path: Path) -> None:
    assert not is_scene(CITY)
    upload(scene, CITY)
    assert is_scene(CITY)
    assert files(fetch(CITY, tmp_path / "here")) == SCENE


def test_the_manifest_is_the_last_that_is_written(
    scene: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import obstore

    written: list[str] = []
    put = obstore.put

    def noted(store: S3Store, path: str, file: Path) -> None:
        put(store, path, file)
        written.append(path.removeprefix("scenes/city/"))

    monkeypatch.setattr(obstore, "put", noted)
    upload(scene, CITY)
    hashed = [name for name in SCENE if "aaaa" in name]
    assert sorted(written[: len(hashed)]) == sorted(hashed)
    assert written[-1] == "scene.json"
    assert sorted(written) == sorted(SCENE)


def test_a_new_scene_takes_the_place_of_the_old_whole(scene: Path, tmp_path: Path) -> None:
    upload(scene, CITY)
    (scene / "tiles" / "ground" / f"{'a' * 32}.glb.gz").unlink()
    upload(scene, CITY)
    assert files(fetch(CITY, tmp_path / "here")) == files(scene)


def test_an_upload_that_was_cut_short_goes_on(
    scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import obstore

    put = obstore.put
    written: list[str] = []

    def cut(store: S3Store, path: str, file: Path) -> None:
        if path.endswith(".bin"):
            raise OSError("the line is dead")
        put(store, path, file)

    def noted(store: S3Store, path: str, file: Path) -> None:
        written.append(path.removeprefix("scenes/city/"))
        put(store, path, file)

    monkeypatch.setattr(obstore, "put", cut)
    with pytest.raises(OutputError, match="the line is dead"):
        upload(scene, CITY)
    assert not is_scene(CITY)
    monkeypatch.setattr(obstore, "put", noted)
    upload(scene, CITY)
    assert sorted(written) == sorted(name for name in SCENE if "aaaa" not in name)
    assert files(fetch(CITY, tmp_path / "here")) == SCENE


def test_what_is_no_scene_is_never_replaced(scene: Path, store: S3Store) -> None:
    import obstore

    obstore.put(store, "scenes/city/diary.txt", b"mine")
    with pytest.raises(OutputError, match="not a scene of ours"):
        upload(scene, CITY)
    assert bytes(obstore.get(store, "scenes/city/diary.txt").bytes()) == b"mine"


def test_one_file_is_fetched_by_its_name(store: S3Store, tmp_path: Path) -> None:
    import obstore

    obstore.put(store, "in/town.gml", b"<town/>")
    obstore.put(store, "in/town.gml.bak", b"other")
    assert fetch(Path("s3://bucket/in/town.gml"), tmp_path) == tmp_path / "town.gml"
    assert files(tmp_path) == {"town.gml": b"<town/>"}


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("s3://bucket/absent", "no such object"),
        ("s3://bucket", "write s3://bucket/key"),
        ("s3://Bad_Bucket/key", "write s3://bucket/key"),
        ("s3://bucket/../key", "write s3://bucket/key"),
        ("s3://absent/key", "can't be fetched"),
    ],
)
def test_what_is_not_there_is_one_sentence(place: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said) as caught:
        fetch(Path(place), tmp_path)
    assert "\n" not in str(caught.value)


def test_no_more_is_fetched_than_the_disk_has_room_for(
    store: S3Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import obstore

    obstore.put(store, "in/town.gml", b"x" * 10_000)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 9_999}))
    with pytest.raises(InputError, match="has room for"):
        fetch(Path("s3://bucket/in/town.gml"), tmp_path)
    assert files(tmp_path) == {}


def test_without_the_extra_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(InputError, match=r"pip install citiverse\[objects\]"):
        fetch(Path("s3://bucket/key"), tmp_path)
