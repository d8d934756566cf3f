"""Rows of features.sqlite from what is known of a city."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.city import raw_records
from citiverse_tiling.model import Layer
from citiverse_tiling.sinks.features import FeatureDatabase, FeatureRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from citiverse_tiling.city import City, RawRecord
    from citiverse_tiling.model import Float64Array, Int64Array
    from citiverse_tiling.options import Reality
    from citiverse_tiling.plan import Plan
    from citiverse_tiling.spool import Spool

_ROWS_AT_ONCE = 1_024


def lon_lat(city: City) -> Float64Array:
    """Longitude and latitude of the middle of each object's box, (n, 2)."""
    middle = city.boxes.mean(axis=1)
    known = ~np.isnan(middle[:, 0])
    result = np.full((len(city), 2), np.nan)
    result[known] = city.frame.to_geodetic(middle[known])[:, :2].round(9)
    return result


@dataclass(frozen=True, slots=True)
class FeatureRows:
    """Makes rows of any of a city's n objects.

    numbers   int64 (n,): row of each object in features.sqlite
    geodetic  float64 (n, 2): longitude and latitude of each object
    """

    city: City
    numbers: Int64Array
    geodetic: Float64Array
    reality: Reality

    def of(self, objects: Int64Array, records: Sequence[RawRecord]) -> list[FeatureRow]:
        """Rows of some objects with their records."""
        low, high = self.city.boxes[objects, 0], self.city.boxes[objects, 1]
        places = np.concatenate([self.geodetic[objects], low.round(4), high.round(4)], axis=1)
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
                self.numbers[objects].tolist(),
                records,
                places.tolist(),
                known.tolist(),
                strict=True,
            )
        ]


def write_features(path: Path, city: City, plan: Plan, spool: Spool, reality: Reality) -> None:
    """Write features.sqlite: rows in the order of their numbers, and which tile shows which."""
    rows = FeatureRows(city, plan.feature_rows, lon_lat(city), reality)
    order = np.argsort(plan.feature_rows, kind="stable")
    with FeatureDatabase(path) as database:
        for start in range(0, len(order), _ROWS_AT_ONCE):
            objects = order[start : start + _ROWS_AT_ONCE]
            database.add(rows.of(objects, raw_records(city, spool, objects)))
        for tile, local in enumerate(plan.tree.local_rows.tolist()):
            layer = plan.layer_of(tile)
            if layer is not Layer.GROUND:
                shown = plan.objects[layer].shown[local]
                database.link(tile, plan.feature_rows[city.shapes.objects[shown]].tolist())
        database.finish()
