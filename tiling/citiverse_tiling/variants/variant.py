"""Puts a variant into a scene that is there, and takes it away again.

A variant is tiled as a scene of its own in the frame of the one that it joins, and loses its
ground. Its folder has a name of its own for each making, so that the manifest, replaced at once and
after all else, always names what is whole.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from citiverse_tiling.errors import InputError, OutputError, SceneError
from citiverse_tiling.manifest import Manifest, Variant
from citiverse_tiling.options import Origin
from citiverse_tiling.pipeline import tile
from citiverse_tiling.scene_manifest import checksum, read_scene, write_scene
from citiverse_tiling.succession.delivery import open_delivery
from citiverse_tiling.variants import FOLDER
from citiverse_tiling.variants.groundless import take_ground_away
from citiverse_tiling.variants.hiding import under, with_parts

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.options import Progress, TileOptions
    from citiverse_tiling.pipeline import TileSummary

MOST = 16
MOST_HIDDEN = 4096
_KEPT_HERE = ("scene.json", "tree.bin", "features.sqlite", "tileset.json")
"""Files of a variant whose checksums the scene has too."""


@dataclass(frozen=True, slots=True)
class VariantOptions:
    """`tiling` says how the files are read; its output, name, origin and data set aren't used.

    `replaces` are ids of features that make room; with `replaces_footprint`, what stands where the
    variant stands does, too.
    """

    tiling: TileOptions
    scene: Path
    name: str
    title: str
    description: str = ""
    replaces: tuple[str, ...] = ()
    replaces_footprint: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """The variant as the manifest has it, how its tiling went, and what it touches that stays."""

    variant: Variant
    summary: TileSummary
    touched: tuple[str, ...]


def add(options: VariantOptions, progress: Progress) -> Added:
    """Tile the files into the scene; a variant of the same name is replaced.

    Raises InputError where a file can't be used, SceneError and OutputError for the scene.
    """
    place = options.scene.resolve()
    scene = read_scene(place)
    if len(_others(scene, options.name)) >= MOST:
        raise OutputError(f"the scene has {MOST} variants already", place)
    city = open_delivery(place)
    if any(identity.startswith(f"{options.name}/") for identity in city.ids):
        raise OutputError(
            f"the scene has a data set {options.name!r}", place, remedy="take another --variant"
        )
    named = with_parts(city, options.replaces)
    made = place.with_name(f"{place.name}.variant-{options.name}")
    shutil.rmtree(made, ignore_errors=True)
    try:
        summary = tile(_tiling(options, scene, made), progress)
        manifest = take_ground_away(made)
        if manifest.collider_cell_m != scene.collider_cell_m:
            raise InputError("it is much larger than the scene that it is to stand in", place)
        variant = open_delivery(made)
        found = under(city, variant) if options.replaces_footprint else None
        hidden = {*named, *(found.hidden if found else ())}
        if len(hidden) > MOST_HIDDEN:
            raise InputError(f"more than {MOST_HIDDEN:,} features would make room for it", place)
        described = _put(options, tuple(sorted(hidden)), made, manifest)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    touched = tuple(one for one in (found.touched if found else ()) if one not in hidden)
    return Added(described, summary, touched)


def remove(scene: Path, name: str) -> None:
    """Take a variant out of the scene folder. Raises SceneError where there is none of that name.

    What was hidden in it alone is there again.
    """
    place = scene.resolve()
    found = read_scene(place)
    if name not in {variant.name for variant in found.variants}:
        raise SceneError(f"the scene has no variant {name!r}", place)
    _publish(place, found, _others(found, name))


def _tiling(options: VariantOptions, scene: Manifest, made: Path) -> TileOptions:
    return replace(
        options.tiling,
        output=made,
        name=options.name,
        title=options.title,
        origin=Origin(scene.origin.lon, scene.origin.lat),
        dataset=options.name,
        cell_m=scene.collider_cell_m,
        previous=None,
        visibility=False,
    )


def _put(
    options: VariantOptions, hidden: tuple[str, ...], made: Path, manifest: Manifest
) -> Variant:
    """Move the variant's folder into the scene, then name it in the manifest."""
    place = options.scene.resolve()
    digest = checksum(made / "scene.json").removeprefix("sha256:")[:8]
    folder = f"{FOLDER}/{options.name}-{digest}"
    shutil.rmtree(place / folder, ignore_errors=True)
    (place / FOLDER).mkdir(exist_ok=True)
    made.rename(place / folder)
    layers = tuple(
        msgspec.structs.replace(layer, tileset=f"{folder}/{layer.tileset}")
        for layer in manifest.layers
    )
    variant = Variant(options.name, options.title, options.description, folder, layers, hidden)
    found = read_scene(place)
    others = _others(found, options.name)
    _publish(place, found, tuple(sorted((*others, variant), key=lambda one: one.name)))
    return variant


def _others(scene: Manifest, name: str) -> tuple[Variant, ...]:
    return tuple(variant for variant in scene.variants if variant.name != name)


def _publish(place: Path, found: Manifest, variants: tuple[Variant, ...]) -> None:
    """Name these variants and no others; folders that nobody names any more go."""
    sums = {name: known for name, known in found.checksums.items() if not _is_variants(name)}
    for variant in variants:
        for name in (f"{variant.folder}/{kept}" for kept in _KEPT_HERE):
            sums[name] = checksum(place / name)
    changed = msgspec.structs.replace(
        found, variants=variants, checksums=dict(sorted(sums.items()))
    )
    write_scene(place, changed)
    named = {variant.folder for variant in variants}
    folder = place / FOLDER
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if f"{FOLDER}/{path.name}" not in named:
            shutil.rmtree(path, ignore_errors=True)
    if not named:
        shutil.rmtree(folder, ignore_errors=True)


def _is_variants(name: str) -> bool:
    return name.startswith(f"{FOLDER}/")
