"""What covers the land without being city objects: terrain and pictures of the ground from above.

ISO 19123 calls both coverages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array, UInt8Array
    from citiverse_tiling.sources.placing import Footprint, Placing
    from citiverse_tiling.transforms.raster import Grid


class Coverage(Protocol):
    """A file that covers the land."""

    @property
    def footprint(self) -> Footprint: ...


class Terrain(Coverage, Protocol):
    """Heights of the ground."""

    def heights(self, grid: Grid, placing: Placing) -> Float64Array:
        """Scene z at the nodes of a grid (rows, columns), NaN where the source tells none.

        Raises InputError where the file turns out to be broken.
        """


class Photo(Coverage, Protocol):
    """A picture of the ground seen from straight above."""

    def colours(
        self, x: Float64Array, y: Float64Array, z: Float64Array, placing: Placing
    ) -> UInt8Array:
        """sRGB and alpha (len(y), len(x), 4) around nodes, scene frame; alpha 0 where unknown.

        x and y are ascending and evenly spaced; `z` (len(y), len(x)) is the ground's height.
        Raises InputError where the file turns out to be broken.
        """


@dataclass(frozen=True, slots=True)
class Coverages:
    """The coverages of one run, each kind in the order of the inputs."""

    terrains: tuple[Terrain, ...] = ()
    photos: tuple[Photo, ...] = ()

    def __add__(self, more: Coverages) -> Coverages:
        """These and then some more."""
        return Coverages(self.terrains + more.terrains, self.photos + more.photos)

    def finest_terrain_first(self) -> tuple[Terrain, ...]:
        """Where terrains overlap the finer one counts, then the one named first."""
        return tuple(sorted(self.terrains, key=lambda terrain: terrain.footprint.spacing_m))

    def finest_photo_first(self) -> tuple[Photo, ...]:
        """As of terrains."""
        return tuple(sorted(self.photos, key=lambda photo: photo.footprint.spacing_m))


NO_COVERAGES = Coverages()
