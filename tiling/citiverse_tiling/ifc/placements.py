"""IfcLocalPlacement: where the frame of an object stands, and which of them lead in a circle."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.ifc.messages import Frame

if TYPE_CHECKING:
    from ifcopenshell import entity_instance, file

    from citiverse_tiling.model import Float64Array

MAX_DEPTH = 64
"""Of placements in placements; a building has about six."""

_SAME_HEIGHT_M = 1e-6


def origin_of(product: entity_instance, unit_m: float) -> tuple[float, float, float]:
    """The origin of a product's frame in metres of the model, (0, 0, 0) where it has none."""
    matrix = _matrix(product.ObjectPlacement, 0)
    x, y, z = (matrix[:3, 3] * unit_m).tolist()
    return x, y, z


def frame_of(product: entity_instance, unit_m: float) -> Frame:
    """Where a building or a storey stands, and how it is turned.

    A storey that stands where its building does, although its Elevation is another, is as high as
    that says (IFC 4.3.2, 5.4.3.18): some programs write the one, some the other.
    """
    matrix = _matrix(product.ObjectPlacement, 0)
    x, y, z = (matrix[:3, 3] * unit_m).tolist()
    if product.is_a("IfcBuildingStorey"):
        above = next((one.RelatingObject for one in product.Decomposes), None)
        floor = origin_of(above, unit_m)[2] if above is not None else 0.0
        elevation = float(product.Elevation or 0.0) * unit_m
        if abs(z - floor) < _SAME_HEIGHT_M and math.isfinite(elevation):
            z = floor + elevation
    ahead = float(matrix[0, 1]), float(matrix[1, 1])
    return Frame((x, y, z), ahead if math.hypot(*ahead) > 0.5 else (0.0, 1.0))


def circular(model: file) -> frozenset[int]:
    """Numbers of the placements that lead nowhere: relative to themselves, or too deep."""
    depths: dict[int, int] = {}
    bad = set()
    for one in model.by_type("IfcLocalPlacement"):
        chain: list[int] = []
        here = one
        while here is not None and here.id() not in depths and len(chain) <= MAX_DEPTH:
            if here.id() in chain:
                break
            chain.append(here.id())
            here = here[0] if here.is_a("IfcLocalPlacement") else None
        if here is not None and here.id() not in depths:
            bad.update(chain)
            base = MAX_DEPTH + 1
        else:
            base = 0 if here is None else depths[here.id()]
        for above, number in enumerate(reversed(chain), 1):
            depths[number] = base + above
            if base + above > MAX_DEPTH:
                bad.add(number)
    return frozenset(bad)


def _matrix(placement: entity_instance | None, depth: int) -> Float64Array:
    """From a placement's frame to the model's, in units of the model, (4, 4)."""
    if placement is None or depth > MAX_DEPTH or not placement.is_a("IfcLocalPlacement"):
        return np.eye(4)
    own = _axes(placement[1])
    return np.asarray(_matrix(placement[0], depth + 1) @ own)


def _axes(given: entity_instance | None) -> Float64Array:
    """An IfcAxis2Placement2D or 3D as a matrix (4, 4)."""
    matrix = np.eye(4)
    if given is None:
        return matrix
    place = [float(one) for one in given.Location[0][:3]]
    matrix[: len(place), 3] = place
    x, z = np.array([1.0, 0, 0]), np.array([0, 0, 1.0])
    if (axis := getattr(given, "Axis", None)) is not None:
        z = _unit(axis.DirectionRatios, z)
    if (ahead := getattr(given, "RefDirection", None)) is not None:
        x = _unit(ahead.DirectionRatios, x)
    x = x - z * (x @ z)
    if x @ x < 1e-12:
        return matrix
    x /= np.sqrt(x @ x)
    matrix[:3, :3] = np.column_stack([x, np.cross(z, x), z])
    return matrix


def _unit(ratios: tuple[float, ...], default: Float64Array) -> Float64Array:
    vector = np.zeros(3)
    vector[: len(ratios)] = ratios[:3]
    length = float(np.sqrt(vector @ vector))
    return vector / length if length > 1e-12 else default
