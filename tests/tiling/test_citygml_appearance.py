"""Materials and textures of CityGML 1.0, 2.0 and 3.0, wherever in the file they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citiverse_tiling import sources
from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.model import Wrap
from citiverse_tiling.report import Reason, Report
from tiling.appearance_documents import (
    CORNERS,
    WHOLE,
    appearance,
    image,
    looks,
    material,
    of_model,
    only_look,
    places,
    shown,
    square,
    texture,
)
from tiling.citygml_documents import (
    ORIGIN,
    Reading,
    building,
    city,
    multi_surface,
    positions,
    read,
    wall,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    image(tmp_path / "a.png")
    image(tmp_path / "b.png", seed=1)
    return tmp_path / "city.gml"


def test_a_texture_lies_on_its_ring(path: Path) -> None:
    reading = read(path, city(building(multi_surface(square()), appearance(texture("p1")))))
    look = only_look(reading)
    assert look is not None
    assert (look.image, look.wrap, look.theme) == (
        str(path.parent / "a.png"),
        Wrap.REPEAT,
        "summer",
    )
    assert places(reading) == CORNERS
    assert not reading.report.has_losses


@pytest.mark.parametrize("around", ["app:appearanceMember", "gml:featureMember"])
@pytest.mark.parametrize("first", [True, False])
def test_appearances_of_the_model_come_before_or_after_all_objects(
    path: Path, first: bool, around: str
) -> None:
    about = appearance(texture("p1"), around=around)
    document = of_model(city(building(multi_surface(square()))), about, first=first)
    assert places(read(path, document)) == CORNERS


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_old_versions_say_the_same(path: Path, version: str) -> None:
    inside = appearance(texture("p1")).replace("appearance/2.0", f"appearance/{version}")
    document = city(building(multi_surface(square()), inside), version=version)
    assert places(read(path, document)) == CORNERS


def test_version_3_says_it_in_other_words(path: Path) -> None:
    inside = (
        '<appearance><app:Appearance xmlns:app="http://www.opengis.net/citygml/appearance/3.0">'
        "<app:theme>summer</app:theme><app:surfaceData><app:ParameterizedTexture>"
        "<app:imageURI>a.png</app:imageURI><app:textureParameterization><app:TextureAssociation>"
        "<app:target>#p1</app:target><app:textureParameterization><app:TexCoordList>"
        f"<app:textureCoordinates>{WHOLE}</app:textureCoordinates><app:ring>#p1-r</app:ring>"
        "</app:TexCoordList></app:textureParameterization></app:TextureAssociation>"
        "</app:textureParameterization></app:ParameterizedTexture></app:surfaceData>"
        "</app:Appearance></appearance>"
    )
    surface = f"<lod2MultiSurface><gml:MultiSurface><gml:surfaceMember>{square()}"
    surface += "</gml:surfaceMember></gml:MultiSurface></lod2MultiSurface>"
    document = city(building(surface, inside), version="3.0")
    assert places(read(path, document)) == CORNERS


def test_a_material_is_a_colour_and_its_transparency_an_opacity(path: Path) -> None:
    inside = appearance(material("p1", "1 0.5 0", transparency="0.75"))
    look = only_look(read(path, city(building(multi_surface(square()), inside))))
    assert look is not None
    assert (look.image, look.colour) == ("", (1.0, 0.5, 0.0, 0.25))


def test_the_texture_wins_over_the_material(path: Path) -> None:
    inside = appearance(material("p1", transparency="0.5"), texture("p1"))
    look = only_look(read(path, city(building(multi_surface(square()), inside))))
    assert look is not None
    assert look.image.endswith("a.png")


def test_what_is_said_of_the_nearest_surface_holds(path: Path) -> None:
    around = multi_surface(square("p1"), square("p2")).replace(
        "<gml:MultiSurface>", '<gml:MultiSurface gml:id="ms">'
    )
    inside = appearance(material("ms", "1 0 0"), material("p2", "0 0 1"))
    one, two = looks(shown(read(path, city(building(around, inside)))))
    assert one is not None
    assert two is not None
    assert one.colour == (1.0, 0.0, 0.0, 1.0)
    assert two.colour == (0.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("written", "wrap"),
    [
        ("wrap", Wrap.REPEAT),
        ("mirror", Wrap.MIRROR),
        ("clamp", Wrap.CLAMP),
        ("border", Wrap.CLAMP),
        ("none", Wrap.CLAMP),
        ("", Wrap.REPEAT),
    ],
)
def test_row_23_wrap_modes(path: Path, written: str, wrap: Wrap) -> None:
    inside = appearance(texture("p1", wrap=written))
    look = only_look(read(path, city(building(multi_surface(square()), inside))))
    assert look is not None
    assert look.wrap is wrap


def themed() -> str:
    summer = appearance(material("p1", "0 1 0"))
    winter = appearance(material("p1", "1 1 1"), theme="winter")
    return city(building(multi_surface(square()), summer, winter))


def with_theme(path: Path, theme: str, document: str = "") -> Reading:
    path.write_text(document or themed(), encoding="utf-8")
    report = Report()
    objects = list(sources.read(path, CrsRegistry(), report, lambda _: None, theme))
    return Reading(objects, report)


def test_the_first_theme_is_used_and_all_are_named(path: Path) -> None:
    reading = read(path, themed())
    look = only_look(reading)
    assert look is not None
    assert look.colour == (0.0, 1.0, 0.0, 1.0)
    assert reading.report.inputs[0].details == ("themes: summer, winter; used: summer",)


def test_another_theme_can_be_asked_for(path: Path) -> None:
    reading = with_theme(path, "winter")
    look = only_look(reading)
    assert look is not None
    assert look.colour == (1.0, 1.0, 1.0, 1.0)
    assert reading.report.inputs[0].details == ("themes: summer, winter; used: winter",)


def test_a_theme_that_is_not_there_leaves_the_palette_and_is_said(path: Path) -> None:
    reading = with_theme(path, "spring")
    assert only_look(reading) is None
    assert any("no theme 'spring'" in warning for warning in reading.report.warnings)


def test_a_surface_used_from_its_other_side_shows_its_back(path: Path) -> None:
    turned = f'<gml:OrientableSurface orientation="-"><gml:baseSurface>{square()}</gml:baseSurface>'
    document = city(
        building(
            multi_surface(turned + "</gml:OrientableSurface>"),
            appearance(
                texture("p1", front="true"),
                texture("p1", "0 0 .5 0 .5 .5 0 .5 0 0", uri="b.png", front="false"),
            ),
        )
    )
    reading = read(path, document)
    look = only_look(reading)
    assert look is not None
    assert look.image.endswith("b.png")
    corner = shown(reading).polygons.coordinates[0] - np.array(ORIGIN)
    assert places(reading)[0] == [corner[0] / 8, corner[1] / 8], "places turn with their points"


def test_a_look_on_the_back_alone_is_not_drawn_but_counted(path: Path) -> None:
    inside = appearance(texture("p1", front="false"))
    reading = read(path, city(building(multi_surface(square()), inside)))
    assert only_look(reading) is None
    assert any("1 surfaces look different from behind" in one for one in reading.report.warnings)


def test_a_link_keeps_the_look_of_what_it_points_at(path: Path) -> None:
    link = multi_surface().replace(
        "<gml:MultiSurface>", '<gml:MultiSurface><gml:surfaceMember xlink:href="#p9"/>'
    )
    other = building(wall(square("p9")), appearance(texture("p9")), gml_id="b2")
    for members in ((building(link), other), (other, building(link))):
        reading = read(path, city(*members))
        look = only_look(reading)
        assert look is not None
        assert look.image.endswith("a.png")
        assert places(reading) == CORNERS


def test_a_template_keeps_its_looks_wherever_it_stands(path: Path) -> None:
    shape = f"<gml:MultiSurface><gml:surfaceMember>{square('t1', '0 0 0 1 0 0 1 1 0 0 0 0')}"
    lamp = (
        '<frn:CityFurniture gml:id="lamp" xmlns:frn="http://www.opengis.net/citygml/cityfurniture/2.0">'
        + appearance(material("t1", "1 0 0"))
        + "<frn:lod2ImplicitRepresentation><core:ImplicitGeometry><core:transformationMatrix>"
        "1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1</core:transformationMatrix><core:relativeGMLGeometry>"
        f"{shape}</gml:surfaceMember></gml:MultiSurface></core:relativeGMLGeometry>"
        "<core:referencePoint><gml:Point><gml:pos>457000 5439000 110</gml:pos></gml:Point>"
        "</core:referencePoint></core:ImplicitGeometry></frn:lod2ImplicitRepresentation>"
        "</frn:CityFurniture>"
    )
    (look,) = looks(read(path, city(lamp)).geometry("lamp", "2"))
    assert look is not None
    assert look.colour == (1.0, 0.0, 0.0, 1.0)


# What is amiss


@pytest.mark.parametrize(
    "text", ["0 0 1 0 1 1", "0 0 1 0 1 1 0 1 0 0 2 2", "zero zero", "nan 0 1 0 1 1 0 1 nan 0", ""]
)
def test_coordinates_that_do_not_fit_cost_the_image_and_not_the_surface(
    path: Path, text: str
) -> None:
    inside = appearance(texture("p1", text), texture("p2"), material("p1", "1 0 0"))
    document = city(building(multi_surface(square("p1"), square("p2")), inside))
    reading = read(path, document)
    one, two = looks(shown(reading))
    assert one is not None
    assert two is not None
    assert (one.image, one.colour) == ("", (1.0, 0.0, 0.0, 1.0))
    assert two.image.endswith("a.png")
    assert reading.report.degraded == {Reason.BAD_TEXTURE_COORDINATES: 1}
    assert reading.report.losses[0].object_id == "b1"


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.sampled_from(["0", "1", "-2.5", "1e40", "nan", "inf", "x", "0,5", "1e-400"])))
def test_whatever_stands_for_coordinates_is_used_or_listed(path: Path, words: list[str]) -> None:
    inside = appearance(texture("p1", " ".join(words)))
    reading = read(path, city(building(multi_surface(square()), inside)))
    is_listed = reading.report.degraded[Reason.BAD_TEXTURE_COORDINATES] == 1
    assert (only_look(reading) is None) == is_listed
    found = shown(reading).polygons.texture_coordinates
    if not is_listed:
        assert found is not None
        assert np.isfinite(found).all()
        assert found.ravel().tolist() == [float(word) for word in words[:8]]


def test_an_open_list_of_coordinates_fits_too(path: Path) -> None:
    inside = appearance(texture("p1", "0 0 1 0 1 1 0 1"))
    assert places(read(path, city(building(multi_surface(square()), inside)))) == CORNERS


def test_row_25_a_missing_image_is_listed_once_with_its_surfaces(path: Path) -> None:
    inside = appearance(texture("p1", uri="c.png"), texture("p2", uri="c.png"))
    document = city(building(multi_surface(square("p1"), square("p2")), inside))
    reading = read(path, document)
    assert looks(shown(reading)) == [None, None]
    (loss,) = reading.report.losses
    assert (loss.reason, loss.count, loss.detail) == (
        Reason.MISSING_IMAGE,
        2,
        "c.png: there is no such file",
    )
    assert reading.report.surfaces_lost == {}, "the surfaces are there"


def test_row_27_materials_and_textures_on_one_building(path: Path) -> None:
    inside = appearance(texture("p1"), material("p2", "0 0 1"))
    document = city(building(multi_surface(square("p1"), square("p2"), square("p3")), inside))
    one, two, three = looks(shown(read(path, document)))
    assert one is not None
    assert two is not None
    assert (bool(one.image), two.colour, three) == (True, (0.0, 0.0, 1.0, 1.0), None)


@pytest.mark.parametrize("around", ["app:appearance", "app:appearanceMember"])
def test_themes_may_share_surface_data(path: Path, around: str) -> None:
    shared = appearance(material("p1", "1 0 0"), around=around).replace(
        "<app:X3DMaterial>", '<app:X3DMaterial gml:id="m1">'
    )
    pointing = appearance(theme="winter", around=around).replace(
        "</app:Appearance>", '<app:surfaceDataMember xlink:href="#m1"/></app:Appearance>'
    )
    house = building(multi_surface(square()), shared + pointing if "Member" not in around else "")
    document = city(house)
    if "Member" in around:
        document = of_model(document, pointing, shared, first=True)
    for theme in ("summer", "winter"):
        (look,) = looks(shown(with_theme(path, theme, document)))
        assert look is not None
        assert (look.colour, look.theme) == ((1.0, 0.0, 0.0, 1.0), theme)


@pytest.mark.parametrize("around", ["app:appearance", "app:appearanceMember"])
def test_a_link_to_no_surface_data_is_counted(path: Path, around: str) -> None:
    pointing = appearance(around=around).replace(
        "</app:Appearance>", '<app:surfaceDataMember xlink:href="#m7"/></app:Appearance>'
    )
    document = city(building(multi_surface(square())))
    reading = read(
        path,
        of_model(document, pointing)
        if "Member" in around
        else document.replace("</bldg:Building>", f"{pointing}</bldg:Building>"),
    )
    assert any("1 links to materials" in warning for warning in reading.report.warnings)


def test_a_large_appearance_of_the_model_comes_in_pieces(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("citiverse_tiling.sources.citygml.stream.MAX_MEMBER_BYTES", 300_000)
    names = [f"p{number}" for number in range(2_000)]
    about = appearance(*(texture(name) for name in names), around="app:appearanceMember")
    assert len(about) > 500_000
    surfaces = [
        square(name, positions((0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0))) for name in names
    ]
    members = [
        building(multi_surface(surface), gml_id=f"b{number}")
        for number, surface in enumerate(surfaces)
    ]
    reading = read(path, of_model(city(*members), about))
    assert len(reading.objects) == len(names)
    assert all(all(looks(item.geometries[0])) for item in reading.objects)
