"""What stays in memory of a city whose meshes and records are spooled: a few columns per object."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypeVar

import msgspec
import numpy as np

from citiverse_tiling.model import AttributeValue
from citiverse_tiling.transforms.block import join_blocks, upright_blocks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from citiverse_tiling.content.property_table import AttributeTypes
    from citiverse_tiling.frame import SceneFrame
    from citiverse_tiling.looks import LookTable
    from citiverse_tiling.model import (
        BoolArray,
        Float64Array,
        Int64Array,
        Layer,
        UInt8Array,
        UInt64Array,
    )
    from citiverse_tiling.spool import Spool
    from citiverse_tiling.spool_index import SpoolIndex
    from citiverse_tiling.transforms.block import Blocks

_MAX_PART_DEPTH = 16


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

    def of(self, layer: Layer) -> Int64Array:
        """Rows of the shapes in a layer."""
        return np.flatnonzero(self.layers == layer)


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
    boxes         float64 (n, 2, 3): lowest and highest corner, scene frame; of its parts where an
                  object isn't drawn itself, NaN where they aren't either
    digests       uint64 (n, 2): of all that is in the scene of each, see `object_digests`
    layers        uint8 (n,): model.Layer
    parents       int64 (n,): the object that this one is a part of, −1 for none
    wholes        int64 (n,): the topmost object that this one is a part of, itself if none
    label_bytes   int64 (n,): size of id, class and name
    value_bytes   int64 (n,): size of parent, address and the values of all attributes
    names         per layer: the attributes that its objects have
    squares       int64: the objects that are squares
    terrain_box   float64 (2, 3): around the terrain in the input, NaN where there is none
    looks         how its surfaces look; those of the meshes in the spool are rows of it
    renamed       identities of objects whose records have that of an earlier one
    """

    frame: SceneFrame
    index: SpoolIndex
    shapes: Shapes
    boxes: Float64Array
    digests: UInt64Array
    layers: UInt8Array
    parents: Int64Array
    wholes: Int64Array
    label_bytes: Int64Array
    value_bytes: Int64Array
    names: Mapping[Layer, set[str]]
    squares: Int64Array
    terrain_box: Float64Array
    types: AttributeTypes
    crs_keys: tuple[str, ...]
    looks: LookTable
    renamed: Mapping[int, str]

    def __len__(self) -> int:
        return len(self.parents)


def object_boxes(shapes: Shapes, parents: Int64Array) -> Float64Array:
    """The boxes of all n objects, (n, 2, 3): those not drawn have that of their parts."""
    boxes = np.full((len(parents), 2, 3), np.nan)
    boxes[shapes.objects, 0], boxes[shapes.objects, 1] = shapes.box_min, shapes.box_max
    is_drawn = np.zeros(len(parents), np.bool_)
    is_drawn[shapes.objects] = True
    for _ in range(_MAX_PART_DEPTH):
        before = boxes.copy()
        parts = np.flatnonzero((parents >= 0) & ~np.isnan(boxes[:, 0, 0]))
        parts = parts[~is_drawn[parents[parts]]]
        np.fmin.at(boxes[:, 0], parents[parts], boxes[parts, 0])
        np.fmax.at(boxes[:, 1], parents[parts], boxes[parts, 1])
        if np.array_equal(before, boxes, equal_nan=True):
            break
    return boxes


def topmost(parents: Int64Array) -> Int64Array:
    """The topmost object above each, (n,); a ring of parents ends after a few steps."""
    top = np.arange(len(parents))
    for _ in range(_MAX_PART_DEPTH):
        above = parents[top]
        top = np.where(above >= 0, above, top)
    return top


def feature_records(city: City, spool: Spool, objects: Int64Array) -> list[FeatureRecord]:
    """The records of some objects, with parents only where they exist."""
    return _records(city, spool, objects, _decoder)


def raw_records(city: City, spool: Spool, objects: Int64Array) -> list[RawRecord]:
    """The same, with attributes that nobody has looked at."""
    return _records(city, spool, objects, _raw_decoder)


def _records(
    city: City, spool: Spool, objects: Int64Array, decoder: msgspec.json.Decoder[Record]
) -> list[Record]:
    found = [decoder.decode(data) for data in spool.records(city.index, objects)]
    for place, parent in enumerate(city.parents[objects].tolist()):
        if parent < 0 and found[place].parent:
            found[place] = msgspec.structs.replace(found[place], parent="")
    if city.renamed:
        for place, row in enumerate(objects.tolist()):
            if row in city.renamed:
                found[place] = msgspec.structs.replace(found[place], id=city.renamed[row])
    return found
