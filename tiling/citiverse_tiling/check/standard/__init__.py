"""Checks any 3D Tiles tileset or glTF file against the standards, whoever wrote it.

3D Tiles 1.1 (OGC 22-025r4), the 3D Metadata Specification 1.0, glTF 2.0 and its extensions
EXT_mesh_features, EXT_instance_features and EXT_structural_metadata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_tiling.check.standard.contents import check_content
from citiverse_tiling.check.standard.report import Reader, Report
from citiverse_tiling.check.standard.tileset import check_tileset

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Report", "check_file"]


def check_file(path: Path) -> Report:
    """Findings in a tileset or in a file of tile content, and in all that it leads to."""
    report = Report()
    reader = Reader(path.parent, report)
    data = reader.read(path.name)
    if data is not None:
        check_content(reader, path.name, data, check_tileset)
    return report
