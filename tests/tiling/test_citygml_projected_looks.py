"""Textures that a matrix, a reference point or a world file lays on surfaces (CityGML 2.0, 9.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from citiverse_tiling.report import Reason
from tiling.appearance_documents import (
    CORNERS,
    appearance,
    image,
    material,
    only_look,
    places,
    square,
)
from tiling.citygml_documents import ORIGIN, building, city, multi_surface, read

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    image(tmp_path / "a.png")
    return tmp_path / "city.gml"


def projected(inside: str) -> str:
    return (
        "<app:ParameterizedTexture><app:imageURI>a.png</app:imageURI>"
        f'<app:target uri="#p1">{inside}</app:target></app:ParameterizedTexture>'
    )


def test_a_matrix_takes_points_to_texture_coordinates(path: Path) -> None:
    x, y, _ = ORIGIN
    matrix = f"0.5 0 0 {-x / 2} 0 0.5 0 {-y / 2} 0 0 0 2"
    inside = f"<app:TexCoordGen><app:worldToTexture>{matrix}</app:worldToTexture></app:TexCoordGen>"
    document = city(building(multi_surface(square()), appearance(projected(inside))))
    assert places(read(path, document)) == CORNERS


def georeferenced(more: str) -> str:
    return (
        f"<app:GeoreferencedTexture><app:imageURI>a.png</app:imageURI>{more}"
        "<app:target>#p1</app:target></app:GeoreferencedTexture>"
    )


REFERENCE = (
    "<app:preferWorldFile>{}</app:preferWorldFile><app:referencePoint><gml:Point>"
    "<gml:pos>457000.25 5439003.75</gml:pos></gml:Point></app:referencePoint>"
    "<app:orientation>0.5 0 0 -0.5</app:orientation>"
)
"""An image of 8 × 8 pixels of half a metre: just the square."""


def test_a_georeferenced_texture_lies_by_its_reference_point(path: Path) -> None:
    inside = appearance(georeferenced(REFERENCE.format("false")))
    assert places(read(path, city(building(multi_surface(square()), inside)))) == CORNERS


def test_a_world_file_goes_first(path: Path) -> None:
    words = "1\n0\n0\n-1\n457000.5\n5439007.5\n"
    path.with_name("a.pgw").write_text(words, encoding="ascii")
    inside = appearance(georeferenced(REFERENCE.format("true")))
    half = [[0, 0], [0.5, 0], [0.5, 0.5], [0, 0.5]]
    assert places(read(path, city(building(multi_surface(square()), inside)))) == half


def test_an_image_that_nothing_places_is_listed(path: Path) -> None:
    inside = appearance(georeferenced(""), material("p1", "1 0 0"))
    reading = read(path, city(building(multi_surface(square()), inside)))
    assert reading.report.degraded == {Reason.BAD_TEXTURE_COORDINATES: 1}
    look = only_look(reading)
    assert look is not None
    assert (look.image, look.colour) == ("", (1.0, 0.0, 0.0, 1.0))
