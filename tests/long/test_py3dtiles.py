"""An independent reader opens what we wrote: py3dtiles, in an environment of its own.

It pins old versions of numpy and mapbox_earcut, so it can't live beside us
(docs/decisions/0002-py3dtiles-is-a-witness.md).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from citiverse_assets import citygml, town
from citiverse_tiling.options import Encoding, TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.tree.tree_bin import decode_tree

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
VERSION = "12.1.1"
INSTALL_TIMEOUT_S = 900
READ_TIMEOUT_S = 300
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


def triangles_of(scene: Path) -> dict[str, int]:
    """Triangles of each content by its path in the scene, as tree.bin has them."""
    layers = [layer["name"] for layer in json.loads((scene / "scene.json").read_bytes())["layers"]]
    table = decode_tree((scene / "tree.bin").read_bytes())
    columns = (table.layer.tolist(), table.content_hash, table.triangles.tolist())
    return {
        f"tiles/{layers[layer]}/{digest.tobytes().hex()}.glb": triangles
        for layer, digest, triangles in zip(*columns, strict=True)
    }
