"""Materials and textures of CityJSON (CityJSON 2.0, clause 6) → looks of polygons."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from citiverse_tiling.model import Appearance, Polygons, Wrap
from citiverse_tiling.sources.cityjson.document import is_null, not_json
from citiverse_tiling.sources.cityjson.vertices import decode_pairs
from citiverse_tiling.sources.image_files import NoImage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from citiverse_tiling.model import Float32Array, Int32Array, Int64Array
    from citiverse_tiling.sources.image_files import ImageFiles
    from citiverse_tiling.sources.themes import Themes

MOST_REPEATS = 100_000.0
"""Texture coordinates beyond this are no numbers that single precision can tell apart."""

_WRAPS = {"mirror": Wrap.MIRROR, "clamp": Wrap.CLAMP, "border": Wrap.CLAMP, "none": Wrap.CLAMP}
"""All others repeat. Beyond an image of `border` or `none` its edge is the nearest to nothing."""

_GREY = (0.8, 0.8, 0.8)


class _Given(
    msgspec.Struct,
    rename={
        "places": "vertices-texture",
        "texture_theme": "default-theme-texture",
        "material_theme": "default-theme-material",
    },
):
    """The member `appearance` of a document or feature."""

    materials: list[Any] = []
    textures: list[Any] = []
    places: msgspec.Raw = msgspec.Raw(b"null")
    texture_theme: Any = None
    material_theme: Any = None


@dataclass(frozen=True, slots=True)
class Looks:
    """Some polygons with their looks.

    `missing` are images that can't be used, with their problems, by how many surfaces lack them;
    `unplaced` is how many surfaces have no place in their image.
    """

    polygons: Polygons
    appearances: tuple[Appearance, ...] = ()
    missing: Counter[tuple[str, str]] = field(default_factory=Counter)
    unplaced: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """What one geometry says of the looks of its P surfaces.

    `texture` and `material` are its members, by theme; `spread` makes what a theme's `values` say
    of each surface out of them; `ring_sizes` (R,) are the points of each ring as written.
    """

    texture: msgspec.Raw
    material: msgspec.Raw
    spread: Callable[[Any], list[Any]]
    ring_sizes: Int64Array


_given = msgspec.json.Decoder(_Given)
_themes = msgspec.json.Decoder(dict[str, Any])


class Palette:
    """The materials and textures of one document."""

    def __init__(self, raw: msgspec.Raw, source: Path, files: ImageFiles, themes: Themes) -> None:
        """Raises NotJson where the member `appearance` isn't what it should be."""
        try:
            self._given = _Given() if is_null(raw) else _given.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise not_json(error, source, object_id="appearance") from error
        self._places = decode_pairs(self._given.places, source, "vertices-texture")
        self._files = files
        self._themes = themes

    def looks(self, polygons: Polygons, said: Said) -> Looks:
        """The polygons with the looks that their geometry names."""
        textures = self._chosen(said.texture, self._given.texture_theme, said)
        materials = self._chosen(said.material, self._given.material_theme, said)
        if not textures and not materials:
            return Looks(polygons)
        dressing = _Dressing(polygons, said.ring_sizes, self._places)
        for polygon in range(len(polygons)):
            colour = self._colour(materials[polygon]) if materials else None
            rings = textures[polygon] if textures else []
            texture = self._texture(rings, dressing)
            if texture is not None and dressing.place(polygon, rings):
                dressing.give(polygon, replace(texture, colour=colour))
            elif colour is not None:
                dressing.give(polygon, Appearance(colour=colour))
        return dressing.done()

    def _chosen(self, raw: msgspec.Raw, default: Any, said: Said) -> list[Any]:
        """What the theme in use says of each surface; nothing where it isn't there."""
        if is_null(raw):
            return []
        try:
            by_theme = _themes.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return []
        theme = self._themes.choose(list(by_theme), default if isinstance(default, str) else None)
        given = by_theme.get(theme) if theme is not None else None
        if not isinstance(given, dict):
            return []
        if isinstance(given.get("value"), int):
            return [given["value"]] * len(said.spread(None))
        return said.spread(given.get("values"))

    def _colour(self, number: Any) -> tuple[float, float, float, float] | None:
        materials = self._given.materials
        if not isinstance(number, int) or not 0 <= number < len(materials):
            return None
        material = materials[number] if isinstance(materials[number], dict) else {}
        colour = material.get("diffuseColor")
        clear = material.get("transparency", 0.0)
        if not (isinstance(colour, list) and len(colour) >= 3 and _are_numbers(colour)):
            colour = _GREY
        red, green, blue = (float(channel) for channel in colour[:3])
        return red, green, blue, 1.0 - float(clear) if _are_numbers([clear]) else 1.0

    def _texture(self, rings: Any, dressing: _Dressing) -> Appearance | None:
        """The texture that a surface names, None where it names none that can be used."""
        number = _first_number(rings)
        if number is None or not 0 <= number < len(self._given.textures):
            return None
        given = self._given.textures[number]
        given = given if isinstance(given, dict) else {}
        name = str(given.get("image", "")).strip()
        try:
            path = self._files.find(name)
        except NoImage as problem:
            dressing.missing[name, str(problem)] += 1
            return None
        return Appearance(path, _WRAPS.get(str(given.get("wrapMode")), Wrap.REPEAT))


class _Dressing:
    """The looks of the polygons of one geometry while they are gathered."""

    def __init__(self, polygons: Polygons, ring_sizes: Int64Array, places: Float32Array) -> None:
        self.missing: Counter[tuple[str, str]] = Counter()
        self._polygons = polygons
        self._sizes = ring_sizes.tolist()
        self._first_rings = polygons.polygon_offsets.tolist()
        self._known = places
        self._bad = frozenset(np.flatnonzero(~(np.abs(places) < MOST_REPEATS).all(axis=1)).tolist())
        self._rows = np.full(len(polygons), -1, np.int32)
        self._appearances: dict[Appearance, int] = {}
        self._rings: list[int] = []
        self._numbers: list[list[int]] = []
        self._unplaced = 0

    def place(self, polygon: int, rings: list[Any]) -> bool:
        """Note the texture coordinates of a polygon's rings; False where they don't fit them."""
        first, end = self._first_rings[polygon], self._first_rings[polygon + 1]
        given = [ring[1:] for ring in rings if isinstance(ring, list)]
        sizes = self._sizes[first:end]
        fits = [len(ring) for ring in given] == sizes and all(
            isinstance(number, int) and 0 <= number < len(self._known) and number not in self._bad
            for ring in given
            for number in ring
        )
        if not fits:
            self._unplaced += 1
            return False
        self._rings += range(first, end)
        self._numbers += given
        return True

    def give(self, polygon: int, look: Appearance) -> None:
        """Give a polygon a look."""
        self._rows[polygon] = self._appearances.setdefault(look, len(self._appearances))

    def done(self) -> Looks:
        """The polygons with all that they were given."""
        polygons = self._polygons
        if (self._rows < 0).all():
            return Looks(polygons, (), self.missing, self._unplaced)
        places = None
        if self._rings:
            places = np.full((len(polygons.coordinates), 2), np.nan, np.float32)
            # Rings have lost their closing points since they were written, at their ends.
            rings = np.array(self._rings, np.int64)
            counts = np.diff(polygons.ring_offsets)[rings]
            written = np.array([len(ring) for ring in self._numbers], np.int64)
            step = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
            numbers = np.fromiter(chain.from_iterable(self._numbers), np.int64)
            begins = np.cumsum(written) - written
            target = np.repeat(polygons.ring_offsets[rings], counts) + step
            places[target] = self._known[numbers[np.repeat(begins, counts) + step]]
        dressed = replace(polygons, appearances=self._rows, texture_coordinates=places)
        return Looks(dressed, tuple(self._appearances), self.missing, self._unplaced)


def _first_number(rings: Any) -> int | None:
    """The number of the texture that the values of a surface begin with."""
    if isinstance(rings, list) and rings and isinstance(rings[0], list) and rings[0]:
        number = rings[0][0]
        return number if isinstance(number, int) else None
    return None


def _are_numbers(values: list[Any]) -> bool:
    return all(isinstance(value, (int, float)) for value in values)


def join_looks(pieces: list[Looks]) -> Looks:
    """The polygons of several geometries as one."""
    if len(pieces) == 1:
        return pieces[0]
    missing: Counter[tuple[str, str]] = Counter()
    appearances: dict[Appearance, int] = {}
    rows: list[Int32Array] = []
    places: list[Float32Array] = []
    for piece in pieces:
        missing.update(piece.missing)
        numbers = [appearances.setdefault(look, len(appearances)) for look in piece.appearances]
        polygons = piece.polygons
        own = polygons.appearances
        known = np.array([*numbers, -1], np.int32)
        rows.append(np.full(len(polygons), -1, np.int32) if own is None else known[own])
        empty = np.full((len(polygons.coordinates), 2), np.nan, np.float32)
        there = polygons.texture_coordinates
        places.append(empty if there is None else there)
    has_images = any(piece.polygons.texture_coordinates is not None for piece in pieces)
    joined = Polygons(
        np.concatenate([piece.polygons.coordinates for piece in pieces]),
        _chained([piece.polygons.ring_offsets for piece in pieces]),
        _chained([piece.polygons.polygon_offsets for piece in pieces]),
        np.concatenate([piece.polygons.surface_types for piece in pieces]),
        np.concatenate([piece.polygons.lines for piece in pieces]),
        tuple(name for piece in pieces for name in piece.polygons.ids),
        np.concatenate(rows) if appearances else None,
        np.concatenate(places) if has_images else None,
    )
    unplaced = sum(piece.unplaced for piece in pieces)
    return Looks(joined, tuple(appearances), missing, unplaced)


def _chained(offsets: list[Int64Array]) -> Int64Array:
    counts = np.concatenate([np.diff(piece) for piece in offsets])
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
