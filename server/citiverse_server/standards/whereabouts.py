"""Where things are on Earth, and which CityObjects bear them, over all scenes of a server."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..features import features_named

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
    for name, (_, binding) in scenes.items():
        standing = {key: binding.standing(key) for key in things}
        # The height is that of a roof in the city's own system, not metres above the ellipsoid.
        found = {key: degrees for key in things if (degrees := binding.on_earth(key)) is not None}
        positions = {
            key: (round(lon, 7), round(lat, 7), math.nan) for key, (lon, lat) in found.items()
        } | positions
        for key, one in standing.items():
            if one.features and key not in bearers:
                bearers[key] = one.features
                wanted |= {identity: wanted.get(identity, name) for identity in one.features}
    features: dict[str, Feature] = {}
    for name, (scene, _) in scenes.items():
        mine = [identity for identity, owner in wanted.items() if owner == name]
        features |= {one.id: one for one in features_named(scene.features, mine)}
    return Whereabouts(positions, bearers, features, wanted)
