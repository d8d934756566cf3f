"""Objects go into the spool in batches, and what can't be drawn is listed with its place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling import ingest
from citiverse_tiling.report import Reason, Report
from tiling.cities import EAST, NORTH, UTM, box, building, courtyard
from tiling.spools import merged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from citiverse_tiling.city import City
    from citiverse_tiling.merge import Merged
    from citiverse_tiling.model import CityObject

SIZE = (10.0, 10.0, 10.0)


def city(folder: Path, report: Report, *objects: CityObject, crs: str = UTM) -> City:
    return _merged(folder, report, objects, crs=crs).city


def _merged(
    folder: Path, report: Report, *segments: Sequence[CityObject], crs: str = UTM
) -> Merged:
    given = [
        [
            (item, replace(item.geometries[0], crs=crs) if item.geometries else None)
            for item in objects
        ]
        for objects in segments
    ]
    return merged(folder, report, *given, crs=crs)


def test_neither_batches_nor_segments_make_a_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = [building(f"b{n}", box(EAST + 20 * n, NORTH, 30, SIZE)) for n in range(7)]
    objects.insert(3, building("bare", None))
    objects.append(building("yard", courtyard(EAST, NORTH + 50, 30)))
    whole, spool, _ = _merged(tmp_path / "whole", Report(), objects)
    monkeypatch.setattr(ingest, "BATCH_POINTS", 1)
    for name, segments in (("batches", [objects]), ("segments", [[one] for one in objects])):
        pieces, other, _ = _merged(tmp_path / name, Report(), *segments)
        assert np.array_equal(whole.shapes.objects, pieces.shapes.objects)
        rows = np.arange(len(whole))
        assert np.array_equal(whole.boxes(rows), pieces.boxes(rows), equal_nan=True)
        assert np.array_equal(whole.digests(rows), pieces.digests(rows))
        one = spool.meshes(whole.index, rows)
        two = other.meshes(pieces.index, rows)
        assert np.array_equal(one.positions, two.positions)
        assert np.array_equal(one.global_triangles, two.global_triangles)
        assert spool.records(whole.index, rows) == other.records(pieces.index, rows)


def test_an_id_that_comes_again_gets_a_number_in_whatever_segment(tmp_path: Path) -> None:
    one = building("a", box(EAST, NORTH, 30, SIZE))
    report = Report()
    found = _merged(tmp_path, report, [one, one, building("a~3", None)], [one], [one]).city
    assert found.renamed == {1: "town/a~2", 3: "town/a~4", 4: "town/a~5"}
    assert report.repaired["ids made different from an earlier one"] == 3


def test_a_part_finds_its_building_in_another_segment(tmp_path: Path) -> None:
    part = building("part", box(EAST, NORTH, 30, SIZE), parent_id="whole")
    found = _merged(tmp_path, Report(), [part], [building("whole", None)]).city
    assert found.parents(np.arange(2)).tolist() == [1, -1]


def test_what_lies_too_far_from_the_first_object_is_listed(tmp_path: Path) -> None:
    report = Report()
    near, far = box(EAST, NORTH, 30, SIZE), box(EAST + 80_000, NORTH, 30, SIZE)
    report.read(building("near", near).place.file, "Building", len(near) + len(far))
    found = city(tmp_path, report, building("near", near), building("far", far))
    assert report.surfaces_lost == {Reason.BAD_COORDINATES: 6}
    assert report.losses[0].object_id == "far"
    assert "50 km" in report.losses[0].detail
    assert not report.unbalanced
    assert found.shapes.objects.tolist() == [0]
    assert len(found) == 2


def test_a_stray_first_surface_loses_itself_and_not_the_city(tmp_path: Path) -> None:
    report = Report()
    stray, near = box(EAST + 80_000, NORTH, 30, SIZE), box(EAST, NORTH, 30, SIZE)
    report.read(building("near", near).place.file, "Building", 4 * len(near))
    objects = (building(f"near-{number}", near) for number in range(3))
    found = city(tmp_path, report, building("stray", stray), *objects)
    assert report.surfaces_lost == {Reason.BAD_COORDINATES: 6}
    assert {loss.object_id for loss in report.losses} == {"stray"}
    assert found.shapes.objects.tolist() == [1, 2, 3]


def test_a_part_knows_its_building_and_a_stranger_is_no_parent(tmp_path: Path) -> None:
    found = city(
        tmp_path,
        Report(),
        building("part", box(EAST, NORTH, 30, SIZE), parent_id="whole"),
        building("whole", None),
        building("lost", box(EAST + 30, NORTH, 30, SIZE), parent_id="nobody"),
    )
    assert found.parents(np.arange(3)).tolist() == [1, -1, -1]
    assert found.wholes.tolist() == [1, 1, 2]
    assert np.array_equal(found.boxes(np.array([1]))[0], found.boxes(np.array([0]))[0])


def test_parents_in_a_ring_end(tmp_path: Path) -> None:
    found = city(
        tmp_path,
        Report(),
        building("a", box(EAST, NORTH, 30, SIZE), parent_id="b"),
        building("b", None, parent_id="a"),
        building("self", None, parent_id="self"),
    )
    assert found.parents(np.arange(len(found))).tolist() == [1, 0, -1]
    assert len(found.wholes) == 3


def test_the_origin_is_the_first_object_to_a_thousandth_of_a_degree(tmp_path: Path) -> None:
    frame = city(tmp_path, Report(), building("a", box(EAST, NORTH, 30, SIZE))).frame
    assert (frame.lon, frame.lat) == (round(frame.lon, 3), round(frame.lat, 3))
    assert (frame.lon, frame.lat) == pytest.approx((13.0437, 52.3979), abs=0.01)
