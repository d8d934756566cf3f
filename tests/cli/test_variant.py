"""Variants by command: what comes of them is said in words, and the exit code tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyproj
import pytest

from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from tiling.cities import EAST, NORTH, UTM, box, building, write_citygml

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Citiverse


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """Two houses, wall to wall."""
    houses = [
        building("west", box(EAST, NORTH, 30.0, (8, 8, 6))),
        building("east", box(EAST + 8, NORTH, 30.0, (8, 8, 6))),
    ]
    scene = tmp_path / "street"
    tile(TileOptions((write_citygml(tmp_path / "street.gml", houses),), scene))
    return scene


@pytest.fixture
def tower(tmp_path: Path) -> Path:
    """It stands where the western house stands, and one metre into the eastern one."""
    return write_citygml(
        tmp_path / "plan.gml", [building("tower", box(EAST, NORTH, 30.0, (9, 8, 20)))]
    )


def test_a_variant_is_added_listed_and_removed(
    citiverse: Citiverse, street: Path, tower: Path
) -> None:
    added = citiverse("variant", "add", street, tower, "--name", "a")
    assert added.exit_code == 0
    assert "a: A: 1 tiles, 1 features." in added.stdout
    assert "Not there in it: street/west." in added.stdout
    assert "it touches what stays: street/east (12%)." in added.stdout
    described = citiverse("info", street)
    assert "Variant a" in described.stdout
    assert "hides 1, restyles 0" in described.stdout
    assert citiverse("check", street).exit_code == 0
    removed = citiverse("variant", "remove", street, "a")
    assert removed.exit_code == 0
    assert "Variant" not in citiverse("info", street).stdout


def test_a_building_model_says_how_it_stands_in_the_street(
    citiverse: Citiverse, street: Path, data: Path
) -> None:
    """FZK-Haus, its corner on the western house's, half a metre above the ground."""
    pytest.importorskip("ifcopenshell")
    to_degrees = pyproj.Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform(EAST, NORTH)
    file = data / "ifc-fzk-haus" / "AC20-FZK-Haus.ifc"
    place = ("--place", f"{lon:.7f},{lat:.7f},30.5,0")
    added = citiverse("variant", "add", street, file, "--name", "a", *place)
    assert added.exit_code == 0
    assert "FZK-Haus: its ground floor is 30.50 m high" in added.stdout
    assert "It floats: its ground floor is at least 0." in added.stdout
    assert "In its way" not in added.stdout
    assert citiverse("check", street).exit_code == 0
    kept = ("--no-replaces-footprint",)
    assert (
        "In its way: street/"
        in citiverse("variant", "add", street, file, "--name", "a", *place, *kept).stdout
    )


def test_a_house_is_painted_without_any_file(citiverse: Citiverse, street: Path) -> None:
    painted = citiverse("variant", "add", street, "--name", "b", "--restyle", "west=#336699/Blue")
    assert painted.exit_code == 0
    assert "b: B: 0 tiles, 0 features." in painted.stdout
    assert "Looks otherwise in it: street/west." in painted.stdout
    assert citiverse("check", street).exit_code == 0


def test_what_it_stands_on_stays_where_one_says_so(
    citiverse: Citiverse, street: Path, tower: Path
) -> None:
    add = ("variant", "add", street, tower, "--name", "a")
    assert "Not there in it: nothing." in citiverse(*add, "--keeps", "west").stdout
    assert "Not there in it: nothing." in citiverse(*add, "--no-replaces-footprint").stdout


def test_what_cant_be_done_is_one_sentence(citiverse: Citiverse, street: Path, tower: Path) -> None:
    result = citiverse("variant", "add", street, tower, "--name", "a", "--replaces", "north")
    assert result.exit_code == 1
    assert "no feature 'north'" in result.stderr
    assert citiverse("variant", "add", street, tower, "--name", "A!").exit_code == 2
    result = citiverse("variant", "remove", street, "a")
    assert result.exit_code == 1
    assert "no variant 'a'" in result.stderr
