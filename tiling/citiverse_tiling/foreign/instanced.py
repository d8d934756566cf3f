"""Copies of one model in an i3dm (3D Tiles 1.0, Instanced 3D Model): where each of them stands."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from msgspec import Struct, field

from citiverse_tiling.errors import InputError
from citiverse_tiling.foreign.accessors import widened
from citiverse_tiling.foreign.batched import KINDS, batch_columns, offset_in
from citiverse_tiling.frame import SceneFrame, geodetic_from_ecef

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.foreign.batched import Values
    from citiverse_tiling.foreign.files import Files
    from citiverse_tiling.model import Float64Array, Int64Array

_HEADER = struct.Struct("<4sIIIIIII")
MOST_COPIES = 100_000

Where = dict[str, int | str]
Triple = tuple[float, float, float]


class _FeatureTable(Struct):
    length: int = field(name="INSTANCES_LENGTH")
    position: Where | None = field(default=None, name="POSITION")
    quantized: Where | None = field(default=None, name="POSITION_QUANTIZED")
    volume_offset: Triple = field(default=(0.0, 0.0, 0.0), name="QUANTIZED_VOLUME_OFFSET")
    volume_scale: Triple = field(default=(1.0, 1.0, 1.0), name="QUANTIZED_VOLUME_SCALE")
    up: Where | None = field(default=None, name="NORMAL_UP")
    right: Where | None = field(default=None, name="NORMAL_RIGHT")
    packed_up: Where | None = field(default=None, name="NORMAL_UP_OCT32P")
    packed_right: Where | None = field(default=None, name="NORMAL_RIGHT_OCT32P")
    scale: Where | None = field(default=None, name="SCALE")
    scales: Where | None = field(default=None, name="SCALE_NON_UNIFORM")
    batch: Where | None = field(default=None, name="BATCH_ID")
    centre: Triple = field(default=(0.0, 0.0, 0.0), name="RTC_CENTER")
    is_on_globe: bool = field(default=False, name="EAST_NORTH_UP")


@dataclass(frozen=True, slots=True)
class Instanced:
    """A model, the n places of its copies, and what is known of their features.

    places    float64 (n, 4, 4): from the model's frame, z up, to the tile's
    owners    int64 (n,): the feature of each copy
    """

    model: bytes
    model_path: Path
    places: Float64Array
    owners: Int64Array
    count: int
    columns: dict[str, Values]


def read_instanced(data: bytes, path: Path, files: Files) -> Instanced:
    """Take an i3dm apart. Raises InputError."""
    if len(data) < _HEADER.size:
        raise InputError("the i3dm is cut short", path)
    _, version, length, *sizes, form = _HEADER.unpack_from(data)
    ends = np.cumsum([_HEADER.size, *sizes]).tolist()
    if version != 1 or not ends[-1] <= length <= len(data):
        raise InputError("the i3dm is cut short, or not of version 1", path)
    table, binary, batch, batch_binary = (data[start:end] for start, end in pairwise(ends))
    try:
        told = msgspec.json.decode(table, type=_FeatureTable)
        if not 0 <= told.length <= MOST_COPIES:
            raise ValueError(f"{told.length:,} copies, and at most {MOST_COPIES:,} may be")
        places = _places(told, binary)
        owners = np.arange(told.length)
        if told.batch is not None:
            kind = KINDS[str(told.batch.get("componentType", "UNSIGNED_SHORT"))]
            owners = _rows(told.batch, kind, 1, told.length, binary)[:, 0].astype(np.int64)
        count = int(owners.max(initial=-1)) + 1
        columns = batch_columns(batch, batch_binary, count)
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise InputError(f"the tables of the i3dm can't be read ({error})", path) from None
    body = data[ends[-1] : length]
    if form:
        return Instanced(body, path, places, owners, count, columns)
    uri = body.rstrip(b"\0 ").decode("utf-8", "replace")
    model = files.path_of(path, uri)
    found = files.read(model)
    if found is None:
        raise InputError(f"it names the model {uri[:80]!r}, which isn't there", path)
    return Instanced(found, model, places, owners, count, columns)


def _places(told: _FeatureTable, binary: bytes) -> Float64Array:
    n = told.length
    if told.position is not None:
        at = _rows(told.position, "<f4", 3, n, binary)
    elif told.quantized is not None:
        steps = _rows(told.quantized, "<u2", 3, n, binary) / 65535.0
        at = steps * np.array(told.volume_scale) + np.array(told.volume_offset)
    else:
        raise ValueError("it has no positions")
    at = at + np.array(told.centre)
    sizes = np.ones((n, 3))
    if told.scale is not None:
        sizes *= _rows(told.scale, "<f4", 1, n, binary)
    if told.scales is not None:
        sizes *= _rows(told.scales, "<f4", 3, n, binary)
    places = np.tile(np.eye(4), (n, 1, 1))
    places[:, :3, :3] = _axes(told, at, binary) * sizes[:, None, :]
    places[:, :3, 3] = at
    with np.errstate(all="ignore"):
        volumes = np.abs(np.linalg.det(places[:, :3, :3])) if n else np.zeros(0)
    if not (np.isfinite(places).all() and (volumes > 1e-18).all() and np.abs(places).max() < 1e9):
        raise ValueError("a copy is placed nowhere")
    return places


def _axes(told: _FeatureTable, at: Float64Array, binary: bytes) -> Float64Array:
    """Which way x, y and z of the model point, as columns (n, 3, 3)."""
    n = told.length
    up = right = None
    if told.up is not None and told.right is not None:
        up = _rows(told.up, "<f4", 3, n, binary)
        right = _rows(told.right, "<f4", 3, n, binary)
    elif told.packed_up is not None and told.packed_right is not None:
        up = _unfolded(_rows(told.packed_up, "<u2", 2, n, binary))
        right = _unfolded(_rows(told.packed_right, "<u2", 2, n, binary))
    if up is not None and right is not None:
        return np.stack([right, up, np.cross(right, up)], axis=2)
    if told.is_on_globe and n:
        places = geodetic_from_ecef(at)[:, :2].tolist()
        return np.stack([SceneFrame(lon, lat).axes.T for lon, lat in places])
    return np.tile(np.eye(3), (n, 1, 1))


def _unfolded(packed: Float64Array) -> Float64Array:
    """Unit vectors from an octahedron's unfolded sides (3D Tiles 1.0, oct-encoding)."""
    x, y = (packed / 65535.0 * 2 - 1).T
    z = 1 - np.abs(x) - np.abs(y)
    folded_x = np.where(z < 0, (1 - np.abs(y)) * np.where(x < 0, -1, 1), x)
    folded_y = np.where(z < 0, (1 - np.abs(x)) * np.where(y < 0, -1, 1), y)
    vectors = np.column_stack([folded_x, folded_y, z])
    unit: Float64Array = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def _rows(where: Where, kind: str, width: int, count: int, binary: bytes) -> Float64Array:
    size = np.dtype(kind).itemsize * width * count
    start = offset_in({"byteOffset": int(where.get("byteOffset", -1))}, size, binary)
    rows = np.frombuffer(binary, kind, count * width, start).reshape(count, width)
    return widened(rows)
