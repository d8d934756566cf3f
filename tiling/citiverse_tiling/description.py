"""What scene.json says of a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling import manifest
from citiverse_tiling.layers import LAYERS
from citiverse_tiling.names import slug
from citiverse_tiling.transforms.spawn import find_view

if TYPE_CHECKING:
    from citiverse_tiling.city import City
    from citiverse_tiling.crs import CrsDescription
    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.options import TileOptions
    from citiverse_tiling.plan import Plan
    from citiverse_tiling.sinks.scene_folder import SceneFolder


def describe(
    options: TileOptions,
    city: City,
    plan: Plan,
    sources: tuple[CrsDescription, ...],
    folder: SceneFolder,
) -> manifest.Manifest:
    """scene.json; every other file must be there."""
    tree = plan.tree
    name = options.name or slug(options.output.name)
    view = find_view(city.blocks)
    floor = float(plan.field.at(np.array([[view.x, view.y]]))[0])
    features = (0, len(city))
    realities = ("derived", options.reality)
    low, high = np.nanmin(city.box_min, axis=0), np.nanmax(city.box_max, axis=0)
    checked = ["tileset.json", "tree.bin", "features.sqlite", "report.json"]
    checked += [f"tiles/{layer}/tileset.json" for layer, *_ in LAYERS]
    return manifest.Manifest(
        schema=manifest.SCHEMA,
        name=name,
        title=options.title or name,
        generator=manifest.generator(),
        profile="desktop",
        origin=manifest.Origin(city.frame.lon, city.frame.lat),
        source_crs=tuple(item.code for item in sources),
        vertical_datum="; ".join(dict.fromkeys(item.vertical_datum for item in sources)),
        extent=manifest.Extent(_triple(low), _triple(high)),
        layers=tuple(
            manifest.Layer(
                layer,
                title,
                kind,
                realities[number],
                f"tiles/{layer}/tileset.json",
                int((tree.layers == number).sum()),
                features[number],
            )
            for number, (layer, title, kind) in enumerate(LAYERS)
        ),
        variants=(),
        tours=(),
        spawn_points=(
            manifest.SpawnPoint(
                "start", _triple(np.array([view.x, view.y, floor])), view.heading_deg
            ),
        ),
        attributions=tuple(
            manifest.Credit(item.text, item.licence) for item in options.attributions
        ),
        collider_cell_m=plan.field.cell_m,
        checksums={name: folder.checksum(name) for name in sorted(checked)},
    )


def _triple(values: Float64Array) -> tuple[float, float, float]:
    x, y, z = np.round(values, 3).tolist()
    return x, y, z
