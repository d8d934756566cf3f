"""Small CityGML documents, written by hand as files out there are, and what reading them gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling import sources
from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.report import Report

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import CityObject, Float64Array, Geometry
    from citiverse_tiling.options import LocalPlace

UTM = "EPSG:25832"
ORIGIN = (457_000.0, 5_439_000.0, 110.0)

NAMESPACES_2 = """xmlns="http://www.opengis.net/citygml/2.0"
 xmlns:core="http://www.opengis.net/citygml/2.0"
 xmlns:bldg="http://www.opengis.net/citygml/building/2.0"
 xmlns:gen="http://www.opengis.net/citygml/generics/2.0"
 xmlns:tran="http://www.opengis.net/citygml/transportation/2.0"
 xmlns:xAL="urn:oasis:names:tc:ciq:xsdschema:xAL:2.0"
 xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:gml="http://www.opengis.net/gml" """
NAMESPACES_3 = """xmlns="http://www.opengis.net/citygml/3.0"
 xmlns:con="http://www.opengis.net/citygml/construction/3.0"
 xmlns:bldg="http://www.opengis.net/citygml/building/3.0"
 xmlns:gen="http://www.opengis.net/citygml/generics/3.0"
 xmlns:xAL="urn:oasis:names:tc:ciq:xal:3"
 xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:gml="http://www.opengis.net/gml/3.2" """

SQUARE = ((0, 0, 0), (4, 0, 0), (4, 4, 0), (0, 4, 0))


@dataclass(frozen=True)
class Reading:
    """What came of one file."""

    objects: list[CityObject]
    report: Report

    def geometry(self, source_id: str, lod: str) -> Geometry:
        """The geometry of one object in one LoD."""
        item = next(o for o in self.objects if o.source_id == source_id)
        return next(g for g in item.geometries if g.lod == lod)


def city(*members: str, srs_name: str | None = UTM, version: str = "2.0", head: str = "") -> str:
    """A document of members, each the XML of one feature."""
    namespaces = NAMESPACES_3 if version == "3.0" else NAMESPACES_2.replace("2.0", version, 4)
    envelope = ""
    if srs_name is not None:
        envelope = f'<gml:boundedBy><gml:Envelope srsName="{srs_name}"/></gml:boundedBy>\n'
    inside = "\n".join(f"<cityObjectMember>{member}</cityObjectMember>" for member in members)
    return f"{head}<CityModel {namespaces}>\n{envelope}{inside}\n</CityModel>"


def building(*children: str, gml_id: str = "b1", kind: str = "Building") -> str:
    """A building with the XML of its children."""
    return f'<bldg:{kind} gml:id="{gml_id}">{"".join(children)}</bldg:{kind}>'


def positions(*points: tuple[float, float, float], at: tuple[float, float, float] = ORIGIN) -> str:
    """A posList's text, closed: the points around `at`, the first one again at the end."""
    moved = [tuple(a + b for a, b in zip(point, at, strict=True)) for point in points]
    return " ".join(repr(float(number)) for point in (*moved, moved[0]) for number in point)


def polygon(text: str = "", gml_id: str = "", holes: tuple[str, ...] = (), srs: str = "") -> str:
    """A gml:Polygon of posLists; a square where nothing is said."""
    identifier = f' gml:id="{gml_id}"' if gml_id else ""
    crs = f' srsName="{srs}"' if srs else ""
    rings = [("exterior", text or positions(*SQUARE)), *(("interior", hole) for hole in holes)]
    return (
        f"<gml:Polygon{identifier}{crs}>"
        + "".join(
            f"<gml:{side}><gml:LinearRing><gml:posList>{ring}</gml:posList></gml:LinearRing></gml:{side}>"
            for side, ring in rings
        )
        + "</gml:Polygon>"
    )


def multi_surface(*surfaces: str, lod: str = "2", prefix: str = "bldg:") -> str:
    """A lodNMultiSurface property of the surfaces, each the XML inside a surfaceMember."""
    members = "".join(f"<gml:surfaceMember>{surface}</gml:surfaceMember>" for surface in surfaces)
    name = f"{prefix}lod{lod}MultiSurface"
    return f"<{name}><gml:MultiSurface>{members}</gml:MultiSurface></{name}>"


def wall(*surfaces: str, kind: str = "WallSurface", lod: str = "2", more: str = "") -> str:
    """A thematic boundary surface of CityGML 2.0."""
    inside = multi_surface(*surfaces, lod=lod)
    return f"<bldg:boundedBy><bldg:{kind}>{inside}{more}</bldg:{kind}></bldg:boundedBy>"


def solid_of(*hrefs: str, lod: str = "2") -> str:
    """A solid whose faces are all links."""
    members = "".join(f'<gml:surfaceMember xlink:href="{href}"/>' for href in hrefs)
    return (
        f"<bldg:lod{lod}Solid><gml:Solid><gml:exterior><gml:CompositeSurface>{members}"
        f"</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod{lod}Solid>"
    )


def read(
    path: Path,
    document: str | bytes | None = None,
    *,
    crs: str | None = None,
    place: LocalPlace | None = None,
) -> Reading:
    """Read the file at `path`, after writing `document` into it where one is given."""
    if document is not None:
        path.write_bytes(document if isinstance(document, bytes) else document.encode())
    report = Report()
    objects = list(sources.read(path, CrsRegistry(crs, place), report, lambda _: None))
    return Reading(objects, report)


def local(geometry: Geometry, at: tuple[float, float, float] = ORIGIN) -> Float64Array:
    """The coordinates around `at`, rounded to micrometres."""
    return np.asarray(np.round(geometry.polygons.coordinates - np.array(at), 6))
