"""A scene opened for serving: its manifest and trees in memory, its content where it lies."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .catalog import Catalog, parse_tree
from .errors import SceneError
from .features import top_centre
from .foreign import FOLDER, with_foreign
from .storage import open_storage
from .variants import with_variants
from .visibility import visibility_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .manifest import Layer, ManifestFile
    from .storage import StoredPath

BUILDINGS = "buildings.json"
_CONTENT_NAME = re.compile(r"([0-9a-f]{32})\.glb")
_FOREIGN_CONTENT = re.compile(r"[0-9a-f]{32}\.(?:b3dm|i3dm|pnts|cmpt|glb)")
_EXTERNAL_TILESET = re.compile(r"[0-9a-f]{32}\.json")


@dataclass(frozen=True, slots=True)
class ContentFile:
    """One file of the scene: where it is, and whether a `.gz` lies beside it."""

    path: StoredPath
    has_gzip: bool
    hash_named: bool


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Scene:
    """What is served under one name. `hashes` holds, for each folder, content hash → has gzip.

    `folder` is the scene's folder or archive, `root` leads to its files, `features` is the database
    of CityObjects. `places` are the folders of the layers' tiles, by the numbers in `catalog`.
    """

    folder: Path
    root: StoredPath
    features: Path
    manifest_file: ManifestFile
    catalog: Catalog
    hashes: Mapping[str, Mapping[bytes, bool]]
    places: tuple[str, ...]

    @property
    def name(self) -> str:
        """The scene's name in URLs."""
        return self.manifest_file.manifest.name

    @property
    def layers(self) -> list[Layer]:
        """The layers in the order of tree.bin."""
        return self.manifest_file.manifest.layers

    def tile_file(self, row: int) -> ContentFile:
        """The content of a tile."""
        tiles = self.catalog.tiles
        place = self.places[int(tiles.layer[row])]
        name = f"{tiles.hash_of(row).hex()}.glb"
        has_gzip = bool(tiles.content_gzip_bytes[row])
        return ContentFile(self.root / place / name, has_gzip, hash_named=True)

    def collider_file(self, row: int) -> ContentFile:
        """The content of a collider cell."""
        cells = self.catalog.cells
        around, _, layer = self.places[int(cells.cell_layer[row])].rpartition("tiles/")
        name = f"{cells.hash_of(row).hex()}.bin"
        has_gzip = bool(cells.cell_gzip_bytes[row])
        place = f"{around}colliders/{layer}"
        return ContentFile(self.root / place / name, has_gzip, hash_named=True)

    def document(self, name: str) -> ContentFile | None:
        """A file of the scene's that isn't named by its hash, if the manifest knows it."""
        is_there = name == "tileset.json" or name in self.manifest_file.manifest.checksums
        return ContentFile(self.root / name, has_gzip=False, hash_named=False) if is_there else None

    def public_file(self, kind: str, path: str) -> ContentFile | None:
        """The file at a path below `tiles/`, `foreign/` or `variants/`, if the scene has it: looked
        up, never built.
        """
        if path.endswith(f"/{BUILDINGS}"):
            return self.document(f"{kind}/{path}")
        layer, _, name = path.rpartition("/")
        hashes = self.hashes.get(f"{kind}/{layer}")
        if hashes is None:
            return None
        folder = self.root / kind / layer
        if name == "tileset.json":
            return ContentFile(folder / name, has_gzip=False, hash_named=False)
        if _EXTERNAL_TILESET.fullmatch(name) and (folder / name).is_file():
            is_packed = (folder / f"{name}.gz").is_file()
            return ContentFile(folder / name, is_packed, hash_named=True)
        if kind == FOLDER and _FOREIGN_CONTENT.fullmatch(name):
            is_packed = (folder / f"{name}.gz").is_file()
            is_there = (folder / name).is_file()
            return ContentFile(folder / name, is_packed, hash_named=True) if is_there else None
        match = _CONTENT_NAME.fullmatch(name)
        if match is None:
            return None
        has_gzip = hashes.get(bytes.fromhex(match[1]))
        if has_gzip is None:
            return None
        return ContentFile(folder / name, has_gzip, hash_named=True)


def open_scene(folder: Path) -> Scene:
    """Opens a scene's folder or archive; raises `SceneError` where it breaks its contract."""
    stored = open_storage(folder)
    manifest = stored.manifest.manifest
    layers, tree = len(manifest.layers), folder / "tree.bin"
    catalog = parse_tree(stored.tree, layers, manifest.collider_cell_m, tree)
    # Better a sentence now than an error at the first question.
    top_centre(stored.features, "")
    sights = visibility_of(stored.sights, catalog.tiles.count, folder)
    catalog = replace(with_foreign(catalog, stored, folder), visibility=sights)
    streamed = [layer.name for layer in manifest.foreign if layer.streamed]
    catalog = with_variants(catalog, layers + len(streamed), stored, folder)
    names = [layer.name for layer in manifest.layers]
    names += [layer.name for layer in manifest.foreign]
    if len(set(names)) != len(names):
        raise SceneError("two layers have the same name", folder / "scene.json")
    places = (
        *(f"tiles/{layer.name}" for layer in manifest.layers),
        *(f"{FOLDER}/{name}" for name in streamed),
        *(f"{one.folder}/tiles/{layer.name}" for one in manifest.variants for layer in one.layers),
    )
    hashes = _hashes(catalog, places)
    # A folder without tiles of its own has the tileset of the variant.
    hashes.update((variant.folder, {}) for variant in manifest.variants if variant.folder)
    hashes.update((f"{FOLDER}/{one.name}", {}) for one in manifest.foreign if not one.streamed)
    return Scene(folder, stored.root, stored.features, stored.manifest, catalog, hashes, places)


def _hashes(catalog: Catalog, layers: tuple[str, ...]) -> dict[str, dict[bytes, bool]]:
    tiles = catalog.tiles
    result: dict[str, dict[bytes, bool]] = {}
    for index, layer in enumerate(layers):
        rows = np.flatnonzero(tiles.layer == index)
        packed = tiles.content_hash[rows].tobytes()
        has_gzip = (tiles.content_gzip_bytes[rows] > 0).tolist()
        result[layer] = {packed[16 * at : 16 * at + 16]: gzip for at, gzip in enumerate(has_gzip)}
    return result
