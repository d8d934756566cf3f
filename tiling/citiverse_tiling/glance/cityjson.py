"""CityJSON at a glance: where the buildings of a sequence, or of a document, are.

Lines of a sequence are looked at as bytes; a document is opened by the reader of the full run,
which leaves all that is large unread.
"""

from __future__ import annotations

import mmap
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from citiverse_tiling.glance.heart import METRES_A_DEGREE
from citiverse_tiling.glance.outlines import FARTHEST
from citiverse_tiling.sources.cityjson.document import MAX_OBJECT_BYTES, read_document
from citiverse_tiling.sources.cityjson.reader import BOM, accepts, is_sequence
from citiverse_tiling.sources.cityjson.vertices import decode_vertices

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.sources.cityjson.document import Document, Object, Transform

FINEST_M, MOST_DEG = 1e-5, 360.0
"""Steps finer than a hundredth of a millimetre are degrees, where no coordinate is larger."""

Key: TypeAlias = str | tuple[int, int]

_NUMBER = rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_PLACE = re.compile(
    rb'"vertices"\s*:\s*\[\s*\[\s*(' + _NUMBER + rb")\s*,\s*(" + _NUMBER + rb")\s*,"
)
_IS_BUILDING = re.compile(rb'"type"\s*:\s*"Building"')
_FIRST_INDEX = re.compile(rb'"boundaries"\s*:\s*[\[\s]+(\d+)')


@dataclass(frozen=True, slots=True)
class Sequence:
    """A CityJSONSeq; `header` is its first line, and what that says."""

    path: Path
    header: bytes
    transform: Transform | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A CityJSON document with the numbers of its vertices (N, 3), as they stand there."""

    path: Path
    document: Document
    numbers: Float64Array


@dataclass(frozen=True, slots=True)
class Buildings:
    """n buildings of a document, or lines of a sequence that hold some.

    places  float64 (n, 2): of a corner of each, in metres
    keys    of each its id in a document; in a sequence first byte and the one after the last
    sizes   of each about how many bytes
    """

    places: Float64Array
    keys: list[Key]
    sizes: list[int]


def is_cityjson(path: Path) -> bool:
    """Whether a file is JSON. Raises OSError."""
    with path.open("rb") as file:
        return accepts(file.read(1024))


def is_lines(path: Path) -> bool:
    """Whether a JSON file is a sequence. Raises OSError."""
    with path.open("rb") as file:
        return is_sequence(file, path)


def sequence_of(path: Path) -> Sequence:
    """Open a sequence. Raises NotJson, OSError."""
    with path.open("rb") as file:
        header = file.readline(MAX_OBJECT_BYTES).removeprefix(BOM)
    return Sequence(path, header, read_document(header, path).transform)


def lines_in(sequence: Sequence, start: int, end: int) -> Buildings:
    """The lines with buildings that begin in a piece of a sequence, but for its first one."""
    spans: list[Key] = []
    sizes: list[int] = []
    places: list[tuple[float, float]] = []
    with sequence.path.open("rb") as file:
        file.seek(max(start - 1, 0))
        # The line that a piece begins in belongs to the one before.
        file.readline(MAX_OBJECT_BYTES)
        begin = file.tell()
        while begin < end and (line := file.readline(MAX_OBJECT_BYTES)):
            place = _PLACE.search(line, max(line.rfind(b'"vertices"'), 0))
            if place is not None and _IS_BUILDING.search(line):
                spans.append((begin, begin + len(line)))
                sizes.append(len(line))
                places.append((float(place[1]), float(place[2])))
            begin += len(line)
    numbers = np.array(places, np.float64).reshape(-1, 2)
    return Buildings(_in_metres(numbers, sequence.transform), spans, sizes)


def opened(path: Path) -> Opened:
    """Open a document. Raises NotJson, OSError."""
    with path.open("rb") as file:
        # Its objects are views of the file, which live as long as they do: nothing to close.
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    document = read_document(data[len(BOM) :] if bytes(data[:3]) == BOM else data, path)
    return Opened(path, document, decode_vertices(document.vertices, path))


def objects_of(source: Opened) -> Buildings:
    """The buildings of a document of which a vertex can be told."""
    ids: list[Key] = []
    corners: list[int] = []
    sizes: list[int] = []
    for name, item in source.document.objects.items():
        if item.type == "Building" and not item.parents:
            texts = [memoryview(one.geometry) for _, one in family(source.document, name)]
            corner = next(filter(None, map(_FIRST_INDEX.search, texts)), None)
            if corner is not None and int(corner[1]) < len(source.numbers):
                ids.append(name)
                corners.append(int(corner[1]))
                sizes.append(sum(map(len, texts)))
    places = source.numbers[corners, :2]
    return Buildings(_in_metres(places, source.document.transform), ids, sizes)


def family(document: Document, name: str) -> list[tuple[str, Object]]:
    """An object, its children and theirs; each once."""
    found: dict[str, Object] = {}
    waiting: list[object] = [name]
    while waiting:
        one = waiting.pop()
        item = document.objects.get(one) if isinstance(one, str) else None
        if item is not None and one not in found:
            found[str(one)] = item
            waiting += item.children if isinstance(item.children, list) else []
    return list(found.items())


def _in_metres(numbers: Float64Array, transform: Transform | None) -> Float64Array:
    if not len(numbers) or transform is None:
        return numbers
    with np.errstate(all="ignore"):
        places = numbers * transform.scale[:2] + transform.translate[:2]
    places = np.nan_to_num(places).clip(-FARTHEST, FARTHEST)
    is_degrees = transform.scale[0] < FINEST_M and np.abs(places).max() <= MOST_DEG
    result: Float64Array = places * (METRES_A_DEGREE if is_degrees else 1.0)
    return result
