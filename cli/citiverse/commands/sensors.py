"""`citiverse sensors check`: listens to the sources of a sensor file, and says what came."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from citiverse.exits import Exit, one_sentence
from citiverse_server.clock import Clock
from citiverse_server.errors import ServerError
from citiverse_server.listening import Listening
from citiverse_server.overlays.binding import bind
from citiverse_server.overlays.sensor_file import lines_of, read_sensor_file
from citiverse_server.quality.judge import Judge
from citiverse_server.scene import open_scene
from citiverse_server.sensor_check import checked, listen, without_traces
from citiverse_server.sensors import Sensors

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_server.sensor_check import CheckedSource

MOST_LINES = 50
"""Of datastreams that are well; those with a problem are all told."""


def check(config: Path, seconds: float, scene: Path | None, as_json: bool) -> None:
    """Prints what came, and ends with the code that says how well."""
    clock = Clock()
    with one_sentence(ServerError, OSError):
        sensors = Sensors(without_traces(read_sensor_file(config)), judge=Judge())
        lines = lines_of(config.read_text(encoding="utf-8"), "datastream")
        homeless = () if scene is None else _homeless(sensors, scene)
        said = asyncio.run(listen(Listening(sensors, clock), seconds))
    sources = checked(sensors, clock.micros(), lines)
    if as_json:
        found = {
            "sources": [asdict(source) for source in sources],
            "said": said,
            "homeless": homeless,
        }
        print(json.dumps(found, ensure_ascii=False))
    else:
        for line in said:
            print(f"{line}.")
        for source in sources:
            _print(source, seconds, config.name)
        for thing, feature in homeless:
            print(f"{thing}: the scene has no feature {feature}.")
    raise typer.Exit(_verdict(sources, bool(said or homeless)))


def _homeless(sensors: Sensors, scene: Path) -> tuple[tuple[str, str], ...]:
    """Things and the features they name that aren't in a scene. Raises `SceneError`."""
    things = sensors.registry.things.values()
    binding = bind(open_scene(scene), things)
    return tuple(
        (thing.key, thing.feature)
        for thing in things
        if thing.feature and not binding.standing(thing.key).features
    )


def _print(source: CheckedSource, seconds: float, file: str) -> None:
    where = f" at {source.url}" if source.url else ""
    reached = "reached, " if source.url and not source.lost else ""
    count = f"{source.observations} {'value' if source.observations == 1 else 'values'}"
    print(f"{source.name} ({source.kind}{where}): {reached}{count} in {seconds:g} s.")
    for problem in source.problems:
        print(f"  ! {problem}.")
    well = [one for one in source.datastreams if not one.problem]
    for one in well[:MOST_LINES]:
        print(f"  ok {one.key}: {one.says}")
    if len(well) > MOST_LINES:
        print(f"  ok and {len(well) - MOST_LINES} more")
    if source.lost and not source.observations:
        # That nothing came of each of them needs no saying.
        return
    for one in source.datastreams:
        if one.problem:
            place = f"{file}:{one.line}: " if one.line else ""
            print(f"  !  {place}{one.key}: {one.problem}.")


def _verdict(sources: list[CheckedSource], is_told: bool) -> Exit:
    if not any(source.observations for source in sources):
        return Exit.FAILED
    if is_told or not all(source.is_well for source in sources):
        return Exit.DONE_WITH_LOSSES
    return Exit.DONE
