"""What a feature is: OpenStreetMap's tags first, then words in the names of layers and columns.

The table for people is in docs/mapping/vectors.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from citiverse_tiling.model import Layer, SurfaceType, layer_of
from citiverse_tiling.sources.land import cover_of

if TYPE_CHECKING:
    from collections.abc import Mapping

PAVING, RAIL, GREEN = SurfaceType.PAVING, SurfaceType.RAIL, SurfaceType.GREEN
ROAD, SOIL, WATER = SurfaceType.ROAD, SurfaceType.SOIL, SurfaceType.WATER
UNKNOWN = SurfaceType.UNKNOWN

LANE_M = 3.25
MOST_WIDTH_M = 200.0


class Kind(NamedTuple):
    """The class of a feature, what covers it if it is land, and how wide it is if it is a line."""

    class_name: str
    cover: SurfaceType = UNKNOWN
    width_m: float = 0.0


_HIGHWAYS = {
    **dict.fromkeys(("motorway", "trunk"), Kind("Road", ROAD, 10.5)),
    **dict.fromkeys(("primary", "motorway_link", "trunk_link"), Kind("Road", ROAD, 8.0)),
    **dict.fromkeys(("secondary", "primary_link"), Kind("Road", ROAD, 7.0)),
    **dict.fromkeys(("tertiary", "secondary_link", "busway"), Kind("Road", ROAD, 6.5)),
    **dict.fromkeys(("service", "tertiary_link"), Kind("Road", ROAD, 4.0)),
    "pedestrian": Kind("Square", PAVING, 5.0),
    "track": Kind("Track", SOIL, 3.0),
    **dict.fromkeys(
        ("footway", "path", "steps", "cycleway", "bridleway", "corridor", "platform"),
        Kind("Track", PAVING, 2.0),
    ),
}
_TREE, _FURNITURE = Kind("SolitaryVegetationObject"), Kind("CityFurniture")
_LAWN, _CROPS, _WATER = Kind("PlantCover", GREEN), Kind("LandUse", SOIL), Kind("WaterBody", WATER)
_TAGS: tuple[tuple[str, Mapping[str, Kind], Kind | None], ...] = (
    ("building", {"no": Kind("LandUse")}, Kind("Building")),
    ("building:part", {"no": Kind("LandUse")}, Kind("BuildingPart")),
    ("natural", {"tree": _TREE}, None),
    (
        "highway",
        {
            **_HIGHWAYS,
            **dict.fromkeys(("street_lamp", "traffic_signals", "bus_stop"), _FURNITURE),
        },
        Kind("Road", ROAD, 5.5),
    ),
    ("area:highway", _HIGHWAYS, Kind("Road", ROAD)),
    (
        "railway",
        {"platform": Kind("Square", PAVING, 3.0), "tram": Kind("Railway", RAIL, 2.4)},
        Kind("Railway", RAIL, 2.6),
    ),
    ("barrier", {"kerb": Kind("Road", PAVING, 0.15)}, None),
    (
        "waterway",
        {
            "river": Kind("WaterBody", WATER, 12.0),
            "canal": Kind("WaterBody", WATER, 8.0),
            **dict.fromkeys(("ditch", "drain"), Kind("WaterBody", WATER, 1.0)),
        },
        Kind("WaterBody", WATER, 2.0),
    ),
    ("man_made", {"bridge": Kind("Bridge")}, None),
    ("place", {"square": Kind("Square", PAVING)}, None),
    ("amenity", {"parking": Kind("Square", ROAD)}, None),
    (
        "natural",
        {
            **dict.fromkeys(("water", "bay"), _WATER),
            **dict.fromkeys(("wood", "scrub", "grassland", "heath", "shrubbery"), _LAWN),
            **dict.fromkeys(("sand", "beach", "bare_rock", "scree", "shingle"), _CROPS),
        },
        None,
    ),
    (
        "landuse",
        {
            **dict.fromkeys(("reservoir", "basin"), _WATER),
            **dict.fromkeys(
                ("grass", "forest", "meadow", "orchard", "vineyard", "flowerbed", "cemetery"),
                _LAWN,
            ),
            **dict.fromkeys(("village_green", "recreation_ground", "allotments"), _LAWN),
            **dict.fromkeys(("farmland", "construction", "brownfield", "quarry"), _CROPS),
        },
        Kind("LandUse"),
    ),
    (
        "leisure",
        {
            **dict.fromkeys(("park", "garden", "golf_course", "pitch", "dog_park"), _LAWN),
            "playground": _CROPS,
            "swimming_pool": _WATER,
        },
        None,
    ),
    (
        "amenity",
        dict.fromkeys(
            ("bench", "waste_basket", "bicycle_parking", "fountain", "vending_machine"), _FURNITURE
        ),
        None,
    ),
)
"""A tag's key, what its values are, and what any other value is; the first that is met counts."""

_GEOFABRIK = (
    ("roads", "highway"),
    ("railways", "railway"),
    ("waterways", "waterway"),
    ("landuse", "landuse"),
    ("natural", "natural"),
    ("buildings", "building"),
    ("traffic", "highway"),
)
"""Extracts as shapefiles write the value of a tag into `fclass`, its key into the layer's name."""

_WORDS = tuple(
    (re.compile(words), kind)
    for words, kind in (
        (r"build|geb[aä]e?ude|gebouw|\bpand|b[aâ]timent|edific|footprint", Kind("Building")),
        (r"\btrees?\b|b[aä]e?um|\bbomen|\bboom|arbre|[aá]rbol|albero", _TREE),
        (r"bridge|br[uü]e?cke|brug|\bpont", Kind("Bridge")),
        (r"\brail|\btram|spoor|gleis|\bbahn|ferrov", Kind("Railway", RAIL, 2.6)),
        (r"water|river|gew[aä]e?sser|hydro|\bsee\b|lake|canal|fluss", Kind("WaterBody", WATER, 2)),
        (r"kerb|curb|bordstein|stoeprand", Kind("Road", PAVING, 0.15)),
        (
            r"foot|path|cycle|gehweg|radweg|fussweg|fietspad|voetpad|trottoir",
            Kind("Track", PAVING, 2.0),
        ),
        (
            r"road|street|stra(ss|ß)e|weg|traffic|verkehr|fahrbahn|voie|route|calle",
            Kind("Road", ROAD, 5.5),
        ),
        (r"green|gr[uü]e?n|park|veget|forest|wald|wiese|groen|plant|begroeid", _LAWN),
        (r"land ?use|nutzung|zon(e|ing)|plan\b|bestemming|terrein|parcel", Kind("LandUse")),
        (r"lamp|leuchte|bench|furniture|hydrant|mast\b|lantern", _FURNITURE),
    )
)

_HIDDEN = ("tunnel", "yes"), ("tunnel", "culvert"), ("location", "underground"), ("indoor", "yes")
_TELLING = {
    "function": ("function", "funktion", "functie", "highway", "fclass", "nature", "art"),
    "usage": ("usage", "nutzung", "use", "leisure", "landuse", "type"),
    "class": ("class", "klasse", "category", "kind"),
    "surfaceMaterial": ("surfacematerial", "surface", "belag", "verharding", "material"),
}
"""Where to look for what `land.cover_of` asks."""

_WIDTHS = "width", "breite", "breedte", "largeur", "est_width", "road_width"
_NUMBER = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(m|ft|')?\s*$")


def kind_of(facts: Mapping[str, str], names: tuple[str, ...]) -> Kind:
    """The kind of a feature with these attributes (keys in lower case) in a layer and file."""
    kind = _by_tags(facts, names[0])
    if kind is None:
        kind = _by_words(names)
    if layer_of(kind.class_name) is not Layer.LAND or kind.class_name == "WaterBody":
        return kind

    def says(name: str) -> str:
        return next((facts[key] for key in _TELLING[name] if facts.get(key)), "")

    return kind._replace(cover=cover_of(says, kind.class_name, kind.cover))


def is_hidden(facts: Mapping[str, str]) -> bool:
    """Whether it lies underground or indoors, and so can't be seen."""
    return any(facts.get(key) == value for key, value in _HIDDEN)


def width_of(facts: Mapping[str, str], kind: Kind) -> float:
    """How wide a line is, in metres: as it says, else by its lanes, else by its kind."""
    for name in _WIDTHS:
        if 0 < (width := metres(facts.get(name, ""))) <= MOST_WIDTH_M:
            return width
    lanes = metres(facts.get("lanes", ""))
    if kind.class_name == "Road" and 1 <= lanes <= 16:
        return lanes * LANE_M
    return kind.width_m


def metres(text: str) -> float:
    """A length as people write it ("7.5", "7,5 m", "12 ft"), 0 where it is none."""
    found = _NUMBER.match(text)
    if not found:
        return 0.0
    return float(found[1].replace(",", ".")) * (1.0 if found[2] in (None, "m") else 0.3048)


def _by_tags(facts: Mapping[str, str], layer: str) -> Kind | None:
    if "fclass" in facts:
        for word, key in _GEOFABRIK:
            if word in layer:
                facts = {**facts, key: facts["fclass"]}
    for key, values, otherwise in _TAGS:
        value = facts.get(key)
        if value and (kind := values.get(value, otherwise)):
            return kind
    return None


def _by_words(names: tuple[str, ...]) -> Kind:
    for name in names:
        words = re.sub(r"[\W_]+", " ", name.lower())
        for pattern, kind in _WORDS:
            if pattern.search(words):
                return kind
    return Kind("GenericCityObject")
