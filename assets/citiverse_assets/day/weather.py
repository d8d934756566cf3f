"""Air, wind and rain over the fjord."""

from __future__ import annotations

import math

from citiverse_assets.day.rhythm import DAY_S, YEAR_S, hour, unrest, wander


def cloud(time_s: float) -> float:
    """How much of the sky is covered, from 0 to 1."""
    return min(max(0.5 + 0.8 * wander(time_s, 4.7), 0.0), 1.0)


def temperature(time_s: float) -> float:
    """Air in °C: warmest in late July and in mid-afternoon, less so under clouds."""
    season = math.cos(2 * math.pi * (time_s / YEAR_S - 0.56))
    day = math.cos(2 * math.pi * (hour(time_s) - 14.5) / 24.0)
    swing = (2.0 + season) * (1.2 - 0.5 * cloud(time_s))
    return 9.2 + 8.3 * season + swing * day + 2.0 * wander(time_s, 9.0)


def wind(time_s: float) -> float:
    """Wind speed in m/s: the sea wind of the afternoon, and storms of some days."""
    front = max(wander(time_s, 5.3), 0.0)
    sea = 2.2 * math.exp(-(((hour(time_s) - 14.0) / 3.5) ** 2) / 2.0)
    return max(2.4 + sea + 9.0 * front**2 + unrest(time_s, 0.5), 0.0)


def wind_direction(time_s: float) -> float:
    """Where the wind comes from, degrees from north: mostly from the west."""
    return (255.0 + 75.0 * wander(time_s, 3.1) + unrest(time_s, 6.0)) % 360.0


def rain(time_s: float) -> float:
    """Millimetres an hour: only out of thick clouds, in showers, and never even."""
    shower = max(wander(time_s, 0.21), 0.0)
    return 7.0 * max(cloud(time_s) - 0.72, 0.0) * shower * (1.0 + 0.5 * unrest(time_s, 0.4))


def sunshine(time_s: float) -> float:
    """What the sun brings to a flat roof, W/m²."""
    # 21 June is the 172nd day; the town lies at 54.8° north.
    season = math.cos(2 * math.pi * (time_s / YEAR_S - 0.47))
    declination = math.radians(23.44) * season
    latitude = math.radians(54.8)
    turn = 2 * math.pi * (hour(time_s) - 12.0) / 24.0
    height = math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(
        declination
    ) * math.cos(turn)
    return max(1_050.0 * height - 60.0, 0.0) * (1.0 - 0.75 * cloud(time_s))


def water_level(time_s: float) -> float:
    """Metres above the mean: the Baltic's small tide, and days of wind from the west."""
    tide = 0.07 * math.sin(2 * math.pi * time_s / (12.42 * 3600.0))
    swell = 0.24 * wander(time_s, 5.3) + 0.1 * math.sin(2 * math.pi * time_s / (3.7 * DAY_S))
    return tide + swell
