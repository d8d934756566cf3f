"""A scene appears whole or not at all, and never in the place of something that isn't one."""

from __future__ import annotations

import gzip
import hashlib
import json
from errno import ENOSPC
from sqlite3 import OperationalError
from typing import TYPE_CHECKING

import pytest

from citiverse_tiling.errors import OutputError
from citiverse_tiling.sinks.scene_folder import SCHEMA, SceneFolder

if TYPE_CHECKING:
    from pathlib import Path


def publish(scene: Path, **files: str) -> None:
    with SceneFolder(scene) as folder:
        for name, text in files.items():
            folder.write(name, text.encode())
        folder.write("scene.json", json.dumps({"schema": SCHEMA}).encode())
        folder.publish()


def test_the_folder_appears_when_it_is_published(tmp_path: Path) -> None:
    scene = tmp_path / "town"
    with SceneFolder(scene) as folder:
        folder.write("a/b.txt", b"hello")
        assert not scene.exists()
        folder.publish()
    assert (scene / "a" / "b.txt").read_bytes() == b"hello"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["town"]


def test_a_run_that_is_never_published_leaves_nothing_and_keeps_what_was(tmp_path: Path) -> None:
    scene = tmp_path / "town"
    publish(scene, old="yes")
    with SceneFolder(scene) as folder:
        folder.write("new", b"half")
    assert sorted(path.name for path in scene.iterdir()) == ["old", "scene.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["town"]


def test_a_scene_of_ours_is_replaced_whole(tmp_path: Path) -> None:
    scene = tmp_path / "town"
    publish(scene, old="yes")
    publish(scene, new="yes")
    assert sorted(path.name for path in scene.iterdir()) == ["new", "scene.json"]


@pytest.mark.parametrize("content", [None, "{}", "no json", '{"schema": "other/1"}', "[]"])
def test_a_folder_that_is_no_scene_is_left_alone(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    if content is not None:
        (tmp_path / "scene.json").write_text(content)
    with pytest.raises(OutputError, match="not a scene of ours; choose another folder"):
        SceneFolder(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    publish(tmp_path / "town-1", old="yes")
    link = tmp_path / "town"
    link.symlink_to("town-1")
    publish(link, new="yes")
    assert link.is_symlink()
    assert sorted(path.name for path in link.iterdir()) == ["new", "scene.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["town", "town-1"]


def test_a_folder_of_somebody_else_beside_the_scene_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "town.old").mkdir()
    (tmp_path / "town.old" / "thesis.txt").write_text("years of work")
    publish(tmp_path / "town")
    publish(tmp_path / "town")
    assert (tmp_path / "town.old" / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    "error", [OSError(ENOSPC, "No space left on device"), OperationalError("disk is full")]
)
def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(OutputError, match="make room"), SceneFolder(tmp_path / "town"):
        raise error
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "town").write_text("a file")
    with pytest.raises(OutputError, match="not a scene"):
        SceneFolder(tmp_path / "town")


def test_an_output_below_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="can't be written"), SceneFolder(tmp_path / "file" / "x"):
        pass


def test_content_is_named_by_its_hash_and_compressed_where_worth_it(tmp_path: Path) -> None:
    plain, noise = b"abc" * 1000, hashlib.shake_256(b"").digest(1000)
    with SceneFolder(tmp_path / "town") as folder:
        stored = folder.store("tiles/x", ".glb", plain)
        again = folder.store("tiles/x", ".glb", plain)
        random = folder.store("tiles/x", ".glb", noise)
        folder.publish()
    assert stored == again
    name = hashlib.sha256(plain).hexdigest()[:32]
    assert stored.digest.hex() == name
    tiles = tmp_path / "town" / "tiles" / "x"
    compressed = (tiles / f"{name}.glb.gz").read_bytes()
    assert gzip.decompress(compressed) == plain
    assert len(compressed) == stored.gzip_size
    assert compressed[4:8] == bytes(4), "no clock in the header"
    assert random.gzip_size == 0
    assert not (tiles / f"{random.digest.hex()}.glb.gz").exists()
