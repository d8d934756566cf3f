"""pygltflib, which shares no line with our writer, reads the tiles of a real city."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pygltflib import (
    ARRAY_BUFFER,
    BYTE,
    ELEMENT_ARRAY_BUFFER,
    FLOAT,
    GLTF2,
    SHORT,
    UNSIGNED_INT,
    UNSIGNED_SHORT,
)

from citiverse_tiling.options import Encoding, TileOptions
from citiverse_tiling.pipeline import tile
from tiling.scenes import tiles

if TYPE_CHECKING:
    from pathlib import Path

    from pygltflib import Accessor

WIDTHS = {"SCALAR": 1, "VEC3": 3}
DTYPES: dict[int, np.dtype[Any]] = {
    BYTE: np.dtype("i1"),
    SHORT: np.dtype("<i2"),
    UNSIGNED_SHORT: np.dtype("<u2"),
    UNSIGNED_INT: np.dtype("<u4"),
    FLOAT: np.dtype("<f4"),
}


@pytest.fixture(scope="module")
def documents(data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[GLTF2]:
    """Every tile of North Rhine-Westphalia, buildings and ground."""
    scene = tmp_path_factory.mktemp("witness") / "nrw"
    file = data / "nrw-lod2/LoD2_32_280_5657_1_NW.gml"
    tile(TileOptions((file,), scene, encoding=Encoding("none")))
    contents = [one.content for layer in ("buildings", "ground") for one in tiles(scene, layer)]
    return [GLTF2.load_from_bytes(content.read_bytes()) for content in contents]


def values(document: GLTF2, accessor: Accessor) -> np.ndarray:
    """The accessor's elements as glTF 2.0, 3.6.2 says, (count, width)."""
    view = document.bufferViews[accessor.bufferView]
    dtype, width = DTYPES[accessor.componentType], WIDTHS[accessor.type]
    stride = view.byteStride or dtype.itemsize * width
    begin = (accessor.byteOffset or 0) + (view.byteOffset or 0)
    last = begin + (accessor.count - 1) * stride + dtype.itemsize * width
    assert last <= (view.byteOffset or 0) + view.byteLength
    blob = document.binary_blob()
    shape, strides = (accessor.count, width), (stride, dtype.itemsize)
    return np.ndarray(shape, dtype, blob, begin, strides)


def test_buffer_views_lie_one_after_the_other_in_the_one_buffer(documents: list[GLTF2]) -> None:
    for document in documents:
        assert len(document.buffers) == 1
        assert document.buffers[0].byteLength <= len(document.binary_blob())
        end = 0
        for view in document.bufferViews:
            assert view.byteLength > 0
            assert (view.byteOffset or 0) >= end
            assert (view.byteOffset or 0) % 8 == 0
            end = (view.byteOffset or 0) + view.byteLength
        assert end <= document.buffers[0].byteLength


def test_accessors_hold_what_they_promise(documents: list[GLTF2]) -> None:
    for document in documents:
        for primitive in document.meshes[0].primitives:
            accessor = document.accessors[primitive.attributes.POSITION]
            positions = values(document, accessor)
            assert positions.min(axis=0).tolist() == accessor.min
            assert positions.max(axis=0).tolist() == accessor.max
            normals = values(document, document.accessors[primitive.attributes.NORMAL])
            assert np.abs(np.linalg.norm(normals, axis=1) - 1).max() < 0.02
            indices = values(document, document.accessors[primitive.indices])
            assert len(indices) % 3 == 0
            assert int(indices.max()) == len(positions) - 1
            targets = [
                document.bufferViews[document.accessors[row].bufferView].target
                for row in (primitive.attributes.POSITION, primitive.indices)
            ]
            assert targets == [ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER]


def test_triangles_look_the_way_of_their_normals(documents: list[GLTF2]) -> None:
    for document in documents:
        for primitive in document.meshes[0].primitives:
            attributes = primitive.attributes
            positions = values(document, document.accessors[attributes.POSITION]).astype(float)
            normals = values(document, document.accessors[attributes.NORMAL]).astype(float)
            corners = values(document, document.accessors[primitive.indices]).reshape(-1, 3)
            a, b, c = (positions[corners[:, corner]] for corner in range(3))
            facing = np.einsum("ij,ij->i", np.cross(b - a, c - a), normals[corners[:, 0]])
            if document.materials[primitive.material].name != "terrain":
                # Rounding to millimetres may turn a sliver, which has hardly any area.
                assert -facing[facing < 0].sum() < 1e-4 * facing.sum()


def test_every_feature_id_is_a_row_of_the_property_table(documents: list[GLTF2]) -> None:
    ids: set[str] = set()
    for document in documents:
        assert document.extensionsRequired == []
        if "EXT_structural_metadata" not in document.extensionsUsed:
            continue
        metadata = document.extensions["EXT_structural_metadata"]
        (table,) = metadata["propertyTables"]
        assert set(table["properties"]) <= set(
            metadata["schema"]["classes"][table["class"]]["properties"]
        )
        used: set[int] = set()
        for primitive in document.meshes[0].primitives:
            (feature_ids,) = primitive.extensions["EXT_mesh_features"]["featureIds"]
            assert (feature_ids["attribute"], feature_ids["propertyTable"]) == (0, 0)
            accessor = document.accessors[primitive.attributes._FEATURE_ID_0]
            rows = set(values(document, accessor).ravel().tolist())
            assert len(rows) == feature_ids["featureCount"]
            used |= rows
        assert used == set(range(table["count"]))
        ids |= set(_texts(document, table["properties"]["id"], table["count"]))
    assert len(ids) == 113
    assert all(name.startswith("lod2-32-280-5657-1-nw/") for name in ids)


def _texts(document: GLTF2, column: dict[str, Any], count: int) -> list[str]:
    """A string column (EXT_structural_metadata, binary table format)."""
    blob = document.binary_blob()
    data, offsets = (
        blob[(view.byteOffset or 0) : (view.byteOffset or 0) + view.byteLength]
        for view in (document.bufferViews[column[key]] for key in ("values", "stringOffsets"))
    )
    kind = {"UINT8": "u1", "UINT16": "<u2", "UINT32": "<u4"}[column["stringOffsetType"]]
    ends = np.frombuffer(offsets, kind, count + 1).tolist()
    return [data[start:end].decode() for start, end in pairwise(ends)]
