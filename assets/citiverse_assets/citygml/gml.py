"""The words that all members share: names of things, rings, places, CityGML's head and tail."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterable

    from citiverse_assets.shapes import Ring

CRS = "EPSG:25832"
ORIGIN = (542_500.0, 6_074_000.0)
"""Easting and northing of the town's (0, 0): on land, some way from the Flensburg Fjord."""

TOWN = "Ellerhaven"

HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0"
    xmlns:bldg="http://www.opengis.net/citygml/building/2.0"
    xmlns:dem="http://www.opengis.net/citygml/relief/2.0"
    xmlns:frn="http://www.opengis.net/citygml/cityfurniture/2.0"
    xmlns:gen="http://www.opengis.net/citygml/generics/2.0"
    xmlns:gml="http://www.opengis.net/gml"
    xmlns:luse="http://www.opengis.net/citygml/landuse/2.0"
    xmlns:tran="http://www.opengis.net/citygml/transportation/2.0"
    xmlns:veg="http://www.opengis.net/citygml/vegetation/2.0"
    xmlns:wtr="http://www.opengis.net/citygml/waterbody/2.0"
    xmlns:xAL="urn:oasis:names:tc:ciq:xsdschema:xAL:2.0"
    xmlns:xlink="http://www.w3.org/1999/xlink">
<gml:name>{TOWN}</gml:name>
"""
TAIL = "</core:CityModel>\n"


def slug(*words: str) -> str:
    """An id of the town: lower case, joined by hyphens."""
    plain = " ".join((TOWN, *words)).lower().replace("'", "").replace("é", "e")
    return "-".join(plain.split())


def envelope(low: tuple[float, float, float], high: tuple[float, float, float]) -> str:
    """The box of the whole file, from town coordinates."""
    return (
        f'<gml:boundedBy><gml:Envelope srsName="{CRS}" srsDimension="3">'
        f"<gml:lowerCorner>{positions((low,))}</gml:lowerCorner>"
        f"<gml:upperCorner>{positions((high,))}</gml:upperCorner>"
        "</gml:Envelope></gml:boundedBy>\n"
    )


def positions(points: Iterable[tuple[float, float, float]]) -> str:
    """Coordinates of the file, from town coordinates."""
    east, north = ORIGIN
    return " ".join(f"{east + x:.3f} {north + y:.3f} {z:.3f}" for x, y, z in points)


def polygon(ring: Ring, identity: str = "", holes: tuple[Ring, ...] = ()) -> str:
    """A polygon with its holes, closed."""
    named = f" gml:id={quoteattr(identity)}" if identity else ""
    inner = "".join(f"<gml:interior>{_linear(hole)}</gml:interior>" for hole in holes)
    return f"<gml:Polygon{named}><gml:exterior>{_linear(ring)}</gml:exterior>{inner}</gml:Polygon>"


def multi_surface(rings: Iterable[Ring]) -> str:
    """Polygons as one multi-surface."""
    members = "".join(f"<gml:surfaceMember>{polygon(ring)}</gml:surfaceMember>\n" for ring in rings)
    return f"<gml:MultiSurface>\n{members}</gml:MultiSurface>"


def name(text: str) -> str:
    """The name of an object."""
    return f"<gml:name>{escape(text)}</gml:name>\n" if text else ""


def description(text: str) -> str:
    """A sentence about an object; it stands before its name."""
    return f"<gml:description>{escape(text)}</gml:description>\n" if text else ""


def _linear(ring: Ring) -> str:
    return (
        '<gml:LinearRing><gml:posList srsDimension="3">'
        f"{positions((*ring, ring[0]))}</gml:posList></gml:LinearRing>"
    )
