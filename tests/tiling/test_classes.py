"""Bridges, tunnels, rooms, groups, extensions and dynamizers: what becomes of every class."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from citiverse_tiling.check import check
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.report import Reason
from tiling.citygml_documents import building, city, multi_surface, polygon, positions, read
from tiling.scenes import tiles

if TYPE_CHECKING:
    from pathlib import Path

MODULES = {
    "brid": "http://www.opengis.net/citygml/bridge/2.0",
    "tun": "http://www.opengis.net/citygml/tunnel/2.0",
    "con": "http://www.opengis.net/citygml/construction/3.0",
    "grp": "http://www.opengis.net/citygml/cityobjectgroup/2.0",
    "uro": "https://www.geospatial.jp/iur/uro/3.1",
    "dyn": "http://www.opengis.net/citygml/dynamizer/3.0",
    "vers": "http://www.opengis.net/citygml/versioning/3.0",
}


def model(*members: str) -> str:
    names = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in MODULES.items())
    return city(*members).replace("<CityModel ", f"<CityModel {names} ", 1)


def thing(tag: str, gml_id: str, *inside: str) -> str:
    return f'<{tag} gml:id="{gml_id}">{"".join(inside)}</{tag}>'


def body(lod: str = "2", z: float = 0.0) -> str:
    lifted = polygon(positions((0, 0, z), (4, 0, z), (4, 4, z), (0, 4, z)))
    return multi_surface(lifted, lod=lod)


def deck(kind: str) -> str:
    surface = f"<brid:{kind}>{body()}</brid:{kind}>"
    return f"<brid:boundedBy>{surface}</brid:boundedBy>"


BRIDGE = thing(
    "brid:Bridge",
    "b",
    deck("RoofSurface"),
    deck("OuterFloorSurface"),
    f"<brid:consistsOfBridgePart>{thing('brid:BridgePart', 'p', body())}"
    "</brid:consistsOfBridgePart>",
    f"<brid:outerBridgeInstallation>{thing('brid:BridgeInstallation', 'i', body())}"
    "</brid:outerBridgeInstallation>",
    "<brid:outerBridgeConstruction>"
    f"{thing('brid:BridgeConstructionElement', 'e', body())}</brid:outerBridgeConstruction>",
    f"<brid:interiorBridgeRoom>{thing('brid:BridgeRoom', 'r', body('4'))}"
    "</brid:interiorBridgeRoom>",
)
TUNNEL = thing(
    "tun:Tunnel",
    "t",
    body(z=-8.0),
    f"<tun:consistsOfTunnelPart>{thing('tun:TunnelPart', 'tp', body(z=-8.0))}"
    "</tun:consistsOfTunnelPart>",
    f"<tun:interiorHollowSpace>{thing('tun:HollowSpace', 'h', body('4'))}"
    "</tun:interiorHollowSpace>",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "city.gml"


def found(document: str, path: Path) -> dict[str, tuple[str, str | None]]:
    return {o.source_id: (o.class_name, o.parent_id) for o in read(path, document).objects}


def test_bridges_and_tunnels_are_read_with_all_that_belongs_to_them(path: Path) -> None:
    assert found(model(BRIDGE, TUNNEL), path) == {
        "b": ("Bridge", None),
        "p": ("BridgePart", "b"),
        "i": ("BridgeInstallation", "b"),
        "e": ("BridgeConstructionElement", "b"),
        "t": ("Tunnel", None),
        "tp": ("TunnelPart", "t"),
    }


def test_row_32_what_is_indoors_is_counted_and_not_selected(path: Path) -> None:
    chair = thing("bldg:BuildingFurniture", "c", body("4"), body("4"))
    room = thing(
        "bldg:Room", "r", body("4"), f"<bldg:interiorFurniture>{chair}</bldg:interiorFurniture>"
    )
    report = read(
        path, model(building(body(), f"<bldg:interiorRoom>{room}</bldg:interiorRoom>"))
    ).report
    assert report.objects_not_selected == {"Room": 1, "BuildingFurniture": 1}
    kept = {name: tally.not_selected for (_, name), tally in report.surfaces.items()}
    assert kept == {"Building": 0, "Room": 1, "BuildingFurniture": 2}
    assert not report.has_losses


def test_row_28_an_underground_building_and_unknown_features_are_shown(tmp_path: Path) -> None:
    path, scene = tmp_path / "city.gml", tmp_path / "scene"
    below = thing("uro:UndergroundBuilding", "u", body(z=-5.0))
    other = thing("con:OtherConstruction", "o", body())
    duct = thing("uro:Duct", "d", "<uro:depth uom='m'>1.5</uro:depth>", body(z=-2.0))
    path.write_text(model(building(body()), below, other, duct, BRIDGE))
    done = tile(TileOptions((path,), scene))
    assert not done.report.has_losses
    assert not list(check(scene))
    layers = {one["name"] for one in json.loads((scene / "scene.json").read_bytes())["layers"]}
    assert layers == {"ground", "buildings", "structures", "furniture"}
    materials = {
        primitive.material
        for one in tiles(scene, "structures")
        for primitive in one.glb().primitives
    }
    assert materials == {"structure"}
    (one,) = tiles(scene, "furniture")
    assert one.glb().columns["class"] == ["Duct"]
    assert one.glb().columns["depth"] == [1.5]


def test_a_group_names_its_members_and_those_inside_stand_alone(path: Path) -> None:
    group = thing(
        "grp:CityObjectGroup",
        "g",
        '<grp:groupMember role="x" xlink:href="#elsewhere"/>',
        f"<grp:groupMember>{building(body(), gml_id='in')}</grp:groupMember>",
        f"<grp:geometry>{body().split('>', 1)[1].rsplit('<', 1)[0]}</grp:geometry>",
    )
    reading = read(path, model(group))
    assert [(one.source_id, one.parent_id) for one in reading.objects] == [
        ("g", None),
        ("in", None),
    ]
    members = {
        str(value) for name, value in reading.objects[0].attributes.items() if "role" not in name
    }
    assert members == {"#elsewhere", "#in"}
    assert len(reading.objects[0].geometries[0].polygons) == 1


def test_row_31_dynamizers_are_reported_with_their_sensors(path: Path) -> None:
    dynamizer = """<dyn:Dynamizer gml:id="d"><dyn:attributeRef> //x/@y </dyn:attributeRef>
        <dyn:startTime>2019-01-01</dyn:startTime>
        <dyn:sensorConnection><dyn:SensorConnection>
        <dyn:connectionType>ogc_sta_1.0</dyn:connectionType>
        <dyn:observationProperty>Temperature</dyn:observationProperty><dyn:uom>Celsius</dyn:uom>
        <dyn:datastreamID>7</dyn:datastreamID><dyn:baseURL>https://sta.example/v1.0/</dyn:baseURL>
        <dyn:sensorLocation xlink:href="#room"/>
        </dyn:SensorConnection></dyn:sensorConnection></dyn:Dynamizer>"""
    inside = f"<dynamizer>{dynamizer}</dynamizer>"
    room = f"<bldg:interiorRoom>{thing('bldg:Room', 'r', inside)}</bldg:interiorRoom>"
    report = read(path, model(building(body(), inside, room), dynamizer)).report
    assert [one.target for one in report.dynamizers] == ["b1", "r", "room"]
    one = report.dynamizers[0]
    assert (one.observed_property, one.uom, one.attribute) == ("Temperature", "Celsius", "//x/@y")
    assert one.url == "https://sta.example/v1.0/Datastreams(7)"
    assert not report.has_losses


def test_versions_are_counted_and_nothing_of_them_is_shown(path: Path) -> None:
    report = read(path, model(building(body()), '<vers:Version gml:id="v"/>')).report
    assert report.objects_not_selected == {"Version": 1}


def test_solids_of_unknown_features_point_at_their_own_faces_once(path: Path) -> None:
    face = f"<uro:lod2MultiSurface>{multi_surface(polygon(gml_id='f')).split('>', 1)[1]}"
    face = face.rsplit("</", 1)[0] + "</uro:lod2MultiSurface>"
    solid = (
        "<uro:lod2Solid><gml:Solid><gml:exterior><gml:CompositeSurface>"
        '<gml:surfaceMember xlink:href="#f"/>'
        "</gml:CompositeSurface></gml:exterior></gml:Solid></uro:lod2Solid>"
    )
    reading = read(path, model(thing("uro:Duct", "d", face, solid)))
    assert reading.report.surfaces_read == 1


def test_surfaces_in_an_attribute_of_an_extension_are_listed(path: Path) -> None:
    given = f"<uro:mark><uro:Mark><uro:shape>{polygon()}</uro:shape></uro:Mark></uro:mark>"
    report = read(path, model(building(body(), given))).report
    assert report.surfaces_lost == {Reason.UNSUPPORTED_GEOMETRY: 1}
    assert report.losses[0].class_name == "Building"


def test_a_flood_that_may_come_is_told_from_water(path: Path) -> None:
    risk = (
        "<uro:floodingRiskAttribute><uro:WaterBodyRiverFloodingRiskAttribute>"
        "<uro:rank>2</uro:rank></uro:WaterBodyRiverFloodingRiskAttribute></uro:floodingRiskAttribute>"
    )
    document = model(f'<WaterBody gml:id="w">{body()}{risk}</WaterBody>')
    (warning,) = read(path, document).report.warnings
    assert "a flood that may come" in warning
