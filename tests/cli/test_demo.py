"""The demo makes its town once, and its sensors hang on buildings of the scene."""

from __future__ import annotations

import contextlib
import json
import socket
import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

from citiverse import remembered, town_day
from citiverse.commands import demo
from citiverse_assets.sensors import sensors
from citiverse_server.errors import ListenError
from citiverse_server.overlays.sensor_file import read_sensor_file
from citiverse_server.sensors import Sensors
from citiverse_tiling.check import check
from citiverse_tiling.sources.ifc import process

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made as by a plain install, without ifcopenshell."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "find_spec", lambda _name: None)
        return demo.prepare(tmp_path_factory.mktemp("demo"))


def test_the_town_is_a_scene_without_loss(made: Path) -> None:
    report = json.loads((made / demo.NAME / "report.json").read_bytes())
    assert report["surfaces"]["read"] > 2000
    assert report["surfaces"]["lost"] == {}
    assert report["losses"] == []
    assert all("bytes without images;" in warning for warning in report["warnings"])


def test_the_scene_keeps_its_contract(made: Path) -> None:
    assert check(made / demo.NAME) == []


def test_the_town_says_that_it_is_imagined(made: Path) -> None:
    manifest = json.loads((made / demo.NAME / "scene.json").read_bytes())
    assert {layer["reality"] for layer in manifest["layers"]} == {"imagined"}
    names = [layer["name"] for layer in manifest["layers"]]
    assert names == ["ground", "land", "buildings", "furniture", "vegetation"]


def test_the_town_asks_what_should_become_of_a_warehouse(made: Path) -> None:
    manifest = json.loads((made / demo.NAME / "scene.json").read_bytes())
    first, second = manifest["variants"]
    assert [first["name"], second["name"]] == ["a", "b"]
    assert {layer["reality"] for one in (first, second) for layer in one["layers"]} == {"proposed"}
    warehouse = f"{demo.NAME}/ellerhaven-the-quay-3"
    assert warehouse in first["hides"]
    assert {warehouse, f"{demo.NAME}/ellerhaven-the-quay-4"} <= set(second["hides"])


def test_what_is_proposed_are_buildings_with_rooms_that_stand_on_the_quay(made: Path) -> None:
    manifest = json.loads((made / demo.NAME / "scene.json").read_bytes())
    for variant in manifest["variants"]:
        folder = made / demo.NAME / variant["folder"]
        assert {"shells", "interiors"} <= {layer["name"] for layer in variant["layers"]}
        (building,) = json.loads((folder / "buildings.json").read_bytes())["buildings"]
        assert building["name"] == "Harbour Library"
        assert len(building["storeys"]) == 3
        assert "Reading room" in {room["name"] for room in building["rooms"]}
        report = json.loads((folder / "report.json").read_bytes())
        assert report["losses"] == []
        assert report["landings"][0]["said"] == ["It stands on the ground."]


def test_the_second_time_it_is_there_already(made: Path) -> None:
    manifest = made / demo.NAME / "scene.json"
    before = manifest.stat().st_mtime_ns
    started = time.monotonic()
    assert demo.prepare(made.parent) == made
    assert time.monotonic() - started < 0.5
    assert manifest.stat().st_mtime_ns == before


def test_demos_that_start_at_once_each_find_a_whole_town(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(folder: Path, buildings: int) -> None:
        (folder / demo.NAME).mkdir(parents=True)
        (folder / demo.NAME / "scene.json").write_text(str(buildings))

    def made_by_another_meanwhile(folder: Path, buildings: int) -> None:
        make(folder, buildings)
        monkeypatch.setattr(demo, "_make", make)
        demo.prepare(tmp_path)

    monkeypatch.setattr(demo, "_make", made_by_another_meanwhile)
    made = demo.prepare(tmp_path)
    assert (made / demo.NAME / "scene.json").read_text() == "300"
    assert list(tmp_path.iterdir()) == [made]


def test_towns_of_different_sizes_stand_beside_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "_make", lambda folder, buildings: folder.mkdir())
    assert demo.prepare(tmp_path, 300) != demo.prepare(tmp_path, 3000)


def test_the_usual_port_may_be_in_use_a_chosen_one_may_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server((demo.HOST, 0)) as other:
        taken = other.getsockname()[1]
        monkeypatch.setattr(demo, "DEFAULT_PORT", taken)
        with contextlib.closing(demo.listener_at(None)) as listener:
            assert listener.getsockname()[1] not in (0, taken)
        assert capsys.readouterr().out.startswith(f"Port {taken} is in use")
        with pytest.raises(ListenError, match="choose another --port"):
            demo.listener_at(taken)


def test_things_hang_on_features_of_the_scene_stand_in_it_or_move(made: Path) -> None:
    things = read_sensor_file(made / "sensors.toml").thing
    with sqlite3.connect(made / demo.NAME / "features.sqlite") as database:
        known = {row[0] for row in database.execute("SELECT id FROM feature")}
    bound = {thing.feature for thing in things if thing.feature}
    assert len(bound) > 300
    assert bound <= known
    assert all(thing.feature or thing.position or thing.moving for thing in things)
    assert {thing.reality for thing in things} == {"simulated"}


def test_what_the_sensors_say_is_what_the_server_understands(made: Path) -> None:
    told = Sensors(read_sensor_file(made / "sensors.toml"))
    now_s = 1_795_305_600.0
    for arrival in town_day.past(now_s):
        told.receive(arrival, round(now_s * 1e6))
    told.advance(round(now_s * 1e6))
    observed = told.ledger.observations
    assert observed > 20_000
    for arrival in town_day.present(now_s, now_s + 60.0):
        told.receive(arrival, round((now_s + 60.0) * 1e6))
    told.advance(round((now_s + 60.0) * 1e6))
    assert told.ledger.observations == observed + len(sensors())
    assert not told.ledger.rejected


def test_what_visitors_say_outlives_the_town(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    place = remembered.folder("demo")
    assert place == tmp_path / "state" / "citiverse" / "demo"
    assert place.is_dir()
    assert remembered.folder("demo") == place


def test_without_a_place_to_write_nothing_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert remembered.folder("demo") is None
