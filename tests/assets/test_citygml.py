"""The town's file is CityGML 2.0 whose solids refer to the faces that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from lxml import etree

from citiverse_assets import citygml, town

if TYPE_CHECKING:
    from pathlib import Path

BLDG = "{http://www.opengis.net/citygml/building/2.0}"
GML = "{http://www.opengis.net/gml}"
HREF = "{http://www.w3.org/1999/xlink}href"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> etree._Element:
    path = tmp_path_factory.mktemp("town") / "ellerhaven.gml"
    citygml.write(town.build(), path)
    return etree.parse(path).getroot()


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.gml", "b.gml"):
        citygml.write(town.build(), tmp_path / name)
    assert (tmp_path / "a.gml").read_bytes() == (tmp_path / "b.gml").read_bytes()


def test_every_link_leads_to_a_polygon(root: etree._Element) -> None:
    polygons = {p.get(f"{GML}id") for p in root.iter(f"{GML}Polygon")}
    links = [element.get(HREF) or "" for element in root.iter(f"{GML}surfaceMember")]
    links = [link for link in links if link]
    assert len(links) > 1000
    assert {link.removeprefix("#") for link in links} <= polygons


def test_ids_are_unique_in_the_file(root: etree._Element) -> None:
    ids = [value for e in root.iter() if (value := e.get(f"{GML}id"))]
    assert len(ids) == len(set(ids))


def test_rings_are_closed_and_on_land_near_the_coast(root: etree._Element) -> None:
    lists = [np.array((e.text or "").split(), float) for e in root.iter(f"{GML}posList")]
    for values in lists:
        assert (values[:3] == values[-3:]).all()
    points = np.concatenate(lists).reshape(-1, 3)
    assert (abs(points[:, 0] - 542_500) < 300).all()
    assert (abs(points[:, 1] - 6_074_150) < 300).all()
    assert points[:, 2].min() > 0.5


def test_every_building_has_two_levels_an_address_and_a_year(root: etree._Element) -> None:
    for building in root.iter(f"{BLDG}Building"):
        for name in ("lod1Solid", "lod2Solid", "address", "yearOfConstruction", "function"):
            assert building.find(f".//{BLDG}{name}") is not None, name


def test_properties_stand_in_the_order_of_the_schema(root: etree._Element) -> None:
    order = [
        "function",
        "yearOfConstruction",
        "roofType",
        "measuredHeight",
        "storeysAboveGround",
        "lod1Solid",
        "lod2Solid",
        "outerBuildingInstallation",
        "boundedBy",
        "consistsOfBuildingPart",
        "address",
    ]
    for tag in ("Building", "BuildingPart"):
        for element in root.iter(f"{BLDG}{tag}"):
            names = [etree.QName(child).localname for child in element.iterchildren(f"{BLDG}*")]
            assert [order.index(name) for name in names] == sorted(map(order.index, names))
