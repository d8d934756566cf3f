"""The libraries that Ellerhaven may build: what lies in the package is what the code draws, and a
citizen can walk through it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_assets.proposals import PROPOSALS, Proposal
from citiverse_tiling.sources.ifc import process, recording
from citiverse_tiling.sources.ifc.process import Model, read_model

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.ifc.messages import Element

STEP_M, STAIR_M, DOOR_M, HEAD_M = 0.18, 1.2, 1.0, 2.2
TREAD_M2 = 0.15
"""Half of a tread, as one triangle of two."""


@pytest.fixture(params=PROPOSALS, ids=lambda one: one.name)
def proposal(request: pytest.FixtureRequest) -> Proposal:
    found: Proposal = request.param
    return found


@pytest.fixture
def model(proposal: Proposal) -> Model:
    return read_model(proposal.file)


def test_the_file_is_what_the_code_draws_and_the_recording_what_is_read_from_it(
    proposal: Proposal, tmp_path: Path
) -> None:
    pytest.importorskip("ifcopenshell")
    from citiverse_assets.library.drawings import draw

    drawn = tmp_path / proposal.file.name
    draw(proposal.name).save(drawn)
    remedy = "run `make library`"
    assert drawn.read_bytes() == proposal.file.read_bytes(), remedy
    said = subprocess.run(
        (*process.PROCESS, str(drawn)), stdin=subprocess.DEVNULL, capture_output=True, check=True
    ).stdout
    kept = proposal.file.with_name(proposal.file.name + recording.ENDING)
    assert recording.write(drawn, said).read_bytes() == kept.read_bytes(), remedy


def test_it_is_a_library_with_storeys_and_rooms_and_nothing_is_missing(model: Model) -> None:
    assert model.missing == []
    assert model.failed == {}
    names = [one.name for one in of_class(model, "IfcBuildingStorey")]
    assert names == ["Ground floor", "First floor", "Second floor"]
    rooms = {one.name for one in of_class(model, "IfcSpace")}
    assert {"Café", "Entrance hall", "Children's corner", "Reading room", "Maker space"} <= rooms
    shelves = [one for one in of_class(model, "IfcFurniture") if "Bookshelf" in one.name]
    assert len(shelves) >= 40
    assert len({model.bodies[one.number].shape for one in shelves}) == 2


def test_it_says_where_it_stands_and_what_its_walls_are(model: Model) -> None:
    (conversion,) = model.start.conversions
    assert conversion.crs == "EPSG:25832"
    assert conversion.shift[2] == pytest.approx(2.015)
    walls = of_class(model, "IfcWall")
    for key in ("IsExternal", "LoadBearing", "FireRating", "ThermalTransmittance"):
        assert all(f"Pset_WallCommon.{key}" in one.attributes for one in walls)
    assert all("Qto_WallBaseQuantities.Length.uom" in one.attributes for one in walls)


def test_its_doors_are_wide_and_high_enough(model: Model) -> None:
    doors = of_class(model, "IfcDoor")
    assert len(doors) >= 3
    for one in doors:
        size = np.ptp(corners(model, one), axis=0)
        assert max(size[0], size[1]) >= DOOR_M, one.name
        assert size[2] >= HEAD_M, one.name


def test_its_stairs_are_wide_and_their_steps_low(model: Model) -> None:
    flights = of_class(model, "IfcStairFlight")
    assert len(flights) == 4
    for one in flights:
        assert number(one, "Pset_StairFlightCommon.RiserHeight") <= STEP_M
        points = corners(model, one)
        assert np.ptp(points[:, 0]) >= STAIR_M
        steps = [points[:, 2].min(), *treads(model, one)]
        assert len(steps) == one.attributes["Pset_StairFlightCommon.NumberOfRiser"]
        assert np.diff(steps).max() <= STEP_M


def test_one_stands_upright_in_all_rooms(model: Model) -> None:
    for one in of_class(model, "IfcSpace"):
        assert number(one, "Qto_SpaceBaseQuantities.Height") >= HEAD_M


def of_class(model: Model, name: str) -> list[Element]:
    return [one for one in model.elements if one.class_name == name]


def number(one: Element, key: str) -> float:
    value = one.attributes[key]
    assert isinstance(value, float)
    return value


def treads(model: Model, one: Element) -> list[float]:
    """Heights of what one can put a foot on."""
    shape = model.shapes[model.bodies[one.number].shape]
    triangles = np.frombuffer(shape.triangles, np.int32).reshape(-1, 3)
    a, b, c = corners(model, one)[triangles].transpose(1, 0, 2)
    up = np.cross(b - a, c - a)[:, 2] / 2
    heights: list[float] = np.unique(a[up > TREAD_M2, 2].round(3)).tolist()
    return heights


def corners(model: Model, one: Element) -> np.ndarray:
    """Of its body, in metres of the model."""
    body = model.bodies[one.number]
    matrix = np.frombuffer(body.matrix).reshape(3, 4)
    points = np.frombuffer(model.shapes[body.shape].points).reshape(-1, 3)
    placed: np.ndarray = points @ matrix[:, :3].T + matrix[:, 3]
    return placed
