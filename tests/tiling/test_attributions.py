"""Who must be named: whom the user names, and whom the files name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from citiverse_tiling.attributions import attributions
from citiverse_tiling.options import Attribution, TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.report import InputDescription, Report
from tiling.citygml_documents import building, city, multi_surface, polygon
from tiling.citygml_documents import read as read_gml
from tiling.cityjson_documents import building as json_building
from tiling.cityjson_documents import document, read_json

if TYPE_CHECKING:
    from pathlib import Path

METADATA = """
<gml:name>Our town</gml:name>
<gml:metaDataProperty><gmd:MD_Metadata xmlns:gmd="g" xmlns:gco="c">
  <gmd:contact><gmd:CI_ResponsibleParty><gmd:organisationName>
    <gco:CharacterString>Survey of
    Ellerhaven</gco:CharacterString></gmd:organisationName></gmd:CI_ResponsibleParty></gmd:contact>
  <gmd:MD_LegalConstraints>
    <gmd:useLimitation><gco:CharacterString>CC BY 4.0</gco:CharacterString></gmd:useLimitation>
  </gmd:MD_LegalConstraints>
</gmd:MD_Metadata></gml:metaDataProperty>
"""


def described(contact: str = "", licence: str = "", title: str = "") -> Report:
    one = InputDescription("a.gml", 1, "CityGML", "2.0", (), title, contact, licence)
    return Report(inputs=[one])


def test_row_42_a_file_names_whom_and_what_its_metadata_name(tmp_path: Path) -> None:
    text = city(building(multi_surface(polygon())))
    report = read_gml(
        tmp_path / "city.gml", text.replace("<gml:boundedBy>", METADATA + "<gml:boundedBy>", 1)
    )
    (one,) = report.report.inputs
    assert (one.title, one.contact, one.licence) == (
        "Our town",
        "Survey of Ellerhaven",
        "CC BY 4.0",
    )


def test_row_42_cityjson_names_its_licence_in_metadata_or_their_extension(tmp_path: Path) -> None:
    for metadata in (
        {"license": "CC0", "title": "T"},
        {"+metadata-extended": {"license": "CC0"}, "title": "T"},
    ):
        given = document(
            {"b": json_building()}, metadata={"referenceSystem": "EPSG:25832"} | metadata
        )
        (one,) = read_json(tmp_path / "a.json", given).report.inputs
        assert (one.title, one.licence) == ("T", "CC0")


def test_the_users_words_come_first_and_nobody_is_named_twice(tmp_path: Path) -> None:
    mine = Attribution("City of Ellerhaven", "CC BY 4.0")
    options = TileOptions((), tmp_path, attributions=(mine,))
    assert attributions(options, described()) == (mine,)
    assert attributions(options, described("Ellerhaven")) == (mine,)
    assert attributions(options, described("Survey", "CC0")) == (mine, Attribution("Survey", "CC0"))
    assert attributions(options, described(licence="CC0", title="T"))[1] == Attribution("T", "CC0")


def test_row_42_what_a_file_says_reaches_the_manifest_and_every_tile(tmp_path: Path) -> None:
    file, scene = tmp_path / "a.gml", tmp_path / "scene"
    text = city(building(multi_surface(polygon())))
    file.write_text(text.replace("<gml:boundedBy>", METADATA + "<gml:boundedBy>", 1))
    tile(TileOptions((file,), scene))
    named = json.loads((scene / "scene.json").read_bytes())["attributions"]
    assert named == [{"text": "Survey of Ellerhaven", "licence": "CC BY 4.0"}]
    for glb in (scene / "tiles").rglob("*.glb"):
        assert b"Survey of Ellerhaven (CC BY 4.0)" in glb.read_bytes()
