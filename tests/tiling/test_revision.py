"""Which element of a former file is which of the revised one: never the wrong one."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.options import TileOptions, silent
from citiverse_tiling.pipeline import tile
from citiverse_tiling.sinks.features import ComparedRow
from citiverse_tiling.succession.delivery import Place, delivery_of
from citiverse_tiling.variants.revision import Revised, links_between
from citiverse_tiling.variants.variant import VariantOptions, add, tidy
from tiling.cities import EAST, NORTH, box, building, write_citygml

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.succession.delivery import Delivery

Side = tuple[float, float, float]


class Elements:
    """Elements of a file in the making."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.rows: list[ComparedRow] = []
        self._connection = sqlite3.connect(folder / "features.sqlite")
        self._connection.execute("CREATE TABLE feature(id TEXT, name TEXT, min_x REAL)")

    def add(
        self, number: str, kind: str = "InteriorDoor", at: Side = (0, 0, 0), tag: str = ""
    ) -> Elements:
        """A thing of 1 × 0.2 × 2 m."""
        x, y, z = at
        corners = (x, y, z, x + 1.0, y + 0.2, z + 2.0)
        attributes = json.dumps({"Tag": tag} if tag else {})
        row = len(self.rows)
        self.rows.append(ComparedRow(row, f"plan/{number}", kind, "", corners, attributes))
        return self

    def add_storey(self, number: str, name: str) -> Elements:
        """It has no body."""
        nowhere = (None,) * 6
        row = len(self.rows)
        self.rows.append(ComparedRow(row, f"plan/{number}", "BuildingStorey", "", nowhere, "{}"))
        values = (f"plan/{number}", name)
        self._connection.execute("INSERT INTO feature VALUES (?, ?, NULL)", values)
        self._connection.commit()
        return self

    @property
    def delivery(self) -> Delivery:
        return delivery_of(self.folder, Place(SceneFrame(13.0, 52.0), ()), self.rows)


@pytest.fixture
def old(tmp_path: Path) -> Elements:
    return Elements(tmp_path / "old")


@pytest.fixture
def new(tmp_path: Path) -> Elements:
    return Elements(tmp_path / "new")


def became(old: Elements, new: Elements) -> dict[str, tuple[str, str | None]]:
    links = links_between(old.delivery, new.delivery)
    return {
        link.old.removeprefix("plan/"): (link.relation, link.new and link.new.removeprefix("plan/"))
        for link in links
        if link.old is not None
    }


def test_a_global_id_counts_wherever_the_element_is_now(old: Elements, new: Elements) -> None:
    old.add("door").add("other", at=(5, 0, 0))
    new.add("door", at=(5, 0, 0)).add("other", at=(0, 0, 0))
    assert became(old, new) == {"door": ("same", "door"), "other": ("same", "other")}


def test_a_global_id_of_another_kind_of_element_doesnt_count(old: Elements, new: Elements) -> None:
    old.add("x", "InteriorDoor")
    new.add("x", "InteriorWindow")
    assert became(old, new) == {"x": ("demolished", None)}


def test_the_role_may_change(old: Elements, new: Elements) -> None:
    old.add("x", "InteriorWall").add("y", "InteriorWall", at=(9, 0, 0))
    new.add("x", "ExteriorWall").add("z", "ExteriorWall", at=(9, 0, 0))
    assert became(old, new) == {"x": ("same", "x"), "y": ("renamed", "z")}


def test_another_id_at_the_same_place_is_the_same_element(old: Elements, new: Elements) -> None:
    old.add("a").add("b", at=(0, 0, 3))
    new.add("c", at=(0.05, 0, 3)).add("d", at=(0.05, 0, 0))
    assert became(old, new) == {"a": ("renamed", "d"), "b": ("renamed", "c")}


def test_what_nobody_can_tell_is_gone_and_not_guessed(old: Elements, new: Elements) -> None:
    old.add("a").add("far")
    new.add("b", at=(0.02, 0, 0)).add("c", at=(0, 0.02, 0)).add("d", at=(1.5, 0, 0))
    assert became(old, new) == {"a": ("demolished", None), "far": ("demolished", None)}


def test_of_two_in_one_place_their_attributes_tell(old: Elements, new: Elements) -> None:
    old.add("a", tag="pane 1").add("b", tag="pane 2")
    new.add("c", tag="pane 2").add("d", tag="pane 1")
    assert became(old, new) == {"a": ("renamed", "d"), "b": ("renamed", "c")}


def test_a_building_that_was_placed_elsewhere_is_compared_in_its_new_place(
    old: Elements, new: Elements
) -> None:
    old.add("a").add("b", at=(4, 0, 0)).add("c", at=(8, 0, 0))
    new.add("a", at=(90, 7, 1)).add("b", at=(94, 7, 1)).add("x", at=(98, 7, 1))
    assert became(old, new)["c"] == ("renamed", "x")


def test_storeys_are_known_by_their_names(old: Elements, new: Elements) -> None:
    old.add_storey("a", "Ground floor").add_storey("b", "Attic").add_storey("c", "")
    new.add_storey("d", "Attic").add_storey("e", "Ground floor").add_storey("f", "")
    found = became(old, new)
    assert found["a"] == ("renamed", "e")
    assert found["b"] == ("renamed", "d")
    assert found["c"] == ("demolished", None)


@pytest.fixture
def street(tmp_path: Path) -> Path:
    houses = [building("west", box(EAST, NORTH, 30.0, (8, 8, 6)))]
    scene = tmp_path / "street"
    tile(TileOptions((write_citygml(tmp_path / "street.gml", houses),), scene))
    return scene


def put(scene: Path, *names: str) -> Revised | None:
    """A variant with towers beside each other."""
    towers = [
        building(name, box(EAST + 12 * int(name[-1]), NORTH, 30.0, (8, 8, 20))) for name in names
    ]
    plan = write_citygml(scene.parent / "plan.gml", towers)
    return add(VariantOptions(TileOptions((plan,), scene), scene, "plan", "A plan"), silent).revised


def test_a_variant_of_the_same_name_leads_its_elements_on(street: Path) -> None:
    assert put(street, "a1", "b2", "c3") is None
    assert put(street, "a1", "x2") == Revised(same=1, renamed=1, gone=1, new=0)
    assert put(street, "a1", "y2") == Revised(same=1, renamed=1, gone=0, new=0)
    (folder,) = (street / "variants").iterdir()
    with sqlite3.connect(folder / "features.sqlite") as connection:
        rows = connection.execute(
            "SELECT old, relation, new, delivery FROM succession WHERE old NOTNULL ORDER BY old"
        ).fetchall()
    assert rows == [
        ("plan/b2", "renamed", "plan/y2", 2),
        ("plan/c3", "demolished", None, 2),
        ("plan/x2", "renamed", "plan/y2", 1),
    ]


def test_what_was_cut_off_is_tidied_away(street: Path) -> None:
    put(street, "a1")
    left = [street / "variants" / "plan-00000000", street.with_name("street.variant-plan.partial")]
    for folder in left:
        folder.mkdir()
    tidy(street)
    assert not any(folder.exists() for folder in left)
    assert len(list((street / "variants").iterdir())) == 1
