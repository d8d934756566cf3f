"""Variants of a scene that is made anew: they stay, where the frame does."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from citiverse_tiling.errors import SceneError
from citiverse_tiling.scene_manifest import read_scene
from citiverse_tiling.variants import FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from citiverse_tiling.frame import SceneFrame
    from citiverse_tiling.manifest import Manifest, Variant


class Carried(NamedTuple):
    """What the new manifest says of them, and the checksums of their files."""

    variants: tuple[Variant, ...] = ()
    checksums: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class NewScene:
    """What the new scene has: where its frame is, the side of its cells, and its features."""

    frame: SceneFrame
    cell_m: float
    features: Path
    is_fresh: bool


def carried(former: Path, new: NewScene, warn: Callable[[str], None]) -> Carried:
    """The variants of a former scene, if any; a sentence for each that goes, or hides less."""
    try:
        scene = read_scene(former)
    except SceneError:
        return Carried()
    if (why := _why_not(scene, new)) is not None:
        for variant in scene.variants:
            warn(f"the variant {variant.name!r} is left out, as {why}; add it again")
        return Carried()
    begin = f"{FOLDER}/"
    sums = (item for item in scene.checksums.items() if item[0].startswith(begin))
    return Carried(tuple(_updated(one, new.features, warn) for one in scene.variants), tuple(sums))


def _why_not(scene: Manifest, new: NewScene) -> str | None:
    if new.is_fresh:
        return "nothing of the former scene is kept"
    if (scene.origin.lon, scene.origin.lat) != (new.frame.lon, new.frame.lat):
        return "the scene's origin moved"
    if scene.collider_cell_m != new.cell_m:
        return "the scene has another size"
    return None


def _updated(variant: Variant, features: Path, warn: Callable[[str], None]) -> Variant:
    """The variant, which hides what is still there."""
    query = "SELECT 1 FROM feature WHERE id = ?"
    with closing(sqlite3.connect(features)) as connection:
        left = tuple(one for one in variant.hides if connection.execute(query, (one,)).fetchone())
        there = [one for one in variant.restyles if connection.execute(query, (one.id,)).fetchone()]
    gone = len(variant.hides) - len(left)
    if gone:
        warn(
            f"{gone} of the features that make room for the variant {variant.name!r} are no more;"
            " if others stand in their place, add it again"
        )
    if lost := len(variant.restyles) - len(there):
        warn(f"{lost} of the features that look otherwise in {variant.name!r} are no more")
    return msgspec.structs.replace(variant, hides=left, restyles=tuple(there))
