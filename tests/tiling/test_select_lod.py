"""Which level of detail of an object is tiled, and what becomes of the others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling.model import CityObject, Geometry, Place, Polygons
from citiverse_tiling.options import LodPolicy
from citiverse_tiling.report import Reason, Report
from citiverse_tiling.transforms.select_lod import (
    is_outline,
    leave_out_coarse_wholes,
    select_lod,
)

if TYPE_CHECKING:
    from citiverse_tiling.options import LodChoice


def geometry(lod: str, polygons: int = 2, crs: str = "EPSG:25832") -> Geometry:
    offsets = np.arange(polygons + 1)
    table = Polygons(
        np.zeros((3 * polygons, 3)),
        3 * offsets,
        offsets,
        np.zeros(polygons, np.uint8),
        np.ones(polygons, np.int32),
        ("",) * polygons,
    )
    return Geometry(lod, crs, table)


def house(*geometries: Geometry) -> CityObject:
    return CityObject("b1", "Building", Place("a.gml", 3), geometries=geometries)


@pytest.mark.parametrize(
    ("lods", "chosen"),
    [
        ("1", "1"),
        ("012", "2"),
        ("0123", "3"),
        ("34", "3"),
        ("1234", "3"),
        ("04", "4"),
        ("13", "3"),
        (("1.2", "1.3", "2.2"), "2.2"),
    ],
)
def test_the_finest_up_to_three_is_taken_else_the_coarsest(lods: str, chosen: str) -> None:
    report = Report()
    geometries = [geometry(lod, polygons=n + 1) for n, lod in enumerate(lods)]
    selected = select_lod(house(*geometries), report)
    assert selected is not None
    assert selected.lod == chosen
    others = sum(len(g.polygons) for g in geometries if g.lod != chosen)
    assert report.surfaces_not_selected == others
    assert not report.surfaces_lost


def test_an_outline_is_taken_where_it_is_all_there_is() -> None:
    report = Report()
    item = house(geometry("0"))
    selected = select_lod(item, report)
    assert selected is item.geometries[0]
    assert is_outline(item, selected)
    assert not report.has_losses


@pytest.mark.parametrize(
    ("choice", "lods", "chosen"),
    [
        ("lowest", "0123", "1"),
        ("lowest", "34", "3"),
        (2.0, "0123", "2"),
        (2.0, ("1.2", "1.3", "2.2"), "2.2"),
        (1.2, ("1.2", "1.3", "2.2"), "1.2"),
        (2.0, "013", "1"),
        (1.0, "023", "2"),
        (4.0, "1234", "4"),
        (0.0, "012", "1"),
    ],
)
def test_a_policy_says_which_lod_is_taken(choice: LodChoice, lods: str, chosen: str) -> None:
    selected = select_lod(house(*map(geometry, lods)), Report(), LodPolicy(choice))
    assert selected is not None
    assert selected.lod == chosen


def test_a_policy_of_a_class_holds_for_its_parts_and_the_longest_name_counts() -> None:
    policy = LodPolicy("highest", {"Building": 1.0, "BuildingPart": 2.0})
    assert policy.of("Building") == policy.of("BuildingInstallation") == 1.0
    assert policy.of("BuildingPart") == 2.0
    assert policy.of("Bridge") == "highest"


def test_outlines_of_parts_are_left_out_where_the_whole_has_a_body() -> None:
    report = Report()
    got = list(leave_out_coarse_wholes([member("b", "1"), member("p", "0", "b")], report))
    assert [len(item.geometries) for item in got] == [1, 0]
    assert report.surfaces_not_selected == 2


def test_a_second_crs_in_the_chosen_lod_is_listed() -> None:
    report = Report()
    first, second = geometry("2"), geometry("2", polygons=5, crs="EPSG:25833")
    assert select_lod(house(first, second, geometry("1")), report) is first
    assert report.surfaces_lost == {Reason.UNSUPPORTED_GEOMETRY: 5}
    assert report.surfaces_not_selected == 2


def test_an_object_without_geometry_has_none_to_select() -> None:
    report = Report()
    assert select_lod(house(), report) is None
    assert not report.has_losses


def member(source_id: str, lods: str, parent_id: str | None = None) -> CityObject:
    kind = "BuildingPart" if parent_id else "Building"
    geometries = tuple(geometry(lod) for lod in lods)
    return CityObject(source_id, kind, Place("a.gml", 1), parent_id, geometries=geometries)


@pytest.mark.parametrize(
    ("whole", "parts", "left_out"),
    [
        ("1", ["2", "2"], True),
        ("01", ["02", "2"], True),
        ("2", ["2", "2"], False),
        ("2", ["1"], False),
        ("1", ["2", "1"], False),
        ("1", ["12", "2"], False),
        ("1", ["2", ""], False),
        ("1", [], False),
        ("0", ["2"], True),
        ("0", ["02", "2"], True),
        ("0", ["2", ""], False),
    ],
)
def test_a_whole_is_left_out_where_all_its_parts_are_finer(
    whole: str, parts: list[str], left_out: bool
) -> None:
    report = Report()
    objects = [member("b", whole), *(member(f"p{n}", lods, "b") for n, lods in enumerate(parts))]
    got = list(leave_out_coarse_wholes([member("a", "1"), *objects, member("c", "2")], report))
    assert [item.source_id for item in got] == ["a", *(item.source_id for item in objects), "c"]
    assert got[1].geometries == (() if left_out else objects[0].geometries)
    assert got[2:-1] == objects[1:]
    assert report.surfaces_not_selected == (2 * len(whole) if left_out else 0)


def test_an_installation_is_no_part() -> None:
    balcony = replace(member("i", "2", "b"), class_name="BuildingInstallation")
    objects = [member("b", "1"), balcony]
    assert list(leave_out_coarse_wholes(objects, Report())) == objects


def test_a_part_of_another_building_says_nothing() -> None:
    objects = [member("b", "1"), member("p", "2", "elsewhere")]
    assert list(leave_out_coarse_wholes(objects, Report())) == objects
