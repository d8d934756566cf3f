"""Buildings as CityGML 2.0 (OGC 12-019, clause 10.3).

Each has its block (LoD1) and its roof and walls (LoD2: a closed solid whose faces are the polygons
of its thematic surfaces); a detailed one also walls with holes, windows and doors (LoD3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from citiverse_assets.citygml import gml
from citiverse_assets.details import installations
from citiverse_assets.facade import Wall, wall
from citiverse_assets.shapes import Roof, Solid, Surface

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from citiverse_assets.details import Installation
    from citiverse_assets.facade import Opening
    from citiverse_assets.houses import Building
    from citiverse_assets.shapes import Ring


def gml_id(building: Building) -> str:
    """The building's gml:id, from its address: the same in every run."""
    return gml.slug(building.street, building.number)


def member(building: Building) -> Iterator[str]:
    """The building as a city object member."""
    identity = gml_id(building)
    yield f"<core:cityObjectMember><bldg:Building gml:id={quoteattr(identity)}>\n"
    yield gml.description(building.story) + gml.name(building.name)
    yield f"<bldg:function>{escape(building.function)}</bldg:function>\n"
    yield f"<bldg:yearOfConstruction>{building.year}</bldg:yearOfConstruction>\n"
    walls = tuple(_walls(building, solid) for solid in building.solids)
    if len(building.solids) == 1:
        yield from _head(building.solids[0], identity, building.storeys)
        yield from _added(building, walls, identity)
        yield from _bounded(building.solids[0], walls[0], identity)
    else:
        yield from _added(building, walls, identity)
        for number, solid in enumerate(building.solids, 1):
            part = f"{identity}-part-{number}"
            yield f"<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id={quoteattr(part)}>\n"
            yield from _head(solid, part, building.storeys if number == 1 else None)
            yield from _bounded(solid, walls[number - 1], part)
            yield "</bldg:BuildingPart></bldg:consistsOfBuildingPart>\n"
    yield _address(building)
    yield "</bldg:Building></core:cityObjectMember>\n"


def _walls(building: Building, solid: Solid) -> dict[Ring, Wall]:
    """LoD3 of the solid's walls by their outlines; nothing where the building has none."""
    if not building.detailed:
        return {}
    corners = [(round(x, 3), round(y, 3)) for x, y in solid.footprint]
    made = {}
    for surface, ring in solid.faces:
        if surface is Surface.WALL and ring[0][:2] in corners and ring[0][2] == solid.base:
            side = corners.index(ring[0][:2])
            is_open = side in building.open_walls or solid is not building.solids[0]
            made[ring] = wall(building, solid, ring, side == 0, is_open)
    return made


def _head(solid: Solid, identity: str, storeys: int | None) -> Iterator[str]:
    """Properties and solids, in the schema's order (12-019, annex A.4)."""
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


def _bounded(solid: Solid, walls: dict[Ring, Wall], identity: str) -> Iterator[str]:
    for number, (surface, ring) in enumerate(solid.faces):
        lod3 = ""
        if walls:
            detailed = walls.get(ring, Wall(ring))
            polygons = gml.polygon(ring, holes=detailed.holes)
            members = (polygons, *map(gml.polygon, detailed.reveals))
            lod3 = f"<bldg:lod3MultiSurface>{_multi(members)}</bldg:lod3MultiSurface>"
            lod3 += _openings(detailed.openings, f"{identity}-surface-{number}")
        yield (
            f'<bldg:boundedBy><bldg:{surface.value} gml:id="{identity}-surface-{number}">'
            f"<bldg:lod2MultiSurface>{_multi((gml.polygon(ring, f'{identity}-face-{number}'),))}"
            f"</bldg:lod2MultiSurface>{lod3}</bldg:{surface.value}></bldg:boundedBy>\n"
        )


def _added(building: Building, walls: tuple[dict[Ring, Wall], ...], identity: str) -> Iterator[str]:
    all_walls = tuple(each for part in walls for each in part.values())
    for number, each in enumerate(installations(building, all_walls), 1):
        yield from _installation(each, f"{identity}-{each.kind.replace(' ', '-')}-{number}")


def _installation(each: Installation, identity: str) -> Iterator[str]:
    yield (
        "<bldg:outerBuildingInstallation>"
        f'<bldg:BuildingInstallation gml:id="{identity}">'
        f"<bldg:function>{each.kind}</bldg:function>\n"
    )
    lod = f"lod{each.lod}MultiSurface"
    for number, (surface, ring) in enumerate(each.faces):
        # Its first face is the one with the window.
        openings = _openings(each.openings if number == 0 else (), f"{identity}-{number}")
        yield (
            f'<bldg:boundedBy><bldg:{surface.value} gml:id="{identity}-surface-{number}">'
            f"<bldg:{lod}>{_multi((gml.polygon(ring),))}</bldg:{lod}>{openings}"
            f"</bldg:{surface.value}></bldg:boundedBy>\n"
        )
    yield "</bldg:BuildingInstallation></bldg:outerBuildingInstallation>\n"


def _openings(openings: Iterable[Opening], identity: str) -> str:
    return "".join(
        f'<bldg:opening><bldg:{each.kind} gml:id="{identity}-{each.kind.lower()}-{number}">'
        f"<bldg:lod3MultiSurface>{_multi((gml.polygon(each.ring),))}</bldg:lod3MultiSurface>"
        f"</bldg:{each.kind}></bldg:opening>\n"
        for number, each in enumerate(openings, 1)
    )


def _multi(polygons: Iterable[str]) -> str:
    members = "".join(f"<gml:surfaceMember>{each}</gml:surfaceMember>" for each in polygons)
    return f"<gml:MultiSurface>{members}</gml:MultiSurface>"


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
