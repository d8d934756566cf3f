"""Implicit tiling (3D Tiles 1.1, chapter 9): its subtrees, made into tiles one by one."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling.check.standard.documents import Subtree
from citiverse_tiling.check.standard.places import axes_of, filled, place_of
from citiverse_tiling.errors import InputError
from citiverse_tiling.foreign.volumes import part_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_tiling.check.standard.documents import (
        Availability,
        BoundingVolume,
        ImplicitTiling,
    )
    from citiverse_tiling.check.standard.places import Place
    from citiverse_tiling.foreign.files import Files
    from citiverse_tiling.model import BoolArray

_HEADER = struct.Struct("<4sIQQ")
MOST_BITS = 1 << 22
MOST_SUBTREES = 100_000


@dataclass(frozen=True, slots=True)
class ImplicitTile:
    """A tile; `parent` counts from the root of this tiling, which has −1."""

    parent: int
    level: int
    volume: BoundingVolume
    contents: tuple[Path, ...]


def expand(
    base: Path, volume: BoundingVolume, tiling: ImplicitTiling, uris: list[str], files: Files
) -> Iterator[ImplicitTile]:
    """The tiles that are there, parents first; `volume` and `uris` are the root's.

    Raises InputError where a subtree can't be read. One that isn't there has no tiles.
    """
    axes = axes_of(tiling)
    waiting: list[tuple[Place, int]] = [((0, 0, 0, 0), -1)]
    made = subtrees = 0
    while waiting:
        root, above = waiting.pop()
        subtrees += 1
        if subtrees > MOST_SUBTREES:
            raise InputError(f"it has more than {MOST_SUBTREES:,} subtrees", base)
        path = files.path_of(base, filled(tiling.subtrees.uri, root))
        data = files.read(path)
        if data is None:
            continue
        tiles, contents, children = _read(path, data, tiling.subtree_levels, axes, files)
        rows: dict[int, int] = {}
        for number in np.flatnonzero(tiles).tolist():
            place = place_of(number, root, axes)
            if place[0] >= tiling.available_levels:
                continue
            parent = above if number == 0 else rows.get((number - 1) >> axes)
            if parent is None:
                continue
            rows[number] = made
            there = [uri for uri, bits in zip(uris, contents, strict=False) if bits[number]]
            yield ImplicitTile(
                parent,
                place[0],
                part_of(volume, place, axes),
                tuple(files.path_of(base, filled(uri, place)) for uri in there),
            )
            made += 1
        first = len(tiles)
        for number in np.flatnonzero(children).tolist():
            parent = rows.get((first + number - 1) >> axes)
            if parent is not None:
                waiting.append((place_of(first + number, root, axes), parent))


def _read(
    path: Path, data: bytes, levels: int, axes: int, files: Files
) -> tuple[BoolArray, list[BoolArray], BoolArray]:
    """Bits of tiles (n,), of each content (n,), and of child subtrees."""
    below = 1 << (axes * levels)
    if below > MOST_BITS:
        raise InputError(f"subtrees of {levels} levels are too large", path)
    count = (below - 1) // ((1 << axes) - 1)
    text, binary = data, b""
    if data[:4] == b"subt":
        text, binary = _chunks(path, data)
    try:
        subtree = msgspec.json.decode(text, type=Subtree)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"it is no subtree ({error})", path) from None
    buffers = [
        binary if buffer.uri is None else files.read_uri(path, buffer.uri) or b""
        for buffer in subtree.buffers or []
    ]
    views = [
        buffers[view.buffer][view.byte_offset : view.byte_offset + view.byte_length]
        if view.buffer < len(buffers)
        else b""
        for view in subtree.buffer_views or []
    ]
    return (
        _bits(path, subtree.tile_availability, count, views),
        [_bits(path, one, count, views) for one in subtree.content_availability or []],
        _bits(path, subtree.child_subtree_availability, below, views),
    )


def _chunks(path: Path, data: bytes) -> tuple[bytes, bytes]:
    if len(data) < _HEADER.size:
        raise InputError("the subtree is cut short", path)
    _, version, text, binary = _HEADER.unpack_from(data)
    if version != 1 or _HEADER.size + text + binary > len(data):
        raise InputError("the subtree is cut short, or not of version 1", path)
    end = _HEADER.size + text
    return data[_HEADER.size : end], data[end : end + binary]


def _bits(path: Path, availability: Availability, count: int, views: list[bytes]) -> BoolArray:
    if availability.bitstream is None:
        return np.full(count, bool(availability.constant))
    data = views[availability.bitstream] if availability.bitstream < len(views) else b""
    if len(data) * 8 < count:
        raise InputError("the subtree's bits are cut short", path)
    packed = np.frombuffer(data, np.uint8, -(-count // 8))
    return np.unpackbits(packed, bitorder="little")[:count].astype(np.bool_)
