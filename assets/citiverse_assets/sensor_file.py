"""Writes the server's sensor file for the town: which topic carries which sensor."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from citiverse_assets.sensors import SENSORS

if TYPE_CHECKING:
    from citiverse_assets.sensors import Sensor

STALE_AFTER_S = 30


def sensor_file(dataset: str) -> str:
    """The file's text; `dataset` is the first part of the identities of the scene's buildings."""
    return "\n".join(_datastream(sensor, dataset) for sensor in SENSORS)


def _datastream(sensor: Sensor, dataset: str) -> str:
    return (
        "[[datastream]]\n"
        f"key = {_quoted(sensor.key)}\n"
        f"name = {_quoted(sensor.name)}\n"
        f"observed_property = {_quoted(sensor.observed_property)}\n"
        f"unit = {_quoted(sensor.unit)}\n"
        f"feature = {_quoted(f'{dataset}/{sensor.building}')}\n"
        f"topic = {_quoted(sensor.topic)}\n"
        'value = "/value"\n'
        'time = "/time"\n'
        f"range = [{sensor.low}, {sensor.high}]\n"
        f"stale_after_s = {STALE_AFTER_S}\n"
    )


def _quoted(text: str) -> str:
    # A JSON string of printable characters is a TOML string too.
    return json.dumps(text, ensure_ascii=False)
