"""A city that changed a little: what didn't change stays, what did is as in a run from nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from citiverse.bench import incremental
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.sinks.scene_folder import SceneFolder

CITY = "nrw-lod2/LoD2_32_280_5657_1_NW.gml"


@pytest.fixture
def city(data: Path, tmp_path: Path) -> Path:
    path = tmp_path / "city.gml"
    path.write_bytes((data / CITY).read_bytes())
    return path


def contents(scene: Path) -> dict[str, int]:
    """Tiles and colliders with the numbers of their files on the disk."""
    return {
        path.relative_to(scene).as_posix(): path.stat().st_ino
        for folder in ("tiles", "colliders")
        for path in (scene / folder).rglob("*")
        if path.suffix in (".glb", ".bin", ".gz")
    }


def test_what_is_untouched_is_the_same_file_and_what_changed_is_as_from_nothing(
    city: Path, tmp_path: Path
) -> None:
    tile(TileOptions((city,), tmp_path / "scene"))
    before = contents(tmp_path / "scene")
    city.write_bytes(incremental.raised(city.read_bytes()))
    tile(TileOptions((city,), tmp_path / "scene"))
    after = contents(tmp_path / "scene")
    tile(TileOptions((city,), tmp_path / "anew"))
    assert after.keys() == contents(tmp_path / "anew").keys()
    stayed = before.keys() & after.keys()
    assert {before[name] for name in stayed} == {after[name] for name in stayed}
    assert 0 < len(after.keys() - before.keys()) < len(after) / 4
    for name in after:
        assert (tmp_path / "scene" / name).read_bytes() == (tmp_path / "anew" / name).read_bytes()


def test_nothing_of_the_former_city_is_left_over(city: Path, tmp_path: Path) -> None:
    tile(TileOptions((city,), tmp_path / "scene"))
    (tmp_path / "scene" / "tiles" / "buildings" / ("0" * 32 + ".glb")).write_bytes(b"stale")
    city.write_bytes(incremental.without_one(city.read_bytes()))
    tile(TileOptions((city,), tmp_path / "scene"))
    tile(TileOptions((city,), tmp_path / "anew"))
    names = {path.relative_to(tmp_path / "anew") for path in (tmp_path / "anew").rglob("*")}
    assert {
        path.relative_to(tmp_path / "scene") for path in (tmp_path / "scene").rglob("*")
    } == names


@pytest.mark.parametrize("moved", [1, 4, 9])
def test_a_run_killed_while_it_publishes_is_ended_by_the_next(
    city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    tile(TileOptions((city,), tmp_path / "scene"))
    city.write_bytes(incremental.raised(city.read_bytes()))
    tile(TileOptions((city,), tmp_path / "unbroken"))
    done: list[Path] = []
    move = Path.replace

    def killed(self: Path, target: Path) -> Path:
        if target.is_relative_to(tmp_path / "scene"):
            if len(done) == moved:
                raise KeyboardInterrupt
            done.append(target)
        return move(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            tile(TileOptions((city,), tmp_path / "scene"))
    with SceneFolder(tmp_path / "scene") as folder:
        folder.begin(b"anything")
    found = contents(tmp_path / "scene").keys()
    assert found >= contents(tmp_path / "unbroken").keys()
    for name in ("tree.bin", "tileset.json", "made.bin"):
        unbroken = (tmp_path / "unbroken" / name).read_bytes()
        assert (tmp_path / "scene" / name).read_bytes() == unbroken
    assert not (tmp_path / "scene.partial").exists()
