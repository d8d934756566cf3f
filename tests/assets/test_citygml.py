"""The town's file is CityGML 2.0 whose solids refer to the faces that it has."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from lxml import etree

from citiverse_assets import citygml, town

if TYPE_CHECKING:
    from pathlib import Path

BLDG = "{http://www.opengis.net/citygml/building/2.0}"
CORE = "{http://www.opengis.net/citygml/2.0}"
TRAN = "{http://www.opengis.net/citygml/transportation/2.0}"
RELATIVE = f"{CORE}relativeGMLGeometry"
GML = "{http://www.opengis.net/gml}"
HREF = "{http://www.w3.org/1999/xlink}href"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("town") / "ellerhaven.gml"
    citygml.write_town(town.Town(), path)
    return path


@pytest.fixture(scope="module")
def root(file: Path) -> etree._Element:
    return etree.parse(file).getroot()


def test_writing_twice_gives_the_same_bytes(file: Path, tmp_path: Path) -> None:
    citygml.write_town(town.Town(), tmp_path / "again.gml")
    assert (tmp_path / "again.gml").read_bytes() == file.read_bytes()


def test_every_link_leads_to_a_polygon_or_a_form(root: etree._Element) -> None:
    polygons = {p.get(f"{GML}id") for p in root.iter(f"{GML}Polygon")}
    polygons |= {m.get(f"{GML}id") for m in root.iter(f"{GML}MultiSurface")}
    links = [element.get(HREF) or "" for element in root.iter()]
    links = [link for link in links if link]
    assert len(links) > 1000
    assert {link.removeprefix("#") for link in links} <= polygons


def test_ids_are_unique_in_the_file(root: etree._Element) -> None:
    ids = [value for e in root.iter() if (value := e.get(f"{GML}id"))]
    assert len(ids) == len(set(ids))


def test_rings_are_closed_and_within_the_envelope(root: etree._Element) -> None:
    low, high = (
        np.array((root.findtext(f".//{GML}{name}") or "").split(), float)
        for name in ("lowerCorner", "upperCorner")
    )
    for ring in root.iter(f"{GML}posList"):
        values = np.array((ring.text or "").split(), float)
        assert (values[:3] == values[-3:]).all()
        # Forms have coordinates of their own, a few metres around their foot.
        if values.max() > 1000.0:
            points = values.reshape(-1, 3)
            assert (points >= low - 0.2).all()
            assert (points <= high + 0.2).all()


def test_it_has_all_that_a_town_has(root: etree._Element) -> None:
    counts = Counter(etree.QName(m[0]).localname for m in root.iter(f"{CORE}cityObjectMember"))
    assert counts["Building"] >= 300
    assert counts["ReliefFeature"] == 5
    assert counts["Road"] >= 17
    assert counts["Square"] >= 5
    assert counts["Railway"] == 1
    assert counts["SolitaryVegetationObject"] >= 400
    assert counts["CityFurniture"] >= 250
    assert {"WaterBody", "PlantCover", "LandUse"} <= counts.keys()


def test_each_form_stands_in_the_file_once(root: etree._Element) -> None:
    forms = [form for form in root.iter(RELATIVE) if len(form)]
    assert 15 <= len(forms) <= 40
    for form in forms:
        assert sum(1 for _ in form.iter(f"{GML}Polygon")) <= 150


def test_streets_tell_why_they_are_called_so(root: etree._Element) -> None:
    told = [road.findtext(f"{GML}description") for road in root.iter(f"{TRAN}Road")]
    assert sum(story is not None for story in told) >= 17


def test_holes_are_written_as_interiors_with_windows_and_doors_behind(
    root: etree._Element,
) -> None:
    assert sum(1 for _ in root.iter(f"{GML}interior")) > 800
    kinds = {etree.QName(e[0]).localname for e in root.iter(f"{BLDG}opening")}
    assert kinds == {"Window", "Door"}


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
