"""Attributes and addresses: all kept, flattened, typed where the standard types them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tiling.citygml_documents import building, city, read

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "city.gml"


def test_standard_attributes_are_typed_numbered_and_keep_their_units(path: Path) -> None:
    document = city(
        building(
            "<gml:description>  a\n   house </gml:description><gml:name>Town hall</gml:name>",
            "<core:creationDate>2020-12-18</core:creationDate>",
            "<core:externalReference><core:informationSystem>http://x</core:informationSystem>"
            "<core:externalObject><core:name>DENW1</core:name></core:externalObject>"
            "</core:externalReference>",
            '<bldg:class codeSpace="classes.xml">1000</bldg:class>',
            "<bldg:function>0120</bldg:function><bldg:function>0130</bldg:function>",
            "<bldg:yearOfConstruction>1987</bldg:yearOfConstruction>",
            '<bldg:measuredHeight uom="m">12.5</bldg:measuredHeight>',
            "<bldg:storeysAboveGround>3</bldg:storeysAboveGround>",
            "<bldg:storeysBelowGround>some</bldg:storeysBelowGround>",
            "<bldg:usage/>",
        )
    )
    (item,) = read(path, document).objects
    assert item.name == "Town hall"
    assert item.attributes == {
        "description": "a house",
        "creationDate": "2020-12-18",
        "externalReference.informationSystem": "http://x",
        "externalReference.externalObject.name": "DENW1",
        "class": "1000",
        "class.codeSpace": "classes.xml",
        "function": "0120",
        "function.2": "0130",
        "yearOfConstruction": 1987,
        "measuredHeight": 12.5,
        "measuredHeight.uom": "m",
        "storeysAboveGround": 3,
        "storeysBelowGround": "some",
    }


def test_generic_attributes_go_by_their_own_names(path: Path) -> None:
    document = city(
        building(
            '<gen:stringAttribute name="owner"><gen:value>city</gen:value></gen:stringAttribute>',
            '<gen:intAttribute name="flats"><gen:value>7</gen:value></gen:intAttribute>',
            '<gen:doubleAttribute name="area"><gen:value>7.5</gen:value></gen:doubleAttribute>',
            '<gen:measureAttribute name="girth"><gen:value uom="m">9</gen:value>'
            "</gen:measureAttribute>",
            '<gen:genericAttributeSet name="energy"><gen:dateAttribute name="since">'
            "<gen:value>2001-01-01</gen:value></gen:dateAttribute></gen:genericAttributeSet>",
        )
    )
    (item,) = read(path, document).objects
    assert item.attributes == {
        "owner": "city",
        "flats": 7,
        "area": 7.5,
        "girth": 9.0,
        "girth.uom": "m",
        "energy.since": "2001-01-01",
    }


def test_generic_attributes_of_citygml_3(path: Path) -> None:
    def generic(kind: str, name: str, inside: str) -> str:
        return f"<gen:{kind}><gen:name>{name}</gen:name>{inside}</gen:{kind}>"

    flats = generic("IntAttribute", "flats", "<gen:value>7</gen:value>")
    members = f"<gen:genericAttribute>{flats}</gen:genericAttribute>"
    document = city(
        building(
            f"<genericAttribute>{flats}</genericAttribute>",
            "<genericAttribute>"
            f"{generic('GenericAttributeSet', 'use', members)}</genericAttribute>",
        ),
        version="3.0",
    )
    (item,) = read(path, document).objects
    assert item.attributes == {"flats": 7, "use.flats": 7}


def test_ade_attributes_are_flattened_and_their_groups_numbered(path: Path) -> None:
    group = (
        '<uro:info xmlns:uro="urn:x"><uro:Info><uro:a>{}</uro:a><uro:b>1</uro:b></uro:Info>'
        "</uro:info>"
    )
    (item,) = read(path, city(building(group.format("x"), group.format("y")))).objects
    assert item.attributes == {"info.a": "x", "info.b": "1", "info.2.a": "y", "info.2.b": "1"}


XAL_2 = """<bldg:address><core:Address><core:xalAddress><xAL:AddressDetails><xAL:Country>
<xAL:CountryName>Germany</xAL:CountryName><xAL:Locality Type="Town">
<xAL:LocalityName>Selfkant</xAL:LocalityName><xAL:Thoroughfare Type="Street">
<xAL:ThoroughfareNumber>59</xAL:ThoroughfareNumber>
<xAL:ThoroughfareName>Von-Byland-Straße</xAL:ThoroughfareName></xAL:Thoroughfare>
<xAL:PostalCode><xAL:PostalCodeNumber>52538</xAL:PostalCodeNumber></xAL:PostalCode>
</xAL:Locality></xAL:Country></xAL:AddressDetails></core:xalAddress></core:Address></bldg:address>"""
XAL_3 = """<bldg:address><Address><xalAddress><xAL:Address>
<xAL:Country><xAL:NameElement>Germany</xAL:NameElement></xAL:Country>
<xAL:Locality><xAL:NameElement>Selfkant</xAL:NameElement></xAL:Locality>
<xAL:Thoroughfare><xAL:Number>59</xAL:Number><xAL:NameElement>Von-Byland-Straße</xAL:NameElement>
</xAL:Thoroughfare><xAL:PostCode><xAL:Identifier>52538</xAL:Identifier></xAL:PostCode>
</xAL:Address></xalAddress></Address></bldg:address>"""


@pytest.mark.parametrize(("version", "xal"), [("1.0", XAL_2), ("2.0", XAL_2), ("3.0", XAL_3)])
def test_addresses_become_a_line_for_people_and_attributes_for_machines(
    path: Path, version: str, xal: str
) -> None:
    (item,) = read(path, city(building(xal), version=version)).objects
    assert item.address == "Von-Byland-Straße 59, 52538 Selfkant, Germany"
    assert "59" in item.attributes.values()
    assert all(name.startswith("address.") for name in item.attributes)


def test_several_addresses_are_kept(path: Path) -> None:
    other = XAL_2.replace("59", "61")
    (item,) = read(path, city(building(XAL_2, other))).objects
    assert item.address.count(";") == 1
    assert "address.2.Country.CountryName" in item.attributes
