"""What is indoors comes storey by storey to who is near or inside, by the rule of the cut."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling.buildings import read_buildings
from citiverse_tiling.options import LocalPlace, TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.profiles import BUDGETS, Profile
from citiverse_tiling.tree.cut import cut
from citiverse_tiling.tree.tree_bin import decode_tree
from tiling import ifc_models

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.tree.tree_bin import TreeTable
    from tiling.ifc_models import Model

STOREYS, STOREY_M = 12, 3.0
SIDE = 10.0
EYE_M = 1.65


def tower() -> Model:
    """Storeys over each other: outer walls, and a cupboard and a partition on each."""
    do = ifc_models.api()
    model = ifc_models.empty()
    building = model.only("IfcBuilding")
    for number in range(STOREYS):
        z = number * STOREY_M
        storey = model.storey
        if number:
            storey = do.root.create_entity(
                model.file, ifc_class="IfcBuildingStorey", name=f"Storey {number}"
            )
            do.aggregate.assign_object(model.file, products=[storey], relating_object=building)
        ifc_models.place(model, storey, (0.0, 0.0, z))
        here = replace(model, storey=storey)
        ifc_models.add_box(here, "IfcSlab", f"Slab {number}", (0, 0, z - 0.2), (SIDE, SIDE, 0.2))
        for name, low, size in (
            ("South", (0, 0), (SIDE, 0.2)),
            ("North", (0, SIDE - 0.2), (SIDE, 0.2)),
            ("West", (0, 0), (0.2, SIDE)),
            ("East", (SIDE - 0.2, 0), (0.2, SIDE)),
        ):
            wall = ifc_models.add_box(
                here, "IfcWall", f"{name} {number}", (*low, z), (*size, STOREY_M - 0.2)
            )
            ifc_models.say(model, wall, "Pset_WallCommon", {"IsExternal": True})
        between = ifc_models.add_box(
            here, "IfcWall", f"Between {number}", (4, 1, z), (0.1, 8, STOREY_M - 0.2)
        )
        ifc_models.say(model, between, "Pset_WallCommon", {"IsExternal": False})
        kind = "IfcFurniture"
        ifc_models.add_box(here, kind, f"Cupboard {number}", (6, 6, z), (1, 0.5, 2))
    return model


@dataclass
class Tower:
    """The tower as a scene."""

    folder: Path
    table: TreeTable
    storey_of: dict[int, str]
    """Of each leaf of the interiors, by its row."""

    def shown(self, eye: tuple[float, float, float], profile: Profile = "desktop") -> set[str]:
        """The storeys whose leaves are shown from a point beside the tower's corner."""
        (building,) = read_buildings(self.folder)
        (west, south, _), _ = building.box
        budget = BUDGETS[profile]
        here = np.add(eye, (west, south, building.floor))
        found = cut(self.table, here, budget.pixels_per_slope, budget.target_px)
        return {self.storey_of[row] for row in found.shown.tolist() if row in self.storey_of}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Tower:
    folder = tmp_path_factory.mktemp("tower")
    file = tower().save(folder / "tower.ifc")
    tile(TileOptions((file,), folder / "scene", place=LocalPlace(8.4, 49.0, 100.0)))
    table = decode_tree((folder / "scene" / "tree.bin").read_bytes())
    query = (
        "SELECT tile, json_extract(attributes, '$.storey') FROM tile_feature"
        " JOIN feature ON feature.row = tile_feature.feature"
        " WHERE class LIKE 'Interior%'"
    )
    storey_of: dict[int, str] = {}
    with closing(sqlite3.connect(folder / "scene" / "features.sqlite")) as connection:
        for row, storey in connection.execute(query):
            if table.child_count[row] == 0:
                assert storey_of.setdefault(row, storey) == storey
    return Tower(folder / "scene", table, storey_of)


def test_each_storey_has_leaves_of_its_own(built: Tower) -> None:
    assert len(set(built.storey_of.values())) == STOREYS


def test_from_the_other_side_of_the_street_no_storey_is_whole(built: Tower) -> None:
    assert built.shown((-40.0, 5.0, EYE_M)) == set()
    assert built.shown((-25.0, 5.0, EYE_M), "headset") == set()


def test_inside_the_storeys_near_are_whole_and_no_others(built: Tower) -> None:
    height = 5 * STOREY_M + EYE_M
    near = built.shown((5.0, 5.0, height))
    assert "Storey 5" in near
    assert near <= {f"Storey {number}" for number in range(1, 10)}
    assert built.shown((5.0, 5.0, height), "headset") < near


def test_every_element_says_its_storey(built: Tower) -> None:
    (building,) = read_buildings(built.folder)
    names = {one.id: one.name for one in building.storeys}
    query = "SELECT name, attributes FROM feature WHERE class LIKE '%Wall' OR class LIKE '%niture'"
    with closing(sqlite3.connect(built.folder / "features.sqlite")) as connection:
        found = connection.execute(query).fetchall()
    assert len(found) == 6 * STOREYS
    for name, text in found:
        said = json.loads(text)
        number = int(name.rpartition(" ")[2])
        assert said["storey"] == (f"Storey {number}" if number else "BuildingStorey")
        assert names[f"tower/{said['storeyId']}"] == said["storey"]


def test_walls_and_slabs_stay_for_who_is_outside(built: Tower) -> None:
    """Shells don't hang on storeys: from the street all outer walls are there."""
    layers = json.loads((built.folder / "scene.json").read_bytes())["layers"]
    shells = next(at for at, layer in enumerate(layers) if layer["name"] == "shells")
    table = built.table
    (building,) = read_buildings(built.folder)
    eye = np.array([building.box[0][0] - 15.0, building.box[0][1] + 5.0, building.floor + EYE_M])
    budget = BUDGETS["desktop"]
    shown = cut(table, eye, budget.pixels_per_slope, budget.target_px).shown
    rows = [row for row in shown.tolist() if table.layer[row] == shells]
    with closing(sqlite3.connect(built.folder / "features.sqlite")) as connection:
        marks = ", ".join("?" * len(rows))
        query = (
            "SELECT name FROM tile_feature JOIN feature ON feature.row = tile_feature.feature"
            f" WHERE tile IN ({marks})"
        )
        names = {name for (name,) in connection.execute(query, rows)}
    outer = {f"{side} {n}" for side in ("South", "North", "West", "East") for n in range(STOREYS)}
    assert outer | {f"Slab {number}" for number in range(1, STOREYS)} <= names


def test_a_headset_keeps_its_budget_in_rooms(data: Path, tmp_path: Path) -> None:
    """The walk of the report goes into all seven rooms of FZK-Haus."""
    file = data / "ifc-fzk-haus" / "AC20-FZK-Haus.ifc"
    ifc_models.api()
    budget = tile(TileOptions((file,), tmp_path / "scene", profile="headset")).budget
    assert budget.misses() == []
    rooms = sum(len(one.rooms) for one in read_buildings(tmp_path / "scene"))
    assert budget.points > rooms == 7
