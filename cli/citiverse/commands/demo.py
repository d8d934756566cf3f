"""`citiverse demo`: the invented town through the real pipeline, and its sensors through the real
way of a reading, all served as any other city is."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

from citiverse_server.run import serve

import citiverse_assets
import citiverse_tiling
from citiverse import cache, progress
from citiverse.exits import one_sentence
from citiverse_assets import citygml, sensor_file, town
from citiverse_assets.sensors import SENSORS
from citiverse_server.config import ServerConfig
from citiverse_server.errors import ServerError
from citiverse_server.overlays.reading import Reading

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NAME = "ellerhaven"
INTERVAL_S = 2.0
"""Each sensor reports this often."""


def run(port: int, open_browser: bool) -> None:
    """Make the town where it isn't made yet, then serve it until Ctrl-C."""
    del open_browser
    with one_sentence(ServerError, OSError):
        made = prepare(cache.folder() / "demo")
        serve(
            ServerConfig(
                scenes=(made / NAME,), port=port, sensors=made / "sensors.toml", feed=readings
            )
        )


def prepare(parent: Path) -> Path:
    """A folder under `parent` with the scene and `sensors.toml`, made by exactly this code."""
    made = parent / cache.digest(citiverse_assets, citiverse_tiling)
    if not (made / NAME / "scene.json").is_file():
        _make(made)
    made.touch()
    cache.forget_unused(parent)
    return made


def _make(folder: Path) -> None:
    from citiverse_tiling.options import Attribution, TileOptions
    from citiverse_tiling.pipeline import tile

    folder.mkdir(parents=True, exist_ok=True)
    city = folder / f"{NAME}.gml"
    citygml.write(town.build(), city)
    (folder / "sensors.toml").write_text(sensor_file.sensor_file(NAME), encoding="utf-8")
    options = TileOptions(
        inputs=(city,),
        output=folder / NAME,
        name=NAME,
        title="Ellerhaven, an invented town",
        attributions=(Attribution("CitiVerse, invented", "Apache-2.0"),),
    )
    with progress.shown() as show:
        tile(options, show)


async def readings() -> AsyncIterator[Reading]:
    """What the town's sensors would publish: JSON with a value and a time, every two seconds."""
    while True:
        now = time.time()
        for sensor in SENSORS:
            payload = json.dumps({"value": sensor.value(now), "time": now}).encode()
            yield Reading(sensor.topic, payload)
        await asyncio.sleep(INTERVAL_S)
