"""A whole run: what goes in comes out, once, in its place, and in the same bytes every time."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling.check import check
from citiverse_tiling.content.property_table import MAX_NAMES
from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.errors import EmptyCity, InputError, OutputError, TilingError
from citiverse_tiling.options import Attribution, TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.report import Reason
from tiling.cities import EAST, NORTH, UTM, box, building, courtyard, polygons, town, write_citygml
from tiling.citygml_documents import city
from tiling.scenes import tiles

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town of `cities.town`, tiled."""
    folder = tmp_path_factory.mktemp("town")
    source = write_citygml(folder / "My Town.gml", town())
    attributions = (Attribution("Town of Nowhere", "CC0"),)
    options = TileOptions(
        (source,), folder / "town", title="Nowhere", attributions=attributions, max_leaf_objects=40
    )
    tile(options)
    return folder / "town"


def test_the_scene_keeps_its_contract(scene: Path) -> None:
    assert check(scene) == []


def test_every_surface_is_accounted_for(scene: Path) -> None:
    report = json.loads((scene / "report.json").read_bytes())
    surfaces = report["surfaces"]
    assert surfaces["read"] == surfaces["written"] == 61 * 6 + 11
    assert report["objects"]["written"] == {"Building": 62, "BuildingPart": 1}
    assert [item["file"] for item in report["inputs"]] == ["My Town.gml"]


def test_the_manifest_says_what_is_there(scene: Path) -> None:
    manifest = json.loads((scene / "scene.json").read_bytes())
    assert manifest["name"] == "town"
    assert manifest["title"] == "Nowhere"
    assert manifest["source_crs"] == [UTM]
    assert manifest["attributions"] == [{"text": "Town of Nowhere", "licence": "CC0"}]
    assert [(layer["name"], layer["features"]) for layer in manifest["layers"]] == [
        ("ground", 0),
        ("buildings", 63),
    ]


@pytest.mark.parametrize("length", [2.0, 20.0, 200.0])
def test_a_ring_without_area_is_listed_as_such(tmp_path: Path, length: float) -> None:
    points = [(EAST + part * length, NORTH + part * length / 4, 30.0) for part in (0.0, 0.4, 1.0)]
    objects = [
        building("line", polygons([[points]])),
        building("whole", box(EAST, NORTH, 30, (8, 8, 8))),
    ]
    source = write_citygml(tmp_path / "line.gml", objects)
    report = tile(TileOptions((source,), tmp_path / "scene")).report
    assert report.surfaces_lost == {Reason.ZERO_AREA: 1}
    assert report.surfaces_written == 6


def test_what_the_city_is_flows_to_the_layer_and_to_every_feature(tmp_path: Path) -> None:
    source = write_citygml(tmp_path / "plan.gml", [building("a", box(EAST, NORTH, 30, (8, 8, 8)))])
    tile(TileOptions((source,), tmp_path / "scene", reality="proposed"))
    manifest = json.loads((tmp_path / "scene" / "scene.json").read_bytes())
    assert [layer["reality"] for layer in manifest["layers"]] == ["derived", "proposed"]
    with closing(sqlite3.connect(tmp_path / "scene" / "features.sqlite")) as database:
        assert database.execute("SELECT reality FROM feature").fetchall() == [("proposed",)]
    assert check(tmp_path / "scene") == []


def test_a_reality_that_the_contract_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'dreamt'"):
        TileOptions((), tmp_path, reality="dreamt")  # type: ignore[arg-type]  # that is the test


@pytest.mark.parametrize("objects", [0, 65_536])
def test_a_leaf_holds_no_more_objects_than_feature_ids_tell_apart(
    tmp_path: Path, objects: int
) -> None:
    with pytest.raises(ValueError, match="max_leaf_objects"):
        TileOptions((), tmp_path, max_leaf_objects=objects)


def test_leaves_have_the_source_faces_to_the_centimetre_and_the_square_metre(scene: Path) -> None:
    crs = CrsRegistry()
    crs.resolve(UTM, None, None)
    points, area = [], 0.0
    for leaf in (found for found in tiles(scene, "buildings") if found.leaf):
        for one in leaf.glb().primitives:
            points.append(crs.from_ecef(UTM, leaf.to_ecef(one.positions)))
            corners = one.positions[one.triangles]
            crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
            area += float(np.linalg.norm(crosses, axis=1).sum()) / 2
    found = np.unique(np.concatenate(points).round(4), axis=0)
    shapes = [geometry.polygons for item in town() for geometry in item.geometries]
    source = np.concatenate([shape.coordinates for shape in shapes])
    for point in np.unique(source, axis=0)[::7]:
        assert np.linalg.norm(found - point, axis=1).min() < 0.01
    width, depth, height = (12 + np.arange(60) % 5, 10, 6 + np.arange(60) % 7)
    expected = float((2 * (width * depth + width * height + depth * height)).sum()) + 6 * 81
    yard = courtyard(0, 0, 0)
    roof = 40 * 30 - 20 * 4 / 1 - 20 * 10
    outer = [np.hypot(40, 0), 30, np.hypot(20, 4), np.hypot(20, 4), 30]
    expected += 2 * roof + 9 * (sum(outer) + 60)
    assert len(yard) == 11
    assert area == pytest.approx(expected, rel=2e-3), "UTM's scale and the tiles' rounding"


def test_leaves_have_every_object_with_its_attributes(scene: Path) -> None:
    columns: dict[str, list[str | float | bool | None]] = {}
    for leaf in (found for found in tiles(scene, "buildings") if found.leaf):
        glb = leaf.glb()
        for name, values in glb.columns.items():
            columns.setdefault(name, []).extend(values)
    assert Counter(columns["id"]) == Counter(
        [f"my-town/b{number}" for number in range(60)] + ["my-town/half", "my-town/yard"]
    )
    assert "my-town/whole" in columns["parent"]
    assert sorted(map(str, columns["use"])) == sorted(
        ["", "", *(f"use {number}" for number in range(60))]
    )


def test_coarse_tiles_show_whole_objects_that_can_be_named(scene: Path) -> None:
    root, *leaves = tiles(scene, "buildings")
    glb = root.glb()
    assert set(glb.columns) == {"id", "class", "name"}
    triangles = sum(len(one.triangles) for one in glb.primitives)
    assert triangles == len(glb.columns["id"]) * 10
    fine = [one for leaf in leaves for one in leaf.glb().primitives]
    assert triangles <= 0.35 * sum(len(one.triangles) for one in fine)
    assert root.error > 0
    assert glb.copyright_notice == "Town of Nowhere (CC0)"


def test_features_are_found_by_text_by_box_and_by_tile(scene: Path) -> None:
    with closing(sqlite3.connect(scene / "features.sqlite")) as database:
        one = database.execute(
            "SELECT source_id, dataset, class, feature.name, reality, attributes FROM feature"
            " JOIN feature_text ON feature.row = feature_text.rowid"
            " WHERE feature_text MATCH '\"Name of b17\"'"
        ).fetchall()
        assert [row[:5] for row in one] == [
            ("b17", "my-town", "Building", "Name of b17", "measured")
        ]
        assert json.loads(one[0][5]) == {"storeys": 3.0, "use": "use 17"}
        whole, half = (
            database.execute(
                "SELECT min_x, max_z, parent, lon, lat FROM feature WHERE source_id = ?", (name,)
            ).fetchone()
            for name in ("whole", "half")
        )
        assert whole[:2] == half[:2], "a building without faces has the box of its part"
        assert half[2] == "my-town/whole"
        lon, lat = half[3:]
        assert (lon, lat) == pytest.approx((13.0437, 52.3979), abs=0.01)
        inside = database.execute(
            "SELECT count(*) FROM feature_box WHERE min_x <= ? AND max_x >= ?", (whole[0], whole[0])
        ).fetchone()[0]
        assert inside >= 2
        orders = database.execute(
            "SELECT feature FROM tile_feature JOIN (SELECT max(tile) AS last FROM tile_feature)"
            " WHERE tile = last ORDER BY property_row"
        ).fetchall()
        rows = [row for (row,) in orders]
        assert rows == list(range(rows[0], rows[0] + len(rows))), "neighbours in tile order"


def test_the_start_is_on_the_floor(scene: Path) -> None:
    spawn = json.loads((scene / "scene.json").read_bytes())["spawn_points"][0]
    assert 29 < spawn["position"][2] < 34
    assert 0 <= spawn["heading_deg"] < 360


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, scene: Path) -> None:
    source = write_citygml(tmp_path / "My Town.gml", town())
    attributions = (Attribution("Town of Nowhere", "CC0"),)
    options = TileOptions(
        (source,),
        tmp_path / "town",
        title="Nowhere",
        attributions=attributions,
        max_leaf_objects=40,
    )
    for _ in range(2):
        tile(options)
        assert contents(tmp_path / "town") == contents(scene)


def contents(scene: Path) -> dict[str, bytes]:
    return {
        path.relative_to(scene).as_posix(): path.read_bytes()
        for path in sorted(scene.rglob("*"))
        if path.is_file()
    }


def test_a_second_object_with_the_same_id_gets_another_and_is_reported(tmp_path: Path) -> None:
    shape = box(EAST, NORTH, 30, (10, 10, 10))
    source = write_citygml(tmp_path / "a.gml", [building("same", shape), building("same", shape)])
    done = tile(TileOptions((source,), tmp_path / "scene"))
    with closing(sqlite3.connect(tmp_path / "scene" / "features.sqlite")) as database:
        ids = [row[0] for row in database.execute("SELECT id FROM feature ORDER BY row")]
    assert ids == ["a/same", "a/same~2"]
    assert done.report.repaired.total() == 1
    assert check(tmp_path / "scene") == []


def test_two_files_are_one_scene_with_two_data_sets(tmp_path: Path) -> None:
    sources = tuple(
        write_citygml(tmp_path / name, [building("x", box(EAST + shift, NORTH, 30, (10, 10, 10)))])
        for name, shift in (("one.gml", 0.0), ("two.gml", 50.0))
    )
    assert tile(TileOptions(sources, tmp_path / "scene")).objects == 2
    with closing(sqlite3.connect(tmp_path / "scene" / "features.sqlite")) as database:
        ids = [row[0] for row in database.execute("SELECT id FROM feature ORDER BY id")]
    assert ids == ["one/x", "two/x"]


def test_a_face_without_area_is_listed_and_the_rest_is_tiled(tmp_path: Path) -> None:
    shape = box(EAST, NORTH, 30, (10, 10, 10))
    flat = shape.coordinates.copy()
    flat[4:8] = [(EAST + step, NORTH, 30) for step in range(4)]
    broken = building(
        "b", type(shape)(flat, *[getattr(shape, name) for name in shape.__slots__[1:]])
    )
    source = write_citygml(tmp_path / "a.gml", [broken])
    report = tile(TileOptions((source,), tmp_path / "scene")).report
    assert report.surfaces_lost == {"zero-area": 1}
    assert report.surfaces_written == 5
    assert not report.unbalanced
    assert report.losses[0].object_id == "b"
    assert check(tmp_path / "scene") == []


def test_a_city_without_any_shape_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    source = write_citygml(tmp_path / "a.gml", [building("b", None)])
    with pytest.raises(EmptyCity):
        tile(TileOptions((source,), tmp_path / "scene"))
    assert [path.name for path in tmp_path.iterdir()] == ["a.gml"]


def test_a_file_that_breaks_off_leaves_the_old_scene(tmp_path: Path) -> None:
    source = write_citygml(tmp_path / "a.gml", town(3))
    options = TileOptions((source,), tmp_path / "scene")
    tile(options)
    before = contents(tmp_path / "scene")
    source.write_bytes(source.read_bytes()[:-2_000])
    with pytest.raises(TilingError):
        tile(options)
    assert contents(tmp_path / "scene") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gml", "scene"]


def test_a_file_with_nothing_to_show_among_others_is_a_warning_and_listed(tmp_path: Path) -> None:
    rooms = tmp_path / "rooms.gml"
    rooms.write_text(city('<bldg:Room gml:id="r"/>'))
    source = write_citygml(tmp_path / "town.gml", town(3))
    report = tile(TileOptions((rooms, source), tmp_path / "scene")).report
    assert report.warnings == ["rooms.gml: there is nothing in it that can be shown, only Room"]
    assert [item.file for item in report.inputs] == ["rooms.gml", "town.gml"]
    assert report.objects_not_selected == {"Room": 1}
    assert not report.has_losses


def test_files_that_all_have_nothing_to_show_are_an_error_that_names_the_first(
    tmp_path: Path,
) -> None:
    files = (tmp_path / "rooms.gml", tmp_path / "empty.gml")
    files[0].write_text(city('<bldg:Room gml:id="r"/>'))
    files[1].write_text(city())
    with pytest.raises(EmptyCity, match=r"rooms\.gml: .*only Room"):
        tile(TileOptions(files, tmp_path / "scene"))
    assert not (tmp_path / "scene").exists()


def test_a_file_that_is_gone_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read"):
        tile(TileOptions((tmp_path / "gone.gml",), tmp_path / "scene"))


def test_an_input_inside_the_output_is_never_removed(tmp_path: Path) -> None:
    source = write_citygml(tmp_path / "a.gml", town(3))
    tile(TileOptions((source,), tmp_path / "scene"))
    inside = source.rename(tmp_path / "scene" / "a.gml")
    with pytest.raises(OutputError, match="inside the output"):
        tile(TileOptions((inside,), tmp_path / "scene"))
    assert inside.is_file()


def test_names_of_attributes_are_bounded_over_the_city(tmp_path: Path) -> None:
    shape = box(EAST, NORTH, 30, (8, 8, 8))
    half = MAX_NAMES // 2 + 1
    wide = [
        building(f"b{n}", shape, {f"name{n}x{k}": "a" for k in range(half // 8)}) for n in range(17)
    ]
    report = tile(TileOptions((write_citygml(tmp_path / "a.gml", wide),), tmp_path / "s")).report
    assert report.warnings[0] == "a.gml: attributes beyond the first 16,384 names are not kept"
    with closing(sqlite3.connect(tmp_path / "s" / "features.sqlite")) as database:
        names = [json.loads(row[0]) for row in database.execute("SELECT attributes FROM feature")]
    assert sum(map(len, names)) == MAX_NAMES


def test_a_foreign_folder_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "scene").mkdir()
    (tmp_path / "scene" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError):
        tile(TileOptions((tmp_path / "missing.gml",), tmp_path / "scene"))


def test_progress_names_the_file_and_counts_up_to_the_end(tmp_path: Path) -> None:
    source = write_citygml(tmp_path / "a.gml", town(3))
    seen: list[tuple[str, int, int]] = []
    tile(TileOptions((source,), tmp_path / "s"), lambda *step: seen.append(step))
    stages = list(dict.fromkeys(stage for stage, _, _ in seen))
    assert stages[0] == "reading a.gml"
    assert len(stages) >= 2
    for stage in stages:
        counts = [done for name, done, _ in seen if name == stage]
        assert counts == sorted(counts)
    assert all(done <= total or total == 0 for _, done, total in seen)


def test_row_18_surfaces_off_a_plane_are_drawn_and_counted_and_the_worst_are_listed(
    tmp_path: Path,
) -> None:
    shapes = []
    for number, lift in enumerate((0.0, 0.08, 5.5)):
        shape = box(EAST + 20 * number, NORTH, 30, (4.0, 4.0, 3.0))
        shape.coordinates[-1, 2] += lift
        shapes.append(building(f"b{number}", shape))
    source = write_citygml(tmp_path / "a.gml", shapes)
    report = tile(TileOptions((source,), tmp_path / "scene")).report
    assert report.repaired["surfaces more than 1 cm off a plane, drawn as triangles"] == 2
    assert report.degraded == {Reason.NOT_PLANAR: 1}
    assert report.losses[0].object_id == "b2"
    assert "m off its plane" in report.losses[0].detail
    assert report.surfaces_written == 18


def test_the_tip_of_a_spike_that_nobody_sees_is_no_part_of_the_box(tmp_path: Path) -> None:
    foot, top = (EAST + 4, NORTH, 56.0), (EAST + 4, NORTH, 90.0)
    corners = [(EAST, NORTH, 50.0), (EAST + 8, NORTH, 50.0), (EAST + 8, NORTH, 56.0)]
    wall = polygons([[[*corners, foot, top, foot, (EAST, NORTH, 56.0)]]])
    source = write_citygml(tmp_path / "spike.gml", [building("spiked", wall)])
    tile(TileOptions((source,), tmp_path / "scene"))
    assert check(tmp_path / "scene") == []
