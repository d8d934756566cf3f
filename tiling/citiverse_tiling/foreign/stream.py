"""A foreign tileset made into tiles of ours, so that the server streams it like the scene's own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling.content.glb import Imprint
from citiverse_tiling.content.property_table import AttributeTypes, attribute_properties
from citiverse_tiling.errors import EmptyCity, InputError
from citiverse_tiling.foreign.arrange import NOTHING, arrange
from citiverse_tiling.foreign.content import read_content
from citiverse_tiling.foreign.convert import CLASS_NAME, empty_tile, place, scene_matrix, tile_of
from citiverse_tiling.sinks.contents import HASH_BYTES, ContentStore
from citiverse_tiling.sinks.features import FeatureDatabase, FeatureRow
from citiverse_tiling.sinks.tiles3d import LayerTilesets
from citiverse_tiling.tree.tile_tree import LayerTree, merge_layers
from citiverse_tiling.tree.tree_bin import TreeTable, encode_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_tiling.content.property_table import Property
    from citiverse_tiling.foreign.arrange import Arranged
    from citiverse_tiling.foreign.content import ForeignContent
    from citiverse_tiling.foreign.convert import ForeignFeature, Placed
    from citiverse_tiling.foreign.files import Files
    from citiverse_tiling.foreign.tileset import ForeignTileset
    from citiverse_tiling.frame import SceneFrame
    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.options import Progress, Reality
    from citiverse_tiling.sinks.contents import Stored
    from citiverse_tiling.tree.tile_tree import TileTree

MOST_NOTICES = 20


@dataclass(frozen=True, slots=True)
class Streamed:
    """What came of it; `notices` are whom the contents name, `unsaid` what isn't shown."""

    tiles: int
    features: int
    low: Float64Array
    high: Float64Array
    notices: tuple[str, ...]
    unsaid: frozenset[str]


@dataclass(slots=True)
class _Survey:
    """What the contents turned out to have, tile by tile: boxes (n, 2, 3), NaN where nothing is."""

    boxes: Float64Array
    types: AttributeTypes = field(default_factory=AttributeTypes)
    notices: dict[str, None] = field(default_factory=dict)
    unsaid: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class LayerStream:
    """Makes a tileset into the files of a layer in `folder`, in the frame of its scene."""

    name: str
    tileset: ForeignTileset
    files: Files
    frame: SceneFrame
    folder: Path
    reality: Reality
    progress: Progress

    def write(self) -> Streamed:
        """Write tree.bin, features.sqlite, tileset.json and the tiles.

        Raises InputError, and Unstreamable where our tiles can't hold what is in it.
        """
        survey = self._survey()
        arranged = arrange(self.tileset.tiles, ~np.isnan(survey.boxes[:, 0, 0]))
        if arranged is None:
            raise EmptyCity("nothing in the tileset can be drawn", self.files.folder)
        tree = merge_layers([_layer_tree(arranged, survey.boxes)])
        sources = arranged.sources[tree.local_rows]
        properties = attribute_properties(survey.types)
        made, features = self._write_tiles(tree, sources.tolist(), properties)
        (self.folder / "tree.bin").write_bytes(encode_tree(_table(tree, made)))
        self._write_tileset(tree, [one.stored for one in made])
        notices = tuple(survey.notices)[:MOST_NOTICES]
        low, high = tree.box_min[0], tree.box_max[0]
        return Streamed(len(tree), features, low, high, notices, frozenset(survey.unsaid))

    def _placed(self, row: int) -> tuple[Placed | None, list[ForeignContent]]:
        """What a foreign tile shows, in the scene frame."""
        tile = self.tileset.tiles[row]
        contents: list[tuple[str, list[ForeignContent]]] = []
        for path in tile.contents:
            data = self.files.read(path)
            if data is None:
                raise InputError("it was there a moment ago, and is no more", path)
            digest = hashlib.sha256(data).digest()[:HASH_BYTES].hex()
            contents.append((digest, read_content(path, data, tile.up_axis, self.files)))
        matrix = scene_matrix(self.frame) @ tile.transform
        parts = [part for _, some in contents for part in some]
        return place(self.name, contents, matrix), parts

    def _survey(self) -> _Survey:
        tiles = self.tileset.tiles
        survey = _Survey(np.full((len(tiles), 2, 3), np.nan))
        for row, tile in enumerate(tiles):
            if not tile.contents:
                continue
            placed, parts = self._placed(row)
            for part in parts:
                survey.unsaid |= part.unsaid
                if part.copyright_notice:
                    survey.notices.setdefault(part.copyright_notice)
            if placed is not None and placed.triangles:
                survey.boxes[row] = placed.extent
                for one in placed.features:
                    survey.types.see(one.attributes)
            self.progress("reading tiles", row + 1, len(tiles))
        return survey

    def _write_tiles(
        self, tree: TileTree, sources: list[int], properties: dict[str, Property]
    ) -> tuple[list[_Made], int]:
        """The tiles of all rows of the tree, and how many features they have."""
        store = ContentStore(str(self.folder))
        imprint = Imprint()
        made: dict[int, _Made] = {}
        # A file that stands in several places has the same features in each.
        known: dict[str, int] = {}
        if NOTHING in sources:
            made[NOTHING] = _Made(store.store(".", ".glb", empty_tile()), 0, ())
        with FeatureDatabase.new(self.folder / "features.sqlite") as database:
            for row, source in enumerate(sources):
                if source not in made:
                    placed, _ = self._placed(source)
                    if placed is None:
                        raise InputError("a tile changed while it was read", self.files.folder)
                    glb = tile_of(placed, tree.translations[row], properties, imprint)
                    database.add(self._rows(placed, known))
                    numbers = tuple(known[one.id] for one in placed.features)
                    made[source] = _Made(store.store(".", ".glb", glb), placed.triangles, numbers)
                database.link(row, made[source].features)
                self.progress("writing tiles", row + 1, len(sources))
            database.index()
        return [made[source] for source in sources], len(known)

    def _rows(self, placed: Placed, known: dict[str, int]) -> Iterator[FeatureRow]:
        """The rows of a tile's features that aren't known yet; they get the next numbers."""
        boxes = placed.boxes()
        middles = self.frame.to_geodetic(boxes.mean(axis=1)) if len(boxes) else boxes[:, 0]
        places = np.concatenate([middles[:, :2], boxes.round(4).reshape(-1, 6)], axis=1)
        for one, values in zip(placed.features, places.tolist(), strict=True):
            if one.id not in known:
                known[one.id] = len(known) + 1
                yield self._row(known[one.id], one, tuple(values))

    def _row(self, number: int, one: ForeignFeature, values: tuple[float, ...]) -> FeatureRow:
        return FeatureRow(
            number,
            one.id,
            one.id.partition("/")[2],
            self.name,
            CLASS_NAME,
            one.name,
            "",
            "",
            values,
            self.reality,
            msgspec.json.encode(one.attributes).decode(),
        )

    def _write_tileset(self, tree: TileTree, stored: list[Stored]) -> None:
        store = ContentStore(str(self.folder))
        uris = [f"{one.digest.hex()}.glb" for one in stored]

        def keep(data: bytes) -> str:
            return f"{store.store('.', '.json', data).digest.hex()}.json"

        document = LayerTilesets(tree, 0, uris, self.frame, keep).root()
        (self.folder / "tileset.json").write_bytes(msgspec.json.encode(document))


@dataclass(frozen=True, slots=True)
class _Made:
    """A tile's content, what it draws, and the numbers of its features."""

    stored: Stored
    triangles: int
    features: tuple[int, ...]


def _layer_tree(arranged: Arranged, boxes: Float64Array) -> LayerTree:
    """Boxes of what each tile shows; of one that shows nothing, around all below it."""
    shown = boxes[arranged.sources]
    is_bare = arranged.sources == NOTHING
    shown[is_bare, 0], shown[is_bare, 1] = np.inf, -np.inf
    for row in range(len(shown) - 1, 0, -1):
        above = arranged.parents[row]
        if is_bare[above]:
            shown[above, 0] = np.minimum(shown[above, 0], shown[row, 0])
            shown[above, 1] = np.maximum(shown[above, 1], shown[row, 1])
    return LayerTree(arranged.parents, shown[:, 0], shown[:, 1], arranged.geometric_error_m)


def _table(tree: TileTree, made: list[_Made]) -> TreeTable:
    digests = b"".join(one.stored.digest for one in made)
    none = np.zeros(0, np.int32)
    return TreeTable(
        layer_count=1,
        box_min=tree.box_min,
        box_max=tree.box_max,
        translation=tree.translations,
        geometric_error_m=tree.geometric_errors_m.astype(np.float32),
        parent=tree.parents.astype(np.int32),
        first_child=tree.first_children.astype(np.int32),
        child_count=tree.child_counts.astype(np.int32),
        level=tree.levels.astype(np.int32),
        layer=tree.layers.astype(np.int32),
        content_hash=np.frombuffer(digests, np.uint8).reshape(-1, HASH_BYTES),
        content_bytes=np.array([one.stored.size for one in made], np.int32),
        content_gzip_bytes=np.array([one.stored.gzip_size for one in made], np.int32),
        triangles=np.array([one.triangles for one in made], np.int32),
        cell=np.zeros((0, 2), np.int32),
        cell_layer=none,
        cell_translation=np.zeros((0, 3)),
        cell_hash=np.zeros((0, HASH_BYTES), np.uint8),
        cell_bytes=none,
        cell_gzip_bytes=none,
    )
