"""A tileset and the tilesets inside of it: tiles, volumes, errors, metadata, extensions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from citiverse_tiling.check.standard.bounding import S2, check_inside, check_volume
from citiverse_tiling.check.standard.contents import check_content, is_gltf
from citiverse_tiling.check.standard.documents import Json, Names, Schema, Tileset
from citiverse_tiling.check.standard.schema import check_entity, check_schema
from citiverse_tiling.check.standard.subtree import check_implicit, check_template

if TYPE_CHECKING:
    from citiverse_tiling.check.standard.documents import Content, Tile
    from citiverse_tiling.check.standard.report import Reader

CONTENT_GLTF = "3DTILES_content_gltf"
_CHECKED = {S2, CONTENT_GLTF}
MOST_TILES = 5_000_000


@dataclass(slots=True)
class _Walk:
    """What the tiles of one tileset share. `found` are the extensions met so far."""

    name: str
    tileset: Tileset
    schema: Schema | None
    reader: Reader
    found: set[str] = field(default_factory=set)
    has_gltf: bool = False


def check_tileset(reader: Reader, name: str, data: bytes) -> set[str]:
    """Check a tileset and what it leads to; the names of the extensions found in it."""
    report = reader.report
    path = (reader.folder / name).resolve()
    if path in reader.open_now:
        report.bad(name, "it contains itself", "tilesets without a circle")
        return set()
    if path in reader.opened:
        return set()
    reader.opened.add(path)
    tileset = reader.decode(name, data, Tileset)
    if tileset is None:
        return set()
    if tileset.asset.version not in ("0.0", "1.0", "1.1"):
        report.odd(name, f"its version is {tileset.asset.version!r}, and we know 1.0 and 1.1")
    walk = _Walk(name, tileset, _schema(reader, name, tileset), reader)
    reader.open_now.add(path)
    _check_top(walk)
    _check_tiles(walk)
    reader.open_now.remove(path)
    _find_extensions(msgspec.json.decode(data), walk.found)
    _check_extensions(walk)
    return walk.found


def _schema(reader: Reader, name: str, tileset: Tileset) -> Schema | None:
    schema = tileset.schema
    if tileset.schema_uri is not None:
        if schema is not None:
            reader.report.bad(name, "it has both schema and schemaUri", "one of them")
        data = reader.read_uri(name, tileset.schema_uri)
        schema = None if data is None else reader.decode(tileset.schema_uri, data, Schema)
    if schema is not None:
        check_schema(name, schema, reader.report)
    return schema


def _check_top(walk: _Walk) -> None:
    tileset, report, name = walk.tileset, walk.reader.report, walk.name
    for key, range_ in tileset.properties.items():
        if range_.minimum > range_.maximum:
            report.bad(f"{name}: property {key}", "its minimum is above its maximum", "below")
    for at, group in enumerate(tileset.groups or []):
        check_entity(f"{name}: group {at}", group, walk.schema, report)
    if tileset.metadata is not None:
        check_entity(f"{name}: metadata", tileset.metadata, walk.schema, report)
    classes = tileset.statistics.classes if tileset.statistics else None
    if classes and walk.schema is None:
        report.bad(name, "it has statistics, but there is no schema", "a schema")
    elif classes and walk.schema:
        for key, statistics in classes.items():
            class_ = walk.schema.classes.get(key)
            if class_ is None:
                report.bad(f"{name}: statistics", f"the schema has no class {key}", "a class")
                continue
            for unknown in sorted(set(statistics.properties or {}) - set(class_.properties or {})):
                report.bad(f"{name}: statistics", f"{key} has no property {unknown}", "a property")
    if tileset.root.refine is None and tileset.root.metadata is None:
        report.bad(f"{name}: root", "it doesn't say how it refines", "ADD or REPLACE")
    elif tileset.root.refine is None:
        report.odd(f"{name}: root", "it doesn't say how it refines, unless its metadata do")


def _check_tiles(walk: _Walk) -> None:
    report = walk.reader.report
    waiting: list[tuple[Tile, str, float]] = [
        (walk.tileset.root, "root", walk.tileset.geometric_error)
    ]
    seen = 0
    while waiting:
        tile, where, above = waiting.pop()
        seen += 1
        if seen > MOST_TILES:
            report.not_checked(f"{walk.name}: more than {MOST_TILES} tiles")
            return
        _check_tile(walk, tile, f"{walk.name}: {where}", above)
        waiting += [
            (child, f"{where}/{at}", tile.geometric_error)
            for at, child in enumerate(tile.children or [])
        ]


def _check_tile(walk: _Walk, tile: Tile, where: str, above: float) -> None:
    report = walk.reader.report
    check_volume(where, tile.bounding_volume, report)
    if tile.viewer_request_volume is not None:
        check_volume(where, tile.viewer_request_volume, report)
    if tile.geometric_error > above:
        report.odd(where, f"its error of {tile.geometric_error} is above its parent's {above}")
    if tile.refine not in (None, "ADD", "REPLACE"):
        if tile.refine.upper() in ("ADD", "REPLACE"):
            report.odd(where, f"it refines by {tile.refine!r}; upper case is the standard's")
        else:
            report.bad(where, f"it refines by {tile.refine!r}", "ADD or REPLACE")
    matrix = tile.transform
    if matrix and (matrix[3], matrix[7], matrix[11], matrix[15]) != (0.0, 0.0, 0.0, 1.0):
        report.bad(where, "its transform isn't affine", "a last row of 0, 0, 0, 1")
    if tile.metadata is not None:
        check_entity(where, tile.metadata, walk.schema, report)
    if tile.content is not None and tile.contents is not None:
        report.bad(where, "it has both content and contents", "one of them")
    contents = [tile.content] if tile.content else tile.contents or []
    for content in contents:
        _check_reference(walk, tile, content, where)
    if tile.implicit_tiling is not None:
        _check_implicit_root(walk, tile, contents, where)
        return
    for content in contents:
        uri = content.uri if content.uri is not None else content.url
        if uri is not None:
            _follow(walk, uri, set(content.extensions or {}))


def _check_reference(walk: _Walk, tile: Tile, content: Content, where: str) -> None:
    """What a tile says of a content, before it is opened."""
    report = walk.reader.report
    if content.uri is None:
        if content.url is None:
            report.bad(where, "its content has no uri", "a uri")
        else:
            report.odd(where, "its content has url, the name of before 1.0")
    if content.bounding_volume is not None:
        check_volume(where, content.bounding_volume, report)
        check_inside(where, content.bounding_volume, tile.bounding_volume, report)
    if content.metadata is not None:
        check_entity(where, content.metadata, walk.schema, report)
    if content.group is not None and content.group >= len(walk.tileset.groups or []):
        report.bad(where, f"there is no group {content.group}", "one of the tileset's groups")


def _check_implicit_root(walk: _Walk, tile: Tile, contents: list[Content], where: str) -> None:
    report, tiling = walk.reader.report, tile.implicit_tiling
    if tiling is None:
        return
    before = len(report.findings)
    for broken, what in (
        (tile.children is not None, "children"),
        (tile.metadata is not None, "metadata"),
        (any(one.bounding_volume is not None for one in contents), "a content bounding volume"),
        (tile.bounding_volume.sphere is not None, "a bounding sphere"),
    ):
        if broken:
            report.bad(where, f"the root of implicit tiling has {what}", "none")
    for uri in [tiling.subtrees.uri, *(one.uri for one in contents if one.uri is not None)]:
        check_template(where, uri, tiling, report)
    if len(report.findings) > before:
        return
    for uri in check_implicit(walk.reader, walk.name, tiling, contents, walk.schema):
        _follow(walk, uri, set())


def _follow(walk: _Walk, uri: str, extensions: set[str]) -> None:
    """Open a content: a tile's file, or another tileset."""
    unknown = extensions - _CHECKED
    if unknown:
        walk.reader.report.not_checked(f"content with the extension {min(unknown)}")
        return
    name = walk.reader.path_of(walk.name, uri)
    data = None if name is None else walk.reader.read(name)
    if name is None or data is None:
        return
    walk.has_gltf = walk.has_gltf or is_gltf(data)
    walk.found |= check_content(walk.reader, name, data, check_tileset)


def _find_extensions(part: Json, found: set[str]) -> None:
    """The names of all extensions in the JSON of a tileset."""
    waiting = [part]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            extensions = one.get("extensions")
            if isinstance(extensions, dict):
                found.update(extensions)
            waiting += [value for key, value in one.items() if key != "extras"]
        elif isinstance(one, list):
            waiting += one


class _ContentGltf(msgspec.Struct, rename="camel", frozen=True):
    """3DTILES_content_gltf: the glTF extensions of all contents."""

    extensions_used: Names = []
    extensions_required: Names = []


def _check_content_gltf(walk: _Walk, extension: dict[str, Json]) -> None:
    name, report = f"{walk.name}: {CONTENT_GLTF}", walk.reader.report
    declared = walk.reader.decode(name, msgspec.json.encode(extension), _ContentGltf)
    if declared is None:
        return
    used, required = declared.extensions_used, declared.extensions_required
    if len(set(used)) != len(used) or len(set(required)) != len(required):
        report.bad(name, "an extension is declared twice", "each once")
    if set(required) - set(used):
        report.bad(name, "an extension is required and not declared as used", "both")


def _check_extensions(walk: _Walk) -> None:
    """Declared where they are used: extensionsUsed and extensionsRequired (3D Tiles 1.1, 7.9)."""
    report, name = walk.reader.report, walk.name
    used = walk.tileset.extensions_used or []
    required = walk.tileset.extensions_required or []
    if len(set(used)) != len(used) or len(set(required)) != len(required):
        report.bad(name, "an extension is declared twice", "each once")
    for extension in sorted(set(required) - set(used)):
        report.bad(name, f"{extension} is required and not declared as used", "both")
    found = set(walk.found)
    if walk.has_gltf and walk.tileset.asset.version != "1.1":
        found.add(CONTENT_GLTF)
        if CONTENT_GLTF in used and CONTENT_GLTF not in required:
            report.bad(name, f"{CONTENT_GLTF} isn't declared as required", "extensionsRequired")
    if walk.has_gltf and CONTENT_GLTF in used:
        found.add(CONTENT_GLTF)
    content_gltf = (walk.tileset.extensions or {}).get(CONTENT_GLTF)
    if content_gltf is not None:
        _check_content_gltf(walk, content_gltf)
    if S2 in found and S2 in used and S2 not in required:
        report.bad(name, f"{S2} isn't declared as required", "extensionsRequired")
    for extension in sorted(found - set(used)):
        report.bad(name, f"{extension} is used and not declared", "extensionsUsed")
    for extension in sorted(set(used) - found):
        report.odd(name, f"{extension} is declared and not used")
    for extension in sorted((found | set(used)) - _CHECKED):
        report.not_checked(f"the extension {extension}")
