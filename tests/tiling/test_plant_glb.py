"""Tiles of plants say the same to a reader that only knows the standards."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.check.glb import decode_glb
from citiverse_tiling.content.glb import Imprint
from citiverse_tiling.content.plant_glb import Plants, encode_plants, plant_triangles, unit_plant
from citiverse_tiling.content.property_table import CLASS, IDENTITY, NAME, Column
from citiverse_tiling.content.vertices import STEP_M
from citiverse_tiling.transforms.plants import PlantKind


def columns(count: int) -> list[Column]:
    return [
        Column(IDENTITY, [f"town/{number}" for number in range(count)]),
        Column(CLASS, ["SolitaryVegetationObject"] * count),
        Column(NAME, [""] * count),
    ]


def wood(kinds: list[int]) -> Plants:
    random = np.random.default_rng(len(kinds))
    count = len(kinds)
    return Plants(
        random.uniform(-100, 100, (count, 3)),
        random.uniform(1, 20, (count, 3)),
        np.array(kinds, np.uint8),
    )


@settings(max_examples=25)
@given(st.lists(st.sampled_from([0, 1, 2, 3]), min_size=1, max_size=40), st.booleans())
def test_every_plant_comes_back_in_its_place_and_size(kinds: list[int], compress: bool) -> None:
    plants = wood(kinds)
    glb = decode_glb(encode_plants(plants, columns(len(kinds)), Imprint("© Town", compress)))
    assert [one.kind for one in glb.plants] == [PlantKind(kind).node for kind in sorted(set(kinds))]
    seen = np.concatenate([one.feature_ids for one in glb.plants])
    assert sorted(seen.tolist()) == list(range(len(kinds)))
    for one in glb.plants:
        x, y, z = plants.feet[one.feature_ids].T
        width, depth, height = plants.sizes[one.feature_ids].T
        np.testing.assert_allclose(one.places, np.stack([x, z, -y], axis=1), atol=STEP_M / 2)
        np.testing.assert_allclose(
            one.sizes, np.stack([width, height, depth], axis=1), atol=STEP_M / 2
        )
    drawn = sum(
        len(one.places) * sum(len(part.triangles) for part in one.primitives) for one in glb.plants
    )
    assert drawn == plant_triangles(plants.kinds)
    assert glb.copyright_notice == "© Town"


@pytest.mark.parametrize("kind", PlantKind)
def test_a_unit_plant_is_a_metre_high_and_wide_and_seen_from_outside(kind: PlantKind) -> None:
    parts = unit_plant(kind)
    positions = np.concatenate([part.positions for part in parts])
    assert positions[:, 1].min() == pytest.approx(0, abs=1e-6)
    assert positions[:, 1].max() == pytest.approx(1)
    assert 2 * np.hypot(positions[:, 0], positions[:, 2]).max() == pytest.approx(1)
    for part in parts:
        a, b, c = (part.positions[part.triangles[:, corner]] for corner in range(3))
        faces = np.cross(b - a, c - a)
        given_normals = part.normals[part.triangles].mean(axis=1)
        assert (np.einsum("ij,ij->i", faces, given_normals) > 0).all()


def test_the_document_names_its_extensions() -> None:
    data = encode_plants(wood([0, 3]), columns(2), Imprint())
    size = struct.unpack_from("<I", data, 12)[0]
    document = json.loads(data[20 : 20 + size])
    required = ["EXT_mesh_gpu_instancing", "EXT_meshopt_compression"]
    assert document["extensionsRequired"] == required
    assert document["extensionsUsed"] == [
        "EXT_instance_features",
        "EXT_structural_metadata",
        *required,
    ]
    node = document["nodes"][1]
    assert node["name"] == "shrub"
    assert node["extensions"]["EXT_instance_features"] == {
        "featureIds": [{"featureCount": 1, "attribute": 0, "propertyTable": 0}]
    }
    assert [material["name"] for material in document["materials"]] == ["foliage", "trunk"]
