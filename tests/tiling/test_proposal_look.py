"""A first look at a file that is to be placed: what is known of it, and how it looks."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling.errors import InputError
from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.proposals import preview
from citiverse_tiling.proposals.landing import landed, on_footprint
from citiverse_tiling.proposals.look import look_at
from citiverse_tiling.proposals.placing import Stand
from citiverse_tiling.proposals.preview import Part, encode
from citiverse_tiling.proposals.site import open_site
from tiling import ifc_models
from tiling.cities import EAST, NORTH, box, building, write_citygml

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from citiverse_tiling.proposals.look import Look
    from citiverse_tiling.proposals.site import Site

HERE = SceneFrame(13.06, 52.4)
RING = np.array([(-4.0, -4.0), (4.0, -4.0), (4.0, 4.0), (-4.0, 4.0)])


def looked(path: Path) -> Look:
    return look_at(path, HERE, lambda _: None)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Look:
    path = tmp_path_factory.mktemp("look") / "house.ifc"
    path.write_text(ifc_models.house_text())
    return looked(path)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Two houses of 8 by 8 m, wall to wall, on level ground."""
    folder = tmp_path_factory.mktemp("site")
    houses = [
        building("west", box(EAST, NORTH, 30.0, (8, 8, 6))),
        building("east", box(EAST + 8, NORTH, 30.0, (8, 8, 6))),
    ]
    tile(TileOptions((write_citygml(folder / "street.gml", houses),), folder / "street"))
    return open_site(folder / "street")


def document_of(glb: bytes) -> dict[str, Any]:
    (length,) = struct.unpack_from("<I", glb, 12)
    found: dict[str, Any] = json.loads(glb[20 : 20 + length])
    return found


def test_its_frame_is_in_the_middle_of_its_footprint_on_the_ground_floor(house: Look) -> None:
    assert house.movable
    assert house.georeference is None
    (west, south, low), (east, north, high) = house.box
    assert (west + east, south + north) == pytest.approx((0.0, 0.0), abs=0.05)
    assert low == pytest.approx(-0.2)
    assert high == pytest.approx(ifc_models.HEIGHT + 0.3, abs=0.01)
    assert house.anchor[2] == 0.0
    ring = np.array(house.footprint)
    assert np.ptp(ring, axis=0) == pytest.approx((ifc_models.LENGTH, ifc_models.WIDTH), abs=0.15)


def test_storeys_are_named_and_rooms_are_not_solid(house: Look) -> None:
    (one,) = house.buildings
    assert [storey.name for storey in one.storeys] == ["BuildingStorey"]
    assert one.storeys[0].floor == 0.0
    assert house.elements == 7 + 2 + ifc_models.CHAIRS


def test_the_preview_has_a_node_for_the_shell_and_one_for_the_interior(house: Look) -> None:
    glb, dropped = encode(house.parts)
    document = document_of(glb)
    assert dropped == 0
    assert struct.unpack_from("<I", glb, 8)[0] == len(glb)
    storey = house.buildings[0].storeys[0].id
    assert [node["extras"] for node in document["nodes"]] == [
        {"storey": storey, "part": "interior"},
        {"storey": storey, "part": "shell"},
    ]
    lows = np.array([one["min"] for one in document["accessors"]]).min(axis=0)
    assert lows[1] == pytest.approx(-0.2), "y is up"
    assert any(material.get("alphaMode") == "BLEND" for material in document["materials"])


def test_a_preview_that_would_be_too_large_leaves_the_interior_out_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(preview, "MOST_TRIANGLES", 3)
    some = np.zeros((2, 3, 3))
    colour = (1.0, 1.0, 1.0, 1.0)
    glb, dropped = encode((Part("a", "interior", colour, some), Part("a", "shell", colour, some)))
    assert dropped == 1
    counts = [one["count"] for one in document_of(glb)["accessors"]]
    assert counts == [3, 6], "one triangle of the interior, both of the shell"


def test_a_city_file_stands_where_it_says(tmp_path: Path) -> None:
    path = write_citygml(
        tmp_path / "plan.gml", [building("tower", box(EAST, NORTH, 30.0, (9, 8, 20)))]
    )
    site = tmp_path / "scene"
    tile(TileOptions((path,), site))
    found = look_at(path, open_site(site).frame, lambda _: None)
    assert not found.movable
    assert found.georeference is not None
    assert found.georeference.position == found.anchor


def test_a_file_with_nothing_to_draw_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.ifc"
    ifc_models.empty().save(path)
    with pytest.raises(InputError, match="can be drawn"):
        looked(path)


def test_it_is_set_on_the_ground_and_told_what_stands_there(site: Site) -> None:
    stand = on_footprint(RING, site, "street/west", 0)
    found = landed(stand, RING, site, on_ground=True)
    assert found.stand.position[2] == pytest.approx(30.0, abs=0.2)
    assert found.collides[0].feature == "street/west"
    assert found.collides[0].share == pytest.approx(1.0, abs=0.02)
    assert found.said[0] == "It stands on the ground."


def test_what_floats_or_is_buried_is_told(site: Site) -> None:
    middle = on_footprint(RING, site, "street/west", 0).position
    for up, word in ((35.0, "floats"), (20.0, "buried")):
        stand = Stand((middle[0], middle[1], up), 0.0)
        assert word in landed(stand, RING, site, on_ground=False).said[0]


def test_far_from_the_city_there_is_no_place(site: Site) -> None:
    with pytest.raises(InputError, match="from this city"):
        landed(Stand((90_000.0, 0.0, 0.0), 0.0), RING, site, on_ground=True)
    with pytest.raises(InputError, match="no such building"):
        on_footprint(RING, site, "street/nowhere", 0)
