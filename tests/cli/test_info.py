"""`citiverse info`: what it says of a file, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tiling.citygml_documents import building as gml_building
from tiling.citygml_documents import city, polygon, wall
from tiling.cityjson_documents import building, document, feature, multi_surface, sequence
from tiling.town_documents import cube, furniture, implicit
from tiling.town_documents import town as furnished

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Citiverse


def described(citiverse: Citiverse, *arguments: object, exit_code: int = 0) -> dict[str, Any]:
    """The first file's object of the command's JSON."""
    result = citiverse("info", *arguments, "--json")
    assert result.exit_code == exit_code
    found: dict[str, Any] = json.loads(result.stdout)["files"][0]
    return found


@pytest.fixture
def town(tmp_path: Path) -> Path:
    path = tmp_path / "town.city.json"
    objects = {"b1": building(attributes={"a": 1}), "x": building(kind="BuildingRoom")}
    textures = [{"image": "here.jpg"}, {"image": r"my%20images\there.png"}, {"image": "gone.tif"}]
    contact = {"organization": "Town hall", "contactName": "Ann"}
    metadata = {"referenceSystem": "EPSG:25832", "title": "Our town", "pointOfContact": contact}
    given = document(objects, metadata=metadata, appearance={"textures": textures})
    path.write_text(json.dumps(given))
    (tmp_path / "here.jpg").write_bytes(b"")
    (tmp_path / "my images").mkdir()
    (tmp_path / "my images" / "there.png").write_bytes(b"")
    return path


def test_a_person_reads_a_table_and_the_problems(citiverse: Citiverse, town: Path) -> None:
    result = citiverse("info", town)
    assert result.exit_code == 0
    said = " ".join(result.stdout.split())
    for words in (
        "CityJSON 2.0",
        "Our town",
        "Town hall, Ann",
        "CRS EPSG:25832 ETRS89 / UTM zone 32N",
        "457000.00 to 457004.00, 5439000.00 to 5439004.00, height 110.00 to 113.00",
        "1 Building",
        "6 of LoD 2",
        "3 images named, 2 there",
        "Not shown 1 BuildingRoom",
        "Missing: 1 images of textures: gone.tif",
    ):
        assert words in said


def test_a_machine_reads_the_same(citiverse: Citiverse, town: Path) -> None:
    found = described(citiverse, town)
    assert found["format"] == "CityJSON"
    assert found["version"] == "2.0"
    assert (found["title"], found["contact"]) == ("Our town", "Town hall, Ann")
    assert [crs["code"] for crs in found["crs"]] == ["EPSG:25832"]
    box = found["extents"]["EPSG:25832"]
    assert box == {"low": [457000, 5439000, 110], "high": [457004, 5439004, 113]}
    assert found["lonlat"]["low"][:2] == pytest.approx([8.41, 49.10], abs=0.01)
    assert found["objects"] == {"Building": 1}
    assert found["not_selected"] == {"BuildingRoom": 1}
    assert found["not_read"] == {}
    assert found["surfaces"] == {"2": 6}
    assert found["images"]["missing"] == ["gone.tif"]
    assert found["refused"] == ""


def test_citygml_and_sequences_are_described_too(citiverse: Citiverse, tmp_path: Path) -> None:
    house = gml_building(
        wall(polygon(), more="<app:x><app:imageURI>a&amp;b.jpg</app:imageURI></app:x>")
    )
    gml, lines = tmp_path / "a.gml", tmp_path / "a.jsonl"
    gml.write_text(city(house, house).replace("<CityModel", '<CityModel xmlns:app="app"'))
    lines.write_bytes(sequence(document({}, ()), feature({"b": building()})))
    found = described(citiverse, gml)
    assert (found["format"], found["version"]) == ("CityGML", "2.0")
    assert found["images"] == {"present": [], "missing": ["a&b.jpg"]}
    assert found["repeated_ids"] == 1
    assert described(citiverse, lines)["format"] == "CityJSONSeq"


def test_a_file_without_a_crs_is_described_and_refused(
    citiverse: Citiverse, tmp_path: Path
) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document(crs=None)))
    found = described(citiverse, path, exit_code=1)
    assert found["crs"] == []
    assert found["lonlat"] is None
    assert found["extents"][""]["low"] == [457000, 5439000, 110]
    assert found["objects"] == {"Building": 1}
    assert "--crs" in found["refused"]
    assert not described(citiverse, path, "--crs", "EPSG:25832")["refused"]
    assert citiverse("info", path).exit_code == 1


def test_what_tile_would_refuse_is_one_sentence_and_the_other_files_are_described(
    citiverse: Citiverse, town: Path, tmp_path: Path
) -> None:
    broken, empty = tmp_path / "broken.json", tmp_path / "empty.json"
    broken.write_text("{")
    empty.write_text(json.dumps(document({"g": {"type": "BuildingRoom"}})))
    result = citiverse("info", broken, town, empty, "--json")
    assert result.exit_code == 1
    files = json.loads(result.stdout)["files"]
    assert [bool(found["refused"]) for found in files] == [True, False, True]
    assert "cut short" in files[0]["refused"]
    assert files[2]["not_selected"] == {"BuildingRoom": 1}
    assert result.stderr.count("citiverse: ") == 1


def test_losses_are_those_that_tile_would_list(citiverse: Citiverse, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    given = document({"b": building(), "c": building({"type": "Blob", "lod": "2"})})
    given["vertices"][0] = [0, 0, 10**12]
    path.write_text(json.dumps(given))
    found = described(citiverse, path)
    assert found["lost"] == {"bad-coordinates": 3, "unsupported-geometry": 1}
    assert {loss["object_id"] for loss in found["losses"]} == {"b", "c"}


def test_wrong_use_is_told_apart(citiverse: Citiverse, town: Path, tmp_path: Path) -> None:
    assert citiverse("info").exit_code == 2
    assert citiverse("info", tmp_path / "none.gml").exit_code == 2
    assert citiverse("info", town, "--place", "here").exit_code == 2
    assert citiverse("info", town, "--crs", "EPSG:nowhere").exit_code == 1


@pytest.mark.parametrize(
    ("file", "images", "missing"),
    [
        ("cityjson-rotterdam/rotterdam_subset.city.json", 74, 73),
        ("cityjson-fzkhaus-textured/*.json", 5, 5),
        ("plateau-tokyo-haneda/udx/bldg/53392642_bldg_6697_op2.gml", 8, 1),
        ("lyon-textured/LYON_1ER_BATI_2015_small_house.gml", 1, 0),
    ],
)
def test_row_25_missing_images_of_real_files_are_listed(
    citiverse: Citiverse, data: Path, file: str, images: int, missing: int
) -> None:
    (path,) = data.glob(file)
    result = citiverse("info", path, "--json")
    found = json.loads(result.stdout)["files"][0]["images"]
    assert len(found["missing"]) == missing
    assert len(found["present"]) + missing == images


def test_a_file_of_which_nothing_would_be_drawn_is_refused_as_tiling_does(
    citiverse: Citiverse, tmp_path: Path
) -> None:
    flat = tmp_path / "flat.city.json"
    line = multi_surface([[0, 1]])
    flat.write_text(json.dumps(document({"b1": building(line)})))
    found = described(citiverse, flat, exit_code=1)
    assert "nothing in the input has any geometry that can be drawn" in found["refused"]
    assert found["lost"] == {"too-few-points": 1}
    assert citiverse("tile", flat, "-o", tmp_path / "scene").exit_code == 1


def test_shapes_that_stand_in_many_places_are_counted(citiverse: Citiverse, tmp_path: Path) -> None:
    path = tmp_path / "lamps.gml"
    name = "frn:lod2ImplicitRepresentation"
    lamps = [implicit(name, "#cube" if n else cube(), (3.0 * n, 0, 0)) for n in range(4)]
    path.write_text(furnished(*(furniture(one, f"lamp-{n}") for n, one in enumerate(lamps))))
    assert described(citiverse, path)["copies"] == {"objects": 4, "templates": 1}
    assert "4 of 1 shapes" in citiverse("info", path).stdout
