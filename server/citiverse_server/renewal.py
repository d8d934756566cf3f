"""Scene folders that another program changes while they are served: a variant added, a city again.

A manifest is the last of a scene that is replaced, so that a folder whose manifest is another one
is whole.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from .archive import SUFFIX as ARCHIVE
from .bucket import is_remote
from .errors import SceneError
from .scene import open_scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .hub import Hub
    from .scene import Scene

logger = logging.getLogger("citiverse.scenes")

LOOK_S = 2.0


async def watch(hub: Hub) -> None:
    """Look at the open scenes now and then; everyone in one that changed goes on in the new one."""
    known: dict[str, tuple[int, int]] = {}
    while True:
        await asyncio.sleep(LOOK_S)
        for scene in _folders(hub):
            try:
                about = (scene.folder / "scene.json").stat()
            except OSError:
                continue
            seen = about.st_mtime_ns, about.st_ino
            if known.get(scene.name) == seen:
                continue
            try:
                await renew(hub, scene.name)
            except (SceneError, OSError) as error:
                logger.error("%s has changed and can't be read: %s", scene.name, error)
            known[scene.name] = seen


async def renew(hub: Hub, name: str) -> None:
    """Everyone in a scene goes on in it as it is on the disk now, if that is another.

    Raises `SceneError` where it can't be read, or lies elsewhere on Earth.
    """
    former = await hub.enter(name)
    if former is None or name in hub.making:
        return
    data = await asyncio.to_thread((former.folder / "scene.json").read_bytes)
    if data == former.manifest_file.json:
        return
    scene = await asyncio.to_thread(open_scene, former.folder)
    manifest = scene.manifest_file.manifest
    if (manifest.name, manifest.origin) != (name, former.manifest_file.manifest.origin):
        raise SceneError(
            "it has another name or origin than before",
            former.folder,
            remedy="start the server again",
        )
    await hub.move_to(scene)


def _folders(hub: Hub) -> Iterator[Scene]:
    """Those that lie in folders, but for one that is being made."""
    for scene in hub.scenes.held:
        is_file = is_remote(scene.folder) or scene.folder.suffix == ARCHIVE
        if not is_file and scene.name not in hub.making:
            yield scene
