"""The scenes of a server: of each its manifest, the rest from the first visit on.

Trees of scenes that nobody has visited lately are given up again, the longest unvisited first, as
soon as all together hold more than a budget. A scene that somebody is in stays whole.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import numpy as np

from .errors import SceneError
from .scene import Scene, open_scene
from .storage import manifest_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .manifest import ManifestFile

HASH_BYTES = 150
"""What a content hash costs as the key of a dictionary, measured."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a scene lies, and what it says of itself."""

    folder: Path
    manifest_file: ManifestFile


class Library(Mapping[str, Scene]):
    """Scenes by name; raises `SceneError`, also where two have one name.

    Asking for a scene opens it, which may take a while: the event loop asks by `opened`.
    """

    def __init__(self, folders: tuple[Path, ...], budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._entries: dict[str, Entry] = {}
        self._recent: OrderedDict[str, Scene] = OrderedDict()
        self._alive: WeakValueDictionary[str, Scene] = WeakValueDictionary()
        self._opening: dict[str, asyncio.Task[Scene]] = {}
        for folder in folders:
            self._enter(folder)
        if len(folders) == 1:
            # It will be needed, and what is wrong with it is better said now.
            self.put(open_scene(folders[0]))

    def _enter(self, folder: Path) -> None:
        manifest_file = manifest_at(folder)
        name = manifest_file.manifest.name
        if name in self._entries:
            raise SceneError(
                f"the name {name!r} is also that of {self._entries[name].folder}",
                folder,
                remedy="serve one of them, or tile one again with another --name",
            )
        self._entries[name] = Entry(folder, manifest_file)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, name: str) -> Scene:
        if name not in self._entries:
            raise KeyError(name)
        scene = self._recent.get(name)
        if scene is not None:
            self._recent.move_to_end(name)
            return scene
        scene = self._alive.get(name) or self._open(name)
        self.put(scene)
        return scene

    @property
    def entries(self) -> Mapping[str, Entry]:
        """What is known of all scenes without opening any, in the order they were named."""
        return self._entries

    @property
    def alive(self) -> Mapping[str, Scene]:
        """Those that are open, by name."""
        return self._alive

    @property
    def held(self) -> tuple[Scene, ...]:
        """Those that are open."""
        return tuple(self._alive.values())

    async def opened(self, name: str) -> Scene | None:
        """The scene of a name, opened beside the event loop; raises `SceneError`.

        Those who ask at the same time share one opening.
        """
        if name not in self._entries or name in self._alive:
            return self.get(name)
        opening = self._opening.get(name)
        if opening is None:
            opening = asyncio.create_task(asyncio.to_thread(self._open, name))
            self._opening[name] = opening
            opening.add_done_callback(lambda _: self._opening.pop(name))
        # Whoever leaves meanwhile must not take it from the others.
        scene = await asyncio.shield(opening)
        self.put(scene)
        return scene

    def put(self, scene: Scene) -> None:
        """This scene is the one of its name from now on, and the latest that was visited."""
        name = scene.name
        self._entries[name] = Entry(scene.folder, scene.manifest_file)
        self._alive[name] = self._recent[name] = scene
        self._recent.move_to_end(name)
        held_bytes = sum(map(size_of, self._recent.values()))
        while held_bytes > self._budget_bytes and len(self._recent) > 1:
            _, longest_ago = self._recent.popitem(last=False)
            held_bytes -= size_of(longest_ago)

    def _open(self, name: str) -> Scene:
        folder = self._entries[name].folder
        scene = open_scene(folder)
        if scene.name != name:
            raise SceneError(f"it is called {scene.name!r}, and {name!r} was expected", folder)
        return scene


def size_of(scene: Scene) -> int:
    """Bytes of memory for what a scene has in columns and tables, about."""
    columns = (
        getattr(part, field.name)
        for part in (scene.catalog.tiles, scene.catalog.cells)
        for field in fields(part)
    )
    tables = sum(map(len, scene.hashes.values())) * HASH_BYTES
    return tables + sum(one.nbytes for one in columns if isinstance(one, np.ndarray))
