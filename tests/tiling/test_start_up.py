"""Starting up stays quick: what reads rasters, vectors and meshes is loaded when one is met."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("rasterio", "pyogrio", "laspy", "lazrs", "trimesh", "collada", "rectpack")


def test_libraries_for_other_formats_are_not_loaded_for_a_city_model() -> None:
    program = (
        "import sys; import citiverse_tiling.pipeline, citiverse_tiling.info;"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
