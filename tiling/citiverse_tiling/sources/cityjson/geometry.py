"""The geometry of city objects (CityJSON 2.0, clause 3) → `Polygons`, by array where it counts.

A surface is a list of rings, a ring a list of vertex numbers. A number that no vertex has becomes
a point that is no number, which `transforms.clean_rings` drops and reports.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import numpy as np

from citiverse_tiling.model import Layer, Polygons, SurfaceType, layer_of
from citiverse_tiling.sources.cityjson.appearance import Looks, Said
from citiverse_tiling.sources.cityjson.attributes import said_by
from citiverse_tiling.sources.cityjson.document import is_null
from citiverse_tiling.sources.cityjson.names import surface_name
from citiverse_tiling.sources.land import cover_of
from citiverse_tiling.sources.open_rings import open_rings
from citiverse_tiling.sources.surfaces import SURFACE_TYPES, UNSEEN_SURFACES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from citiverse_tiling.model import Float64Array, Placed
    from citiverse_tiling.sources.cityjson.appearance import Palette

MAX_PLACED_SURFACES = 4_000_000
"""Surfaces that one file's templates may be multiplied to: a small file can't ask for endless
work."""

Ring: TypeAlias = list[int]
Surface: TypeAlias = list[Ring]
Shell: TypeAlias = list[Surface]

_SHELLS_AROUND: dict[str, int] = {
    "MultiSurface": 0,
    "CompositeSurface": 0,
    "Solid": 1,
    "MultiSolid": 2,
    "CompositeSolid": 2,
}
"""How many lists there are around the lists of surfaces."""

_DECODERS: tuple[msgspec.json.Decoder[Any], ...] = (
    msgspec.json.Decoder(Shell),
    msgspec.json.Decoder(list[Shell]),
    msgspec.json.Decoder(list[list[Shell]]),
)
_numbers = msgspec.json.Decoder(list[int])

POINTS = "MultiPoint"
LINES = "MultiLineString"
INSTANCE = "GeometryInstance"

_UNSEEN = -1
_LOD = re.compile(r"[0-4](\.\d)?")


class Semantics(msgspec.Struct):
    """What the surfaces of a geometry are: for each, the number of one of `surfaces` (or null)."""

    surfaces: list[Any] = []
    values: Any = None


class Member(msgspec.Struct, rename={"matrix": "transformationMatrix"}):
    """One geometry of a city object, or a template."""

    type: Any = None
    lod: Any = None
    boundaries: msgspec.Raw = msgspec.Raw(b"[]")
    semantics: Semantics | None = None
    template: Any = None
    matrix: Any = None
    texture: msgspec.Raw = msgspec.Raw(b"null")
    material: msgspec.Raw = msgspec.Raw(b"null")


members = msgspec.json.Decoder(list[Member])
member = msgspec.json.Decoder(Member)


@dataclass(frozen=True, slots=True)
class Owner:
    """The object that a geometry belongs to, as far as its surfaces depend on it."""

    class_name: str
    cover: SurfaceType


@dataclass(frozen=True, slots=True)
class Shape:
    """What one geometry holds; `unseen` counts surfaces that are not meant to be seen.

    `placed` says how it came to its place where it is an instance of a template.
    """

    looks: Looks
    unseen: int
    placed: Placed | None = None

    @property
    def polygons(self) -> Polygons:
        """Those that are meant to be seen."""
        return self.looks.polygons


class UnreadableGeometry(ValueError):
    """A geometry that isn't built as its type asks; the message says what is amiss."""


def lod_of(value: Any) -> str | None:
    """The level of detail in one spelling: "2" for 2, 2.0, "2" and "2.0"; None where it is none."""
    text = str(value).strip() if isinstance(value, (str, int, float)) else ""
    return text.removesuffix(".0") if _LOD.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class Ground:
    """What the geometries of a document are made of: its vertices, and its materials and textures.

    `coordinates` (N + 1, 3) end in a row of NaN. `line` is that of the document in its file.
    """

    coordinates: Float64Array
    palette: Palette
    line: int


def read_surfaces(given: Member, ground: Ground, owner: Owner) -> Shape:
    """The surfaces of a geometry made of surfaces. Raises UnreadableGeometry."""
    around = _SHELLS_AROUND.get(given.type) if isinstance(given.type, str) else None
    if around is None:
        raise UnreadableGeometry(f"a geometry of the type {str(given.type)[:80]}")
    try:
        nested = _DECODERS[around].decode(given.boundaries)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        problem = f"boundaries that aren't those of a {given.type}"
        raise UnreadableGeometry(problem) from error
    surfaces: list[Surface] = nested
    for _ in range(around):
        surfaces = list(chain.from_iterable(surfaces))  # type: ignore[arg-type]  # one level less
    types = _surface_types(given.semantics, nested, around, len(surfaces), owner)
    polygons = _polygons(surfaces, ground, np.array(types, np.int16))
    looks = Looks(polygons)
    if not (is_null(given.texture) and is_null(given.material)):
        sizes = np.fromiter(map(len, chain.from_iterable(surfaces)), np.int64)
        said = Said(
            given.texture,
            given.material,
            lambda values: list(_values(values, nested, around)),
            sizes,
        )
        looks = ground.palette.looks(polygons, said)
    seen = polygons.surface_types != np.uint8(_UNSEEN % 256)
    if seen.all():
        return Shape(looks, 0)
    return Shape(replace(looks, polygons=looks.polygons.only(seen)), int((~seen).sum()))


def read_point(given: Member, ground: Ground, owner: Owner) -> Shape:
    """The first point of a MultiPoint as one surface of one point."""
    try:
        numbers = _numbers.decode(given.boundaries)[:1]
    except (msgspec.DecodeError, RecursionError) as error:
        raise UnreadableGeometry("boundaries that aren't those of a MultiPoint") from error
    return Shape(Looks(_polygons([[numbers]], ground, np.array([owner.cover]))), 0)


def _polygons(surfaces: list[Surface], ground: Ground, types: np.ndarray) -> Polygons:
    rings = list(chain.from_iterable(surfaces))
    ring_offsets = _offsets(map(len, rings), len(rings))
    try:
        numbers = np.fromiter(chain.from_iterable(rings), np.int64, int(ring_offsets[-1]))
    except OverflowError as error:
        raise UnreadableGeometry("a vertex number that is absurdly large") from error
    coordinates = ground.coordinates
    missing = len(coordinates) - 1
    numbers[(numbers < 0) | (numbers > missing)] = missing
    points, ring_offsets, _ = open_rings(coordinates[numbers], ring_offsets)
    return Polygons(
        coordinates=points,
        ring_offsets=ring_offsets,
        polygon_offsets=_offsets(map(len, surfaces), len(surfaces)),
        surface_types=types.astype(np.uint8),
        lines=np.full(len(surfaces), ground.line, np.int32),
        ids=("",) * len(surfaces),
    )


def _offsets(counts: Iterable[int], count: int) -> np.ndarray:
    offsets = np.zeros(count + 1, np.int64)
    np.cumsum(np.fromiter(counts, np.int64, count), out=offsets[1:])
    return offsets


def _surface_types(
    semantics: Semantics | None, nested: list[Any], around: int, count: int, owner: Owner
) -> list[int]:
    """A SurfaceType, or `_UNSEEN`, for each of `count` surfaces."""
    if semantics is None or not semantics.surfaces:
        return [owner.cover] * count
    types = [_surface_type(surface, owner) for surface in semantics.surfaces]
    return [
        types[value] if isinstance(value, int) and 0 <= value < len(types) else owner.cover
        for value in _values(semantics.values, nested, around)
    ]


def _values(values: Any, nested: list[Any], around: int) -> Iterable[Any]:
    """One value for each surface; null, or what is missing, stands for all surfaces below it."""
    given = values if isinstance(values, list) else []
    padded = chain(given[: len(nested)], repeat(None, len(nested) - len(given)))
    if not around:
        return padded
    inner = zip(padded, nested, strict=True)
    return chain.from_iterable(_values(own, shell, around - 1) for own, shell in inner)


def _surface_type(surface: Any, owner: Owner) -> int:
    given = surface if isinstance(surface, dict) else {}
    name = surface_name(str(given.get("type", "")))
    if name in UNSEEN_SURFACES:
        return _UNSEEN
    surface_type = SURFACE_TYPES.get(name)
    if surface_type is None:
        return owner.cover
    if surface_type is SurfaceType.UNKNOWN and layer_of(owner.class_name) is Layer.LAND:
        return cover_of(said_by(given), name, owner.cover)
    return surface_type


@dataclass(slots=True)
class TemplateShapes:
    """The shapes of one document's templates, each read when it is first asked for.

    The coordinates of `ground` are metres in the templates' own frames.
    """

    templates: list[msgspec.Raw]
    ground: Ground
    _shapes: dict[tuple[int, Owner], tuple[str, Shape]] = field(default_factory=dict)

    def shape(self, number: Any, owner: Owner) -> tuple[Any, Shape]:
        """The level of detail and the shape of a template. Raises UnreadableGeometry."""
        if not isinstance(number, int) or not 0 <= number < len(self.templates):
            raise UnreadableGeometry(f"template {str(number)[:80]} isn't there")
        key = number, owner
        if key not in self._shapes:
            try:
                given = member.decode(self.templates[number])
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise UnreadableGeometry(f"template {number} can't be read") from error
            self._shapes[key] = given.lod, read_surfaces(given, self.ground, owner)
        return self._shapes[key]


def placement(given: Member) -> tuple[int, Float64Array]:
    """The reference vertex and the 4 × 4 matrix of a GeometryInstance (clause 3.4)."""
    try:
        numbers = _numbers.decode(given.boundaries)
        matrix = np.array(given.matrix, np.float64)
    except (msgspec.DecodeError, RecursionError, ValueError, TypeError) as error:
        raise UnreadableGeometry("an instance whose matrix or point can't be read") from error
    if matrix.shape != (16,) or not np.isfinite(matrix).all() or np.abs(matrix).max() > 1e6:
        raise UnreadableGeometry("an instance whose matrix isn't 16 plausible numbers")
    if len(numbers) != 1:
        raise UnreadableGeometry("an instance without one reference point")
    return numbers[0], matrix.reshape(4, 4)
