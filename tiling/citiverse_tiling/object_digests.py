"""What tells an object from what it was before: 16 bytes of all that a scene has of it."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.made import image_digest
from citiverse_tiling.segment import columns_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.city import Shapes
    from citiverse_tiling.meshes import Meshes
    from citiverse_tiling.model import Appearance, Int64Array, UInt64Array

DIGEST_BYTES = 16


def object_digests(
    records: Sequence[bytes], meshes: Meshes, shapes: Sequence[Shapes], looks: Sequence[Appearance]
) -> UInt64Array:
    """The digests (n, 2) of n objects: of record, mesh, how its faces look, and shape.

    `shapes` are those of some of them, whose `objects` are rows of the n; `meshes.looks` are rows
    of `looks`. Images count by what is in their files.
    """
    about = {row: data for piece in shapes for row, data in _rows(piece)}
    columns = [
        (memoryview(column.tobytes()), column.itemsize * math.prod(column.shape[1:]))
        for column in (meshes.positions, meshes.normals, meshes.groups)
    ]
    triangles, size = memoryview(meshes.triangles.tobytes()), meshes.triangles.itemsize * 3
    vertex_ends, triangle_ends = meshes.vertex_offsets.tolist(), meshes.triangle_offsets.tolist()
    each = []
    for row, record in enumerate(records):
        start, end = vertex_ends[row : row + 2]
        first, last = triangle_ends[row : row + 2]
        digest = hashlib.blake2b(
            b"%d %d %d " % (len(record), end - start, last - first), digest_size=DIGEST_BYTES
        )
        digest.update(record)
        digest.update(about.get(row, b""))
        if end > start:
            for data, width in columns:
                digest.update(data[start * width : end * width])
            digest.update(triangles[first * size : last * size])
            if meshes.looks is not None and meshes.texture_coordinates is not None:
                digest.update(meshes.texture_coordinates[start:end].tobytes())
                digest.update(_looks(meshes.looks[start:end], looks))
        each.append(digest.digest())
    return joined(each)


def digest_of(text: bytes) -> UInt64Array:
    """That of some words, (2,): xor it to a digest where they hold of the object too."""
    return joined([hashlib.blake2b(text, digest_size=DIGEST_BYTES).digest()]).ravel()


def joined(digests: Sequence[bytes]) -> UInt64Array:
    """Digests as rows, (n, 2)."""
    return np.frombuffer(b"".join(digests), np.uint64).reshape(-1, 2)


def rows_among(digests: UInt64Array, known: UInt64Array) -> Int64Array:
    """For each of n digests its row among k known ones, which rise; −1 where it isn't there."""
    if not len(known):
        return np.full(len(digests), -1, np.int64)
    places = np.minimum(np.searchsorted(known[:, 0], digests[:, 0]), len(known) - 1)
    return np.where((known[places] == digests).all(axis=1), places, -1)


def _rows(shapes: Shapes) -> list[tuple[int, bytes]]:
    """What is known of each shape, in bytes, with the row of its object."""
    columns = columns_of(shapes)
    del columns["objects"]
    count = len(shapes.objects)
    table = np.concatenate(
        [np.ascontiguousarray(one).reshape(count, -1).view(np.uint8) for one in columns.values()],
        axis=1,
    )
    data, width = table.tobytes(), table.shape[1]
    return [
        (row, data[place * width : (place + 1) * width])
        for place, row in enumerate(shapes.objects.tolist())
    ]


def _looks(numbers: np.ndarray, looks: Sequence[Appearance]) -> bytes:
    """How the vertices of an object look, whatever the numbers of its looks are."""
    known, places = np.unique(numbers, return_inverse=True)
    said = [places.astype(np.int32).tobytes()]
    for number in known[known >= 0].tolist():
        look = looks[number]
        said += [repr((look.colour, look.wrap)).encode(), image_digest(look.image)]
    return b"".join(said)
