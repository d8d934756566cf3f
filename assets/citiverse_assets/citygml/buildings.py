"""Buildings as CityGML 2.0 (OGC 12-019, clause 10.3).

Each building has its block (LoD1) and its roof and walls (LoD2: a closed solid whose faces are the
polygons of its thematic surfaces).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from citiverse_assets.citygml import gml
from citiverse_assets.shapes import Roof, Solid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_assets.houses import Building


def gml_id(building: Building) -> str:
    """The building's gml:id, from its address: the same in every run."""
    return gml.slug(building.street, building.number)


def member(building: Building) -> Iterator[str]:
    """The building as a city object member."""
    identity = gml_id(building)
    yield f"<core:cityObjectMember><bldg:Building gml:id={quoteattr(identity)}>\n"
    yield gml.name(building.name)
    yield _text("gen:stringAttribute", "quarter", _quarter(building))
    yield f"<bldg:function>{escape(building.function)}</bldg:function>\n"
    yield f"<bldg:yearOfConstruction>{building.year}</bldg:yearOfConstruction>\n"
    if len(building.solids) == 1:
        yield from _body(building.solids[0], identity, building.storeys)
    else:
        for number, solid in enumerate(building.solids, 1):
            part = f"{identity}-part-{number}"
            yield f"<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id={quoteattr(part)}>\n"
            yield from _body(solid, part, building.storeys if number == 1 else None)
            yield "</bldg:BuildingPart></bldg:consistsOfBuildingPart>\n"
    yield _address(building)
    yield "</bldg:Building></core:cityObjectMember>\n"


def _quarter(building: Building) -> str:
    return "Harbour" if building.street in ("The Quay", "Harbour Street") else "Hill"


def _text(element: str, name: str, value: str) -> str:
    return f"<{element} name={quoteattr(name)}><gen:value>{escape(value)}</gen:value></{element}>\n"


def _body(solid: Solid, identity: str, storeys: int | None) -> Iterator[str]:
    """Properties and geometry in the schema's order (12-019, annex A.4)."""
    yield f"<bldg:roofType>{escape(solid.roof.value)}</bldg:roofType>\n"
    yield f'<bldg:measuredHeight uom="m">{solid.height:.2f}</bldg:measuredHeight>\n'
    if storeys is not None:
        yield f"<bldg:storeysAboveGround>{storeys}</bldg:storeysAboveGround>\n"
    yield "<bldg:lod1Solid><gml:Solid><gml:exterior><gml:CompositeSurface>\n"
    for _, ring in _block(solid).faces:
        yield f"<gml:surfaceMember>{gml.polygon(ring)}</gml:surfaceMember>\n"
    yield "</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid>\n"
    yield "<bldg:lod2Solid><gml:Solid><gml:exterior><gml:CompositeSurface>\n"
    for number in range(len(solid.faces)):
        yield f'<gml:surfaceMember xlink:href="#{identity}-face-{number}"/>\n'
    yield "</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod2Solid>\n"
    for number, (surface, ring) in enumerate(solid.faces):
        yield (
            f'<bldg:boundedBy><bldg:{surface.value} gml:id="{identity}-surface-{number}">'
            "<bldg:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember>"
            f"{gml.polygon(ring, f'{identity}-face-{number}')}"
            "</gml:surfaceMember></gml:MultiSurface></bldg:lod2MultiSurface>"
            f"</bldg:{surface.value}></bldg:boundedBy>\n"
        )


def _block(solid: Solid) -> Solid:
    """LoD1: up to the middle between eaves and ridge, under a flat roof."""
    top = round((solid.eaves + solid.ridge) / 2, 2)
    return Solid(solid.footprint, solid.base, top, top, Roof.FLAT)


def _address(building: Building) -> str:
    return (
        "<bldg:address><core:Address><core:xalAddress><xAL:AddressDetails>"
        f'<xAL:Locality Type="Town"><xAL:LocalityName>{gml.TOWN}</xAL:LocalityName>'
        '<xAL:Thoroughfare Type="Street">'
        f"<xAL:ThoroughfareNumber>{escape(building.number)}</xAL:ThoroughfareNumber>"
        f"<xAL:ThoroughfareName>{escape(building.street)}</xAL:ThoroughfareName>"
        "</xAL:Thoroughfare></xAL:Locality>"
        "</xAL:AddressDetails></core:xalAddress></core:Address></bldg:address>\n"
    )
