"""Foreign layers of a scene that is made anew: they stay, where the frame does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from citiverse_tiling.errors import SceneError
from citiverse_tiling.foreign import FOLDER
from citiverse_tiling.scene_manifest import read_scene

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from citiverse_tiling.frame import SceneFrame
    from citiverse_tiling.manifest import ForeignLayer


class Carried(NamedTuple):
    """What the new manifest says of them, and the checksums of their files."""

    layers: tuple[ForeignLayer, ...] = ()
    checksums: tuple[tuple[str, str], ...] = ()


def carried(scene: Path, frame: SceneFrame, warn: Callable[[str], None], *, fresh: bool) -> Carried:
    """The foreign layers of the scene that is replaced, if any; a sentence for each that goes."""
    try:
        former = read_scene(scene)
    except SceneError:
        return Carried()
    is_same = (former.origin.lon, former.origin.lat) == (frame.lon, frame.lat)
    if is_same and not fresh:
        begin = f"{FOLDER}/"
        sums = (item for item in former.checksums.items() if item[0].startswith(begin))
        return Carried(former.foreign, tuple(sums))
    for layer in former.foreign:
        why = "nothing of the former scene is kept" if fresh else "the scene's origin moved"
        warn(f"the layer {layer.name!r} of others is left out, as {why}; add it again")
    return Carried()
