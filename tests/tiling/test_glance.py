"""A first look: a small scene of a big file in seconds, whose buildings are those of the file."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import chain, repeat
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse.bench import big_city
from citiverse_tiling.check import check
from citiverse_tiling.errors import InputError
from citiverse_tiling.glance import (
    LEAST_LOOK_S,
    MOST_LOOK_S,
    WORTH_BYTES,
    Glance,
    glance,
    look_s,
)
from citiverse_tiling.glance.excerpt import MOST_REACH_M
from citiverse_tiling.glance.heart import heart_of
from citiverse_tiling.glance.look import look_through
from citiverse_tiling.glance.outlines import Outlines, joined, outlines_of
from citiverse_tiling.glance.spread import spread
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from tiling.citygml_documents import building, city
from tiling.glances import boxes, still

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from citiverse_tiling.model import Float64Array

    Point = tuple[float, float, float]

REAL = ("potsdam-lod1/Potsdam_LoD1.gml", "nrw-lod2/LoD2_32_280_5657_1_NW.gml")
HEAD = '<CityModel xmlns="http://www.opengis.net/citygml/2.0">'
HOUSE = [(0, 0, 5), (0, 8, 5), (10, 8, 5), (10, 0, 5), (0, 0, 5)]
ROOF = [(x, y, 12) for x, y, _ in HOUSE]


def hurried() -> Callable[[], float]:
    """A clock by which the time is up after the first look at it."""
    times = chain([0.0], repeat(1e9))
    return lambda: next(times)


@pytest.fixture(params=REAL)
def big(request: pytest.FixtureRequest, data: Path, tmp_path: Path) -> Path:
    """A real file, repeated until a glance at it is worth while."""
    source = data / request.param
    if not source.is_file():
        pytest.skip("no such data here")
    path = tmp_path / "Big City.gml"
    big_city.write(big_city.read(source), path, 2 * WORTH_BYTES + 1)
    return path


def look(inputs: tuple[Path, ...], place: Path) -> Glance | None:
    """A first look at `place`, with all the time of the world."""
    return glance(TileOptions(inputs, place.with_name("whole")), place, still, 1.0)


def test_a_glance_is_a_sound_scene_of_the_citys_own_buildings(big: Path, tmp_path: Path) -> None:
    seen = look((big,), tmp_path / "first")
    assert seen is not None
    assert seen.share == 1
    assert seen.found > 300
    assert 100 < seen.buildings <= seen.found
    assert not check(seen.scene)
    tile(TileOptions((big,), tmp_path / "full", origin=seen.origin))
    first, full = boxes(tmp_path / "first"), boxes(tmp_path / "full")
    assert first.keys() <= full.keys()
    assert len(first) >= seen.buildings
    manifests = [
        json.loads((tmp_path / one / "scene.json").read_bytes()) for one in ("first", "full")
    ]
    assert manifests[0]["origin"] == manifests[1]["origin"]
    # Where they stand and how high they are is true; eaves and balconies may reach farther.
    gaps = np.abs([np.subtract(first[one], full[one]) for one in first])
    assert np.median(gaps) < 0.02
    assert np.quantile(gaps, 0.98) < 3.0


def test_where_others_work_too_there_is_less_time_to_look() -> None:
    assert look_s(0.5, 0.5) == MOST_LOOK_S
    assert MOST_LOOK_S > look_s(1.0, 0.5) > LEAST_LOOK_S
    assert look_s(3.0, 0.5) == LEAST_LOOK_S


def test_what_time_does_not_allow_is_left_out_and_said(big: Path) -> None:
    whole = look_through([big], still, 1.0)
    part = look_through([big], hurried(), 1.0)
    assert whole.share == 1
    assert 0 < part.share < 1
    assert 0 < len(part.outlines) < len(whole.outlines)
    assert set(part.ids) < set(whole.ids)


def test_a_file_that_is_cut_short_can_still_be_glanced_at(big: Path, tmp_path: Path) -> None:
    data = big.read_bytes()
    big.write_bytes(data[: len(data) - 100_000])
    seen = look((big,), tmp_path / "first")
    assert seen is not None
    assert seen.buildings > 100


def test_buildings_far_from_the_heart_wait() -> None:
    row = np.arange(50.0)
    near, far = np.column_stack([row, row]), np.column_stack([row * 300 + 5_000, row])
    outlines = joined([standing_at(x, y) for x, y in np.concatenate([far, near])])
    assert sorted(heart_of(outlines.middles, 1000, MOST_REACH_M).tolist()) == list(range(50, 100))
    assert len(heart_of(outlines.middles, 20, MOST_REACH_M)) == 20
    assert 50 + 24 in heart_of(outlines.middles, 20, MOST_REACH_M)[:2], "the nearest first"


def test_degrees_are_told_from_metres_by_the_size_of_houses() -> None:
    in_metres = joined([standing_at(x, 0.0) for x in (0.0, 50.0, 100.0)])
    assert not in_metres.is_in_degrees
    in_degrees = replace(in_metres, points=in_metres.points * (1e-5, 1e-5, 1.0) + (139.7, 35.6, 0))
    assert in_degrees.is_in_degrees
    assert (
        len(heart_of(in_metres.middles, 9, 500.0))
        == len(heart_of(in_degrees.middles, 9, 500.0))
        == 3
    )


def test_few_bytes_are_tiled_in_full_as_fast(hamlet_file: Path, tmp_path: Path) -> None:
    assert look((hamlet_file,), tmp_path / "first") is None


def test_what_is_no_city_is_left_to_the_full_run_to_refuse(tmp_path: Path) -> None:
    for name, text in (
        ("page.gml", "<html>" + "<p>Building</p>" * 400_000 + "</html>"),
        ("words.gml", "none " * 1_000_000),
        ("cut.gml", HEAD + "<Building " * 500_000),
        ("open.gml", f"{HEAD}<Building id='a'>" + "<posList " * 500_000),
        ("names.gml", f"{HEAD}<Building id='a'>" + "<" + "a" * 5_000_000),
    ):
        (tmp_path / name).write_text(text)
        assert look((tmp_path / name,), tmp_path / "first") is None
        assert not (tmp_path / "first").exists()


def test_many_small_files_are_one_city(data: Path, tmp_path: Path) -> None:
    source = data / REAL[0]
    if not source.is_file():
        pytest.skip("no such data here")
    folder = tmp_path / "delivery"
    folder.mkdir()
    template = big_city.read(source)
    for number in range(6):
        (folder / f"tile{number}.gml").write_bytes(
            template.head + template.copy(number, 3) + template.tail
        )
    (folder / "readme.txt").write_text("six tiles")
    seen = look((folder,), tmp_path / "first")
    assert seen is not None
    assert seen.found == 6 * 97
    assert {one.partition("/")[0] for one in boxes(tmp_path / "first")} <= {
        f"tile{number}" for number in range(6)
    }


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        look((tmp_path / "none.gml",), tmp_path / "first")


def test_ids_that_occur_twice_are_left_to_the_full_run(big: Path, tmp_path: Path) -> None:
    before = look((big,), tmp_path / "before")
    (tmp_path / "again").mkdir()
    again = tmp_path / "again" / big.name
    again.write_bytes(big.read_bytes())
    both = look((big, again), tmp_path / "both")
    assert before is not None
    assert both is None, "all ids occur twice, so nothing can be told apart"


@pytest.fixture
def hamlet_file(tmp_path: Path) -> Path:
    path = tmp_path / "hamlet.gml"
    path.write_text(city(building("", "<bldg:lod1MultiSurface/>")))
    return path


# Outlines -----------------------------------------------------------------------------------------


def numbers(*rings: Sequence[Point]) -> Float64Array:
    return np.array([value for ring in rings for value in (np.nan, *chain.from_iterable(ring))])


def standing_at(x: float, y: float) -> Outlines:
    ring = [(x + dx, y + dy, z) for dx, dy, z in HOUSE]
    roof = [(x + dx, y + dy, z) for dx, dy, z in ROOF]
    return outlines_of(numbers(ring, roof), np.array([0, 0]))


def test_the_outline_is_the_largest_ring_at_the_foot() -> None:
    porch = [(0, 0, 5), (0, 2, 5), (2, 2, 5), (2, 0, 5), (0, 0, 5)]
    found = outlines_of(numbers(porch, ROOF, HOUSE), np.array([4, 4, 4]))
    assert found.owners.tolist() == [4]
    assert found.ring(0).tolist() == [list(point) for point in HOUSE[:-1]]
    assert found.tops.tolist() == [12]


def test_rings_that_turn_the_other_way_are_turned() -> None:
    rings = numbers(HOUSE, ROOF, HOUSE, ROOF, HOUSE[::-1], ROOF)
    found = outlines_of(rings, np.array([0, 0, 1, 1, 2, 2]))
    assert signed_area(found.ring(2)) == signed_area(found.ring(0)) == -80


def signed_area(ring: Float64Array) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


@pytest.mark.parametrize(
    "bad",
    [
        [(0, 0, 5), (0, 8, 5), (0, 0, 5)],
        [(0, 0, 1e200), (0, 8, 5), (10, 8, 5), (10, 0, 5), (0, 0, 1e200)],
        [(0, 0, np.inf), (0, 8, 5), (10, 8, 5), (10, 0, 5), (0, 0, 5)],
        [(0, 0, 5)] * 5,
        HOUSE,
    ],
    ids=["a line", "far out", "without an end", "a point", "without a height"],
)
def test_what_is_no_building_has_no_outline(bad: Sequence[Point]) -> None:
    found = outlines_of(numbers(bad, HOUSE, ROOF), np.array([0, 1, 1]))
    assert found.owners.tolist() == [1]


rings = st.lists(st.tuples(*[st.floats(-1e6, 1e6) for _ in range(3)]), min_size=0, max_size=7)


@given(st.lists(st.tuples(rings, st.integers(0, 3)), max_size=8))
def test_whatever_the_rings_outlines_are_closed_and_have_a_height(
    given_rings: list[tuple[Sequence[Point], int]],
) -> None:
    owners = np.sort(np.array([owner for _, owner in given_rings], np.int64))
    found = outlines_of(numbers(*[ring for ring, _ in given_rings]), owners)
    assert len(found.offsets) == len(found) + 1
    assert (np.diff(found.owners) > 0).all()
    for row in range(len(found)):
        ring = found.ring(row)
        assert len(ring) >= 3
        assert found.tops[row] > ring[:, 2].max()
        assert np.isfinite(ring).all()


# Pieces -------------------------------------------------------------------------------------------
@given(st.integers(0, 300), st.data())
def test_however_early_one_stops_the_pieces_are_spread_evenly(
    count: int, data: st.DataObject
) -> None:
    order = spread(count)
    assert sorted(order) == list(range(count))
    taken = data.draw(st.integers(min(count, 1), count))
    if taken:
        some = sorted(order[:taken])
        gaps = np.diff([-1, *some, count])
        assert gaps.max() <= 4 * count / taken + 1
