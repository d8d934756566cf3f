"""How the buildings of a variant stand in the scene that it joins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_tiling.buildings import NAME, read_buildings
from citiverse_tiling.landings import landings_on
from citiverse_tiling.proposals.site import open_site
from citiverse_tiling.succession.delivery import open_delivery

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    import shapely

    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.proposals.site import Covered, Site
    from citiverse_tiling.report import Landing


def landings_of(scene: Path, made: Path, hidden: AbstractSet[str]) -> tuple[Landing, ...]:
    """Those of the buildings in the folder of a variant; what makes room is in nobody's way.

    Raises SceneError.
    """
    if not (made / NAME).is_file():
        return ()
    stays = _Staying(open_site(scene), hidden)
    return landings_on(stays, open_delivery(made), read_buildings(made))


@dataclass(frozen=True, slots=True)
class _Staying:
    """A scene without what makes room."""

    site: Site
    hidden: AbstractSet[str]

    def ground_under(self, points: Float64Array) -> Float64Array:
        """Heights of the ground at points (N, 2), NaN where there is none, (N,)."""
        return self.site.ground_under(points)

    def covered_by(self, shape: shapely.Geometry) -> list[Covered]:
        """What stands where a shape lies, and stays there."""
        return [one for one in self.site.covered_by(shape) if one.feature not in self.hidden]
