"""Surface data of appearances (CityGML 2.0, 12-019, clause 9; 3.0, 20-010, clause 7.2) → claims.

A claim is what one material or texture says of the surface, or of the ring, with one id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from citiverse_tiling.model import Wrap
from citiverse_tiling.sources.citygml.names import HREF, id_of, local_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

WRAPS = {
    "wrap": Wrap.REPEAT,
    "mirror": Wrap.MIRROR,
    "clamp": Wrap.CLAMP,
    "border": Wrap.CLAMP,
    "none": Wrap.CLAMP,
}
"""Beyond an image of `border` or `none` nothing of it is seen; its edge is the nearest to that."""

_BACK = ("false", "0")
_GREY = 0.8
"""What a material diffuses where it doesn't say it (CityGML 2.0, clause 9.4)."""


class Georeference(msgspec.Struct, frozen=True):
    """Where an image lies on the ground: the middle of its first pixel, and the steps to the next.

    `steps` are those of x along a row and along a column, then those of y; None where a world file
    beside the image says it.
    """

    point: tuple[float, float] | None
    steps: tuple[float, float, float, float] | None
    prefers_world_file: bool


class Claim(msgspec.Struct, frozen=True):
    """What a material or a texture says; of a texture, `coordinates` or one of the last two."""

    theme: str
    is_front: bool
    image: str = ""
    wrap: Wrap = Wrap.REPEAT
    colour: tuple[float, float, float, float] | None = None
    coordinates: str | None = None
    projection: tuple[float, ...] | None = None
    georeference: Georeference | None = None


def read_surface_data(element: _Element, theme: str) -> Iterator[tuple[str, Claim]]:
    """The claims of one surfaceDataMember, by the id of the surface or ring that they are about."""
    for data in element:
        kind = local_name(data.tag)
        is_front = (data.findtext("{*}isFront") or "").strip().lower() not in _BACK
        if kind == "X3DMaterial":
            claim = Claim(theme, is_front, colour=_colour(data))
            yield from ((target, claim) for target in _targets(data))
            continue
        image = (data.findtext("{*}imageURI") or "").strip()
        wrap = (data.findtext("{*}wrapMode") or "").strip().lower()
        if kind == "ParameterizedTexture":
            plain = Claim(theme, is_front, image, WRAPS.get(wrap, Wrap.REPEAT))
            yield from _parameterized(data, plain)
        elif kind == "GeoreferencedTexture":
            claim = Claim(
                theme,
                is_front,
                image,
                WRAPS.get(wrap, Wrap.CLAMP),
                georeference=_georeference(data),
            )
            yield from ((target, claim) for target in _targets(data))


def href_of(element: _Element) -> str:
    """The id of the surface data that a surfaceDataMember points at, "" where it has its own."""
    return "" if len(element) else _id(element.get(HREF) or "")


def data_id(element: _Element) -> str:
    """The gml:id of the surface data in a surfaceDataMember, "" where there is none."""
    return next(filter(None, map(id_of, element)), "")


def _targets(data: _Element) -> Iterator[str]:
    for node in data.iterchildren("{*}target"):
        yield _id(node.get("uri") or node.text or "")


def _parameterized(data: _Element, plain: Claim) -> Iterator[tuple[str, Claim]]:
    for coordinates in data.iter("{*}TexCoordList"):
        rings = [_id(node.text or "") for node in coordinates.iterchildren("{*}ring")]
        for number, node in enumerate(coordinates.iterchildren("{*}textureCoordinates")):
            ring = _id(node.get("ring") or "")
            if not ring:
                ring = rings[number] if number < len(rings) else _target_of(coordinates)
            yield ring, msgspec.structs.replace(plain, coordinates=node.text or "")
    for matrix in data.iter("{*}worldToTexture"):
        numbers = _numbers(matrix.text or "")
        if len(numbers) == 12:
            target = _target_of(matrix)
            yield target, msgspec.structs.replace(plain, projection=numbers)


def _target_of(node: _Element) -> str:
    """The id that a texture's parameters belong to: of an attribute above, or an element beside."""
    above = node.getparent()
    while above is not None and local_name(above.tag) != "ParameterizedTexture":
        if uri := above.get("uri") or above.findtext("{*}target"):
            return _id(uri)
        above = above.getparent()
    return ""


def _id(uri: str) -> str:
    return uri.strip().removeprefix("#")


def _colour(data: _Element) -> tuple[float, float, float, float]:
    diffuse = _numbers(data.findtext("{*}diffuseColor") or "")
    red, green, blue = diffuse[:3] if len(diffuse) >= 3 else (_GREY,) * 3
    clear = _numbers(data.findtext("{*}transparency") or "")
    return red, green, blue, 1.0 - clear[0] if clear else 1.0


def _georeference(data: _Element) -> Georeference:
    point = data.find("{*}referencePoint//{*}pos")
    place = _numbers(point.text or "")[:2] if point is not None else ()
    steps = _numbers(data.findtext("{*}orientation") or "")
    prefers = (data.findtext("{*}preferWorldFile") or "").strip().lower() not in _BACK
    return Georeference(
        (place[0], place[1]) if len(place) == 2 else None,
        (steps[0], steps[1], steps[2], steps[3]) if len(steps) == 4 else None,
        prefers,
    )


def _numbers(text: str) -> tuple[float, ...]:
    """The numbers of a text, none where it holds anything else."""
    try:
        return tuple(float(word) for word in text.split()[:16])
    except ValueError:
        return ()
