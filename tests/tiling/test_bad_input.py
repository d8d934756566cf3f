"""Broken and hostile files: one sentence that says what, where and what to do; never a crash."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citiverse_tiling.errors import (
    BadCoordinates,
    EmptyCity,
    InputError,
    NotXml,
    TilingError,
    UnknownCrs,
)
from citiverse_tiling.report import Reason
from citiverse_tiling.sources.citygml import links, stream
from citiverse_tiling.transforms.clean_rings import clean_rings
from tiling.citygml_documents import (
    Reading,
    building,
    city,
    multi_surface,
    polygon,
    positions,
    read,
    solid_of,
    wall,
)

if TYPE_CHECKING:
    from pathlib import Path

GOOD = city(building(wall(polygon(gml_id="w1")), solid_of("#w1"), "<gml:name>n</gml:name>"))
BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
"""
EXTERNAL = '<!DOCTYPE x SYSTEM "file:///etc/passwd">'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "city.gml"


def test_a_file_that_is_not_there(path: Path) -> None:
    with pytest.raises(InputError, match="can't be read"):
        read(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"   ", b"\x00\x01\x02", b"PK\x03\x04", b'["CityJSON"]', b"just words", b"<"],
)
def test_what_is_not_xml_is_refused(path: Path, content: bytes) -> None:
    with pytest.raises(NotXml) as caught:
        read(path, content)
    assert caught.value.file == path


def test_xml_that_is_not_citygml_is_named_by_its_root(path: Path) -> None:
    with pytest.raises(NotXml, match="its root is svg"):
        read(path, '<svg xmlns="http://www.w3.org/2000/svg"/>')


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.99])
def test_a_truncated_file_is_refused_with_the_line(path: Path, part: float) -> None:
    document = city(*(building("\n", multi_surface("\n" + polygon())) for _ in range(20)))
    cut = document[: int(len(document) * part)]
    with pytest.raises(NotXml, match="cut short") as caught:
        read(path, cut)
    assert caught.value.line == cut.count("\n") + 1


@pytest.mark.parametrize("declaration", [BOMB, EXTERNAL, "<!-- a -->\n<!DOCTYPE CityModel>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_document_types_and_so_entities_are_refused(
    path: Path, declaration: str, encoding: str
) -> None:
    document = city(building("<gml:name>&b;</gml:name>"), head=declaration)
    with pytest.raises(NotXml, match="document type declaration") as caught:
        read(path, document.encode(encoding))
    assert caught.value.line == declaration.count("\n", 0, declaration.index("<!DOC")) + 1


def test_a_document_type_behind_64_kb_of_comments_is_refused_too(path: Path) -> None:
    document = city(building(), head=f"<!--{'x' * 70_000}-->{BOMB[22:]}")
    with pytest.raises(NotXml):
        read(path, document)


@pytest.mark.parametrize("encoding", ["UTF-7", "IBM037", "no-such-encoding"])
def test_encodings_that_could_hide_markup_are_refused(path: Path, encoding: str) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?>+ADw-!DOCTYPE x+AD4-' + GOOD
    with pytest.raises(NotXml):
        read(path, document)


def test_an_undefined_entity_is_refused(path: Path) -> None:
    with pytest.raises(NotXml):
        read(path, city(building("<gml:name>&nope;</gml:name>")))


def test_deep_nesting_is_refused_or_cut_but_never_followed_to_the_end(path: Path) -> None:
    def nested(depth: int) -> str:
        return city(building("<a>" * depth + "x" + "</a>" * depth, multi_surface(polygon())))

    reading = read(path, nested(200))
    assert not reading.objects[0].attributes
    assert any("attributes are not kept" in warning for warning in reading.report.warnings)
    with contextlib.suppress(NotXml):
        read(path, nested(2_000))
    with pytest.raises(NotXml, match="depth"):
        read(path, nested(50_000))


def test_parts_within_parts_are_followed_only_so_far(path: Path) -> None:
    opening, closing = "<bldg:consistsOfBuildingPart><bldg:BuildingPart>", "</bldg:BuildingPart>"
    many = 100
    nested = opening * many + (closing + "</bldg:consistsOfBuildingPart>") * many
    reading = read(path, city(building(nested)))
    assert len(reading.objects) < 20
    assert reading.report.objects_not_supported == {"BuildingPart": 1}


def test_one_gigantic_text_is_refused(path: Path) -> None:
    with pytest.raises(NotXml):
        read(path, city(building(f"<gml:name>{'x' * 11_000_000}</gml:name>")))


def test_one_gigantic_object_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAX_MEMBER_BYTES", 100_000)
    monkeypatch.setattr(stream, "CHUNK_BYTES", 10_000)
    document = city(building(*(multi_surface(polygon()) for _ in range(2_000))))
    with pytest.raises(NotXml, match="larger than"):
        read(path, document)


def test_links_can_not_ask_for_endless_copies(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MAX_COPIED_SURFACES", 100)
    named = multi_surface(*(polygon() for _ in range(50)), lod="1").replace(
        "<gml:MultiSurface", '<gml:MultiSurface gml:id="big"'
    )
    parts = (
        "<bldg:consistsOfBuildingPart>"
        + building(solid_of("#big"), kind="BuildingPart", gml_id=f"p{number}")
        + "</bldg:consistsOfBuildingPart>"
        for number in range(20)
    )
    report = read(path, city(building(named, *parts))).report
    assert report.surfaces_read < 300
    assert report.surfaces_lost[Reason.UNRESOLVED_LINK] > 0


def test_a_file_with_nothing_to_show_is_empty(path: Path) -> None:
    with pytest.raises(EmptyCity, match="only Version"):
        read(path, city('<vers:Version xmlns:vers="urn:v" gml:id="v"/>'))
    with pytest.raises(EmptyCity, match="nothing in it that can be shown"):
        read(path, city())


@pytest.mark.parametrize("srs_name", [None, "#local-CRS-1", "EPSG:999999", "urn:adv:crs:nonsense"])
def test_a_missing_or_unknown_crs_is_asked_for(path: Path, srs_name: str | None) -> None:
    with pytest.raises(UnknownCrs, match="--crs") as caught:
        read(path, city(building(multi_surface(polygon())), srs_name=srs_name))
    assert "--place" in str(caught.value)
    assert caught.value.line


def test_coordinates_that_are_nowhere_on_earth_stop_the_run(path: Path) -> None:
    absurd = positions((0, 0, 0), (4, 0, 0), (4, 4, 0), at=(1e12, -1e12, 0))
    with pytest.raises(BadCoordinates, match="--crs") as caught:
        read(path, city(building(multi_surface(polygon(absurd)))))
    assert caught.value.object_id == "b1"


BAD_TEXTS = {
    "no number": "1 2 three 4 5 6 7 8 9",
    "not a number": positions((0, 0, 0), (4, 0, 0), (4, 4, 0)).replace("110.0", "NaN", 1),
    "infinite": positions((0, 0, 0), (4, 0, 0), (4, 4, 0)).replace("110.0", "INF", 1),
    "not in threes": "1 2 3 4 5 6 7 8",
    "absurd": positions((0, 0, 0), (1e30, 0, 0), (4, 4, 0)),
    "as high as a satellite": positions((0, 0, 0), (0, 0, 9e5), (4, 4, 0)),
}


@pytest.mark.parametrize("text", BAD_TEXTS.values(), ids=BAD_TEXTS)
def test_one_bad_polygon_among_good_ones_is_listed_with_its_line(path: Path, text: str) -> None:
    surfaces = multi_surface(polygon(), "\n" + polygon(text, gml_id="bad"), polygon())
    document = city(building(surfaces))
    reading = read(path, document)
    geometry = reading.geometry("b1", "2")
    assert len(geometry.polygons) == 3
    clean = clean_rings(geometry.polygons, reading.objects[0], reading.report)
    assert len(clean) == 2
    assert np.isfinite(clean.coordinates).all()
    (loss,) = reading.report.losses
    assert loss.reason is Reason.BAD_COORDINATES
    assert (loss.object_id, loss.detail) == ("b1", "polygon bad")
    assert 'gml:id="bad"' in document.splitlines()[loss.line - 1]


@pytest.mark.parametrize("text", ["", " ", positions((0, 0, 0)), positions((0, 0, 0), (1, 0, 0))])
def test_a_polygon_of_too_few_points_is_listed(path: Path, text: str) -> None:
    bad = polygon("X").replace("X", text)
    reading = read(path, city(building(multi_surface(bad, polygon()))))
    geometry = reading.geometry("b1", "2")
    assert len(clean_rings(geometry.polygons, reading.objects[0], reading.report)) == 1
    assert reading.report.surfaces_lost == {Reason.TOO_FEW_POINTS: 1}


def test_a_polygon_without_a_ring_is_listed(path: Path) -> None:
    reading = read(path, city(building(multi_surface("<gml:Polygon/>", polygon()))))
    geometry = reading.geometry("b1", "2")
    assert len(clean_rings(geometry.polygons, reading.objects[0], reading.report)) == 1
    assert reading.report.surfaces_lost == {Reason.TOO_FEW_POINTS: 1}


def test_unclosed_rings_are_mended_and_counted(path: Path) -> None:
    unclosed = " ".join(positions((0, 0, 0), (4, 0, 0), (4, 4, 0)).split()[:9])
    reading = read(path, city(building(multi_surface(polygon(unclosed), polygon()))))
    assert reading.geometry("b1", "2").polygons.ring_offsets.tolist() == [0, 3, 7]
    assert reading.report.repaired == {"rings that were not closed": 1}


def test_rings_closed_several_times_are_open_in_the_end(path: Path) -> None:
    numbers = positions((0, 0, 0), (4, 0, 0), (4, 4, 0)).split()
    often = " ".join(numbers + numbers[:3] * 5)
    reading = read(path, city(building(multi_surface(polygon(often), polygon()))))
    assert reading.geometry("b1", "2").polygons.ring_offsets.tolist() == [0, 3, 7]


@settings(
    max_examples=150,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    position=st.integers(0, len(GOOD) - 1),
    length=st.integers(0, 12),
    instead=st.binary(max_size=12) | st.sampled_from([b"<", b">", b"&", b'"', b"NaN", b"1e999"]),
)
def test_any_change_of_bytes_gives_objects_or_one_of_our_errors(
    path: Path, position: int, length: int, instead: bytes
) -> None:
    data = GOOD.encode()
    changed = data[:position] + instead + data[position + length :]
    with contextlib.suppress(TilingError):
        check_cleaned(read(path, changed))


def check_cleaned(reading: Reading) -> None:
    for item in reading.objects:
        for geometry in item.geometries:
            clean = clean_rings(geometry.polygons, item, reading.report)
            assert np.isfinite(clean.coordinates).all()


def test_one_attribute_a_hundred_thousand_times_is_cut_and_counted(path: Path) -> None:
    reading = read(path, city(building("<bldg:usage>1</bldg:usage>" * 100_000)))
    assert len(reading.objects[0].attributes) == 4096
    assert any("95904 attributes" in warning for warning in reading.report.warnings)


def test_a_file_of_made_up_tags_is_read_all_the_same(path: Path) -> None:
    tags = "".join(f"<t{number}>1</t{number}>" for number in range(12_000))
    reading = read(path, city(building(tags, multi_surface(polygon()))))
    assert reading.report.surfaces_read == 1
