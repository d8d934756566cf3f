"""Shapes that stand in many places: each is meshed once a segment, however many copies there are.

A copy is kept as the number of its shape and a placement. What can't be kept so is meshed in its
place like anything else: plants, land and buildings, which are drawn in ways of their own; what is
sheared or mirrored; and shapes of which something can't be drawn as it is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from citiverse_tiling.meshes import join_meshes, put_in_place
from citiverse_tiling.model import ELEMENTS, Int64Array, Layer, UInt8Array, layer_of
from citiverse_tiling.transforms.place import Placements, placements_of

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from citiverse_tiling.looks import LookTable
    from citiverse_tiling.mesher import Mesher
    from citiverse_tiling.meshes import Meshes
    from citiverse_tiling.model import CityObject, Float64Array, Placed, Polygons

LAYERS = frozenset({Layer.STRUCTURES, Layer.FURNITURE, *ELEMENTS})
"""Where copies are drawn as such."""

FARTHEST_M = 100.0
"""Of a point from its shape's origin: farther away, the Earth bends too far away from a plane."""

_NO_TEMPLATE = -1
DIGEST_BYTES = 16


class Copies(msgspec.Struct, frozen=True):
    """The k copies and t templates of a segment.

    objects    int64 (k,): the objects of the segment that are copies, rising
    templates  int64 (k,): which template each is
    digests    uint8 (t, 16): what tells a template from all that look otherwise
    vertices   int64 (t,): of each template; triangles likewise
    """

    objects: Int64Array
    templates: Int64Array
    digests: UInt8Array
    vertices: Int64Array
    triangles: Int64Array


class Batch(NamedTuple):
    """Copies among the objects of a batch: their rows, templates (n,), and placements."""

    rows: Int64Array
    templates: Int64Array
    placements: Placements


class _Asked(NamedTuple):
    row: int
    template: int
    corners: Float64Array
    places: Float64Array


@dataclass(slots=True)
class Templates:
    """The templates of one segment, in the order in which they are met."""

    mesher: Mesher
    looks: LookTable
    meshes: list[Meshes] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    _numbers: dict[bytes, int] = field(default_factory=dict)
    _repaired: list[Counter[str]] = field(default_factory=list)

    def copies(
        self,
        key: str,
        objects: Sequence[CityObject],
        shapes: Sequence[Polygons | None],
        placed: Sequence[Placed | None],
    ) -> Batch:
        """Those of a batch that can be kept as copies; they are written, says the report."""
        asked = [
            self._asked(key, row, item, shape, how)
            for row, (item, shape, how) in enumerate(zip(objects, shapes, placed, strict=True))
            if shape is not None and how is not None and layer_of(item.class_name) in LAYERS
        ]
        known = [one for one in asked if one.template != _NO_TEMPLATE]
        if not known:
            none = np.zeros(0, np.int64)
            return Batch(none, none, Placements.of_columns(np.zeros((0, 10))))
        points, far = self.mesher.to_scene(key, np.concatenate([one.places for one in known]))
        corners = np.array([one.corners for one in known])
        middles, half = corners.mean(axis=1), np.diff(corners, axis=1)[:, 0].max(axis=1) / 2
        origin, *ends = np.moveaxis(points.reshape(-1, 4, 3), 1, 0)
        linear = (np.stack(ends, axis=2) - origin[..., None]) / half[:, None, None]
        moved = origin - np.einsum("kij,kj->ki", linear, middles)
        affines = np.concatenate([linear, moved[..., None]], axis=2)
        placements, bad = placements_of(affines, corners[:, 0], corners[:, 1])
        bad |= far.reshape(-1, 4).any(axis=1)
        bad |= np.abs(corners).max(axis=(1, 2)) * placements.sizes.max(axis=1) > FARTHEST_M
        rows, templates = np.array([(one.row, one.template) for one in known])[~bad].T
        for row, template in zip(rows.tolist(), templates.tolist(), strict=True):
            shape = shapes[row]
            assert shape is not None
            self.mesher.report.write(objects[row], len(shape))
            self.mesher.report.repaired.update(self._repaired[template])
        return Batch(rows, templates, placements.take(~bad))

    def in_place(self, templates: Int64Array, placements: Placements) -> Meshes:
        """The meshes of some copies, in the scene frame."""
        meshes = join_meshes([self.meshes[number] for number in templates.tolist()])
        return put_in_place(meshes, np.ones(len(meshes), np.bool_), placements)

    def _asked(self, key: str, row: int, item: CityObject, shape: Polygons, how: Placed) -> _Asked:
        """A copy, and where the middle of its box and three points beside it come to lie."""
        template = self._number(item, shape, how)
        corners = np.stack([how.local.min(axis=0), how.local.max(axis=0)])
        half = float((corners[1] - corners[0]).max()) / 2
        points = corners.mean(axis=0) + np.concatenate([np.zeros((1, 3)), half * np.eye(3)])
        metres = points @ how.matrix[:, :3].T + how.matrix[:, 3]
        places = self.mesher.crs.beside(key, how.reference, metres)
        return _Asked(row, template if half > 0 else _NO_TEMPLATE, corners, places)

    def _number(self, item: CityObject, shape: Polygons, how: Placed) -> int:
        """The template's number, −1 where it can't be one."""
        digest = self._digest(item, shape, how)
        if digest not in self._numbers:
            found = self.mesher.mesh_alone(item, shape, how.local)
            self._numbers[digest] = _NO_TEMPLATE if found is None else len(self.meshes)
            if found is not None:
                meshes, repaired = found
                self.meshes.append(meshes)
                self.digests.append(digest)
                self._repaired.append(repaired)
        return self._numbers[digest]

    def _digest(self, item: CityObject, shape: Polygons, how: Placed) -> bytes:
        """Of all that decides what the mesh is like."""
        digest = hashlib.blake2b(bytes([layer_of(item.class_name)]), digest_size=DIGEST_BYTES)
        for column in (how.local, shape.ring_offsets, shape.polygon_offsets, shape.surface_types):
            digest.update(np.ascontiguousarray(column).data)
        if shape.appearances is not None:
            numbers, places = np.unique(shape.appearances, return_inverse=True)
            looks = [self.looks.looks[number] for number in numbers[numbers >= 0].tolist()]
            digest.update(repr((looks, int(numbers[0]))).encode())
            digest.update(np.ascontiguousarray(places).data)
        if shape.texture_coordinates is not None:
            digest.update(np.ascontiguousarray(shape.texture_coordinates).data)
        return digest.digest()
