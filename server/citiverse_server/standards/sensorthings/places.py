"""Where things are on Earth, and in which scenes: of the registry and its bindings to scenes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .entities import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ...overlays.model import Fix
    from ...overlays.registry import Registry


@dataclass(frozen=True, slots=True)
class Places:
    """`fixed` by thing; `scenes` in which a thing hangs on a CityObject; `fix` is of what moves."""

    fixed: Mapping[str, Place]
    scenes: Mapping[str, tuple[str, ...]]
    fix: Callable[[str], Fix | None]

    def scenes_of(self, key: str) -> tuple[str, ...]:
        """The scenes in which a thing hangs on a CityObject."""
        return self.scenes.get(key, ())

    def of(self, key: str) -> Place | None:
        """Where a thing is now, or None where nobody knows."""
        fix = self.fix(key)
        if fix is not None:
            return Place(fix.lon, fix.lat, fix.height, fix.time_us)
        return self.fixed.get(key)


def places(registry: Registry, names: Iterable[str], fix: Callable[[str], Fix | None]) -> Places:
    """What a thing says of its place goes before that of the CityObject that it hangs on.

    `names` are those of all scenes; one that has no binding yet adds nothing.
    """
    fixed: dict[str, Place] = {}
    scenes: dict[str, tuple[str, ...]] = {}
    for name in names:
        binding = registry.binding(name)
        if binding is None:
            continue
        standings = {key: binding.standing(key) for key in registry.things if key in binding}
        for key, standing in standings.items():
            if standing.features:
                scenes[key] = (*scenes.get(key, ()), name)
            if (degrees := binding.on_earth(key)) is not None:
                # What stands on a roof has a height of its own; nobody says it in metres of Earth.
                fixed.setdefault(key, Place(round(degrees[0], 7), round(degrees[1], 7)))
    fixed |= {key: Place(*one.position) for key, one in registry.things.items() if one.position}
    return Places(fixed, scenes, fix)
