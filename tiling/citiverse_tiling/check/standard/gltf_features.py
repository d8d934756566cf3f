"""EXT_mesh_features and EXT_instance_features: ids by attribute, by texture and by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from citiverse_tiling.check.standard.documents import Schema
    from citiverse_tiling.check.standard.gltf_document import FeatureIds
    from citiverse_tiling.check.standard.gltf_reader import GltfReader

    Ids = npt.NDArray[np.int64]


MOST_IDS = 1 << 26


def check_features(gltf: GltfReader, schema: Schema | None) -> None:
    """All feature ids of primitives and of instances."""
    for at, mesh in enumerate(gltf.document.meshes):
        for other, primitive in enumerate(mesh.primitives):
            features = primitive.extensions.features if primitive.extensions else None
            for number, ids in enumerate(features.feature_ids if features else []):
                where = f"mesh {at}, primitive {other}, feature ids {number}"
                first = next(iter(primitive.attributes.values()))
                count = gltf.count(where, first)
                _check(gltf, where, ids, primitive.attributes, count, schema)
    for at, node in enumerate(gltf.document.nodes):
        extensions = node.extensions
        if extensions is None or extensions.features is None:
            continue
        where = f"node {at}"
        if extensions.instancing is None:
            gltf.bad(where, "feature ids of instances, but no instances", "EXT_mesh_gpu_instancing")
            continue
        attributes = extensions.instancing.attributes
        count = gltf.count(where, next(iter(attributes.values()))) if attributes else None
        for number, ids in enumerate(extensions.features.feature_ids):
            here = f"{where}, feature ids {number}"
            if ids.texture is not None:
                gltf.bad(here, "instances with a texture of ids", "an attribute")
            else:
                _check(gltf, here, ids, attributes, count, schema)


def _check(
    gltf: GltfReader,
    where: str,
    ids: FeatureIds,
    attributes: dict[str, int],
    count: int | None,
    schema: Schema | None,
) -> None:
    rows = _table_rows(gltf, where, ids, schema)
    found = _ids(gltf, where, ids, attributes, count)
    if found is None:
        return
    real = found[found != ids.null_feature_id] if ids.null_feature_id is not None else found
    if len(np.unique(real)) > ids.feature_count:
        gltf.bad(where, f"featureCount is {ids.feature_count}", f"{len(np.unique(real))} or more")
    if rows is not None and len(real) and int(real.max()) >= rows:
        gltf.bad(where, f"feature {real.max()} has no row in its table", f"below {rows}")


def _ids(
    gltf: GltfReader, where: str, ids: FeatureIds, attributes: dict[str, int], count: int | None
) -> Ids | None:
    if ids.texture is not None:
        if f"TEXCOORD_{ids.texture.tex_coord}" not in attributes:
            gltf.bad(where, f"there is no TEXCOORD_{ids.texture.tex_coord}", "texture coordinates")
            return None
        pixels = gltf.pixels(where, ids.texture)
        if pixels is None:
            return None
        weights = 256 ** np.arange(pixels.shape[1], dtype=np.int64)
        combined: Ids = pixels.astype(np.int64) @ weights
        return combined
    if ids.attribute is None:
        return None if count is None or count > MOST_IDS else np.arange(count)
    number = attributes.get(f"_FEATURE_ID_{ids.attribute}")
    if number is None:
        gltf.bad(where, f"there is no _FEATURE_ID_{ids.attribute}", "an attribute of that name")
        return None
    if gltf.count(where, number) is None:
        return None
    accessor = gltf.document.accessors[number]
    if accessor.type != "SCALAR" or accessor.normalized or accessor.component_type == 5125:
        gltf.bad(where, "its ids aren't plain whole numbers", "SCALAR, not normalised")
        return None
    stored = gltf.array(where, number)
    return None if stored is None else stored.astype(np.int64).ravel()


def _table_rows(gltf: GltfReader, where: str, ids: FeatureIds, schema: Schema | None) -> int | None:
    """Rows of the property table that the ids point at; None without one."""
    if ids.property_table is None:
        return None
    extensions = gltf.document.extensions
    metadata = extensions.metadata if extensions else None
    tables = metadata.property_tables if metadata else None
    if schema is None or tables is None or ids.property_table >= len(tables):
        gltf.bad(where, f"there is no property table {ids.property_table}", "one of its tables")
        return None
    return tables[ids.property_table].count
