"""Puts a foreign tileset beside the layers of a scene, and takes it away again."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling import manifest
from citiverse_tiling.errors import InputError, OutputError, SceneError
from citiverse_tiling.foreign import FOLDER
from citiverse_tiling.foreign.files import Files
from citiverse_tiling.foreign.keep import Kept, keep
from citiverse_tiling.foreign.stream import LayerStream, Streamed
from citiverse_tiling.foreign.tileset import read_tileset
from citiverse_tiling.foreign.unstreamable import Unstreamable
from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.layers import LAYERS, name_of
from citiverse_tiling.scene_manifest import checksum, read_scene, write_scene

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.foreign.tileset import ForeignTileset
    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.options import Attribution, Progress, Reality

MOST_LAYERS = 64
"""As many as a server takes (scene.md)."""

FARTHEST_M = 50_000.0
"""From the scene to a layer of it: who walks is within 100 km of the origin."""


@dataclass(frozen=True, slots=True)
class LayerOptions:
    """`tileset` is its file or the folder with its tileset.json; `title` is the name if None."""

    scene: Path
    tileset: Path
    name: str
    title: str | None = None
    reality: Reality = "measured"
    attributions: tuple[Attribution, ...] = ()


@dataclass(frozen=True, slots=True)
class Added:
    """The layer as the manifest has it; `notes` are sentences on what isn't as in the tileset."""

    layer: manifest.ForeignLayer
    notes: tuple[str, ...] = field(default=())


def add(options: LayerOptions, progress: Progress) -> Added:
    """Put the layer into the scene folder; one of the same name is replaced.

    Raises InputError where the tileset can't be used, SceneError and OutputError for the scene.
    """
    scene = read_scene(options.scene)
    if options.name in {name_of(layer) for layer in LAYERS}:
        raise OutputError(
            f"{options.name!r} is the name of a layer of ours",
            options.scene,
            remedy="take another --name",
        )
    others = [layer for layer in scene.foreign if layer.name != options.name]
    if len(others) >= MOST_LAYERS:
        raise OutputError(
            f"the scene has {MOST_LAYERS} foreign layers already",
            options.scene,
            remedy="remove one with `citiverse layer remove`",
        )
    path = _tileset_file(options.tileset)
    files = Files(path.parent)
    tileset = read_tileset(path, files)
    frame = SceneFrame(scene.origin.lon, scene.origin.lat)
    place = options.scene.resolve()
    made = place.with_name(f"{place.name}.layer-{options.name}")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    try:
        layer, notes = _make(options, tileset, files, frame, made, progress)
        _check_near(scene, layer.extent, path)
        _put(place, scene, layer, made)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return Added(layer, notes)


def _make(
    options: LayerOptions,
    tileset: ForeignTileset,
    files: Files,
    frame: SceneFrame,
    folder: Path,
    progress: Progress,
) -> tuple[manifest.ForeignLayer, tuple[str, ...]]:
    """Tiles of ours where they can hold what is there; else the tileset as it is."""
    stream = LayerStream(options.name, tileset, files, frame, folder, options.reality, progress)
    try:
        done = stream.write()
        notes = [f"it has {what}, which aren't shown" for what in sorted(done.unsaid)]
        layer = _described(options, done)
    except Unstreamable as reason:
        shutil.rmtree(folder)
        folder.mkdir()
        kept = keep(tileset, files, frame, folder, progress)
        notes = [
            f"it has {reason}, which our tiles can't hold; browsers fetch its tiles as they are"
        ]
        layer = _described(options, kept)
    if tileset.missing:
        count = len(tileset.missing)
        many = "1 file isn't" if count == 1 else f"{count:,} files aren't"
        first = tileset.missing[0].name
        notes.append(f"{many} there, the first is {first}; nothing is shown of them")
    return layer, tuple(notes)


def remove(scene: Path, name: str) -> None:
    """Take a layer out of the scene folder. Raises SceneError where there is none of that name."""
    scene = scene.resolve()
    found = read_scene(scene)
    if name not in {layer.name for layer in found.foreign}:
        raise SceneError(f"the scene has no foreign layer {name!r}", scene)
    write_scene(scene, _without(found, name))
    shutil.rmtree(scene / FOLDER / name, ignore_errors=True)


def _tileset_file(path: Path) -> Path:
    if path.is_dir():
        path = path / "tileset.json"
    if not path.is_file():
        raise InputError("there is no such tileset", path, remedy="name its tileset.json")
    return path.resolve()


def _check_near(scene: manifest.Manifest, extent: manifest.Extent, path: Path) -> None:
    low, high = np.array(extent.min), np.array(extent.max)
    away = np.maximum(low - np.array(scene.extent.max), np.array(scene.extent.min) - high)
    distance = float(np.linalg.norm(np.maximum(away, 0.0)))
    size = float(np.linalg.norm(high - low))
    if max(distance, size) > FARTHEST_M:
        what = f"lies {distance / 1e3:,.0f} km from the scene"
        if distance <= FARTHEST_M:
            what = f"is {size / 1e3:,.0f} km wide"
        raise InputError(
            f"the tileset {what}",
            path,
            remedy="check that it is of this city, and placed on the globe (ECEF) by its transform",
        )


def _described(options: LayerOptions, done: Streamed | Kept) -> manifest.ForeignLayer:
    is_streamed = isinstance(done, Streamed)
    notices = done.notices if isinstance(done, Streamed) else ()
    named = tuple(manifest.Credit(one.text, one.licence) for one in options.attributions)
    low, high = np.floor(done.low * 1e3) / 1e3, np.ceil(done.high * 1e3) / 1e3
    return manifest.ForeignLayer(
        name=options.name,
        title=options.title or options.name,
        reality=options.reality,
        streamed=is_streamed,
        tileset=f"{FOLDER}/{options.name}/tileset.json",
        tiles=done.tiles,
        features=done.features if isinstance(done, Streamed) else 0,
        extent=manifest.Extent(_triple(low), _triple(high)),
        attributions=named or tuple(manifest.Credit(text, "") for text in notices),
    )


def _put(scene: Path, found: manifest.Manifest, layer: manifest.ForeignLayer, made: Path) -> None:
    """Move the layer's files to their place, and name them in the manifest after all."""
    place = scene / FOLDER / layer.name
    former = made.with_name(f"{made.name}-former")
    place.parent.mkdir(exist_ok=True)
    shutil.rmtree(former, ignore_errors=True)
    if place.exists():
        place.rename(former)
    made.rename(place)
    sums = {
        path.relative_to(scene).as_posix(): checksum(path)
        for name in ("tileset.json", "tree.bin", "features.sqlite")
        if (path := place / name).is_file()
    }
    others = _without(found, layer.name)
    write_scene(
        scene,
        msgspec.structs.replace(
            others,
            foreign=(*others.foreign, layer),
            checksums=dict(sorted((others.checksums | sums).items())),
        ),
    )
    shutil.rmtree(former, ignore_errors=True)


def _without(found: manifest.Manifest, name: str) -> manifest.Manifest:
    begin = f"{FOLDER}/{name}/"
    return msgspec.structs.replace(
        found,
        foreign=tuple(layer for layer in found.foreign if layer.name != name),
        checksums={
            key: value for key, value in found.checksums.items() if not key.startswith(begin)
        },
    )


def _triple(values: Float64Array) -> tuple[float, float, float]:
    x, y, z = np.round(values, 3).tolist()
    return x, y, z
