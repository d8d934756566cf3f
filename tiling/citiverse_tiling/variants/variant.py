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

from citiverse_tiling.buildings import NAME as BUILDINGS
from citiverse_tiling.errors import InputError, OutputError, SceneError
from citiverse_tiling.manifest import Manifest, Variant
from citiverse_tiling.options import Origin
from citiverse_tiling.pipeline import tile
from citiverse_tiling.proposals.site import open_site
from citiverse_tiling.scene_manifest import checksum, read_scene, write_scene
from citiverse_tiling.succession.delivery import open_delivery
from citiverse_tiling.variants import FOLDER
from citiverse_tiling.variants.groundless import take_ground_away
from citiverse_tiling.variants.hiding import Footprints, under, with_parts
from citiverse_tiling.variants.landings import Staying, landings_of
from citiverse_tiling.variants.model_files import model_files
from citiverse_tiling.variants.restyling import restyled
from citiverse_tiling.variants.revision import lead_on
from citiverse_tiling.variants.room import tell_room
from citiverse_tiling.variants.vantage import view_of

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.options import Progress, TileOptions
    from citiverse_tiling.pipeline import TileSummary
    from citiverse_tiling.succession.delivery import Delivery
    from citiverse_tiling.variants.restyling import Wish
    from citiverse_tiling.variants.revision import Revised

MOST = 16
MOST_HIDDEN = 4096
MOST_RESTYLED = 1024
_KEPT_HERE = ("scene.json", "tree.bin", "features.sqlite", "tileset.json")
"""Files of a variant whose checksums the scene has too, as that of its buildings."""


@dataclass(frozen=True, slots=True)
class VariantOptions:
    """`tiling` says how the files are read; its output, name, origin and data set aren't used.

    `replaces` are ids of features that make room; with `replaces_footprint`, what stands where the
    variant stands does, too, but for `keeps`. `restyles` look otherwise in it. A variant that only
    hides or restyles has no files.
    """

    tiling: TileOptions
    scene: Path
    name: str
    title: str
    description: str = ""
    replaces: tuple[str, ...] = ()
    replaces_footprint: bool = False
    keeps: tuple[str, ...] = ()
    restyles: tuple[Wish, ...] = ()


@dataclass(frozen=True, slots=True)
class Added:
    """The variant as the manifest has it, how its tiling went, and on what it stands.

    `summary` is None where there were no files to tile, `revised` where it is the first of its
    name.
    """

    variant: Variant
    summary: TileSummary | None
    footprints: Footprints
    revised: Revised | None = None


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
    changes = _Changes(city, set(with_parts(city, options.replaces)), options)
    if not options.tiling.inputs:
        return Added(_put(options, changes.described(), None), None, Footprints())
    made = place.with_name(f"{place.name}.variant-{options.name}")
    shutil.rmtree(made, ignore_errors=True)
    try:
        summary = tile(_tiling(options, scene, made), progress)
        former = next((one.folder for one in scene.variants if one.name == options.name), "")
        revised = lead_on(place / former, made) if former else None
        manifest = take_ground_away(made)
        if manifest.collider_cell_m != scene.collider_cell_m:
            raise InputError("it is much larger than the scene that it is to stand in", place)
        added, found = open_delivery(made), Footprints()
        if options.replaces_footprint:
            found = under(city, added, options.keeps)
        changes.hidden.update(found.hidden)
        stays = Staying(open_site(place), changes.hidden)
        landings = landings_of(stays, added)
        summary.report.landings = landings
        tell_room(made, manifest, options.replaces, found, landings)
        files = model_files(options.tiling.inputs, summary.report.inputs, manifest.origin)
        described = msgspec.structs.replace(
            changes.described(),
            layers=manifest.layers,
            files=files,
            view=view_of(added, stays),
        )
        return Added(_put(options, described, made), summary, found, revised)
    finally:
        shutil.rmtree(made, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _Changes:
    """What a variant changes of a scene that is there; `hidden` grows with what it stands on."""

    city: Delivery
    hidden: set[str]
    options: VariantOptions

    def described(self) -> Variant:
        """As a variant that adds nothing. Raises InputError and SceneError."""
        options, scene = self.options, self.options.scene
        restyles = restyled(self.city, options.restyles)
        if len(self.hidden) > MOST_HIDDEN:
            raise InputError(f"more than {MOST_HIDDEN:,} features would make room for it", scene)
        if len(restyles) > MOST_RESTYLED:
            raise InputError(f"more than {MOST_RESTYLED:,} features would look otherwise", scene)
        for one in restyles:
            if one.id in self.hidden:
                raise SceneError(f"{one.id!r} makes room for it, and can't look otherwise", scene)
        if not (options.tiling.inputs or self.hidden or restyles):
            raise InputError(
                "nothing would be another than it is",
                scene,
                remedy="name a file, or something with --replaces or --restyle",
            )
        hides = tuple(sorted(self.hidden))
        said = (options.name, options.title, options.description)
        return Variant(*said, "", (), hides, restyles=restyles)


def remove(scene: Path, name: str) -> None:
    """Take a variant out of the scene folder. Raises SceneError where there is none of that name.

    What was hidden in it alone is there again.
    """
    place = scene.resolve()
    found = read_scene(place)
    if name not in {variant.name for variant in found.variants}:
        raise SceneError(f"the scene has no variant {name!r}", place)
    _publish(place, found, _others(found, name))


def tidy(scene: Path) -> None:
    """Take away what was left where the adding of a variant was cut off. Raises SceneError."""
    place = scene.resolve()
    for path in place.parent.glob(f"{place.name}.variant-*"):
        shutil.rmtree(path, ignore_errors=True)
    named = (variant.folder for variant in read_scene(place).variants)
    _leave_only(place, {folder for folder in named if folder})


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


def _put(options: VariantOptions, described: Variant, made: Path | None) -> Variant:
    """Move the variant's folder, if it has one, into the scene, then name it in the manifest."""
    place = options.scene.resolve()
    variant = described
    if made is not None:
        digest = checksum(made / "scene.json").removeprefix("sha256:")[:8]
        folder = f"{FOLDER}/{options.name}-{digest}"
        shutil.rmtree(place / folder, ignore_errors=True)
        (place / FOLDER).mkdir(exist_ok=True)
        made.rename(place / folder)
        layers = tuple(
            msgspec.structs.replace(layer, tileset=f"{folder}/{layer.tileset}")
            for layer in described.layers
        )
        buildings = f"{folder}/{BUILDINGS}" if (place / folder / BUILDINGS).is_file() else ""
        variant = msgspec.structs.replace(
            described, folder=folder, layers=layers, buildings=buildings
        )
    found = read_scene(place)
    others = _others(found, options.name)
    _publish(place, found, tuple(sorted((*others, variant), key=lambda one: one.name)))
    return variant


def _others(scene: Manifest, name: str) -> tuple[Variant, ...]:
    return tuple(variant for variant in scene.variants if variant.name != name)


def _publish(place: Path, found: Manifest, variants: tuple[Variant, ...]) -> None:
    """Name these variants and no others; folders that nobody names any more go."""
    sums = {name: known for name, known in found.checksums.items() if not _is_variants(name)}
    folders = [variant.folder for variant in variants if variant.folder]
    kept = [f"{folder}/{name}" for folder in folders for name in _KEPT_HERE]
    for name in (*kept, *(variant.buildings for variant in variants if variant.buildings)):
        sums[name] = checksum(place / name)
    changed = msgspec.structs.replace(
        found, variants=variants, checksums=dict(sorted(sums.items()))
    )
    write_scene(place, changed)
    _leave_only(place, set(folders))


def _leave_only(place: Path, folders: set[str]) -> None:
    parent = place / FOLDER
    for path in sorted(parent.iterdir()) if parent.is_dir() else ():
        if f"{FOLDER}/{path.name}" not in folders:
            shutil.rmtree(path, ignore_errors=True)
    if not folders:
        shutil.rmtree(parent, ignore_errors=True)


def _is_variants(name: str) -> bool:
    return name.startswith(f"{FOLDER}/")
