"""Where things stand in a scene, both ways: from a thing to features, and back.

One question to the database answers for all things at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..feature_places import grounds_at, places_of
from .place import frame_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..protocol import Vector
    from ..scene import Scene
    from .model import Thing
    from .place import Frame

AROUND_M = 2000.0
"""So far around its city a place still belongs to it."""


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
    place, if that is in the city or near it; those that move, and those without either, are in
    every scene and nowhere in it.

    Raises `SceneError` where the features can't be read.
    """
    kept = tuple(things)
    found = places_of(scene.features, {thing.feature for thing in kept if thing.feature})
    positions = _positions(scene, kept)
    standings: dict[str, Standing] = {}
    for thing in kept:
        position, place = positions.get(thing.key), found.get(thing.feature)
        if place is not None:
            standings[thing.key] = Standing(place.features, position or place.top)
        elif position is not None or not (thing.feature or thing.position):
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


def _positions(scene: Scene, things: tuple[Thing, ...]) -> dict[str, Vector]:
    """Places in a city as points of its scene, by key; on the ground where no height is said.

    Raises `SceneError` where the features can't be read.
    """
    manifest = scene.manifest_file.manifest
    placed = {thing.key: thing.position for thing in things if thing.position is not None}
    if not placed:
        return {}
    lon, lat, height = np.array(list(placed.values())).T
    frame = frame_at(manifest.origin.lon, manifest.origin.lat)
    points = frame.to_scene(lon, lat, np.nan_to_num(height, nan=0.0))
    low, high = np.array(manifest.extent.min[:2]), np.array(manifest.extent.max[:2])
    near = ((points[:, :2] >= low - AROUND_M) & (points[:, :2] <= high + AROUND_M)).all(axis=1)
    lies = np.flatnonzero(near & ~np.isfinite(height))
    points[lies, 2] = grounds_at(scene.features, points[lies, :2].tolist(), manifest.extent.min[2])
    keys = list(placed)
    return {keys[row]: _vector(points[row].tolist()) for row in np.flatnonzero(near).tolist()}


def _vector(numbers: list[float]) -> Vector:
    x, y, z = numbers
    return (x, y, z)
