"""What a scene says of itself, from its manifest alone: in a folder or in an archive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

import msgspec

from citiverse_tiling.archive import SUFFIX
from citiverse_tiling.errors import SceneError
from citiverse_tiling.manifest import SCHEMA, Manifest

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_MANIFEST = 64 << 20


@dataclass(frozen=True, slots=True)
class SceneInfo:
    """A scene's manifest, and the bytes of all its files."""

    manifest: Manifest
    bytes: int


def is_scene(path: Path) -> bool:
    """Whether a path is a scene's folder, or an archive."""
    return path.suffix == SUFFIX or (path / "scene.json").is_file()


def describe_scene(path: Path) -> SceneInfo:
    """Read the manifest. SceneError where there is none that we know."""
    try:
        if path.suffix == SUFFIX:
            with ZipFile(path) as archive, archive.open("scene.json") as file:
                data, size = file.read(LARGEST_MANIFEST), path.stat().st_size
        else:
            data = (path / "scene.json").read_bytes()
            size = sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
        manifest = msgspec.json.decode(data, type=Manifest)
    except KeyError:
        raise SceneError("this archive is no scene: it has no scene.json", path) from None
    except (OSError, BadZipFile, NotImplementedError, msgspec.MsgspecError, ValueError) as error:
        raise SceneError(f"the manifest can't be read ({error})", path) from error
    if manifest.schema != SCHEMA:
        raise SceneError(f"its schema is {manifest.schema!r}, and we know {SCHEMA!r}", path)
    return SceneInfo(manifest, size)
