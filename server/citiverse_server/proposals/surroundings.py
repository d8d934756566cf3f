"""What a desk needs of the server around it: the scene's variants, its comments, and everyone."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import unicodedata
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..archive import SUFFIX as ARCHIVE
from ..bucket import is_remote
from ..consultation import store
from ..errors import SceneError
from ..features import database_of, open_features
from ..renewal import renew
from ..succession import successors
from .refusal import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from ..hub import Hub

LONGEST_NAME = 40
_KNOWN = "SELECT 1 FROM feature WHERE id = ?"
_DATASET = "SELECT 1 FROM feature WHERE id >= ? AND id < ? LIMIT 1"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Those of one scene."""

    hub: Hub
    scene: str

    @property
    def folder(self) -> Path:
        """The scene's folder. Raises `RefusedError` where nothing can be added to it."""
        place = self.hub.scenes.entries[self.scene].folder
        if self.scene in self.hub.making:
            raise RefusedError(409, "This city is still being read. Please try again in a while.")
        if is_remote(place) or place.suffix == ARCHIVE:
            raise RefusedError(
                409, "This city is one file, or lies on storage: nothing can be added to it here."
            )
        return place

    @property
    def variants(self) -> frozenset[str]:
        """Names of the scene's variants."""
        manifest = self.hub.scenes.entries[self.scene].manifest_file.manifest
        return frozenset(variant.name for variant in manifest.variants)

    def free_name(self, title: str, taken: frozenset[str]) -> str:
        """A name for a variant that nothing in the scene has. Blocks; raises `SceneError`."""
        ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
        words = re.sub("[^a-z0-9]+", "-", ascii_only.lower()).strip("-")
        first = words[:LONGEST_NAME].strip("-") or "proposal"
        number = 1
        name = first
        while name in taken | self.variants or self._has_dataset(name):
            number += 1
            name = f"{first}-{number}"
        return name

    async def renew(self) -> None:
        """Everyone in the scene goes on in it as it is on the disk now. Raises `SceneError`."""
        await renew(self.hub, self.scene)

    async def comments_on(self, variant: str) -> tuple[int, tuple[int, ...]]:
        """How many comments hang on something of a variant, and the ids of those that don't."""
        return await asyncio.to_thread(self._comments_on, variant)

    def _comments_on(self, variant: str) -> tuple[int, tuple[int, ...]]:
        board = self.hub.boards[self.scene]
        about = store.on_dataset(board.folder, variant)
        if not about:
            return 0, ()
        _, database = database_of(board.features, f"{variant}/")
        with closing(open_features(database)) as connection:
            orphans = tuple(
                number
                for number, feature in about
                if connection.execute(_KNOWN, (feature,)).fetchone() is None
                and not successors(connection, feature)
            )
        return len(about) - len(orphans), orphans

    def _has_dataset(self, name: str) -> bool:
        features = self.folder / "features.sqlite"
        try:
            with closing(open_features(features)) as connection:
                # "0" comes after "/".
                row = connection.execute(_DATASET, (f"{name}/", f"{name}0")).fetchone()
        except sqlite3.Error as error:
            raise SceneError(f"the features can't be read ({error})", features) from None
        return row is not None
