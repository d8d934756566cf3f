"""The manifest of a scene folder that something is added to: read, and replaced at once."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import msgspec

from citiverse_tiling.errors import SceneError
from citiverse_tiling.manifest import SCHEMA, Manifest, to_json

if TYPE_CHECKING:
    from pathlib import Path

NAME = "scene.json"


def read_scene(scene: Path) -> Manifest:
    """The manifest of a scene folder. Raises SceneError."""
    path = scene / NAME
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except OSError:
        raise SceneError(
            "this is no scene folder: it has no scene.json",
            scene,
            remedy="make one with `citiverse tile`, and pack it afterwards",
        ) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SceneError(f"the manifest can't be read ({error})", path) from None
    if found.schema != SCHEMA:
        raise SceneError(f"its schema is {found.schema!r}, and we know {SCHEMA!r}", path)
    return found


def write_scene(scene: Path, found: Manifest) -> None:
    """Replace the manifest in one step."""
    partial = scene.with_name(f"{scene.name}.{os.getpid()}.json")
    partial.write_bytes(to_json(found))
    partial.replace(scene / NAME)


def checksum(path: Path) -> str:
    """`sha256:…` of a file."""
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
