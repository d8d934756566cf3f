"""Where the town would lie on Earth."""

from __future__ import annotations

from functools import lru_cache

from pyproj import CRS, Proj

from citiverse_assets.citygml import gml


def position(x: float, y: float) -> tuple[float, float, float]:
    """Longitude, latitude and the grid's own turn there, degrees; from the town's metres.

    The turn (meridian convergence) is what is added to a grid heading to get the true one.
    """
    east, north = gml.ORIGIN
    projection = _projection()
    lon, lat = projection(east + x, north + y, inverse=True)
    return (lon, lat, _turn(lon, lat))


@lru_cache
def _projection() -> Proj:
    return Proj(CRS.from_user_input(gml.CRS))


@lru_cache(maxsize=64)
def _turn_near(lon: float, lat: float) -> float:
    return float(_projection().get_factors(lon, lat).meridian_convergence)


def _turn(lon: float, lat: float) -> float:
    # It hardly changes within a town.
    return _turn_near(round(lon, 2), round(lat, 2))
