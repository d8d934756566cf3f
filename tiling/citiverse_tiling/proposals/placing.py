"""Where a proposal stands: by points, by a footprint, on a map; and back to `--place`.

A proposal has a frame of its own, metres, x east, y north and z up as its file has them. A stand
says where the origin of that frame is in the scene's, and where its y axis points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.errors import InputError
from citiverse_tiling.frame import SceneFrame, geodetic_from_ecef
from citiverse_tiling.options import LocalPlace

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array

FEWEST_POINTS, MOST_POINTS = 2, 16
LEAST_SPREAD_M = 0.1
_AHEAD = np.array([[0.0, 1.0, 0.0]])


@dataclass(frozen=True, slots=True)
class Stand:
    """Metres in the scene frame, degrees clockwise from its north (+y)."""

    position: tuple[float, float, float]
    heading_deg: float

    def to_scene(self, points: Float64Array) -> Float64Array:
        """(N, 3) of the proposal's frame → (N, 3) of the scene's."""
        moved: Float64Array = points @ _turn(self.heading_deg).T + self.position
        return moved


@dataclass(frozen=True, slots=True)
class Fit:
    """A stand by points: what each pair is off on the ground, and the scale that would fit best."""

    stand: Stand
    residuals_m: tuple[float, ...]
    scale: float


@dataclass(frozen=True, slots=True)
class OrientedBox:
    """The smallest rectangle round something on the ground.

    `long_deg` is where its longer side points, clockwise from north, 0 … 180.
    """

    middle: tuple[float, float]
    long_deg: float
    long_m: float
    short_m: float


def fit_points(model: Float64Array, scene: Float64Array) -> Fit:
    """The turn about the vertical and the shift that bring points (N, 3) nearest to points (N, 3).

    Least squares in the plane (Umeyama 1991, without scale); the height is the mean. Raises
    InputError where the points are too few or in one place.
    """
    if not FEWEST_POINTS <= len(model) <= MOST_POINTS:
        raise InputError(f"{len(model)} pairs of points", remedy="give 2 to 16")
    before, after = model.mean(axis=0), scene.mean(axis=0)
    one, other = (model - before)[:, :2], (scene - after)[:, :2]
    spread = float(np.einsum("ij,ij->", one, one))
    if min(spread, float(np.einsum("ij,ij->", other, other))) < LEAST_SPREAD_M**2:
        raise InputError(
            "the points all lie in one place", remedy="choose points that are far from each other"
        )
    along = float(np.einsum("ij,ij->", one, other))
    across = float((one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]).sum())
    heading = -math.degrees(math.atan2(across, along)) % 360.0
    position = after - before @ _turn(heading).T
    x, y, z = position.tolist()
    stand = Stand((x, y, z), heading)
    off = np.linalg.norm((stand.to_scene(model) - scene)[:, :2], axis=1)
    return Fit(stand, tuple(off.tolist()), math.hypot(along, across) / spread)


def oriented_box(points: Float64Array) -> OrientedBox:
    """The smallest rectangle round points (N, 2). Raises InputError where they are on a line."""
    import shapely  # rare, and it takes its time

    hull = shapely.convex_hull(shapely.multipoints(points))
    ring = shapely.get_coordinates(hull)
    if hull.geom_type != "Polygon":
        raise InputError("it covers no ground, so nothing can be laid on it")
    sides = np.diff(ring, axis=0)
    turns = np.arctan2(sides[:, 1], sides[:, 0])
    cos, sin = np.cos(turns)[:, None], np.sin(turns)[:, None]
    along = ring[:, 0] * cos + ring[:, 1] * sin
    across = ring[:, 1] * cos - ring[:, 0] * sin
    lengths, widths = np.ptp(along, axis=1), np.ptp(across, axis=1)
    # Equal to a millimetre, the first one counts, so that a square isn't turned by rounding.
    best = int(np.argmin(np.round(lengths * widths, 3)))
    u = (along[best].max() + along[best].min()) / 2
    v = (across[best].max() + across[best].min()) / 2
    c, s = float(cos[best, 0]), float(sin[best, 0])
    long_m, short_m = float(lengths[best]), float(widths[best])
    bearing = 90.0 - math.degrees(float(turns[best]))
    if short_m > long_m:
        long_m, short_m, bearing = short_m, long_m, bearing + 90.0
    return OrientedBox((u * c - v * s, u * s + v * c), bearing % 180.0, long_m, short_m)


def laid_on(own: OrientedBox, other: OrientedBox, height: float, turns: int) -> Stand:
    """The stand that lays a proposal's box on another, the longer side on the longer one.

    Each of `turns` turns it by 180°.
    """
    heading = (other.long_deg - own.long_deg + 180.0 * turns) % 360.0
    turned = _turn(heading)[:2, :2] @ own.middle
    x, y = (np.array(other.middle) - turned).tolist()
    return Stand((x, y, height), heading)


def stand_at(place: LocalPlace, frame: SceneFrame) -> Stand:
    """Where a point on Earth and a heading from true north are in the scene.

    The tangent planes differ by 0.009° for each kilometre, which isn't made up for.
    """
    there = SceneFrame(place.lon, place.lat)
    up = np.array([[0.0, 0.0, place.height]])
    ahead = up + _AHEAD @ _turn(place.heading_deg).T
    position, further = frame.from_ecef(there.to_ecef(np.concatenate([up, ahead])))
    x, y, z = position.tolist()
    east, north, _ = (further - position).tolist()
    return Stand((x, y, z), math.degrees(math.atan2(east, north)) % 360.0)


def place_of(stand: Stand, frame: SceneFrame) -> LocalPlace:
    """The same as degrees, metres above the ellipsoid and a heading from true north."""
    here = np.array([stand.position])
    ecef = frame.to_ecef(np.concatenate([here, stand.to_scene(_AHEAD)]))
    lon, lat, height = geodetic_from_ecef(ecef[:1])[0].tolist()
    position, further = SceneFrame(lon, lat).from_ecef(ecef)
    east, north, _ = (further - position).tolist()
    return LocalPlace(lon, lat, height, math.degrees(math.atan2(east, north)) % 360.0)


def _turn(heading_deg: float) -> Float64Array:
    """Turns points clockwise, as seen from above, (3, 3)."""
    turn = math.radians(heading_deg)
    cos, sin = math.cos(turn), math.sin(turn)
    return np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
