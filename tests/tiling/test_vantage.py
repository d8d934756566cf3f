"""Where one stands to see what a variant adds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.proposals.site import Covered
from citiverse_tiling.succession.delivery import Delivery, Place
from citiverse_tiling.variants.vantage import view_of

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import Float64Array

HOUSE = ((0.0, 0.0, 10.0), (12.0, 8.0, 16.0))
DOOR = ((12.0, 3.0, 10.0), (12.1, 4.0, 12.1))
"""In the east wall."""

WIDER_DOOR_UPSTAIRS = ((5.0, -0.1, 13.0), (7.0, 0.0, 15.0))


@dataclass
class Around:
    """A level scene in which shapes stand."""

    stands: list[shapely.Geometry] = field(default_factory=list)
    ground: float = 10.0

    def ground_under(self, points: Float64Array) -> Float64Array:
        return np.full(len(points), self.ground)

    def covered_by(self, shape: shapely.Geometry) -> list[Covered]:
        return [Covered("town/1", "", 1.0) for one in self.stands if one.intersects(shape)]


def added(folder: Path, **boxes: object) -> Delivery:
    classes = tuple(name.rstrip("0123456789") for name in boxes)
    count = len(boxes)
    return Delivery(
        folder,
        Place(SceneFrame(9.6, 54.8), ()),
        np.arange(count),
        tuple(boxes),
        classes,
        np.full(count, -1),
        np.array(list(boxes.values()), np.float64).reshape(-1, 2, 3),
        ("",) * count,
    )


def test_it_is_before_the_door_and_looks_at_it(tmp_path: Path) -> None:
    house = added(tmp_path, Building=HOUSE, ExteriorDoor=DOOR)
    view = view_of(house, Around())
    assert view is not None
    assert view.position == pytest.approx((36.05, 3.5, 10.0))
    assert view.heading_deg == 270.0


def test_a_door_upstairs_is_no_entrance(tmp_path: Path) -> None:
    doors = {"ExteriorDoor": DOOR, "ExteriorDoor2": WIDER_DOOR_UPSTAIRS}
    view = view_of(added(tmp_path, Building=HOUSE, **doors), Around())
    assert view is not None
    assert view.position[0] > 12.0


def test_it_is_nearer_where_something_stands_in_between(tmp_path: Path) -> None:
    house = added(tmp_path, Building=HOUSE, ExteriorDoor=DOOR)
    view = view_of(house, Around([shapely.box(20, 0, 21, 8)]))
    assert view is not None
    assert view.position[0] == pytest.approx(12.05 + 7.0)


def test_it_is_at_another_side_where_the_entrance_is_built_up(tmp_path: Path) -> None:
    house = added(tmp_path, Building=HOUSE, ExteriorDoor=DOOR)
    view = view_of(house, Around([shapely.box(13, -2, 40, 10)]))
    assert view is not None
    assert view.position[1] == pytest.approx(-24.0)
    assert view.heading_deg == 0.0


def test_there_is_none_where_it_stands_hidden_or_nothing_is_added(tmp_path: Path) -> None:
    ring = shapely.box(-60, -60, 80, 80).difference(shapely.box(-1, -1, 14, 9))
    assert view_of(added(tmp_path, Building=HOUSE), Around([ring])) is None
    assert view_of(added(tmp_path, Building=HOUSE), Around(ground=float("nan"))) is None
    assert view_of(added(tmp_path, Building=HOUSE), Around(ground=2.0)) is None
    nothing = np.full((2, 3), np.nan)
    assert view_of(added(tmp_path, Building=nothing), Around()) is None


@given(
    st.lists(st.tuples(*[st.floats(-30, 40)] * 2, *[st.floats(0.5, 15)] * 2), max_size=6),
)
def test_nothing_is_ever_in_between(
    tmp_path_factory: pytest.TempPathFactory, walls: list[tuple[float, ...]]
) -> None:
    """Whatever stands around, no wall is on the line from the view to what is looked at."""
    stands = [shapely.box(x, y, x + wide, y + deep) for x, y, wide, deep in walls]
    house = added(tmp_path_factory.getbasetemp(), Building=HOUSE, ExteriorDoor=DOOR)
    view = view_of(house, Around(stands))
    if view is None:
        return
    x, y, _ = view.position
    ahead = np.radians(view.heading_deg)
    house_wall = shapely.box(0, 0, 12.1, 8)
    metres = shapely.Point(x, y).distance(house_wall) - 0.6
    end = (x + metres * np.sin(ahead), y + metres * np.cos(ahead))
    sight = shapely.LineString([(x, y), end])
    assert not any(one.intersects(sight) for one in stands)
