"""Where a scene's own memory lies: what people said in it, and the secret of its invitations.

It lies beside the scene folder, never in it, so that a city may be tiled again without a loss.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .archive import SUFFIX as ARCHIVE
from .bucket import is_remote
from .errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIX = ".state"
LOCK_FILE = "lock"


def state_folder(scene: Path, name: str, state: Path | None) -> Path:
    """`SCENE.state` beside a scene, or `<name>.state` in the folder chosen for all scenes.

    `name` is the scene's name in links. The folder need not be there. A scene and its archive have
    the same one: `city.state` goes with `city` and with `city.3tz`. Raises `ConfigError` where the
    scene lies on storage and no folder was chosen.
    """
    if state is not None:
        return state / f"{name}{SUFFIX}"
    if is_remote(scene):
        raise ConfigError(
            f"{scene} lies on storage, and what people say in it must lie here",
            remedy="choose a folder for it by --state",
        )
    folder = scene if scene.name not in ("", "..") else scene.resolve()
    return folder.with_name(folder.name.removesuffix(ARCHIVE) + SUFFIX)


def make_state_folder(folder: Path) -> None:
    """Makes a state folder that outlives a loss of power. Raises `OSError`."""
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    parent = os.open(folder.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds a state folder for this process alone; the system lets go where the process dies.

    Raises `BlockingIOError` where another server holds it, and `OSError`.
    """
    with (folder / LOCK_FILE).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
