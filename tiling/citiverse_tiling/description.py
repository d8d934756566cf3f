"""What scene.json says of a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling import manifest
from citiverse_tiling.layers import LAYERS, name_of
from citiverse_tiling.model import Layer
from citiverse_tiling.names import slug
from citiverse_tiling.visibility.visibility_bin import NAME as VISIBILITY

if TYPE_CHECKING:
    from citiverse_tiling.city import City
    from citiverse_tiling.crs import CrsDescription
    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.options import Attribution, TileOptions
    from citiverse_tiling.plan import Plan
    from citiverse_tiling.sinks.scene_folder import SceneFolder
    from citiverse_tiling.start import Start


def describe(
    options: TileOptions,
    city: City,
    plan: Plan,
    start: Start,
    sources: tuple[CrsDescription, ...],
    folder: SceneFolder,
    attributions: tuple[Attribution, ...],
) -> manifest.Manifest:
    """scene.json; every other file must be there."""
    tree = plan.tree
    name = options.name or slug(options.output.name)
    features = city.counts.tolist()
    is_surveyed = not np.isnan(city.terrain_box).any()
    low, high = city.extent
    checked = ["tileset.json", "tree.bin", "features.sqlite", "report.json", "made.bin", "kept.bin"]
    checked += [VISIBILITY] if options.visibility else []
    checked += [f"tiles/{name_of(layer)}/tileset.json" for layer in plan.layers]
    return manifest.Manifest(
        schema=manifest.SCHEMA,
        name=name,
        title=options.title or name,
        generator=manifest.generator(),
        profile=options.profile,
        origin=manifest.Origin(city.frame.lon, city.frame.lat),
        source_crs=tuple(item.code for item in sources),
        vertical_datum="; ".join(dict.fromkeys(item.vertical_datum for item in sources)),
        extent=manifest.Extent(_triple(low), _triple(high)),
        layers=tuple(
            manifest.Layer(
                name_of(layer),
                *LAYERS[layer],
                options.reality if layer is not Layer.GROUND or is_surveyed else "derived",
                f"tiles/{name_of(layer)}/tileset.json",
                int((tree.layers == number).sum()),
                features[layer],
            )
            for number, layer in enumerate(plan.layers)
        ),
        variants=(),
        tours=(),
        spawn_points=(manifest.SpawnPoint("start", _triple(start.feet), start.heading_deg),),
        attributions=tuple(manifest.Credit(item.text, item.licence) for item in attributions),
        collider_cell_m=plan.field.cell_m,
        checksums={name: folder.checksum(name) for name in sorted(checked)},
    )


def _triple(values: Float64Array) -> tuple[float, float, float]:
    x, y, z = np.round(values, 3).tolist()
    return x, y, z
