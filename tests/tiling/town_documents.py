"""Pieces of a town as CityGML, written by hand: land, plants, furniture and terrain."""

from __future__ import annotations

from tiling.citygml_documents import ORIGIN, city, polygon, positions

NAMESPACES = " ".join(
    f'xmlns:{prefix}="http://www.opengis.net/citygml/{name}/2.0"'
    for prefix, name in (
        ("wtr", "waterbody"),
        ("luse", "landuse"),
        ("veg", "vegetation"),
        ("frn", "cityfurniture"),
        ("dem", "relief"),
    )
)
Point = tuple[float, float, float]
IDENTITY = "1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1"


def town(*members: str) -> str:
    """A document of CityGML 2.0 with the modules of a town."""
    return city(*members).replace("<CityModel ", f"<CityModel {NAMESPACES} ", 1)


def patch(x: float, y: float, size: tuple[float, float], z: float = 0.0) -> str:
    """A level rectangle that faces up, as gml:Polygon; x and y of its south-west corner."""
    return sloping(x, y, size, (z, z))


def sloping(x: float, y: float, size: tuple[float, float], z: tuple[float, float]) -> str:
    """A rectangle that climbs from its west side to its east side."""
    a, b = size
    west, east = z
    return polygon(
        positions((x, y, west), (x + a, y, east), (x + a, y + b, east), (x, y + b, west))
    )


def surfaces(name: str, *polygons: str) -> str:
    """A geometry property of a multi-surface."""
    members = "".join(f"<gml:surfaceMember>{one}</gml:surfaceMember>" for one in polygons)
    return f"<{name}><gml:MultiSurface>{members}</gml:MultiSurface></{name}>"


def facts(prefix: str, **values: str) -> str:
    """Attributes of one module."""
    return "".join(f"<{prefix}:{name}>{value}</{prefix}:{name}>" for name, value in values.items())


def area(*polygons: str, kind: str = "TrafficArea", **values: str) -> str:
    """A traffic area, or an auxiliary one."""
    name = kind[0].lower() + kind[1:]
    inside = facts("tran", **values) + surfaces("tran:lod2MultiSurface", *polygons)
    return f"<tran:{name}><tran:{kind}>{inside}</tran:{kind}></tran:{name}>"


def street(*areas: str, kind: str = "Road", gml_id: str = "street") -> str:
    """A road, square, track or railway."""
    return f'<tran:{kind} gml:id="{gml_id}">{"".join(areas)}</tran:{kind}>'


def water(*polygons: str, gml_id: str = "harbour", more: str = "") -> str:
    """A body of water with its surface."""
    inside = surfaces("wtr:lod2Surface", *polygons)
    bounded = f"<wtr:boundedBy><wtr:WaterSurface>{inside}</wtr:WaterSurface></wtr:boundedBy>"
    return f'<wtr:WaterBody gml:id="{gml_id}">{bounded}{more}</wtr:WaterBody>'


def land_use(*polygons: str, gml_id: str = "meadow", **values: str) -> str:
    """A piece of land use."""
    inside = facts("luse", **values) + surfaces("luse:lod1MultiSurface", *polygons)
    return f'<luse:LandUse gml:id="{gml_id}">{inside}</luse:LandUse>'


def implicit(
    name: str, shape: str, at: Point, matrix: str = IDENTITY, origin: Point = ORIGIN
) -> str:
    """An implicit geometry property; `shape` is the inside of it, or "#id" of another's."""
    place = " ".join(repr(a + b) for a, b in zip(at, origin, strict=True))
    given = f' xlink:href="{shape}"/>' if shape.startswith("#") else ""
    geometry = given or f"><gml:MultiSurface>{shape}</gml:MultiSurface></core:relativeGMLGeometry>"
    if not given and shape.startswith("<gml:MultiSurface"):
        geometry = f">{shape}</core:relativeGMLGeometry>"
    return (
        f"<{name}><core:ImplicitGeometry>"
        f"<core:transformationMatrix>{matrix}</core:transformationMatrix>"
        f"<core:relativeGMLGeometry{geometry}"
        f"<core:referencePoint><gml:Point><gml:pos>{place}</gml:pos></gml:Point>"
        f"</core:referencePoint></core:ImplicitGeometry></{name}>"
    )


def cube(size: float = 1.0, gml_id: str = "cube") -> str:
    """A multi-surface of the four walls and the top of a cube over the origin, with an id."""
    h, at = size / 2, (0.0, 0.0, 0.0)
    corners = [(-h, -h), (h, -h), (h, h), (-h, h)]
    walls = [
        polygon(positions((*a, 0.0), (*b, 0.0), (*b, size), (*a, size), at=at))
        for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)
    ]
    top = polygon(positions(*((*corner, size) for corner in corners), at=at))
    members = "".join(f"<gml:surfaceMember>{one}</gml:surfaceMember>" for one in (*walls, top))
    return f'<gml:MultiSurface gml:id="{gml_id}">{members}</gml:MultiSurface>'


def furniture(geometry: str, gml_id: str = "lamp") -> str:
    """A piece of city furniture."""
    return f'<frn:CityFurniture gml:id="{gml_id}">{geometry}</frn:CityFurniture>'


def plant(geometry: str, gml_id: str = "tree", **values: str) -> str:
    """A single tree or shrub; lengths in metres."""
    attributes = facts("veg", **values)
    for name in ("height", "crownDiameter", "trunkDiameter"):
        attributes = attributes.replace(f"<veg:{name}>", f'<veg:{name} uom="m">')
    inside = attributes + geometry
    return (
        f'<veg:SolitaryVegetationObject gml:id="{gml_id}">{inside}</veg:SolitaryVegetationObject>'
    )


def point(at: Point, name: str = "veg:lod1Geometry") -> str:
    """A geometry property that is one point."""
    place = " ".join(repr(a + b) for a, b in zip(at, ORIGIN, strict=True))
    return f"<{name}><gml:Point><gml:pos>{place}</gml:pos></gml:Point></{name}>"


def terrain(*triangles: tuple[Point, Point, Point], gml_id: str = "hill") -> str:
    """A relief of one triangulated surface."""
    patches = "".join(
        polygon(positions(*corners)).replace("gml:Polygon", "gml:Triangle") for corners in triangles
    )
    return (
        f'<dem:ReliefFeature gml:id="{gml_id}"><dem:lod>1</dem:lod><dem:reliefComponent>'
        f'<dem:TINRelief gml:id="{gml_id}-tin"><dem:lod>1</dem:lod><dem:tin>'
        f"<gml:TriangulatedSurface><gml:trianglePatches>{patches}</gml:trianglePatches>"
        "</gml:TriangulatedSurface></dem:tin></dem:TINRelief></dem:reliefComponent>"
        "</dem:ReliefFeature>"
    )


def slope(low: float, high: float, side: float = 200.0) -> str:
    """A square of terrain around the origin that climbs from west to east."""
    h = side / 2
    south_west, south_east = (-h, -h, low), (h, -h, high)
    north_east, north_west = (h, h, high), (-h, h, low)
    return terrain((south_west, south_east, north_east), (south_west, north_east, north_west))
