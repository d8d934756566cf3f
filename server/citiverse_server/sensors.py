"""Sensors bound to scenes: readings in, one tick of latest values per scene out."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from .features import top_centre
from .overlays.latest import LatestValues
from .overlays.mapping import Mapping
from .overlays.model import Observation, Rejected
from .protocol import DatastreamInfo

if TYPE_CHECKING:
    from .overlays.mapping import DatastreamSettings
    from .overlays.model import Datastream
    from .overlays.reading import Reading
    from .protocol import Vector
    from .scene import Scene

logger = logging.getLogger("citiverse.sensors")


class Sensors:
    """Datastreams hang on a building of one scene; those without a building are in every scene."""

    def __init__(self, settings: list[DatastreamSettings], scenes: dict[str, Scene]) -> None:
        self.observations = 0
        self.rejected: Counter[Rejected] = Counter()
        self.source_losses = 0
        self._places: list[list[tuple[str, int]]] = []
        bound: list[DatastreamSettings] = []
        infos: dict[str, list[DatastreamInfo]] = {name: [] for name in scenes}
        for entry in settings:
            datastream = entry.datastream()
            found = _find(datastream, scenes)
            if not found:
                logger.warning(
                    "Datastream %s is left out: no scene here has a feature %s with a place; "
                    "correct `feature` in the sensor file.",
                    datastream.key,
                    datastream.feature,
                )
                continue
            bound.append(entry)
            self._places.append([(name, len(infos[name])) for name, _ in found])
            for name, position in found:
                infos[name].append(_info(len(infos[name]), datastream, position))
        self.mapping = Mapping(bound)
        self.latest = {name: LatestValues(entries) for name, entries in infos.items()}

    def receive(self, reading: Reading, arrival_us: int) -> None:
        """Takes one reading; what can't be an observation is counted by its reason."""
        for index, result in self.mapping.observe(reading, arrival_us):
            if isinstance(result, Rejected):
                self.rejected[result] += 1
                continue
            self._record(index, result)

    def lost_source(self) -> None:
        """Counts that a source of readings couldn't be reached."""
        self.source_losses += 1

    def advance(self) -> bool:
        """Ends a tick; whether any scene has something new."""
        # Every scene's tick must end, so no shortcut after the first that has something.
        advanced = [latest.advance() for latest in self.latest.values()]
        return any(advanced)

    def _record(self, index: int, observation: Observation) -> None:
        taken = [
            self.latest[name].record(place, observation) for name, place in self._places[index]
        ]
        if all(taken):
            self.observations += 1
        else:
            self.rejected[Rejected.OUT_OF_ORDER] += 1


def _find(datastream: Datastream, scenes: dict[str, Scene]) -> list[tuple[str, Vector | None]]:
    if not datastream.feature:
        return [(name, None) for name in scenes]
    placed = (
        (name, top_centre(scene.features, datastream.feature)) for name, scene in scenes.items()
    )
    return [(name, position) for name, position in placed if position is not None]


def _info(number: int, datastream: Datastream, position: Vector | None) -> DatastreamInfo:
    return DatastreamInfo(
        id=number,
        key=datastream.key,
        name=datastream.name,
        observed_property=datastream.observed_property,
        unit=datastream.unit,
        feature=datastream.feature,
        position=position,
        stale_after_s=datastream.stale_after_s,
        range=datastream.range,
    )
