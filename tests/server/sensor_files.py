"""Sensor files as the reader returns them, from what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from citiverse_server.overlays.sensor_file import SensorFile

if TYPE_CHECKING:
    from collections.abc import Mapping


def sensor_file(*streams: Mapping[str, object], **sections: object) -> SensorFile:
    """A file with a broker and some datastreams, of which each says what matters."""
    base = {"name": "A", "observed_property": "a", "unit": "m"}
    whole = {
        "mqtt": {"url": "mqtt://127.0.0.1"},
        "datastream": [{**base, **stream} for stream in streams],
        **sections,
    }
    return msgspec.convert(whole, SensorFile)
