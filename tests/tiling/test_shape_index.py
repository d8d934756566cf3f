"""Shapes of implicit geometries are found in a file without parsing it, and read one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_tiling import sources
from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.report import Report
from citiverse_tiling.sources.citygml import parts, shape_index
from citiverse_tiling.sources.citygml.shape_index import ShapesElsewhere, shapes_in
from citiverse_tiling.sources.parts import Found, Wanted
from tiling.town_documents import cube, furniture, implicit, town

if TYPE_CHECKING:
    from pathlib import Path

LOD3 = "frn:lod3ImplicitRepresentation"


def street(count: int, first: int) -> str:
    """Lamps that all have the shape of one of them."""
    return town(
        *(
            furniture(
                implicit(LOD3, cube(1.0, "lamp") if n == first else "#lamp", (3.0 * n, 0.0, 0.0)),
                f"lamp-{n}",
            )
            for n in range(count)
        )
    )


@pytest.mark.parametrize("chunk", [64, 300, 1 << 20])
def test_a_shape_is_found_wherever_chunks_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(shape_index, "_CHUNK_BYTES", chunk)
    path = tmp_path / "street.gml"
    path.write_text(street(12, 5), encoding="utf-8")
    (place,) = shapes_in(path)
    data = path.read_bytes()[place.start : place.end]
    assert place.id == "lamp"
    assert data.startswith(b"<core:relativeGMLGeometry>")
    assert data.endswith(b"</core:relativeGMLGeometry>")
    elsewhere = ShapesElsewhere(path, (place,))
    found = elsewhere.find("lamp")
    assert found is not None
    assert len(list(found.iter("{*}Polygon"))) == 5
    assert elsewhere.find("lamp") is None, "what isn't kept is not read again and again"
    assert elsewhere.find("bench") is None


@given(st.binary(max_size=400), st.integers(0, 60))
def test_anything_may_stand_around(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int
) -> None:
    path = tmp_path_factory.mktemp("noise") / "a.gml"
    shape = b'<a:relativeGeometry><gml:X gml:id="x"/></a:relativeGeometry>'
    path.write_bytes(noise[:at] + shape + noise[at:])
    for place in shapes_in(path):
        assert 0 <= place.start < place.end <= path.stat().st_size
        ShapesElsewhere(path, (place,)).find(place.id)


def test_a_file_in_parts_gives_the_scene_of_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "street.gml"
    # Where the shape comes later, those who wait for it come last if the file is read as a whole.
    path.write_text(street(60, 0), encoding="utf-8")
    scenes = []
    for name in ("whole", "parts"):
        tile(TileOptions(inputs=(path,), output=tmp_path / name, name="street"))
        scenes.append({one.name for one in (tmp_path / name / "tiles").rglob("*.glb")})
        monkeypatch.setattr(parts, "LEAST_SPLIT_BYTES", 1)
        monkeypatch.setattr(parts, "FIRST_PART_BYTES", 3_000)
        monkeypatch.setattr(parts, "PART_BYTES", 3_000)
    found = parts.split(path)
    assert len(found) > 3
    assert all(len(part.shapes) == 1 for part in found)
    assert scenes[0] == scenes[1]


def test_a_part_that_finds_its_shape_elsewhere_needs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "LEAST_SPLIT_BYTES", 1)
    monkeypatch.setattr(parts, "FIRST_PART_BYTES", 3_000)
    monkeypatch.setattr(parts, "PART_BYTES", 3_000)
    path = tmp_path / "street.gml"
    path.write_text(street(60, 31), encoding="utf-8")
    for part in parts.split(path):
        found, report = Found(), Report()
        wanted = Wanted(path, part)
        objects = list(sources.read_part(wanted, CrsRegistry(), report, lambda _: None, found))
        assert objects
        assert not found.needs_whole
        assert report.surfaces_read == 5 * len(objects)
