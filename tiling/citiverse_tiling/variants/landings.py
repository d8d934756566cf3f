"""How the buildings of a variant stand in the scene that it joins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_tiling.buildings import NAME, read_buildings
from citiverse_tiling.landings import landings_on

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    import shapely

    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.proposals.landing import Surroundings
    from citiverse_tiling.proposals.site import Covered, Site
    from citiverse_tiling.report import Landing
    from citiverse_tiling.succession.delivery import Delivery


def landings_of(stays: Surroundings, added: Delivery) -> tuple[Landing, ...]:
    """Those of the buildings of a variant, on what stays there. Raises SceneError."""
    if not (added.folder / NAME).is_file():
        return ()
    return landings_on(stays, added, read_buildings(added.folder))


@dataclass(frozen=True, slots=True)
class Staying:
    """A scene without what makes room, which is in nobody's way."""

    site: Site
    hidden: AbstractSet[str]

    def ground_under(self, points: Float64Array) -> Float64Array:
        """Heights of the ground at points (N, 2), NaN where there is none, (N,)."""
        return self.site.ground_under(points)

    def covered_by(self, shape: shapely.Geometry) -> list[Covered]:
        """What stands where a shape lies, and stays there."""
        return [one for one in self.site.covered_by(shape) if one.feature not in self.hidden]
