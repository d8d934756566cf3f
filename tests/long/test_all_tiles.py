"""Every real file that is tiled: what strangers and our own checks find in its tiles is nothing.

Each is tiled twice, plain and compressed. The Khronos validator reads every GLB of both, though it
can't look into what is compressed; so each compressed tile is decoded and held against the plain
one. `citiverse check` reads both scenes, against our contracts and against the standards.
"""

from __future__ import annotations

import json
import shutil
import struct
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pytest
from typer.testing import CliRunner

import verdicts
from citiverse.main import app
from citiverse_tiling.check import check
from citiverse_tiling.check.glb import decode_glb
from citiverse_tiling.check.standard import check_file
from citiverse_tiling.tree.tree_bin import decode_tree
from tiling.gltf_validator import found_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from citiverse_tiling.check.glb import Primitive
    from citiverse_tiling.check.instances import Instances

pytestmark = pytest.mark.long

NEAR_M, ROUNDING_M = 0.005, 1e-3
"""Where a file doesn't say in what steps positions are, they are within this of where they should
be (scene.md). Plain tiles hold single floats, which have some rounding of their own."""

NORMALS, TEXELS, COLOURS, SHAPE_M = 0.02, 1e-4, 0.01, 0.02
"""So far apart may numbers be that are stored in fewer bits."""

Array: TypeAlias = "npt.NDArray[Any]"


def test_nobody_finds_anything_in_the_tiles_of_any_file(data: Path, tmp_path: Path) -> None:
    wrong: list[str] = []
    count = 0
    for number, (expected, file) in enumerate(tiled(data)):
        options = [one.replace("{folder}", str((data / file).parent)) for one in expected.options]
        scenes = []
        for encoding in ("none", "meshopt"):
            scene = tmp_path / f"{number}-{encoding}" / "scene"
            words = ["tile", str(data / file), "-o", str(scene), "--compression", encoding]
            done = CliRunner().invoke(app, [*words, *options])
            assert done.exit_code in (0, 3), done.output
            wrong += [f"{file} ({encoding}): {finding}" for finding in check(scene)]
            report = check_file(scene / "tileset.json")
            wrong += [f"{file} ({encoding}): {finding}" for finding in report.findings]
            scenes.append(scene)
        wrong += [f"{file}: {message}" for message in found_in(scenes)]
        wrong += [f"{file}: {difference}" for difference in differences(*scenes)]
        count += 1
        for scene in scenes:
            shutil.rmtree(scene.parent)
    assert count > 100
    assert not wrong, "\n".join(wrong)


def tiled(data: Path) -> Iterator[tuple[verdicts.Expected, str]]:
    """The files that are expected to be tiled, once with each set of options."""
    expectations, _ = verdicts.read_table(verdicts.TABLE)
    for expected, file in verdicts.expected_of(data, expectations):
        if expected.verdict != "refused":
            yield expected, file


def differences(plain: Path, compressed: Path) -> Iterator[str]:
    """A sentence for each tile that isn't the same, compressed or not."""
    names = [list(contents(scene)) for scene in (plain, compressed)]
    if len(names[0]) != len(names[1]):
        yield f"{len(names[0])} tiles, and {len(names[1])} compressed"
        return
    for before, after in zip(*names, strict=True):
        data = after.read_bytes()
        one, other = decode_glb(before.read_bytes()), decode_glb(data)
        room_m = max(step_of(data) / 2, NEAR_M) + ROUNDING_M
        if one.columns != other.columns or one.images != other.images:
            yield f"{after.name} has other columns or images than {before.name}"
        if not are_same(one.primitives, other.primitives, room_m):
            yield f"{after.name} has another mesh than {before.name}"
        for which in ("plants", "copies"):
            all_before, all_after = getattr(one, which), getattr(other, which)
            if len(all_before) != len(all_after) or not all(
                map(stand_the_same, all_before, all_after)
            ):
                yield f"{after.name} has other {which} than {before.name}"


def contents(scene: Path) -> Iterator[Path]:
    """The tiles of a scene in the order of its tree."""
    layers = [one["name"] for one in json.loads((scene / "scene.json").read_bytes())["layers"]]
    table = decode_tree((scene / "tree.bin").read_bytes())
    for layer, digest in zip(table.layer.tolist(), table.content_hash, strict=True):
        yield scene / "tiles" / layers[layer] / f"{digest.tobytes().hex()}.glb"


def step_of(glb: bytes) -> float:
    """In how long steps positions are stored, in metres; 0 where they are as they are."""
    (length,) = struct.unpack_from("<I", glb, 12)
    nodes = json.loads(glb[20 : 20 + length])["nodes"]
    return max(float(max(node.get("scale", [0.0]))) for node in nodes)


def are_same(before: Sequence[Primitive], after: Sequence[Primitive], room_m: float) -> bool:
    """Vertex by vertex and triangle by triangle, whichever corner comes first."""
    return len(before) == len(after) and all(
        one.material == other.material
        and np.array_equal(turned(one.triangles), turned(other.triangles))
        and near(one.positions, other.positions, room_m)
        and near(one.normals, other.normals, NORMALS)
        and near(one.feature_ids, other.feature_ids, 0)
        and near(one.texture_coordinates, other.texture_coordinates, TEXELS)
        and near(one.colours, other.colours, COLOURS)
        for one, other in zip(before, after, strict=True)
    )


def stand_the_same(before: Instances, after: Instances) -> bool:
    """The same shapes in the same places."""
    return (
        before.kind == after.kind
        and are_same(before.primitives, after.primitives, SHAPE_M)
        and near(before.places, after.places, SHAPE_M)
        and near(before.turns, after.turns, NORMALS)
        and near(before.sizes, after.sizes, SHAPE_M)
        and near(before.feature_ids, after.feature_ids, 0)
    )


def near(one: Array | None, other: Array | None, room: float) -> bool:
    """Whether numbers are the same but for `room`, or there are none."""
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and bool((np.abs(one - other) <= room).all())


def turned(triangles: Array) -> Array:
    """Triangles that begin with their least vertex, in order."""
    least = triangles.argmin(axis=1)[:, None]
    begun = np.take_along_axis(triangles, (least + np.arange(3)) % 3, axis=1)
    return begun[np.lexsort(begun.T)]
