"""Where things stand in a scene, both ways: from a thing to features, and back.

One question to the database answers for all things at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..feature_places import places_of
from .place import frame_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..protocol import Vector
    from ..scene import Scene
    from .model import Thing
    from .place import Frame


@dataclass(frozen=True, slots=True)
class Standing:
    """What a thing hangs on in a scene (identities as they are now), and where, scene frame."""

    features: tuple[str, ...]
    position: Vector | None


NOWHERE = Standing((), None)


class Binding:
    """The things of a city in one scene; things that the scene has no place for aren't in it."""

    def __init__(
        self,
        standings: Mapping[str, Standing],
        named: Mapping[str, str],
        frame: Frame | None = None,
    ) -> None:
        """`named` is the feature that each thing names, perhaps one of a former delivery."""
        self._standings = standings
        self._degrees = {} if frame is None else _degrees(frame, standings)
        self._things: dict[str, tuple[str, ...]] = {}
        for key, standing in standings.items():
            for feature in {*standing.features, named.get(key, "")} - {""}:
                self._things[feature] = (*self._things.get(feature, ()), key)

    def __contains__(self, thing: str) -> bool:
        return thing in self._standings

    def standing(self, thing: str) -> Standing:
        """Where a thing is; nowhere where the scene has no place for it."""
        return self._standings.get(thing, NOWHERE)

    def on_earth(self, thing: str) -> tuple[float, float] | None:
        """Where a thing is in degrees: longitude, latitude."""
        return self._degrees.get(thing)

    def things_of(self, feature: str) -> tuple[str, ...]:
        """The keys of the things on a feature, also by its former identity."""
        return self._things.get(feature, ())


def bind(scene: Scene, things: Iterable[Thing]) -> Binding:
    """Finds where things stand in a scene: on their feature, or what it has become; else at their
    place; those that move, and those without either, are in every scene and nowhere in it.

    Raises `SceneError` where the features can't be read.
    """
    kept = tuple(things)
    found = places_of(scene.features, {thing.feature for thing in kept if thing.feature})
    positions = _positions(scene, kept)
    standings: dict[str, Standing] = {}
    for thing, position in zip(kept, positions, strict=True):
        if not thing.feature:
            standings[thing.key] = Standing((), position)
        elif (place := found.get(thing.feature)) is not None:
            standings[thing.key] = Standing(place.features, position or place.top)
        elif position is not None:
            standings[thing.key] = Standing((), position)
    origin = scene.manifest_file.manifest.origin
    named = {thing.key: thing.feature for thing in kept}
    return Binding(standings, named, frame_at(origin.lon, origin.lat))


def _degrees(frame: Frame, standings: Mapping[str, Standing]) -> dict[str, tuple[float, float]]:
    """Longitude and latitude of things that have a position, by key."""
    placed = {key: one.position for key, one in standings.items() if one.position is not None}
    if not placed:
        return {}
    lon, lat, _ = frame.to_earth(list(placed.values())).T
    return dict(zip(placed, zip(lon.tolist(), lat.tolist(), strict=True), strict=True))


def _positions(scene: Scene, things: tuple[Thing, ...]) -> list[Vector | None]:
    """Places as points of the scene, (n,); None where a thing says none."""
    origin = scene.manifest_file.manifest.origin
    result: list[Vector | None] = [None] * len(things)
    placed = [(row, thing.position) for row, thing in enumerate(things) if thing.position]
    if not placed:
        return result
    lon, lat, height = np.array([position for _, position in placed]).T
    above = np.where(np.isfinite(height), height, 0.0)
    points = frame_at(origin.lon, origin.lat).to_scene(lon, lat, above)
    for (row, _), point in zip(placed, points.tolist(), strict=True):
        result[row] = (point[0], point[1], point[2])
    return result
