"""Which elements of a building are its shell: by what is said of them, else by their shape."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.model import Layer, SurfaceType, layer_of
from citiverse_tiling.sources.ifc.envelope import seen_from_outside
from citiverse_tiling.sources.ifc.roles import Role, plain, surface_type, told_role

_FACES = np.array(
    [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
)


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> np.ndarray:
    """A box's twelve triangles, (12, 3, 3)."""
    ends = np.array([low, high], np.float64)
    corners = np.array(
        [[ends[i, 0], ends[j, 1], ends[k, 2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    )
    made: np.ndarray = corners[_FACES[:, [[0, 1, 2], [0, 2, 3]]]].reshape(-1, 3, 3)
    return made


def shell(size: float) -> list[np.ndarray]:
    """Four walls, a floor and a roof around a cube."""
    thick = 0.3
    return [
        box((0, 0, 0), (size, thick, size)),
        box((0, size - thick, 0), (size, size, size)),
        box((0, 0, 0), (thick, size, size)),
        box((size - thick, 0, 0), (size, size, size)),
        box((0, 0, -thick), (size, size, 0)),
        box((0, 0, size), (size, size, size + thick)),
    ]


@pytest.mark.parametrize(
    ("ifc_class", "name"),
    [
        ("IfcWall", "Wall"),
        ("IfcWallStandardCase", "Wall"),
        ("IfcWallElementedCase", "Wall"),
        ("IfcBuildingElementProxy", "BuildingElementProxy"),
    ],
)
def test_classes_are_called_as_people_call_them(ifc_class: str, name: str) -> None:
    assert plain(ifc_class) == name


@pytest.mark.parametrize(
    ("ifc_class", "said", "role"),
    [
        ("IfcRoof", {"Pset_RoofCommon.IsExternal": False}, Role.EXTERIOR),
        ("IfcWall", {"Pset_WallCommon.IsExternal": True}, Role.EXTERIOR),
        ("IfcWall", {"Pset_WallCommon.IsExternal": False}, Role.INTERIOR),
        ("IfcWall", {"My.IsExternal": True}, None),
        ("IfcWall", {"Pset_WallCommon.IsExternal": "yes"}, None),
        ("IfcFurniture", {}, Role.INTERIOR),
        ("IfcFurnishingElement", {}, Role.INTERIOR),
        ("IfcStair", {}, None),
    ],
)
def test_what_is_said_of_an_element_tells_its_role(
    ifc_class: str, said: dict[str, bool | str], role: Role | None
) -> None:
    assert told_role(ifc_class, said, in_room=False) is role


def test_what_stands_in_a_room_is_indoors() -> None:
    assert told_role("IfcStair", {}, in_room=True) is Role.INTERIOR


@pytest.mark.parametrize(
    ("role", "layer"),
    [
        (Role.EXTERIOR, Layer.SHELLS),
        (Role.INTERIOR, Layer.INTERIORS),
        (Role.FOUNDATION, Layer.STRUCTURES),
    ],
)
def test_a_role_has_a_layer(role: Role, layer: Layer) -> None:
    assert layer_of(f"{role}Wall") is layer


def test_glass_plates_are_windows_and_doors_are_doors() -> None:
    assert surface_type("IfcPlate") is SurfaceType.WINDOW
    assert surface_type("IfcDoor") is SurfaceType.DOOR
    assert surface_type("IfcStairFlight") is SurfaceType.STRUCTURE


def test_walls_around_are_seen_and_what_is_within_is_not() -> None:
    inside = box((4, 4, 0), (5, 5, 1))
    between = box((5, 0.3, 0), (5.1, 9.7, 10))
    seen = seen_from_outside([*shell(10.0), inside, between])
    assert seen.tolist() == [True] * 6 + [False, False]


def test_a_wall_to_a_courtyard_is_seen() -> None:
    """Air comes from above."""
    outer, courtyard = shell(10.0), shell(4.0)
    open_roof = [*outer[:5], *(one + np.array([3, 3, 0]) for one in courtyard[:4])]
    assert seen_from_outside(open_roof).all()


@settings(max_examples=8)
@given(
    size=st.floats(3.0, 80.0),
    place=st.tuples(*[st.floats(-1e4, 1e4)] * 3),
    share=st.floats(0.35, 0.65),
)
def test_a_closed_shell_hides_what_is_within_wherever_it_stands(
    size: float, place: tuple[float, float, float], share: float
) -> None:
    middle, half = size * share, size * 0.1
    inside = box((middle - half,) * 3, (middle + half,) * 3)
    seen = seen_from_outside([one + np.array(place) for one in (*shell(size), inside)])
    assert seen[:6].all()
    assert not seen[6]


def test_nothing_is_seen_of_nothing() -> None:
    assert seen_from_outside([]).tolist() == []
    assert seen_from_outside([np.zeros((0, 3, 3))]).tolist() == [False]
