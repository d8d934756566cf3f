"""The vertices of a document → coordinates: decoded a piece at a time, scaled, moved, checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling.crs import LOCAL
from citiverse_tiling.errors import BadCoordinates
from citiverse_tiling.sources.cityjson.document import is_null, not_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.model import Float32Array, Float64Array
    from citiverse_tiling.report import Report
    from citiverse_tiling.sources.cityjson.document import Transform

PIECE_BYTES = 1 << 20
_decoder = msgspec.json.Decoder(list[tuple[float, float, float]])
_pairs = msgspec.json.Decoder(list[tuple[float, float]])


def decode_vertices(
    raw: msgspec.Raw, file: Path, line: int | None = None, name: str = "vertices"
) -> Float64Array:
    """(N, 3) numbers of a JSON array of triples. Raises NotJson.

    The array is cut between triples, so that a small part of it at a time is Python numbers.
    """
    if is_null(raw):
        return np.empty((0, 3))
    try:
        pieces = [
            np.array(_decoder.decode(piece), np.float64).reshape(-1, 3)
            for piece in _cut(memoryview(raw))
        ]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise not_json(error, file, line, name) from error
    return np.concatenate(pieces)


def decode_pairs(raw: msgspec.Raw, file: Path, name: str) -> Float32Array:
    """(N, 2) numbers of a JSON array of pairs, decoded like `decode_vertices`. Raises NotJson."""
    if is_null(raw):
        return np.empty((0, 2), np.float32)
    try:
        pieces = [
            np.array(_pairs.decode(piece), np.float64).reshape(-1, 2)
            for piece in _cut(memoryview(raw))
        ]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise not_json(error, file, None, name) from error
    with np.errstate(over="ignore"):
        return np.concatenate(pieces).astype(np.float32)


def _cut(text: memoryview) -> Iterator[bytes]:
    """The array as several arrays, each whole."""
    if len(text) <= PIECE_BYTES or text[0] != ord("["):
        yield bytes(text)
        return
    start = 1
    while start < len(text):
        end = _end_of_triple(text, start + PIECE_BYTES)
        piece = bytes(text[start:end]).lstrip(b" \t\r\n,")
        yield b"[" + piece + (b"]" if end < len(text) else b"")
        start = end


def _end_of_triple(text: memoryview, at: int) -> int:
    """One past the first "]" from `at` on, or the end of the array where there is none before."""
    while at < len(text):
        found = bytes(text[at : at + PIECE_BYTES]).find(b"]")
        if found >= 0:
            return at + found + 1
        at += PIECE_BYTES
    return len(text)


@dataclass(slots=True)
class Vertices:
    """Makes coordinates in the source CRS of the vertices of one file.

    `north_first` has the axis order by CRS key, in the order met; it is decided once a file, by
    the first vertices in that CRS.
    """

    path: Path
    crs: CrsRegistry
    report: Report
    north_first: dict[str, bool] = field(default_factory=dict)

    def place(
        self, numbers: Float64Array, transform: Transform | None, key: str, line: int | None
    ) -> Float64Array:
        """(N + 1, 3) coordinates of N vertices, NaN where nowhere on Earth.

        The last row is NaN, for what points at a vertex that isn't there. Without a `key` nobody
        asks where the vertices are. Raises BadCoordinates
        where no vertex of the first that are in this CRS is on Earth.
        """
        placed = np.full((len(numbers) + 1, 3), np.nan)
        points = placed[:-1]
        points[:] = numbers
        if transform is not None:
            scale, translate = np.array(transform.scale), np.array(transform.translate)
            with np.errstate(over="ignore"):
                points *= scale
                points += translate
        if not key or not len(numbers):
            return placed
        is_new = key not in self.north_first
        if is_new:
            self.north_first[key] = self.crs.written_north_first(key, points)
        if self.north_first[key]:
            points[:, :2] = points[:, 1::-1]
        if is_new and not self.crs.in_area_of_use(key, points):
            self.report.warn(f"{self.path.name}: it lies outside of where {key} is in use")
        if not self.crs.on_earth(key, np.stack([points.min(axis=0), points.max(axis=0)])).all():
            self._forget_far(key, points, line, is_new)
        return placed

    def _forget_far(self, key: str, points: Float64Array, line: int | None, is_new: bool) -> None:
        """Make points NaN that are nowhere on Earth."""
        good = self.crs.on_earth(key, points)
        if is_new and not good.any():
            raise BadCoordinates(
                "coordinates are too far from the anchor"
                if key == LOCAL
                else f"no coordinates lie on Earth in {key}",
                file=self.path,
                line=line,
                remedy="give the CRS they are really in with --crs EPSG:<code>",
            )
        points[~good] = np.nan
