"""buildings.json: what is in buildings are features of the scene, and it hangs together."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from citiverse_tiling.buildings import (
    MOST_BUILDINGS,
    MOST_CORNERS,
    MOST_ROOMS,
    MOST_STOREYS,
    NAME,
    read_buildings,
)
from citiverse_tiling.check.finding import Finding
from citiverse_tiling.errors import SceneError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_tiling.buildings import Building
    from citiverse_tiling.manifest import Manifest


def check_buildings(scene: Path, manifest: Manifest) -> Iterator[Finding]:
    """The file that the manifest names, if it names one."""
    if not manifest.buildings:
        return
    if manifest.buildings != NAME or NAME not in manifest.checksums:
        yield Finding("scene.json", f"buildings is {manifest.buildings!r}", f"{NAME}, in checksums")
        return
    try:
        found = read_buildings(scene)
    except SceneError as error:
        yield Finding(NAME, error.problem, "buildings as scene.md has them")
        return
    storeys = sum(len(one.storeys) for one in found)
    rooms = sum(len(one.rooms) for one in found)
    if len(found) > MOST_BUILDINGS or storeys > MOST_STOREYS or rooms > MOST_ROOMS:
        yield Finding(NAME, "it has more than it may", "the limits of scene.md")
        return
    for building in found:
        yield from _check(building)
    for identity in _unknown(scene / "features.sqlite", found):
        yield Finding(NAME, f"{identity!r} is no feature", "identities of the scene")


def _check(building: Building) -> Iterator[Finding]:
    floors = [one.floor for one in building.storeys]
    if floors != sorted(floors):
        yield Finding(NAME, f"the storeys of {building.id!r} are in no order", "by their floors")
    low, high = building.box
    if any(a > b for a, b in zip(low, high, strict=True)):
        yield Finding(NAME, f"the box of {building.id!r} is inside out", "its lowest corner first")
    known = {"", *(one.id for one in building.storeys)}
    for room in building.rooms:
        if room.storey not in known:
            yield Finding(NAME, f"{room.id!r} is in {room.storey!r}", "a storey of its building")
        if not (room.outline == () or 3 <= len(room.outline) <= MOST_CORNERS):
            yield Finding(NAME, f"{room.id!r} has {len(room.outline)} corners", "3 to 256, or none")
    levels = [(one.id, one.floor, one.ceiling) for one in building.storeys]
    levels += [(one.id, one.floor, one.ceiling) for one in building.rooms]
    for identity, floor, ceiling in levels:
        if ceiling < floor:
            yield Finding(NAME, f"the ceiling of {identity!r} is below its floor", "it above")


def _unknown(features: Path, found: tuple[Building, ...]) -> list[str]:
    """Those that the scene has no feature of."""
    if not features.is_file():
        return []
    named = [building.id for building in found]
    named += [one.id for building in found for one in building.storeys]
    named += [one.id for building in found for one in building.rooms]
    query = "SELECT 1 FROM feature WHERE id = ?"
    with closing(sqlite3.connect(features)) as connection:
        return [one for one in named if not connection.execute(query, (one,)).fetchone()]
