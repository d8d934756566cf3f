"""The entities of a running city: made from its registry, its scenes and its store."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import SceneError
from ...overlays.model import Batch
from ..turns import Turns
from ..whereabouts import whereabouts
from .directory import Directory, Sight
from .latest import Values
from .selection import select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ...hub import Hub
    from ...observations.store import ObservationStore
    from ...overlays.binding import Binding
    from ...overlays.reading import Arrival
    from ...overlays.registry import Registry
    from ...overlays.sources.intake import Intake
    from ...scene import Scene
    from ...sensors import Sensors
    from .directory import Entry
    from .selection import Selection


NOTHING = Batch(
    rows=np.empty(0, dtype=np.uint32),
    values=np.empty(0),
    times=np.empty(0, dtype=np.int64),
    arrivals=np.empty(0, dtype=np.int64),
    quality=np.empty(0, dtype=np.uint8),
)
"""What a server without sensors has observed."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A directory, and what it was made of."""

    revision: int
    directory: Directory
    made: float


class City:
    """What questions about entities are asked of."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._known: _Known | None = None
        self._making = asyncio.Lock()
        self._asking = Turns(1)

    @property
    def sensors(self) -> Sensors:
        """The engine behind it."""
        return self._hub.sensors

    @property
    def registry(self) -> Registry:
        """What there is."""
        return self._hub.sensors.registry

    @property
    def store(self) -> ObservationStore | None:
        """What was observed, where that is kept."""
        return self._hub.sensors.store

    @property
    def intakes(self) -> tuple[Intake, ...]:
        """The sources by which context brokers send entities."""
        found = self._hub.listening.intakes.values()
        return tuple(one for one in found if one.source.kind == "ngsi-ld")

    def receive(self, arrival: Arrival, source: str) -> None:
        """Takes what a source brings."""
        self._hub.listening.receive(arrival, source)

    @property
    def now_us(self) -> int:
        """This moment."""
        return self._hub.now().micros

    @property
    def monotonic(self) -> float:
        """Seconds of a clock that never goes back."""
        return self._hub.now().monotonic

    async def directory(self, patience_s: float = 0.0) -> Directory:
        """All entities as they are now, or were so long ago. Raises `SceneError`."""
        async with self._making:
            known = self._known
            if known is not None and (
                known.revision == self.registry.revision or self.monotonic - known.made < patience_s
            ):
                return known.directory
            scenes = await self._scenes()
            revision = self.registry.revision
            # Copies, as the registry may grow while a thread reads them.
            things, streams = dict(self.registry.things), dict(self.registry.datastreams)

            def made() -> Directory:
                found = whereabouts(things, scenes)
                sight = Sight(
                    things,
                    streams,
                    found.positions,
                    found.features,
                    found.bearers,
                    found.scenes,
                )
                return Directory(sight)

            directory = await asyncio.to_thread(made)
            self._known = _Known(revision, directory, self.monotonic)
            return directory

    def is_current(self, directory: Directory) -> bool:
        """Whether nothing has been added since a directory was made."""
        known = self._known
        return (
            known is not None
            and known.directory is directory
            and known.revision == self.registry.revision
        )

    async def selected(
        self, directory: Directory, values: Values, wanted: Selection
    ) -> list[Entry]:
        """The entries that are wanted. Raises `NgsiError`."""
        if (wanted.query, wanted.place, wanted.pattern) == (None, None, None):
            return list(select(directory, values, wanted))
        # What takes long is asked beside the event loop, and one at a time.
        async with self._asking.one():
            return await asyncio.to_thread(lambda: list(select(directory, values, wanted)))

    async def values(self, directory: Directory, rows: Sequence[int] | None = None) -> Values:
        """The latest values, of all datastreams or of some."""
        wanted = directory.rows if rows is None else np.array(sorted(rows), dtype=np.uint32)
        latest = await self._latest(wanted)
        return Values(directory, latest, self.now_us, self.sensors.fixes.of)

    async def _latest(self, rows: NDArray[np.uint32]) -> Batch:
        if self.store is None:
            return NOTHING
        return await self.store.latest(rows.tolist())

    async def _scenes(self) -> dict[str, tuple[Scene, Binding]]:
        """All scenes, with where things stand in them."""
        found: dict[str, tuple[Scene, Binding]] = {}
        for name in self._hub.scenes.entries if self.registry.things else ():
            # One that can't be opened is in the log; the others still tell of their things.
            with contextlib.suppress(SceneError):
                scene = await self._hub.enter(name)
                binding = self.registry.binding(name)
                if scene is not None and binding is not None:
                    found[name] = (scene, binding)
        return found
