"""What a building model says of where it stands, in the scene that it is to stand in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling import sources
from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.mesher import FARTHEST_M
from citiverse_tiling.report import Report
from citiverse_tiling.sources import ifc
from citiverse_tiling.sources.ifc.placement import place
from citiverse_tiling.sources.ifc.process import read_model

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.frame import SceneFrame

_AHEAD_M = 10.0
_END_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Georeference:
    """Where the origin of the proposal's frame stands by itself, in the scene frame."""

    source: str
    said: str
    position: tuple[float, float, float]
    heading_deg: float


@dataclass(frozen=True, slots=True)
class Told:
    """Of a model in metres of its own: a point near what is in it, and its ground floor's level."""

    near: tuple[float, float, float]
    ground: float


def told_ground(path: Path) -> Told | None:
    """What a building model says of its own coordinates; None of other formats.

    Raises InputError.
    """
    if not ifc.accepts(sources.head_of(path)):
        return None
    model = read_model(path)
    ground = model.start.ground_z
    for body in model.bodies.values():
        x, y, _ = np.frombuffer(body.matrix, np.float64).reshape(3, 4)[:, 3].round().tolist()
        return Told((x, y, round(ground)), ground)
    return Told((0.0, 0.0, 0.0), ground)


def is_cut_short(path: Path) -> bool:
    """Whether a building model lacks its end (ISO 10303-21, 5.3)."""
    if not ifc.accepts(sources.head_of(path)):
        return False
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _END_BYTES, 0))
        return b"END-ISO-10303-21" not in file.read()


def georeference(
    path: Path, scene: SceneFrame, anchor: tuple[float, float, float], report: Report
) -> Georeference | None:
    """Where the point `anchor` of a file's coordinates stands, None where the file doesn't say.

    What is doubtful about it is in the report.
    """
    if not ifc.accepts(sources.head_of(path)):
        return None
    crs, doubts = CrsRegistry(), Report()
    where = place(read_model(path).start, path, crs, doubts)
    if not where.source:
        if where.place is not None and where.place.lon:
            report.warn(f"{path.name} says that it stands where no one can mean it; place it.")
        return None
    report.warnings += doubts.warnings
    x, y, z = anchor
    points = np.array([anchor, (x, y + _AHEAD_M, z)])
    ecef = crs.to_ecef(where.key, where.coordinates(points, crs))
    position, ahead = scene.from_ecef(ecef)
    away_m = float(np.hypot(*position[:2]))
    if away_m > FARTHEST_M:
        report.warn(f"{where.said} That is {away_m / 1000:,.0f} km from here; place it.")
        return None
    east, north, _ = (ahead - position).tolist()
    heading = math.degrees(math.atan2(east, north)) % 360.0
    x, y, z = position.tolist()
    return Georeference(where.source, where.said, (x, y, z), heading)
