"""Real IFC files: every element, every property, and scenes that other programs find sound."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from citiverse_tiling.check import check
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.sources.ifc.process import read_model
from tiling import ifc_models
from tiling.gltf_validator import assert_nothing_to_say

if TYPE_CHECKING:
    from pathlib import Path

DUPLEX = "ifc-duplex-georef/Duplex_A_20110907_georeferenced.ifc"
WALL = "ifc-bim-whale/SimpleWall.ifc"
TALL = "ifc-bim-whale/TallBuilding.ifc"
LARGE = "ifc-bim-whale/LargeBuilding.ifc"
FZK = "ifc-fzk-haus/AC20-FZK-Haus.ifc"


def files(*quick: str) -> list[Any]:
    """All models, those that aren't among the quick for `make test-long` only."""
    return [
        name if name in quick else pytest.param(name, marks=pytest.mark.long)
        for name in (DUPLEX, WALL, TALL, LARGE, FZK)
    ]


UNIT = ".uom"
ROAD = "ifc-kit-road/KIT-Simple-Road-Test-Web-IFC4x3_RC2.ifc"
"""Of a draft of the standard: it is refused (test_ifc_broken)."""


def test_no_model_is_passed_over(data: Path) -> None:
    """What is asked below is asked of all IFC files that are at hand."""
    there = {path.relative_to(data).as_posix() for path in data.rglob("*.ifc")}
    assert there == {DUPLEX, WALL, TALL, LARGE, FZK, ROAD}


def counted(value: Any) -> int:
    """How many values a property has, as ifcopenshell gives it: of lists and sets each."""
    if value is None:
        return 0
    if isinstance(value, dict):
        members = value.get("properties")
        return sum(map(counted, members.values())) if isinstance(members, dict) else 1
    return len(value) if isinstance(value, list | tuple) else 1


@pytest.mark.parametrize("name", files(WALL))
def test_a_real_model_becomes_a_sound_scene(data: Path, name: str, tmp_path: Path) -> None:
    ifc_models.api()
    report = tile(TileOptions((data / name,), tmp_path / "scene")).report
    assert not report.has_losses
    assert check(tmp_path / "scene") == []
    assert_nothing_to_say([tmp_path / "scene"])
    _assert_rows(data / name, tmp_path / "scene")


def _assert_rows(file: Path, scene: Path) -> None:
    """Each IfcProduct has its row, by its GlobalId, of its class."""
    import ifcopenshell

    products = ifcopenshell.open(file).by_type("IfcProduct")
    with sqlite3.connect(scene / "features.sqlite") as connection:
        rows = connection.execute("SELECT source_id, attributes FROM feature").fetchall()
    connection.close()
    found = {source_id: json.loads(said)["ifcClass"] for source_id, said in rows}
    assert found == {one.GlobalId: one.is_a() for one in products}


@pytest.mark.parametrize("name", files(WALL, DUPLEX))
def test_elements_and_properties_are_as_many_as_ifcopenshell_counts(data: Path, name: str) -> None:
    """By its own functions, which are not those that we read with."""
    ifc_models.api()
    import ifcopenshell
    from ifcopenshell.util.element import get_psets

    model = ifcopenshell.open(data / name)
    products = model.by_type("IfcProduct")
    expected = {
        one.GlobalId: Counter(
            {
                set_name: sum(counted(value) for key, value in members.items() if key != "id")
                for set_name, members in get_psets(one).items()
            }
        )
        for one in products
    }
    read = read_model(data / name)
    assert Counter(one.class_name for one in read.elements) == Counter(
        one.is_a() for one in products
    )
    for element in read.elements:
        sets = expected[element.id]
        said = [key for key in element.attributes if not key.endswith(UNIT)]
        found = Counter(
            {set_name: sum(key.startswith(f"{set_name}.") for key in said) for set_name in sets}
        )
        assert found == sets, element.id
