"""Ten thousand things on a city: from each to its feature, and back, before and after a re-tile."""

from __future__ import annotations

import math
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from citiverse_server.errors import SceneError
from citiverse_server.feature_places import places_of
from citiverse_server.overlays.binding import bind
from citiverse_server.overlays.listing import Listing
from citiverse_server.overlays.model import Datastream, Thing
from citiverse_server.overlays.place import frame_at
from citiverse_server.overlays.registry import Registry
from citiverse_server.scene import open_scene
from server.scenes import FEATURE, write_scene

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_server.scene import Scene

MANY = 10_000
SUCCESSION = (
    "CREATE TABLE succession(old TEXT, relation TEXT, new TEXT, score REAL, delivery INTEGER, "
    "x REAL, y REAL, z REAL)"
)


def houses(database: Path, names: list[str]) -> None:
    """Puts so many houses into a scene's features, side by side."""
    rows = [(f"town/{name}", 10.0 * at, 10.0 * at + 8.0) for at, name in enumerate(names)]
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany(
            "INSERT INTO feature(id, min_x, max_x, min_y, max_y, min_z, max_z) "
            "VALUES (?1, ?2, ?3, 0, 8, 0, 6)",
            rows,
        )


def succession(database: Path, rows: list[tuple[str, str, str | None, float, int]]) -> None:
    """Says what became of features of former deliveries."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(SUCCESSION)
        connection.executemany(
            "INSERT INTO succession(old, relation, new, score, delivery) VALUES (?, ?, ?, ?, ?)",
            rows,
        )


def registry_of(count: int) -> Registry:
    registry = Registry()
    for number in range(count):
        key = f"meter-{number}"
        registry.add_thing(Thing(key, key, feature=f"town/H{number}", aliases=(f"urn:{number}",)))
        registry.add_datastream(
            Datastream(f"{key}.power", "Power", "power", "kW", "", 60.0, None, thing=key)
        )
    return registry


def bound(registry: Registry, scene: Scene) -> float:
    """Binds all things to a scene; the CPU seconds that it took."""
    began = time.process_time()
    registry.bind(scene.name, bind(scene, registry.things.values()))
    return time.process_time() - began


def test_ten_thousand_things_are_found_both_ways_before_and_after_a_retile(
    tmp_path: Path,
) -> None:
    registry = registry_of(MANY)
    before = open_scene(write_scene(tmp_path / "first"))
    houses(before.features, [f"H{number}" for number in range(MANY)])
    assert bound(registry, before) < 3.0
    for number in range(MANY):
        (thing,) = registry.of_feature("town", f"town/H{number}")
        assert thing.key == f"meter-{number}"
        (row,) = registry.datastreams_of(thing.key)
        assert registry.datastreams[row].feature == f"town/H{number}"
        assert registry.thing(f"urn:{number}") == thing

    # The next delivery calls every other house by another name.
    after = open_scene(write_scene(tmp_path / "second"))
    names = [f"{'HN'[number % 2]}{number}" for number in range(MANY)]
    houses(after.features, names)
    renamed = range(1, MANY, 2)
    succession(
        after.features, [(f"town/H{at}", "renamed", f"town/N{at}", 1.0, 1) for at in renamed]
    )
    assert bound(registry, after) < 3.0
    binding = registry.binding("town")
    assert binding is not None
    for number, name in enumerate(names):
        (thing,) = registry.of_feature("town", f"town/{name}")
        assert thing.key == f"meter-{number}"
        # A link to the former house leads to it, too.
        assert registry.of_feature("town", f"town/H{number}") == (thing,)
        standing = binding.standing(thing.key)
        assert standing.features == (f"town/{name}",)
        assert standing.position == (10.0 * number + 4.0, 4.0, 6.0)


@pytest.fixture
def town(tmp_path: Path) -> Scene:
    scene = open_scene(write_scene(tmp_path / "town"))
    houses(scene.features, ["A", "B", "C"])
    return scene


def test_a_house_that_was_split_keeps_its_sensor_on_all_of_it(town: Scene) -> None:
    succession(
        town.features,
        [
            ("town/old", "split", "town/A", 0.4, 1),
            ("town/old", "split", "town/B", 0.6, 1),
            ("town/gone", "demolished", None, 0.0, 1),
            ("town/maybe", "unsure", "town/A", 0.5, 1),
            ("town/elder", "same", "town/C", 1.0, 2),
            ("town/elder", "renamed", "town/A", 1.0, 3),
        ],
    )
    names = ("old", "gone", "maybe", "elder")
    things = [Thing(name, name, feature=f"town/{name}") for name in names]
    binding = bind(town, things)
    assert binding.standing("old").features == ("town/B", "town/A")
    assert binding.standing("old").position == (14.0, 4.0, 6.0)
    assert binding.things_of("town/A") == binding.things_of("town/old") == ("old",)
    assert binding.standing("elder").features == ("town/C",)
    assert "gone" not in binding
    assert "maybe" not in binding


def test_things_stand_on_features_at_places_or_nowhere(town: Scene) -> None:
    origin = (13.0, 52.0)
    things = [
        Thing("hall", "Hall", feature=FEATURE),
        Thing("mast", "Mast", position=(*origin, 12.0)),
        Thing("roof", "Roof", feature="town/A", position=(*origin, 30.0)),
        Thing("stray", "Stray", feature="town/unknown", position=(*origin, 5.0)),
        Thing("unknown", "Unknown", feature="town/unknown"),
        Thing("elsewhere", "In another city", position=(14.0, 52.0, 12.0)),
        Thing("tram", "Tram", moving=True),
        Thing("tide", "Tide"),
    ]
    binding = bind(town, things)
    assert binding.standing("hall").position == (5.0, 5.0, 18.0)
    assert binding.standing("mast").position == pytest.approx((0.0, 0.0, 12.0), abs=1e-6)
    assert binding.standing("roof").position == pytest.approx((0.0, 0.0, 30.0), abs=1e-6)
    assert binding.standing("roof").features == ("town/A",)
    assert binding.standing("stray").features == ()
    assert binding.standing("stray").position == pytest.approx((0.0, 0.0, 5.0), abs=1e-6)
    assert "unknown" not in binding
    assert "elsewhere" not in binding
    assert binding.standing("tram").position is binding.standing("tide").position is None
    assert "tram" in binding
    assert "tide" in binding


def test_a_place_without_a_height_is_on_the_ground(tmp_path: Path) -> None:
    scene = open_scene(write_scene(tmp_path / "town"))
    with closing(sqlite3.connect(scene.features)) as connection, connection:
        connection.executemany(
            "INSERT INTO feature_box(row, min_x, max_x, min_y, max_y, min_z, max_z)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(90, -900, -200, -900, 900, 7.0, 9.0), (91, -230, -220, -5, 5, 30.0, 40.0)],
        )
    frame = frame_at(13.0, 52.0)
    places = {"house": (-225.0, 0.0), "meadow": (-700.0, 0.0), "nothing": (1500.0, 0.0)}
    things = []
    for key, (x, y) in places.items():
        lon, lat, _ = frame.to_earth((x, y, 0.0))[0].tolist()
        things.append(Thing(key, key, position=(lon, lat, math.nan)))
    binding = bind(scene, things)
    heights = {key: (binding.standing(key).position or (0, 0, -99))[2] for key in places}
    assert heights == pytest.approx({"house": 30.0, "meadow": 7.0, "nothing": 0.0}, abs=0.5)


def test_features_of_a_variant_are_known_by_its_name(town: Scene) -> None:
    folder = town.folder / "variants" / "plan-0a1b2c3d"
    folder.mkdir(parents=True)
    (folder / "features.sqlite").write_bytes(town.features.read_bytes())
    houses(folder / "features.sqlite", ["Z"])
    with closing(sqlite3.connect(folder / "features.sqlite")) as connection, connection:
        connection.execute("UPDATE feature SET id = 'plan/Z' WHERE id = 'town/Z'")
    found = places_of(town.features, {"plan/Z", "town/A", "plan/A"})
    assert {identity: place.features for identity, place in found.items()} == {
        "plan/Z": ("plan/Z",),
        "town/A": ("town/A",),
    }


def test_features_that_cannot_be_read_are_told(town: Scene, tmp_path: Path) -> None:
    broken = replace(town, features=tmp_path / "none.sqlite")
    with pytest.raises(SceneError, match="tile the city again"):
        bind(broken, [Thing("hall", "Hall", feature=FEATURE)])


def test_walkers_are_told_of_features_as_the_scene_calls_them_now(town: Scene) -> None:
    succession(town.features, [("town/old", "renamed", "town/B", 1.0, 1)])
    registry = Registry()
    registry.add_thing(Thing("meter", "Meter", feature="town/old"))
    registry.add_datastream(
        Datastream("meter.power", "Power", "power", "kW", "", 60.0, None, thing="meter")
    )
    listing = Listing(registry, bind(town, registry.things.values()), {})
    (sensor,) = msgspec.msgpack.decode(listing.chunk(0))["sensors"]
    assert sensor["feature"] == "town/B"
