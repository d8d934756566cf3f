"""Mesh files → CityObjects of class Mesh, in pieces that lie together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.errors import BadCoordinates, EmptyCity, InputError
from citiverse_tiling.model import CityObject, Geometry, Place, Polygons, SurfaceType
from citiverse_tiling.report import InputDescription
from citiverse_tiling.sources.mesh.formats import FORMATS, format_of
from citiverse_tiling.sources.mesh.loading import load
from citiverse_tiling.sources.mesh.placement import placement_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.model import Float64Array, Int64Array
    from citiverse_tiling.report import Report
    from citiverse_tiling.sources.mesh.loading import Triangles

MESH = "Mesh"
PIECE_TRIANGLES = 1_000
"""A leaf of the scene holds about one piece."""

_HEAD_BYTES = 65_536
_FAR = 1e30
_UNIT = re.compile(rb"<unit\b[^>]*\bmeter\s*=\s*[\"']([\d.eE+-]+)[\"']")
_UP_AXIS = re.compile(rb"<up_axis>\s*([XYZ])_UP")


def accepts(head: bytes) -> bool:
    """Whether a file that begins so is a mesh of a known format."""
    return format_of(head) is not None


def images(path: Path) -> Iterator[str]:
    """The images that the mesh's materials name."""
    _, names = load(path, form_of(path))
    for name in names:
        inside, _, _ = name.partition("#")
        yield inside if inside != str(path) else path.name


def read(
    path: Path,
    crs: CrsRegistry,
    report: Report,
    on_bytes: Callable[[int], None],
    _theme: str | None = None,
) -> Iterator[CityObject]:
    """The pieces of a mesh, after one object without geometry that stands for the whole."""
    form = form_of(path)
    placement = placement_of(path, crs, *axes_of(path, form))
    try:
        parts, _ = load(path, form)
    except InputError as error:
        error.file = path
        raise
    size, total = path.stat().st_size, sum(len(part.corners) for part in parts)
    images_named = len({look.image for part in parts for look in part.looks if look.image})
    detail = f"{total:,} triangles in {len(parts):,} parts, {images_named:,} images"
    report.inputs.append(
        InputDescription(path.name, size, FORMATS[form], "", (placement.key,), details=(detail,))
    )
    if not total:
        raise EmptyCity("there are no triangles in it", file=path)
    place = Place(path.name, 0)
    report.objects_read[MESH] += 1
    yield CityObject(path.stem, MESH, place, name=path.stem)
    number = 0
    for part in parts:
        try:
            coordinates = placement.coordinates(part.corners.reshape(-1, 3), crs)
            if number == 0:
                crs.to_ecef(placement.key, coordinates[:1])
        except BadCoordinates as error:
            raise BadCoordinates(error.problem, file=path, remedy=error.remedy) from error
        coordinates = coordinates.reshape(-1, 3, 3)
        for rows in _pieces(part.corners):
            number += 1
            report.objects_read[MESH] += 1
            report.read(path.name, MESH, len(rows))
            yield CityObject(
                f"{path.stem}-{number}",
                MESH,
                place,
                parent_id=path.stem,
                name=part.name,
                geometries=(_geometry(placement.key, part, coordinates, rows),),
            )
    on_bytes(size)


def form_of(path: Path) -> str:
    """The format of a mesh file, a key in `FORMATS`. Raises InputError."""
    with path.open("rb") as file:
        form = format_of(file.read(_HEAD_BYTES))
    if form is None:
        raise InputError("it is no mesh", path)
    return form


def axes_of(path: Path, form: str) -> tuple[str, float]:
    """Which axis is up, and how many metres a unit has, where the format says it."""
    if form in ("glb", "gltf"):
        return "y", 1.0
    if form != "dae":
        return "z", 1.0
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    up, unit = _UP_AXIS.search(head), _UNIT.search(head)
    try:
        unit_m = float(unit[1]) if unit else 1.0
    except ValueError:
        unit_m = 1.0
    return "z" if up and up[1] == b"Z" else "y", unit_m


def _pieces(corners: Float64Array) -> Iterator[Int64Array]:
    """Rows of triangles that lie together, so many at a time: along a curve through all of them."""
    # What is no place anywhere is listed as lost later on; until then it lies at some end.
    middle = np.clip(np.nan_to_num(corners), -_FAR, _FAR).mean(axis=1)
    low, high = middle.min(axis=0), middle.max(axis=0)
    steps = ((middle - low) / np.maximum((high - low).max(), 1e-9) * 1023).astype(np.int64)
    code = np.zeros(len(middle), np.int64)
    for bit in range(10):
        for axis in range(3):
            code |= (steps[:, axis] >> bit & 1) << (3 * bit + axis)
    order = np.argsort(code, kind="stable")
    for start in range(0, len(order), PIECE_TRIANGLES):
        yield order[start : start + PIECE_TRIANGLES]


def _geometry(key: str, part: Triangles, coordinates: Float64Array, rows: Int64Array) -> Geometry:
    count = len(rows)
    numbers, inverse = np.unique(part.appearances[rows], return_inverse=True)
    local = (inverse - int(numbers[0] < 0)).astype(np.int32)
    looks = tuple(part.looks[number] for number in numbers.tolist() if number >= 0)
    places = None if part.places is None else part.places[rows].reshape(-1, 2)
    polygons = Polygons(
        coordinates[rows].reshape(-1, 3),
        np.arange(count + 1) * 3,
        np.arange(count + 1),
        np.full(count, SurfaceType.MESH, np.uint8),
        np.zeros(count, np.int32),
        ("",) * count,
        local if looks else None,
        places,
    )
    return Geometry("3", key, polygons, looks)
