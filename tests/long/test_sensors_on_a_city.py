"""Ten thousand sensors on a real city: each finds its object and back, also after a delivery."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from citiverse_server.overlays.binding import bind
from citiverse_server.overlays.model import Thing
from citiverse_server.overlays.registry import Registry
from citiverse_server.scene import open_scene
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from tiling import second_delivery

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.long
MANY = 10_000


def test_ten_thousand_sensors_follow_a_real_city(data: Path, tmp_path: Path) -> None:
    (source,) = (data / "nrw-lod2").glob("*.gml")
    tile(TileOptions((source,), tmp_path / "first"))
    first = open_scene(tmp_path / "first")
    with closing(sqlite3.connect(first.features)) as database:
        known = [row[0] for row in database.execute("SELECT id FROM feature ORDER BY id")]
    registry = Registry()
    for number in range(MANY):
        registry.add_thing(Thing(f"meter-{number}", "Meter", feature=known[number % len(known)]))

    began = time.process_time()
    before = bind(first, registry.things.values())
    took = time.process_time() - began
    for key, thing in registry.things.items():
        assert before.standing(key).features == (thing.feature,)
        assert key in before.things_of(thing.feature)
    print(f"{MANY:,} sensors on {len(known):,} objects: bound in {took:.2f} s of CPU")

    second = tmp_path / "second.gml"
    truth = second_delivery.citygml(source, second, 1)
    tile(TileOptions((second,), tmp_path / "second", previous=tmp_path / "first"))
    after = bind(open_scene(tmp_path / "second"), registry.things.values())
    right = asked = 0
    for key, thing in registry.things.items():
        relation_and_names = truth.became.get(_bare(thing.feature))
        if relation_and_names is None:
            continue
        wanted = relation_and_names[1]
        features = after.standing(key).features
        # What it stands on that it didn't become would be a lie; where it isn't is no lie.
        assert {_bare(feature) for feature in features} <= wanted, thing.feature
        assert all(key in after.things_of(feature) for feature in features)
        asked += 1
        right += len(features) == len(wanted)
    print(f"after a new delivery {right:,} of {asked:,} stand on what became of their object")
    assert right >= 0.98 * asked > 0.5 * MANY


def _bare(identity: str) -> str:
    """Without the data set, which has another name in the second delivery."""
    return identity.partition("/")[2]
