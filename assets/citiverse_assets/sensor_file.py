"""Writes the server's sensor file for the town: its things, what they observe, how that looks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from citiverse_assets.geography import position
from citiverse_assets.sensors import HARBOUR_TRAM, Station, sensors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_assets.sensors import Sensor

LICENCE, ATTRIBUTION = "Apache-2.0", "CitiVerse, invented"

# The steps of the air are the bands of the European Air Quality Index; the others are our own.
STYLES = """\
[[style]]
observed_property = "PM2.5"
look = "field"
title = "Fine dust (PM2.5)"
scale = [0, 50]
palette = "cividis"
steps = [[0, "good"], [10, "fair"], [20, "moderate"], [25, "poor"], [50, "very poor"]]

[[style]]
observed_property = "NO2"
look = "pin"
title = "Nitrogen dioxide"
scale = [0, 120]
palette = "cividis"
steps = [[0, "good"], [40, "fair"], [90, "moderate"], [120, "poor"], [230, "very poor"]]

[[style]]
observed_property = "Sound level"
look = "column"
title = "Noise"
scale = [35, 80]
palette = "oranges"
steps = [[20, "quiet"], [45, "calm"], [55, "busy"], [65, "loud"], [75, "very loud"]]

[[style]]
observed_property = "Traffic flow"
look = "pin"
title = "Traffic"
scale = [0, 700]
palette = "viridis"
steps = [[0, "hardly any"], [100, "light"], [300, "busy"], [600, "dense"]]

[[style]]
observed_property = "Heating power"
look = "surface"
title = "Heat that buildings need"
scale = [0, 40]
palette = "viridis"
steps = [[0, "little"], [10, "some"], [18, "much"], [26, "very much"]]

[[style]]
key = "harbour-tram"
look = "vehicle"
body = "tram"
title = "Tram"
"""


def sensor_file(dataset: str) -> str:
    """The file's text; `dataset` is the first part of the identities of the scene's buildings."""
    stations = dict.fromkeys(sensor.station for sensor in sensors())
    parts = (
        *(_thing(station, dataset) for station in (*stations, HARBOUR_TRAM)),
        *(_datastream(sensor) for sensor in sensors()),
        STYLES,
    )
    return "\n".join(parts)


def _thing(station: Station, dataset: str) -> str:
    return "[[thing]]\n" + "".join(f"{line}\n" for line in _of_thing(station, dataset))


def _of_thing(station: Station, dataset: str) -> Iterator[str]:
    yield f"key = {_quoted(station.key)}"
    yield f"name = {_quoted(station.name)}"
    if station.building:
        yield f"feature = {_quoted(f'{dataset}/{station.building}')}"
    if station.point is not None:
        x, y, height = station.point
        lon, lat, _ = position(x, y)
        yield f"position = [{lon:.7f}, {lat:.7f}, {height:.2f}]"
    if station.moving:
        yield "moving = true"
    yield f"licence = {_quoted(LICENCE)}"
    yield f"attribution = {_quoted(ATTRIBUTION)}"
    yield 'reality = "simulated"'


def _datastream(sensor: Sensor) -> str:
    kind = sensor.kind
    return (
        "[[datastream]]\n"
        f"key = {_quoted(sensor.key)}\n"
        f"name = {_quoted(sensor.name)}\n"
        f"thing = {_quoted(sensor.station.key)}\n"
        f"observed_property = {_quoted(kind.observed_property)}\n"
        f"unit = {_quoted(kind.unit)}\n"
        f"ucum = {_quoted(kind.ucum)}\n"
        f"topic = {_quoted(sensor.topic)}\n"
        'value = "/value"\n'
        'time = "/time"\n'
        f"range = [{kind.low}, {kind.high}]\n"
        f"period_s = {kind.period_s}\n"
        f"stale_after_s = {2 * kind.period_s + 10}\n"
    )


def _quoted(text: str) -> str:
    # A JSON string of printable characters is a TOML string too.
    return json.dumps(text, ensure_ascii=False)
