"""Reads IFC files for tests: the objects, by name, and the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling import sources
from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.options import LocalPlace
from citiverse_tiling.report import Report

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import CityObject, Float64Array

HERE = LocalPlace(8.4003, 49.0003, 110.0)


def read(path: Path, crs: CrsRegistry | None = None) -> tuple[dict[str, CityObject], Report]:
    """All objects by name, at a place that is given unless `crs` says otherwise."""
    report = Report()
    registry = crs or CrsRegistry(None, HERE)
    objects = list(sources.read(path, registry, report, lambda _: None))
    return {one.name: one for one in objects}, report


def points(item: CityObject) -> Float64Array:
    """The corners of the triangles of an object's only body, (T, 3, 3)."""
    (geometry,) = item.geometries
    return geometry.polygons.coordinates.reshape(-1, 3, 3)


def volume(item: CityObject) -> float:
    """Of a body that is closed, m³ (the divergence theorem)."""
    corners = points(item)
    return float(
        np.einsum("ti,ti->t", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    )
