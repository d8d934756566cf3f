"""The chosen buildings of CityJSON files as small files of the same kind, as they are there."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import numpy as np

from citiverse_tiling.errors import NotJson
from citiverse_tiling.glance.cityjson import (
    Opened,
    Sequence,
    family,
    is_cityjson,
    is_lines,
    lines_in,
    objects_of,
    opened,
    sequence_of,
)
from citiverse_tiling.glance.excerpt import COPIED_BYTES, LONGEST_COPIED, Excerpt, affordable
from citiverse_tiling.glance.heart import heart_of
from citiverse_tiling.glance.spread import PIECE_BYTES, Spread
from citiverse_tiling.sources.cityjson.document import is_null

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from citiverse_tiling.glance.cityjson import Buildings, Key

_Indices: TypeAlias = "int | list[_Indices]"
_UNKEPT = ("texture", "material", "template")


def excerpt(
    paths: list[Path], clock: Callable[[], float], budget_s: float, folder: Path
) -> Excerpt | None:
    """Look for buildings for `budget_s` seconds of `clock` and write those of the heart.

    None where there are none in any path. Each file goes into a folder of its own in `folder`.
    """
    pieces = [(path, start) for path in paths for start in _starts(path)]
    spread = Spread(pieces, clock, budget_s)
    source: Sequence | Opened | None = None
    found: list[tuple[Path, Buildings]] = []
    seen = seen_bytes = 0
    for path, start in spread:
        seen += 1
        try:
            source = source if source is not None and source.path == path else _source(path)
        except NotJson:
            continue
        found.append((path, _buildings(source, start)))
        seen_bytes += PIECE_BYTES if isinstance(source, Sequence) else path.stat().st_size
    rows = [
        (path, key, size)
        for path, some in found
        for key, size in zip(some.keys, some.sizes, strict=True)
    ]
    if not rows:
        return None
    places = np.concatenate([some.places for _, some in found])
    nearest = heart_of(places, *affordable(spread.pace(seen_bytes)))
    chosen = list(_that_fit([rows[row] for row in nearest.tolist()]))
    files, written = [], 0
    for number, (path, some) in enumerate(groupby(sorted(chosen), lambda row: row[0])):
        keys = [key for _, key in some]
        source = source if source is not None and source.path == path else _source(path)
        place = folder / str(number) / path.name
        place.parent.mkdir()
        try:
            place.write_bytes(
                _lines(source, keys) if isinstance(source, Sequence) else _part(source, keys)
            )
        except (NotJson, msgspec.DecodeError, RecursionError):
            continue
        files.append(place)
        written += len(keys)
    return Excerpt(tuple(files), written, len(rows), seen / len(pieces)) if files else None


def _starts(path: Path) -> range:
    """Where pieces of a file begin; one where it is a document, none where it isn't CityJSON."""
    if not is_cityjson(path):
        return range(0)
    return range(0, path.stat().st_size if is_lines(path) else 1, PIECE_BYTES)


def _source(path: Path) -> Sequence | Opened:
    return sequence_of(path) if is_lines(path) else opened(path)


def _buildings(source: Sequence | Opened, start: int) -> Buildings:
    if isinstance(source, Sequence):
        return lines_in(source, start, start + PIECE_BYTES)
    return objects_of(source)


def _that_fit(rows: list[tuple[Path, Key, int]]) -> Iterator[tuple[Path, Key]]:
    """The first of them, as long as there is room."""
    room = COPIED_BYTES
    for path, key, size in rows:
        if size <= LONGEST_COPIED:
            room -= size
            if room < 0:
                return
            yield path, key


def _lines(sequence: Sequence, keys: list[Key]) -> bytes:
    """A sequence of some lines of one, the header first."""
    lines = [sequence.header]
    with sequence.path.open("rb") as file:
        for key in keys:
            if isinstance(key, tuple):
                file.seek(key[0])
                lines.append(file.read(key[1] - key[0]))
    return b"".join(lines)


def _part(source: Opened, keys: list[Key]) -> bytes:
    """A document of the objects with these ids and their parts, and of the vertices they use.

    Raises NotJson, msgspec.DecodeError, RecursionError where they aren't what they should be.
    """
    rows: dict[int, int] = {}
    objects = {
        name: {
            "type": item.type,
            "parents": item.parents,
            "children": item.children,
            "geometry": _geometry(item.geometry, rows),
            "attributes": item.attributes,
            "address": item.address,
        }
        for key in keys
        for name, item in family(source.document, str(key))
    }
    used = list(rows)
    if used and not 0 <= min(used) <= max(used) < len(source.numbers):
        raise NotJson("an object names a vertex that isn't there", file=source.path)
    given = source.document
    whole: dict[str, Any] = {
        "type": given.type,
        "version": given.version,
        "transform": given.transform,
        "metadata": given.metadata,
        "CityObjects": {name: _without_nulls(item) for name, item in objects.items()},
        "vertices": source.numbers[used].tolist(),
    }
    return msgspec.json.encode(_without_nulls(whole))


def _geometry(raw: msgspec.Raw, rows: dict[int, int]) -> list[dict[str, Any]]:
    """Geometries without looks, whose vertices are numbered anew in `rows`, former → new."""
    shapes = [] if is_null(raw) else msgspec.json.decode(raw, type=list[dict[str, Any]])
    return [
        {
            **{key: value for key, value in shape.items() if key not in _UNKEPT},
            "boundaries": _renumbered(shape.get("boundaries", []), rows),
        }
        for shape in shapes
    ]


def _renumbered(indices: _Indices, rows: dict[int, int]) -> _Indices:
    if isinstance(indices, list):
        return [_renumbered(one, rows) for one in indices]
    if not isinstance(indices, int):
        raise NotJson("an object names a vertex by something else than its number")
    return rows.setdefault(indices, len(rows))


def _without_nulls(members: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in members.items()
        if value is not None and not (isinstance(value, msgspec.Raw) and is_null(value))
    }
