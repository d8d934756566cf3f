"""Vector files become city objects of known classes; nothing of them is lost without a word."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling import sources
from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.errors import EmptyCity, InputError, UnknownCrs
from citiverse_tiling.model import SurfaceType
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.report import Reason, Report
from citiverse_tiling.sources.vector import opening
from citiverse_tiling.sources.vector.kinds import kind_of, metres, width_of
from tiling.cities import EAST, NORTH, UTM
from tiling.drawn import drawn, height_at
from tiling.rasters import box_around, sampled, write_raster

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from citiverse_tiling.model import CityObject

LINE = [(EAST, NORTH), (EAST + 100, NORTH)]
SQUARE = [(EAST, NORTH), (EAST + 10, NORTH), (EAST + 10, NORTH + 10), (EAST, NORTH + 10)]
DRIVERS = {"gpkg": "GPKG", "fgb": "FlatGeobuf", "shp": "ESRI Shapefile", "sqlite": "SQLite"}
Feature = tuple[Any, dict[str, Any]]


def write(path: Path, features: Sequence[Feature], crs: str | None = UTM, layer: str = "") -> Path:
    """Shapely geometries with their attributes, in the format of the path's ending."""
    names = sorted({name for _, facts in features for name in facts})
    columns = [np.array([facts.get(name) for _, facts in features], object) for name in names]
    kinds = {geometry.geom_type for geometry, _ in features}
    pyogrio.raw.write(
        path,
        shapely.to_wkb(np.array([geometry for geometry, _ in features], object)),
        columns,
        names,
        layer=layer or path.stem,
        geometry_type=kinds.pop() if len(kinds) == 1 else "Unknown",
        crs=crs,
        driver=DRIVERS[path.suffix[1:]],
        **({"dataset_options": {"SPATIALITE": "NO"}} if path.suffix == ".sqlite" else {}),
    )
    return path


def geojson(path: Path, *features: Feature) -> Path:
    """Features in degrees."""
    written = [
        {"type": "Feature", "properties": facts, "geometry": shapely.geometry.mapping(geometry)}
        for geometry, facts in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": written}))
    return path


def read(path: Path, crs: CrsRegistry | None = None) -> tuple[list[CityObject], Report]:
    report = Report()
    found = list(sources.read(path, crs or CrsRegistry(), report, lambda _: None))
    return found, report


def area(item: CityObject) -> float:
    """Of all polygons of an object, in the units of its CRS."""
    polygons = item.geometries[0].polygons
    x, y = polygons.coordinates[:, :2].T
    total = 0.0
    for start, end in zip(polygons.ring_offsets[:-1], polygons.ring_offsets[1:], strict=True):
        ring_x, ring_y = x[start:end] - x[start], y[start:end] - y[start]
        total += float((ring_x * np.roll(ring_y, -1) - np.roll(ring_x, -1) * ring_y).sum() / 2)
    return total


@pytest.mark.parametrize("ending", sorted(DRIVERS))
def test_every_format_gives_the_same_road(tmp_path: Path, ending: str) -> None:
    road = (shapely.LineString(LINE), {"highway": "residential", "name": "Hofweg", "width": "6"})
    (item,), report = read(write(tmp_path / f"roads.{ending}", [road]))
    assert (item.class_name, item.name) == ("Road", "Hofweg")
    assert item.attributes["width"] == "6"
    assert item.geometries[0].crs == UTM
    assert set(item.geometries[0].polygons.surface_types.tolist()) == {SurfaceType.ROAD}
    assert area(item) == pytest.approx(600, rel=1e-3), "metres on the ground, not of the grid"
    (described,) = report.inputs
    assert described.details[0].startswith("layer roads: 1 features")
    assert report.unbalanced == [("roads." + ending, "Road")], "read, and not yet written"


def test_geojson_is_in_degrees_and_its_lines_are_metres_wide(tmp_path: Path) -> None:
    line = shapely.LineString([(13.06, 52.4), (13.0615, 52.4005)])
    path = geojson(tmp_path / "a.geojson", (line, {"highway": "footway"}))
    registry = CrsRegistry(UTM)
    (item,), _ = read(path, registry)
    assert item.geometries[0].crs == "EPSG:4326", "--crs is for the other files"
    metric = CrsRegistry()
    metric.resolve(UTM, None, None)
    points = item.geometries[0].polygons.coordinates
    there = metric.from_ecef(UTM, registry.to_ecef("EPSG:4326", points))
    ring = shapely.Polygon(there[:, :2])
    length = shapely.LineString(
        metric.from_ecef(
            UTM, registry.to_ecef("EPSG:4326", np.array([(*p, 0.0) for p in line.coords]))
        )[:, :2]
    ).length
    assert ring.area / length == pytest.approx(2.0, rel=0.002)


OSM = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6">
 <node id="1" lat="52.4" lon="13.06"/><node id="2" lat="52.4" lon="13.061"/>
 <node id="3" lat="52.4005" lon="13.061"/><node id="4" lat="52.4005" lon="13.06"/>
 <node id="5" lat="52.4002" lon="13.0605">
  <tag k="natural" v="tree"/><tag k="height" v="12 m"/></node>
 <node id="6" lat="52.4003" lon="13.0605"><tag k="natural" v="tree"/></node>
 <node id="7" lat="52.4003" lon="13.0606"><tag k="amenity" v="bench"/></node>
 <way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/><tag k="lanes" v="4"/></way>
 <way id="11"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
  <tag k="building" v="yes"/><tag k="building:levels" v="4"/></way>
 <way id="12"><nd ref="1"/><nd ref="3"/><tag k="railway" v="subway"/><tag k="tunnel" v="yes"/></way>
</osm>
"""


def test_an_openstreetmap_extract_is_read_with_all_its_tags(tmp_path: Path) -> None:
    (tmp_path / "a.osm").write_text(OSM)
    items, report = read(tmp_path / "a.osm")
    classes = {item.source_id: item.class_name for item in items}
    assert sorted(classes.values()) == sorted(
        ["SolitaryVegetationObject"] * 2 + ["CityFurniture", "Road", "Building", "Railway"]
    )
    assert "way/11" in classes
    trees = [item for item in items if item.class_name == "SolitaryVegetationObject"]
    tops = sorted(float(np.ptp(t.geometries[0].polygons.coordinates[:, 2])) for t in trees)
    assert tops == pytest.approx([8.0, 12.0]), "one says its height, the other is given one"
    assert report.repaired["trees of unknown height, drawn 8 m high"] == 1
    road = next(item for item in items if item.class_name == "Road")
    assert road.attributes["lanes"] == "4"
    assert report.surfaces["a.osm", "Railway"].not_selected == 1, "a tunnel can't be seen"
    assert report.surfaces["a.osm", "CityFurniture"].lost == {Reason.UNSUPPORTED_GEOMETRY: 1}


@pytest.mark.parametrize(
    ("facts", "names", "class_name", "cover"),
    [
        ({"highway": "motorway"}, ("lines",), "Road", "ROAD"),
        ({"highway": "footway", "surface": "gravel"}, ("lines",), "Track", "SOIL"),
        ({"highway": "cycleway"}, ("lines",), "Track", "PAVING"),
        ({"fclass": "residential"}, ("gis_osm_roads_free_1",), "Road", "ROAD"),
        ({"fclass": "forest"}, ("gis_osm_landuse_a_free_1",), "PlantCover", "GREEN"),
        ({"barrier": "kerb"}, ("lines",), "Road", "PAVING"),
        ({"railway": "tram"}, ("lines",), "Railway", "RAIL"),
        ({"natural": "water"}, ("multipolygons",), "WaterBody", "WATER"),
        ({"leisure": "park"}, ("multipolygons",), "PlantCover", "GREEN"),
        ({"landuse": "industrial"}, ("multipolygons",), "LandUse", "UNKNOWN"),
        ({"function": "voetpad"}, ("trafficarea", "bgt_wegdeel"), "Road", "PAVING"),
        ({}, ("waterdeel",), "WaterBody", "WATER"),
        ({}, ("layer_1", "baeume_2024"), "SolitaryVegetationObject", "UNKNOWN"),
        ({}, ("gebaeude",), "Building", "UNKNOWN"),
        ({}, ("bplan_12",), "LandUse", "UNKNOWN"),
        ({}, ("layer_1", "data"), "GenericCityObject", "UNKNOWN"),
    ],
)
def test_tags_come_first_then_words_in_names(
    facts: dict[str, str], names: tuple[str, ...], class_name: str, cover: str
) -> None:
    kind = kind_of(facts, names)
    assert (kind.class_name, SurfaceType(kind.cover).name) == (class_name, cover)


def test_a_line_is_as_wide_as_it_says_else_by_its_lanes_else_by_its_class() -> None:
    road = kind_of({"highway": "primary"}, ("lines",))
    assert width_of({"width": "7,5 m", "lanes": "2"}, road) == 7.5
    assert width_of({"lanes": "2"}, road) == 6.5
    assert width_of({}, road) == 8.0
    assert width_of({"width": "a lot"}, road) == 8.0
    assert metres("12 ft") == pytest.approx(3.6576)


@settings(max_examples=40)
@given(
    st.dictionaries(st.text(max_size=12), st.text(max_size=20), max_size=6), st.text(max_size=20)
)
def test_whatever_a_feature_says_it_is_of_some_class(facts: dict[str, str], layer: str) -> None:
    kind = kind_of(facts, (layer, "file"))
    assert kind.class_name
    assert 0 <= width_of(facts, kind) <= 200


def test_lines_and_points_of_no_known_shape_are_listed(tmp_path: Path) -> None:
    things = [
        (shapely.Point(EAST, NORTH), {"what": "mast"}),
        (shapely.LineString(LINE), {"what": "fence"}),
        (shapely.Polygon(SQUARE), {"what": "yard"}),
    ]
    items, report = read(write(tmp_path / "things.gpkg", things))
    assert [item.class_name for item in items] == ["GenericCityObject"] * 3
    assert [item.attributes["what"] for item in items] == ["mast", "fence", "yard"]
    tally = report.surfaces["things.gpkg", "GenericCityObject"]
    assert (tally.read, tally.lost) == (3, {Reason.UNSUPPORTED_GEOMETRY: 2})


def test_a_geometry_with_a_place_that_is_no_number_is_listed(tmp_path: Path) -> None:
    torn = shapely.Polygon([*SQUARE[:2], (EAST, np.inf)])
    (item,), report = read(write(tmp_path / "park.gpkg", [(torn, {})]))
    assert item.geometries == ()
    assert report.surfaces["park.gpkg", "PlantCover"].lost == {Reason.UNSUPPORTED_GEOMETRY: 1}


def test_holes_parts_and_turning_directions_are_kept_right(tmp_path: Path) -> None:
    hole = [(x * 0.5 + EAST / 2 + 1, y * 0.5 + NORTH / 2 + 1) for x, y in SQUARE]
    shape = shapely.MultiPolygon(
        [shapely.Polygon(SQUARE[::-1], [hole]), shapely.Polygon([(x + 50, y) for x, y in SQUARE])]
    )
    (item,), _ = read(write(tmp_path / "park.gpkg", [(shape, {})]))
    polygons = item.geometries[0].polygons
    assert len(polygons) == 2
    assert np.diff(polygons.polygon_offsets).tolist() == [2, 1]
    assert area(item) == pytest.approx(175)


def test_buildings_rise_from_the_terrain_by_height_and_roads_lie_on_it(tmp_path: Path) -> None:
    house = (shapely.Polygon(SQUARE), {"building": "yes", "height": "9"})
    low = (shapely.Polygon([(x + 30, y) for x, y in SQUARE]), {"building": "yes", "levels": 2})
    write(tmp_path / "houses.gpkg", [house, low])
    write(tmp_path / "trees.gpkg", [(shapely.Point(EAST + 20, NORTH + 5), {"natural": "tree"})])
    write(tmp_path / "roads.gpkg", [(shapely.LineString([(x, y - 20) for x, y in LINE]), {})])
    box = box_around((EAST, NORTH), 200)
    write_raster(tmp_path / "ground.tif", np.full((40, 40), 33.0, np.float32), box)
    inputs = [tmp_path / name for name in ("houses.gpkg", "trees.gpkg", "roads.gpkg", "ground.tif")]
    report = tile(TileOptions(tuple(inputs), tmp_path / "scene")).report
    assert not report.has_losses
    buildings = drawn(tmp_path / "scene", "buildings", UTM)
    assert height_at(buildings, EAST + 5, NORTH + 5) == pytest.approx(42.0, abs=0.01)
    assert height_at(buildings, EAST + 35, NORTH + 5) == pytest.approx(39.0, abs=0.01)
    feet = np.concatenate([one.positions for one in buildings])[:, 2].min()
    assert feet == pytest.approx(33.0, abs=0.01)
    land = drawn(tmp_path / "scene", "land", UTM)
    assert height_at(land, EAST + 50, NORTH - 20) == pytest.approx(33.03, abs=0.02)
    with closing(sqlite3.connect(tmp_path / "scene" / "features.sqlite")) as base:
        rows = base.execute(
            "SELECT min_z, max_z FROM feature WHERE class = 'SolitaryVegetationObject'"
        )
        ((low_z, high_z),) = rows.fetchall()
    assert (low_z, high_z) == pytest.approx((33.0, 41.0), abs=0.02)


def waves(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 20 + 0.4 * np.sin(x / 5) + np.where(y > NORTH + 60, (y - NORTH - 60) * 0.3, 0.0)


def test_a_pond_is_level_in_its_bed_and_a_brook_runs_down_its_slope(tmp_path: Path) -> None:
    pond = shapely.Polygon(
        [(EAST, NORTH), (EAST + 40, NORTH), (EAST + 40, NORTH + 30), (EAST, NORTH + 30)]
    )
    brook = shapely.LineString([(EAST, NORTH + 65), (EAST, NORTH + 110)])
    write(tmp_path / "water.gpkg", [(pond, {"natural": "water"})])
    write(tmp_path / "brook.gpkg", [(brook, {"waterway": "stream", "width": "3"})])
    box = box_around((EAST, NORTH), 150)
    write_raster(tmp_path / "ground.tif", sampled(waves, box, (300, 300)).astype(np.float32), box)
    inputs = [tmp_path / name for name in ("water.gpkg", "brook.gpkg", "ground.tif")]
    tile(TileOptions(tuple(inputs), tmp_path / "scene"))
    land = drawn(tmp_path / "scene", "land", UTM)
    places = [(EAST + x, NORTH + y) for x, y in ((5, 5), (20, 15), (33, 22))]
    levels = [height_at(land, x, y) for x, y in places]
    assert np.ptp(levels) < 0.01
    assert levels[0] == pytest.approx(19.65, abs=0.15), "about as low as the ground there"
    ground = drawn(tmp_path / "scene", "ground", UTM)
    assert all(height_at(ground, x, y) < levels[0] - 0.4 for x, y in places)
    assert height_at(land, EAST, NORTH + 108) - height_at(land, EAST, NORTH + 68) > 10


def test_the_real_roads_are_read_as_another_library_counts_them(data: Path) -> None:
    folder = data / "delft-terrain-ahn3" / "bgt"
    path = folder / "bgt_wegdeel.sqlite"
    items, _ = read(path)
    _, _, wkb, _ = pyogrio.raw.read(path)
    assert len(items) == len(wkb) == 151
    total = sum(area(item) for item in items)
    assert total == pytest.approx(shapely.area(shapely.from_wkb(wkb)).sum(), rel=1e-9)
    with pytest.raises(EmptyCity):
        read(folder / "bgt_ondersteunendwegdeel.sqlite")


def refusal(path: Path, kind: type[InputError] = InputError) -> str:
    with pytest.raises(kind) as refused:
        read(path)
    assert refused.value.file == path
    return str(refused.value)


def test_a_layer_without_crs_asks_for_one(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="crs"):
        path = write(tmp_path / "a.gpkg", [(shapely.Polygon(SQUARE), {})], crs=None)
    assert "--crs" in refusal(path, UnknownCrs)


def test_a_database_whose_layer_is_a_query_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", [(shapely.Polygon(SQUARE), {})])
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    with closing(sqlite3.connect(path)) as base:
        base.execute(f"CREATE VIEW trap AS {endless}")
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
            "VALUES ('trap', 'features', 'trap')"
        )
        base.commit()
    assert "trap is a view" in refusal(path)


@pytest.mark.parametrize("ending", ["gpkg", "fgb", "shp"])
def test_files_that_are_cut_short_are_refused(tmp_path: Path, ending: str) -> None:
    squares = (shapely.Polygon([(x + i * 20, y) for x, y in SQUARE]) for i in range(500))
    many: list[Feature] = [(square, {}) for square in squares]
    path = write(tmp_path / f"a.{ending}", many)
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(InputError) as refused:
        read(path)
    assert refused.value.file == path


def test_too_many_features_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.gpkg", [(shapely.Polygon(SQUARE), {})] * 3)
    monkeypatch.setattr(opening, "MOST_FEATURES", 2)
    assert "more than 2" in refusal(path)


@pytest.mark.parametrize(
    "text",
    [
        '<OGRVRTDataSource><OGRVRTLayer name="a"/></OGRVRTDataSource>',
        "<OGRWFSDataSource><URL>file:///etc</URL></OGRWFSDataSource>",
        '<osm version="0.6"><!-- <OGRVRTDataSource> --></osm>',
        '{"type": "gdal_streamed_alg", "command_line": "gdal vector info"}',
        '{"type": "FeatureCollection", "also": "gdal_streamed_alg"}',
    ],
)
def test_files_that_lead_elsewhere_are_no_vector_data(text: str) -> None:
    assert not opening.accepts(text.encode())


def test_small_batches_give_the_same_as_large_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [(shapely.Polygon([(x + i * 20, y) for x, y in SQUARE]), {"n": i}) for i in range(7)]
    path = write(tmp_path / "park.gpkg", many)
    whole, _ = read(path)
    monkeypatch.setattr("citiverse_tiling.sources.vector.reader._batch_size", lambda *_: 3)
    pieces, _ = read(path)
    assert [item.source_id for item in pieces] == [item.source_id for item in whole]
    assert [item.attributes["n"] for item in pieces] == [str(number) for number in range(7)]


def test_comments_without_an_end_are_passed_by_quickly() -> None:
    comments = b'<?xml version="1.0"?>\n' + b"<!-- a city -->\n" * 5_000
    assert opening.accepts(comments + b"<osm>")
    assert not opening.accepts(comments + b"<CityModel>")
