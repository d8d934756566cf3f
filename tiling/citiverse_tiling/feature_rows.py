"""Rows of features.sqlite from what is known of a city: all of them, or those that changed."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiverse_tiling.city import raw_records
from citiverse_tiling.model import Layer
from citiverse_tiling.object_digests import DIGEST_BYTES, joined, rows_among
from citiverse_tiling.sinks.features import (
    NOTED,
    ComparedRow,
    FeatureDatabase,
    FeatureRow,
    Origin,
    origin_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    from citiverse_tiling.city import City
    from citiverse_tiling.model import (
        BoolArray,
        Float64Array,
        Int64Array,
        Rows,
        UInt8Array,
        UInt64Array,
    )
    from citiverse_tiling.options import Reality
    from citiverse_tiling.plan import Plan
    from citiverse_tiling.spool import Spool

MOST_CHANGED = 8
"""Where more than one in so many rows differ, all are written anew."""

_ROWS_AT_ONCE = 1_024


class Differences(NamedTuple):
    """Features that are no more, or not as they were, and those that are instead.

    `stayed` is how many with a place are as they were.
    """

    gone: tuple[ComparedRow, ...]
    came: tuple[ComparedRow, ...]
    stayed: int


@dataclass(frozen=True, slots=True)
class FeatureSource:
    """What rows are made of; `base` is a digest of what they all depend on."""

    city: City
    plan: Plan
    spool: Spool
    reality: Reality
    base: bytes

    def rows(self, objects: Rows, numbers: Rows) -> list[FeatureRow]:
        """The rows of some objects, with their numbers (n,) in features.sqlite."""
        boxes = self.city.boxes(objects)
        corners = boxes.round(4).reshape(-1, 6)
        places = np.concatenate([_lon_lat(self.city, boxes), corners], axis=1)
        known = ~np.isnan(places[:, 0])
        return [
            FeatureRow(
                row,
                record.id,
                record.source_id,
                record.dataset,
                record.class_name,
                record.name,
                record.address,
                record.parent,
                tuple(values) if there else (None,) * 8,
                self.reality,
                bytes(record.attributes).decode(),
            )
            for row, record, values, there in zip(
                numbers.tolist(),
                raw_records(self.city, self.spool, objects),
                places.tolist(),
                known.tolist(),
                strict=True,
            )
        ]

    def tiles(self, numbers: Rows) -> Iterator[tuple[int, Rows]]:
        """Each tile with features, and the rows of those in the order of its property table."""
        for tile, local in enumerate(self.plan.tree.local_rows.tolist()):
            layer = self.plan.layer_of(tile)
            if layer is not Layer.GROUND:
                shown = self.plan.objects[layer].shown[local]
                yield tile, numbers[self.city.shapes.objects[shown]]


def write_features(path: Path, source: FeatureSource, former: Path | None) -> Differences | None:
    """Write features.sqlite: a copy of the former scene's where little of it changed.

    None where it is written anew: rows are then in the order of the tiles. Else they keep their
    numbers, and new ones are behind all others.
    """
    known = None if former is None else origin_of(former)
    if former is not None and known is not None and known.base == source.base:
        digests = _digests(source.city)
        rows = np.concatenate([rows_among(some, known.features["digest"]) for some in digests])
        changed = len(rows) + len(known.features) - 2 * int((rows >= 0).sum())
        if changed * MOST_CHANGED <= len(rows):
            with suppress(sqlite3.Error):  # a broken one is no help, and none is needed
                path.unlink(missing_ok=True)
                shutil.copyfile(former, path)
                return _patch(path, source, known, rows)
            path.unlink()
    numbers = source.plan.feature_rows
    order = np.empty(len(numbers), np.int32)
    order[numbers - 1] = np.arange(len(numbers))
    with FeatureDatabase.new(path) as database:
        for start in range(0, len(order), _ROWS_AT_ONCE):
            objects = order[start : start + _ROWS_AT_ONCE]
            database.add(source.rows(objects, numbers[objects]))
        for tile, features in source.tiles(numbers):
            database.link(tile, features.tolist())
        database.index()
        database.note(source.base, _noted(source, numbers), _tile_digests(source, numbers))
    return None


def _patch(path: Path, source: FeatureSource, known: Origin, rows: Int64Array) -> Differences:
    """Change the copy of a former features.sqlite; `rows` (n,) of `known` are −1 of what is new."""
    is_gone = np.ones(len(known.features), np.bool_)
    is_gone[rows[rows >= 0]] = False
    came = np.flatnonzero(rows < 0)
    numbers = known.features["row"][rows]
    with FeatureDatabase(path) as database:
        gone = database.compared(known.features["row"][is_gone].tolist())
        database.remove([one.row for one in gone])
        former_row = {one.id: one.row for one in gone}
        following = int(known.features["row"].max()) + 1
        for number, record in zip(
            came.tolist(), raw_records(source.city, source.spool, came), strict=True
        ):
            numbers[number] = former_row.get(record.id, following)
            following += numbers[number] == following
        new = source.rows(came, numbers[came])
        database.add(new)
        database.index([one.row for one in new])
        tiles = _tile_digests(source, numbers)
        common = min(len(tiles), len(known.tiles))
        stays = np.zeros(len(tiles), np.bool_)
        stays[:common] = (tiles[:common] == known.tiles[:common]).all(axis=1)
        database.unlink([*np.flatnonzero(~stays).tolist(), *range(common, len(known.tiles))])
        for tile, features in source.tiles(numbers):
            if not stays[tile]:
                database.link(tile, features.tolist())
        if len(came) or gone or not stays.all():
            database.note(source.base, _noted(source, numbers), tiles)
        database.forget_succession()
    has_place = np.concatenate([_have_place(some) for some in source.city.objects.pieces()])
    return Differences(
        tuple(gone), tuple(one.compared for one in new), int((has_place & (rows >= 0)).sum())
    )


def _have_place(objects: npt.NDArray[np.void]) -> BoolArray:
    known: BoolArray = ~np.isnan(objects["box"][:, 0, 0])
    return known


def _noted(source: FeatureSource, numbers: Rows) -> Iterator[np.ndarray]:
    """What the next run compares rows with, some at a time."""
    done = 0
    for digests in _digests(source.city):
        features = np.empty(len(digests), NOTED)
        features["digest"], features["row"] = digests, numbers[done : done + len(digests)]
        done += len(digests)
        yield features


def _tile_digests(source: FeatureSource, numbers: Rows) -> UInt8Array:
    """What it compares the links of tiles with."""
    tiles: UInt8Array = np.zeros((len(source.plan.tree), DIGEST_BYTES), np.uint8)
    for tile, rows in source.tiles(numbers):
        tiles[tile] = np.frombuffer(_digest(rows.astype(np.int64)), np.uint8)
    return tiles


def _digests(city: City) -> Iterator[UInt64Array]:
    """Of what is in the row of each object: what isn't drawn has the box of its parts."""
    is_drawn, done = np.zeros(len(city), np.bool_), 0
    is_drawn[city.shapes.objects] = True
    for some in city.objects.pieces():
        rows = np.flatnonzero(_have_place(some) & ~is_drawn[done : done + len(some)])
        if len(rows):
            some["digest"][rows] ^= joined([_digest(box) for box in some["box"][rows]])
        done += len(some)
        yield some["digest"]


def _digest(column: np.ndarray) -> bytes:
    return blake2b(column.tobytes(), digest_size=DIGEST_BYTES).digest()


def _lon_lat(city: City, boxes: Float64Array) -> Float64Array:
    """Longitude and latitude of the middle of each box (n, 2, 3), (n, 2)."""
    middle = boxes.mean(axis=1)
    known = ~np.isnan(middle[:, 0])
    result = np.full((len(boxes), 2), np.nan)
    if known.any():
        result[known] = city.frame.to_geodetic(middle[known])[:, :2].round(9)
    return result
