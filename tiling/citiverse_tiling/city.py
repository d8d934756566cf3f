"""A city whose meshes and records are spooled: hardly anything of each object is in memory."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypeVar

import msgspec
import numpy as np

from citiverse_tiling.model import AttributeValue
from citiverse_tiling.transforms.block import join_blocks, upright_blocks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from citiverse_tiling.content.property_table import AttributeTypes
    from citiverse_tiling.frame import SceneFrame
    from citiverse_tiling.looks import LookTable
    from citiverse_tiling.model import (
        BoolArray,
        Float64Array,
        Int32Array,
        Int64Array,
        Layer,
        Rows,
        UInt8Array,
        UInt64Array,
    )
    from citiverse_tiling.segment import Reach
    from citiverse_tiling.shape_table import ShapeTable
    from citiverse_tiling.spool import Spool
    from citiverse_tiling.spool_index import SpoolIndex
    from citiverse_tiling.table import Table
    from citiverse_tiling.transforms.block import Blocks

_MAX_PART_DEPTH = 16

ABOUT = np.dtype(
    [
        ("box", "<f8", (2, 3)),
        ("digest", "<u8", (2,)),
        ("parent", "<i4"),
        ("label_bytes", "<i4"),
        ("value_bytes", "<i4"),
    ],
    align=True,
)
"""What is known of an object: see `City.boxes`, `digests` and `parents`; the size of id, class and
name; that of parent, address and the values of all attributes."""


class FeatureRecord(msgspec.Struct, array_like=True, frozen=True):
    """What is known of one CityObject beside its geometry; `parent` is an identity or ""."""

    id: str
    source_id: str
    dataset: str
    class_name: str
    name: str
    address: str
    parent: str
    attributes: dict[str, AttributeValue]


class RawRecord(msgspec.Struct, array_like=True, frozen=True):
    """The same, with its attributes as the JSON object that they are on disk."""

    id: str
    source_id: str
    dataset: str
    class_name: str
    name: str
    address: str
    parent: str
    attributes: msgspec.Raw


Record = TypeVar("Record", FeatureRecord, RawRecord)

_decoder = msgspec.json.Decoder(FeatureRecord)
_raw_decoder = msgspec.json.Decoder(RawRecord)


@dataclass(frozen=True, slots=True)
class Shapes:
    """The m objects that are drawn, in the order of the city's objects.

    objects     int64 (m,): which object of the city
    layers      uint8 (m,): model.Layer
    box_min/max float64 (m, 3): scene frame
    blocks      m blocks; a plant is drawn as large as its block
    widths_m    float64 (m,): mean width of a piece of land (`mesher.Made`), else 0
    kinds       uint8 (m,): transforms.plants.PlantKind of a plant, else 0
    is_flat     bool (m,): land and plants without heights: they are laid on the ground
    colours     uint8 (m, 2, 4): mean colours of walls and of what faces up, see `looks.FarLook`
    texels      int64 (m,): pixels of images that are worth showing of it
    """

    objects: Int64Array
    layers: UInt8Array
    box_min: Float64Array
    box_max: Float64Array
    blocks: Blocks
    widths_m: Float64Array
    kinds: UInt8Array
    is_flat: BoolArray
    colours: UInt8Array
    texels: Int64Array


def join_shapes(pieces: Sequence[Shapes]) -> Shapes:
    """All shapes, in the order of their objects."""
    joined = {
        one.name: np.concatenate([getattr(piece, one.name) for piece in pieces])
        for one in fields(Shapes)
        if one.name != "blocks" and pieces
    }
    if not pieces:
        return _no_shapes()
    order = np.argsort(joined["objects"], kind="stable")
    blocks = join_blocks([piece.blocks for piece in pieces]).take(order)
    return Shapes(**{name: column[order] for name, column in joined.items()}, blocks=blocks)


def _no_shapes() -> Shapes:
    empty = np.zeros((0, 3))
    return Shapes(
        np.zeros(0, np.int64),
        np.zeros(0, np.uint8),
        empty,
        empty,
        upright_blocks(empty, empty),
        np.zeros(0),
        np.zeros(0, np.uint8),
        np.zeros(0, np.bool_),
        np.zeros((0, 2, 4), np.uint8),
        np.zeros(0, np.int64),
    )


@dataclass(frozen=True, slots=True)
class City:
    """n CityObjects, of which m are drawn.

    index         where the objects' meshes and records are in the spool
    objects       what is known of each of the n, see `ABOUT`
    wholes        int32 (n,): the topmost object that this one is a part of, itself if none
    counts        int64: how many objects each model.Layer has
    names         per layer: the attributes that its objects have
    squares       int64: the objects that are squares
    terrain_box   float64 (2, 3): around the terrain in the input, NaN where there is none
    looks         how its surfaces look; those of the meshes in the spool are rows of it
    renamed       identities of objects whose records have that of an earlier one
    insides       how far buildings, storeys and rooms reach
    """

    frame: SceneFrame
    index: SpoolIndex
    shapes: ShapeTable
    objects: Table
    wholes: Int32Array
    counts: Int64Array
    names: Mapping[Layer, set[str]]
    squares: Int64Array
    terrain_box: Float64Array
    types: AttributeTypes
    crs_keys: tuple[str, ...]
    looks: LookTable
    renamed: Mapping[int, str]
    insides: tuple[Reach, ...]

    def __len__(self) -> int:
        return len(self.wholes)

    @property
    def folder(self) -> Path:
        """Where its columns are, and others may be put."""
        return self.objects.path.parent

    def parents(self, objects: Rows) -> Int64Array:
        """The object that each of some is a part of, −1 for none."""
        return self.objects.take(objects)["parent"].astype(np.int64)

    def boxes(self, objects: Rows) -> Float64Array:
        """Lowest and highest corner of some objects, (n, 2, 3), scene frame.

        Of its parts where an object isn't drawn itself, NaN where they aren't either.
        """
        return np.ascontiguousarray(self.objects.take(objects)["box"])

    def digests(self, objects: Rows) -> UInt64Array:
        """What tells some objects from what they were before, (n, 2), see `object_digests`."""
        return np.ascontiguousarray(self.objects.take(objects)["digest"])

    def change(self, objects: Rows, digests: UInt64Array) -> None:
        """Let what has been changed of some objects tell them from what they were, (n, 2)."""
        self.objects.put(objects, digest=self.digests(objects) ^ digests)

    @property
    def extent(self) -> Float64Array:
        """The box (2, 3) around all objects and the terrain."""
        low, high = self.terrain_box
        for some in self.objects.pieces():
            boxes = some["box"][~np.isnan(some["box"][:, 0, 0])]
            low = np.fmin(low, boxes[:, 0].min(axis=0, initial=np.inf))
            high = np.fmax(high, boxes[:, 1].max(axis=0, initial=-np.inf))
        return np.stack([low, high])


def note_boxes(objects: Table, shapes: ShapeTable) -> None:
    """Write the boxes of all objects: those not drawn have that of their parts."""
    pieces = [some["parent"].copy() for some in objects.pieces()]
    parents = np.concatenate([np.zeros(0, np.int32), *pieces])
    is_drawn = np.zeros(len(parents), np.bool_)
    is_drawn[shapes.objects] = True
    above = np.unique(parents[parents >= 0])
    above = above[~is_drawn[above]]
    boxes = np.full((len(above), 2, 3), np.nan)
    for some in shapes.all():
        own = np.stack([some.box_min, some.box_max], axis=1)
        objects.put(some.objects, box=own)
        _enclose(boxes, above, parents[some.objects], own)
    for _ in range(_MAX_PART_DEPTH):
        before = boxes.copy()
        _enclose(boxes, above, parents[above], before)
        if np.array_equal(before, boxes, equal_nan=True):
            break
    objects.put(above, box=boxes)


def _enclose(
    boxes: Float64Array, above: Int32Array, parents: Int32Array, parts: Float64Array
) -> None:
    """Let the boxes of the objects `above` grow, in place, around those of their parts."""
    places = np.searchsorted(above, parents)
    places[places == len(above)] = 0
    mine = np.flatnonzero((parents >= 0) & (above[places] == parents)) if len(above) else places[:0]
    np.fmin.at(boxes[:, 0], places[mine], parts[mine, 0])
    np.fmax.at(boxes[:, 1], places[mine], parts[mine, 1])


def topmost(parents: Int32Array) -> Int32Array:
    """The topmost object above each, (n,); a ring of parents ends after a few steps."""
    top = np.arange(len(parents), dtype=np.int32)
    for _ in range(_MAX_PART_DEPTH):
        above = parents[top]
        if (above < 0).all():
            break
        np.copyto(top, above, where=above >= 0)
    return top


def feature_records(city: City, spool: Spool, objects: Rows) -> list[FeatureRecord]:
    """The records of some objects, with parents only where they exist."""
    return _records(city, spool, objects, _decoder)


def raw_records(city: City, spool: Spool, objects: Rows) -> list[RawRecord]:
    """The same, with attributes that nobody has looked at."""
    return _records(city, spool, objects, _raw_decoder)


def _records(
    city: City, spool: Spool, objects: Rows, decoder: msgspec.json.Decoder[Record]
) -> list[Record]:
    found = [decoder.decode(data) for data in spool.records(city.index, objects)]
    for place, parent in enumerate(city.parents(objects).tolist()):
        if parent < 0 and found[place].parent:
            found[place] = msgspec.structs.replace(found[place], parent="")
    if city.renamed:
        for place, row in enumerate(objects.tolist()):
            if row in city.renamed:
                found[place] = msgspec.structs.replace(found[place], id=city.renamed[row])
    return found
