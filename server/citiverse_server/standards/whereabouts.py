"""Where things are on Earth, and which CityObjects bear them, over all scenes of a server."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..features import features_named
from ..overlays.place import frame_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..features import Feature
    from ..overlays.binding import Binding
    from ..overlays.model import Thing
    from ..scene import Scene

Position = tuple[float, float, float]
"""Longitude and latitude in degrees, metres above the ellipsoid or NaN."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """`positions` and `bearers` (identities of CityObjects) by thing, `features` by identity."""

    positions: Mapping[str, Position]
    bearers: Mapping[str, tuple[str, ...]]
    features: Mapping[str, Feature]
    scenes: Mapping[str, str]
    """The scene of each feature, the first that has it."""


def whereabouts(
    things: Mapping[str, Thing], scenes: Mapping[str, tuple[Scene, Binding]]
) -> Whereabouts:
    """Of all things, in scenes that somebody has entered. Raises `SceneError`."""
    positions = {key: one.position for key, one in things.items() if one.position is not None}
    bearers: dict[str, tuple[str, ...]] = {}
    wanted: dict[str, str] = {}
    for name, (scene, binding) in scenes.items():
        standing = {key: binding.standing(key) for key in things}
        placed = {key: one.position for key, one in standing.items() if one.position is not None}
        positions = _on_earth(scene, placed) | positions
        for key, one in standing.items():
            if one.features and key not in bearers:
                bearers[key] = one.features
                wanted |= {identity: wanted.get(identity, name) for identity in one.features}
    features: dict[str, Feature] = {}
    for name, (scene, _) in scenes.items():
        mine = [identity for identity, owner in wanted.items() if owner == name]
        features |= {one.id: one for one in features_named(scene.features, mine)}
    return Whereabouts(positions, bearers, features, wanted)


def _on_earth(
    scene: Scene, placed: Mapping[str, tuple[float, float, float]]
) -> dict[str, Position]:
    if not placed:
        return {}
    origin = scene.manifest_file.manifest.origin
    earth = frame_at(origin.lon, origin.lat).to_earth(np.array(list(placed.values())))
    # The height is that of a roof in the city's own system, which isn't metres above the ellipsoid.
    return {
        key: (lon, lat, math.nan)
        for key, (lon, lat) in zip(placed, np.round(earth[:, :2], 7).tolist(), strict=True)
    }
