"""Ground between the points and along the lines of a terrain, and from its rasters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling.errors import EmptyCity
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.report import Reason
from citiverse_tiling.transforms.terrain_points import triangles_between
from tiling.rasters import write_raster
from tiling.town_documents import town

if TYPE_CHECKING:
    from pathlib import Path

BOX = (457_000.0, 5_439_000.0, 457_040.0, 5_439_040.0)
CORNERS = ((0.0, 0.0, 31.0), (40.0, 0.0, 31.0), (0.0, 40.0, 35.0), (40.0, 40.0, 35.0))


def relief(kind: str, inside: str) -> str:
    return (
        '<dem:ReliefFeature gml:id="r"><dem:lod>1</dem:lod><dem:reliefComponent>'
        f'<dem:{kind} gml:id="t"><dem:lod>1</dem:lod>{inside}</dem:{kind}>'
        "</dem:reliefComponent></dem:ReliefFeature>"
    )


def numbers(*places: tuple[float, float, float]) -> str:
    return " ".join(f"{457_000 + x} {5_439_000 + y} {z}" for x, y, z in places)


def points(*places: tuple[float, float, float]) -> str:
    members = "".join(
        f"<gml:pointMember><gml:Point><gml:pos>{numbers(place)}</gml:pos></gml:Point>"
        "</gml:pointMember>"
        for place in places
    )
    return f"<dem:reliefPoints><gml:MultiPoint>{members}</gml:MultiPoint></dem:reliefPoints>"


def line(*places: tuple[float, float, float]) -> str:
    return (
        "<dem:breaklines><gml:MultiCurve><gml:curveMember><gml:LineString>"
        f"<gml:posList>{numbers(*places)}</gml:posList>"
        "</gml:LineString></gml:curveMember></gml:MultiCurve></dem:breaklines>"
    )


@pytest.mark.parametrize(
    ("kind", "inside"),
    [
        ("MassPointRelief", points(*CORNERS)),
        ("BreaklineRelief", line(*CORNERS[:2]) + line(*CORNERS[2:])),
    ],
)
def test_points_and_lines_are_the_ground(tmp_path: Path, kind: str, inside: str) -> None:
    file = tmp_path / "relief.gml"
    file.write_text(town(relief(kind, inside)))
    done = tile(TileOptions((file,), tmp_path / "scene"))
    assert not done.report.has_losses
    assert not done.report.unbalanced
    assert done.report.objects_written == {"ReliefFeature": 1, kind: 1}
    layer = (tmp_path / "scene" / "scene.json").read_text()
    assert '"reality": "measured"' in layer


def test_a_relief_of_too_few_points_is_listed(tmp_path: Path) -> None:
    file = tmp_path / "relief.gml"
    file.write_text(town(relief("MassPointRelief", points()), relief("TINRelief", "")))
    with pytest.raises(EmptyCity):
        tile(TileOptions((file,), tmp_path / "scene"))


def test_triangles_between_points_cover_their_hull_once() -> None:
    made = triangles_between(np.array(CORNERS))
    sides = np.diff(made, axis=1)
    areas = (sides[:, 0, 0] * sides[:, 1, 1] - sides[:, 0, 1] * sides[:, 1, 0]) / 2
    assert np.abs(areas).sum() == pytest.approx(1600.0)
    assert {tuple(corner) for corner in made.reshape(-1, 3).tolist()} == set(CORNERS)


@pytest.mark.parametrize("places", [[], CORNERS[:2], [(0, 0, 0), (1, 1, 1), (2, 2, 2)]])
def test_points_on_a_line_have_no_triangles(places: list[tuple[float, float, float]]) -> None:
    assert len(triangles_between(np.array(places, np.float64).reshape(-1, 3))) == 0


def raster(name: str) -> str:
    return relief(
        "RasterRelief",
        "<dem:grid><gml:RectifiedGridCoverage><gml:rangeSet><gml:File>"
        f"<gml:fileName>{name}</gml:fileName></gml:File></gml:rangeSet>"
        "</gml:RectifiedGridCoverage></dem:grid>",
    )


def test_a_raster_beside_the_model_is_the_ground(tmp_path: Path) -> None:
    write_raster(tmp_path / "dem.tif", np.full((20, 20), 33.0, np.float32), BOX)
    file = tmp_path / "relief.gml"
    file.write_text(town(raster("dem.tif")))
    done = tile(TileOptions((file,), tmp_path / "scene"))
    assert not done.report.has_losses
    assert done.report.surfaces["relief.gml", "RasterRelief"].written == 1
    assert [one.format for one in done.report.inputs] == ["CityGML", "GeoTIFF"]


@pytest.mark.parametrize("name", ["gone.tif", "../dem.tif", "relief.gml", ""])
def test_a_raster_that_is_not_there_is_listed(tmp_path: Path, name: str) -> None:
    write_raster(tmp_path / "dem.tif", np.full((20, 20), 33.0, np.float32), BOX)
    folder = tmp_path / "in"
    folder.mkdir()
    file = folder / "relief.gml"
    file.write_text(town(raster(name), relief("MassPointRelief", points(*CORNERS))))
    report = tile(TileOptions((file,), tmp_path / "scene")).report
    assert report.surfaces_lost == {Reason.UNRESOLVED_LINK: 1}
    assert report.losses[0].class_name == "RasterRelief"
