"""Materials and textures of CityJSON 1.0, 1.1 and 2.0, of sequences and of templates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from citiverse_tiling import sources
from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.errors import NotJson
from citiverse_tiling.model import Wrap
from citiverse_tiling.report import Reason, Report
from tiling.appearance_documents import image, looks
from tiling.citygml_documents import Reading, read
from tiling.cityjson_documents import CUBE, CUBE_SHELL, IDENTITY, SQUARE, document, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import Appearance
    from tiling.cityjson_documents import Json

CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]]
TEXTURES: Json = {
    "textures": [
        {"type": "PNG", "image": "a.png", "wrapMode": "mirror"},
        {"type": "PNG", "image": "missing.png"},
    ],
    "materials": [
        {"name": "red", "diffuseColor": [1, 0, 0], "transparency": 0.5},
        {"name": "unsaid"},
    ],
    "vertices-texture": CORNERS,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    image(tmp_path / "a.png")
    return tmp_path / "city.json"


def square(**more: Any) -> Json:
    """One geometry of one square surface."""
    return {"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1, 2, 3]]], **more}


def house(*geometries: Json, **more: Any) -> Json:
    objects = {"b1": {"type": "Building", "geometry": list(geometries)}}
    return document(objects, CUBE, appearance={**TEXTURES, **more})


def read_theme(path: Path, given: Json, theme: str | None = None) -> Reading:
    path.write_text(json.dumps(given), encoding="utf-8")
    report = Report()
    return Reading(list(sources.read(path, CrsRegistry(), report, lambda _: None, theme)), report)


def shown(reading: Reading) -> list[Appearance | None]:
    return looks(reading.geometry("b1", "2"))


TEXTURED = {"texture": {"summer": {"values": [[[0, 0, 1, 2, 3]]]}}}
COLOURED = {"material": {"summer": {"values": [0]}}}


def test_a_texture_lies_on_its_ring(path: Path) -> None:
    reading = read_theme(path, house(square(**TEXTURED)))
    (look,) = shown(reading)
    assert look is not None
    assert (look.image, look.wrap) == (str(path.parent / "a.png"), Wrap.MIRROR)
    found = reading.geometry("b1", "2").polygons.texture_coordinates
    assert found is not None
    assert found.tolist() == CORNERS
    assert reading.report.inputs[0].details == ("themes: summer; used: summer",)


@pytest.mark.parametrize("said", [{"values": [0]}, {"value": 0}])
def test_a_material_is_said_of_each_surface_or_of_all(path: Path, said: Json) -> None:
    (look,) = shown(read_theme(path, house(square(material={"summer": said}))))
    assert look is not None
    assert (look.image, look.colour) == ("", (1.0, 0.0, 0.0, 0.5))


def test_a_material_without_a_colour_is_light_grey(path: Path) -> None:
    (look,) = shown(read_theme(path, house(square(material={"": {"value": 1}}))))
    assert look is not None
    assert look.colour == (0.8, 0.8, 0.8, 1.0)


def test_the_texture_wins_over_the_material(path: Path) -> None:
    (look,) = shown(read_theme(path, house(square(**TEXTURED, **COLOURED))))
    assert look is not None
    assert look.image.endswith("a.png")


def test_a_solid_says_it_shell_by_shell(path: Path) -> None:
    values = [[[0, 0, 1, 2, 3]], [[None]], *([[[0, 3, 2, 1, 0]]] * 3)]
    solid = {
        "type": "Solid",
        "lod": "2",
        "boundaries": [CUBE_SHELL],
        "texture": {"": {"values": [values]}},
    }
    found = shown(read_theme(path, house(solid)))
    assert [bool(look) for look in found] == [True, False, True, True, True, False]


def test_the_default_theme_is_used_unless_another_is_asked_for(path: Path) -> None:
    given = house(
        square(material={"summer": {"value": 0}, "winter": {"value": 1}}),
        **{"default-theme-material": "winter"},
    )
    for theme, colour in ((None, 0.8), ("winter", 0.8), ("summer", 1.0)):
        (look,) = shown(read_theme(path, given, theme))
        assert look is not None
        assert look.colour is not None
        assert look.colour[0] == colour
    assert shown(read_theme(path, given, "spring")) == [None]


def test_geometries_of_one_lod_keep_their_own_looks(path: Path) -> None:
    reading = read_theme(path, house(square(**TEXTURED), square(), square(**COLOURED)))
    one, two, three = shown(reading)
    assert one is not None
    assert three is not None
    assert (bool(one.image), two, three.colour) == (True, None, (1.0, 0.0, 0.0, 0.5))


def test_features_of_a_sequence_bring_their_own(path: Path) -> None:
    head = document({}, ())
    feature = {**house(square(**COLOURED)), "type": "CityJSONFeature", "id": "b1"}
    lines = "\n".join(json.dumps(one) for one in (head, feature))
    (look,) = shown(read(path, lines))
    assert look is not None
    assert look.colour == (1.0, 0.0, 0.0, 0.5)


def test_row_27_a_template_keeps_its_looks(path: Path) -> None:
    instance = {
        "type": "GeometryInstance",
        "template": 0,
        "boundaries": [0],
        "transformationMatrix": IDENTITY,
    }
    given = house(instance)
    given["geometry-templates"] = {
        "templates": [square(**COLOURED)],
        "vertices-templates": SQUARE,
    }
    (look,) = shown(read_theme(path, given))
    assert look is not None
    assert look.colour == (1.0, 0.0, 0.0, 0.5)


def test_row_25_a_missing_image_is_listed_and_the_colour_taken(path: Path) -> None:
    given = house(
        square(texture={"": {"values": [[[1, 0, 1, 2, 3]]]}}, material={"": {"value": 0}})
    )
    reading = read_theme(path, given)
    (look,) = shown(reading)
    assert look is not None
    assert (look.image, look.colour) == ("", (1.0, 0.0, 0.0, 0.5))
    assert [loss.reason for loss in reading.report.losses] == [Reason.MISSING_IMAGE]
    assert reading.report.losses[0].object_id == "b1"


@pytest.mark.parametrize(
    "rings",
    [
        [[0, 0, 1, 2]],
        [[0, 0, 1, 2, 9]],
        [[0, 0, 1, 2, -1]],
        [[0, 0, 1, 2, None]],
        [[0, 0, 1, 2, 3], [0, 0, 1, 2]],
    ],
)
def test_coordinates_that_do_not_fit_cost_the_image_and_not_the_surface(
    path: Path, rings: list[Any]
) -> None:
    reading = read_theme(path, house(square(texture={"": {"values": [rings]}})))
    assert shown(reading) == [None]
    assert reading.report.degraded == {Reason.BAD_TEXTURE_COORDINATES: 1}


@pytest.mark.parametrize(
    "said",
    [
        {"texture": 7},
        {"texture": {"": []}},
        {"texture": {"": {"values": 3}}},
        {"texture": {"": {"values": [[7]]}}},
        {"texture": {"": {"values": [[[9, 0, 1, 2, 3]]]}}},
        {"texture": {"": {"values": [[["a"]]]}}},
        {"material": {"": {"value": 9}}},
        {"material": {"": {"values": ["a"]}}},
        {"material": {"": {"values": None}}},
    ],
)
def test_odd_values_leave_the_palette(path: Path, said: Json) -> None:
    assert shown(read_theme(path, house(square(**said)))) == [None]


@pytest.mark.parametrize(
    "appearance", [[], {"textures": 3}, {"vertices-texture": [[0, 0, 0]]}, {"materials": "red"}]
)
def test_an_appearance_that_is_none_is_refused(path: Path, appearance: Any) -> None:
    assert "its JSON is not CityJSON" in refusal(path, document(appearance=appearance), NotJson)


@pytest.mark.parametrize(
    "odd", [{"diffuseColor": "red"}, {"diffuseColor": [1, 2]}, {"transparency": "much"}, 7, None]
)
def test_odd_materials_are_taken_for_what_they_say(path: Path, odd: Any) -> None:
    (look,) = shown(read_theme(path, house(square(**COLOURED), materials=[odd])))
    assert look is not None
    assert look.colour == (0.8, 0.8, 0.8, 1.0)
