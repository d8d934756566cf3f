"""Sensor files of any size, and where their sensors stand."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np

from citiverse.bench.sensors.publishing import topic
from citiverse_server.overlays.place import frame_at

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

PROPERTIES = ("PM2.5", "noise", "temperature", "traffic")


def write_nowhere(file: Path, count: int) -> None:
    """So many datastreams without a place: everyone hears of each at once."""
    file.write_text("".join(_datastream(number) for number in range(count)))


def widened(scene: Path, folder: Path, side_m: float) -> Path:
    """The same scene by another name, of a city so wide that sensors may stand all over it."""
    shutil.copytree(scene, folder)
    manifest = json.loads((folder / "scene.json").read_text())
    low, high = manifest["extent"]["min"], manifest["extent"]["max"]
    manifest["extent"] = {
        "min": [-side_m / 2, -side_m / 2, low[2]],
        "max": [side_m / 2, side_m / 2, high[2]],
    }
    (folder / "scene.json").write_text(json.dumps({**manifest, "name": folder.name}))
    return folder


def write_spread(file: Path, scene: Path, places: NDArray[np.float64], broker: str) -> None:
    """One thing at each place (n, 3) of a scene; what a broker says of it is a datastream."""
    origin = json.loads((scene / "scene.json").read_text())["origin"]
    earth = frame_at(origin["lon"], origin["lat"]).to_earth(places).tolist()
    tables = [
        f'[mqtt]\nurl = "{broker}"\n[[datastream]]\nkey = "bench.{{thing}}"\nname = "{{thing}}"\n'
        'unit = "s"\nobserved_property = "noise"\ntopic = "bench/{thing}"\nvalue = "/value"\n'
    ]
    for number, (lon, lat, height) in enumerate(earth):
        where = f"[{lon:.8f}, {lat:.8f}, {height:.3f}]"
        tables.append(
            f'[[thing]]\nkey = "t-{number}"\nname = "Thing {number}"\nposition = {where}\n'
        )
    file.write_text("".join(tables))


def spread(count: int, side_m: float, seed: int) -> NDArray[np.float64]:
    """Places (n, 3) anywhere on a square around the origin."""
    flat = np.random.default_rng(seed).uniform(-side_m / 2, side_m / 2, (count, 2))
    return np.column_stack((flat, np.full(count, 3.0)))


def _datastream(number: int) -> str:
    observed = PROPERTIES[number % len(PROPERTIES)]
    return (
        f'[[datastream]]\nkey = "bench-{number}"\nname = "Sensor {number}"\nunit = "s"\n'
        f'observed_property = "{observed}"\ntopic = "{topic(number)}"\nvalue = "/value"\n'
    )
