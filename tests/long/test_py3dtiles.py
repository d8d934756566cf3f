"""An independent reader opens what we wrote: py3dtiles, in an environment of its own.

It pins old versions of numpy and mapbox_earcut, so it can't live beside us
(docs/decisions/0002-py3dtiles-is-a-witness.md).
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from citiverse_assets import citygml, town
from citiverse_tiling.check import check
from citiverse_tiling.foreign.layer import LayerOptions, add
from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.options import Encoding, TileOptions, silent
from citiverse_tiling.pipeline import tile
from citiverse_tiling.tree.tree_bin import decode_tree

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
VERSION = "12.1.1"
INSTALL_TIMEOUT_S = 900
READ_TIMEOUT_S = 300
WRITER = Path(__file__).with_name("py3dtiles_writer.py")
WITNESS = Path(__file__).with_name("py3dtiles_witness.py")


@pytest.fixture(scope="session")
def witness_python() -> Path:
    """A Python that has py3dtiles, kept in .cache."""
    folder = ROOT / ".cache" / f"py3dtiles-{VERSION}"
    python = folder / "bin" / "python"
    done = folder / ".installed"
    if not done.exists():
        subprocess.run((sys.executable, "-m", "venv", "--clear", str(folder)), check=True)
        subprocess.run(
            (str(python), "-m", "pip", "install", "--quiet", f"py3dtiles=={VERSION}"),
            check=True,
            timeout=INSTALL_TIMEOUT_S,
        )
        done.touch()
    return python


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("witness")
    city = folder / "ellerhaven.gml"
    citygml.write(town.build(), city)
    # It can't decompress.
    tile(TileOptions((city,), folder / "scene", encoding=Encoding("none")))
    return folder / "scene"


def test_a_stranger_reads_every_tile_and_counts_the_same_triangles(
    witness_python: Path, scene: Path
) -> None:
    done = subprocess.run(
        (str(witness_python), str(WITNESS), str(scene)),
        capture_output=True,
        text=True,
        check=False,
        timeout=READ_TIMEOUT_S,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    seen = json.loads(done.stdout)
    assert seen["triangles"] == triangles_of(scene)
    assert seen["fields"] == ["feature_id_0"]


def test_a_tileset_that_a_stranger_wrote_becomes_a_layer(
    witness_python: Path, scene: Path, tmp_path: Path
) -> None:
    city = tmp_path / "city"
    shutil.copytree(scene, city)
    origin = json.loads((city / "scene.json").read_bytes())["origin"]
    frame = SceneFrame(origin["lon"], origin["lat"])
    transform = map(str, frame.transform(np.array([100.0, 50.0, 3.0])))
    (tmp_path / "theirs").mkdir()
    subprocess.run(
        (str(witness_python), str(WRITER), str(tmp_path / "theirs"), *transform),
        check=True,
        timeout=READ_TIMEOUT_S,
    )
    done = add(LayerOptions(city, tmp_path / "theirs", "theirs"), silent)
    assert done.layer.streamed
    assert done.layer.extent.min == pytest.approx((100, 50, 3), abs=0.2)
    assert done.layer.extent.max == pytest.approx((140, 55, 12), abs=0.2)
    with closing(sqlite3.connect(city / "foreign" / "theirs" / "features.sqlite")) as features:
        names = features.execute("SELECT name FROM feature ORDER BY row").fetchall()
    assert names == [("West",), ("East",)]
    assert check(city) == []


def triangles_of(scene: Path) -> dict[str, int]:
    """Triangles of each content by its path in the scene, as tree.bin has them."""
    layers = [layer["name"] for layer in json.loads((scene / "scene.json").read_bytes())["layers"]]
    table = decode_tree((scene / "tree.bin").read_bytes())
    columns = (table.layer.tolist(), table.content_hash, table.triangles.tolist())
    return {
        f"tiles/{layers[layer]}/{digest.tobytes().hex()}.glb": triangles
        for layer, digest, triangles in zip(*columns, strict=True)
    }
