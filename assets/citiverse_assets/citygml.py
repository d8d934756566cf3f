"""Writes the town as CityGML 2.0 (OGC 12-019), so that the demo goes the way of any other city.

Each building has its block (LoD1) and its roof and walls (LoD2: a closed solid whose faces are the
polygons of its thematic surfaces). Coordinates: EPSG:25832, heights in metres, taken as given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from citiverse_assets.shapes import Roof, Solid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from citiverse_assets.houses import Building
    from citiverse_assets.shapes import Ring

CRS = "EPSG:25832"
ORIGIN = (542_500.0, 6_074_000.0)
"""Easting and northing of the town's (0, 0): on land, some way from the Flensburg Fjord."""

TOWN = "Ellerhaven"

_HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0"
    xmlns:bldg="http://www.opengis.net/citygml/building/2.0"
    xmlns:gen="http://www.opengis.net/citygml/generics/2.0"
    xmlns:gml="http://www.opengis.net/gml"
    xmlns:xAL="urn:oasis:names:tc:ciq:xsdschema:xAL:2.0"
    xmlns:xlink="http://www.w3.org/1999/xlink">
<gml:name>{TOWN}</gml:name>
"""
_TAIL = "</core:CityModel>\n"


def write(buildings: Iterable[Building], path: Path) -> None:
    """Write a city model of these buildings. Raises OSError."""
    made = tuple(buildings)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_HEAD + _envelope(made))
        for building in made:
            file.writelines(_member(building))
        file.write(_TAIL)


def gml_id(building: Building) -> str:
    """The building's gml:id, from its address: the same in every run."""
    words = f"{building.street} {building.number}".lower().replace("'", "").split()
    return "-".join((TOWN.lower(), *words))


def _envelope(buildings: tuple[Building, ...]) -> str:
    solids = [solid for building in buildings for solid in building.solids]
    points = [point for solid in solids for point in solid.footprint]
    east, north = ([point[axis] + ORIGIN[axis] for point in points] for axis in (0, 1))
    low = (min(east), min(north), min(solid.base for solid in solids))
    high = (max(east), max(north), max(solid.ridge for solid in solids))
    return (
        f'<gml:boundedBy><gml:Envelope srsName="{CRS}" srsDimension="3">'
        f"<gml:lowerCorner>{_positions((low,))}</gml:lowerCorner>"
        f"<gml:upperCorner>{_positions((high,))}</gml:upperCorner>"
        "</gml:Envelope></gml:boundedBy>\n"
    )


def _member(building: Building) -> Iterator[str]:
    identity = gml_id(building)
    yield f"<core:cityObjectMember><bldg:Building gml:id={quoteattr(identity)}>\n"
    if building.name:
        yield f"<gml:name>{escape(building.name)}</gml:name>\n"
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
        yield f"<gml:surfaceMember>{_polygon(ring)}</gml:surfaceMember>\n"
    yield "</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid>\n"
    yield "<bldg:lod2Solid><gml:Solid><gml:exterior><gml:CompositeSurface>\n"
    for number in range(len(solid.faces)):
        yield f'<gml:surfaceMember xlink:href="#{identity}-face-{number}"/>\n'
    yield "</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod2Solid>\n"
    for number, (surface, ring) in enumerate(solid.faces):
        yield (
            f'<bldg:boundedBy><bldg:{surface.value} gml:id="{identity}-surface-{number}">'
            "<bldg:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember>"
            f"{_polygon(ring, f'{identity}-face-{number}')}"
            "</gml:surfaceMember></gml:MultiSurface></bldg:lod2MultiSurface>"
            f"</bldg:{surface.value}></bldg:boundedBy>\n"
        )


def _block(solid: Solid) -> Solid:
    """LoD1: up to the middle between eaves and ridge, under a flat roof."""
    top = round((solid.eaves + solid.ridge) / 2, 2)
    return Solid(solid.footprint, solid.base, top, top, Roof.FLAT)


def _polygon(ring: Ring, identity: str = "") -> str:
    shifted = tuple((ORIGIN[0] + x, ORIGIN[1] + y, z) for x, y, z in ring)
    named = f' gml:id="{identity}"' if identity else ""
    return (
        f"<gml:Polygon{named}><gml:exterior><gml:LinearRing>"
        f'<gml:posList srsDimension="3">{_positions((*shifted, shifted[0]))}</gml:posList>'
        "</gml:LinearRing></gml:exterior></gml:Polygon>"
    )


def _positions(points: Iterable[tuple[float, float, float]]) -> str:
    return " ".join(f"{x:.3f} {y:.3f} {z:.3f}" for x, y, z in points)


def _address(building: Building) -> str:
    return (
        "<bldg:address><core:Address><core:xalAddress><xAL:AddressDetails>"
        f'<xAL:Locality Type="Town"><xAL:LocalityName>{TOWN}</xAL:LocalityName>'
        '<xAL:Thoroughfare Type="Street">'
        f"<xAL:ThoroughfareNumber>{escape(building.number)}</xAL:ThoroughfareNumber>"
        f"<xAL:ThoroughfareName>{escape(building.street)}</xAL:ThoroughfareName>"
        "</xAL:Thoroughfare></xAL:Locality>"
        "</xAL:AddressDetails></core:xalAddress></core:Address></bldg:address>\n"
    )
