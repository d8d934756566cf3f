"""Rows of features.sqlite from what is known of a city."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from citiverse_tiling.sinks.features import FeatureRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.city import City, FeatureRecord
    from citiverse_tiling.model import Float64Array, Int64Array


def lon_lat(city: City) -> Float64Array:
    """Longitude and latitude of the middle of each object's box, (n, 2)."""
    middle = (city.box_min + city.box_max) / 2
    known = ~np.isnan(middle[:, 0])
    result = np.full((len(city), 2), np.nan)
    result[known] = city.frame.to_geodetic(middle[known])[:, :2].round(9)
    return result


def feature_rows(
    city: City,
    objects: Int64Array,
    records: Sequence[FeatureRecord],
    rows: Int64Array,
    geodetic: Float64Array,
) -> list[FeatureRow]:
    """Rows of some objects with their records; `rows` (n,) and `geodetic` (n, 2) are of all."""
    numbers = np.concatenate(
        [geodetic[objects], city.box_min[objects].round(4), city.box_max[objects].round(4)], axis=1
    )
    known = ~np.isnan(numbers[:, 0])
    encode = msgspec.json.encode
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
            "measured",
            encode(record.attributes).decode(),
        )
        for row, record, values, there in zip(
            rows[objects].tolist(), records, numbers.tolist(), known.tolist(), strict=True
        )
    ]
