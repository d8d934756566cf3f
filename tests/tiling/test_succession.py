"""A new delivery: every old feature finds what it became, and nothing is matched wrong silently."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.check import check
from citiverse_tiling.errors import SceneError
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.succession.matching import Things, footprints, match
from tiling import second_delivery
from tiling.cities import town, write_citygml

if TYPE_CHECKING:
    from pathlib import Path

    from tiling.second_delivery import Truth

Box = tuple[float, float, float, float]
Row = tuple[str | None, str, str | None, float, int]


def things(
    *boxes: tuple[float, float, float, float], heights: tuple[float, float] = (0, 9)
) -> Things:
    shapes = np.array([shapely.box(*box) for box in boxes], dtype=object)
    kinds = np.full(len(boxes), "Building")
    return Things(shapes, np.tile(np.array(heights, np.float64), (len(boxes), 1)), kinds)


def found(old: Things, new: Things) -> set[tuple[tuple[int, ...], tuple[int, ...], bool]]:
    return {(one.old, one.new, one.sure) for one in match(old, new)}


HOUSE = (0.0, 0.0, 10.0, 12.0)


def test_a_house_that_moved_half_a_metre_is_the_same_house() -> None:
    assert found(things(HOUSE), things((0.5, 0, 10.5, 12))) == {((0,), (0,), True)}


def test_a_house_in_two_halves_is_split_and_the_other_way_round_merged() -> None:
    halves = things((0, 0, 10, 5), (0, 5, 10, 12))
    assert found(things(HOUSE), halves) == {((0,), (0, 1), True)}
    assert found(halves, things(HOUSE)) == {((0, 1), (0,), True)}


def test_a_tenth_that_is_cut_off_is_a_split_too() -> None:
    assert found(things(HOUSE), things((0, 0, 10, 11), (0, 11, 10, 12))) == {((0,), (0, 1), True)}


def test_a_house_that_is_gone_has_no_match() -> None:
    assert found(things(HOUSE), things((30, 0, 40, 12))) == set()


def test_rows_of_houses_keep_their_neighbours_apart() -> None:
    row = things(*((5.0 * at, 0.0, 5.0 * at + 5, 9.0) for at in range(6)))
    moved = things(*((5.0 * at + 0.4, 0.3, 5.0 * at + 5.4, 9.3) for at in range(6)))
    assert found(row, moved) == {((at,), (at,), True) for at in range(6)}


def test_a_tower_on_the_ground_of_a_shed_is_not_the_shed() -> None:
    assert not any(one.sure for one in match(things(HOUSE), things(HOUSE, heights=(20, 60))))


@pytest.mark.parametrize("new", [(4, 0, 14, 12), (0, 0, 10, 5), (-9, -9, 20, 20)])
def test_what_might_be_it_is_unsure(new: Box) -> None:
    assert found(things(HOUSE), things(new)) == {((0,), (0,), False)}


def test_two_things_in_one_place_can_not_be_told_apart() -> None:
    assert all(not one.sure for one in match(things(HOUSE), things(HOUSE, HOUSE)))


def test_things_of_another_class_are_never_matched() -> None:
    road = things(HOUSE)
    road.kinds[:] = "Road"
    assert found(things(HOUSE), road) == set()


def test_a_wall_that_covers_no_ground_has_a_footprint() -> None:
    wall = np.array([[(0, 0, 0), (4, 0, 0), (4, 0, 3)], [(0, 0, 0), (4, 0, 3), (0, 0, 3)]], float)
    (shape,) = footprints(np.array([0, 0]), wall, 1)
    assert shape.bounds == pytest.approx((-0.1, -0.1, 4.1, 0.1))


@given(st.lists(st.tuples(*[st.integers(0, 40)] * 2), min_size=1, max_size=12, unique=True))
@settings(max_examples=60)
def test_every_thing_is_its_own_successor(places: list[tuple[int, int]]) -> None:
    alike = things(*((9.0 * x, 9.0 * y, 9.0 * x + 8, 9.0 * y + 7) for x, y in places))
    assert found(alike, alike) == {((at,), (at,), True) for at in range(len(places))}


def succession(scene: Path) -> list[Row]:
    query = "SELECT old, relation, new, score, delivery FROM succession"
    with closing(sqlite3.connect(scene / "features.sqlite")) as connection:
        return connection.execute(query).fetchall()


def verdict(rows: list[Row], truth: Truth) -> tuple[int, list[str]]:
    """How many old ones were found right, and what was silently found wrong."""

    def bare(identity: str | None) -> str:
        return (identity or "/").partition("/")[2]

    became: dict[str, tuple[set[str], set[str]]] = {}
    fresh = {bare(new) for old, _, new, *_ in rows if old is None}
    for old, relation, new, *_ in rows:
        relations, names = became.setdefault(bare(old), (set(), set()))
        relations.add(relation)
        names.update([bare(new)] if new else [])
    right, wrong = 0, []
    for old, (relation, wanted) in truth.became.items():
        relations, names = became.get(old, (set[str](), set[str]()))
        if (relations, names) == ({relation}, set(wanted)):
            right += 1
        elif relations != {"unsure"}:
            wrong.append(f"{old}: {relation} {sorted(wanted)}, not {relations} {sorted(names)}")
    kept = {name for _, names in truth.became.values() for name in names}
    wrong += [f"{name} isn't new" for name in sorted(fresh & kept)]
    return right, wrong + [f"{name} is new" for name in sorted(truth.new - fresh)]


def test_a_second_delivery_of_a_real_city_is_led_on(data: Path, tmp_path: Path) -> None:
    (source,) = (data / "nrw-lod2").glob("*.gml")
    truth = second_delivery.citygml(source, tmp_path / "second.gml", seed=1)
    tile(TileOptions((source,), tmp_path / "city"))
    found = tile(TileOptions((tmp_path / "second.gml",), tmp_path / "city")).report.successions
    right, wrong = verdict(succession(tmp_path / "city"), truth)
    assert wrong == []
    assert right >= 0.98 * len(truth.became)
    assert found is not None
    assert {"renamed", "split", "merged", "demolished", "new"} <= {*found.counts}
    assert check(tmp_path / "city") == []


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source of a town of the first delivery."""
    return write_citygml(tmp_path_factory.mktemp("first") / "town.gml", town())


def renamed(source: Path, target: Path, prefix: str) -> Path:
    """The same city with other ids."""
    target.write_bytes(source.read_bytes().replace(b'id="', f'id="{prefix}'.encode()))
    return target


def test_the_same_delivery_again_writes_the_same_bytes(first: Path, tmp_path: Path) -> None:
    tile(TileOptions((first,), tmp_path / "town"))
    before = {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*.sqlite")}
    again = tile(TileOptions((first,), tmp_path / "town"))
    assert {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*.sqlite")} == before
    assert again.report.successions is not None
    assert set(again.report.successions.counts) == {"same"}


def test_identities_are_led_on_over_several_deliveries(first: Path, tmp_path: Path) -> None:
    second = renamed(first, tmp_path / "second.gml", "b-")
    third = renamed(first, tmp_path / "third.gml", "c-")
    tile(TileOptions((first,), tmp_path / "one"))
    tile(TileOptions((second,), tmp_path / "two", previous=tmp_path / "one"))
    tile(TileOptions((third,), tmp_path / "three", previous=tmp_path / "two"))
    before = {(row[0], row[2]) for row in succession(tmp_path / "two")}
    rows = succession(tmp_path / "three")
    latest = {old: new for old, _, new, _, delivery in rows if delivery == 1}
    oldest = {(old, new) for old, _, new, _, delivery in rows if delivery == 2}
    assert oldest == {(old, latest[new]) for old, new in before}
    assert {row[1] for row in rows} == {"renamed"}
    assert check(tmp_path / "three") == []


@pytest.mark.parametrize("lost", ["features.sqlite", "tree.bin", "tiles"])
def test_a_broken_former_scene_stops_nothing_unless_it_was_named(
    first: Path, tmp_path: Path, lost: str
) -> None:
    second = renamed(first, tmp_path / "second.gml", "b-")
    tile(TileOptions((first,), tmp_path / "one"))
    part = tmp_path / "one" / lost
    for path in part.rglob("*.glb") if part.is_dir() else [part]:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(SceneError):
        tile(TileOptions((second,), tmp_path / "two", previous=tmp_path / "one"))
    done = tile(TileOptions((second,), tmp_path / "one"))
    assert done.report.successions is None
    assert any("former delivery" in warning for warning in done.report.warnings)
    assert check(tmp_path / "one") == []


def test_another_city_succeeds_nothing(first: Path, data: Path, tmp_path: Path) -> None:
    tile(TileOptions((first,), tmp_path / "city"))
    (other,) = (data / "nrw-lod2").glob("*.gml")
    assert tile(TileOptions((other,), tmp_path / "city")).report.successions is None


def test_a_successor_that_is_no_feature_is_found(first: Path, tmp_path: Path) -> None:
    second = renamed(first, tmp_path / "second.gml", "b-")
    tile(TileOptions((first,), tmp_path / "one"))
    tile(TileOptions((second,), tmp_path / "two", previous=tmp_path / "one"))
    with closing(sqlite3.connect(tmp_path / "two" / "features.sqlite")) as connection, connection:
        connection.execute("UPDATE succession SET new = 'nobody' WHERE rowid = 1")
        connection.execute("UPDATE succession SET relation = 'demolished' WHERE rowid = 2")
    said = "\n".join(str(finding) for finding in check(tmp_path / "two"))
    assert "1 rows of succession are wrong; expected features of the scene" in said
    assert "1 rows of succession are wrong; expected a successor, or demolished" in said
