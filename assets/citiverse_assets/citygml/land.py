"""Terrain, streets, squares, water, green and sand as CityGML 2.0 (OGC 12-019, clauses 10.2, 10.4,
10.5, 10.6, 10.8)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from citiverse_assets.citygml import gml
from citiverse_assets.land import DRIVING_LANE, GREEN, SAND, TRAM, WATER, Surfaces

if TYPE_CHECKING:
    from collections.abc import Iterable

    from citiverse_assets.ground import Ground
    from citiverse_assets.shapes import Ring

SECTION_M = 96.0
"""Side of the squares by which sea and sand are divided into sections."""

AUXILIARY = ("kerb", "green", "marking")
"""Functions of an AuxiliaryTrafficArea; what one walks or drives on is a TrafficArea."""


def relief(ground: Ground, identity: str) -> Iterator[str]:
    """A piece of the terrain as a triangulated surface."""
    yield (
        f"<core:cityObjectMember><dem:ReliefFeature gml:id={quoteattr(identity)}>\n"
        "<dem:lod>2</dem:lod>\n<dem:reliefComponent>"
        f'<dem:TINRelief gml:id="{identity}-tin"><dem:lod>2</dem:lod>\n'
        "<dem:tin><gml:TriangulatedSurface><gml:trianglePatches>\n"
    )
    for corners in ground.points[ground.triangles].tolist():
        ring = gml.positions((*corners, corners[0]))
        yield (
            "<gml:Triangle><gml:exterior><gml:LinearRing>"
            f'<gml:posList srsDimension="3">{ring}</gml:posList>'
            "</gml:LinearRing></gml:exterior></gml:Triangle>\n"
        )
    yield (
        "</gml:trianglePatches></gml:TriangulatedSurface></dem:tin></dem:TINRelief>"
        "</dem:reliefComponent></dem:ReliefFeature></core:cityObjectMember>\n"
    )


def members(surfaces: Iterable[Surfaces], stories: Iterable[tuple[str, str]]) -> Iterator[str]:
    """One object for each section of an owner's land; `stories` says why a street is called so."""
    given, told = tuple(surfaces), dict(stories)
    roads = {each.owner for each in given if each.function == DRIVING_LANE}
    sections = (part for each in given for part in _sections(each, each.owner in roads))
    ordered = sorted(sections, key=lambda part: (part[0], part[1].function))
    for (owner, theme, number), group in groupby(ordered, key=lambda part: part[0]):
        parts = tuple(each for _, each in group)
        words = () if theme in ("road", "square") else (theme,)
        identity = gml.slug(owner, *words, *((str(number),) if number else ()))
        head = f" gml:id={quoteattr(identity)}>\n"
        head += gml.description(told.get(owner, "")) + gml.name(owner)
        yield "<core:cityObjectMember>"
        yield from _WRITERS[theme](head, identity, parts)
        yield "</core:cityObjectMember>\n"


def _sections(surfaces: Surfaces, is_road: bool) -> Iterator[tuple[tuple[str, str, int], Surfaces]]:
    """Sea and sand in pieces, numbered by place, as they reach far; all else whole."""
    theme = _theme(surfaces, is_road)
    if theme not in ("water", "sand"):
        yield (surfaces.owner, theme, 0), surfaces
        return
    cells: defaultdict[int, list[Ring]] = defaultdict(list)
    for ring in surfaces.rings:
        middle = (sum(values) / len(ring) for values in list(zip(*ring, strict=True))[:2])
        column, row = (math.floor(value / SECTION_M) for value in middle)
        cells[1000 * (row + 500) + column + 500].append(ring)
    for cell, rings in cells.items():
        key = (surfaces.owner, theme, cell)
        yield key, Surfaces(surfaces.owner, surfaces.function, tuple(rings))


def _theme(surfaces: Surfaces, is_road: bool) -> str:
    traffic = "road" if is_road else "square"
    own = {WATER: "water", SAND: "sand", GREEN: "lawn", TRAM: "tram"}
    return own.get(surfaces.function, traffic)


def _traffic(kind: str, head: str, identity: str, parts: tuple[Surfaces, ...]) -> Iterator[str]:
    """A Road, Square or Railway with its areas (12-019, annex A.8)."""
    yield f"<tran:{kind}{head}"
    # The schema asks for all traffic areas before the auxiliary ones.
    for part in sorted(parts, key=lambda each: each.function in AUXILIARY):
        auxiliary = "AuxiliaryTrafficArea" if part.function in AUXILIARY else "TrafficArea"
        property_name = auxiliary[0].lower() + auxiliary[1:]
        yield (
            f'<tran:{property_name}><tran:{auxiliary} gml:id="{identity}-{part.function}">\n'
            f"<tran:function>{escape(part.function)}</tran:function>\n"
            f"<tran:lod2MultiSurface>{gml.multi_surface(part.rings)}</tran:lod2MultiSurface>\n"
            f"</tran:{auxiliary}></tran:{property_name}>\n"
        )
    yield f"</tran:{kind}>"


def _water(head: str, identity: str, parts: tuple[Surfaces, ...]) -> Iterator[str]:
    yield f"<wtr:WaterBody{head}"
    for part in parts:
        yield (
            f'<wtr:boundedBy><wtr:WaterSurface gml:id="{identity}-surface">\n'
            f"<wtr:lod2Surface>{_composite(part)}</wtr:lod2Surface>\n"
            "</wtr:WaterSurface></wtr:boundedBy>\n"
        )
    yield "</wtr:WaterBody>"


def _composite(part: Surfaces) -> str:
    rings = (f"<gml:surfaceMember>{gml.polygon(r)}</gml:surfaceMember>\n" for r in part.rings)
    return f"<gml:CompositeSurface>\n{''.join(rings)}</gml:CompositeSurface>"


def _lawn(head: str, _: str, parts: tuple[Surfaces, ...]) -> Iterator[str]:
    yield f"<veg:PlantCover{head}<veg:class>lawn</veg:class>\n<veg:function>green</veg:function>\n"
    for part in parts:
        yield f"<veg:lod2MultiSurface>{gml.multi_surface(part.rings)}</veg:lod2MultiSurface>\n"
    yield "</veg:PlantCover>"


def _sand(head: str, _: str, parts: tuple[Surfaces, ...]) -> Iterator[str]:
    yield f"<luse:LandUse{head}<luse:class>sand</luse:class>\n<luse:function>sand</luse:function>\n"
    for part in parts:
        yield f"<luse:lod2MultiSurface>{gml.multi_surface(part.rings)}</luse:lod2MultiSurface>\n"
    yield "</luse:LandUse>"


_Writer = Callable[[str, str, tuple[Surfaces, ...]], Iterator[str]]
_WRITERS: dict[str, _Writer] = {
    "road": partial(_traffic, "Road"),
    "square": partial(_traffic, "Square"),
    "tram": partial(_traffic, "Railway"),
    "water": _water,
    "lawn": _lawn,
    "sand": _sand,
}
