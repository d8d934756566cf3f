"""Implicit tiling: subtrees, and which tiles, contents and further subtrees they say are there.

3D Tiles 1.1, chapter 9.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.check.standard.documents import Subtree
from citiverse_tiling.check.standard.places import axes_of, filled, place_of
from citiverse_tiling.check.standard.schema import check_entity
from citiverse_tiling.check.standard.tables import check_buffers, check_table, check_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_tiling.check.standard.documents import (
        Availability,
        Content,
        ImplicitTiling,
        Schema,
    )
    from citiverse_tiling.check.standard.places import Place
    from citiverse_tiling.check.standard.report import Reader, Report
    from citiverse_tiling.model import BoolArray

_HEADER = struct.Struct("<4sIQQ")
_VARIABLE = re.compile(r"\{([^{}]*)\}")
MOST_BITS = 1 << 24
MOST_SUBTREES = 10_000


def check_template(where: str, uri: str, tiling: ImplicitTiling, report: Report) -> bool:
    """The variables of a template URI; whether it can be used."""
    allowed = {"level", "x", "y"} | ({"z"} if tiling.subdivision_scheme == "OCTREE" else set())
    used = set(_VARIABLE.findall(uri))
    if used - allowed:
        report.bad(where, f"{uri} has the variable {min(used - allowed)}", f"{sorted(allowed)}")
    elif allowed - used:
        report.odd(where, f"{uri} lacks the variables {sorted(allowed - used)}")
    return not used - allowed


def check_implicit(
    reader: Reader,
    base: str,
    tiling: ImplicitTiling,
    contents: list[Content],
    schema: Schema | None,
) -> Iterator[str]:
    """Walk all subtrees of an implicit root; yields the URIs of the contents that are there."""
    axes = axes_of(tiling)
    waiting: list[Place] = [(0, 0, 0, 0)]
    seen = 0
    while waiting:
        place = waiting.pop()
        seen += 1
        if seen > MOST_SUBTREES:
            reader.report.not_checked(f"{base}: more than {MOST_SUBTREES} subtrees")
            return
        name = reader.path_of(base, filled(tiling.subtrees.uri, place))
        data = None if name is None else reader.read(name)
        if name is None or data is None:
            continue
        bits = check_subtree(reader, name, data, tiling, schema)
        if bits is None:
            continue
        tiles, available, children = bits
        if len(available) > len(contents):
            reader.report.bad(name, f"{len(available)} contents a tile", f"{len(contents)}")
        for content, one in zip(contents, available, strict=False):
            uri = content.uri or ""
            for at in np.flatnonzero(one).tolist():
                yield filled(uri, place_of(at, place, axes))
        depth = place[0] + tiling.subtree_levels
        if depth < tiling.available_levels:
            first = len(tiles)
            waiting += [
                place_of(first + at, place, axes) for at in np.flatnonzero(children).tolist()
            ]
        elif children.any():
            reader.report.bad(name, "it has subtrees below the last level", "none")


def check_subtree(
    reader: Reader, name: str, data: bytes, tiling: ImplicitTiling, schema: Schema | None
) -> tuple[BoolArray, list[BoolArray], BoolArray] | None:
    """Bits of tiles, of each content, and of child subtrees; None after a finding."""
    report = reader.report
    text, binary = data, None
    if data.lstrip()[:1] != b"{":
        parts = _unpack(name, data, report)
        if parts is None:
            return None
        text, binary = parts
    subtree = reader.decode(name, text, Subtree)
    if subtree is None or not check_buffers(name, subtree, report):
        return None
    views = _views(reader, name, subtree, binary)
    if views is None:
        return None
    branching = 4 if tiling.subdivision_scheme == "QUADTREE" else 8
    count = (branching**tiling.subtree_levels - 1) // (branching - 1)
    below = branching**tiling.subtree_levels
    if below > MOST_BITS:
        report.not_checked(f"{name}: subtrees of {tiling.subtree_levels} levels")
        return None
    before = len(report.findings)
    tiles = _bits(f"{name}: tileAvailability", subtree.tile_availability, count, views, report)
    contents = [
        _bits(f"{name}: contentAvailability", one, count, views, report)
        for one in subtree.content_availability or []
    ]
    children = _bits(
        f"{name}: childSubtreeAvailability",
        subtree.child_subtree_availability,
        below,
        views,
        report,
    )
    _check_metadata(name, subtree, views, schema, report)
    if len(report.findings) > before:
        return None
    parents = (np.arange(1, count) - 1) // branching
    if np.any(tiles[1:] & ~tiles[parents]):
        report.bad(name, "a tile is there, but not its parent", "its parent too")
    if any(np.any(one & ~tiles) for one in contents):
        report.bad(name, "content is there, but not its tile", "its tile too")
    last = tiles[count - below // branching :]
    if np.any(children & ~np.repeat(last, branching)):
        report.bad(name, "a subtree is there, but not its parent tile", "its parent too")
    return tiles, contents, children


def _unpack(name: str, data: bytes, report: Report) -> tuple[bytes, bytes] | None:
    """JSON and binary chunk of a binary subtree."""
    if len(data) < _HEADER.size:
        report.bad(name, "it is too short", "a header of 24 bytes")
        return None
    magic, version, text, binary = _HEADER.unpack_from(data)
    rules = (
        (magic == b"subt", "it doesn't begin like a subtree", "subt"),
        (version == 1, f"its version is {version}", "1"),
        (text % 8 == 0 and binary % 8 == 0, "a chunk isn't aligned", "multiples of 8 bytes"),
        (_HEADER.size + text + binary == len(data), "its chunks aren't its length", "as long"),
    )
    for right, problem, expected in rules:
        if not right:
            report.bad(name, problem, expected)
            return None
    return data[_HEADER.size : _HEADER.size + text], data[_HEADER.size + text :]


def _views(reader: Reader, name: str, subtree: Subtree, binary: bytes | None) -> list[bytes] | None:
    buffers: list[bytes] = []
    for buffer in subtree.buffers or []:
        data = binary if buffer.uri is None else reader.read_uri(name, buffer.uri)
        if data is None:
            if buffer.uri is None:
                reader.report.bad(name, "a buffer has no uri", "a uri, or a binary subtree")
            return None
        if len(data) < buffer.byte_length:
            reader.report.bad(name, f"a buffer has {len(data)} bytes", f"{buffer.byte_length}")
            return None
        buffers.append(data)
    return [
        buffers[view.buffer][view.byte_offset : view.byte_offset + view.byte_length]
        for view in subtree.buffer_views or []
    ]


def _bits(
    where: str, availability: Availability, count: int, views: list[bytes], report: Report
) -> BoolArray:
    """One bit a tile; nothing where the availability is broken."""
    nothing = np.zeros(count, np.bool_)
    if (availability.bitstream is None) == (availability.constant is None):
        report.bad(where, "it isn't one of bitstream and constant", "one of them")
        return nothing
    if availability.bitstream is None:
        bits = np.full(count, bool(availability.constant))
        if availability.constant == 0 and availability.available_count:
            report.bad(where, "availableCount of what isn't there", "0")
        return bits
    if availability.bitstream >= len(views):
        report.bad(where, f"there is no buffer view {availability.bitstream}", "one of them")
        return nothing
    data = views[availability.bitstream]
    if len(data) != -(-count // 8):
        report.bad(where, f"its bits are {len(data)} bytes", f"{-(-count // 8)}")
        return nothing
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[:count].astype(np.bool_)
    if availability.available_count not in (None, int(bits.sum())):
        report.bad(where, f"availableCount is {availability.available_count}", f"{bits.sum()}")
    return bits


def _check_metadata(
    name: str, subtree: Subtree, views: list[bytes], schema: Schema | None, report: Report
) -> None:
    tables = subtree.property_tables or []
    if subtree.subtree_metadata is not None:
        check_entity(f"{name}: subtreeMetadata", subtree.subtree_metadata, schema, report)
    if tables and schema is None:
        report.bad(name, "it has property tables, but there is no schema", "a schema")
        return
    for number, table in enumerate(tables):
        where = f"{name}: property table {number}"
        if schema and check_table(where, table, len(views), schema, report):
            check_values(where, table, views, schema, report)
    tile = [] if subtree.tile_metadata is None else [subtree.tile_metadata]
    for number in [*tile, *(subtree.content_metadata or [])]:
        if number >= len(tables):
            report.bad(name, f"there is no property table {number}", "one of its tables")
