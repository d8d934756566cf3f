"""A city that changed a little: what didn't change stays, what did is as in a run from nothing."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from citiverse.bench import incremental
from citiverse_tiling.check import check
from citiverse_tiling.options import Origin, TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.sinks.scene_folder import SceneFolder
from tiling.test_parallel import digests

if TYPE_CHECKING:
    from collections.abc import Callable

CITY = "nrw-lod2/LoD2_32_280_5657_1_NW.gml"


@pytest.fixture
def city(data: Path, tmp_path: Path) -> Path:
    path = tmp_path / "city.gml"
    path.write_bytes((data / CITY).read_bytes())
    return path


@pytest.fixture(scope="module")
def made(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scene of the city as it was."""
    folder = tmp_path_factory.mktemp("made")
    shutil.copyfile(data / CITY, folder / "city.gml")
    tile(TileOptions((folder / "city.gml",), folder / "scene"))
    return folder / "scene"


def contents(scene: Path) -> dict[str, int]:
    """Tiles and colliders with the numbers of their files on the disk."""
    return {
        path.relative_to(scene).as_posix(): path.stat().st_ino
        for folder in ("tiles", "colliders")
        for path in (scene / folder).rglob("*")
        if path.suffix in (".glb", ".bin", ".gz")
    }


def test_what_is_untouched_is_the_same_file_and_what_changed_is_as_from_nothing(
    city: Path, made: Path, tmp_path: Path
) -> None:
    shutil.copytree(made, tmp_path / "scene")
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


def test_nothing_of_the_former_city_is_left_over(city: Path, made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "scene")
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
    city: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    shutil.copytree(made, tmp_path / "scene")
    shutil.copytree(made, tmp_path / "unbroken")
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


def origin_of(scene: Path) -> Origin:
    found = json.loads((scene / "scene.json").read_bytes())["origin"]
    return Origin(found["lon"], found["lat"])


def told(scene: Path) -> list[list[tuple[object, ...]]]:
    """What features.sqlite says, whatever its rows are numbered; OperationalError if broken."""
    with closing(sqlite3.connect(scene / "features.sqlite")) as features:
        features.execute(
            "INSERT INTO feature_text(feature_text, rank) VALUES('integrity-check', 1)"
        )
        assert features.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [
            features.execute(query).fetchall()
            for query in (
                "SELECT id, source_id, dataset, class, name, address, parent, lon, lat, min_x,"
                " min_y, min_z, max_x, max_y, max_z, reality, attributes FROM feature ORDER BY id",
                "SELECT feature.id, box.min_x, box.max_x, box.min_y, box.max_y, box.min_z,"
                " box.max_z FROM feature JOIN feature_box AS box ON box.row = feature.row"
                " ORDER BY 1",
                "SELECT tile, property_row, id FROM tile_feature JOIN feature ON row = feature"
                " ORDER BY tile, property_row",
                "SELECT feature.id FROM feature JOIN feature_text ON row = feature_text.rowid"
                " WHERE feature_text MATCH 'city' ORDER BY 1",
            )
        ]


@pytest.mark.parametrize(("name", "change"), incremental.CHANGES)
def test_changed_features_are_those_of_a_run_from_nothing(
    city: Path, made: Path, tmp_path: Path, name: str, change: Callable[[bytes], bytes]
) -> None:
    shutil.copytree(made, tmp_path / "scene")
    city.write_bytes(change(city.read_bytes()))
    done = tile(TileOptions((city,), tmp_path / "scene"))
    tile(TileOptions((city,), tmp_path / "anew", origin=origin_of(made)))
    features, expected = told(tmp_path / "scene"), told(tmp_path / "anew")
    for found, wanted in zip(features[0], expected[0], strict=True):
        assert found == wanted
    assert [len(table) for table in features] == [len(table) for table in expected]
    assert check(tmp_path / "scene") == []
    assert done.report.successions is not None
    counts = {"one_removed": "demolished", "first_removed": "demolished", "one_added": "new"}
    if name in counts:
        assert done.report.successions.counts[counts[name]] >= 1
    else:
        assert set(done.report.successions.counts) == {"same"}


def test_the_frame_stays_where_it_was_and_says_so(city: Path, made: Path, tmp_path: Path) -> None:
    before = contents(made)
    for _ in range(5):  # the next is 200 m away
        city.write_bytes(incremental.without_the_first(city.read_bytes()))
    shutil.copytree(made, tmp_path / "scene")
    tile(TileOptions((city,), tmp_path / "scene"))
    anew = tile(TileOptions((city,), tmp_path / "anew"))
    assert origin_of(tmp_path / "anew") != origin_of(made) == origin_of(tmp_path / "scene")
    walls = {name for name in before if name.startswith("colliders/buildings")}
    assert walls & contents(tmp_path / "scene").keys()
    assert not walls & contents(tmp_path / "anew").keys()
    said = json.loads((tmp_path / "scene" / "report.json").read_bytes())["warnings"]
    assert any("origin is still that of the former scene" in one for one in said)
    assert not any("origin" in one for one in anew.report.warnings)


def test_fresh_keeps_nothing(city: Path, made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "scene")
    city.write_bytes(incremental.without_the_first(city.read_bytes()))
    tile(TileOptions((city,), tmp_path / "scene", fresh=True))
    tile(TileOptions((city,), tmp_path / "anew" / "scene"))
    assert digests(tmp_path / "scene") == digests(tmp_path / "anew" / "scene")


def test_another_city_far_away_has_a_frame_of_its_own(
    data: Path, made: Path, tmp_path: Path
) -> None:
    other = data / "potsdam-lod1" / "Potsdam_LoD1.gml"
    shutil.copytree(made, tmp_path / "scene")
    tile(TileOptions((other,), tmp_path / "scene"))
    tile(TileOptions((other,), tmp_path / "anew" / "scene"))
    assert digests(tmp_path / "scene") == digests(tmp_path / "anew" / "scene")
