"""A piece of the input that has been read: what is known of it beside its meshes and records.

It lies in a folder of its own, with the files of `spool.SegmentFiles`. Nothing in it depends on
other segments but the scene's frame, so that many can be read at the same time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, get_args, get_origin

import msgspec
import numpy as np

from citiverse_tiling.city import Shapes
from citiverse_tiling.content.property_table import AttributeTypes
from citiverse_tiling.model import (
    Appearance,
    AttributeValue,
    Float64Array,
    Int64Array,
    Layer,
    UInt8Array,
    UInt64Array,
)
from citiverse_tiling.report import Report, SurfaceTally
from citiverse_tiling.sources.parts import Found
from citiverse_tiling.templates import Copies
from citiverse_tiling.transforms.block import Blocks

if TYPE_CHECKING:
    from pathlib import Path

NAME = "segment"


class Relief(msgspec.Struct, frozen=True):
    """A RasterRelief, whose terrain is in another file that its attributes name."""

    source_id: str
    class_name: str
    file: str
    line: int
    attributes: dict[str, AttributeValue]


class Reach(msgspec.Struct, frozen=True):
    """How far a building, a storey or a room reaches: `model.Inside` in the scene frame.

    `object` is the number of the object among those of the segment, or of the city, and
    `class_name` its class.
    """

    object: int
    class_name: str
    points: Float64Array
    height_m: float


class Segment(msgspec.Struct):
    """n objects of one file, of which some are drawn; the rows of `shapes` are those of objects.

    frame           longitude and latitude of the scene's origin, None where nothing has a place
    vertices …      what each object has in the spool, int64 (n,)
    copies          those that are copies of templates, which lie behind the objects in the spool
    terrain         triangles of terrain, and the box (2, 3) around them, NaN where there are none
    identities      uint64 (n, 2): digest of each object's identity, were it the only one of its id
    parents         uint64 (n, 2): the same of the object that it is a part of, 0 for none
    digests         uint64 (n, 2): of all that is known of each, see `object_digests`
    label_bytes …   as in `city.City`
    squares, waters int64: the objects that are
    found           of a city model; None where the file has been described in the report
    empty           why there is nothing in the file that can be shown, "" where there is
    """

    frame: tuple[float, float] | None
    vertices: Int64Array
    triangles: Int64Array
    record_bytes: Int64Array
    copies: Copies
    terrain: int
    terrain_box: Float64Array
    identities: UInt64Array
    parents: UInt64Array
    digests: UInt64Array
    layers: UInt8Array
    label_bytes: Int64Array
    value_bytes: Int64Array
    squares: Int64Array
    waters: Int64Array
    shapes: dict[str, UInt8Array]
    types: AttributeTypes
    names: dict[Layer, list[str]]
    crs_keys: list[str]
    looks: list[Appearance]
    reliefs: list[Relief]
    insides: list[Reach]
    report: Report
    found: Found | None = None
    empty: str = ""

    def save(self, folder: Path) -> None:
        """Write it beside its columns."""
        (folder / NAME).write_bytes(msgspec.msgpack.encode(self, enc_hook=_encode))


def load(folder: Path) -> Segment:
    """The segment in a folder. Raises OSError or msgspec.DecodeError where it isn't one."""
    data = (folder / NAME).read_bytes()
    return msgspec.msgpack.decode(data, type=Segment, dec_hook=_decode)


def columns_of(shapes: Shapes | Blocks, prefix: str = "") -> dict[str, UInt8Array]:
    """The arrays of shapes by name, those of their blocks too."""
    columns: dict[str, UInt8Array] = {}
    for one in fields(shapes):
        value = getattr(shapes, one.name)
        if is_dataclass(value):
            columns |= columns_of(value, f"{one.name}.")  # type: ignore[arg-type]  # the blocks
        else:
            columns[prefix + one.name] = value
    return columns


def shapes_of(columns: dict[str, UInt8Array]) -> Shapes:
    """The inverse of `columns_of`."""
    own = {name: value for name, value in columns.items() if "." not in name}
    blocks = {name.partition(".")[2]: value for name, value in columns.items() if name not in own}
    return Shapes(**own, blocks=Blocks(**blocks))  # type: ignore[arg-type]  # as they were taken


def _encode(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    raise TypeError(f"{type(value)} isn't kept in a segment")


def _decode(kind: Any, value: Any) -> Any:
    origin = get_origin(kind) or kind
    if origin is np.ndarray:
        dtype, shape, data = value
        return np.frombuffer(data, np.dtype(dtype)).reshape(shape)
    if origin is Counter:
        (key,) = get_args(kind)
        return Counter(msgspec.convert(value, dict[key, int], dec_hook=_decode))  # type: ignore[valid-type]  # known at run time only
    if origin is defaultdict:
        tallies = msgspec.convert(value, dict[tuple[str, str], SurfaceTally], dec_hook=_decode)
        return defaultdict(SurfaceTally, tallies)
    raise TypeError(f"{kind} isn't kept in a segment")
