"""What covers a piece of land, told by its class and by what the file says of it in words.

Words are looked for in English, German and Dutch. Numbers are understood where CityGML 2.0 gives
them a meaning (12-019, annex C: TrafficArea, AuxiliaryTrafficArea, surface material), and those of
Japan's land use (PLATEAU's list Common_landUseType). What neither says stays `UNKNOWN`, or what its
class says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from citiverse_tiling.model import Layer, SurfaceType, layer_of

if TYPE_CHECKING:
    from collections.abc import Callable

_BY_CLASS = {
    "TransportationComplex": SurfaceType.ROAD,
    "Road": SurfaceType.ROAD,
    "Square": SurfaceType.PAVING,
    "Track": SurfaceType.PAVING,
    "Railway": SurfaceType.RAIL,
    "Waterway": SurfaceType.WATER,
    "WaterBody": SurfaceType.WATER,
    "PlantCover": SurfaceType.GREEN,
}
_BY_LAYER = {
    Layer.GROUND: SurfaceType.TERRAIN,
    Layer.LAND: SurfaceType.UNKNOWN,
    Layer.BUILDINGS: SurfaceType.UNKNOWN,
    Layer.STRUCTURES: SurfaceType.STRUCTURE,
    Layer.FURNITURE: SurfaceType.FURNITURE,
    Layer.VEGETATION: SurfaceType.PLANT,
    Layer.MESHES: SurfaceType.MESH,
    Layer.SHELLS: SurfaceType.UNKNOWN,
    Layer.INTERIORS: SurfaceType.UNKNOWN,
}
_OPENINGS = {"Window": SurfaceType.WINDOW, "Door": SurfaceType.DOOR}
_BESIDE_TRAFFIC = "AuxiliaryTrafficArea", "AuxiliaryTrafficSpace"
_SPACES = "Section", "Intersection", "TrafficSpace", "AuxiliaryTrafficSpace"

_WORDS = tuple(
    (re.compile(words), cover)
    for words, cover in (
        (r"marking|markierung", SurfaceType.MARKING),
        (r"\brail|\btram|railroad|gleis|schiene", SurfaceType.RAIL),
        (r"car park|parking|parkplatz|parkeervlak|lay by|crosswalk|zebra", SurfaceType.ROAD),
        (
            r"green|gr[uü]n|grass|lawn|meadow|\bparks?\b|\bgarden|\bgarten|forest|\bwoods\b|woodland"
            r"|wald\b|plant(ed|ing|s\b)|hedge|orchard|vineyard|pasture|wiese|rasen|flower|shrub"
            r"|cemetery|friedhof|groen|\bgras|heesters|struiken|\bbos\b",
            SurfaceType.GREEN,
        ),
        (
            r"\bsoil|\bsand|gravel|beach|\bbare\b|\bearth|\bdirt|\bmud\b|kies|schotter|strand"
            r"|arable|acker|playground|spielplatz|onverhard|half verhard|\bzand|grind",
            SurfaceType.SOIL,
        ),
        (
            r"foot|pedestrian|sidewalk|walkway|pav(ing|ed|ement)|cycle|kerb|curb|square|plaza|platform"
            r"|stair|\bsteps?\b|island|promenade|quay|cobble|gehweg|radweg|bordstein|\w*platz\b"
            r"|pflaster|voetpad|voetgang|fietspad|trottoir|open verharding|klinkers|tegels|\berf\b",
            SurfaceType.PAVING,
        ),
        (
            r"driving|\blanes?\b|carriageway|vehicle|asphalt|motorway|\broads?\b|street|\bbus\b"
            r"|fahrbahn|stra(ss|ß)e|rijbaan|autosnelweg|gesloten verharding",
            SurfaceType.ROAD,
        ),
    )
)

_ROAD, _PAVING, _RAIL = SurfaceType.ROAD, SurfaceType.PAVING, SurfaceType.RAIL
_GREEN, _SOIL, _MARKING = SurfaceType.GREEN, SurfaceType.SOIL, SurfaceType.MARKING
_CODES: dict[tuple[str, str], dict[SurfaceType, tuple[int, ...]]] = {
    ("TrafficArea", "function"): {
        _ROAD: (1, 6, 7, 20, 24, 25, 26, 27, 32, 33, 34, 35, 36),
        _PAVING: (2, 3, 4, 5, 19, 22, 23),
        _RAIL: (8, 9),
        _MARKING: (11, 12, 13, 14, 15, 16, 17),
        _GREEN: (30,),
    },
    ("AuxiliaryTrafficArea", "function"): {
        _SOIL: (1000,),
        _ROAD: (1010, 1040, 1100),
        _GREEN: (1020, 1230, 1400, 1410, 1420),
        _PAVING: (1030, 1220, 1300),
    },
    ("LandUse", "class"): {
        _SOIL: (201, 202, 260),
        _GREEN: (203, 205, 217, 220),
        SurfaceType.WATER: (204,),
        _ROAD: (215, 262),
        _PAVING: (211, 212, 213, 214, 216, 218, 219, 222, 261),
    },
    ("", "surfaceMaterial"): {
        _ROAD: (1,),
        _PAVING: (4, 11),
        _SOIL: (5, 8, 9),
        _RAIL: (6, 7),
        _GREEN: (10,),
    },
}
_MEANINGS = {
    (kind, fact, code): cover
    for (kind, fact), covers in _CODES.items()
    for cover, codes in covers.items()
    for code in codes
}
TELLING = ("function", "usage", "class", "surfaceMaterial")
"""Attributes of a piece of land that tell what covers it, the surest first."""


def default_cover(says: Callable[[str], str], class_name: str, around: SurfaceType) -> SurfaceType:
    """What the surfaces of a city object are where they don't say it themselves.

    `says` tells the object's attribute of a name, "" where it has none; `around` is the cover of
    the object that this one is a part of, UNKNOWN where there is none.
    """
    layer = layer_of(class_name)
    if layer is not Layer.LAND:
        return _OPENINGS.get(class_name, _BY_LAYER[layer])
    cover = _BY_CLASS.get(class_name, around)
    if class_name in ("WaterBody", "Waterway", "Railway"):
        return cover
    return cover_of(says, class_name, cover)


def cover_of(says: Callable[[str], str], class_name: str, default: SurfaceType) -> SurfaceType:
    """What a piece of land or of a road is by its function, usage, class and material."""
    material = _told(class_name, "surfaceMaterial", says("surfaceMaterial"))
    use = SurfaceType.UNKNOWN
    for name in TELLING[:3]:
        use = use or _told(class_name, name, says(name))
    if use in (_MARKING, _RAIL):
        return use
    if material in (_GREEN, _SOIL, _RAIL):
        return material
    if _PAVING in (use, material):
        return _PAVING
    if not use and default is _ROAD and class_name in _BESIDE_TRAFFIC:
        return _PAVING
    return use or material or default


def is_body_of_space(tag: str, class_name: str) -> bool:
    """Whether a geometry property is the free space over a road, and nothing to be seen."""
    return class_name in _SPACES and tag.endswith("Solid")


def _told(class_name: str, name: str, text: str) -> SurfaceType:
    """What one fact says, UNKNOWN where it says nothing that we understand."""
    if text.isdecimal():
        kind = "" if name == "surfaceMaterial" else class_name
        return _MEANINGS.get((kind, name, int(text[:6])), SurfaceType.UNKNOWN)
    words = re.sub(r"[\W_]+", " ", text[:200].lower())
    for pattern, cover in _WORDS:
        if pattern.search(words):
            return cover
    return SurfaceType.UNKNOWN
