"""Which elements one would see from outside: a building in little cubes, with air let in.

All elements fill cubes, windows and doors like walls. Air comes in from the rim of the box and goes
on through empty cubes; how many of its own cubes an element has beside such air tells whether it is
part of the shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.model import BoolArray, Float64Array, Int64Array

CUBES = 48
"""Along the longest side."""

LEAST_SHARE = 0.25
"""A wall between rooms that ends at a facade is seen from outside with its end alone."""

_MOST_STEPS = 2 * CUBES
_MOST_TURNS = 64


def seen_from_outside(corners: Sequence[Float64Array]) -> BoolArray:
    """Of n elements with triangles (T, 3, 3) each, in metres: those that are, (n,)."""
    counts = np.array([len(one) for one in corners])
    if not counts.sum():
        return np.zeros(len(corners), np.bool_)
    triangles = np.concatenate(list(corners))
    owners = np.repeat(np.arange(len(corners)), counts)
    low, high = triangles.min(axis=(0, 1)), triangles.max(axis=(0, 1))
    side = max(float((high - low).max()) / CUBES, 1e-3)
    shape = np.ceil((high - low) / side).astype(np.int64) + 3
    cubes, cube_owners = _filled((triangles - low) / side + 1, owners, shape)
    free = np.ones(shape, np.bool_)
    free.flat[cubes] = False
    beside = _beside(_air(free)).ravel()
    seen = np.bincount(cube_owners, beside[cubes], len(corners))
    own = np.bincount(cube_owners, minlength=len(corners))
    return np.asarray(seen > LEAST_SHARE * np.maximum(own, 1))


def _filled(
    triangles: Float64Array, owners: Int64Array, shape: Int64Array
) -> tuple[Int64Array, Int64Array]:
    """The cubes that each element fills, as flat numbers, and whose they are, each pair once."""
    edges = triangles[:, [1, 2, 0]] - triangles
    longest = np.sqrt(np.einsum("tci,tci->tc", edges, edges)).max(axis=1)
    steps = np.clip(np.ceil(2 * longest), 1, _MOST_STEPS).astype(np.int64)
    strides = np.array([shape[1] * shape[2], shape[2], 1])
    pairs = []
    for count in np.unique(steps).tolist():
        rows = np.flatnonzero(steps == count)
        along, across = np.meshgrid(np.arange(count + 1), np.arange(count + 1))
        inside = along + across <= count
        weights = np.column_stack([along[inside], across[inside]]) / count
        weights = np.column_stack([1 - weights.sum(axis=1), weights])
        points = np.einsum("kc,tci->tki", weights, triangles[rows])
        cubes = np.floor(points).astype(np.int64) @ strides
        pairs.append(np.unique(owners[rows][:, None] * int(shape.prod()) + cubes))
    both = np.unique(np.concatenate(pairs))
    return both % int(shape.prod()), both // int(shape.prod())


def _air(free: BoolArray) -> BoolArray:
    """The free cubes that can be come to from the first one, which is at the rim."""
    air = np.zeros_like(free)
    air[0, 0, 0] = True
    for _ in range(_MOST_TURNS):
        before = int(air.sum())
        for axis in range(3):
            _spread(np.moveaxis(air, axis, -1), np.moveaxis(free, axis, -1))
        if int(air.sum()) == before:
            break
    return air


def _spread(air: BoolArray, free: BoolArray) -> None:
    """Let air along the last axis, in place, as far as cubes are free."""
    walls = np.cumsum(~free, axis=-1)
    lines = np.arange(walls[..., 0].size).reshape(walls.shape[:-1])[..., None]
    runs = walls + lines * (free.shape[-1] + 1)
    has_air = np.zeros(int(runs.max()) + 1, np.bool_)
    has_air[runs[air]] = True
    air |= has_air[runs] & free


def _beside(air: BoolArray) -> BoolArray:
    """The cubes that share a face with air."""
    found = np.zeros_like(air)
    for axis in range(3):
        one, other = np.moveaxis(found, axis, 0), np.moveaxis(air, axis, 0)
        one[1:] |= other[:-1]
        one[:-1] |= other[1:]
    return found
