"""What goes on in the streets: traffic, the air that it leaves, and its noise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from citiverse_assets.day import tram, weather
from citiverse_assets.day.rhythm import between, hour, is_weekend, peak, unrest, wander, weekday

if TYPE_CHECKING:
    from citiverse_assets.plan import Point

SATURDAY = 5


def traffic(time_s: float, busiest: float) -> float:
    """Vehicles an hour at a counter that sees `busiest` of them in the evening of a working day."""
    now = hour(time_s)
    if is_weekend(time_s):
        share = 0.03 + 0.5 * peak(now, 14.0, 3.4)
    else:
        share = 0.03 + 0.85 * peak(now, 7.7, 1.1) + peak(now, 17.0, 1.7) + 0.42 * peak(now, 12.3, 3)
    return max(busiest * (share + 0.03 * wander(time_s, 0.05)), 0.0)


def fine_dust(time_s: float) -> float:
    """PM2.5 in µg/m³: traffic by day, stoves on cold evenings, and what the wind leaves of it."""
    stoves = max(14.0 - weather.temperature(time_s), 0.0) * peak(hour(time_s), 20.5, 2.2)
    made = 3.0 + traffic(time_s, 9.0) + 1.7 * stoves
    thinned = made / (0.55 + 0.14 * weather.wind(time_s))
    washed = thinned * (1.0 - 0.35 * min(weather.rain(time_s), 1.0))
    return 2.0 + washed


def nitrogen_dioxide(time_s: float) -> float:
    """NO2 in µg/m³: nearly all of it from engines."""
    return (5.0 + traffic(time_s, 46.0)) / (0.6 + 0.11 * weather.wind(time_s))


def sound(time_s: float, point: Point, busiest: float) -> float:
    """Sound level in dB(A): engines, the wind, a tram that passes, and the feasts of Saturdays."""
    engines = 31.0 + 10.0 * math.log10(1.0 + traffic(time_s, busiest))
    wind = 26.0 + 1.7 * weather.wind(time_s)
    moving = tram.place(time_s).speed
    passing = 0.0
    if moving > 0.5:
        passing = 66.0 + moving - 20.0 * math.log10(max(tram.distance(time_s, point), 6.0) / 6.0)
    return _together(engines, wind, passing, _feast(time_s, point)) + unrest(time_s, 1.1)


QUAY: Point = (96.0, 16.0)


def _feast(time_s: float, point: Point) -> float:
    """On Saturday nights people sing at the quay until two o'clock."""
    now = hour(time_s)
    evening = weekday(time_s) == SATURDAY and now > 12.0
    night = weekday(time_s) == SATURDAY + 1 and now < 12.0
    late = between(now, 20.5, 28.0) if evening else between(now + 24.0, 20.5, 26.2) if night else 0
    away = 16.0 * math.log10(max(math.dist(point, QUAY), 12.0) / 12.0)
    return max(78.0 * late - away, 0.0)


def _together(*levels: float) -> float:
    return 10.0 * math.log10(sum(10.0 ** (level / 10.0) for level in levels))
