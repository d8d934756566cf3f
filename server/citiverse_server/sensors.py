"""Sensors bound to scenes: readings in, one tick of latest values per scene out."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from .features import top_centre
from .overlays.latest import LatestValues
from .overlays.mapping import Mapping as TopicMapping
from .overlays.model import Observation, Rejected
from .protocol import DatastreamInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .overlays.mapping import DatastreamSettings
    from .overlays.model import Datastream
    from .overlays.reading import Reading
    from .protocol import Vector
    from .scene import Scene

logger = logging.getLogger("citiverse.sensors")


class Sensors:
    """Datastreams hang on a building of one scene; those without a building are in every scene."""

    def __init__(
        self,
        settings: list[DatastreamSettings],
        scenes: Mapping[str, Scene],
        *,
        more_to_come: bool = False,
    ) -> None:
        """`more_to_come`: a building that isn't in any scene yet may be when it is made anew."""
        self.observations = 0
        self.rejected: Counter[Rejected] = Counter()
        self.source_losses = 0
        kept = [entry for entry in settings if more_to_come or _has_place(entry, scenes)]
        self.mapping = TopicMapping(kept)
        self._datastreams = [entry.datastream() for entry in kept]
        self._places: list[dict[str, int]] = [{} for _ in kept]
        # No scene is opened for nothing.
        self.latest = {
            name: self._bound(scenes[name]) if kept else LatestValues([]) for name in scenes
        }

    def _bound(self, scene: Scene) -> LatestValues:
        """The datastreams that hang in a scene, each in its place."""
        infos: list[DatastreamInfo] = []
        for datastream, places in zip(self._datastreams, self._places, strict=True):
            places.pop(scene.name, None)
            position = (
                top_centre(scene.features, datastream.feature) if datastream.feature else None
            )
            if position is not None or not datastream.feature:
                places[scene.name] = len(infos)
                infos.append(_info(len(infos), datastream, position))
        return LatestValues(infos)

    def move_to(self, scene: Scene) -> None:
        """A scene has been made: its sensors take their places in it, with what they said."""
        former, before = self.latest.get(scene.name), [dict(places) for places in self._places]
        latest = self._bound(scene)
        self.latest[scene.name] = latest
        if former is None:
            return
        rows = [
            (now[scene.name], then[scene.name])
            for now, then in zip(self._places, before, strict=True)
            if scene.name in now and scene.name in then
        ]
        latest.inherit(former, rows)

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
            self.latest[name].record(place, observation)
            for name, place in self._places[index].items()
        ]
        if all(taken):
            self.observations += 1
        else:
            self.rejected[Rejected.OUT_OF_ORDER] += 1


def _has_place(entry: DatastreamSettings, scenes: Mapping[str, Scene]) -> bool:
    if not entry.feature or any(top_centre(one.features, entry.feature) for one in scenes.values()):
        return True
    logger.warning(
        "Datastream %s is left out: no scene here has a feature %s with a place; "
        "correct `feature` in the sensor file.",
        entry.key,
        entry.feature,
    )
    return False


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
