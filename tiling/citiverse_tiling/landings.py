"""Where buildings of which the inside is known come to stand: on the ground, or in what is there.

A city that is being tiled and a scene that a variant joins are asked in the same way
(`proposals.landing`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.buildings import groups_of
from citiverse_tiling.city import feature_records
from citiverse_tiling.model import Layer, layer_of
from citiverse_tiling.proposals.landing import MOST_COVERED, landed
from citiverse_tiling.proposals.look import footprint
from citiverse_tiling.proposals.placing import Stand
from citiverse_tiling.proposals.site import LEAST_M2, MOST_NEAR, Covered
from citiverse_tiling.report import Collision, Landing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import shapely

    from citiverse_tiling.buildings import Building
    from citiverse_tiling.city import City
    from citiverse_tiling.frame import SceneFrame
    from citiverse_tiling.model import Float64Array, Int64Array
    from citiverse_tiling.proposals.landing import Surroundings
    from citiverse_tiling.spool import Spool
    from citiverse_tiling.succession.delivery import Delivery
    from citiverse_tiling.transforms.ground import HeightField

GROUND_FLOOR_M = 1.0
"""Elements that begin no higher than this above the ground floor tell on which ground a building
stands: roofs and balconies reach farther."""

MOST_TRIANGLES = 100_000
"""Of a neighbour whose outline is worked out; photogrammetry has more."""

MADE_GROUND = "The ground was worked out from what stands on it, so it says nothing of its height."
_STANDS = (Layer.STRUCTURES, Layer.SHELLS)
_NOT_IN_THE_WAY = frozenset({Layer.GROUND, Layer.LAND})
_MOST_STEPS = 64


def landings_in(
    city: City, spool: Spool, field: HeightField, buildings: Sequence[Building]
) -> tuple[Landing, ...]:
    """Those of buildings of a city on its own ground, among what is of other files."""
    numbers = [one.object for one in city.insides if one.class_name == "Building"]
    records = feature_records(city, spool, np.array(numbers, np.int64))
    number_of = {record.id: number for record, number in zip(records, numbers, strict=True)}
    found = []
    for building in buildings:
        number = number_of[building.id]
        around = _Around(city, spool, field, building.id.partition("/")[0])
        owners, corners = around.triangles(_elements(city, number))
        low = _low(owners, corners, building.floor)
        landing = _landing(building, low, city.frame, around)
        if np.isnan(city.terrain_box).any():
            landing = replace(landing, gap=None, said=(MADE_GROUND, *landing.said[1:]))
        found.append(landing)
    return tuple(found)


def landings_on(
    site: Surroundings, proposal: Delivery, buildings: Sequence[Building]
) -> tuple[Landing, ...]:
    """Those of the buildings of a scene of their own, in another scene of the same frame."""
    is_shell = np.array([layer_of(name) in _STANDS for name in proposal.classes], np.bool_)
    frame = proposal.place.frame
    found = []
    for building in buildings:
        number = proposal.index.get(building.id)
        here, is_in = np.arange(proposal.count), np.zeros(proposal.count, np.bool_)
        for _ in range(_MOST_STEPS):
            is_in |= here == number
            here = np.where(here >= 0, proposal.parents[here], -1)
            if (here < 0).all():
                break
        owners, corners = proposal.triangles(np.flatnonzero(is_in & is_shell), frame)
        low = _low(owners, corners, building.floor)
        found.append(_landing(building, low, frame, site))
    return tuple(found)


def _landing(
    building: Building, corners: Float64Array, frame: SceneFrame, around: Surroundings
) -> Landing:
    """Of a building that stands on the triangles `corners` (T, 3, 3), scene frame."""
    import shapely  # rare, and it takes its time

    shape = footprint(corners) if len(corners) else shapely.Polygon()
    if shape.is_empty:
        (west, south, _), (east, north, _) = building.box
        shape = shapely.box(west, south, east, north)
    parts = shapely.get_parts(shape)
    largest = parts[int(np.argmax(shapely.area(parts)))]
    ring = shapely.get_coordinates(shapely.get_exterior_ring(largest))[:-1]
    stand = Stand((0.0, 0.0, building.floor), 0.0)
    there = landed(stand, ring, around, on_ground=False)
    middle = np.array([[*shapely.get_coordinates(shapely.centroid(shape))[0], building.floor]])
    lon, lat = frame.to_geodetic(middle)[0, :2].tolist()
    lowest, highest = there.lowest_gap_m, there.highest_gap_m
    return Landing(
        building.id,
        building.name,
        round(lon, 7),
        round(lat, 7),
        building.floor,
        None if lowest is None or highest is None else (lowest, highest),
        tuple(Collision(one.feature, one.share) for one in there.collides),
        there.said,
    )


def _elements(city: City, building: int) -> Int64Array:
    """The objects of a building's shell and foundation, by their numbers in the city."""
    rows = np.concatenate([city.shapes.of(layer) for layer in _STANDS])
    shell = np.sort(city.shapes.objects[rows].astype(np.int64))
    near = shell[city.wholes[shell] == city.wholes[building]]
    found: Int64Array = near[groups_of(city, near).buildings == building]
    return found


def _low(owners: Int64Array, corners: Float64Array, floor: float) -> Float64Array:
    """The triangles of elements that begin near the ground floor, all where there are none."""
    if not len(owners):
        return corners
    _, places = np.unique(owners, return_inverse=True)
    lowest = np.full(int(places.max()) + 1, np.inf)
    np.minimum.at(lowest, places, corners[..., 2].min(axis=1))
    is_low = lowest[places] <= floor + GROUND_FLOOR_M
    return corners[is_low] if is_low.any() else corners


@dataclass(frozen=True, slots=True)
class _Around:
    """A city as that in which buildings of the data set `dataset` come to stand."""

    city: City
    spool: Spool
    field: HeightField
    dataset: str

    def ground_under(self, points: Float64Array) -> Float64Array:
        """Heights of the ground at points (N, 2)."""
        return self.field.at(points)

    def covered_by(self, shape: shapely.Geometry) -> list[Covered]:
        """What of other data sets stands where a shape lies, the largest share first."""
        west, south, east, north = shape.bounds
        near, first = [], 0
        for some in self.city.objects.pieces():
            low, high = some["box"][:, 0, :2], some["box"][:, 1, :2]
            is_near = (low < (east, north)).all(axis=1) & (high > (west, south)).all(axis=1)
            near.append(first + np.flatnonzero(is_near))
            first += len(some)
        wholes = np.unique(self.city.wholes[np.concatenate(near)])
        found: list[Covered] = []
        for number, record in zip(
            wholes.tolist(), feature_records(self.city, self.spool, wholes), strict=True
        ):
            if len(found) >= MOST_NEAR:
                break
            if (
                record.dataset != self.dataset
                and layer_of(record.class_name) not in _NOT_IN_THE_WAY
            ):
                own = self._ground_of(number)
                common = float(own.intersection(shape).area)
                if common >= LEAST_M2:
                    share = round(min(common / float(own.area), 1.0), 3)
                    found.append(Covered(record.id, record.name, share))
        return sorted(found, key=lambda one: (-one.share, one.feature))[:MOST_COVERED]

    def _ground_of(self, number: int) -> shapely.Geometry:
        """The ground of an object and its parts; of a plant, and of what is too fine, the box."""
        import shapely

        parts = np.flatnonzero(self.city.wholes == number)
        triangles = int(self.city.index.take(parts)["triangles"].sum())
        if 0 < triangles <= MOST_TRIANGLES:
            return footprint(self.triangles(parts)[1])
        (low, high), *_ = self.city.boxes(np.array([number]))
        return shapely.box(low[0], low[1], high[0], high[1])

    def triangles(self, objects: Int64Array) -> tuple[Int64Array, Float64Array]:
        """Those of the meshes of some objects: owners (T,) and corners (T, 3, 3), scene frame."""
        meshes = self.spool.meshes(self.city.index, objects)
        corners: Float64Array = meshes.positions[meshes.global_triangles]
        return meshes.triangle_objects, corners
